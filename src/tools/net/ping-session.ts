// The rhythm and the books of iputils' ping: when to send, when to stop, what to print. Addresses are the caller's business.
import type { Errno } from '../../kernel/errno.js'
import { errnoText } from '../../kernel/errno.js'
import type { Socket, SocketError } from '../../kernel/socket.js'
import { atLeast } from '../../node/image.js'
import { Bell, poll } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { formatG, ms3 } from './number.js'
import { type Echo, type FloodSteps, flood } from './ping-flood.js'
import type { PingOptions } from './ping-options.js'
import { PingPayload, sentClock, TIME_LENGTH } from './ping-payload.js'
import { RttStatistics, rttText } from './ping-statistics.js'

/** What one kind of address (IPv4, IPv6) does for the session. */
export interface PingCarrier {
  readonly socket: Socket
  send(seq: number, data: Uint8Array): Errno | null
  /** Handles one thing that came in; false when there was none. Nothing to wait for when the session is quiet or a flood. */
  receive(session: PingSession): boolean | Promise<boolean>
  /** Text of an error of the queue about an echo of ours; null = not ours. */
  errorLine(error: SocketError, session: PingSession): Promise<{ seq: number; line: string } | null>
}

const MIN_INTERVAL_MS = 10
const RECEIVE_TIMEOUT_MS = 1000
/** What sendmsg costs before the frame is on its way. */
const SYSCALL_US: readonly [number, number] = [14, 42]
const FLOOD_SYSCALL_US: readonly [number, number] = [2, 9]

export class PingSession implements FloodSteps {
  readonly rtt = new RttStatistics()
  transmitted = 0
  received = 0
  repeats = 0
  corrupted = 0
  errors = 0
  private pipe = 0
  private acked = 0
  /** One byte for each sequence number, as far as they have come: a reply came. */
  private seen = new Uint8Array(64)
  private startUs = 0
  /** Time of the last scheduled send, null before the first. */
  private currentUs: number | null = null
  private tokens = 0
  private isExiting = false
  private wantsStatus = false
  private deadlineUs: number | null = null
  private exitAtUs: number | null = null
  private readonly bell = new Bell()
  private readonly payload: PingPayload

  constructor(
    readonly proc: Process,
    readonly options: PingOptions,
    private readonly carrier: PingCarrier,
  ) {
    this.payload = new PingPayload(options)
  }

  get hasTiming(): boolean {
    return this.payload.hasTime
  }

  async run(hostname: string): Promise<number> {
    this.trapSignals()
    this.startUs = this.proc.nowUs
    if (this.options.deadlineSeconds) this.deadlineUs = this.startUs + this.options.deadlineSeconds * 1_000_000
    await this.loop()
    return this.finish(hostname)
  }

  private trapSignals(): void {
    const exit = (): void => {
      this.isExiting = true
      this.bell.ring()
    }
    this.proc.trap('INT', exit)
    this.proc.trap('ALRM', exit)
    this.proc.trap('QUIT', () => {
      this.wantsStatus = true
      this.bell.ring()
    })
  }

  private async loop(): Promise<void> {
    const { count } = this.options
    for (;;) {
      if (this.isExiting || this.timeIsUp) return
      if (count !== null && this.received + this.errors >= count) return
      if (this.deadlineUs !== null && this.errors > 0) return
      if (this.wantsStatus) this.printStatus()
      if (this.isFlood && this.transmitted > 0) await this.flood()
      let nextMs: number
      do nextMs = this.scheduleExit(await this.pinger())
      while (nextMs <= 0 && !this.isExiting && !this.timeIsUp)
      await this.listen(nextMs)
      if (this.proc.isDone) return
    }
  }

  /** As long as nothing but echoes and replies happens; the first echo and the last go by the loop. */
  private async flood(): Promise<void> {
    const errno = await flood(this.proc, [this.carrier.socket, this.bell], this)
    if (errno !== null) await this.sendFailed(errno)
  }

  private get isFlood(): boolean {
    const { options } = this
    return options.flood && options.preload === 1 && !options.adaptive && !options.outstanding && this.deadlineUs === null
  }

