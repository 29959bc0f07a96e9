// Neighbour discovery as the neighbour table uses it: how to ask, whom to tell of failure.
import { isLinkLocalIpv6, solicitedNodeOf } from '../addr/ipv6.js'
import { ETHERTYPE_IPV6, EthernetFrame } from '../wire/ethernet.js'
import { PROTO_ICMPV6 } from '../wire/ipv4.js'
import { Ipv6Packet } from '../wire/ipv6.js'
import { ND_HOP_LIMIT, neighbourSolicit } from '../wire/nd.js'
import { selectAddress6, sendMulticast6 } from './ipv6-output.js'
import type { NeighbourProtocol } from './neigh.js'
import { drop, newPacket } from './packet.js'

export const ndiscProtocol: NeighbourProtocol<bigint> = {
  solicit(neighbour, lladdr, queued) {
    const dev = neighbour.dev
    const waiting = queued?.frame.payload
    const wish = waiting !== undefined && !(waiting instanceof Uint8Array) && waiting.kind === 'ipv6' ? waiting.src : null
    const isOwn = wish !== null && dev.addresses6.some((each) => each.address === wish && !each.tentative)
    const src = isOwn && (isLinkLocalIpv6(wish) || !isLinkLocalIpv6(neighbour.address)) ? wish : selectAddress6(dev, neighbour.address)
    if (src === null) return
    const dst = lladdr === null ? solicitedNodeOf(neighbour.address) : neighbour.address
    const packet = new Ipv6Packet({
      nextHeader: PROTO_ICMPV6,
      hopLimit: ND_HOP_LIMIT,
      src,
      dst,
      payload: neighbourSolicit(neighbour.address, dev.mac),
    })
    if (lladdr === null) return sendMulticast6(dev, packet)
    const frame = new EthernetFrame({ dst: lladdr, src: dev.mac, type: ETHERTYPE_IPV6, payload: packet })
    dev.transmit(newPacket(dev.netns.kernel.sim, dev, frame))
  },
  unreachable(neighbour, pkt) {
    drop(pkt, 'NEIGH_FAILED', neighbour.dev)
  },
  conf: (dev) => dev.neighConf6,
  reachable: (dev) => dev.reachable6,
  tell(neighbour, change) {
    const { netns } = neighbour.dev
    if (netns.kernel.events.isWatched) netns.kernel.events.emit({ kind: 'neigh6', change, netns, neighbour })
  },
}
