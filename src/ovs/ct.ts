// ct(): the packet through connection tracking of the datapath.
import type { Packet } from '../kernel/packet.js'
import type { Datapath } from './datapath.js'
import type { CtExecution } from './dp-action.js'
import type { PacketMeta } from './packet-meta.js'

/** False: the packet is gone. */
export function executeCt(_dp: Datapath, _pkt: Packet, _ct: CtExecution, _meta: PacketMeta): boolean {
  return true
}
