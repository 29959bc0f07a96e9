// Reads the tuple out of a packet, or out of the packet that an ICMP error quotes, and turns tuples round.
import { ICMP_ADDRESS, ICMP_ADDRESSREPLY, ICMP_ECHO, ICMP_ECHO_REPLY, ICMP_TIMESTAMP, ICMP_TIMESTAMPREPLY } from '../../wire/icmp.js'
import type { Ipv4Packet } from '../../wire/ipv4.js'
import { isPorted, PROTO_ICMP, PROTO_TCP, PROTO_UDP } from '../../wire/ipv4.js'
import { Tuple } from './connection.js'

export const PROTO_DCCP = 33
export const PROTO_SCTP = 132
export const PROTO_UDPLITE = 136

/** Protocols whose header begins with two ports. */
export function hasPorts(proto: number): boolean {
  return proto === PROTO_TCP || proto === PROTO_UDP || proto === PROTO_SCTP || proto === PROTO_DCCP || proto === PROTO_UDPLITE
}

/** ICMP queries and the type of their answer; -1: no answer. */
export function inverseIcmpType(type: number): number {
  switch (type) {
    case ICMP_ECHO:
      return ICMP_ECHO_REPLY
    case ICMP_ECHO_REPLY:
      return ICMP_ECHO
    case ICMP_TIMESTAMP:
      return ICMP_TIMESTAMPREPLY
    case ICMP_TIMESTAMPREPLY:
      return ICMP_TIMESTAMP
    case 15:
      return 16
    case 16:
      return 15
    case ICMP_ADDRESS:
      return ICMP_ADDRESSREPLY
    case ICMP_ADDRESSREPLY:
      return ICMP_ADDRESS
    default:
      return -1
  }
}

/** Only these begin a connection. */
export function isIcmpQuery(type: number): boolean {
  return type === ICMP_ECHO || type === ICMP_TIMESTAMP || type === 15 || type === ICMP_ADDRESS
}

/** null: the transport header is cut short. */
export function tupleOf(ip: Ipv4Packet): Tuple | null {
  const { payload, proto } = ip
  if (!(payload instanceof Uint8Array)) {
    if (payload.kind === 'icmp') {
      return new Tuple(ip.src, ip.dst, proto, payload.rest >>> 16, (payload.type << 8) | payload.code)
    }
    if (!isPorted(payload)) return new Tuple(ip.src, ip.dst, proto, 0, 0)
    return new Tuple(ip.src, ip.dst, proto, payload.sport, payload.dport)
  }
  if (proto === PROTO_ICMP) return payload.length < 8 ? null : icmpTuple(ip.src, ip.dst, payload, 0)
  if (!hasPorts(proto)) return new Tuple(ip.src, ip.dst, proto, 0, 0)
  if (payload.length < 8) return null
  return new Tuple(ip.src, ip.dst, proto, word(payload, 0), word(payload, 2))
}

/** The IPv4 header inside an ICMP error, with at least eight bytes behind it. */
export interface Quote {
  readonly tuple: Tuple
  readonly headerLength: number
}

export function quoteOf(bytes: Uint8Array): Quote | null {
  if (bytes.length < 28 || bytes[0]! >> 4 !== 4) return null
  const headerLength = (bytes[0]! & 15) * 4
  if (headerLength < 20 || bytes.length < headerLength + 8) return null
  if ((word(bytes, 6) & 0x1fff) !== 0) return null
  const proto = bytes[9]!
  const src = long(bytes, 12)
  const dst = long(bytes, 16)
  if (proto === PROTO_ICMP) return { tuple: icmpTuple(src, dst, bytes, headerLength), headerLength }
  if (!hasPorts(proto)) return { tuple: new Tuple(src, dst, proto, 0, 0), headerLength }
  return { tuple: new Tuple(src, dst, proto, word(bytes, headerLength), word(bytes, headerLength + 2)), headerLength }
}

/** The tuple of the answer; null when there is none (an ICMP message that has no reply type). */
export function invert(tuple: Tuple): Tuple | null {
  if (tuple.proto !== PROTO_ICMP) return new Tuple(tuple.dst, tuple.src, tuple.proto, tuple.dstPort, tuple.srcPort)
  const type = inverseIcmpType(tuple.dstPort >> 8)
  if (type < 0) return null
  return new Tuple(tuple.dst, tuple.src, tuple.proto, tuple.srcPort, (type << 8) | (tuple.dstPort & 0xff))
}

function icmpTuple(src: number, dst: number, bytes: Uint8Array, at: number): Tuple {
  return new Tuple(src, dst, PROTO_ICMP, word(bytes, at + 4), (bytes[at]! << 8) | bytes[at + 1]!)
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

function long(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
