// The headers between an outer IP packet and the frame inside, made and taken off, and how the datapath prints them.
import { formatIpv4 } from '../addr/ipv4.js'
import { formatMac } from '../addr/mac.js'
import { udpSourcePort } from '../kernel/flow-hash.js'
import { TUNNEL_CSUM, TUNNEL_DF, TUNNEL_KEY, TunnelKey } from '../kernel/tunnel-key.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import { ETHERTYPE_IPV4, EthernetFrame as Frame } from '../wire/ethernet.js'
import { GenevePacket } from '../wire/geneve.js'
import { GRE_CHECKSUM, GRE_KEY, GRE_PROTO_TEB, GrePacket } from '../wire/gre.js'
import type { Ipv4Payload } from '../wire/ipv4.js'
import { IP_DF, Ipv4Packet, PROTO_GRE, PROTO_UDP } from '../wire/ipv4.js'
import { UdpDatagram } from '../wire/udp.js'
import { VxlanPacket } from '../wire/vxlan.js'
import type { TunnelKind } from './tunnel.js'

/** Ports that ovs-vswitchd draws sources from, whatever the namespace's range is. */
const PORT_LOW = 32768
const PORT_HIGH = 61000

export function protocolOf(kind: TunnelKind): number {
  return kind === 'gre' ? PROTO_GRE : PROTO_UDP
}

/** What the outer IP packet carries. Without `csum` UDP goes without a checksum. */
export function wrapFrame(kind: TunnelKind, tunnel: TunnelKey, frame: EthernetFrame, seed: number): Ipv4Payload {
  const hasChecksum = (tunnel.flags & TUNNEL_CSUM) !== 0
  if (kind === 'gre') {
    const key = (tunnel.flags & TUNNEL_KEY) !== 0 ? tunnel.vni : null
    return new GrePacket({ hasChecksum, key, proto: GRE_PROTO_TEB, payload: frame })
  }
  const vni = tunnel.vni & 0xffffff
  return new UdpDatagram({
    sport: udpSourcePort(frame, PORT_LOW, PORT_HIGH, seed),
    dport: tunnel.dstPort,
    checksum: hasChecksum ? null : 0,
    payload: kind === 'vxlan' ? new VxlanPacket({ vni, frame }) : new GenevePacket({ vni, frame }),
  })
}

/** The frame inside and what its outer header says; null: not a tunnel packet of this kind, or not one that may be accepted. */
export function unwrapFrame(outer: Ipv4Packet, kind: TunnelKind): { readonly frame: EthernetFrame; readonly tunnel: TunnelKey } | null {
  const payload = outer.payload
  if (payload instanceof Uint8Array) return null
  const tunnel = new TunnelKey(0, outer.src, outer.dst)
  tunnel.tos = outer.tos
  tunnel.ttl = outer.ttl
  tunnel.flags = (outer.flags & IP_DF) !== 0 ? TUNNEL_DF : 0
  if (payload.kind === 'gre') {
    const frame = payload.payload
    if (kind !== 'gre' || frame instanceof Uint8Array || frame.kind !== 'frame' || payload.sequence !== null) return null
    if (payload.hasChecksum) tunnel.flags |= TUNNEL_CSUM
    if (payload.key !== null) {
      tunnel.flags |= TUNNEL_KEY
      tunnel.vni = payload.key
    }
    return { frame, tunnel }
  }
  if (payload.kind !== 'udp' || payload.payload instanceof Uint8Array || payload.payload.kind !== kind) return null
  tunnel.vni = payload.payload.vni
  tunnel.srcPort = payload.sport
  tunnel.dstPort = payload.dport
  tunnel.flags |= TUNNEL_KEY | (payload.checksum === 0 ? 0 : TUNNEL_CSUM)
  return { frame: payload.payload.frame, tunnel }
}

/** The outer header of the userspace datapath, ready to be put before frames. */
export interface PushHeader {
  readonly tunnel: TunnelKey
  readonly kind: TunnelKind
  readonly srcMac: number
  readonly dstMac: number
  readonly src: number
}

