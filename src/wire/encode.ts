// Structures to bytes: what a wire, a capture file or a quoting ICMP error sees.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { ArpPacket } from './arp.js'
import { put16, put32, putIpv6, putMac } from './bytes.js'
import { addWords, foldSum, ipv4PseudoSum, ipv6PseudoSum } from './checksum.js'
import type { EthernetFrame } from './ethernet.js'
import { ETHERTYPE_IPV4 } from './ethernet.js'
import type { GenevePacket } from './geneve.js'
import type { GrePacket } from './gre.js'
import { GRE_PROTO_TEB } from './gre.js'
import type { IcmpMessage } from './icmp.js'
import type { Icmpv6Message } from './icmpv6.js'
import type { Ipv4Packet, Ipv4Payload } from './ipv4.js'
import { PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from './ipv4.js'
import type { Ipv6Packet } from './ipv6.js'
import type { TcpSegment } from './tcp.js'
import type { UdpDatagram, UdpPayload } from './udp.js'
import type { VxlanPacket } from './vxlan.js'

/** A fresh array; never a view of the frame's own parts. */
export function encodeFrame(frame: EthernetFrame): Uint8Array {
  const out = new Uint8Array(frame.length)
  writeFrame(out, 0, frame)
  return out
}

function writeFrame(out: Uint8Array, start: number, frame: EthernetFrame): void {
  putMac(out, start, frame.dst)
  putMac(out, start + 6, frame.src)
  let at = start + 12
  for (const tag of frame.vlans) {
    put16(out, at, tag.tpid)
    put16(out, at + 2, tag.tci)
    at += 4
  }
  put16(out, at, frame.type)
  at += 2
  const payload = frame.payload
  if (payload instanceof Uint8Array) out.set(payload, at)
  else if (payload.kind === 'ipv4') writeIpv4(out, at, payload)
  else if (payload.kind === 'arp') writeArp(out, at, payload)
  else writeIpv6(out, at, payload)
  out.set(frame.trailer, at + payload.length)
}

/** A datagram's payload as its socket reads it. */
export function udpBytes(payload: UdpPayload): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  const out = new Uint8Array(payload.length)
  writeTunnelled(out, 0, payload)
  return out
}

export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const out = new Uint8Array(packet.length)
  writeIpv4(out, 0, packet)
  return out
}

export function encodeIpv6(packet: Ipv6Packet): Uint8Array {
  const out = new Uint8Array(packet.length)
  writeIpv6(out, 0, packet)
  return out
}

/** What follows the IPv4 header, as it is cut into fragments or quoted; addresses go into the checksum. */
export function encodePayload(payload: Ipv4Payload, src: Ipv4Address, dst: Ipv4Address): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  const out = new Uint8Array(payload.length)
  writeIpv4Payload(out, 0, payload, src, dst)
  return out
}

function writeArp(out: Uint8Array, at: number, arp: ArpPacket): void {
  put16(out, at, 1)
  put16(out, at + 2, ETHERTYPE_IPV4)
  out[at + 4] = 6
  out[at + 5] = 4
  put16(out, at + 6, arp.operation)
  putMac(out, at + 8, arp.senderMac)
  put32(out, at + 14, arp.senderIp)
  putMac(out, at + 18, arp.targetMac)
  put32(out, at + 24, arp.targetIp)
}

function writeIpv4(out: Uint8Array, at: number, packet: Ipv4Packet): void {
  const headerLength = packet.headerLength
  out[at] = 0x40 | (headerLength >> 2)
  out[at + 1] = packet.tos
  put16(out, at + 2, packet.length)
  put16(out, at + 4, packet.id)
  put16(out, at + 6, (packet.flags << 13) | (packet.fragOffset >> 3))
  out[at + 8] = packet.ttl
  out[at + 9] = packet.proto
  put32(out, at + 12, packet.src)
  put32(out, at + 16, packet.dst)
  out.set(packet.options, at + 20)
  put16(out, at + 10, packet.checksum ?? foldSum(addWords(out, at, at + headerLength, 0)))
  writeIpv4Payload(out, at + headerLength, packet.payload, packet.src, packet.dst)
}

function writeIpv4Payload(out: Uint8Array, at: number, payload: Ipv4Payload, src: Ipv4Address, dst: Ipv4Address): void {
  if (payload instanceof Uint8Array) out.set(payload, at)
  else if (payload.kind === 'tcp') writeTcp(out, at, payload, ipv4PseudoSum(src, dst, PROTO_TCP, payload.length))
  else if (payload.kind === 'udp') writeUdp(out, at, payload, ipv4PseudoSum(src, dst, PROTO_UDP, payload.length))
  else if (payload.kind === 'icmp') writeIcmp(out, at, payload)
  else if (payload.kind === 'gre') writeGre(out, at, payload)
  else writeIpv4(out, at, payload)
}

