// UDP datagrams (RFC 768).
import type { GenevePacket } from './geneve.js'
import type { Checksum, Mutable } from './header.js'
import type { VxlanPacket } from './vxlan.js'

/** Structured for well-formed VXLAN and Geneve to their own ports; bytes otherwise (`udpBytes` of encode.ts makes them of either). */
export type UdpPayload = VxlanPacket | GenevePacket | Uint8Array

//   sport(2) dport(2) length(2) checksum(2) payload
export class UdpDatagram {
  readonly kind = 'udp'
  readonly sport: number
  readonly dport: number
  /** 0 means "sent without one". */
  readonly checksum: Checksum
  readonly payload: UdpPayload

  constructor(fields: { sport: number; dport: number; checksum?: Checksum; payload: UdpPayload }) {
    this.sport = fields.sport
    this.dport = fields.dport
    this.checksum = fields.checksum ?? null
    this.payload = fields.payload
  }

  get length(): number {
    return 8 + this.payload.length
  }

  withPorts(sport: number, dport: number): UdpDatagram {
    const next = copyOf(this)
    next.sport = sport
    next.dport = dport
    return next
  }

  withChecksum(checksum: Checksum): UdpDatagram {
    const next = copyOf(this)
    next.checksum = checksum
    return next
  }
}

function copyOf(datagram: UdpDatagram): Mutable<UdpDatagram> {
  return new UdpDatagram(datagram)
}
