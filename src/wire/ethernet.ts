// Ethernet II frames with any number of 802.1Q tags.
import type { MacAddress } from '../addr/mac.js'
import type { ArpPacket } from './arp.js'
import type { Mutable } from './header.js'
import { NO_BYTES } from './header.js'
import type { Ipv4Packet } from './ipv4.js'
import type { Ipv6Packet } from './ipv6.js'

export const ETHERTYPE_IPV4 = 0x0800
export const ETHERTYPE_ARP = 0x0806
export const ETHERTYPE_VLAN = 0x8100
export const ETHERTYPE_QINQ = 0x88a8
export const ETHERTYPE_IPV6 = 0x86dd

/** One 802.1Q tag. `tci` = priority (3 bits), DEI (1), VLAN id (12). */
export interface VlanTag {
  /** 0x8100 or 0x88a8 */
  readonly tpid: number
  readonly tci: number
}

export function vlanTag(vid: number, priority = 0): VlanTag {
  return { tpid: ETHERTYPE_VLAN, tci: (priority << 13) | vid }
}

export const NO_VLANS: readonly VlanTag[] = []

/** Bytes where nothing better is known: unknown ethertype, or a payload that is not well formed. */
export type EthernetPayload = ArpPacket | Ipv4Packet | Ipv6Packet | Uint8Array

//   dst(6) src(6) [tpid(2) tci(2)]* type(2) payload trailer
export class EthernetFrame {
  readonly kind = 'frame'
  readonly dst: MacAddress
  readonly src: MacAddress
  /** Outermost first. */
  readonly vlans: readonly VlanTag[]
  /** Type of the payload; a value below 1536 is an 802.3 length. */
  readonly type: number
  readonly payload: EthernetPayload
  /** Padding behind the payload, kept byte for byte. */
  readonly trailer: Uint8Array

  constructor(fields: {
    dst: MacAddress
    src: MacAddress
    vlans?: readonly VlanTag[]
    type: number
    payload: EthernetPayload
    trailer?: Uint8Array
  }) {
    this.dst = fields.dst
    this.src = fields.src
    this.vlans = fields.vlans ?? NO_VLANS
    this.type = fields.type
    this.payload = fields.payload
    this.trailer = fields.trailer ?? NO_BYTES
  }

  /** Bytes on the wire without the frame check sequence. */
  get length(): number {
    return 14 + 4 * this.vlans.length + this.payload.length + this.trailer.length
  }

  withMacs(dst: MacAddress, src: MacAddress): EthernetFrame {
    const next = copyOf(this)
    next.dst = dst
    next.src = src
    return next
  }

  withDst(dst: MacAddress): EthernetFrame {
    const next = copyOf(this)
    next.dst = dst
    return next
  }

  withSrc(src: MacAddress): EthernetFrame {
    const next = copyOf(this)
    next.src = src
    return next
  }

  /** Same type, other payload; padding no longer fits and goes. */
  withPayload(payload: EthernetPayload): EthernetFrame {
    const next = copyOf(this)
    next.payload = payload
    next.trailer = NO_BYTES
    return next
  }

  withVlans(vlans: readonly VlanTag[]): EthernetFrame {
    const next = copyOf(this)
    next.vlans = vlans
    return next
  }

  /** Puts a tag outside of those that are there. */
  pushVlan(tag: VlanTag): EthernetFrame {
    return this.withVlans(this.vlans.length === 0 ? [tag] : [tag, ...this.vlans])
  }

  popVlan(): EthernetFrame {
    return this.withVlans(this.vlans.length === 1 ? NO_VLANS : this.vlans.slice(1))
  }
}

function copyOf(frame: EthernetFrame): Mutable<EthernetFrame> {
  return new EthernetFrame(frame)
}
