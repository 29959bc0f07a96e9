// Follows TCP connections: the state by flags and direction, windows, and what counts as invalid.
import type { TcpSegment } from '../../wire/tcp.js'
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, TCP_URG } from '../../wire/tcp.js'
import type { Connection, Direction, TcpSeen, TcpState, TcpTracking } from './connection.js'
import { IPS_ASSURED, IPS_CONFIRMED, IPS_SEEN_REPLY, ORIGINAL } from './connection.js'
import type { CtSettings } from './timeouts.js'

/** What the tracker wants done with the packet and its entry. */
export type TrackResult = 'ok' | 'invalid' | 'kill' | 'reopen'

const STATES: readonly TcpState[] = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
]

const SYN = 0
const SYNACK = 1
const FIN = 2
const ACK = 3
const RST = 4
const NONE = 5

// Next state by kind of segment (row) and state (column, in the order of STATES). IV: invalid, IG: ignored.
const TABLE: readonly [readonly string[], readonly string[]] = [
  [
    'SS SS IG IG IG IG IG SS SS S2', // SYN
    'IV IV SR IV IV IV IV IV IV SR', // SYN-ACK
    'IV IV FW FW LA LA LA TW CL IV', // FIN
    'ES IV ES ES CW CW TW TW CL IV', // ACK
    'IV CL CL CL CL CL CL CL CL CL', // RST
    'IV IV IV IV IV IV IV IV IV IV',
  ],
  [
    'IV S2 IV IV IV IV IV SS IV S2',
    'IV SR IG IG IG IG IG IG IG SR',
    'IV IV FW FW LA LA LA TW CL IV',
    'IV IG SR ES CW CW TW TW CL IG',
    'IV CL CL CL CL CL CL CL CL CL',
    'IV IV IV IV IV IV IV IV IV IV',
  ],
]
const SHORT: Record<string, number> = { SS: 1, SR: 2, ES: 3, FW: 4, CW: 5, LA: 6, TW: 7, CL: 8, S2: 9, IV: 10, IG: 11 }
const NEXT = TABLE.map((side) => side.map((row) => row.split(' ').map((short) => SHORT[short]!)))
const INVALID = SHORT['IV']!
const IGNORED = SHORT['IG']!

/** Two bits' worth of acknowledgement beyond the window is still believed (MAXACKWINCONST). */
const MAX_ACK_WINDOW = 66000

/** Flag sets that no sane stack sends are invalid (tcp_valid_flags: PSH, ECE, CWR and NS do not matter). */
export function hasValidFlags(flags: number): boolean {
  const relevant = flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK | TCP_URG)
  switch (relevant) {
    case TCP_SYN:
    case TCP_SYN | TCP_URG:
    case TCP_SYN | TCP_ACK:
    case TCP_RST:
    case TCP_RST | TCP_ACK:
    case TCP_FIN | TCP_ACK:
    case TCP_FIN | TCP_ACK | TCP_URG:
    case TCP_ACK:
    case TCP_ACK | TCP_URG:
      return true
    default:
      return false
  }
}

/** The first packet of a connection. False: it cannot begin one. */
export function newTcp(connection: Connection, segment: TcpSegment, settings: CtSettings): boolean {
  const next = NEXT[ORIGINAL]![indexOf(segment)]![0]!
  if (next >= INVALID) return false
  const tcp = freshTracking()
  const first = tcp.seen[0]
  first.end = endOf(segment)
  first.maxWindow = Math.max(segment.window, 1)
  if (STATES[next] === 'SYN_SENT') {
    first.maxEnd = first.end
    readScale(first, segment)
  } else {
    if (settings.tcpLoose === 0) return false
    first.maxEnd = (first.end + first.maxWindow) >>> 0
    tcp.liberal = true
  }
  connection.tcp = tcp
  return true
}

export function trackTcp(connection: Connection, segment: TcpSegment, direction: Direction, settings: CtSettings): TrackResult {
  const tcp = connection.tcp!
  const index = indexOf(segment)
  const old = STATES.indexOf(tcp.state)
  let next = NEXT[direction]![index]![old]!
  if (next === INVALID) return 'invalid'
  if (STATES[next] === 'SYN_SENT' && old >= 7 && mayReopen(tcp, direction)) return 'reopen'
  if (next === IGNORED || (STATES[next] === 'SYN_SENT' && old >= 7)) {
    if (!answersIgnoredSyn(tcp, segment, index, direction)) {
      remember(tcp, segment, index, direction)
      return 'ok'
    }
    next = SHORT['SR']!
    tcp.seen = [tcp.seen[0], freshSeen()]
  }
  if (STATES[next] === 'CLOSE' && index === RST && !isRstBelievable(tcp, segment, direction)) return 'invalid'
  if (!inWindow(tcp, segment, direction, settings)) return 'invalid'
  return moveOn(connection, segment, STATES[next]!, { index, direction, settings })
}

