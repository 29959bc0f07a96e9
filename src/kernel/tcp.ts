// TCP sockets as programs see them: connect, listen, accept, read, write, close.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import type { TcpSegment } from '../wire/tcp.js'
import { TCP_ACK, TCP_RST, TCP_SYN } from '../wire/tcp.js'
import type { Errno } from './errno.js'
import type { NetNamespace } from './netns.js'
import { Socket } from './socket.js'
import { socketRoute } from './socket-output.js'
import type { TcpOwner, TcpState } from './tcp-control.js'
import { SEND_BUFFER, seqAdd, TcpControl, takeBytes } from './tcp-control.js'
import { takeSynOptions } from './tcp-input.js'
import { parseTcpOptions } from './tcp-options.js'
import { advertisedMss, armRetransmit, fail, finish, finishLater, pushData, sendAck, sendReset, sendSyn } from './tcp-output.js'

export class TcpSocket extends Socket implements TcpOwner {
  readonly kind = 'tcp'
  /** The connection, or null for a fresh or listening socket. */
  control: TcpControl | null = null
  /** Waiting to be accepted, in order. */
  readonly acceptQueue: TcpControl[] = []
  /** Half open, towards this listener. */
  readonly synQueue = new Set<TcpControl>()
  backlog = 0
  isListening = false
  nodelay = false

  constructor(netns: NetNamespace, adopted: TcpControl | null = null) {
    super(netns)
    if (adopted !== null) this.adopt(adopted)
    netns.sockets.tcpSockets.add(this)
  }

  private adopt(control: TcpControl): void {
    const listener = control.socket
    this.control = control
    this.localAddress = control.localAddress
    this.localPort = control.localPort
    this.remoteAddress = control.remoteAddress
    this.remotePort = control.remotePort
    this.family = listener.family
    this.owner = listener.owner
    this.mark = listener.mark
    this.boundIfindex = listener.boundIfindex
    control.socket = this
    control.owner = this
  }

  get state(): TcpState {
    return this.isListening ? 'LISTEN' : (this.control?.state ?? 'CLOSED')
  }

  bind(address: Ipv4Address, port: number): Errno | null {
    if (this.localPort !== 0) return 'EINVAL'
    const sockets = this.netns.sockets
    if (address !== 0 && !sockets.isLocalOrBroadcast(address)) return 'EADDRNOTAVAIL'
    const chosen = port !== 0 ? port : sockets.choosePort((candidate) => sockets.isTcpFree(this, address, candidate))
    if (chosen === null || !sockets.isTcpFree(this, address, chosen)) return 'EADDRINUSE'
    this.localAddress = address
    this.localPort = chosen
    return null
  }

  listen(backlog: number): Errno | null {
    if (this.control !== null) return 'EINVAL'
    if (this.localPort === 0) {
      const errno = this.bind(this.localAddress, 0)
      if (errno !== null) return errno
    }
    this.backlog = Math.min(backlog, this.netns.sockets.settings.somaxconn)
    this.isListening = true
    return null
  }

  /** Starts the handshake. Watch the socket; then `isConnected` or `takeError`. */
  connect(address: Ipv4Address, port: number): Errno | null {
    if (this.control !== null) return this.control.isSynchronized ? 'EISCONN' : 'EALREADY'
    const dst = address === 0 ? 0x7f000001 : address
    const route = socketRoute(this, dst, this.localAddress)
    if (typeof route === 'string') return route
    if (route.type === 'broadcast' || route.type === 'multicast') return 'ENETUNREACH'
    const sockets = this.netns.sockets
    const src = this.localAddress !== 0 ? this.localAddress : route.prefSrc
    const chosen = this.localPort !== 0 ? this.localPort : sockets.choosePort((candidate) => sockets.isTupleFree(src, candidate, dst, port))
    if (chosen === null || !sockets.isTupleFree(src, chosen, dst, port)) return 'EADDRNOTAVAIL'
    const control = this.newControl(src, chosen, dst, port)
    control.state = 'SYN_SENT'
    control.sackPermitted = true
    control.timestamps = true
    this.localAddress = src
    this.localPort = chosen
    this.remoteAddress = dst
    this.remotePort = port
    this.control = control
    sockets.addConnection(control)
    // A SYN that OUTPUT drops is not an error to connect(): the timer tries again (tcp_connect).
    const errno = sendSyn(control)
    if (errno === 'ECONNREFUSED') return errno
    if (control.state === 'SYN_SENT') armRetransmit(control)
    return null
  }

  private newControl(src: Ipv4Address, sport: number, dst: Ipv4Address, dport: number): TcpControl {
    const control = new TcpControl(this, this)
    control.localAddress = src
    control.localPort = sport
    control.remoteAddress = dst
    control.remotePort = dport
    initControl(control)
    control.nodelay = this.nodelay
    return control
  }

  /** A SYN for this listener. False: the queue is full or the segment is no SYN. */
  incoming(packet: Ipv4Packet, segment: TcpSegment): boolean {
    if ((segment.flags & (TCP_SYN | TCP_ACK | TCP_RST)) !== TCP_SYN) return false
    if (this.acceptQueue.length > this.backlog || this.synQueue.size >= this.netns.sockets.settings.synBacklog) return false
    const control = this.newControl(packet.dst, segment.dport, packet.src, segment.sport)
    control.isPassive = true
    control.state = 'SYN_RECV'
    control.irs = segment.seq
    control.rcvNxt = seqAdd(segment.seq, 1)
    control.sackPermitted = true
    control.timestamps = true
    takeSynOptions(control, parseTcpOptions(segment.options))
    control.receiveWindow = initialWindow(advertisedMss(control) - 12)
    control.sndWnd = segment.window
    this.synQueue.add(control)
    this.netns.sockets.addConnection(control)
    sendSyn(control)
    if (control.state === 'SYN_RECV') armRetransmit(control)
    return true
  }

