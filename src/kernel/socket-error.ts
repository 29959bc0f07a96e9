// ICMP errors on their way to the socket whose packet they quote.
import type { Ipv4Address } from '../addr/ipv4.js'
import { get16, get32 } from '../wire/bytes.js'
import { encodePayload } from '../wire/encode.js'
import { ICMP_DEST_UNREACH, ICMP_ECHO, ICMP_FRAG_NEEDED } from '../wire/icmp.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import { PROTO_ICMP, PROTO_TCP, PROTO_UDP } from '../wire/ipv4.js'
import type { PingSocket } from './ping-socket.js'
import type { RawSocket } from './raw.js'
import type { IcmpErrno, Socket, SocketError } from './socket.js'
import { errnoOfIcmp } from './socket.js'
import { tcpIcmpError } from './tcp.js'
import type { TcpControl } from './tcp-control.js'
import { seqDiff } from './tcp-control.js'
import { resend, updateMss } from './tcp-output.js'
import type { UdpSocket } from './udp.js'

/** What an ICMP error says to the sender of the quoted packet. */
export interface IcmpErrorReport {
  readonly type: number
  readonly code: number
  /** MTU of "frag needed", else 0. */
  readonly mtu: number
  /** Who sent the error; for errors raised on this machine the own address. */
  readonly from: Ipv4Address
  /** The quoted packet, its transport header at least 8 bytes. */
  readonly quoted: Ipv4Packet
}

/** The tables an error looks through. */
interface ErrorTargets {
  readonly udpSockets: ReadonlySet<UdpSocket>
  readonly rawSockets: ReadonlySet<RawSocket>
  readonly pingSockets: ReadonlySet<PingSocket>
  readonly connections: ReadonlyMap<string, TcpControl>
}

export function reportIcmpError(targets: ErrorTargets, report: IcmpErrorReport): void {
  const quoted = report.quoted
  const head = encodePayload(quoted.payload, quoted.src, quoted.dst)
  if (head.length < 8) return
  for (const socket of targets.rawSockets) rawError(socket, report)
  if (quoted.proto === PROTO_UDP) udpError(targets, report, get16(head, 0), get16(head, 2))
  else if (quoted.proto === PROTO_TCP) tcpError(targets, report, head)
  else if (quoted.proto === PROTO_ICMP && head[0] === ICMP_ECHO) pingError(targets, report, get16(head, 4))
}

function isFragNeeded(report: IcmpErrorReport): boolean {
  return report.type === ICMP_DEST_UNREACH && report.code === ICMP_FRAG_NEEDED
}

function errorOf(report: IcmpErrorReport, errno: IcmpErrno, atUs: number): SocketError {
  return {
    errno: errno.errno,
    origin: 'icmp',
    type: report.type,
    code: report.code,
    from: report.from,
    mtu: report.mtu,
    quoted: report.quoted,
    atUs,
  }
}

/** Those who asked (IP_RECVERR) hear everything; others only what is final, and only when connected. */
function tell(socket: Socket, report: IcmpErrorReport, isConnected: boolean): void {
  const errno = errnoOfIcmp(report.type, report.code)
  const isHard = errno.isHard || (isFragNeeded(report) && socket.mtuDiscover !== 'dont')
  if (!socket.receiveErrors && !(isHard && isConnected)) return
  socket.queueError(errorOf(report, errno, socket.netns.kernel.sim.nowUs))
  socket.setError(errno.errno)
}

function udpError(targets: ErrorTargets, report: IcmpErrorReport, sport: number, dport: number): void {
  const { src, dst } = report.quoted
  let best: UdpSocket | null = null
  for (const socket of targets.udpSockets) {
    if (socket.localPort !== sport || (socket.localAddress !== 0 && socket.localAddress !== src)) continue
    if (socket.isConnected && (socket.remoteAddress !== dst || socket.remotePort !== dport)) continue
    if (best === null || socket.isConnected) best = socket
  }
  if (best !== null) tell(best, report, best.isConnected)
}

function rawError(socket: RawSocket, report: IcmpErrorReport): void {
  const { src, dst, proto } = report.quoted
  if (socket.proto !== proto) return
  if (socket.localAddress !== 0 && socket.localAddress !== src) return
  if (socket.remoteAddress !== 0 && socket.remoteAddress !== dst) return
  tell(socket, report, true)
}

function pingError(targets: ErrorTargets, report: IcmpErrorReport, id: number): void {
  for (const socket of targets.pingSockets) {
    if (socket.localPort === id && (socket.localAddress === 0 || socket.localAddress === report.quoted.src))
      tell(socket, report, socket.remoteAddress !== 0)
  }
}

function tcpError(targets: ErrorTargets, report: IcmpErrorReport, head: Uint8Array): void {
  const { src, dst } = report.quoted
  const control = targets.connections.get(`${src}:${get16(head, 0)}:${dst}:${get16(head, 2)}`)
  if (control === undefined || control.state === 'TIME_WAIT') return
  const seq = get32(head, 4)
  if (control.state !== 'SYN_SENT' && (seqDiff(seq, control.sndUna) < 0 || seqDiff(seq, control.sndNxt) > 0)) return
  if (isFragNeeded(report)) {
    updateMss(control)
    if (control.inFlight.length > 0) for (const entry of [...control.inFlight]) resend(control, entry)
    return
  }
  tcpIcmpError(control, errnoOfIcmp(report.type, report.code).errno)
}
