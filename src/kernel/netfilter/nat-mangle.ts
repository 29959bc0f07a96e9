// Rewrites packets to a translation: addresses, ports, ICMP identifiers, and the packet quoted in an ICMP error.
import type { Ipv4Packet, Ipv4Payload } from '../../wire/ipv4.js'
import { PROTO_ICMP, PROTO_TCP, PROTO_UDP } from '../../wire/ipv4.js'
import type { Tuple } from './connection.js'
import type { Manip } from './nat-table.js'
import { hasPorts, inverseIcmpType, quoteOf } from './tuple-of.js'

/** Source (or destination) of the packet becomes that of `target`. */
export function manipulate(ip: Ipv4Packet, target: Tuple, manip: Manip): Ipv4Packet {
  const payload = portsOf(ip, target, manip)
  return manip === 'SRC' ? ip.withAddresses(target.src, ip.dst, payload) : ip.withAddresses(ip.src, target.dst, payload)
}

function portsOf(ip: Ipv4Packet, target: Tuple, manip: Manip): Ipv4Payload {
  const { payload } = ip
  if (payload instanceof Uint8Array) {
    return hasPorts(ip.proto) && ip.fragOffset === 0 && payload.length >= 4 ? rawPorts(payload, target, manip) : payload
  }
  switch (payload.kind) {
    case 'icmp':
      return inverseIcmpType(payload.type) < 0 || payload.id === target.srcPort ? payload : payload.withId(target.srcPort)
    case 'tcp':
    case 'udp':
      return manip === 'SRC' ? payload.withPorts(target.srcPort, payload.dport) : payload.withPorts(payload.sport, target.dstPort)
    case 'gre':
    case 'ipv4':
      return payload
  }
}

function rawPorts(bytes: Uint8Array, target: Tuple, manip: Manip): Uint8Array {
  const next = bytes.slice()
  if (manip === 'SRC') putWord(next, 0, target.srcPort)
  else putWord(next, 2, target.dstPort)
  return next
}

/** The quoted packet travelled the other way: its other end is what changes. Null: not to be touched. */
export function manipulateQuote(bytes: Uint8Array, tuple: Tuple, manip: Manip): Uint8Array | null {
  const quote = quoteOf(bytes)
  if (quote === null) return null
  const next = bytes.slice()
  const at = quote.headerLength
  const address = manip === 'SRC' ? tuple.src : tuple.dst
  const addressAt = manip === 'SRC' ? 12 : 16
  const addressDelta = delta(longWords(next, addressAt), [address >>> 16, address & 0xffff])
  putLong(next, addressAt, address)
  fixChecksum(next, 10, addressDelta)
  const proto = quote.tuple.proto
  if (proto === PROTO_ICMP) {
    const idDelta = delta([word(next, at + 4)], [tuple.srcPort])
    putWord(next, at + 4, tuple.srcPort)
    fixChecksum(next, at + 2, idDelta)
    return next
  }
  if (!hasPorts(proto)) return next
  const portAt = manip === 'SRC' ? at : at + 2
  const port = manip === 'SRC' ? tuple.srcPort : tuple.dstPort
  const portDelta = delta([word(next, portAt)], [port])
  putWord(next, portAt, port)
  const checksumAt = proto === PROTO_TCP ? at + 16 : at + 6
  const isChecked = proto === PROTO_TCP || (proto === PROTO_UDP && word(next, checksumAt) !== 0)
  if (isChecked && next.length >= checksumAt + 2) fixChecksum(next, checksumAt, addressDelta + portDelta)
  return next
}

/** Sum of the new words and the complements of the old ones (RFC 1624). */
function delta(old: readonly number[], fresh: readonly number[]): number {
  let sum = 0
  for (const each of old) sum += ~each & 0xffff
  for (const each of fresh) sum += each
  return sum
}

function fixChecksum(bytes: Uint8Array, at: number, change: number): void {
  let sum = (~word(bytes, at) & 0xffff) + change
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  putWord(bytes, at, ~sum & 0xffff)
}

function longWords(bytes: Uint8Array, at: number): [number, number] {
  return [word(bytes, at), word(bytes, at + 2)]
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value & 0xff
}

function putLong(bytes: Uint8Array, at: number, value: number): void {
  putWord(bytes, at, value >>> 16)
  putWord(bytes, at + 2, value & 0xffff)
}
