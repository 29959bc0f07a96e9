// Geneve (RFC 8926): what follows the UDP header of a datagram to port 6081.
import type { EthernetFrame } from './ethernet.js'
import { NO_BYTES } from './header.js'

export const GENEVE_PORT = 6081
//   version(2 bits) options/4(6 bits) flags(1) protocol(2) vni(3) reserved(1) options frame
export class GenevePacket {
  readonly kind = 'geneve'
  /** 0x80: a control packet; 0x40: options that must be understood. */
  readonly flags: number
  readonly vni: number
  readonly reserved: number
  /** Raw, a multiple of 4 bytes, at most 252. */
  readonly options: Uint8Array
  readonly frame: EthernetFrame
  readonly length: number

  constructor(fields: { flags?: number; vni: number; reserved?: number; options?: Uint8Array; frame: EthernetFrame }) {
    this.flags = fields.flags ?? 0
    this.vni = fields.vni
    this.reserved = fields.reserved ?? 0
    this.options = fields.options ?? NO_BYTES
    this.frame = fields.frame
    this.length = 8 + this.options.length + fields.frame.length
  }
}
