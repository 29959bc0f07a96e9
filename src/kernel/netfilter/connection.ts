// One tracked connection: its two tuples, its status, what its protocol remembers. No device or packet is known here.

import type { Ipv4Address } from '../../addr/ipv4.js'
import { Copied } from '../../sim/copied.js'

/** Which of the two tuples a packet matched. */
export type Direction = 0 | 1
export const ORIGINAL: Direction = 0
export const REPLY: Direction = 1

/** State of one packet in its connection, as `--ctstate` names it. */
export type CtState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED'

// Status bits as the kernel numbers them (ip_conntrack_status).
export const IPS_EXPECTED = 1 << 0
export const IPS_SEEN_REPLY = 1 << 1
export const IPS_ASSURED = 1 << 2
export const IPS_CONFIRMED = 1 << 3
export const IPS_SRC_NAT = 1 << 4
export const IPS_DST_NAT = 1 << 5
export const IPS_SRC_NAT_DONE = 1 << 7
export const IPS_DST_NAT_DONE = 1 << 8
export const IPS_DYING = 1 << 9
export const IPS_FIXED_TIMEOUT = 1 << 10

/**
 * One direction of a connection, linked into the hash table.
 *
 *     TCP, UDP:  src:srcPort -> dst:dstPort
 *     ICMP:      srcPort is the identifier, dstPort is type << 8 | code
 */
export class Tuple extends Copied {
  next: Tuple | null = null
  hash = 0
  connection!: Connection
  direction: Direction = ORIGINAL

  constructor(
    public src: Ipv4Address,
    public dst: Ipv4Address,
    readonly proto: number,
    public srcPort: number,
    public dstPort: number,
  ) {
    super()
  }

  equals(other: Tuple): boolean {
    return (
      this.src === other.src &&
      this.dst === other.dst &&
      this.srcPort === other.srcPort &&
      this.dstPort === other.dstPort &&
      this.proto === other.proto
    )
  }

  copy(): Tuple {
    return new Tuple(this.src, this.dst, this.proto, this.srcPort, this.dstPort)
  }
}

export type TcpState =
  | 'NONE'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'SYN_SENT2'

/** What one side of a TCP connection has sent, for the window checks. */
export interface TcpSeen {
  /** Highest sequence number sent, plus one. */
  end: number
  /** Highest sequence number that the other side may send. */
  maxEnd: number
  maxWindow: number
  /** Highest acknowledgement sent, null before the first. */
  maxAck: number | null
  scale: number
  scaleKnown: boolean
  /** Has data in flight that the other side has not acknowledged. */
  unacknowledged: boolean
}

export interface TcpTracking {
  state: TcpState
  seen: [TcpSeen, TcpSeen]
  lastDirection: Direction
  /** Index of the last packet's kind in the state table (SYN, SYN-ACK, FIN, ACK, RST). */
  lastIndex: number
  lastSeq: number
  lastEnd: number
  lastAck: number
  lastWindow: number
  retransmissions: number
  /** Picked up in the middle: windows are not judged. */
  liberal: boolean
  finSent: [boolean, boolean]
}

/** Zone ids by direction; `--zone` sets both. */
export interface CtZone {
  readonly original: number
  readonly reply: number
}

export const DEFAULT_ZONE: CtZone = { original: 0, reply: 0 }

export class Connection extends Copied {
  status = 0
  mark = 0
  /** Time of expiry; before confirmation the timeout itself. */
  expiresUs = 0
  timeoutUs = 0
  startUs = 0
  id = 0
  tcp: TcpTracking | null = null
  /** UDP: traffic after this time makes a stream. */
  streamUs = 0
  master: Connection | null = null
  /** Device that MASQUERADE took the address of, 0 when none. */
  masqueradeIfindex = 0
  /** Packets and bytes by direction; null unless nf_conntrack_acct was on when it began. */
  counters: { readonly packets: [number, number]; readonly bytes: [number, number] } | null = null
  helper: string | null = null
  /** 128 bits beside the mark, of a switch's ct(). */
  labels = 0n

  constructor(
    readonly original: Tuple,
    public reply: Tuple,
    readonly zone: CtZone,
  ) {
    super()
    original.connection = this
    reply.connection = this
    original.direction = ORIGINAL
    reply.direction = REPLY
  }

  tuple(direction: Direction): Tuple {
    return direction === ORIGINAL ? this.original : this.reply
  }

  has(bits: number): boolean {
    return (this.status & bits) !== 0
  }
}
