// TCP's receiving half: the state machine of RFC 9293, section 3.10.7, for segments that belong to a connection.

import { NO_BYTES } from '../wire/header.js'
import type { TcpSegment } from '../wire/tcp.js'
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../wire/tcp.js'
import type { TcpControl } from './tcp-control.js'
import { seqAdd, seqDiff } from './tcp-control.js'
import type { TcpOptions } from './tcp-options.js'
import { parseTcpOptions } from './tcp-options.js'
import {
  armRetransmit,
  enterTimeWait,
  fail,
  finish,
  finishLater,
  pushData,
  resend,
  restartTimeWait,
  sampleRtt,
  sendAck,
  sendAckSoon,
  sendReset,
  sendSyn,
  stopRetransmit,
  timestamp,
  updateMss,
} from './tcp-output.js'

const FIN_WAIT2_US = 60_000_000

/** False: the segment does not fit and counts as dropped. */
export function tcpInput(control: TcpControl, segment: TcpSegment): boolean {
  control.segmentsIn++
  const options = parseTcpOptions(segment.options)
  if (control.state === 'SYN_SENT') return synSentInput(control, segment, options)
  if (!isAcceptable(control, segment)) {
    if ((segment.flags & TCP_RST) === 0) answerOutOfWindow(control, segment)
    return false
  }
  if ((segment.flags & TCP_RST) !== 0) {
    resetReceived(control)
    return true
  }
  if ((segment.flags & TCP_SYN) !== 0) {
    sendAck(control)
    return false
  }
  if ((segment.flags & TCP_ACK) === 0) return false
  if (options.timestamps !== null && control.timestamps && seqDiff(segment.seq, control.rcvNxt) <= 0)
    control.timestampRecent = options.timestamps.value
  if (control.state === 'SYN_RECV' && !finishHandshake(control, segment, options)) return false
  ackInput(control, segment, options)
  if ((control.state as string) === 'CLOSED') return true
  dataInput(control, segment)
  return true
}

/** Some byte of it lies in the receive window. */
function isAcceptable(control: TcpControl, segment: TcpSegment): boolean {
  const length = segment.payload.length + ((segment.flags & TCP_FIN) !== 0 ? 1 : 0) + ((segment.flags & TCP_SYN) !== 0 ? 1 : 0)
  const window = Math.max(seqDiff(control.rcvAdvertised, control.rcvNxt), 0)
  const start = seqDiff(segment.seq, control.rcvNxt)
  if (length === 0) return start === 0 || (start > 0 && start < Math.max(window, 1))
  return start + length > 0 && start < Math.max(window, 1)
}

/** Old data, an old FIN or a window probe: say again where we are. */
function answerOutOfWindow(control: TcpControl, segment: TcpSegment): void {
  if (control.state === 'SYN_RECV') {
    if ((segment.flags & TCP_SYN) !== 0) sendSyn(control)
    return
  }
  if (control.state === 'TIME_WAIT' && (segment.flags & TCP_FIN) !== 0) restartTimeWait(control)
  sendAck(control)
}

function synSentInput(control: TcpControl, segment: TcpSegment, options: TcpOptions): boolean {
  const acks = (segment.flags & TCP_ACK) !== 0
  if (acks && segment.ack !== control.sndNxt) return false
  if ((segment.flags & TCP_RST) !== 0) {
    if (acks) fail(control, 'ECONNREFUSED')
    return acks
  }
  if ((segment.flags & TCP_SYN) === 0 || !acks) return false
  control.irs = segment.seq
  control.rcvNxt = seqAdd(segment.seq, 1)
  takeSynOptions(control, options)
  control.sndUna = segment.ack
  control.sndWnd = segment.window
  if (control.retries === 0 && options.timestamps !== null) sampleRtt(control, (timestamp(control) - options.timestamps.echo) * 1000)
  control.rcvAdvertised = seqAdd(control.rcvNxt, control.receiveWindow)
  establish(control)
  sendAck(control)
  control.owner.connected(control)
  pushData(control)
  return true
}

/** What both sides agreed on in their SYNs. */
export function takeSynOptions(control: TcpControl, options: TcpOptions): void {
  control.peerMss = options.mss ?? 536
  control.sackPermitted = control.sackPermitted && options.sackPermitted
  control.timestamps = control.timestamps && options.timestamps !== null
  if (options.timestamps !== null) control.timestampRecent = options.timestamps.value
  if (options.windowScale === null) {
    control.rcvWindowScale = -1
    control.sndWindowScale = 0
  } else control.sndWindowScale = options.windowScale
  updateMss(control)
}

function finishHandshake(control: TcpControl, segment: TcpSegment, options: TcpOptions): boolean {
  if (segment.ack !== control.sndNxt) {
    sendReset(control)
    return false
  }
  if (control.retries === 0 && options.timestamps !== null) sampleRtt(control, (timestamp(control) - options.timestamps.echo) * 1000)
  control.sndUna = segment.ack
  control.sndWnd = segment.window << control.sndWindowScale
  establish(control)
  control.owner.connected(control)
  return true
}

function establish(control: TcpControl): void {
  control.state = 'ESTABLISHED'
  control.retries = 0
  if (control.srttUs === 0) control.rtoUs = 1_000_000
  stopRetransmit(control)
}

function resetReceived(control: TcpControl): void {
  if (control.state === 'SYN_RECV' || control.state === 'TIME_WAIT') finish(control)
  else if (control.state === 'CLOSE_WAIT') fail(control, 'EPIPE')
  else fail(control, 'ECONNRESET')
}

