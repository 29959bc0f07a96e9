// The words of a flow (Open vSwitch: struct flow): everything OpenFlow can look at, as whole 32-bit words, most significant first.
import type { Ipv6Address } from '../addr/ipv6.js'
import type { Packet } from '../kernel/packet.js'
import { ArpPacket } from '../wire/arp.js'
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../wire/ethernet.js'
import { ICMPV6_NEIGHBOUR_ADVERT, ICMPV6_NEIGHBOUR_SOLICIT, Icmpv6Message } from '../wire/icmpv6.js'
import { IP_MF, Ipv4Packet, PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from '../wire/ipv4.js'
import { Ipv6Packet } from '../wire/ipv6.js'

export type FlowKey = Int32Array

/**
 * Word numbers. What common flows look at comes first. Shared words, as in Open vSwitch: ARP's operation lies in NW_PROTO and its
 * addresses in NW_SRC and NW_DST; ICMP type and code lie in TP_SRC and TP_DST; link-layer options of neighbour discovery lie in
 * ARP_SHA and ARP_THA. A MAC address is the upper 16 bits in its first word and the lower 32 in the second.
 */
export const W = {
  IN_PORT: 0,
  RECIRC_ID: 1,
  ETH_DST: 2,
  ETH_SRC: 4,
  /** 0x05ff: an 802.3 frame without a type. */
  ETH_TYPE: 6,
  /** Bit 12 (0x1000) set: there is a tag. 0: there is none. */
  VLAN_TCI: 7,
  VLAN_TPID: 8,
  VLAN_TCI2: 9,
  VLAN_TPID2: 10,
  NW_SRC: 11,
  NW_DST: 12,
  NW_PROTO: 13,
  /** DSCP in the upper 6 bits of the octet, ECN in the lower 2. */
  NW_TOS: 14,
  NW_TTL: 15,
  /** FRAG_ANY | FRAG_LATER */
  NW_FRAG: 16,
  TP_SRC: 17,
  TP_DST: 18,
  TCP_FLAGS: 19,
  ARP_SHA: 20,
  ARP_THA: 22,
  TUN_ID: 24,
  TUN_SRC: 26,
  TUN_DST: 27,
  TUN_TOS: 28,
  TUN_TTL: 29,
  TUN_FLAGS: 30,
  CT_STATE: 31,
  CT_ZONE: 32,
  CT_MARK: 33,
  PKT_MARK: 34,
  SKB_PRIORITY: 35,
  METADATA: 36,
  /** 16 registers. */
  REG0: 38,
  IPV6_SRC: 54,
  IPV6_DST: 58,
  IPV6_LABEL: 62,
  ND_TARGET: 63,
  ND_RESERVED: 67,
  ND_OPTIONS_TYPE: 68,
  CT_LABEL: 69,
  CT_NW_PROTO: 73,
  CT_NW_SRC: 74,
  CT_NW_DST: 75,
  CT_TP_SRC: 76,
  CT_TP_DST: 77,
  CT_IPV6_SRC: 78,
  CT_IPV6_DST: 82,
  MPLS_LSE: 86,
  CONJ_ID: 87,
  DP_HASH: 88,
  ACTSET_OUTPUT: 89,
  PACKET_TYPE: 90,
  TUN_GBP_ID: 91,
  TUN_GBP_FLAGS: 92,
  TUN_IPV6_SRC: 93,
  TUN_IPV6_DST: 97,
  /** The second and third entry of a label stack. */
  MPLS_LSE2: 101,
} as const

export const FLOW_WORDS = 103

/** VLAN_TCI: a tag is there. */
export const VLAN_CFI = 0x1000
/** NW_FRAG: a fragment; and one that is not the first. */
export const FRAG_ANY = 1
export const FRAG_LATER = 2
/** ETH_TYPE of frames with a length instead of a type. */
export const ETH_TYPE_NONE = 0x5ff

const TWO_32 = 0x100000000
const ETH_TYPE_MIN = 0x600
const ETHERTYPE_MPLS = 0x8847
const ETHERTYPE_MPLS_MCAST = 0x8848

/** So many keys lie side by side in one buffer: to ask the C library for each would take longer than filling it does. */
const SIDE_BY_SIDE = 8
let buffer = new ArrayBuffer(0)
let carved = 0

export function newKey(): FlowKey {
  if (carved === buffer.byteLength) {
    buffer = new ArrayBuffer(SIDE_BY_SIDE * FLOW_WORDS * Int32Array.BYTES_PER_ELEMENT)
    carved = 0
  }
  const key = new Int32Array(buffer, carved, FLOW_WORDS)
  carved += key.byteLength
  return key
}

/** As `slice`, and as quick as `newKey`. */
export function copyOf(key: FlowKey): FlowKey {
  const copy = newKey()
  copy.set(key)
  return copy
}

export function setMacWords(key: FlowKey, word: number, mac: number): void {
  key[word] = Math.floor(mac / TWO_32)
  key[word + 1] = (mac % TWO_32) | 0
}

export function macFromWords(key: FlowKey, word: number): number {
  return (key[word]! & 0xffff) * TWO_32 + (key[word + 1]! >>> 0)
}

export function setIpv6Words(key: FlowKey, word: number, address: Ipv6Address): void {
  key[word] = Number(address >> 96n) | 0
  key[word + 1] = Number((address >> 64n) & 0xffffffffn) | 0
  key[word + 2] = Number((address >> 32n) & 0xffffffffn) | 0
  key[word + 3] = Number(address & 0xffffffffn) | 0
}

export function ipv6FromWords(key: FlowKey, word: number): Ipv6Address {
  let value = 0n
  for (let i = 0; i < 4; i++) value = (value << 32n) | BigInt(key[word + i]! >>> 0)
  return value
}

/**
 * Fills the words that the frame itself gives, and IN_PORT and PKT_MARK; all others become 0. Who knows more (tunnel, conntrack,
 * recirculation) sets it after. Makes no garbage for IPv4 and ARP.
 */
export function extractKey(pkt: Packet, inPort: number, key: FlowKey): void {
  const frame = pkt.frame
  // By hand: `fill` leaves compiled code, which takes longer than these words do.
  for (let i = 0; i < FLOW_WORDS; i++) key[i] = 0
  key[W.IN_PORT] = inPort
  key[W.PKT_MARK] = pkt.mark
  setMacWords(key, W.ETH_DST, frame.dst)
  setMacWords(key, W.ETH_SRC, frame.src)
  const vlans = frame.vlans
  if (vlans.length > 0) {
    key[W.VLAN_TCI] = vlans[0]!.tci | VLAN_CFI
    key[W.VLAN_TPID] = vlans[0]!.tpid
    if (vlans.length > 1) {
      key[W.VLAN_TCI2] = vlans[1]!.tci | VLAN_CFI
      key[W.VLAN_TPID2] = vlans[1]!.tpid
      // The key knows two tags; what stands behind them is not looked into.
      if (vlans.length > 2) {
        key[W.ETH_TYPE] = vlans[2]!.tpid
        return
      }
    }
  }
  key[W.ETH_TYPE] = frame.type >= ETH_TYPE_MIN ? frame.type : ETH_TYPE_NONE
  const payload = frame.payload
  if (payload instanceof Ipv4Packet) {
    if (frame.type === ETHERTYPE_IPV4) extractIpv4(payload, key)
  } else if (payload instanceof ArpPacket) {
    if (frame.type === ETHERTYPE_ARP) extractArp(payload, key)
  } else if (payload instanceof Ipv6Packet) {
    if (frame.type === ETHERTYPE_IPV6) extractIpv6(payload, key)
  } else if (frame.type === ETHERTYPE_MPLS || frame.type === ETHERTYPE_MPLS_MCAST) extractLabels(payload, key)
}

function extractLabels(bytes: Uint8Array, key: FlowKey): void {
  for (let i = 0; i < 3 && 4 * i + 4 <= bytes.length; i++) {
    const lse = word(bytes, 4 * i)
    key[i === 0 ? W.MPLS_LSE : W.MPLS_LSE2 + i - 1] = lse
    if ((lse & 0x100) !== 0) return
  }
}

function extractArp(arp: ArpPacket, key: FlowKey): void {
  key[W.NW_PROTO] = arp.operation <= 0xff ? arp.operation : 0
  key[W.NW_SRC] = arp.senderIp
  key[W.NW_DST] = arp.targetIp
  setMacWords(key, W.ARP_SHA, arp.senderMac)
  setMacWords(key, W.ARP_THA, arp.targetMac)
}

function extractIpv4(ip: Ipv4Packet, key: FlowKey): void {
  key[W.NW_SRC] = ip.src
  key[W.NW_DST] = ip.dst
  key[W.NW_PROTO] = ip.proto
  key[W.NW_TOS] = ip.tos
  key[W.NW_TTL] = ip.ttl
  if (ip.fragOffset !== 0) {
    key[W.NW_FRAG] = FRAG_ANY | FRAG_LATER
    return
  }
  if ((ip.flags & IP_MF) !== 0) key[W.NW_FRAG] = FRAG_ANY
  const payload = ip.payload
  if (payload instanceof Uint8Array) {
    extractBytes(payload, ip.proto, key)
    return
  }
  switch (payload.kind) {
    case 'tcp':
      key[W.TCP_FLAGS] = payload.flags & 0xfff
      key[W.TP_SRC] = payload.sport
      key[W.TP_DST] = payload.dport
      return
    case 'udp':
      key[W.TP_SRC] = payload.sport
      key[W.TP_DST] = payload.dport
      return
    case 'icmp':
      key[W.TP_SRC] = payload.type
      key[W.TP_DST] = payload.code
      return
  }
}

/** Transport headers in first fragments and in protocols that have no class of their own. */
function extractBytes(bytes: Uint8Array, proto: number, key: FlowKey): void {
  if (proto === PROTO_ICMP || proto === PROTO_ICMPV6 || proto === 2) {
    if (bytes.length < 8) return
    key[W.TP_SRC] = bytes[0]!
    key[W.TP_DST] = bytes[1]!
    return
  }
  const needed = proto === PROTO_TCP ? 20 : proto === PROTO_UDP ? 8 : proto === 132 ? 12 : -1
  if (needed < 0 || bytes.length < needed) return
  key[W.TP_SRC] = (bytes[0]! << 8) | bytes[1]!
  key[W.TP_DST] = (bytes[2]! << 8) | bytes[3]!
  if (proto === PROTO_TCP) key[W.TCP_FLAGS] = ((bytes[12]! << 8) | bytes[13]!) & 0xfff
}

function extractIpv6(ip: Ipv6Packet, key: FlowKey): void {
  setIpv6Words(key, W.IPV6_SRC, ip.src)
  setIpv6Words(key, W.IPV6_DST, ip.dst)
  key[W.IPV6_LABEL] = ip.flowLabel
  key[W.NW_TOS] = ip.trafficClass
  key[W.NW_TTL] = ip.hopLimit
  key[W.NW_PROTO] = ip.nextHeader
  const payload = ip.payload
  if (payload instanceof Uint8Array) {
    extractBehindExtensions(ip.nextHeader, payload, key)
    return
  }
  if (payload instanceof Icmpv6Message) {
    extractIcmpv6(payload.type, payload.code, payload.body, 0, key)
    return
  }
  key[W.TP_SRC] = payload.sport
  key[W.TP_DST] = payload.dport
  if (payload.kind === 'tcp') key[W.TCP_FLAGS] = payload.flags & 0xfff
}

/** Hop-by-hop, routing and destination options, authentication and fragment headers are passed over. */
function extractBehindExtensions(first: number, bytes: Uint8Array, key: FlowKey): void {
  let proto = first
  let at = 0
  while (proto === 0 || proto === 43 || proto === 60 || proto === 51 || proto === 44) {
    if (at + 8 > bytes.length) return
    if (proto === 44) {
      const later = (bytes[at + 2]! << 8) | (bytes[at + 3]! & 0xf8)
      if (later !== 0 || (bytes[at + 3]! & 1) !== 0) key[W.NW_FRAG] = later === 0 ? FRAG_ANY : FRAG_ANY | FRAG_LATER
    }
    const length = proto === 44 ? 8 : proto === 51 ? 4 * (bytes[at + 1]! + 2) : 8 * (bytes[at + 1]! + 1)
    proto = bytes[at]!
    at += length
    key[W.NW_PROTO] = proto
    if ((key[W.NW_FRAG]! & FRAG_LATER) !== 0) return
  }
  if (at > bytes.length) return
  const rest = at === 0 ? bytes : bytes.subarray(at)
  if (proto === PROTO_ICMPV6 && rest.length >= 8) extractIcmpv6(rest[0]!, rest[1]!, rest, 4, key)
  else extractBytes(rest, proto, key)
}

/** `at`: where the body (all behind the checksum) starts. */
function extractIcmpv6(type: number, code: number, bytes: Uint8Array, at: number, key: FlowKey): void {
  key[W.TP_SRC] = type
  key[W.TP_DST] = code
  const neighbour = type === ICMPV6_NEIGHBOUR_SOLICIT || type === ICMPV6_NEIGHBOUR_ADVERT
  if (!neighbour || code !== 0 || bytes.length < at + 20) return
  key[W.ND_RESERVED] = word(bytes, at)
  for (let i = 0; i < 4; i++) key[W.ND_TARGET + i] = word(bytes, at + 4 + 4 * i)
  for (let option = at + 20; option + 8 <= bytes.length && bytes[option + 1] !== 0; option += 8 * bytes[option + 1]!) {
    if (bytes[option + 1] !== 1) continue
    const kind = bytes[option]!
    if (kind !== 1 && kind !== 2) continue
    const target = kind === 1 ? W.ARP_SHA : W.ARP_THA
    key[W.ND_OPTIONS_TYPE] = kind
    key[target] = (bytes[option + 2]! << 8) | bytes[option + 3]!
    key[target + 1] = word(bytes, option + 4)
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