interface Move {
  readonly index: number
  readonly direction: Direction
  readonly settings: CtSettings
}

function moveOn(connection: Connection, segment: TcpSegment, next: TcpState, move: Move): TrackResult {
  const tcp = connection.tcp!
  const old = tcp.state
  countRetransmissions(tcp, segment, move)
  remember(tcp, segment, move.index, move.direction)
  tcp.state = next
  if (old !== next && next === 'FIN_WAIT') tcp.finSent[move.direction] = true
  let timeout = timeoutOf(tcp, move)
  if (!connection.has(IPS_SEEN_REPLY)) {
    // The only answer is a reset: there never was a connection.
    if (move.index === RST && connection.has(IPS_CONFIRMED)) return 'kill'
    if (next === 'ESTABLISHED') timeout = Math.min(timeout, move.settings.tcpUnacknowledged)
  } else if (!connection.has(IPS_ASSURED) && (old === 'SYN_RECV' || old === 'ESTABLISHED') && next === 'ESTABLISHED') {
    connection.status |= IPS_ASSURED
  }
  connection.timeoutUs = timeout * 1_000_000
  return 'ok'
}

function timeoutOf(tcp: TcpTracking, { index, settings }: Move): number {
  const base = settings.tcp[tcp.state]
  if (tcp.retransmissions >= settings.tcpMaxRetrans) return Math.min(base, settings.tcpMaxRetransTimeout)
  if (index === RST) return settings.tcp.CLOSE
  if (tcp.seen[0].unacknowledged || tcp.seen[1].unacknowledged) return Math.min(base, settings.tcpUnacknowledged)
  return base
}

/** A SYN on a connection that one side has closed or reset starts a new one. */
function mayReopen(tcp: TcpTracking, direction: Direction): boolean {
  return tcp.finSent[0] || tcp.finSent[1] || (tcp.lastDirection === direction && tcp.lastIndex === RST)
}

/** A SYN that was ignored as out of place was right after all when the other side acknowledges it. */
function answersIgnoredSyn(tcp: TcpTracking, segment: TcpSegment, index: number, direction: Direction): boolean {
  return index === SYNACK && tcp.lastIndex === SYN && direction !== tcp.lastDirection && segment.ack === tcp.lastEnd
}

function isRstBelievable(tcp: TcpTracking, segment: TcpSegment, direction: Direction): boolean {
  const other = tcp.seen[direction === ORIGINAL ? 1 : 0]
  return other.maxAck === null || !before(segment.seq, other.maxAck)
}

function remember(tcp: TcpTracking, segment: TcpSegment, index: number, direction: Direction): void {
  tcp.lastIndex = index
  tcp.lastDirection = direction
  tcp.lastSeq = segment.seq
  tcp.lastAck = segment.ack
  tcp.lastEnd = endOf(segment)
  tcp.lastWindow = segment.window
}

function countRetransmissions(tcp: TcpTracking, segment: TcpSegment, { index, direction }: Move): void {
  if (index !== ACK) return
  const same =
    tcp.lastDirection === direction &&
    tcp.lastSeq === segment.seq &&
    tcp.lastAck === segment.ack &&
    tcp.lastEnd === endOf(segment) &&
    tcp.lastWindow === segment.window
  tcp.retransmissions = same ? tcp.retransmissions + 1 : 0
}

/** The window check of van Rooij; updates what both sides are known to have sent. */
function inWindow(tcp: TcpTracking, segment: TcpSegment, direction: Direction, settings: CtSettings): boolean {
  const sender = tcp.seen[direction]
  const receiver = tcp.seen[direction === ORIGINAL ? 1 : 0]
  const isSyn = (segment.flags & TCP_SYN) !== 0
  const isAck = (segment.flags & TCP_ACK) !== 0
  let seq = segment.seq
  let end = endOf(segment)
  if (!beginSender(tcp, segment, direction)) return true
  let ack = segment.ack
  const isRst = (segment.flags & TCP_RST) !== 0
  if (!isAck || (isRst && ack === 0)) ack = receiver.end
  if (isRst && seq === 0 && tcp.state === 'SYN_SENT') seq = end = sender.end
  const inReceiveWindow = receiver.maxWindow === 0 || after(end, sender.end - receiver.maxWindow - 1)
  const fits =
    before(seq, sender.maxEnd + 1) &&
    inReceiveWindow &&
    before(ack, receiver.end + 1) &&
    after(ack, receiver.end - Math.max(sender.maxWindow, MAX_ACK_WINDOW) - 1)
  if (!fits) return tcp.liberal || settings.tcpBeLiberal !== 0
  const window = isSyn ? segment.window : segment.window * 2 ** sender.scale
  updateSender(sender, end, window, isAck ? ack : null)
  updateReceiver(receiver, sender, { end, ack, window })
  return true
}

