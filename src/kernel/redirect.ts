// Redirects that came in: a better gateway for one destination (Linux: __ip_do_redirect).

import { BROADCAST_IPV4, isMulticastIpv4 } from '../addr/ipv4.js'
import type { IcmpMessage } from '../wire/icmp.js'
import { isOnLink } from './devinet.js'
import { decodeQuoted } from './icmp-quote.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { delivered, drop } from './packet.js'
import { routeOutput } from './route.js'

export function acceptRedirect(netns: NetNamespace, pkt: Packet, icmp: IcmpMessage): void {
  const dev = pkt.inDev ?? pkt.dev
  const quoted = decodeQuoted(icmp.payload)
  if (quoted === null) return drop(pkt, 'ICMP_CSUM', netns)
  const gateway = icmp.rest | 0
  const old = pkt.ip.src
  if (!isAcceptable(netns, dev, gateway, old)) return drop(pkt, 'REDIRECT_IGNORED', netns)
  const route = routeOutput(netns, { dst: quoted.dst, src: 0, mark: pkt.mark })
  // Only the gateway in use may send the sender elsewhere.
  if (typeof route === 'string' || route.dev !== dev || route.via !== old) return drop(pkt, 'REDIRECT_IGNORED', netns)
  const neighbour = netns.neigh.obtain(dev, gateway)
  if (neighbour === null) return drop(pkt, 'REDIRECT_IGNORED', netns)
  if (neighbour.lladdr === null || neighbour.state === 'FAILED' || neighbour.state === 'INCOMPLETE') neighbour.resolve()
  else netns.exceptions.learnGateway(quoted.dst, gateway)
  delivered(pkt, netns)
}

function isAcceptable(netns: NetNamespace, dev: NetDevice, gateway: number, old: number): boolean {
  const all = netns.confAll
  const one = dev.conf.accept_redirects !== 0
  const every = all.accept_redirects !== 0
  // A router believes redirects only when both say so, a host when either does.
  if (dev.conf.forwarding !== 0 ? !(one && every) : !(one || every)) return false
  if (gateway === old || isMulticastIpv4(gateway) || gateway === BROADCAST_IPV4 || gateway >>> 24 === 0) return false
  if (dev.conf.shared_media !== 0 || all.shared_media !== 0) return netns.fib.typeOf(gateway) === 'unicast'
  if (!isOnLink(dev, gateway, old)) return false
  const secure = dev.conf.secure_redirects !== 0 || all.secure_redirects !== 0
  return !secure || isDefaultGateway(netns, dev, gateway)
}

function isDefaultGateway(netns: NetNamespace, dev: NetDevice, gateway: number): boolean {
  for (const table of netns.fib.tables.values()) {
    for (const route of table.routes) {
      if (route.type === 'unicast' && route.nexthops.some((nexthop) => nexthop.dev === dev && nexthop.via === gateway)) return true
    }
  }
  return false
}
