// IPv6 neighbour discovery.
import type { NeighbourProtocol } from './neigh.js'
import { drop } from './packet.js'

export const ndiscProtocol: NeighbourProtocol<bigint> = {
  solicit() {},
  unreachable(neighbour, pkt) {
    drop(pkt, 'NEIGH_FAILED', neighbour.dev)
  },
  conf: (dev) => dev.neighConf6,
  reachable: (dev) => dev.reachable6,
  tell() {},
}
