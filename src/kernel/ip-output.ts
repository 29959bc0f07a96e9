// From a local sender, or from the forwarder, out through POSTROUTING to the neighbour.

import { isMulticastIpv4 } from '../addr/ipv4.js'
import { BROADCAST_MAC, macOfMulticastIpv4 } from '../addr/mac.js'
import type { Task } from '../sim/scheduler.js'
import { ETHERTYPE_IPV4, EthernetFrame } from '../wire/ethernet.js'
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED } from '../wire/icmp.js'
import { IP_DF, Ipv4Packet } from '../wire/ipv4.js'
import type { Errno } from './errno.js'
import { fragmentsOf } from './fragment.js'
import { icmpSend } from './icmp-send.js'
import { nextIpId } from './ip-id.js'
import { isGroupJoined } from './multicast.js'
import type { NetDevice } from './netdev.js'
import { IFF_LOOPBACK, IFF_NOARP, IFF_POINTOPOINT } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { drop, hold, newPacket, release } from './packet.js'
import { routeOutput } from './route.js'
import type { RouteResult } from './route-result.js'
import type { FragmentNote } from './trace-notes.js'
import { noteRouteOut } from './trace-notes.js'

export interface SendOptions {
  /** SO_BINDTODEVICE and the like. */
  oif?: NetDevice | null
  mark?: number
  uid?: number
  /** A route looked up before; else it is looked up here. */
  route?: RouteResult
  /** IP_MTU_DISCOVER: `do` and `want` set DF and refuse packets over the path MTU with EMSGSIZE. */
  pmtuDiscovery?: 'dont' | 'want' | 'do' | 'probe'
  /** The source is somebody else's address (a REJECT that answers for the real destination). */
  anySource?: boolean
  /** The packet this one answers with an error: it belongs to the same connection (nf_ct_attach). */
  about?: Packet | undefined
  /** The packet this one answers: what a trace knows as its cause. */
  cause?: Packet
}

/** Sockets and ICMP send through this. Null: sent (or queued for its neighbour). A source of 0 is filled in, an id too. */
export function ipLocalOut(netns: NetNamespace, packet: Ipv4Packet, options: SendOptions = {}): Errno | null {
  const route = options.route ?? routeFor(netns, packet, options)
  if (typeof route === 'string') return route
  const discovers = options.pmtuDiscovery === 'do' || options.pmtuDiscovery === 'want'
  if (discovers && packet.length > route.mtu(netns.nowUs)) return 'EMSGSIZE'
  const src = packet.src !== 0 ? packet.src : route.prefSrc
  const df = discovers || (packet.flags & IP_DF) !== 0
  const id = packet.id !== 0 || df ? packet.id : nextIpId(netns, packet.dst, packet.proto)
  const ip = completed(packet, src, id, df)
  const frame = new EthernetFrame({ dst: 0, src: 0, type: ETHERTYPE_IPV4, payload: ip })
  const pkt = newPacket(netns.kernel.sim, route.dev, frame, options.cause ?? options.about ?? null)
  pkt.route = route
  pkt.mark = options.mark ?? 0
  pkt.uid = options.uid ?? -1
  if (pkt.trace !== null) noteRouteOut(netns, pkt, route)
  if (options.about !== undefined) attach(pkt, options.about)
  if (netns.netfilter.run('OUTPUT', pkt, null, route.dev) !== 'ACCEPT') return 'EPERM'
  if (pkt.frame !== frame || pkt.mark !== (options.mark ?? 0)) {
    const errno = reroute(netns, pkt, { src, dst: packet.dst, tos: packet.tos, mark: options.mark ?? 0, uid: pkt.uid })
    if (errno !== null) return errno
  }
  return ipOutput(netns, pkt)
}

function completed(packet: Ipv4Packet, src: number, id: number, df: boolean): Ipv4Packet {
  const flags = df ? packet.flags | IP_DF : packet.flags
  if (src === packet.src && id === packet.id && flags === packet.flags) return packet
  const { tos, fragOffset, ttl, proto, checksum, dst, options, payload } = packet
  return new Ipv4Packet({ tos, id, flags, fragOffset, ttl, proto, checksum, src, dst, options, payload })
}

/** Conntrack need not look at an error that this machine makes itself: the connection may not be in its table yet. */
function attach(pkt: Packet, about: Packet): void {
  if (about.ct === null) return
  pkt.ct = about.ct
  pkt.ctDirection = about.ctDirection === 0 ? 1 : 0
  pkt.ctState = 'RELATED'
}

function routeFor(netns: NetNamespace, packet: Ipv4Packet, options: SendOptions): RouteResult | Errno {
  return routeOutput(netns, {
    dst: packet.dst,
    src: packet.src,
    oif: options.oif ?? null,
    mark: options.mark ?? 0,
    tos: packet.tos,
    uid: options.uid ?? 0,
    proto: packet.proto,
    anySource: options.anySource ?? false,
  })
}

interface Before {
  src: number
  dst: number
  tos: number
  mark: number
  uid: number
}

/** The same for a packet whose header was `before`, as it left a tunnel. */
export function rerouteChanged(netns: NetNamespace, pkt: Packet, before: Ipv4Packet, mark: number): Errno | null {
  return reroute(netns, pkt, { src: before.src, dst: before.dst, tos: before.tos, mark, uid: pkt.uid })
}