function writeIpv6(out: Uint8Array, at: number, packet: Ipv6Packet): void {
  const payload = packet.payload
  put32(out, at, 0x60000000 | (packet.trafficClass << 20) | packet.flowLabel)
  put16(out, at + 4, payload.length)
  out[at + 6] = packet.nextHeader
  out[at + 7] = packet.hopLimit
  putIpv6(out, at + 8, packet.src)
  putIpv6(out, at + 24, packet.dst)
  const body = at + 40
  if (payload instanceof Uint8Array) out.set(payload, body)
  else if (payload.kind === 'icmpv6') writeIcmpv6(out, body, payload, ipv6PseudoSum(packet.src, packet.dst, PROTO_ICMPV6, payload.length))
  else if (payload.kind === 'tcp') writeTcp(out, body, payload, ipv6PseudoSum(packet.src, packet.dst, PROTO_TCP, payload.length))
  else writeUdp(out, body, payload, ipv6PseudoSum(packet.src, packet.dst, PROTO_UDP, payload.length))
}

function writeIcmp(out: Uint8Array, at: number, message: IcmpMessage): void {
  out[at] = message.type
  out[at + 1] = message.code
  put32(out, at + 4, message.rest)
  out.set(message.payload, at + 8)
  put16(out, at + 2, message.checksum ?? foldSum(addWords(out, at, at + message.length, 0)))
}

function writeIcmpv6(out: Uint8Array, at: number, message: Icmpv6Message, pseudo: number): void {
  out[at] = message.type
  out[at + 1] = message.code
  out.set(message.body, at + 4)
  put16(out, at + 2, message.checksum ?? foldSum(addWords(out, at, at + message.length, pseudo)))
}

function writeUdp(out: Uint8Array, at: number, datagram: UdpDatagram, pseudo: number): void {
  put16(out, at, datagram.sport)
  put16(out, at + 2, datagram.dport)
  put16(out, at + 4, datagram.length)
  const payload = datagram.payload
  if (payload instanceof Uint8Array) out.set(payload, at + 8)
  else writeTunnelled(out, at + 8, payload)
  // A computed 0 is sent as 0xffff, since 0 says "none" (RFC 768).
  put16(out, at + 6, datagram.checksum ?? (foldSum(addWords(out, at, at + datagram.length, pseudo)) || 0xffff))
}

function writeTcp(out: Uint8Array, at: number, segment: TcpSegment, pseudo: number): void {
  const headerLength = 20 + segment.options.length
  put16(out, at, segment.sport)
  put16(out, at + 2, segment.dport)
  put32(out, at + 4, segment.seq)
  put32(out, at + 8, segment.ack)
  put16(out, at + 12, (headerLength << 10) | segment.flags)
  put16(out, at + 14, segment.window)
  put16(out, at + 18, segment.urgent)
  out.set(segment.options, at + 20)
  out.set(segment.payload, at + headerLength)
  put16(out, at + 16, segment.checksum ?? foldSum(addWords(out, at, at + segment.length, pseudo)))
}

function writeTunnelled(out: Uint8Array, at: number, payload: VxlanPacket | GenevePacket): void {
  if (payload.kind === 'vxlan') writeVxlan(out, at, payload)
  else writeGeneve(out, at, payload)
}

function writeGeneve(out: Uint8Array, at: number, packet: GenevePacket): void {
  out[at] = packet.options.length >> 2
  out[at + 1] = packet.flags
  put16(out, at + 2, GRE_PROTO_TEB)
  put32(out, at + 4, (packet.vni << 8) | packet.reserved)
  out.set(packet.options, at + 8)
  writeFrame(out, at + 8 + packet.options.length, packet.frame)
}

function writeVxlan(out: Uint8Array, at: number, packet: VxlanPacket): void {
  put32(out, at, (packet.flags << 24) | packet.reserved)
  put32(out, at + 4, (packet.vni << 8) | packet.reserved2)
  writeFrame(out, at + 8, packet.frame)
}

function writeGre(out: Uint8Array, start: number, packet: GrePacket): void {
  put16(out, start, packet.flags)
  put16(out, start + 2, packet.proto)
  let at = start + (packet.hasChecksum ? 8 : 4)
  if (packet.key !== null) {
    put32(out, at, packet.key)
    at += 4
  }
  if (packet.sequence !== null) {
    put32(out, at, packet.sequence)
    at += 4
  }
  const payload = packet.payload
  if (payload instanceof Uint8Array) out.set(payload, at)
  else if (payload.kind === 'frame') writeFrame(out, at, payload)
  else if (payload.kind === 'ipv4') writeIpv4(out, at, payload)
  else writeIpv6(out, at, payload)
  if (packet.hasChecksum) put16(out, start + 4, packet.checksum ?? foldSum(addWords(out, start, start + packet.length, 0)))
}
