// TCP's sending half: segments, windows, retransmission with backoff, resets. Differs: no congestion control, the peer's window alone limits.

import type { Task, Timer } from '../sim/scheduler.js'
import { NO_BYTES } from '../wire/header.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import { PROTO_TCP } from '../wire/ipv4.js'
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN, TcpSegment } from '../wire/tcp.js'
import type { Errno } from './errno.js'
import type { Socket } from './socket.js'
import { socketMtu, socketOutput } from './socket-output.js'
import type { SentSegment, TcpControl } from './tcp-control.js'
import { seqAdd, seqDiff, takeBytes } from './tcp-control.js'
import { synOptions, timestampOption } from './tcp-options.js'

const RTO_MIN_US = 200_000
const RTO_MAX_US = 120_000_000
const TIME_WAIT_US = 60_000_000

/** SYN or SYN-ACK, first or repeated. */
export function sendSyn(control: TcpControl): Errno | null {
  const passive = control.state === 'SYN_RECV'
  const options = synOptions({
    mss: advertisedMss(control),
    sackPermitted: passive ? control.sackPermitted : true,
    timestamps: passive && !control.timestamps ? null : { value: timestamp(control), echo: passive ? control.timestampRecent : 0 },
    windowScale: passive && control.rcvWindowScale < 0 ? null : Math.max(control.rcvWindowScale, 0),
  })
  const flags = passive ? TCP_SYN | TCP_ACK : TCP_SYN
  const segment = new TcpSegment({
    sport: control.localPort,
    dport: control.remotePort,
    seq: control.iss,
    ack: passive ? control.rcvNxt : 0,
    flags,
    window: Math.min(control.receiveWindow, 65_535),
    options,
  })
  control.rcvAdvertised = seqAdd(control.rcvNxt, control.receiveWindow)
  return transmit(control, segment)
}

/** What the length field of IPv4 holds (IP_MAX_MTU): lo has one byte more. */
const IP_MAX_MTU = 65_535

export function advertisedMss(control: TcpControl): number {
  const mtu = socketMtu(control.socket, control.remoteAddress, control.localAddress)
  return mtu === null ? 1460 : Math.max(Math.min(mtu, IP_MAX_MTU) - 40, 88)
}

/** After the handshake: what fits into one segment, path MTU and options considered. */
export function updateMss(control: TcpControl): void {
  const path = advertisedMss(control)
  control.mss = Math.max(Math.min(path, control.peerMss) - (control.timestamps ? 12 : 0), 48)
}

/** TCP_DELACK_MIN */
const DELAYED_ACK_US = 40_000

/** Soon: a close that follows carries it. */
export function sendAckSoon(control: TcpControl): void {
  control.delayedAck ??= control.socket.netns.kernel.sim.scheduler.after(DELAYED_ACK_US, new DelayedAck(control))
}

class DelayedAck implements Task {
  constructor(private readonly control: TcpControl) {}

  fire(): void {
    this.control.delayedAck = null
    if (this.control.state !== 'CLOSED') sendAck(this.control)
  }
}

function ackLeaves(control: TcpControl): void {
  control.delayedAck?.cancel()
  control.delayedAck = null
}

export function sendAck(control: TcpControl): void {
  transmit(control, dataSegment(control, control.sndNxt, TCP_ACK, NO_BYTES))
}

/** Sends what the window allows, and the FIN behind the last byte. */
export function pushData(control: TcpControl): void {
  while (control.unsentBytes > 0) {
    const room = control.sndWnd - control.bytesInFlight
    if (room <= 0) break
    const length = Math.min(control.unsentBytes, control.mss, room)
    // Nagle: a small segment waits while another is in flight.
    if (length < control.mss && length === control.unsentBytes && control.inFlight.length > 0 && !control.nodelay && !control.finQueued)
      break
    const payload = takeBytes(control.unsent, length)
    control.unsentBytes -= payload.length
    control.bytesSent += payload.length
    const last = control.unsentBytes === 0
    // Linux joins the FIN to the last data segment only when both are queued before sending; close() comes later.
    sendTracked(control, TCP_ACK | (last ? TCP_PSH : 0), payload)
  }
  if (control.finQueued && !control.finSent && control.unsentBytes === 0) {
    control.finSent = true
    sendTracked(control, TCP_FIN | TCP_ACK, NO_BYTES)
  }
  if (control.unsentBytes > 0 && control.inFlight.length === 0) armRetransmit(control)
}

