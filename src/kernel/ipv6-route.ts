// The IPv6 routes of a namespace, as its addresses make them: what `ip -6 route` shows.
import type { Ipv6Address } from '../addr/ipv6.js'
import type { NetDevice } from './netdev.js'
import { IFF_LOOPBACK, IFF_MULTICAST } from './netdev.js'
import type { NetNamespace } from './netns.js'
import { TABLE_LOCAL, TABLE_MAIN } from './route-entry.js'

export interface Ipv6Route {
  readonly type: 'unicast' | 'local' | 'multicast' | 'anycast'
  readonly dst: Ipv6Address
  readonly length: number
  readonly dev: NetDevice
  readonly table: number
  readonly metric: number
  readonly linkdown: boolean
  /** Of the address that made it. */
  readonly order: number
}

/** Main table first, then local; each by prefix. */
export function ipv6Routes(netns: NetNamespace): Ipv6Route[] {
  const routes: Ipv6Route[] = []
  for (const dev of netns.devices) {
    if (!dev.isUp || dev.addresses6.length === 0) continue
    const isLoopback = (dev.flags & IFF_LOOPBACK) !== 0
    for (const { address, length, noprefixroute, tentative, order } of dev.addresses6) {
      const shift = BigInt(128 - length)
      const network = (address >> shift) << shift
      const linkdown = !dev.carrier
      if (!noprefixroute) routes.push({ dev, linkdown, order, type: 'unicast', dst: network, length, table: TABLE_MAIN, metric: 256 })
      if (tentative) continue
      routes.push({ dev, linkdown: false, order, type: 'local', dst: address, length: 128, table: TABLE_LOCAL, metric: 0 })
      // A router answers for each of its subnets as such.
      if (dev.conf6.forwarding === 0 || length >= 127 || isLoopback) continue
      routes.push({ dev, linkdown: false, order, type: 'anycast', dst: network, length: 128, table: TABLE_LOCAL, metric: 0 })
    }
    if (!isLoopback && (dev.flags & IFF_MULTICAST) !== 0) {
      const order = Math.min(...dev.addresses6.map((address) => address.order))
      routes.push({ dev, linkdown: !dev.carrier, order, type: 'multicast', dst: 0xffn << 120n, length: 8, table: TABLE_LOCAL, metric: 256 })
    }
  }
  return routes.sort(compare)
}

function compare(a: Ipv6Route, b: Ipv6Route): number {
  if (a.table !== b.table) return a.table === TABLE_MAIN ? -1 : 1
  if (a.dst !== b.dst) return a.dst < b.dst ? -1 : 1
  return a.length - b.length || a.order - b.order
}
