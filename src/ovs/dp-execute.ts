// Runs compiled datapath actions on a packet. The packet belongs to the list: the last action that wants it gets it, others get clones.
import type { Packet } from '../kernel/packet.js'
import { drop } from '../kernel/packet.js'
import { TunnelKey } from '../kernel/tunnel-key.js'
import { decodeFrame } from '../wire/decode.js'
import { encodeFrame } from '../wire/encode.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import { executeCt } from './ct.js'
import type { Datapath, DpPort } from './datapath.js'
import type { DpAction } from './dp-action.js'
import { popLse, pushLse, setLse } from './dp-mpls.js'
import { executeSet } from './dp-set.js'
import { PacketMeta } from './packet-meta.js'
import { noteAction } from './trace-notes.js'
import { isTunnelKind } from './tunnel.js'

/** The packet is done with at the end: sent on, or dropped. */
export function executeActions(dp: Datapath, actions: readonly DpAction[], pkt: Packet, from: DpPort, meta: PacketMeta | null): void {
  const count = actions.length
  if (count === 0) return drop(pkt, 'OVS_ACTION_DROP', dp)
  let own = meta
  let isTaken = false
  /** Of the next output; 0: whole packets. */
  let cut = 0
  for (let i = 0; i < count; i++) {
    const action = actions[i]!
    switch (action.type) {
      case 'output': {
        isTaken = i === count - 1
        const out = isTaken ? pkt : pkt.clone()
        if (cut !== 0 && out.frame.length > cut) out.frame = truncated(out.frame, cut)
        cut = 0
        send(dp, out, action.port)
        break
      }
      case 'push_vlan':
        pkt.frame = pkt.frame.pushVlan({ tpid: action.tpid, tci: action.tci })
        if (pkt.trace !== null) noteAction(dp, pkt, action)
        break
      case 'pop_vlan':
        if (pkt.frame.vlans.length > 0) pkt.frame = pkt.frame.popVlan()
        if (pkt.trace !== null) noteAction(dp, pkt, action)
        break
      case 'push_mpls':
        pkt.frame = pushLse(pkt.frame, action.lse, action.ethType)
        break
      case 'pop_mpls':
        pkt.frame = popLse(pkt.frame, action.ethType)
        break
      case 'set_mpls':
        pkt.frame = setLse(pkt.frame, action.lse)
        break
      case 'set':
        executeSet(pkt, action)
        if (pkt.trace !== null) noteAction(dp, pkt, action)
        break
      case 'set_tunnel':
        pkt.tunnel = action.tunnel
        if (pkt.trace !== null) noteAction(dp, pkt, action)
        break
      case 'set_mark':
        pkt.mark = ((pkt.mark & ~action.mask) | (action.value & action.mask)) >>> 0
        break
      case 'set_priority':
        own = own?.copy() ?? new PacketMeta()
        own.priority = action.value
        break
      case 'hash':
        break
      case 'ct':
        own = own?.copy() ?? new PacketMeta()
        if (!executeCt(dp, pkt, action.ct, own)) return
        if (pkt.trace !== null) noteAction(dp, pkt, action)
        break
      case 'ct_clear':
        pkt.ct = null
        pkt.ctState = null
        if (own !== null) {
          own = own.copy()
          own.clearCt()
        }
        break
      case 'recirc': {
        isTaken = i === count - 1
        const next = own?.copy() ?? new PacketMeta()
        next.recircId = action.id
        dp.receive(isTaken ? pkt : pkt.clone(), from, next)
        break
      }
      case 'clone': {
        isTaken = i === count - 1
        executeActions(dp, action.actions, isTaken ? pkt : pkt.clone(), from, own)
        break
      }
      case 'check_pkt_len': {
        isTaken = i === count - 1
        const list = pkt.frame.length > action.size ? action.greater : action.less
        executeActions(dp, list, isTaken ? pkt : pkt.clone(), from, own)
        break
      }
      case 'tnl_push':
        dp.vswitch.native.push(pkt, action.push)
        break
      case 'tnl_pop': {
        isTaken = i === count - 1
        const inner = isTaken ? pkt : pkt.clone()
        if (isTunnelKind(action.port.type as 'gre') && dp.vswitch.native.pop(inner, action.port)) dp.receive(inner, action.port, null)
        break
      }
      case 'trunc':
        cut = action.length
        break
      case 'meter':
      case 'controller':
        break
    }
  }
  if (!isTaken) drop(pkt, 'OVS_ACTION_DROP', dp)
}

/** The first bytes of a frame. What is left of its packet says more than there is: whoever is given it finds it malformed. */
function truncated(frame: EthernetFrame, length: number): EthernetFrame {
  return decodeFrame(encodeFrame(frame).subarray(0, Math.max(length, 14)))
}

function send(dp: Datapath, pkt: Packet, port: DpPort): void {
  const { dev } = port
  if (dev === null) {
    if (!isTunnelKind(port.type as 'gre') || !(pkt.tunnel instanceof TunnelKey)) return drop(pkt, 'TUNNEL_NO_VNI', port)
    dp.vswitch.system.send(pkt, port.type as 'gre', pkt.tunnel)
    return
  }
  if (dev.kind === 'ovs-internal') return dp.vswitch.passUp(pkt, dev)
  // One tag does not count: devices carry it beside the frame.
  const tag = pkt.frame.vlans.length > 0 ? 4 : 0
  if (pkt.frame.length - 14 - tag > dev.mtu) {
    dev.stats.txErrors++
    return drop(pkt, 'FRAME_TOO_LONG', dev)
  }
  dev.transmit(pkt)
}