function sendTracked(control: TcpControl, flags: number, payload: Uint8Array): void {
  const entry: SentSegment = { seq: control.sndNxt, flags, payload, sentAtUs: control.nowUs, retransmitted: false }
  control.inFlight.push(entry)
  control.sndNxt = seqAdd(control.sndNxt, payload.length + ((flags & TCP_FIN) !== 0 ? 1 : 0))
  if (control.retransmitTimer === null) armRetransmit(control)
  transmit(control, dataSegment(control, entry.seq, flags, payload))
}

function dataSegment(control: TcpControl, seq: number, flags: number, payload: Uint8Array): TcpSegment {
  ackLeaves(control)
  return new TcpSegment({
    sport: control.localPort,
    dport: control.remotePort,
    seq,
    ack: control.rcvNxt,
    flags,
    window: windowToAdvertise(control),
    options: timestampOption(control.timestamps ? { value: timestamp(control), echo: control.timestampRecent } : null),
    payload,
  })
}

/** The window field: free buffer in whole scale units, never taking back what was promised. */
function windowToAdvertise(control: TcpControl): number {
  const scale = Math.max(control.rcvWindowScale, 0)
  const unit = 1 << scale
  const promised = Math.max(seqDiff(control.rcvAdvertised, control.rcvNxt), 0)
  const window = Math.max(control.receiveWindow - control.receivedBytes, promised, 0)
  const field = Math.min(Math.ceil(window / unit), 65_535)
  control.rcvAdvertised = seqAdd(control.rcvNxt, field << scale)
  return field
}

/** Milliseconds, as Linux counts them. */
export function timestamp(control: TcpControl): number {
  return (Math.floor(control.nowUs / 1000) + control.timestampOffset) >>> 0
}

function transmit(control: TcpControl, segment: TcpSegment): Errno | null {
  control.segmentsOut++
  return socketOutput(control.socket, {
    dst: control.remoteAddress,
    src: control.localAddress,
    proto: PROTO_TCP,
    payload: segment,
    dontFragment: true,
    // Linux numbers SYN-ACKs and resets zero: no connection to count them for.
    id: control.state === 'SYN_RECV' ? 0 : nextId(control),
  })
}

function nextId(control: TcpControl): number {
  control.ipId = (control.ipId + 1) & 0xffff
  return control.ipId
}

export function sendReset(control: TcpControl): void {
  transmit(
    control,
    new TcpSegment({
      sport: control.localPort,
      dport: control.remotePort,
      seq: control.sndNxt,
      ack: control.rcvNxt,
      flags: TCP_RST | TCP_ACK,
      window: 0,
    }),
  )
}

/** The answer to a segment that belongs to no connection (RFC 9293, 3.10.7.1). */
export function resetFor(socket: Socket, packet: Ipv4Packet, segment: TcpSegment): void {
  if ((segment.flags & TCP_RST) !== 0) return
  const hasAck = (segment.flags & TCP_ACK) !== 0
  const length = segment.payload.length + ((segment.flags & TCP_SYN) !== 0 ? 1 : 0) + ((segment.flags & TCP_FIN) !== 0 ? 1 : 0)
  const reset = new TcpSegment({
    sport: segment.dport,
    dport: segment.sport,
    seq: hasAck ? segment.ack : 0,
    ack: hasAck ? 0 : seqAdd(segment.seq, length),
    flags: hasAck ? TCP_RST : TCP_RST | TCP_ACK,
    window: 0,
  })
  socketOutput(socket, { dst: packet.src, src: packet.dst, proto: PROTO_TCP, payload: reset, dontFragment: true, id: 0 })
}

export function armRetransmit(control: TcpControl): void {
  control.retransmitTimer?.cancel()
  control.retransmitTimer = control.socket.netns.kernel.sim.scheduler.after(control.rtoUs, new RetransmitTimeout(control))
}

class RetransmitTimeout implements Task {
  constructor(private readonly control: TcpControl) {}

