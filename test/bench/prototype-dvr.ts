// The DVR floating-IP path in the chosen frame representation, without a kernel around it: what headers that never change cost.
// 10 stack passes, 6 switch passes with 5 table lookups each, 2 bridge passes and NAT both ways make one round trip.
import { parseIpv4 } from '../../src/addr/ipv4.js'
import { parseMac } from '../../src/addr/mac.js'
import { ETHERTYPE_IPV4, EthernetFrame, vlanTag } from '../../src/wire/ethernet.js'
import { ICMP_ECHO, ICMP_ECHO_REPLY, IcmpMessage } from '../../src/wire/icmp.js'
import { Ipv4Packet, PROTO_ICMP } from '../../src/wire/ipv4.js'
import type { Timing } from './report.js'
import { timed } from './report.js'

interface Skb {
  frame: EthernetFrame
  mark: number
  trace: { kind: number; frame: EthernetFrame }[] | null
}

/** One router: two FIB probes, neighbour by address, TTL, MACs. */
class Stack {
  rx = 0
  readonly routes = new Map<number, Map<number, { via: number; mac: number }>>()
  constructor(readonly mac: number) {}

  addRoute(prefix: string, length: number, nextMac: number): void {
    const mask = length === 0 ? 0 : -1 << (32 - length)
    const table = this.routes.get(length) ?? new Map()
    table.set(parseIpv4(prefix)! & mask, { via: 0, mac: nextMac })
    this.routes.set(length, table)
  }

  forward(skb: Skb): void {
    this.rx++
    const ip = skb.frame.payload as Ipv4Packet
    for (const length of [32, 24, 0]) {
      const hit = this.routes.get(length)?.get(length === 0 ? 0 : ip.dst & (-1 << (32 - length)))
      if (hit === undefined) continue
      skb.trace?.push({ kind: 1, frame: skb.frame })
      skb.frame = skb.frame.withPayload(ip.withTtl(ip.ttl - 1)).withMacs(hit.mac, this.mac)
      return
    }
  }
}

/** Connection tracking and NAT: an integer hash of the tuple, one entry for both directions. */
class Nat {
  readonly table = new Map<number, { src: number; dst: number }>()
  constructor(
    readonly inside: number,
    readonly outside: number,
  ) {}

  apply(skb: Skb): void {
    const ip = skb.frame.payload as Ipv4Packet
    const icmp = ip.payload as IcmpMessage
    const key = (Math.imul(ip.src, 0x9e3779b1) ^ Math.imul(ip.dst, 0x85ebca77) ^ icmp.id) | 0
    let entry = this.table.get(key)
    if (entry === undefined) {
      entry = { src: ip.src === this.inside ? this.outside : ip.src, dst: ip.dst === this.outside ? this.inside : ip.dst }
      this.table.set(key, entry)
    }
    skb.trace?.push({ kind: 2, frame: skb.frame })
    skb.frame = skb.frame.withPayload(ip.withAddresses(entry.src, entry.dst, icmp))
  }
}

/** A learning switch behind five flow tables. */
class Switch {
  packets = 0
  readonly fdb = new Map<number, number>()

  pass(skb: Skb, port: number, tag: number): void {
    const { frame } = skb
    for (let table = 0; table < 5; table++) {
      this.packets++
      skb.trace?.push({ kind: 3, frame })
    }
    this.fdb.set(frame.src, port)
    this.fdb.get(frame.dst)
    if (tag > 0) skb.frame = frame.pushVlan(vlanTag(tag))
    else if (tag < 0) skb.frame = frame.popVlan()
  }
}

const VM = parseMac('fa:16:3e:41:6c:12')!
const inside = parseIpv4('192.168.3.69')!
const floating = parseIpv4('100.122.0.145')!
const server = parseIpv4('100.121.0.75')!

function world(withTrace: boolean): (count: number) => void {
  const [qrouter, fip, l3, target] = [1, 2, 3, 4].map((n) => new Stack(0x020000000000 + n)) as [Stack, Stack, Stack, Stack]
  for (const [stack, next] of [
    [qrouter, fip.mac],
    [fip, l3.mac],
    [l3, target.mac],
  ] as const)
    stack.addRoute('0.0.0.0', 0, next)
  qrouter.addRoute('192.168.3.0', 24, VM)
  fip.addRoute('100.122.0.145', 32, qrouter.mac)
  l3.addRoute('100.122.0.0', 24, fip.mac)
  const nat = new Nat(inside, floating)
  const [bridge, integration, external] = [new Switch(), new Switch(), new Switch()]
  const data = new Uint8Array(56)
  const trip = (id: number, seq: number): void => {
    const echo = new IcmpMessage({ type: ICMP_ECHO, code: 0, rest: ((id << 16) | seq) >>> 0, payload: data })
    const ip = new Ipv4Packet({ ttl: 64, proto: PROTO_ICMP, src: inside, dst: server, payload: echo })
    const skb: Skb = {
      frame: new EthernetFrame({ dst: qrouter.mac, src: VM, type: ETHERTYPE_IPV4, payload: ip }),
      mark: 0,
      trace: withTrace ? [] : null,
    }
    bridge.pass(skb, 1, 0)
    integration.pass(skb, 2, 0)
    nat.apply(skb)
    qrouter.forward(skb)
    fip.forward(skb)
    external.pass(skb, 1, 20)
    external.pass(skb, 2, -1)
    l3.forward(skb)
    target.rx++
    const arrived = skb.frame.payload as Ipv4Packet
    const reply = new Ipv4Packet({
      ttl: 64,
      proto: PROTO_ICMP,
      src: arrived.dst,
      dst: arrived.src,
      payload: (arrived.payload as IcmpMessage).withType(ICMP_ECHO_REPLY),
    })
    skb.frame = new EthernetFrame({ dst: l3.mac, src: target.mac, type: ETHERTYPE_IPV4, payload: reply })
    l3.forward(skb)
    external.pass(skb, 2, 20)
    external.pass(skb, 1, -1)
    fip.forward(skb)
    nat.apply(skb)
    qrouter.forward(skb)
    integration.pass(skb, 3, 0)
    bridge.pass(skb, 2, 0)
    if ((skb.frame.payload as Ipv4Packet).ttl !== 61) throw new Error(`TTL ${(skb.frame.payload as Ipv4Packet).ttl}`)
  }
  return (count) => {
    for (let i = 0; i < count; i++) trip(i & 1023, i & 0xffff)
  }
}

export function prototypeDvr(): { quiet: Timing; traced: Timing } {
  return { quiet: timed(200_000, 7, world(false)), traced: timed(200_000, 7, world(true)) }
}
