// Bytes to structures. The rule of every layer: what would not encode to the same bytes again stays raw bytes.
import type { Ipv4Address } from '../addr/ipv4.js'
import { ArpPacket } from './arp.js'
import { get16, get32, getIpv4, getIpv6, getMac } from './bytes.js'
import { addWords, foldSum, ipv4PseudoSum, ipv6PseudoSum } from './checksum.js'
import type { EthernetPayload, VlanTag } from './ethernet.js'
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_QINQ, ETHERTYPE_VLAN, EthernetFrame, NO_VLANS } from './ethernet.js'
import { GENEVE_PORT, GenevePacket } from './geneve.js'
import type { GrePayload } from './gre.js'
import { GRE_CHECKSUM, GRE_KEY, GRE_PROTO_TEB, GRE_SEQUENCE, GrePacket } from './gre.js'
import type { Checksum } from './header.js'
import { NO_BYTES } from './header.js'
import { IcmpMessage } from './icmp.js'
import { Icmpv6Message } from './icmpv6.js'
import type { Ipv4Payload } from './ipv4.js'
import { IP_MF, Ipv4Packet, PROTO_GRE, PROTO_ICMP, PROTO_ICMPV6, PROTO_IPIP, PROTO_TCP, PROTO_UDP } from './ipv4.js'
import type { Ipv6Payload } from './ipv6.js'
import { Ipv6Packet } from './ipv6.js'
import { TcpSegment } from './tcp.js'
import type { UdpPayload } from './udp.js'
import { UdpDatagram } from './udp.js'
import { VXLAN_FLAG_VNI, VXLAN_PORT, VxlanPacket } from './vxlan.js'

/**
 * The frame keeps views of `bytes`, which must not change afterwards. Fewer than 14 bytes are no frame: they are
 * filled up with zeros, as a card would do.
 */
export function decodeFrame(bytes: Uint8Array): EthernetFrame {
  if (bytes.length < 14) {
    const filled = new Uint8Array(14)
    filled.set(bytes)
    return decodeFrame(filled)
  }
  let at = 12
  let vlans: VlanTag[] | null = null
  let type = get16(bytes, at)
  while ((type === ETHERTYPE_VLAN || type === ETHERTYPE_QINQ) && bytes.length >= at + 6) {
    vlans ??= []
    vlans.push({ tpid: type, tci: get16(bytes, at + 2) })
    at += 4
    type = get16(bytes, at)
  }
  const body = bytes.subarray(at + 2)
  const payload = decodeEthernetPayload(type, body)
  return new EthernetFrame({
    dst: getMac(bytes, 0),
    src: getMac(bytes, 6),
    vlans: vlans ?? NO_VLANS,
    type,
    payload,
    trailer: payload.length < body.length ? body.subarray(payload.length) : NO_BYTES,
  })
}

function decodeEthernetPayload(type: number, body: Uint8Array): EthernetPayload {
  if (type === ETHERTYPE_IPV4) return decodeIpv4(body) ?? body
  if (type === ETHERTYPE_ARP) return decodeArp(body) ?? body
  if (type === ETHERTYPE_IPV6) return decodeIpv6(body) ?? body
  // 802.3: the type is the length, and what is behind it is padding.
  return type < 1536 && type < body.length ? body.subarray(0, type) : body
}

/** Null when hardware, protocol or their lengths are not Ethernet and IPv4. Bytes behind the 28 are the caller's. */
function decodeArp(bytes: Uint8Array): ArpPacket | null {
  if (bytes.length < 28 || get32(bytes, 0) !== 0x00010800 || get16(bytes, 4) !== 0x0604) return null
  return new ArpPacket({
    operation: get16(bytes, 6),
    senderMac: getMac(bytes, 8),
    senderIp: getIpv4(bytes, 14),
    targetMac: getMac(bytes, 18),
    targetIp: getIpv4(bytes, 24),
  })
}

