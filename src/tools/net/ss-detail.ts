// What ss -o, -m and -i add to a row.
import type { TcpControl } from '../../kernel/tcp-control.js'
import type { Process } from '../../node/process.js'
import type { SocketRow } from './ss-rows.js'

/** ` timer:(on,200ms,1)`; '' when no timer runs. */
export function timerText(row: SocketRow): string {
  const control = row.control
  if (control === null) return ''
  const timer = control.retransmitTimer ?? control.stateTimer
  if (timer === null) return ''
  const name = control.retransmitTimer === null ? 'timewait' : control.inFlight.length === 0 && control.unsentBytes > 0 ? 'persist' : 'on'
  return ` timer:(${name},${spanText(Math.max(timer.atUs - control.nowUs, 0) / 1000)},${control.retries})`
}

/** `59sec`, `200ms`, `1min40sec` */
function spanText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds >= 60) return `${Math.floor(seconds / 60)}min${seconds % 60 > 0 ? `${seconds % 60}sec` : ''}`
  if (seconds >= 10) return `${seconds}sec`
  if (seconds > 0) return `${seconds}.${String(Math.floor(ms % 1000)).padStart(3, '0')}sec`
  return `${Math.floor(ms)}ms`
}

export function skmemText(row: SocketRow): string {
  return `skmem:(r${row.recvQ},rb131072,t0,tb87040,f0,w${row.sendQ},o0,bl0,d0)`
}

/** ` ts sack cubic wscale:7,7 rto:204 rtt:...`: what the connection really counts; congestion control does not exist here. */
export function connectionText(proc: Process, control: TcpControl): string {
  const parts: string[] = []
  if (proc.machine.image.toolAtLeast('iproute2', '3.0') && control.timestamps) parts.push('ts')
  if (control.sackPermitted) parts.push('sack')
  if (control.rcvWindowScale >= 0) parts.push(`wscale:${control.sndWindowScale},${Math.max(control.rcvWindowScale, 0)}`)
  parts.push(`rto:${Math.round(control.rtoUs / 1000)}`)
  if (control.srttUs > 0) parts.push(`rtt:${thousandths(control.srttUs)}/${thousandths(control.rttvarUs)}`)
  parts.push(`mss:${control.mss}`)
  if (control.bytesSent > 0) parts.push(`bytes_sent:${control.bytesSent}`)
  if (control.bytesAcked > 0) parts.push(`bytes_acked:${control.bytesAcked}`)
  if (control.bytesReceived > 0) parts.push(`bytes_received:${control.bytesReceived}`)
  parts.push(`segs_out:${control.segmentsOut}`, `segs_in:${control.segmentsIn}`)
  if (control.retransmitsTotal > 0) parts.push(`retrans:0/${control.retransmitsTotal}`)
  parts.push(`snd_wnd:${control.sndWnd}`)
  return ` ${parts.join(' ')}`
}

function thousandths(us: number): string {
  return String(Math.round(us) / 1000)
}
