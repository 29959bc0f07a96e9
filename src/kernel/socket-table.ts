// The sockets of one namespace, as the IP layer sees them.
import type { Ipv4Packet } from '../wire/ipv4.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'

/** What an ICMP error says to the sender of the quoted packet. */
export interface IcmpErrorReport {
  readonly type: number
  readonly code: number
  /** MTU of "frag needed", else 0. */
  readonly mtu: number
  /** Who sent the error; for errors raised on this machine the own address. */
  readonly from: number
  /** The quoted packet, its transport header at least 8 bytes. */
  readonly quoted: Ipv4Packet
}

export class SocketTable {
  constructor(readonly netns: NetNamespace) {}

  /** False: no socket took it and the caller answers with port unreachable (and drops it). */
  deliverUdp(_pkt: Packet): boolean {
    return false
  }

  /** Takes the packet in any case (a segment without socket is answered with RST). */
  deliverTcp(_pkt: Packet): boolean {
    return false
  }

  /** Ping sockets: echo replies. False: nobody wanted it. */
  deliverIcmp(_pkt: Packet): boolean {
    return false
  }

  /** Copies to raw sockets of this protocol; the packet stays the caller's. True when at least one took a copy. */
  deliverRaw(_pkt: Packet): boolean {
    return false
  }

  /** An ICMP error about a packet of ours came in, or was raised here. */
  icmpError(_report: IcmpErrorReport): void {}
}
