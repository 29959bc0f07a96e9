// GRE packets that came in: the tunnels of the namespace are asked in turn, and what none of them takes is refused (Linux: gre_rcv).
import { ICMP_DEST_UNREACH, ICMP_PORT_UNREACH } from '../wire/icmp.js'
import { PROTO_GRE } from '../wire/ipv4.js'
import { icmpSend } from './icmp-send.js'
import type { IpProtocol, NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { drop } from './packet.js'

export interface GreReceiver {
  /** True: taken (or dropped with a reason of its own). */
  takeGre(pkt: Packet): boolean
}

class GreInput implements IpProtocol {
  readonly receivers: GreReceiver[] = []

  constructor(private readonly netns: NetNamespace) {}

  receive(pkt: Packet): void {
    const { netns } = this
    const gre = pkt.ip.payload
    if (gre instanceof Uint8Array || gre.kind !== 'gre' || (gre.hasChecksum && gre.checksum !== null)) {
      return drop(pkt, 'IP_INHDR', netns)
    }
    for (const receiver of this.receivers) if (receiver.takeGre(pkt)) return
    icmpSend(netns, pkt, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH)
    drop(pkt, 'TUNNEL_NO_VNI', netns)
  }
}

/** `last`: asked after all devices, as a switch's own port is. */
export function listenGre(netns: NetNamespace, receiver: GreReceiver, last = false): void {
  let input = netns.ipProtocols.get(PROTO_GRE)
  if (!(input instanceof GreInput)) netns.ipProtocols.set(PROTO_GRE, (input = new GreInput(netns)))
  const { receivers } = input as GreInput
  if (last) receivers.push(receiver)
  else receivers.unshift(receiver)
}

export function unlistenGre(netns: NetNamespace, receiver: GreReceiver): void {
  const input = netns.ipProtocols.get(PROTO_GRE)
  if (!(input instanceof GreInput)) return
  const at = input.receivers.indexOf(receiver)
  if (at >= 0) input.receivers.splice(at, 1)
  if (input.receivers.length === 0) netns.ipProtocols.delete(PROTO_GRE)
}
