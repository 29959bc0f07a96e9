// How a tunnel's packet leaves: the packet that was inside becomes the payload of one that this machine sends (Linux: iptunnel_xmit).
import { ETHERTYPE_IPV4, EthernetFrame } from '../wire/ethernet.js'
import type { Ipv4Payload } from '../wire/ipv4.js'
import { IP_DF, Ipv4Packet } from '../wire/ipv4.js'
import { nextIpId } from './ip-id.js'
import { ipOutput, rerouteChanged } from './ip-output.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { drop } from './packet.js'
import type { RouteResult } from './route-result.js'
import type { WrapNote } from './trace-notes.js'
import { noteRouteOut } from './trace-notes.js'

const RECURSION_LIMIT = 8

export interface OuterHeader {
  readonly route: RouteResult
  readonly src: number
  readonly dst: number
  readonly proto: number
  readonly tos: number
  readonly ttl: number
  readonly df: boolean
  readonly payload: Ipv4Payload
}

/**
 * Takes the packet. The identification is drawn even with DF, as __ip_select_ident does. `inner` namespace and `netns` differ for a
 * device that was moved after it was made: then the mark does not come along.
 */
export function tunnelOut(netns: NetNamespace, pkt: Packet, outer: OuterHeader, fromOtherNamespace: boolean): void {
  // A tunnel whose packets are routed into a tunnel, and so on: counted while the calls are nested (XMIT_RECURSION_LIMIT).
  if (pkt.hops >= RECURSION_LIMIT) return drop(pkt, 'XMIT_RECURSION', netns)
  pkt.hops++
  send(netns, pkt, outer, fromOtherNamespace)
  pkt.hops--
}

function send(netns: NetNamespace, pkt: Packet, outer: OuterHeader, fromOtherNamespace: boolean): void {
  pkt.scrub(fromOtherNamespace)
  pkt.tunnel = null
  const ip = new Ipv4Packet({
    tos: outer.tos,
    id: nextIpId(netns, outer.dst, outer.proto),
    flags: outer.df ? IP_DF : 0,
    ttl: outer.ttl,
    proto: outer.proto,
    src: outer.src,
    dst: outer.dst,
    payload: outer.payload,
  })
  const frame = new EthernetFrame({ dst: 0, src: 0, type: ETHERTYPE_IPV4, payload: ip })
  const mark = pkt.mark
  pkt.frame = frame
  pkt.route = outer.route
  pkt.dev = outer.route.dev
  pkt.packetType = 'outgoing'
  if (pkt.trace !== null) {
    pkt.trace.add('encap', netns, frame, { kind: 'tunnel', dev: null, netns } satisfies WrapNote)
    noteRouteOut(netns, pkt, outer.route)
  }
  if (netns.netfilter.run('OUTPUT', pkt, null, outer.route.dev) !== 'ACCEPT') return
  if ((pkt.frame !== frame || pkt.mark !== mark) && rerouteChanged(netns, pkt, ip, mark) !== null) return
  ipOutput(netns, pkt)
}

/** ip_tunnel_ecn_encap: the inner congestion bits, CE as ECT(0). */
export function encapsulateEcn(tos: number, innerTos: number): number {
  const inner = innerTos & 3
  return (tos & ~3) | (inner === 3 ? 2 : inner)
}