/** Null when version, header length or total length are impossible; bytes behind the total length are the caller's. */
export function decodeIpv4(bytes: Uint8Array): Ipv4Packet | null {
  if (bytes.length < 20 || bytes[0]! >> 4 !== 4) return null
  const headerLength = (bytes[0]! & 15) << 2
  const length = get16(bytes, 2)
  if (headerLength < 20 || length < headerLength || length > bytes.length) return null
  const flags = bytes[6]! >> 5
  const fragOffset = (get16(bytes, 6) & 0x1fff) << 3
  const proto = bytes[9]!
  const src = getIpv4(bytes, 12)
  const dst = getIpv4(bytes, 16)
  const body = bytes.subarray(headerLength, length)
  const whole = fragOffset === 0 && (flags & IP_MF) === 0
  return new Ipv4Packet({
    tos: bytes[1]!,
    id: get16(bytes, 4),
    flags,
    fragOffset,
    ttl: bytes[8]!,
    proto,
    checksum: keptChecksum(bytes, 10, headerLength, 0),
    src,
    dst,
    options: headerLength > 20 ? bytes.subarray(20, headerLength) : NO_BYTES,
    payload: whole ? decodeIpv4Payload(proto, body, src, dst) : body,
  })
}

/** The transport part of a whole (or reassembled) packet; the bytes themselves when it is not well formed. */
export function decodeIpv4Payload(proto: number, bytes: Uint8Array, src: Ipv4Address, dst: Ipv4Address): Ipv4Payload {
  if (proto === PROTO_ICMP) return decodeIcmp(bytes) ?? bytes
  if (proto === PROTO_UDP) return decodeUdp(bytes, ipv4PseudoSum(src, dst, PROTO_UDP, bytes.length)) ?? bytes
  if (proto === PROTO_TCP) return decodeTcp(bytes, ipv4PseudoSum(src, dst, PROTO_TCP, bytes.length)) ?? bytes
  if (proto === PROTO_GRE) return decodeGre(bytes) ?? bytes
  if (proto === PROTO_IPIP) return wholeIpv4(bytes) ?? bytes
  return bytes
}

/** Null when anything follows the packet: there is no padding inside another packet. */
function wholeIpv4(bytes: Uint8Array): Ipv4Packet | null {
  const packet = decodeIpv4(bytes)
  return packet !== null && packet.length === bytes.length ? packet : null
}

export function decodeIpv6(bytes: Uint8Array): Ipv6Packet | null {
  if (bytes.length < 40 || bytes[0]! >> 4 !== 6) return null
  const length = get16(bytes, 4)
  if (40 + length > bytes.length) return null
  const word = get32(bytes, 0)
  const nextHeader = bytes[6]!
  const src = getIpv6(bytes, 8)
  const dst = getIpv6(bytes, 24)
  const body = bytes.subarray(40, 40 + length)
  let payload: Ipv6Payload | null = null
  if (nextHeader === PROTO_ICMPV6) payload = decodeIcmpv6(body, ipv6PseudoSum(src, dst, nextHeader, length))
  else if (nextHeader === PROTO_UDP) payload = decodeUdp(body, ipv6PseudoSum(src, dst, nextHeader, length))
  else if (nextHeader === PROTO_TCP) payload = decodeTcp(body, ipv6PseudoSum(src, dst, nextHeader, length))
  return new Ipv6Packet({
    trafficClass: (word >>> 20) & 0xff,
    flowLabel: word & 0xfffff,
    nextHeader,
    hopLimit: bytes[7]!,
    src,
    dst,
    payload: payload ?? body,
  })
}

function decodeIcmp(bytes: Uint8Array): IcmpMessage | null {
  if (bytes.length < 8) return null
  return new IcmpMessage({
    type: bytes[0]!,
    code: bytes[1]!,
    checksum: keptChecksum(bytes, 2, bytes.length, 0),
    rest: get32(bytes, 4),
    payload: bytes.subarray(8),
  })
}

function decodeIcmpv6(bytes: Uint8Array, pseudo: number): Icmpv6Message | null {
  if (bytes.length < 4) return null
  return new Icmpv6Message({
    type: bytes[0]!,
    code: bytes[1]!,
    checksum: keptChecksum(bytes, 2, bytes.length, pseudo),
    body: bytes.subarray(4),
  })
}

function decodeUdp(bytes: Uint8Array, pseudo: number): UdpDatagram | null {
  if (bytes.length < 8 || get16(bytes, 4) !== bytes.length) return null
  const given = get16(bytes, 6)
  const right = checksumWithout(bytes, 6, bytes.length, pseudo) || 0xffff
  return new UdpDatagram({
    sport: get16(bytes, 0),
    dport: get16(bytes, 2),
    checksum: given === right ? null : given,
    payload: decodeUdpPayload(get16(bytes, 2), bytes.subarray(8)),
  })
}

function decodeUdpPayload(dport: number, bytes: Uint8Array): UdpPayload {
  if (dport === VXLAN_PORT) return decodeVxlan(bytes) ?? bytes
  if (dport === GENEVE_PORT) return decodeGeneve(bytes) ?? bytes
  return bytes
}

