// `proxy` of a VXLAN device: ARP questions are answered from the neighbours known on it, and never cross the underlay (arp_reduce).
import { isLoopbackIpv4, isMulticastIpv4 } from '../../addr/ipv4.js'
import { ARP_REPLY, ARP_REQUEST, ArpPacket } from '../../wire/arp.js'
import { ETHERTYPE_ARP, EthernetFrame } from '../../wire/ethernet.js'
import type { Packet } from '../packet.js'
import { delivered, newPacket } from '../packet.js'
import type { VxlanDevice } from './vxlan.js'

/** True: the question was answered, and ends here. */
export function answerFromNeighbours(dev: VxlanDevice, pkt: Packet): boolean {
  const { frame } = pkt
  const arp = frame.payload
  if (frame.type !== ETHERTYPE_ARP || !(arp instanceof ArpPacket) || arp.operation !== ARP_REQUEST) return false
  if (isLoopbackIpv4(arp.targetIp) || isMulticastIpv4(arp.targetIp)) return false
  const known = dev.neighbours.get(arp.targetIp)
  if (known === undefined || known.lladdr === null || known.state === 'FAILED' || known.state === 'INCOMPLETE') return false
  // Behind an address that was only flooded to before, the station itself is asked.
  const entry = dev.fdb.use(known.lladdr)
  if (entry !== null && entry.remotes[0]?.ip === 0) return false
  const reply = new ArpPacket({
    operation: ARP_REPLY,
    senderMac: known.lladdr,
    senderIp: arp.targetIp,
    targetMac: arp.senderMac,
    targetIp: arp.senderIp,
  })
  const answer = new EthernetFrame({ dst: frame.src, src: known.lladdr, type: ETHERTYPE_ARP, payload: reply })
  delivered(pkt, dev)
  pkt.sim.backlog.push(dev, newPacket(pkt.sim, dev, answer))
  return true
}
