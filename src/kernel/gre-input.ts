// GRE packets that came in: the tunnels of the namespace are asked in turn, and what none of them takes is refused (Linux: gre_rcv).
import { ICMP_DEST_UNREACH, ICMP_PORT_UNREACH } from '../wire/icmp.js'
import { PROTO_GRE } from '../wire/ipv4.js'
import { icmpSend } from './icmp-send.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { drop } from './packet.js'

/** True: taken (or dropped with a reason of its own). */
export type GreReceiver = (pkt: Packet) => boolean

const receivers = new WeakMap<NetNamespace, GreReceiver[]>()

/** `last`: asked after all devices, as a switch's own port is. */
export function listenGre(netns: NetNamespace, receiver: GreReceiver, last = false): void {
  let list = receivers.get(netns)
  if (list === undefined) receivers.set(netns, (list = []))
  if (last) list.push(receiver)
  else list.unshift(receiver)
  netns.ipProtocols.set(PROTO_GRE, (pkt) => receive(netns, pkt))
}

export function unlistenGre(netns: NetNamespace, receiver: GreReceiver): void {
  const list = receivers.get(netns) ?? []
  const at = list.indexOf(receiver)
  if (at >= 0) list.splice(at, 1)
  if (list.length === 0) netns.ipProtocols.delete(PROTO_GRE)
}

function receive(netns: NetNamespace, pkt: Packet): void {
  const gre = pkt.ip.payload
  if (gre instanceof Uint8Array || gre.kind !== 'gre' || (gre.hasChecksum && gre.checksum !== null)) {
    return drop(pkt, 'IP_INHDR', netns)
  }
  for (const receiver of receivers.get(netns) ?? []) if (receiver(pkt)) return
  icmpSend(netns, pkt, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH)
  drop(pkt, 'TUNNEL_NO_VNI', netns)
}