  /** The next finished connection; null when there is none. */
  accept(): TcpSocket | null {
    const control = this.acceptQueue.shift()
    return control === undefined ? null : new TcpSocket(this.netns, control)
  }

  get isConnected(): boolean {
    return this.control?.isSynchronized === true
  }

  /** Up to `limit` bytes; null = nothing there yet (see `isAtEnd`). */
  read(limit = 65_536): Uint8Array | null {
    const control = this.control
    if (control === null || control.receivedBytes === 0) return null
    const bytes = takeBytes(control.received, limit)
    const wasNarrow = (control.rcvAdvertised - control.rcvNxt) >>> 0 < 2 * control.mss
    control.receivedBytes -= bytes.length
    if (wasNarrow && !control.finReceived && control.isSynchronized) sendAck(control)
    return bytes
  }

  /** All was read and no more will come: FIN, error or close. */
  get isAtEnd(): boolean {
    const control = this.control
    return control === null || (control.receivedBytes === 0 && (control.finReceived || control.state === 'CLOSED' || control.isOrphan))
  }

  write(data: Uint8Array): Errno | null {
    const pending = this.takeError()
    if (pending !== null) return pending
    const control = this.control
    if (
      control === null ||
      !(control.state === 'ESTABLISHED' || control.state === 'CLOSE_WAIT' || control.state === 'SYN_SENT') ||
      control.finQueued
    )
      return 'EPIPE'
    if (data.length === 0) return null
    control.unsent.push(data)
    control.unsentBytes += data.length
    if (control.state !== 'SYN_SENT') pushData(control)
    return null
  }

  /** Room in the send buffer: a writer that sees false waits. */
  get canWrite(): boolean {
    const control = this.control
    return control !== null && control.unsentBytes + control.bytesInFlight < SEND_BUFFER
  }

  /** shutdown(SHUT_WR): a FIN follows what was written. */
  shutdown(): void {
    const control = this.control
    if (control === null || control.finQueued) return
    if (control.state === 'ESTABLISHED') control.state = 'FIN_WAIT1'
    else if (control.state === 'CLOSE_WAIT') control.state = 'LAST_ACK'
    else return
    control.finQueued = true
    pushData(control)
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    const sockets = this.netns.sockets
    sockets.tcpSockets.delete(this)
    if (this.isListening) this.closeListener()
    const control = this.control
    if (control !== null) closeConnection(control, () => this.shutdown())
    this.wake()
  }

  private closeListener(): void {
    for (const control of [...this.acceptQueue, ...this.synQueue]) {
      sendReset(control)
      finish(control)
    }
    this.acceptQueue.length = 0
    this.synQueue.clear()
    this.isListening = false
  }

  /** Ends at once with a reset. */
  abort(): void {
    const control = this.control
    if (control?.isSynchronized === true && control.state !== 'TIME_WAIT') sendReset(control)
    if (control !== null) finish(control)
    this.close()
  }

  connected(control: TcpControl): void {
    if (this.synQueue.delete(control)) this.acceptQueue.push(control)
    this.wake()
  }

  changed(_control: TcpControl): void {
    this.wake()
  }

  finished(control: TcpControl): void {
    this.synQueue.delete(control)
    this.netns.sockets.removeConnection(control)
    if (control === this.control && control.error !== null) this.pendingError = control.error
    this.wake()
  }
}

/** From outside (ss -K): the peer gets a reset, the program an error. */
export function abortConnection(control: TcpControl): void {
  if (control.state === 'TIME_WAIT') return finish(control)
  if (control.isSynchronized) sendReset(control)
  fail(control, 'ECONNABORTED')
}

function closeConnection(control: TcpControl, shutdown: () => void): void {
  if (control.state === 'SYN_SENT' || control.state === 'SYN_RECV') return finish(control)
  if (control.receivedBytes > 0) {
    // Unread data is lost: the peer must know (RFC 2525, 2.17).
    sendReset(control)
    return finish(control)
  }
  shutdown()
  control.isOrphan = true
  if (control.state === 'FIN_WAIT2') {
    control.stateTimer ??= finishLater(control, control.socket.netns.sockets.settings.finTimeoutSeconds * 1_000_000)
  }
}

function initControl(control: TcpControl): void {
  const sockets = control.socket.netns.sockets
  control.iss = sockets.random.uint32()
  control.sndUna = control.iss
  control.sndNxt = seqAdd(control.iss, 1)
  control.timestampOffset = sockets.random.uint32()
  control.ipId = sockets.random.below(65_536)
  control.rcvWindowScale = sockets.settings.windowScale
  control.receiveWindow = initialWindow(advertisedMss(control))
}

/** As many whole segments as fit into 65535 bytes (tcp_select_initial_window). */
function initialWindow(mss: number): number {
  return Math.max(Math.floor(65_535 / mss), 1) * mss
}

/** An ICMP error about this connection: final while it is being set up, a note afterwards. */
export function tcpIcmpError(control: TcpControl, errno: Errno): void {
  if (control.state === 'SYN_SENT' || control.state === 'SYN_RECV') fail(control, errno)
  else control.softError = errno
}