/** Null for other versions and payloads that are no frames. */
function decodeGeneve(bytes: Uint8Array): GenevePacket | null {
  if (bytes.length < 22 || bytes[0]! >> 6 !== 0 || get16(bytes, 2) !== GRE_PROTO_TEB) return null
  const body = 8 + ((bytes[0]! & 0x3f) << 2)
  if (bytes.length < body + 14) return null
  return new GenevePacket({
    flags: bytes[1]!,
    vni: get32(bytes, 4) >>> 8,
    reserved: bytes[7]!,
    options: bytes.subarray(8, body),
    frame: decodeFrame(bytes.subarray(body)),
  })
}

/** Null for less than a header and a frame's, or when the VNI is not marked as valid. */
function decodeVxlan(bytes: Uint8Array): VxlanPacket | null {
  if (bytes.length < 22 || (bytes[0]! & VXLAN_FLAG_VNI) === 0) return null
  return new VxlanPacket({
    flags: bytes[0]!,
    reserved: get32(bytes, 0) & 0xffffff,
    vni: get32(bytes, 4) >>> 8,
    reserved2: bytes[7]!,
    frame: decodeFrame(bytes.subarray(8)),
  })
}

/** Null for other versions, routing, and bits that are not known. */
function decodeGre(bytes: Uint8Array): GrePacket | null {
  if (bytes.length < 4) return null
  const flags = get16(bytes, 0)
  if ((flags & ~(GRE_CHECKSUM | GRE_KEY | GRE_SEQUENCE)) !== 0) return null
  const hasChecksum = (flags & GRE_CHECKSUM) !== 0
  const hasKey = (flags & GRE_KEY) !== 0
  const hasSequence = (flags & GRE_SEQUENCE) !== 0
  const keyAt = hasChecksum ? 8 : 4
  const sequenceAt = hasKey ? keyAt + 4 : keyAt
  const body = hasSequence ? sequenceAt + 4 : sequenceAt
  if (bytes.length < body || (hasChecksum && get16(bytes, 6) !== 0)) return null
  const proto = get16(bytes, 2)
  return new GrePacket({
    hasChecksum,
    checksum: hasChecksum ? keptChecksum(bytes, 4, bytes.length, 0) : null,
    key: hasKey ? get32(bytes, keyAt) : null,
    sequence: hasSequence ? get32(bytes, sequenceAt) : null,
    proto,
    payload: decodeGrePayload(proto, bytes.subarray(body)),
  })
}

function decodeGrePayload(proto: number, bytes: Uint8Array): GrePayload {
  if (proto === GRE_PROTO_TEB) return bytes.length >= 14 ? decodeFrame(bytes) : bytes
  if (proto === ETHERTYPE_IPV4) return wholeIpv4(bytes) ?? bytes
  if (proto !== ETHERTYPE_IPV6) return bytes
  const packet = decodeIpv6(bytes)
  return packet !== null && packet.length === bytes.length ? packet : bytes
}

function decodeTcp(bytes: Uint8Array, pseudo: number): TcpSegment | null {
  if (bytes.length < 20) return null
  const headerLength = (bytes[12]! >> 4) << 2
  if (headerLength < 20 || headerLength > bytes.length) return null
  return new TcpSegment({
    sport: get16(bytes, 0),
    dport: get16(bytes, 2),
    seq: get32(bytes, 4),
    ack: get32(bytes, 8),
    flags: get16(bytes, 12) & 0xfff,
    window: get16(bytes, 14),
    checksum: keptChecksum(bytes, 16, bytes.length, pseudo),
    urgent: get16(bytes, 18),
    options: headerLength > 20 ? bytes.subarray(20, headerLength) : NO_BYTES,
    payload: bytes.subarray(headerLength),
  })
}

/** Null when the checksum at `at` is the right one for `bytes[0..end)`. */
function keptChecksum(bytes: Uint8Array, at: number, end: number, pseudo: number): Checksum {
  const given = get16(bytes, at)
  return given === checksumWithout(bytes, at, end, pseudo) ? null : given
}

/** The checksum of `bytes[0..end)` with the field at `at` (an even place) taken as zero. */
function checksumWithout(bytes: Uint8Array, at: number, end: number, pseudo: number): number {
  return foldSum(addWords(bytes, at + 2, end, addWords(bytes, 0, at, pseudo)))
}
