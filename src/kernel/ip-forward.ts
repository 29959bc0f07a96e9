// Packets on their way through this machine: time to live, MTU, redirects, FORWARD.

import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, ICMP_REDIRECT, ICMP_TIME_EXCEEDED } from '../wire/icmp.js'
import { IP_DF } from '../wire/ipv4.js'
import { icmpSend } from './icmp-send.js'
import { ipOutput } from './ip-output.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { drop } from './packet.js'
import type { ForwardNote } from './trace-notes.js'

const REDIRECT_HOST = 1

export function ipForward(netns: NetNamespace, pkt: Packet): void {
  const dev = pkt.dev
  const route = pkt.route!
  const ip = pkt.ip
  if (pkt.packetType !== 'host') return drop(pkt, 'IP_FORWARD_NOT_HOST', dev)
  if (ip.ttl <= 1) {
    icmpSend(netns, pkt, ICMP_TIME_EXCEEDED, 0)
    return drop(pkt, 'IP_TTL_EXPIRED', netns)
  }
  const mtu = netns.conf.ip_forward_use_pmtu !== 0 ? route.mtu(netns.nowUs) : route.forwardMtu()
  if (ip.length > mtu && (ip.flags & IP_DF) !== 0) {
    icmpSend(netns, pkt, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu)
    return drop(pkt, 'IP_FRAG_NEEDED', netns)
  }
  pkt.ip = ip.withTtl(ip.ttl - 1)
  if (pkt.trace !== null) pkt.trace.add('action', netns, pkt.frame, { kind: 'forward', netns, out: route.dev, mtu } satisfies ForwardNote)
  if (route.doRedirect) sendRedirect(netns, pkt)
  if (netns.netfilter.run('FORWARD', pkt, dev, route.dev) !== 'ACCEPT') return
  ipOutput(netns, pkt)
}

/** ip_rt_send_redirect: the sender could have gone to the next hop itself. */
function sendRedirect(netns: NetNamespace, pkt: Packet): void {
  const dev = pkt.dev
  if (dev.conf.send_redirects === 0 && netns.confAll.send_redirects === 0) return
  if (!netns.icmpLimits.allowRedirect(pkt.ip.src)) return
  icmpSend(netns, pkt, ICMP_REDIRECT, REDIRECT_HOST, (pkt.route!.via ?? pkt.ip.dst) >>> 0)
}
