// GRE (RFC 2784) with the key and sequence number of RFC 2890: what follows the outer IP header of protocol 47.
import type { EthernetFrame } from './ethernet.js'
import type { Checksum } from './header.js'
import type { Ipv4Packet } from './ipv4.js'
import type { Ipv6Packet } from './ipv6.js'

/** Transparent Ethernet bridging: a whole frame inside. */
export const GRE_PROTO_TEB = 0x6558

export const GRE_CHECKSUM = 0x8000
export const GRE_KEY = 0x2000
export const GRE_SEQUENCE = 0x1000

/** Structured when the protocol says so and the bytes are exactly one frame or packet; bytes otherwise. */
export type GrePayload = EthernetFrame | Ipv4Packet | Ipv6Packet | Uint8Array

//   flags/version(2) protocol(2) [checksum(2) reserved(2)] [key(4)] [sequence(4)] payload
export class GrePacket {
  readonly kind = 'gre'
  readonly hasChecksum: boolean
  readonly checksum: Checksum
  /** null: the header has none. */
  readonly key: number | null
  readonly sequence: number | null
  readonly proto: number
  readonly payload: GrePayload
  readonly length: number

  constructor(fields: {
    hasChecksum?: boolean
    checksum?: Checksum
    key?: number | null
    sequence?: number | null
    proto: number
    payload: GrePayload
  }) {
    this.hasChecksum = fields.hasChecksum ?? false
    this.checksum = fields.checksum ?? null
    this.key = fields.key ?? null
    this.sequence = fields.sequence ?? null
    this.proto = fields.proto
    this.payload = fields.payload
    this.length = this.headerLength + fields.payload.length
  }

  get headerLength(): number {
    return 4 + (this.hasChecksum ? 4 : 0) + (this.key !== null ? 4 : 0) + (this.sequence !== null ? 4 : 0)
  }

  /** The first word's flag bits. */
  get flags(): number {
    return (this.hasChecksum ? GRE_CHECKSUM : 0) | (this.key !== null ? GRE_KEY : 0) | (this.sequence !== null ? GRE_SEQUENCE : 0)
  }
}