  get isSpecial(): boolean {
    const { count } = this.options
    if (this.isExiting || this.wantsStatus || (count !== null && this.transmitted >= count)) return true
    return this.carrier.socket.errorQueue.length > 0 || this.carrier.socket.hasError
  }

  takeReply(): boolean {
    return this.hasNews && this.carrier.receive(this) === true
  }

  private get timeIsUp(): boolean {
    const now = this.proc.nowUs
    return (this.deadlineUs !== null && now >= this.deadlineUs) || (this.exitAtUs !== null && now >= this.exitAtUs)
  }

  /** A blocking read gives up after a second, or an interval when that is shorter: then the loop asks again whether it is over. */
  private patienceMs(nextMs: number): number {
    const { adaptive, flood, intervalMs } = this.options
    const interval = Math.max(intervalMs, MIN_INTERVAL_MS)
    return adaptive || flood || nextMs < interval ? nextMs : Math.min(nextMs, interval, RECEIVE_TIMEOUT_MS)
  }

  /** Waits up to `nextMs` and takes everything that came. */
  private async listen(nextMs: number): Promise<void> {
    const { socket } = this.carrier
    let untilUs = this.proc.nowUs + this.patienceMs(nextMs) * 1000
    for (const limit of [this.deadlineUs, this.exitAtUs]) if (limit !== null) untilUs = Math.min(untilUs, limit)
    const ready = (): boolean => this.isExiting || this.wantsStatus || this.hasNews
    await poll(this.proc, [socket, this.bell], ready, untilUs - this.proc.nowUs)
    while (this.hasNews && !this.isExiting) {
      const { count } = this.options
      if (!(await this.carrier.receive(this))) await this.receiveErrors()
      if (count !== null && this.received + this.errors >= count) return
      if (this.options.flood || this.options.adaptive) return
    }
  }

  private get hasNews(): boolean {
    const socket = this.carrier.socket as Socket & { received?: readonly unknown[] }
    return (socket.received?.length ?? 0) > 0 || socket.errorQueue.length > 0 || socket.hasError
  }

  /** Sends what is due; milliseconds until the next. */
  private async pinger(): Promise<number> {
    const { count } = this.options
    if (this.isExiting || (count !== null && this.transmitted >= count && this.deadlineUs === null)) return 1000
    const wait = this.tokenWait()
    if (wait !== null) return wait
    if (this.options.outstanding && this.transmitted > 0 && this.seen[this.transmitted & 0xffff] === 0) {
      this.printTime()
      this.proc.line(`no answer yet for icmp_seq=${this.transmitted}`)
    }
    const errno = await this.probe()
    if (errno === null) {
      this.sent()
      return this.interval - this.tokens
    }
    if (errno === 'ENOBUFS' || errno === 'ENOMEM') return Math.max(this.interval, MIN_INTERVAL_MS)
    if (errno === 'EAGAIN') return MIN_INTERVAL_MS
    await this.sendFailed(errno)
    return Math.max(this.interval, MIN_INTERVAL_MS)
  }

  private get interval(): number {
    return this.options.adaptive ? Math.max(Math.ceil(this.rtt.smoothedUs / 1000), 0) : this.options.intervalMs
  }

  /** The token bucket that spaces the echoes; null = send now. */
  tokenWait(): number | null {
    const { preload } = this.options
    const interval = this.interval
    if (this.currentUs === null) {
      this.currentUs = this.proc.nowUs
      this.tokens = interval * (preload - 1)
      return null
    }
    let tokens = (this.proc.nowUs - this.currentUs) / 1000
    if (interval === 0 && tokens < MIN_INTERVAL_MS && this.inFlight >= preload) return MIN_INTERVAL_MS - tokens
    tokens = Math.min(tokens + this.tokens, interval * preload)
    if (tokens < interval) return interval - tokens
    this.currentUs = this.proc.nowUs
    this.tokens = tokens - interval
    return null
  }

