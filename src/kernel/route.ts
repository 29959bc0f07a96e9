// Route lookups: rules, then tables, then the checks on sources.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { Errno } from './errno.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import type { RouteResult } from './route-result.js'

/** What a lookup is about (Linux: struct flowi4). */
export interface Flow {
  dst: Ipv4Address
  src?: Ipv4Address
  oif?: NetDevice | null
  iif?: NetDevice | null
  mark?: number
  tos?: number
  uid?: number
  proto?: number
  sport?: number
  dport?: number
}

/** For packets made here: chooses device, next hop and source. */
export function routeOutput(_netns: NetNamespace, _flow: Flow): RouteResult | Errno {
  throw new Error('not built yet')
}

/** For packets that came in: sets pkt.route; drops with the right reason (and ICMP error) when it answers false. */
export function routeInput(_netns: NetNamespace, _pkt: Packet): boolean {
  throw new Error('not built yet')
}

/** `ip route get ... iif DEV`: the same lookup without a packet. */
export function routeInputFlow(_netns: NetNamespace, _flow: Flow): RouteResult | Errno {
  throw new Error('not built yet')
}

/** After OUTPUT changed destination, source, tos or mark. False: no route now. */
export function rerouteOutput(_netns: NetNamespace, _pkt: Packet): boolean {
  throw new Error('not built yet')
}
