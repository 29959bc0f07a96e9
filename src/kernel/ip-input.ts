// IPv4 packets that came in: checks, PREROUTING, the route, and then up to this machine or on to the forwarder.

import { formatIpv4 } from '../addr/ipv4.js'
import {
  ICMP_DEST_UNREACH,
  ICMP_HOST_UNREACH,
  ICMP_NET_UNREACH,
  ICMP_PKT_FILTERED,
  ICMP_PORT_UNREACH,
  ICMP_PROT_UNREACH,
} from '../wire/icmp.js'
import { Ipv4Packet, PROTO_ICMP, PROTO_TCP, PROTO_UDP } from '../wire/ipv4.js'
import { icmpReceive } from './icmp.js'
import { icmpSend } from './icmp-send.js'
import { ipForward } from './ip-forward.js'
import { isGroupJoined } from './multicast.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { delivered, drop } from './packet.js'
import type { InputError } from './route.js'
import { routeInput } from './route.js'
import { noteRefusal, noteRouteIn } from './trace-notes.js'

//   device -> ipReceive -> [PREROUTING] -> route -> ipLocalDeliver -> [INPUT] -> socket
//                                             \---> ipForward
export function ipReceive(pkt: Packet): void {
  const dev = pkt.dev
  const netns = dev.netns
  if (pkt.packetType === 'otherhost') return drop(pkt, 'OTHERHOST', dev)
  const ip = pkt.frame.payload
  if (!(ip instanceof Ipv4Packet) || ip.checksum !== null) return drop(pkt, 'IP_INHDR', dev)
  if (pkt.frame.trailer.length > 0) pkt.ip = ip
  pkt.inDev = dev
  if (pkt.bridgePrerouted) pkt.bridgePrerouted = false
  else if (!prerouted(netns, pkt, ip)) return
  let route = pkt.route
  if (route === null) {
    const found = routeInput(netns, pkt)
    if (typeof found === 'string') return refuse(netns, pkt, found)
    route = found
    pkt.route = found
  }
  if (pkt.trace !== null) noteRouteIn(netns, pkt, route)
  if (route.type === 'local' || route.type === 'broadcast') return ipLocalDeliver(netns, pkt)
  if (route.type === 'unicast') return ipForward(netns, pkt)
  if (!isGroupJoined(netns, pkt.ip.dst)) return drop(pkt, 'MULTICAST_NOT_JOINED', dev)
  ipLocalDeliver(netns, pkt)
}

/** What lo carries (and an own broadcast heard again) has its route from the sender, unless PREROUTING gave it another destination. */
function prerouted(netns: NetNamespace, pkt: Packet, ip: Ipv4Packet): boolean {
  if (netns.netfilter.run('PREROUTING', pkt, pkt.dev, null) !== 'ACCEPT') return false
  if (pkt.route !== null && pkt.ip.dst !== ip.dst) pkt.route = null
  return true
}

/** No route, or an impossible source (ip_error, ip_handle_martian_source). */
function refuse(netns: NetNamespace, pkt: Packet, error: InputError): void {
  const dev = pkt.dev
  if (pkt.trace !== null) noteRefusal(netns, pkt, error)
  switch (error) {
    case 'martian-source':
      logMartian(netns, pkt, 'source')
      return drop(pkt, netns.fib.isLocal(pkt.ip.src) ? 'IP_LOCAL_SOURCE' : 'IP_MARTIAN_SOURCE', dev)
    case 'rp-filter':
      logMartian(netns, pkt, 'source')
      return drop(pkt, 'IP_RPFILTER', dev)
    case 'martian-destination':
      logMartian(netns, pkt, 'destination')
      return drop(pkt, 'IP_MARTIAN_DESTINATION', dev)
    case 'not-forwarding':
      return drop(pkt, 'IP_NOT_FOR_US', dev)
    case 'ENETUNREACH':
      icmpSend(netns, pkt, ICMP_DEST_UNREACH, ICMP_NET_UNREACH)
      return drop(pkt, 'IP_INNOROUTES', netns)
    case 'EHOSTUNREACH':
      icmpSend(netns, pkt, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH)
      return drop(pkt, 'IP_UNREACHABLE', netns)
    case 'EACCES':
      icmpSend(netns, pkt, ICMP_DEST_UNREACH, ICMP_PKT_FILTERED)
      return drop(pkt, 'IP_PROHIBIT', netns)
    default:
      return drop(pkt, 'IP_BLACKHOLE', netns)
  }
}

function logMartian(netns: NetNamespace, pkt: Packet, what: 'source' | 'destination'): void {
  const dev = pkt.dev
  if (dev.conf.log_martians === 0 && netns.confAll.log_martians === 0) return
  const { src, dst } = pkt.ip
  if (what === 'source') netns.kernel.log(4, `IPv4: martian source ${formatIpv4(dst)} from ${formatIpv4(src)}, on dev ${dev.name}`)
  else netns.kernel.log(4, `IPv4: martian destination ${formatIpv4(dst)} from ${formatIpv4(src)}, dev ${dev.name}`)
}

export function ipLocalDeliver(netns: NetNamespace, pkt: Packet): void {
  if (pkt.ip.isFragment && !netns.reassembly.add(pkt, 'local')) return
  if (netns.netfilter.run('INPUT', pkt, pkt.dev, null) !== 'ACCEPT') return
  const { sockets } = netns
  const { proto } = pkt.ip
  const rawTook = sockets.deliverRaw(pkt)
  if (proto === PROTO_ICMP) return icmpReceive(netns, pkt, rawTook)
  if (proto === PROTO_UDP) return deliverUdp(netns, pkt)
  if (proto === PROTO_TCP) {
    if (pkt.ip.payload instanceof Uint8Array) return drop(pkt, 'TCP_CSUM', netns)
    if (!sockets.deliverTcp(pkt)) drop(pkt, 'NO_SOCKET', netns)
    return
  }
  const tunnel = netns.ipProtocols.get(proto)
  if (tunnel !== undefined) return tunnel.receive(pkt)
  if (rawTook) return delivered(pkt, netns)
  icmpSend(netns, pkt, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH)
  drop(pkt, 'IP_NOPROTO', netns)
}

function deliverUdp(netns: NetNamespace, pkt: Packet): void {
  if (pkt.ip.payload instanceof Uint8Array) return drop(pkt, 'UDP_CSUM', netns)
  if (netns.sockets.deliverUdp(pkt)) return
  icmpSend(netns, pkt, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH)
  drop(pkt, 'NO_SOCKET', netns)
}
