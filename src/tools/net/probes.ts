// The three kinds of probes that path tools send: UDP to rising ports, ICMP echo, half-open TCP.
import type { Ipv4Address } from '../../addr/ipv4.js'
import type { Errno } from '../../kernel/errno.js'
import type { RawSocket } from '../../kernel/raw.js'
import type { Socket } from '../../kernel/socket.js'
import { synOptions } from '../../kernel/tcp-options.js'
import type { UdpSocket } from '../../kernel/udp.js'
import { openRaw, openUdp } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { encodePayload } from '../../wire/encode.js'
import { ICMP_DEST_UNREACH, ICMP_ECHO, ICMP_ECHO_REPLY, ICMP_TIME_EXCEEDED, IcmpMessage } from '../../wire/icmp.js'
import type { Ipv4Packet } from '../../wire/ipv4.js'
import { PROTO_ICMP, PROTO_TCP } from '../../wire/ipv4.js'
import { TCP_ACK, TCP_RST, TCP_SYN, TcpSegment } from '../../wire/tcp.js'

export interface Probe {
  sentUs: number
  receivedUs: number
  from: Ipv4Address | null
  /** What is printed behind the time: `!H`; empty for a plain hop. */
  mark: string
  isDone: boolean
  /** The path ends here. */
  isFinal: boolean
  /** TTL the answer had left, for tracepath's way back. */
  replyTtl: number
}

export function newProbe(): Probe {
  return { sentUs: 0, receivedUs: 0, from: null, mark: '', isDone: false, isFinal: false, replyTtl: 0 }
}

export interface ProbeSettings {
  readonly target: Ipv4Address
  readonly source: Ipv4Address
  readonly ifindex: number
  readonly tos: number
  readonly fwmark: number
  readonly port: number
  readonly sourcePort: number
  /** Payload bytes behind the transport header. */
  readonly dataLength: number
  readonly dontFragment: boolean
}

export interface ProbeKind {
  /** Sockets to wait on now. */
  readonly sockets: readonly Socket[]
  /** Null: sent. */
  send(probe: Probe, ttl: number): Errno | null
  /** Takes what came in and fills the probes it answers. */
  collect(): void
  forget(probe: Probe): void
}

/** The words for an unreachable, as traceroute marks it. */
export function unreachableMark(code: number, mtu: number): string {
  switch (code) {
    case 0:
      return '!N'
    case 1:
      return '!H'
    case 2:
      return '!P'
    case 3:
      return ''
    case 4:
      return `!F-${mtu}`
    case 5:
      return '!S'
    case 13:
      return '!X'
    case 14:
      return '!V'
    case 15:
      return '!C'
    default:
      return `!<${code}>`
  }
}

interface IcmpAnswer {
  readonly type: number
  readonly code: number
  readonly mtu: number
  readonly from: Ipv4Address
  readonly atUs: number
}

function fill(probe: Probe, answer: IcmpAnswer): void {
  if (probe.isDone) return
  probe.isDone = true
  probe.receivedUs = answer.atUs
  probe.from = answer.from
  if (answer.type === ICMP_TIME_EXCEEDED) return
  probe.isFinal = true
  if (answer.type === ICMP_DEST_UNREACH) probe.mark = unreachableMark(answer.code, answer.mtu)
}

function setUp(socket: Socket, settings: ProbeSettings): void {
  socket.boundIfindex = settings.ifindex
  socket.tos = settings.tos
  socket.mark = settings.fwmark
  socket.receiveErrors = true
  socket.mtuDiscover = settings.dontFragment ? 'probe' : 'dont'
}

/** One connected socket a probe, each to the next port; the answer is in its error queue. */
export class UdpProbes implements ProbeKind {
  private readonly open = new Map<Probe, UdpSocket>()
  private port: number

  constructor(
    private readonly proc: Process,
    private readonly settings: ProbeSettings,
    private readonly isPortFixed: boolean,
  ) {
    this.port = settings.port
  }

  get sockets(): readonly Socket[] {
    return [...this.open.values()]
  }

  send(probe: Probe, ttl: number): Errno | null {
    const { settings } = this
    const socket = openUdp(this.proc)
    setUp(socket, settings)
    socket.ttl = ttl
    const bound = settings.source !== 0 || settings.sourcePort !== 0 ? socket.bind(settings.source, settings.sourcePort) : null
    const failed = bound ?? socket.connect(settings.target, this.port)
    if (failed !== null) return failed
    if (!this.isPortFixed) this.port = (this.port % 65_535) + 1
    const data = new Uint8Array(settings.dataLength)
    for (let i = 0; i < data.length; i++) data[i] = 0x40 + (i & 0x3f)
    const errno = socket.send(data)
    if (errno !== null && errno !== 'EHOSTUNREACH') {
      socket.close()
      return errno
    }
    this.open.set(probe, socket)
    return null
  }

  collect(): void {
    for (const [probe, socket] of this.open) {
      const error = socket.errorQueue.shift()
      if (error !== undefined && error.origin === 'icmp') fill(probe, error)
      const datagram = socket.receive()
      if (datagram !== null) fill(probe, { type: -1, code: 0, mtu: 0, from: datagram.from, atUs: datagram.atUs })
      if (probe.isDone) this.forget(probe)
    }
  }

