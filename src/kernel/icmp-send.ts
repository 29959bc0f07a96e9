// The ICMP errors this machine sends about packets it cannot serve (Linux: icmp_send).
import { BROADCAST_IPV4, isMulticastIpv4 } from '../addr/ipv4.js'
import { encodeIpv4 } from '../wire/encode.js'
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, IcmpMessage, isIcmpError } from '../wire/icmp.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import { Ipv4Packet as Packet4, PROTO_ICMP } from '../wire/ipv4.js'
import { selectAddress } from './devinet.js'
import { IFF_LOOPBACK } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { routeOutput } from './route.js'
import { SCOPE_LINK } from './route-entry.js'
import type { RouteResult } from './route-result.js'

/** RFC 1812: an error is at most this long. */
const LONGEST_ERROR = 576
/** Internetwork control. */
const TOS_CONTROL = 0xc0

/** An error about `pkt` to its source; `rest` is the second word (MTU of frag needed, gateway of a redirect). */
export function icmpSend(netns: NetNamespace, pkt: Packet, type: number, code: number, rest = 0): void {
  const ip = pkt.ip
  if (!deservesError(pkt, ip)) return
  const own = sourceOf(netns, pkt, ip)
  const mark = netns.conf.fwmark_reflect !== 0 ? pkt.mark : 0
  const tos = (ip.tos & 0x1e) | TOS_CONTROL
  const route = routeOutput(netns, { dst: ip.src, src: own, mark, tos, proto: PROTO_ICMP })
  if (typeof route === 'string' || !isAllowed(netns, route, ip, type, code)) return
  const room = Math.min(route.mtu(netns.nowUs), LONGEST_ERROR) - 28
  const quote = encodeIpv4(ip)
  const payload = new IcmpMessage({ type, code, rest, payload: quote.length > room ? quote.subarray(0, room) : quote })
  const answer = new Packet4({ tos, ttl: netns.conf.ip_default_ttl, proto: PROTO_ICMP, src: own, dst: ip.src, payload })
  netns.protocols.sendIpv4(netns, answer, route, mark, pkt)
}

/** RFC 1122, 3.2.2: none about broadcasts, about later fragments, about errors. */
function deservesError(pkt: Packet, ip: Ipv4Packet): boolean {
  if (pkt.inDev !== null && pkt.packetType !== 'host') return false
  const routeType = pkt.route?.type
  if (routeType === 'broadcast' || routeType === 'multicast') return false
  if (ip.fragOffset !== 0 || ip.src === 0 || ip.src === BROADCAST_IPV4 || isMulticastIpv4(ip.src)) return false
  if (ip.proto !== PROTO_ICMP) return true
  const inner = ip.payload
  const innerType = inner instanceof Uint8Array ? (inner[0] ?? 0) : inner.kind === 'icmp' ? inner.type : 0
  return innerType <= 18 && !isIcmpError(innerType)
}

/** The address the packet was sent to when it is this machine's; else the kernel chooses by the way back (0). */
function sourceOf(netns: NetNamespace, pkt: Packet, ip: Ipv4Packet): number {
  if (pkt.route?.type === 'local' && netns.fib.isLocal(ip.dst)) return ip.dst
  if (netns.conf.icmp_errors_use_inbound_ifaddr !== 0 && pkt.inDev !== null) {
    return selectAddress(netns, pkt.inDev, ip.src, SCOPE_LINK)
  }
  return 0
}

function isAllowed(netns: NetNamespace, route: RouteResult, ip: Ipv4Packet, type: number, code: number): boolean {
  if (type === ICMP_DEST_UNREACH && code === ICMP_FRAG_NEEDED) return true
  if ((route.dev.flags & IFF_LOOPBACK) !== 0) return true
  if ((netns.conf.icmp_ratemask & (1 << type)) === 0) return true
  return netns.icmpLimits.allow(ip.src, netns.conf.icmp_ratelimit)
}
