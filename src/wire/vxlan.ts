// VXLAN (RFC 7348): what follows the UDP header of a datagram to port 4789.
import type { EthernetFrame } from './ethernet.js'

export const VXLAN_PORT = 4789
/** "The VNI is valid"; the other bits of the first byte are reserved or belong to extensions. */
export const VXLAN_FLAG_VNI = 0x08

//   flags(1) reserved(3) vni(3) reserved(1) frame
export class VxlanPacket {
  readonly kind = 'vxlan'
  readonly flags: number
  /** The 24 bits behind the flags: 0, or an extension's (the group policy id). */
  readonly reserved: number
  readonly vni: number
  /** The last byte of the header. */
  readonly reserved2: number
  readonly frame: EthernetFrame
  readonly length: number

  constructor(fields: { flags?: number; reserved?: number; vni: number; reserved2?: number; frame: EthernetFrame }) {
    this.flags = fields.flags ?? VXLAN_FLAG_VNI
    this.reserved = fields.reserved ?? 0
    this.vni = fields.vni
    this.reserved2 = fields.reserved2 ?? 0
    this.frame = fields.frame
    this.length = 8 + fields.frame.length
  }
}
