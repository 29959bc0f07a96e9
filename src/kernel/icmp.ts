// ICMP that came in: echo and timestamp are answered, errors teach the routing and reach the sockets (Linux: icmp_rcv).

import { put32 } from '../wire/bytes.js'
import {
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHO_REPLY,
  ICMP_FRAG_NEEDED,
  ICMP_PARAMETERPROB,
  ICMP_REDIRECT,
  ICMP_TIME_EXCEEDED,
  ICMP_TIMESTAMP,
  ICMP_TIMESTAMPREPLY,
  IcmpMessage,
} from '../wire/icmp.js'
import { Ipv4Packet, PROTO_ICMP } from '../wire/ipv4.js'
import { selectAddress } from './devinet.js'
import { decodeQuoted } from './icmp-quote.js'
import { ipLocalOut } from './ip-output.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { delivered, drop } from './packet.js'
import { acceptRedirect } from './redirect.js'
import { SCOPE_LINK } from './route-entry.js'

const ICMP_SOURCE_QUENCH = 4

/** @param rawTook a raw socket has had it already: an answer for it is no answer for nobody */
export function icmpReceive(netns: NetNamespace, pkt: Packet, rawTook: boolean): void {
  const ip = pkt.ip
  const icmp = ip.payload
  if (icmp instanceof Uint8Array || icmp.kind !== 'icmp' || icmp.checksum !== null) return drop(pkt, 'ICMP_CSUM', netns)
  const toGroup = pkt.route !== null && (pkt.route.type === 'broadcast' || pkt.route.type === 'multicast')
  if (toGroup) {
    const asks = icmp.type === ICMP_ECHO || icmp.type === ICMP_TIMESTAMP
    if (asks && netns.conf.icmp_echo_ignore_broadcasts !== 0) return drop(pkt, 'ICMP_IGNORED', netns)
    if (!asks) return drop(pkt, 'ICMP_UNKNOWN', netns)
  }
  switch (icmp.type) {
    case ICMP_ECHO:
      if (netns.conf.icmp_echo_ignore_all !== 0) return drop(pkt, 'ICMP_IGNORED', netns)
      delivered(pkt, netns)
      return answer(netns, pkt, icmp.withType(ICMP_ECHO_REPLY))
    case ICMP_TIMESTAMP:
      if (icmp.payload.length < 4) return drop(pkt, 'ICMP_CSUM', netns)
      delivered(pkt, netns)
      return answer(netns, pkt, timestamped(netns, icmp))
    case ICMP_ECHO_REPLY:
      return echoReplied(netns, pkt, rawTook)
    case ICMP_REDIRECT:
      return acceptRedirect(netns, pkt, icmp)
    case ICMP_DEST_UNREACH:
    case ICMP_SOURCE_QUENCH:
    case ICMP_TIME_EXCEEDED:
    case ICMP_PARAMETERPROB:
      return errorReceived(netns, pkt, icmp)
    default:
      return drop(pkt, 'ICMP_UNKNOWN', netns)
  }
}

function echoReplied(netns: NetNamespace, pkt: Packet, rawTook: boolean): void {
  const socket = netns.sockets.deliverIcmp(pkt)
  if (socket === null && rawTook) return delivered(pkt, netns)
  if (socket === null) drop(pkt, 'NO_SOCKET', netns)
  else delivered(pkt, netns, socket)
}

/** icmp_reply: from the address that was asked, with the question's tos. */
function answer(netns: NetNamespace, pkt: Packet, reply: IcmpMessage): void {
  const ip = pkt.ip
  const dev = pkt.inDev ?? pkt.dev
  const isUnicast = pkt.route?.type === 'local'
  const src = isUnicast ? ip.dst : selectAddress(netns, dev, ip.src, SCOPE_LINK)
  const packet = new Ipv4Packet({ tos: ip.tos, ttl: netns.conf.ip_default_ttl, proto: PROTO_ICMP, src, dst: ip.src, payload: reply })
  ipLocalOut(netns, packet, { mark: netns.conf.fwmark_reflect !== 0 ? pkt.mark : 0, cause: pkt })
}

/** Receive and transmit times: milliseconds since midnight UTC; the lab's clock begins at midnight. */
function timestamped(netns: NetNamespace, icmp: IcmpMessage): IcmpMessage {
  const now = Math.floor(netns.nowUs / 1000) % 86_400_000
  const payload = new Uint8Array(12)
  payload.set(icmp.payload.subarray(0, 4))
  put32(payload, 4, now)
  put32(payload, 8, now)
  return new IcmpMessage({ type: ICMP_TIMESTAMPREPLY, code: 0, rest: icmp.rest, payload })
}

/** icmp_unreach: the quoted packet tells which socket, and which path has a smaller MTU. */
function errorReceived(netns: NetNamespace, pkt: Packet, icmp: IcmpMessage): void {
  const quoted = decodeQuoted(icmp.payload)
  if (quoted === null) return drop(pkt, 'ICMP_CSUM', netns)
  let mtu = 0
  if (icmp.type === ICMP_DEST_UNREACH && icmp.code === ICMP_FRAG_NEEDED) {
    mtu = icmp.rest & 0xffff
    if (mtu === 0 || netns.conf.ip_no_pmtu_disc === 1) return drop(pkt, 'ICMP_IGNORED', netns)
    netns.exceptions.learnPmtu(quoted.dst, mtu)
  }
  netns.sockets.icmpError({ type: icmp.type, code: icmp.code, mtu, from: pkt.ip.src, quoted })
  delivered(pkt, netns)
}