/** tnl_push: the whole outer frame. Identification 0: the switch sets none. */
export function pushHeader(push: PushHeader, frame: EthernetFrame): EthernetFrame {
  const { tunnel, kind } = push
  const payload = new Ipv4Packet({
    tos: tunnel.tos,
    id: 0,
    flags: (tunnel.flags & TUNNEL_DF) !== 0 ? IP_DF : 0,
    ttl: tunnel.ttl,
    proto: protocolOf(kind),
    src: push.src,
    dst: tunnel.dst,
    payload: wrapFrame(kind, tunnel, frame, 0),
  })
  return new Frame({ dst: push.dstMac, src: push.srcMac, type: ETHERTYPE_IPV4, payload })
}

/** Bytes that tnl_push puts before a frame. */
export function pushSize(push: PushHeader): number {
  if (push.kind !== 'gre') return 50
  const { flags } = push.tunnel
  return 38 + ((flags & TUNNEL_CSUM) !== 0 ? 4 : 0) + ((flags & TUNNEL_KEY) !== 0 ? 4 : 0)
}

const PUSH_TYPES: Readonly<Record<TunnelKind, number>> = { gre: 3, vxlan: 4, geneve: 5 }

/** `header(size=42,type=3,eth(...),ipv4(...),gre(...))` of a printed tnl_push. */
export function pushText(push: PushHeader): string {
  const { tunnel, kind } = push
  const frag = (tunnel.flags & TUNNEL_DF) !== 0 ? '0x4000' : '0'
  const eth = `eth(dst=${formatMac(push.dstMac)},src=${formatMac(push.srcMac)},dl_type=0x0800)`
  const ip = `ipv4(src=${formatIpv4(push.src)},dst=${formatIpv4(tunnel.dst)},proto=${protocolOf(kind)},tos=${hex(tunnel.tos)},ttl=${tunnel.ttl},frag=${frag})`
  return `header(size=${pushSize(push)},type=${PUSH_TYPES[kind]},${eth},${ip},${innerText(push)})`
}

function hex(value: number): string {
  return value === 0 ? '0' : `0x${value.toString(16)}`
}

function innerText({ tunnel, kind }: PushHeader): string {
  const csum = (tunnel.flags & TUNNEL_CSUM) !== 0
  if (kind === 'gre') {
    const key = (tunnel.flags & TUNNEL_KEY) !== 0
    const flags = (csum ? GRE_CHECKSUM : 0) | (key ? GRE_KEY : 0)
    return `gre((flags=${hex(flags)},proto=0x6558)${csum ? ',csum=0x0' : ''}${key ? `,key=${hex(tunnel.vni)}` : ''})`
  }
  const udp = `udp(src=0,dst=${tunnel.dstPort},csum=${csum ? '0xffff' : '0x0'})`
  if (kind === 'vxlan') return `${udp},vxlan(flags=0x8000000,vni=${hex(tunnel.vni)})`
  return `${udp},geneve(vni=${hex(tunnel.vni)})`
}

/** `tunnel(tun_id=0x1,src=...,dst=...,ttl=64,tp_dst=4789,flags(df|key))`, as set() and dumped flows print it. */
export function tunnelText(tunnel: TunnelKey): string {
  const parts: string[] = []
  if ((tunnel.flags & TUNNEL_KEY) !== 0) parts.push(`tun_id=0x${tunnel.vni.toString(16)}`)
  if (tunnel.src !== 0) parts.push(`src=${formatIpv4(tunnel.src)}`)
  if (tunnel.dst !== 0) parts.push(`dst=${formatIpv4(tunnel.dst)}`)
  if (tunnel.tos !== 0) parts.push(`tos=0x${tunnel.tos.toString(16)}`)
  if (tunnel.ttl !== 0) parts.push(`ttl=${tunnel.ttl}`)
  if (tunnel.srcPort !== 0) parts.push(`tp_src=${tunnel.srcPort}`)
  if (tunnel.dstPort !== 0) parts.push(`tp_dst=${tunnel.dstPort}`)
  const flags = [
    [TUNNEL_DF, 'df'],
    [TUNNEL_CSUM, 'csum'],
    [TUNNEL_KEY, 'key'],
  ] as const
  const names = flags.filter(([bit]) => (tunnel.flags & bit) !== 0).map(([, name]) => name)
  parts.push(`flags(${names.join('|')})`)
  return `tunnel(${parts.join(',')})`
}
