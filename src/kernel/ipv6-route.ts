// The IPv6 routes of a namespace, as its addresses make them: what `ip -6 route` shows.
import type { Ipv6Address } from '../addr/ipv6.js'
import type { NetDevice } from './netdev.js'
import { IFF_LOOPBACK, IFF_MULTICAST } from './netdev.js'
import type { NetNamespace } from './netns.js'
import { TABLE_LOCAL, TABLE_MAIN } from './route-entry.js'

export interface Ipv6Route {
  readonly type: 'unicast' | 'local' | 'multicast'
  readonly dst: Ipv6Address
  readonly length: number
  readonly dev: NetDevice
  readonly table: number
  readonly metric: number
  readonly linkdown: boolean
}

/** Main table first, then local; each by prefix. */
export function ipv6Routes(netns: NetNamespace): Ipv6Route[] {
  const routes: Ipv6Route[] = []
  for (const dev of netns.devices) {
    if (!dev.isUp || dev.addresses6.length === 0) continue
    const isLoopback = (dev.flags & IFF_LOOPBACK) !== 0
    for (const { address, length, noprefixroute, tentative } of dev.addresses6) {
      const shift = BigInt(128 - length)
      const network = (address >> shift) << shift
      const linkdown = !dev.carrier
      if (!noprefixroute) routes.push({ dev, linkdown, type: 'unicast', dst: network, length, table: TABLE_MAIN, metric: 256 })
      if (!tentative) routes.push({ dev, linkdown: false, type: 'local', dst: address, length: 128, table: TABLE_LOCAL, metric: 0 })
    }
    if (!isLoopback && (dev.flags & IFF_MULTICAST) !== 0) {
      routes.push({ dev, linkdown: !dev.carrier, type: 'multicast', dst: 0xffn << 120n, length: 8, table: TABLE_LOCAL, metric: 256 })
    }
  }
  return routes.sort(compare)
}

function compare(a: Ipv6Route, b: Ipv6Route): number {
  if (a.table !== b.table) return a.table === TABLE_MAIN ? -1 : 1
  if (a.dst !== b.dst) return a.dst < b.dst ? -1 : 1
  return a.length - b.length || a.dev.ifindex - b.dev.ifindex
}