  private async probe(): Promise<Errno | null> {
    const echo = this.nextEcho()
    await this.proc.compute(this.syscallUs())
    return this.carrier.send(echo.seq, echo.data)
  }

  nextEcho(): Echo {
    const seq = (this.transmitted + 1) & 0xffff
    this.reach(seq)
    this.seen[seq] = 0
    return { seq, data: this.payload.at(this.proc.clock) }
  }

  /** Most send a few; room for all numbers would be 64 kB for each. */
  private reach(seq: number): void {
    if (seq < this.seen.length) return
    const larger = new Uint8Array(Math.min(0x10000, 4 * 2 ** Math.ceil(Math.log2(seq + 1))))
    larger.set(this.seen)
    this.seen = larger
  }

  syscallUs(): number {
    const [low, high] = this.options.flood ? FLOOD_SYSCALL_US : SYSCALL_US
    return this.proc.random.between(low, high)
  }

  send(echo: Echo): Errno | null {
    const errno = this.carrier.send(echo.seq, echo.data)
    if (errno === null) this.sent()
    return errno
  }

  private sent(): void {
    this.transmitted++
    const { flood, quiet, preload } = this.options
    if (flood && !quiet && this.inFlight < this.proc.columns && preload < this.proc.columns) this.proc.out('.')
  }

  private get inFlight(): number {
    return Math.min(this.transmitted - this.acked, this.transmitted - this.received - this.errors)
  }

  private async sendFailed(errno: Errno): Promise<void> {
    const { proc, options } = this
    // The error that a REJECT on this machine makes is back before the system call is.
    await proc.compute(1)
    const isModern = atLeast(options.version, '20180629')
    const hadQueue = this.carrier.socket.errorQueue.length > 0
    const network = await this.receiveErrors()
    this.transmitted++
    this.tokens = 0
    // Since 2018 an empty error queue counts as a local error that was told already: then ping says nothing at all.
    const isSilent = isModern ? network === 0 : hadQueue
    if (isSilent || options.quiet) return
    if (options.flood) proc.out('E')
    else proc.error(`ping: sendmsg: ${errnoText(errno)}`)
  }

  /** Empties the error queue; the number of network errors about our echoes. */
  private async receiveErrors(): Promise<number> {
    const { socket } = this.carrier
    socket.takeError()
    let network = 0
    for (let error = socket.errorQueue.shift(); error !== undefined; error = socket.errorQueue.shift()) {
      if (error.origin === 'local') this.localError(error)
      else if (await this.networkError(error)) network++
    }
    return network
  }

  private localError(error: SocketError): void {
    const { proc, options } = this
    if (options.quiet) return
    this.errors++
    if (options.flood) proc.out('E')
    else if (error.errno === 'EMSGSIZE')
      proc.error(`ping: local error: ${atLeast(options.version, '20150815') ? 'm' : 'M'}essage too long, mtu=${error.mtu}`)
    else proc.error(`ping: local error: ${errnoText(error.errno)}`)
  }

  private async networkError(error: SocketError): Promise<boolean> {
    const told = await this.carrier.errorLine(error, this)
    if (told === null) return false
    this.acknowledge(told.seq)
    this.errors++
    if (this.options.quiet) return true
    if (this.options.flood) this.proc.out('\bE')
    else {
      this.printTime()
      this.proc.line(told.line)
    }
    return true
  }

  acknowledge(seq: number): void {
    const distance = (this.transmitted - seq) & 0xffff
    if (distance > 0x7fff) return
    if (distance + 1 > this.pipe) this.pipe = distance + 1
    if (seq > this.acked || this.acked - seq > 0x7fff) this.acked = seq
  }