/** False: nothing more to judge (the first SYN of the other side). */
function beginSender(tcp: TcpTracking, segment: TcpSegment, direction: Direction): boolean {
  const sender = tcp.seen[direction]
  const receiver = tcp.seen[direction === ORIGINAL ? 1 : 0]
  const isSyn = (segment.flags & TCP_SYN) !== 0
  const isAck = (segment.flags & TCP_ACK) !== 0
  const end = endOf(segment)
  const restarts = isSyn && after(end, sender.end) && (tcp.state === 'SYN_SENT' || tcp.state === 'SYN_RECV')
  if (sender.maxWindow !== 0 && !restarts) return true
  if (isSyn) {
    sender.end = sender.maxEnd = end
    sender.maxWindow = Math.max(segment.window, 1)
    readScale(sender, segment)
    if (!sender.scaleKnown || !receiver.scaleKnown) sender.scale = receiver.scale = 0
    return isAck
  }
  sender.end = end
  sender.maxWindow = Math.max(segment.window * 2 ** sender.scale, 1)
  sender.maxEnd = (end + sender.maxWindow) >>> 0
  if (receiver.maxWindow === 0) receiver.end = receiver.maxEnd = segment.ack
  else if (segment.ack === (receiver.end + 1) >>> 0) receiver.end = (receiver.end + 1) >>> 0
  return true
}

function updateSender(sender: TcpSeen, end: number, window: number, ack: number | null): void {
  sender.maxWindow = Math.max(sender.maxWindow, window)
  if (after(end, sender.end)) {
    sender.end = end
    sender.unacknowledged = true
  }
  if (ack !== null && (sender.maxAck === null || after(ack, sender.maxAck))) sender.maxAck = ack
}

function updateReceiver(receiver: TcpSeen, sender: TcpSeen, segment: { end: number; ack: number; window: number }): void {
  const { end, ack, window } = segment
  if (receiver.maxWindow !== 0 && after(end, sender.maxEnd)) receiver.maxWindow += (end - sender.maxEnd) >>> 0
  if (after(ack + window, receiver.maxEnd - 1)) receiver.maxEnd = (ack + window + (window === 0 ? 1 : 0)) >>> 0
  if (ack === receiver.end) receiver.unacknowledged = false
}

function indexOf(segment: TcpSegment): number {
  const { flags } = segment
  if ((flags & TCP_RST) !== 0) return RST
  if ((flags & TCP_SYN) !== 0) return (flags & TCP_ACK) !== 0 ? SYNACK : SYN
  if ((flags & TCP_FIN) !== 0) return FIN
  return (flags & TCP_ACK) !== 0 ? ACK : NONE
}

function endOf(segment: TcpSegment): number {
  const { flags } = segment
  const extra = ((flags & TCP_SYN) !== 0 ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0)
  return (segment.seq + segment.payload.length + extra) >>> 0
}

function readScale(seen: TcpSeen, segment: TcpSegment): void {
  const { options } = segment
  seen.scale = 0
  seen.scaleKnown = false
  for (let at = 0; at < options.length; ) {
    const kind = options[at]!
    if (kind === 0) return
    if (kind === 1) {
      at++
      continue
    }
    const length = options[at + 1] ?? 0
    if (length < 2) return
    if (kind === 3 && length === 3) {
      seen.scale = Math.min(options[at + 2] ?? 0, 14)
      seen.scaleKnown = true
    }
    at += length
  }
}

function freshSeen(): TcpSeen {
  return { end: 0, maxEnd: 0, maxWindow: 0, maxAck: null, scale: 0, scaleKnown: false, unacknowledged: false }
}

function freshTracking(): TcpTracking {
  return {
    state: 'NONE',
    seen: [freshSeen(), freshSeen()],
    lastDirection: ORIGINAL,
    lastIndex: NONE,
    lastSeq: 0,
    lastEnd: 0,
    lastAck: 0,
    lastWindow: 0,
    retransmissions: 0,
    liberal: false,
    finSent: [false, false],
  }
}

function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}

function after(a: number, b: number): boolean {
  return ((b - a) | 0) < 0
}

/** For an entry made by hand: in this state, windows not judged. */
export function newManualTcp(state: TcpState): TcpTracking {
  const tcp = freshTracking()
  tcp.state = state
  tcp.liberal = true
  return tcp
}
