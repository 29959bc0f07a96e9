// TCP segments (RFC 9293); the state machine lives in kernel/tcp.ts.
import type { Checksum, Mutable } from './header.js'
import { NO_BYTES } from './header.js'

export const TCP_FIN = 0x01
export const TCP_SYN = 0x02
export const TCP_RST = 0x04
export const TCP_PSH = 0x08
export const TCP_ACK = 0x10
export const TCP_URG = 0x20

//   sport dport | seq | ack | offset/flags window | checksum urgent | options | payload
export class TcpSegment {
  readonly kind = 'tcp'
  readonly sport: number
  readonly dport: number
  /** Unsigned 32 bits. */
  readonly seq: number
  /** Unsigned 32 bits. */
  readonly ack: number
  /** Low 9 bits are flags (TCP_*), bits 9..11 reserved. */
  readonly flags: number
  readonly window: number
  readonly checksum: Checksum
  readonly urgent: number
  /** Raw, a multiple of 4 bytes. */
  readonly options: Uint8Array
  readonly payload: Uint8Array

  constructor(fields: {
    sport: number
    dport: number
    seq: number
    ack: number
    flags: number
    window: number
    checksum?: Checksum
    urgent?: number
    options?: Uint8Array
    payload?: Uint8Array
  }) {
    this.sport = fields.sport
    this.dport = fields.dport
    this.seq = fields.seq
    this.ack = fields.ack
    this.flags = fields.flags
    this.window = fields.window
    this.checksum = fields.checksum ?? null
    this.urgent = fields.urgent ?? 0
    this.options = fields.options ?? NO_BYTES
    this.payload = fields.payload ?? NO_BYTES
  }

  get length(): number {
    return 20 + this.options.length + this.payload.length
  }

  withPorts(sport: number, dport: number): TcpSegment {
    const next = copyOf(this)
    next.sport = sport
    next.dport = dport
    return next
  }
}

function copyOf(segment: TcpSegment): Mutable<TcpSegment> {
  return new TcpSegment(segment)
}