  /** One reply: counted, and what of its line follows the source; null = print nothing. */
  reply(seq: number, data: Uint8Array, atUs: number, isChecksumRight: boolean): string | null {
    this.reach(seq)
    const isRepeat = this.seen[seq] === 1
    const isTimed = this.hasTiming && data.length >= TIME_LENGTH
    const rttUs = isTimed ? Math.max(this.proc.machine.clockStartUs + atUs - sentClock(data), 0) : 0
    if (!isChecksumRight) this.corrupted++
    else {
      this.received++
      if (this.hasTiming) this.rtt.add(rttUs)
      if (isRepeat) {
        this.repeats++
        this.received--
      } else this.seen[seq] = 1
    }
    this.acknowledge(seq)
    if (this.options.quiet) return null
    if (this.options.flood) {
      this.proc.out(isChecksumRight ? '\b \b' : '\bC')
      return null
    }
    let text = isTimed ? ` time=${rttText(rttUs)} ms` : ''
    if (isRepeat) text += ' (DUP!)'
    if (!isChecksumRight) text += ' (BAD CHECKSUM!)'
    return this.options.audible ? `${text}\x07` : text
  }

  printTime(): void {
    if (!this.options.timestamps) return
    const clock = this.proc.clock
    this.proc.out(`[${Math.floor(clock / 1_000_000)}.${String(clock % 1_000_000).padStart(6, '0')}] `)
  }

  /** After the last echo: how long to wait for what is still missing. */
  private scheduleExit(nextMs: number): number {
    const { count, intervalMs, lingerMs } = this.options
    if (count === null || this.transmitted < count || this.deadlineUs !== null) return nextMs
    if (this.exitAtUs === null) {
      const waitMs = this.received > 0 ? Math.max((2 * this.rtt.maxUs) / 1000, intervalMs) : lingerMs
      this.exitAtUs = this.proc.nowUs + waitMs * 1000
      return Math.max(nextMs, waitMs)
    }
    return Math.max(nextMs, 1)
  }

  private printStatus(): void {
    this.wantsStatus = false
    const { transmitted, received } = this
    const loss = transmitted === 0 ? 0 : Math.floor((100 * (transmitted - received)) / transmitted)
    let text = `\r${received}/${transmitted} packets, ${loss}% loss`
    if (received > 0 && this.hasTiming) {
      const { minUs, maxUs, averageUs, smoothedUs } = this.rtt
      text += `, min/avg/ewma/max = ${ms3(minUs)}/${ms3(averageUs)}/${ms3(smoothedUs)}/${ms3(maxUs)} ms`
    }
    this.proc.error(text)
  }

  private finish(hostname: string): number {
    const { proc, options, rtt } = this
    const { count, flood, adaptive } = options
    proc.out(`\n--- ${hostname} ping statistics ---\n`)
    const elapsedUs = (this.currentUs ?? this.startUs) - this.startUs
    proc.line(this.summary(Math.floor(elapsedUs / 1000)))
    const parts: string[] = []
    if (this.received > 0 && this.hasTiming) {
      parts.push(`rtt min/avg/max/mdev = ${ms3(rtt.minUs)}/${ms3(rtt.averageUs)}/${ms3(rtt.maxUs)}/${ms3(rtt.deviationUs)} ms`)
    }
    if (this.pipe > 1) parts.push(`pipe ${this.pipe}`)
    if (this.received > 0 && (options.intervalMs === 0 || flood || adaptive) && this.transmitted > 1) {
      parts.push(`ipg/ewma ${ms3(elapsedUs / (this.transmitted - 1))}/${ms3(rtt.smoothedUs)} ms`)
    }
    proc.line(parts.join(', '))
    return this.received === 0 || (this.deadlineUs !== null && count !== null && this.received < count) ? 1 : 0
  }

  private summary(elapsedMs: number): string {
    const { transmitted, received } = this
    let text = `${transmitted} packets transmitted, ${received} received`
    if (this.repeats > 0) text += `, +${this.repeats} duplicates`
    if (this.corrupted > 0) text += `, +${this.corrupted} corrupted`
    if (this.errors > 0) text += `, +${this.errors} errors`
    if (transmitted > 0) text += `, ${this.lossText(((transmitted - received) * 100) / transmitted)}% packet loss, time ${elapsedMs}ms`
    return text
  }

  /** Whole percents until 2014, six digits since. */
  private lossText(percent: number): string {
    if (!atLeast(this.options.version, '20150815')) return String(Math.trunc(percent))
    return formatG(percent)
  }
}
