// IPv4 packets (RFC 791) with options and fragments.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { GrePacket } from './gre.js'
import type { Checksum, Mutable } from './header.js'
import { NO_BYTES } from './header.js'
import type { IcmpMessage } from './icmp.js'
import type { TcpSegment } from './tcp.js'
import type { UdpDatagram } from './udp.js'

export const PROTO_ICMP = 1
export const PROTO_IPIP = 4
export const PROTO_TCP = 6
export const PROTO_UDP = 17
export const PROTO_GRE = 47
export const PROTO_ICMPV6 = 58

/** Flag bits of the third word's upper three bits. */
export const IP_MF = 1
export const IP_DF = 2

/**
 * Structured only in an unfragmented packet whose transport header is well formed and byte-true; bytes otherwise
 * (fragments, unknown protocols, broken headers).
 */
export type Ipv4Payload = IcmpMessage | UdpDatagram | TcpSegment | GrePacket | Ipv4Packet | Uint8Array

/** TCP and UDP: what has ports in its header. */
export function isPorted(payload: Ipv4Payload): payload is TcpSegment | UdpDatagram {
  return !(payload instanceof Uint8Array) && (payload.kind === 'tcp' || payload.kind === 'udp')
}

//   ver/ihl tos total_length | id flags/frag_offset | ttl proto checksum | src | dst | options...
export class Ipv4Packet {
  readonly kind = 'ipv4'
  readonly tos: number
  readonly id: number
  /** IP_DF | IP_MF */
  readonly flags: number
  /** In bytes, a multiple of 8. */
  readonly fragOffset: number
  readonly ttl: number
  readonly proto: number
  readonly checksum: Checksum
  readonly src: Ipv4Address
  readonly dst: Ipv4Address
  /** Raw, a multiple of 4 bytes. */
  readonly options: Uint8Array
  readonly payload: Ipv4Payload

  constructor(fields: {
    tos?: number
    id?: number
    flags?: number
    fragOffset?: number
    ttl: number
    proto: number
    checksum?: Checksum
    src: Ipv4Address
    dst: Ipv4Address
    options?: Uint8Array
    payload: Ipv4Payload
  }) {
    this.tos = fields.tos ?? 0
    this.id = fields.id ?? 0
    this.flags = fields.flags ?? 0
    this.fragOffset = fields.fragOffset ?? 0
    this.ttl = fields.ttl
    this.proto = fields.proto
    this.checksum = fields.checksum ?? null
    this.src = fields.src
    this.dst = fields.dst
    this.options = fields.options ?? NO_BYTES
    this.payload = fields.payload
  }

  get headerLength(): number {
    return 20 + this.options.length
  }

  /** The total length field. */
  get length(): number {
    return 20 + this.options.length + this.payload.length
  }

  get isFragment(): boolean {
    return this.fragOffset !== 0 || (this.flags & IP_MF) !== 0
  }

  withTtl(ttl: number): Ipv4Packet {
    const next = copyOf(this)
    next.ttl = ttl
    return next
  }

  withTos(tos: number): Ipv4Packet {
    const next = copyOf(this)
    next.tos = tos
    return next
  }

  withSrc(src: Ipv4Address): Ipv4Packet {
    const next = copyOf(this)
    next.src = src
    return next
  }

  withDst(dst: Ipv4Address): Ipv4Packet {
    const next = copyOf(this)
    next.dst = dst
    return next
  }

  withPayload(payload: Ipv4Payload): Ipv4Packet {
    const next = copyOf(this)
    next.payload = payload
    return next
  }

  /** Both addresses and the payload at once, as NAT changes them. */
  withAddresses(src: Ipv4Address, dst: Ipv4Address, payload: Ipv4Payload): Ipv4Packet {
    const next = copyOf(this)
    next.src = src
    next.dst = dst
    next.payload = payload
    return next
  }

  /** One fragment of this packet (or the whole again, with offset 0 and no IP_MF). */
  withFragment(flags: number, fragOffset: number, payload: Ipv4Payload): Ipv4Packet {
    const next = copyOf(this)
    next.flags = flags
    next.fragOffset = fragOffset
    next.payload = payload
    return next
  }
}

function copyOf(packet: Ipv4Packet): Mutable<Ipv4Packet> {
  return new Ipv4Packet(packet)
}
