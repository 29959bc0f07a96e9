// From a local sender, or from the forwarder, out through POSTROUTING to the neighbour.
import type { Ipv4Packet } from '../wire/ipv4.js'
import type { Errno } from './errno.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import type { RouteResult } from './route-result.js'

export interface SendOptions {
  /** SO_BINDTODEVICE and the like. */
  oif?: NetDevice | null
  mark?: number
  uid?: number
  /** A route looked up before; else it is looked up here. */
  route?: RouteResult
  /** IP_MTU_DISCOVER: 'want' sets DF and refuses packets over the path MTU with EMSGSIZE. */
  pmtuDiscovery?: 'dont' | 'want' | 'do' | 'probe'
  /** Called with the new packet before OUTPUT: a reset attaches itself to the connection it answers. */
  prepare?(pkt: Packet): void
}

/** Sockets and ICMP send through this. Null: sent (or queued for its neighbour). A source of 0 is filled in, an id too. */
export function ipLocalOut(_netns: NetNamespace, _packet: Ipv4Packet, _options: SendOptions = {}): Errno | null {
  throw new Error('not built yet')
}

/** POSTROUTING, fragmentation, neighbour. */
export function ipOutput(_netns: NetNamespace, _pkt: Packet): void {
  throw new Error('not built yet')
}
