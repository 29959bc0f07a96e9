// The routes that the userspace datapath's tunnels follow: a copy of the kernel's tables main and local, longest prefix first, each
// with a source address of its device (Open vSwitch: ovs-router).
import type { Ipv4Address } from '../addr/ipv4.js'
import { formatIpv4, maskOf } from '../addr/ipv4.js'
import { formatIpv6 } from '../addr/ipv6.js'
import { ipv6Routes } from '../kernel/ipv6-route.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { NetNamespace } from '../kernel/netns.js'
import { TABLE_LOCAL, TABLE_MAIN } from '../kernel/route-entry.js'

export interface OvsRoute {
  readonly dst: Ipv4Address
  readonly length: number
  readonly dev: NetDevice
  readonly gateway: Ipv4Address | null
  readonly src: Ipv4Address
  readonly isLocal: boolean
}

/** IPv4 prefixes count as parts of ::ffff:0:0/96; local routes go first. */
function priorityOf(length: number, isLocal: boolean): number {
  return length + (isLocal ? 64 : 0)
}

/** The address of the device in the subnet of `near`; null: the route is of no use and is not taken over. */
function sourceFor(dev: NetDevice, near: Ipv4Address): Ipv4Address | null {
  let best: Ipv4Address | null = null
  let longest = -1
  for (const { local, length } of dev.addresses) {
    if (((local ^ near) & maskOf(length)) !== 0 || length <= longest) continue
    best = local
    longest = length
  }
  return best
}

export function ovsRoutes(netns: NetNamespace): OvsRoute[] {
  const routes: OvsRoute[] = []
  for (const id of [TABLE_MAIN, TABLE_LOCAL]) {
    for (const route of netns.fib.list(id) ?? []) {
      const nexthop = route.nexthops[0]
      if (nexthop === undefined || nexthop.dev === null || (route.type !== 'unicast' && route.type !== 'local')) continue
      const { dev, via } = nexthop
      const src = sourceFor(dev, route.dst) ?? (via === null ? null : sourceFor(dev, via))
      if (src === null) continue
      routes.push({ dst: route.dst, length: route.length, dev, gateway: via, src, isLocal: route.type === 'local' })
    }
  }
  return routes.sort((a, b) => priorityOf(b.length, b.isLocal) - priorityOf(a.length, a.isLocal) || (a.dst >>> 0) - (b.dst >>> 0))
}

/** A source that was asked for must be an address of this machine. */
export function ovsRouteTo(netns: NetNamespace, dst: Ipv4Address, src: Ipv4Address): OvsRoute | null {
  const routes = ovsRoutes(netns)
  const find = (address: Ipv4Address): OvsRoute | null =>
    routes.find((route) => ((route.dst ^ address) & maskOf(route.length)) === 0) ?? null
  if (src !== 0 && find(src)?.isLocal !== true) return null
  return find(dst)
}

interface Line {
  readonly priority: number
  readonly isSix: boolean
  readonly text: string
}

/** Of several devices with the same prefix the last one stays. */
function sixLines(netns: NetNamespace): Line[] {
  const lines = new Map<string, Line>()
  for (const { type, dst, length, dev } of ipv6Routes(netns)) {
    const src = dev.addresses6.find((each) => (each.address ^ dst) >> BigInt(128 - length) === 0n)
    const isLocal = type === 'local'
    if (type === 'multicast' || type === 'anycast' || src === undefined || (!isLocal && dev === netns.loopback)) continue
    const prefix = `${formatIpv6(dst)}/${length}`
    const text = `${prefix} dev ${dev.name} SRC ${formatIpv6(src.address)}${isLocal ? ' local' : ''}`
    lines.set(`${prefix} ${type}`, { priority: priorityOf(length, isLocal), isSix: true, text })
  }
  return [...lines.values()]
}

/** `ovs-appctl ovs/route/show` */
export function routesText(netns: NetNamespace): string {
  const lines: Line[] = ovsRoutes(netns).map(({ dst, length, dev, gateway, src, isLocal }) => ({
    priority: priorityOf(length + 96, isLocal),
    isSix: false,
    text: `${formatIpv4(dst)}/${length} dev ${dev.name}${gateway === null ? '' : ` GW ${formatIpv4(gateway)}`} SRC ${formatIpv4(src)}${isLocal ? ' local' : ''}`,
  }))
  lines.push(...sixLines(netns))
  lines.sort((a, b) => b.priority - a.priority || Number(a.isSix) - Number(b.isSix))
  return `Route Table:\n${lines.map(({ text }) => `Cached: ${text}\n`).join('')}`
}
