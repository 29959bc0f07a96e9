// What a tunnel device does with a packet that is too long for the underlay (Linux 5.9: skb_tunnel_check_pmtu): a routed one teaches its
// own path MTU, a bridged one with DF is answered as if the far end had said so.
import { isLoopbackIpv4, isMulticastIpv4 } from '../addr/ipv4.js'
import { encodeIpv4 } from '../wire/encode.js'
import { ETHERTYPE_IPV4, EthernetFrame } from '../wire/ethernet.js'
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, IcmpMessage, isIcmpError } from '../wire/icmp.js'
import { IP_DF, Ipv4Packet, PROTO_ICMP } from '../wire/ipv4.js'
import type { NetDevice } from './netdev.js'
import type { Packet } from './packet.js'
import { newPacket } from './packet.js'

const LEAST_MTU = 576
const LONGEST_ANSWER = 576

/** True: an answer was sent back by the device, and the packet must end here. `mtu`: what fits inside. */
export function answeredTooLong(pkt: Packet, dev: NetDevice, mtu: number): boolean {
  const ip = pkt.frame.payload
  if (pkt.frame.payload.length <= mtu || !dev.netns.kernel.options.tunnelPmtu || !(ip instanceof Ipv4Packet)) return false
  if (pkt.route !== null) dev.netns.exceptions.learnPmtu(ip.dst, mtu)
  if (dev.master === null || pkt.packetType === 'host' || pkt.packetType === 'outgoing' || !deservesAnswer(ip, mtu)) return false
  const quote = encodeIpv4(ip).subarray(0, LONGEST_ANSWER - 28)
  const payload = new IcmpMessage({ type: ICMP_DEST_UNREACH, code: ICMP_FRAG_NEEDED, rest: mtu, payload: quote })
  const answer = new Ipv4Packet({ flags: IP_DF, ttl: ip.ttl, proto: PROTO_ICMP, src: ip.dst, dst: ip.src, payload })
  const frame = new EthernetFrame({ dst: pkt.frame.src, src: pkt.frame.dst, type: ETHERTYPE_IPV4, payload: answer })
  pkt.sim.backlog.push(dev, newPacket(pkt.sim, dev, frame))
  return true
}

function deservesAnswer(ip: Ipv4Packet, mtu: number): boolean {
  if (mtu < LEAST_MTU || ip.flags !== IP_DF || ip.fragOffset !== 0) return false
  if (ip.dst === -1 || isMulticastIpv4(ip.dst)) return false
  if (ip.src === -1 || ip.src >>> 24 === 0 || isLoopbackIpv4(ip.src) || isMulticastIpv4(ip.src)) return false
  const { payload } = ip
  return payload instanceof Uint8Array || payload.kind !== 'icmp' || !isIcmpError(payload.type)
}
