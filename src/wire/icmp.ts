// ICMP messages (RFC 792); echo, errors and the rest share one shape.
import type { Checksum, Mutable } from './header.js'

export const ICMP_ECHO_REPLY = 0
export const ICMP_DEST_UNREACH = 3
export const ICMP_REDIRECT = 5
export const ICMP_ECHO = 8
export const ICMP_TIME_EXCEEDED = 11
export const ICMP_PARAMETERPROB = 12
export const ICMP_TIMESTAMP = 13
export const ICMP_TIMESTAMPREPLY = 14
export const ICMP_ADDRESS = 17
export const ICMP_ADDRESSREPLY = 18

/** Codes of ICMP_DEST_UNREACH. */
export const ICMP_NET_UNREACH = 0
export const ICMP_HOST_UNREACH = 1
export const ICMP_PROT_UNREACH = 2
export const ICMP_PORT_UNREACH = 3
export const ICMP_FRAG_NEEDED = 4
export const ICMP_PKT_FILTERED = 13

//   type(1) code(1) checksum(2) | rest of header(4) | payload
export class IcmpMessage {
  readonly kind = 'icmp'
  readonly type: number
  readonly code: number
  readonly checksum: Checksum
  /** Second word, unsigned: id<<16|seq of an echo, MTU of "frag needed", gateway of a redirect. */
  readonly rest: number
  /** Echo data, or the quoted packet of an error as bytes. */
  readonly payload: Uint8Array

  constructor(fields: { type: number; code: number; checksum?: Checksum; rest: number; payload: Uint8Array }) {
    this.type = fields.type
    this.code = fields.code
    this.checksum = fields.checksum ?? null
    this.rest = fields.rest
    this.payload = fields.payload
  }

  get length(): number {
    return 8 + this.payload.length
  }

  /** Identifier of an echo. */
  get id(): number {
    return this.rest >>> 16
  }

  /** Sequence number of an echo. */
  get seq(): number {
    return this.rest & 0xffff
  }

  withId(id: number): IcmpMessage {
    const next = copyOf(this)
    next.rest = ((id << 16) | (this.rest & 0xffff)) >>> 0
    return next
  }

  withType(type: number): IcmpMessage {
    const next = copyOf(this)
    next.type = type
    return next
  }

  withPayload(payload: Uint8Array): IcmpMessage {
    const next = copyOf(this)
    next.payload = payload
    return next
  }
}

/** An error quotes the packet that caused it; errors are never answered with errors (RFC 1122, 3.2.2). */
export function isIcmpError(type: number): boolean {
  return type === ICMP_DEST_UNREACH || type === ICMP_REDIRECT || type === ICMP_TIME_EXCEEDED || type === ICMP_PARAMETERPROB || type === 4
}

function copyOf(message: IcmpMessage): Mutable<IcmpMessage> {
  return new IcmpMessage(message)
}
