// Small labs for the kernel's tests: two or more machines, a way to send a ping and to let time pass.
import { parseIpv4, parsePrefix } from '../../src/addr/ipv4.js'
import { parseMac } from '../../src/addr/mac.js'
import { VethDevice } from '../../src/kernel/dev/veth.js'
import { addIpv4Address } from '../../src/kernel/devinet.js'
import { KernelError } from '../../src/kernel/errno.js'
import type { RouteAddMode, RouteRequest } from '../../src/kernel/fib.js'
import { ipLocalOut } from '../../src/kernel/ip-output.js'
import { Kernel } from '../../src/kernel/kernel.js'
import type { NetDevice, PacketTap } from '../../src/kernel/netdev.js'
import type { NetNamespace } from '../../src/kernel/netns.js'
import { Simulation } from '../../src/kernel/simulation.js'
import type { EthernetFrame } from '../../src/wire/ethernet.js'
import { ICMP_ECHO, IcmpMessage } from '../../src/wire/icmp.js'
import { Ipv4Packet, PROTO_ICMP } from '../../src/wire/ipv4.js'

export function ip(text: string): number {
  const address = parseIpv4(text)
  if (address === null) throw new Error(`no address: ${text}`)
  return address
}

export function newKernel(seed = 1): Kernel {
  return new Kernel(new Simulation(seed), 'm')
}

/** Two registered, paired devices. */
export function vethPair(a: NetNamespace, aName: string, b: NetNamespace, bName: string): [VethDevice, VethDevice] {
  const left = new VethDevice(a, aName, a.randomMac(''))
  const right = new VethDevice(b, bName, b.randomMac(''))
  left.pairWith(right)
  a.addDevice(left)
  b.addDevice(right)
  return [left, right]
}

export function mac(text: string): number {
  return parseMac(text)!
}

export function address(dev: NetDevice, text: string): void {
  const prefix = parsePrefix(text)!
  addIpv4Address(dev, { local: prefix.address, length: prefix.length })
}

/** Frames that a device saw, in both directions. */
export class Capture implements PacketTap {
  readonly frames: { direction: 'in' | 'out'; frame: EthernetFrame }[] = []
  constructor(readonly dev: NetDevice) {
    dev.taps.add(this)
  }
  frame(pkt: { frame: EthernetFrame }, _dev: NetDevice, direction: 'in' | 'out'): void {
    this.frames.push({ direction, frame: pkt.frame })
  }
  /** One short line a frame. */
  lines(): string[] {
    return this.frames.map(({ direction, frame }) => `${direction} ${describe(frame)}`)
  }
}

export function describe(frame: EthernetFrame): string {
  const p = frame.payload
  if (p instanceof Uint8Array) return `type ${frame.type.toString(16)}`
  if (p.kind === 'arp')
    return p.operation === 1 ? `arp who-has ${text(p.targetIp)} tell ${text(p.senderIp)}` : `arp ${text(p.senderIp)} is-at`
  if (p.kind === 'ipv6') return 'ipv6'
  const inner = p.payload
  const what = inner instanceof Uint8Array ? `proto ${p.proto}` : inner.kind === 'icmp' ? `icmp ${inner.type}/${inner.code}` : inner.kind
  return `${text(p.src)} > ${text(p.dst)} ttl ${p.ttl} ${what}`
}

function text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
}

export function ping(
  netns: NetNamespace,
  dst: string,
  fields: { size?: number; ttl?: number; src?: string; df?: boolean; seq?: number } = {},
): string | null {
  const payload = new IcmpMessage({
    type: ICMP_ECHO,
    code: 0,
    rest: (77 << 16) | (fields.seq ?? 1),
    payload: new Uint8Array(fields.size ?? 56),
  })
  const packet = new Ipv4Packet({
    ttl: fields.ttl ?? 64,
    proto: PROTO_ICMP,
    src: fields.src === undefined ? 0 : ip(fields.src),
    dst: ip(dst),
    flags: fields.df === true ? 2 : 0,
    payload,
  })
  return ipLocalOut(netns, packet)
}

/** Lets virtual time pass. */
export function run(kernel: Kernel, seconds = 1): void {
  const { scheduler } = kernel.sim
  scheduler.runUntil(scheduler.nowUs + seconds * 1_000_000)
}

/** Two devices joined and up, without IPv6 noise. */
export function link(
  a: NetNamespace,
  aName: string,
  aAddress: string | null,
  b: NetNamespace,
  bName: string,
  bAddress: string | null,
): [VethDevice, VethDevice] {
  const [left, right] = vethPair(a, aName, b, bName)
  left.conf6.disable_ipv6 = 1
  right.conf6.disable_ipv6 = 1
  if (aAddress !== null) address(left, aAddress)
  if (bAddress !== null) address(right, bAddress)
  left.setUp()
  right.setUp()
  return [left, right]
}

/** The errno and message of a KernelError, for whole asserts. */
export function errorOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof KernelError) return `${error.errno}: ${error.message}`
    throw error
  }
  return 'none'
}

export function route(
  netns: NetNamespace,
  dst: string,
  options: Partial<RouteRequest> & { via?: string; dev?: NetDevice; onlink?: boolean } = {},
  mode: RouteAddMode = 'add',
): void {
  const prefix = dst === 'default' ? { address: 0, length: 0 } : parsePrefix(dst)!
  const { via, dev, onlink, ...rest } = options
  const nexthops =
    via === undefined && dev === undefined ? [] : [{ dev: dev ?? null, via: via === undefined ? null : ip(via), onlink: onlink ?? false }]
  netns.fib.add({ dst: prefix.address, length: prefix.length, nexthops, ...rest }, mode)
}

/** Routes of a table, one line each, much as `ip route` words them. */
export function routes(netns: NetNamespace, table = 254): string[] {
  return (netns.fib.list(table) ?? []).map((each) => {
    const words = [each.type === 'unicast' ? '' : `${each.type} `, each.length === 0 ? 'default' : `${text(each.dst)}/${each.length}`]
    for (const nexthop of each.nexthops) {
      if (nexthop.via !== null) words.push(` via ${text(nexthop.via)}`)
      words.push(` dev ${nexthop.dev!.name}`)
      if (nexthop.dead) words.push(' dead')
      if (nexthop.linkdown) words.push(' linkdown')
    }
    if (each.priority !== 0) words.push(` metric ${each.priority}`)
    if (each.prefSrc !== null) words.push(` src ${text(each.prefSrc)}`)
    return words.join('')
  })
}
