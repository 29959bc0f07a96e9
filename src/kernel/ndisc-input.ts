// Neighbour solicitations and advertisements that came in (Linux: ndisc.c).
import { ALL_NODES_IPV6, ANY_IPV6 } from '../addr/ipv6.js'
import type { Icmpv6Message } from '../wire/icmpv6.js'
import { ICMPV6_NEIGHBOUR_SOLICIT } from '../wire/icmpv6.js'
import { PROTO_ICMPV6 } from '../wire/ipv4.js'
import { Ipv6Packet } from '../wire/ipv6.js'
import type { NeighbourMessage } from '../wire/nd.js'
import { ND_HOP_LIMIT, ND_OVERRIDE, ND_ROUTER, ND_SOLICITED, neighbourAdvert, parseNeighbour } from '../wire/nd.js'
import { dadFailure } from './addrconf.js'
import { ipv6LocalOut } from './ipv6-output.js'
import type { Packet } from './packet.js'
import { delivered, drop } from './packet.js'

export function ndiscReceive(pkt: Packet, packet: Ipv6Packet, message: Icmpv6Message): void {
  const dev = pkt.dev
  const heard = parseNeighbour(message)
  if (heard === null || packet.hopLimit !== ND_HOP_LIMIT) return drop(pkt, 'ARP_INVALID', dev)
  if (message.type === ICMPV6_NEIGHBOUR_SOLICIT) solicited(pkt, packet, heard)
  else advertised(pkt, packet, heard)
}

function solicited(pkt: Packet, packet: Ipv6Packet, heard: NeighbourMessage): void {
  const dev = pkt.dev
  const own = dev.addresses6.find((each) => each.address === heard.target)
  if (own === undefined) return drop(pkt, 'ARP_NOT_FOR_US', dev)
  delivered(pkt, dev)
  if (own.tentative) {
    if (packet.src === ANY_IPV6) dadFailure(dev, own)
    return
  }
  const toAll = packet.src === ANY_IPV6
  if (!toAll && heard.lladdr !== null) dev.netns.neigh.obtain6(dev, packet.src)?.update(heard.lladdr, 'STALE', { override: true })
  const router = dev.conf6.forwarding !== 0 ? ND_ROUTER : 0
  const flags = router | ND_OVERRIDE | (toAll ? 0 : ND_SOLICITED)
  const answer = new Ipv6Packet({
    nextHeader: PROTO_ICMPV6,
    hopLimit: ND_HOP_LIMIT,
    src: heard.target,
    dst: toAll ? ALL_NODES_IPV6 : packet.src,
    payload: neighbourAdvert(heard.target, dev.mac, flags),
  })
  ipv6LocalOut(dev.netns, answer, { oif: dev })
}

function advertised(pkt: Packet, _packet: Ipv6Packet, heard: NeighbourMessage): void {
  const dev = pkt.dev
  const own = dev.addresses6.find((each) => each.address === heard.target)
  if (own !== undefined) {
    if (own.tentative) dadFailure(dev, own)
    return delivered(pkt, dev)
  }
  const entry = dev.neighbours6.get(heard.target)
  if (entry === undefined) return drop(pkt, 'ARP_NOT_FOR_US', dev)
  if (heard.lladdr !== null || entry.lladdr !== null) {
    entry.isRouter = (heard.flags & ND_ROUTER) !== 0
    const state = (heard.flags & ND_SOLICITED) !== 0 ? 'REACHABLE' : 'STALE'
    entry.update(heard.lladdr, state, { override: (heard.flags & ND_OVERRIDE) !== 0 })
  }
  delivered(pkt, dev)
}