  fire(): void {
    retransmitTimeout(this.control)
  }
}

export function stopRetransmit(control: TcpControl): void {
  control.retransmitTimer?.cancel()
  control.retransmitTimer = null
}

function retransmitTimeout(control: TcpControl): void {
  control.retransmitTimer = null
  if (control.state === 'CLOSED' || control.state === 'TIME_WAIT') return
  const limit = retryLimit(control)
  if (control.retries >= limit) {
    fail(control, control.softError ?? 'ETIMEDOUT')
    return
  }
  control.retries++
  control.rtoUs = Math.min(control.rtoUs * 2, RTO_MAX_US)
  if (control.state === 'SYN_SENT' || control.state === 'SYN_RECV') sendSyn(control)
  else if (control.inFlight.length > 0) {
    control.recover = control.sndNxt
    resend(control, control.inFlight[0]!)
  } else probeWindow(control)
  armRetransmit(control)
}

function retryLimit(control: TcpControl): number {
  const settings = control.socket.netns.sockets.settings
  if (control.state === 'SYN_SENT') return settings.synRetries
  if (control.state === 'SYN_RECV') return settings.synackRetries
  return control.isOrphan ? 8 : settings.retries2
}

/** Again, cut to the segment size of now (the path MTU may have shrunk). */
export function resend(control: TcpControl, entry: SentSegment): void {
  control.retransmitsTotal++
  let current = entry
  if (entry.payload.length > control.mss) {
    const at = control.inFlight.indexOf(entry)
    const head: SentSegment = {
      seq: entry.seq,
      flags: entry.flags & ~(TCP_PSH | TCP_FIN),
      payload: entry.payload.subarray(0, control.mss),
      sentAtUs: control.nowUs,
      retransmitted: true,
    }
    const tail: SentSegment = {
      seq: seqAdd(entry.seq, control.mss),
      flags: entry.flags,
      payload: entry.payload.subarray(control.mss),
      sentAtUs: control.nowUs,
      retransmitted: true,
    }
    control.inFlight.splice(at, 1, head, tail)
    current = head
  }
  current.retransmitted = true
  transmit(control, dataSegment(control, current.seq, current.flags, current.payload))
}

/** The peer's window is shut: an old sequence number asks whether it has opened. */
function probeWindow(control: TcpControl): void {
  transmit(control, dataSegment(control, seqAdd(control.sndUna, 0xffffffff), TCP_ACK, NO_BYTES))
}

/** RFC 6298 with Linux's floor of 200 ms. */
export function sampleRtt(control: TcpControl, rttUs: number): void {
  if (control.srttUs === 0) {
    control.srttUs = Math.max(rttUs, 1)
    control.rttvarUs = rttUs / 2
  } else {
    control.rttvarUs = 0.75 * control.rttvarUs + 0.25 * Math.abs(control.srttUs - rttUs)
    control.srttUs = 0.875 * control.srttUs + 0.125 * rttUs
  }
  control.rtoUs = Math.min(Math.max(control.srttUs + Math.max(4 * control.rttvarUs, RTO_MIN_US), RTO_MIN_US), RTO_MAX_US)
}

/** The end with an error the socket reports. */
export function fail(control: TcpControl, errno: Errno): void {
  control.error = errno
  finish(control)
}

/** The tuple is free again. */
export function finish(control: TcpControl): void {
  if (control.state === 'CLOSED') return
  control.state = 'CLOSED'
  ackLeaves(control)
  stopRetransmit(control)
  control.stateTimer?.cancel()
  control.stateTimer = null
  control.owner.finished(control)
}

export function enterTimeWait(control: TcpControl): void {
  control.state = 'TIME_WAIT'
  stopRetransmit(control)
  restartTimeWait(control)
}

export function restartTimeWait(control: TcpControl): void {
  control.stateTimer?.cancel()
  control.stateTimer = finishLater(control, TIME_WAIT_US)
}

export function finishLater(control: TcpControl, delayUs: number): Timer {
  return control.socket.netns.kernel.sim.scheduler.after(delayUs, new Finish(control))
}

class Finish implements Task {
  constructor(private readonly control: TcpControl) {}

  fire(): void {
    finish(this.control)
  }
}
