// ICMPv6 (RFC 4443) and neighbour discovery (RFC 4861) messages, bodies as bytes.
import type { Checksum } from './header.js'

export const ICMPV6_ECHO = 128
export const ICMPV6_ECHO_REPLY = 129
export const ICMPV6_ROUTER_SOLICIT = 133
export const ICMPV6_NEIGHBOUR_SOLICIT = 135
export const ICMPV6_NEIGHBOUR_ADVERT = 136
export const ICMPV6_MLD2_REPORT = 143

//   type(1) code(1) checksum(2) body
export class Icmpv6Message {
  readonly kind = 'icmpv6'
  readonly type: number
  readonly code: number
  readonly checksum: Checksum
  /** All behind the checksum. */
  readonly body: Uint8Array

  constructor(fields: { type: number; code: number; checksum?: Checksum; body: Uint8Array }) {
    this.type = fields.type
    this.code = fields.code
    this.checksum = fields.checksum ?? null
    this.body = fields.body
  }

  get length(): number {
    return 4 + this.body.length
  }
}