/** ip_route_me_harder: OUTPUT changed what the route depends on. */
function reroute(netns: NetNamespace, pkt: Packet, before: Before): Errno | null {
  const ip = pkt.ip
  if (ip.src === before.src && ip.dst === before.dst && ip.tos === before.tos && pkt.mark === before.mark) return null
  const isOwn = netns.fib.isLocal(ip.src)
  const route = routeOutput(netns, {
    dst: ip.dst,
    src: isOwn ? ip.src : 0,
    mark: pkt.mark,
    tos: ip.tos,
    uid: Math.max(before.uid, 0),
    proto: ip.proto,
  })
  if (typeof route === 'string') {
    drop(pkt, 'IP_OUTNOROUTES', netns)
    return route
  }
  pkt.route = route
  if (pkt.trace !== null) noteRouteOut(netns, pkt, route)
  return null
}

/** POSTROUTING, fragmentation, neighbour. */
export function ipOutput(netns: NetNamespace, pkt: Packet): Errno | null {
  const route = pkt.route!
  const dev = route.dev
  pkt.dev = dev
  if ((route.type === 'broadcast' || route.type === 'multicast') && (dev.flags & IFF_LOOPBACK) === 0) loopBack(netns, pkt, route)
  if (netns.netfilter.run('POSTROUTING', pkt, null, dev) !== 'ACCEPT') return 'EPERM'
  const mtu = pkt.inDev === null ? route.mtu(netns.nowUs) : route.forwardMtu()
  const ip = pkt.ip
  if (ip.length > mtu || pkt.fragMaxSize !== 0) return fragment(netns, pkt, mtu)
  return neighOutput(pkt, dev, route)
}

/** ip_mc_output: this machine hears its own broadcasts, and the groups it has joined. */
function loopBack(netns: NetNamespace, pkt: Packet, route: RouteResult): void {
  if (route.type === 'multicast' && !isGroupJoined(netns, pkt.ip.dst)) return
  const copy = pkt.clone()
  copy.dev = route.dev
  if (netns.netfilter.run('POSTROUTING', copy, null, route.dev) !== 'ACCEPT') return
  copy.frame = copy.frame.withMacs(route.type === 'broadcast' ? BROADCAST_MAC : macOfMulticastIpv4(copy.ip.dst), route.dev.mac)
  copy.packetType = route.type === 'broadcast' ? 'broadcast' : 'multicast'
  hold(copy, route.dev)
  netns.kernel.sim.scheduler.after(0, new OwnCopy(netns, copy))
}

class OwnCopy implements Task {
  constructor(
    private readonly netns: NetNamespace,
    private readonly pkt: Packet,
  ) {}

  fire(): void {
    release(this.pkt)
    this.netns.protocols.ipv4(this.pkt)
  }
}

function fragment(netns: NetNamespace, pkt: Packet, mtu: number): Errno | null {
  const ip = pkt.ip
  if ((ip.flags & IP_DF) !== 0 && ip.length > mtu) {
    icmpSend(netns, pkt, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu)
    drop(pkt, 'IP_FRAG_NEEDED', netns)
    return 'EMSGSIZE'
  }
  const size = pkt.fragMaxSize !== 0 && pkt.fragMaxSize < mtu ? pkt.fragMaxSize : mtu
  const route = pkt.route!
  if (ip.length <= size) {
    return neighOutput(pkt, route.dev, route)
  }
  const pieces = fragmentsOf(ip, size)
  if (pkt.trace !== null)
    pkt.trace.add('action', netns, pkt.frame, { kind: 'fragment', netns, mtu: size, pieces: pieces.length } satisfies FragmentNote)
  for (let i = 0; i < pieces.length; i++) {
    const piece = i === pieces.length - 1 ? pkt : pkt.clone()
    piece.ip = pieces[i]!
    neighOutput(piece, route.dev, route)
  }
  return null
}

/** The link-layer address: known by kind, or by ARP. */
export function neighOutput(pkt: Packet, dev: NetDevice, route: RouteResult): Errno | null {
  if ((dev.flags & IFF_LOOPBACK) !== 0) return toDevice(pkt, dev)
  const dst = pkt.ip.dst
  if (route.type === 'broadcast') return toMac(pkt, dev, BROADCAST_MAC)
  if (route.type === 'multicast') return toMac(pkt, dev, macOfMulticastIpv4(dst))
  const nexthop = route.via ?? dst
  if ((dev.flags & (IFF_NOARP | IFF_POINTOPOINT)) !== 0) return toMac(pkt, dev, (dev.flags & IFF_NOARP) !== 0 ? dev.mac : BROADCAST_MAC)
  const known = dev.neighbours.get(nexthop)
  if (known !== undefined) {
    known.output(pkt)
    return null
  }
  if (isMulticastIpv4(nexthop)) return toMac(pkt, dev, macOfMulticastIpv4(nexthop))
  const entry = dev.netns.neigh.obtain(dev, nexthop)
  if (entry === null) {
    drop(pkt, 'NEIGH_CREATEFAIL', dev)
    return 'ENOBUFS'
  }
  entry.output(pkt)
  return null
}

function toMac(pkt: Packet, dev: NetDevice, mac: number): null {
  pkt.frame = pkt.frame.withMacs(mac, dev.mac)
  return toDevice(pkt, dev)
}

function toDevice(pkt: Packet, dev: NetDevice): null {
  dev.transmit(pkt)
  return null
}
