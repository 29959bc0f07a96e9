// The state of one TCP connection (Linux: struct tcp_sock), without behaviour: tcp-output.ts and tcp-input.ts work on it.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { Timer } from '../sim/scheduler.js'
import type { Errno } from './errno.js'
import type { Socket } from './socket.js'

export type TcpState =
  | 'CLOSED'
  | 'LISTEN'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT1'
  | 'FIN_WAIT2'
  | 'CLOSE_WAIT'
  | 'CLOSING'
  | 'LAST_ACK'
  | 'TIME_WAIT'

/** What a connection tells the socket or listener above it. */
export interface TcpOwner {
  /** SYN_RECV or SYN_SENT became ESTABLISHED. */
  connected(control: TcpControl): void
  /** Data, end of data, room to write, or an error: poll again. */
  changed(control: TcpControl): void
  /** The connection is gone; its tuple is free. */
  finished(control: TcpControl): void
}

/** A segment that was sent and not yet acknowledged; SYN and FIN count one sequence number each. */
export interface SentSegment {
  readonly seq: number
  readonly flags: number
  readonly payload: Uint8Array
  sentAtUs: number
  retransmitted: boolean
}

export const SEND_BUFFER = 262_144

//   SND: una <= nxt <= una + wnd        RCV: nxt <= seq < nxt + wnd
export class TcpControl {
  state: TcpState = 'CLOSED'
  localAddress: Ipv4Address = 0
  localPort = 0
  remoteAddress: Ipv4Address = 0
  remotePort = 0
  /** SYN came in through this connection's listener. */
  isPassive = false

  // send side
  iss = 0
  sndUna = 0
  sndNxt = 0
  sndWnd = 0
  sndWindowScale = 0
  /** Payload bytes of a full segment, options subtracted. */
  mss = 536
  peerMss = 536
  /** Written and not yet sent. */
  readonly unsent: Uint8Array[] = []
  unsentBytes = 0
  readonly inFlight: SentSegment[] = []
  /** close() or shutdown(WR): a FIN follows the last byte. */
  finQueued = false
  finSent = false
  nodelay = false

  // receive side
  irs = 0
  rcvNxt = 0
  rcvWindowScale = 0
  /** The window in our SYN; grows to whole scale units afterwards, as Linux rounds. */
  receiveWindow = 64_240
  /** Highest sequence number promised to the peer. */
  rcvAdvertised = 0
  readonly received: Uint8Array[] = []
  receivedBytes = 0
  /** FIN came in, in order. */
  finReceived = false
  /** Nobody reads any more (close): data is answered with RST. */
  isOrphan = false
  /** Segments that came too early, by sequence number. */
  readonly early = new Map<number, { payload: Uint8Array; fin: boolean }>()

  // options
  sackPermitted = false
  timestamps = false
  /** Added to the clock, so that two connections do not share their timestamps. */
  timestampOffset = 0
  timestampRecent = 0

  // timers
  retransmitTimer: Timer | null = null
  /** An acknowledgement that waits for data or FIN to ride on. */
  delayedAck: Timer | null = null
  stateTimer: Timer | null = null
  /** Smoothed RTT and variance in µs (RFC 6298), 0 = no sample yet. */
  srttUs = 0
  rttvarUs = 0
  rtoUs = 1_000_000
  retries = 0
  /** Acknowledgements in a row that said nothing new. */
  duplicateAcks = 0
  /** Losses below this sequence number are being repaired; null = all is well. */
  recover: number | null = null
  /** IP id of the next segment: a connection counts its own. */
  ipId = 0
  /** Last soft ICMP error: what a time-out is reported as. */
  softError: Errno | null = null
  error: Errno | null = null
  bytesSent = 0
  bytesAcked = 0
  bytesReceived = 0
  segmentsOut = 0
  segmentsIn = 0
  retransmitsTotal = 0

  constructor(
    /** Options (mark, device, TTL, TOS) come from here: the own socket, or the listener's until accept. */
    public socket: Socket,
    public owner: TcpOwner,
  ) {}

  get nowUs(): number {
    return this.socket.netns.kernel.sim.nowUs
  }

  get isSynchronized(): boolean {
    return this.state !== 'CLOSED' && this.state !== 'LISTEN' && this.state !== 'SYN_SENT' && this.state !== 'SYN_RECV'
  }

  /** Everything written was sent and acknowledged. */
  get allAcked(): boolean {
    return this.inFlight.length === 0 && this.unsentBytes === 0
  }

  get bytesInFlight(): number {
    return (this.sndNxt - this.sndUna) >>> 0
  }
}

/** a - b in sequence space, signed. */
export function seqDiff(a: number, b: number): number {
  return (a - b) | 0
}

export function seqAdd(a: number, n: number): number {
  return (a + n) >>> 0
}

/** Reads and removes up to `limit` bytes from the front of a queue of chunks. */
export function takeBytes(queue: Uint8Array[], limit: number): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  while (queue.length > 0 && length < limit) {
    const first = queue[0]!
    const room = limit - length
    if (first.length <= room) {
      parts.push(first)
      length += first.length
      queue.shift()
    } else {
      parts.push(first.subarray(0, room))
      queue[0] = first.subarray(room)
      length = limit
    }
  }
  if (parts.length === 1) return parts[0]!
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
