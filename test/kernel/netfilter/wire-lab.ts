// A router with two legs and rules; packets go in raw at one far end and are read as short lines at the other.
//
//     inside 10.0.0.0/24 -- in0 [router] ex0 -- 203.0.113.0/24 outside
import { formatIpv4 } from '../../../src/addr/ipv4.js'
import type { VethDevice } from '../../../src/kernel/dev/veth.js'
import type { Kernel } from '../../../src/kernel/kernel.js'
import type { NetNamespace } from '../../../src/kernel/netns.js'
import { newPacket } from '../../../src/kernel/packet.js'
import { entryLine, PLAIN } from '../../../src/tools/conntrack/entry-text.js'
import { encodeIpv4 } from '../../../src/wire/encode.js'
import { EthernetFrame } from '../../../src/wire/ethernet.js'
import { IcmpMessage } from '../../../src/wire/icmp.js'
import type { Ipv4Payload } from '../../../src/wire/ipv4.js'
import { IP_DF, Ipv4Packet, isPorted } from '../../../src/wire/ipv4.js'
import { TcpSegment } from '../../../src/wire/tcp.js'
import { UdpDatagram } from '../../../src/wire/udp.js'
import { Bench } from '../../tools/iptables/lab.js'
import { ip, link, mac, newKernel, route, run } from '../lab.js'

const FLAGS: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, A: 16 }

export class WireLab {
  readonly kernel: Kernel
  readonly router: NetNamespace
  private readonly far: Record<string, VethDevice> = {}
  private readonly bench: Bench
  private seen: string[] = []

  constructor() {
    this.kernel = newKernel()
    this.router = this.kernel.createNetns('router')
    const outside = this.kernel.createNetns('outside')
    this.router.loopback.setUp()
    for (const [name, address] of [
      ['in0', '10.0.0.1/24'],
      ['ex0', '203.0.113.1/24'],
    ] as const) {
      const [near, far] = link(this.router, name, address, outside, name, null)
      this.far[name] = far
      far.taps.add({ frame: (pkt, _dev, direction) => void (direction === 'in' && this.note(name, pkt.frame)) })
      for (const host of name === 'in0' ? ['10.0.0.5', '10.0.0.6'] : ['203.0.113.9', '203.0.113.10', '203.0.113.254'])
        this.router.neigh.set(near, ip(host), { lladdr: mac('02:00:00:00:00:99'), state: 'PERMANENT' }, 'add')
    }
    this.router.sysctl.write('net.ipv4.ip_forward', '1')
    for (const dev of ['all', 'in0', 'ex0']) this.router.sysctl.write(`net.ipv4.conf.${dev}.send_redirects`, '0')
    route(this.router, 'default', { via: '203.0.113.254' })
    this.bench = new Bench('1.8.9', this.router.netfilter)
  }

  /** Without the tool's name. */
  rule(words: string): void {
    const answer = this.bench.line(`iptables ${words}`)
    if (answer.exitCode !== 0) throw new Error(`${words}: ${answer.stderr}`)
  }

  list(words: string): string {
    return this.bench.line(`iptables ${words}`).stdout
  }

  wait(seconds: number): void {
    run(this.kernel, seconds)
  }

  /** Sends and answers what arrived at the far ends: `ex0 10.0.0.5:4000 > 203.0.113.9:53 udp`. */
  send(leg: 'in0' | 'ex0', src: string, dst: string, payload: Ipv4Payload): string[] {
    const far = this.far[leg]!
    const near = this.router.deviceByName(leg)!
    const proto = payload instanceof Uint8Array ? 132 : payload.kind === 'icmp' ? 1 : payload.kind === 'tcp' ? 6 : 17
    const packet = new Ipv4Packet({ ttl: 64, flags: IP_DF, proto, src: ip(src), dst: ip(dst), payload })
    far.transmit(newPacket(this.kernel.sim, far, new EthernetFrame({ dst: near.mac, src: far.mac, type: 0x800, payload: packet })))
    run(this.kernel, 0.01)
    return this.take()
  }

  take(): string[] {
    const { seen } = this
    this.seen = []
    return seen
  }

  udp(leg: 'in0' | 'ex0', from: string, to: string): string[] {
    const [src = '', sport] = from.split(':')
    const [dst = '', dport] = to.split(':')
    return this.send(leg, src, dst, new UdpDatagram({ sport: Number(sport), dport: Number(dport), payload: new Uint8Array(4) }))
  }

  tcp(leg: 'in0' | 'ex0', from: string, to: string, flags: string, seq: number, ack = 0): string[] {
    const [src = '', sport] = from.split(':')
    const [dst = '', dport] = to.split(':')
    const bits = [...flags].reduce((sum, letter) => sum | FLAGS[letter]!, 0)
    return this.send(leg, src, dst, new TcpSegment({ sport: Number(sport), dport: Number(dport), seq, ack, flags: bits, window: 64240 }))
  }

  echo(leg: 'in0' | 'ex0', src: string, dst: string, type: number, id: number): string[] {
    return this.send(leg, src, dst, new IcmpMessage({ type, code: 0, rest: (id << 16) | 1, payload: new Uint8Array(8) }))
  }

  /** An ICMP error that quotes a UDP packet. */
  error(leg: 'in0' | 'ex0', src: string, dst: string, quoted: { from: string; to: string }): string[] {
    const [qsrc = '', sport] = quoted.from.split(':')
    const [qdst = '', dport] = quoted.to.split(':')
    const payload = new UdpDatagram({ sport: Number(sport), dport: Number(dport), payload: new Uint8Array(4) })
    const inner = new Ipv4Packet({ ttl: 60, flags: IP_DF, proto: 17, src: ip(qsrc), dst: ip(qdst), payload })
    return this.send(leg, src, dst, new IcmpMessage({ type: 3, code: 3, rest: 0, payload: encodeIpv4(inner) }))
  }

  /** As `conntrack -L` prints them. */
  connections(): string[] {
    const { netfilter } = this.router
    return netfilter.conntrack.list().map((connection) => entryLine(connection, netfilter.nowUs, PLAIN))
  }

  private note(leg: string, frame: EthernetFrame): void {
    if (frame.payload instanceof Uint8Array || frame.payload.kind !== 'ipv4') return
    this.seen.push(`${leg} ${describe(frame.payload)}`)
  }
}

export function describe(packet: Ipv4Packet): string {
  const { payload } = packet
  const src = formatIpv4(packet.src)
  const dst = formatIpv4(packet.dst)
  if (payload instanceof Uint8Array) return `${src} > ${dst} proto ${packet.proto}`
  if (payload.kind === 'icmp') {
    if (payload.type === 0 || payload.type === 8) return `${src} > ${dst} icmp ${payload.type} id ${payload.id}`
    return `${src} > ${dst} icmp ${payload.type}/${payload.code} about ${quoteText(payload.payload)}`
  }
  if (!isPorted(payload)) return `${src} > ${dst} ${payload.kind}`
  const flags =
    payload.kind === 'tcp' ? ` ${['F', 'S', 'R', 'P', 'A'].filter((_letter, i) => (payload.flags & (1 << i)) !== 0).join('')}` : ''
  return `${src}:${payload.sport} > ${dst}:${payload.dport} ${payload.kind}${flags}`
}

function quoteText(bytes: Uint8Array): string {
  const address = (at: number): string => bytes.subarray(at, at + 4).join('.')
  const port = (at: number): number => (bytes[at]! << 8) | bytes[at + 1]!
  return `${address(12)}:${port(20)} > ${address(16)}:${port(22)}`
}