  forget(probe: Probe): void {
    this.open.get(probe)?.close()
    this.open.delete(probe)
  }
}

/** Echo requests with one id and rising sequence numbers. */
export class IcmpProbes implements ProbeKind {
  private readonly socket: RawSocket
  private readonly bySeq = new Map<number, Probe>()
  private seq = 0
  private readonly id: number

  constructor(
    proc: Process,
    private readonly settings: ProbeSettings,
  ) {
    this.id = proc.pid & 0xffff
    this.seq = settings.port - 1
    this.socket = openRaw(proc, PROTO_ICMP)
    setUp(this.socket, settings)
    if (settings.source !== 0) this.socket.bind(settings.source)
    this.socket.filter = (packet) => {
      const message = packet.payload
      return !(message instanceof Uint8Array) && message.kind === 'icmp' && message.type === ICMP_ECHO_REPLY && message.id === this.id
    }
  }

  get sockets(): readonly Socket[] {
    return [this.socket]
  }

  send(probe: Probe, ttl: number): Errno | null {
    // An error that waits would be reported instead of the sending.
    this.collect()
    this.seq = (this.seq + 1) & 0xffff
    this.bySeq.set(this.seq, probe)
    const data = new Uint8Array(this.settings.dataLength)
    for (let i = 0; i < data.length; i++) data[i] = 0x40 + (i & 0x3f)
    const message = new IcmpMessage({ type: ICMP_ECHO, code: 0, rest: ((this.id << 16) | this.seq) >>> 0, payload: data })
    const errno = this.socket.sendTo(message, this.settings.target, ttl)
    return errno === 'EHOSTUNREACH' ? null : errno
  }

  collect(): void {
    this.socket.takeError()
    for (let got = this.socket.receive(); got !== null; got = this.socket.receive()) {
      const probe = this.bySeq.get((got.packet.payload as IcmpMessage).seq)
      if (probe !== undefined) fill(probe, { type: -1, code: 0, mtu: 0, from: got.packet.src, atUs: got.atUs })
    }
    for (let error = this.socket.errorQueue.shift(); error !== undefined; error = this.socket.errorQueue.shift()) {
      if (error.quoted === null) continue
      const head = encodePayload(error.quoted.payload, error.quoted.src, error.quoted.dst)
      const probe = ((head[4]! << 8) | head[5]!) === this.id ? this.bySeq.get((head[6]! << 8) | head[7]!) : undefined
      if (probe !== undefined) fill(probe, error)
    }
  }

  forget(probe: Probe): void {
    for (const [seq, other] of this.bySeq) if (other === probe) this.bySeq.delete(seq)
  }
}

/** SYNs from a port nobody listens on: the kernel resets what is answered, the raw socket sees it first. */
export class TcpProbes implements ProbeKind {
  private readonly socket: RawSocket
  private readonly byPort = new Map<number, Probe>()

  constructor(
    private readonly proc: Process,
    private readonly settings: ProbeSettings,
  ) {
    this.socket = openRaw(proc, PROTO_TCP)
    setUp(this.socket, settings)
    if (settings.source !== 0) this.socket.bind(settings.source)
    this.socket.filter = (packet) => this.isAnswer(packet)
  }

  get sockets(): readonly Socket[] {
    return [this.socket]
  }

  private isAnswer(packet: Ipv4Packet): boolean {
    const segment = packet.payload
    if (segment instanceof Uint8Array || segment.kind !== 'tcp' || packet.src !== this.settings.target) return false
    return segment.sport === this.settings.port && (segment.flags & (TCP_RST | TCP_ACK)) !== 0
  }

  send(probe: Probe, ttl: number): Errno | null {
    this.collect()
    const { sockets } = this.proc.netns
    const port = this.settings.sourcePort !== 0 ? this.settings.sourcePort : sockets.choosePort((candidate) => !this.byPort.has(candidate))
    if (port === null) return 'EADDRINUSE'
    this.byPort.set(port, probe)
    const options = synOptions({
      mss: 1460,
      sackPermitted: true,
      timestamps: { value: this.proc.random.uint32(), echo: 0 },
      windowScale: 2,
    })
    const segment = new TcpSegment({
      sport: port,
      dport: this.settings.port,
      seq: this.proc.random.uint32(),
      ack: 0,
      flags: TCP_SYN,
      window: 5840,
      options,
    })
    const errno = this.socket.sendTo(segment, this.settings.target, ttl)
    return errno === 'EHOSTUNREACH' ? null : errno
  }

  collect(): void {
    this.socket.takeError()
    for (let got = this.socket.receive(); got !== null; got = this.socket.receive()) {
      const probe = this.byPort.get((got.packet.payload as TcpSegment).dport)
      if (probe !== undefined) fill(probe, { type: -1, code: 0, mtu: 0, from: got.packet.src, atUs: got.atUs })
    }
    for (let error = this.socket.errorQueue.shift(); error !== undefined; error = this.socket.errorQueue.shift()) {
      if (error.quoted === null) continue
      const head = encodePayload(error.quoted.payload, error.quoted.src, error.quoted.dst)
      const probe = this.byPort.get((head[0]! << 8) | head[1]!)
      if (probe !== undefined) fill(probe, error)
    }
  }

  forget(probe: Probe): void {
    for (const [port, other] of this.byPort) if (other === probe) this.byPort.delete(port)
  }
}