function ackInput(control: TcpControl, segment: TcpSegment, options: TcpOptions): void {
  const acked = seqDiff(segment.ack, control.sndUna)
  if (acked < 0 || seqDiff(segment.ack, control.sndNxt) > 0) return
  const window = segment.window << control.sndWindowScale
  const hadWindow = control.sndWnd
  control.sndWnd = window
  if (acked > 0) {
    removeAcked(control, segment.ack, options)
    control.retries = 0
    if (control.inFlight.length > 0) armRetransmit(control)
    else stopRetransmit(control)
    finAcked(control)
  } else if (control.inFlight.length > 0 && segment.payload.length === 0 && window === hadWindow) duplicateAck(control)
  if (control.state !== 'CLOSED' && control.state !== 'TIME_WAIT') pushData(control)
  control.owner.changed(control)
}

/** Three of them: the first unacknowledged segment is lost (RFC 5681, 3.2). */
function duplicateAck(control: TcpControl): void {
  if (++control.duplicateAcks !== 3) return
  control.recover = control.sndNxt
  resend(control, control.inFlight[0]!)
}

function removeAcked(control: TcpControl, ack: number, options: TcpOptions): void {
  control.duplicateAcks = 0
  control.bytesAcked += seqDiff(ack, control.sndUna)
  control.sndUna = ack
  let wasRetransmitted = false
  let sentAtUs: number | null = null
  while (control.inFlight.length > 0) {
    const first = control.inFlight[0]!
    const end = seqAdd(first.seq, first.payload.length + ((first.flags & TCP_FIN) !== 0 ? 1 : 0))
    if (seqDiff(end, ack) > 0) break
    control.inFlight.shift()
    wasRetransmitted ||= first.retransmitted
    sentAtUs = first.sentAtUs
  }
  sampleAck(control, options, wasRetransmitted ? null : sentAtUs)
  repair(control)
}

/** One sample an acknowledgement: of the last segment, or by the echoed timestamp once anything was sent twice (Karn). */
function sampleAck(control: TcpControl, options: TcpOptions, sentAtUs: number | null): void {
  if (sentAtUs !== null) sampleRtt(control, control.nowUs - sentAtUs)
  else if (options.timestamps !== null && control.timestamps)
    sampleRtt(control, Math.max((timestamp(control) - options.timestamps.echo) | 0, 0) * 1000)
}

/** A partial acknowledgement after a loss: the next segment is missing too (NewReno, RFC 6582). */
function repair(control: TcpControl): void {
  if (control.recover === null) return
  if (seqDiff(control.sndUna, control.recover) >= 0 || control.inFlight.length === 0) control.recover = null
  else resend(control, control.inFlight[0]!)
}

/** Our FIN was acknowledged: half of the connection is done. */
function finAcked(control: TcpControl): void {
  if (!control.finSent || control.sndUna !== control.sndNxt) return
  if (control.state === 'FIN_WAIT1') {
    control.state = 'FIN_WAIT2'
    if (control.isOrphan) control.stateTimer = finishLater(control, FIN_WAIT2_US)
  } else if (control.state === 'CLOSING') enterTimeWait(control)
  else if (control.state === 'LAST_ACK') finish(control)
}

function dataInput(control: TcpControl, segment: TcpSegment): void {
  const fin = (segment.flags & TCP_FIN) !== 0
  if (segment.payload.length === 0 && !fin) return
  if (control.isOrphan && segment.payload.length > 0 && (control.state === 'FIN_WAIT1' || control.state === 'FIN_WAIT2')) {
    // Data for a closed socket: Linux resets the connection.
    sendReset(control)
    finish(control)
    return
  }
  if (control.finReceived) {
    sendAck(control)
    return
  }
  if (seqDiff(segment.seq, control.rcvNxt) > 0) {
    control.early.set(segment.seq, { payload: segment.payload, fin })
    sendAck(control)
    return
  }
  takeInOrder(control, segment.seq, segment.payload, fin)
  takeEarly(control)
  if (control.finReceived) finReceived(control)
  // Linux expects its own side to close now and lets that FIN carry the acknowledgement (tcp_fin enters pingpong mode).
  if (control.finReceived && control.state === 'CLOSE_WAIT') sendAckSoon(control)
  else sendAck(control)
  control.owner.changed(control)
}

function takeInOrder(control: TcpControl, seq: number, payload: Uint8Array, fin: boolean): void {
  const skip = seqDiff(control.rcvNxt, seq)
  const fresh = skip === 0 ? payload : skip < payload.length ? payload.subarray(skip) : NO_BYTES
  if (fresh.length > 0) {
    control.received.push(fresh)
    control.receivedBytes += fresh.length
    control.bytesReceived += fresh.length
    control.rcvNxt = seqAdd(control.rcvNxt, fresh.length)
  }
  if (fin && skip <= payload.length) {
    control.rcvNxt = seqAdd(control.rcvNxt, 1)
    control.finReceived = true
  }
}

function takeEarly(control: TcpControl): void {
  for (let found = true; found && control.early.size > 0; ) {
    found = false
    for (const [seq, { payload, fin }] of control.early) {
      if (seqDiff(seq, control.rcvNxt) > 0) continue
      control.early.delete(seq)
      takeInOrder(control, seq, payload, fin)
      found = true
    }
  }
}

function finReceived(control: TcpControl): void {
  if (control.state === 'ESTABLISHED') control.state = 'CLOSE_WAIT'
  else if (control.state === 'FIN_WAIT1') control.state = 'CLOSING'
  else if (control.state === 'FIN_WAIT2') enterTimeWait(control)
}
