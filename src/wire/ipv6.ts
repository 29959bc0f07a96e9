// IPv6 packets (RFC 8200), enough for link-local addresses and neighbour discovery.
import type { Ipv6Address } from '../addr/ipv6.js'
import type { Mutable } from './header.js'
import type { Icmpv6Message } from './icmpv6.js'
import type { TcpSegment } from './tcp.js'
import type { UdpDatagram } from './udp.js'

/** Bytes when extension headers stand in front or the next header is unknown. */
export type Ipv6Payload = Icmpv6Message | UdpDatagram | TcpSegment | Uint8Array

//   version/class/flow | payload length, next header, hop limit | src(16) | dst(16)
export class Ipv6Packet {
  readonly kind = 'ipv6'
  readonly trafficClass: number
  readonly flowLabel: number
  readonly nextHeader: number
  readonly hopLimit: number
  readonly src: Ipv6Address
  readonly dst: Ipv6Address
  readonly payload: Ipv6Payload

  constructor(fields: {
    trafficClass?: number
    flowLabel?: number
    nextHeader: number
    hopLimit: number
    src: Ipv6Address
    dst: Ipv6Address
    payload: Ipv6Payload
  }) {
    this.trafficClass = fields.trafficClass ?? 0
    this.flowLabel = fields.flowLabel ?? 0
    this.nextHeader = fields.nextHeader
    this.hopLimit = fields.hopLimit
    this.src = fields.src
    this.dst = fields.dst
    this.payload = fields.payload
  }

  get length(): number {
    return 40 + this.payload.length
  }

  withHopLimit(hopLimit: number): Ipv6Packet {
    const next = copyOf(this)
    next.hopLimit = hopLimit
    return next
  }
}

function copyOf(packet: Ipv6Packet): Mutable<Ipv6Packet> {
  return new Ipv6Packet(packet)
}
