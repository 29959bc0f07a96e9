// busybox's ping: the one on CirrOS, and `busybox ping` elsewhere.
import { formatIpv4 } from '../../addr/ipv4.js'
import type { GetoptGrammar } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { errnoText } from '../../kernel/errno.js'
import { Bell, poll } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { parseLooseIpv4, resolveHost } from '../../node/resolver.js'
import { busyboxUsage } from './busybox-usage.js'
import { RawEcho } from './echo-transport.js'
import { ms3, parseSeconds } from './number.js'

const grammar: GetoptGrammar = {
  options: [
    { name: 'ipv4', short: '4' },
    { name: 'ipv6', short: '6', notEmulated: 'use ping of iputils' },
    { name: 'count', short: 'c', value: 'required' },
    { name: 'size', short: 's', value: 'required' },
    { name: 'interval', short: 'i', value: 'required' },
    { name: 'adaptive', short: 'A' },
    { name: 'ttl', short: 't', value: 'required' },
    { name: 'source', short: 'I', value: 'required', completes: 'device' },
    { name: 'linger', short: 'W', value: 'required' },
    { name: 'deadline', short: 'w', value: 'required' },
    { name: 'quiet', short: 'q' },
    { name: 'verbose', short: 'v' },
    { name: 'numeric', short: 'n' },
    { name: 'pattern', short: 'p', value: 'required' },
  ],
}

export async function runBusyboxPing(proc: Process): Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  if (parsed.problem !== null || parsed.operands.length === 0) {
    if (parsed.problem !== null) proc.error(getoptMessage('ping', parsed.problem))
    if (parsed.problem?.kind === 'not-emulated') return 126
    proc.error(busyboxUsage(proc, 'ping', '[OPTIONS] HOST'))
    return 1
  }
  const target = parsed.operands[0]!
  const resolved = await resolveHost(proc, target)
  if (typeof resolved === 'string') {
    proc.error(`ping: bad address '${target}'`)
    return 1
  }
  const session = new BusyboxPing(proc, resolved.address, {
    hostname: target,
    count: parsed.number('count', 0),
    size: parsed.number('size', 56),
    intervalUs: (parseSeconds(parsed.value('interval') ?? '1') ?? 1) * 1_000_000,
    lingerUs: parsed.number('linger', 10) * 1_000_000,
    deadlineUs: parsed.number('deadline', 0) * 1_000_000,
    ttl: parsed.value('ttl') === null ? null : parsed.number('ttl', 64),
    source: parsed.value('source'),
    quiet: parsed.has('quiet'),
  })
  return session.run()
}

interface BusyboxPingOptions {
  readonly hostname: string
  readonly count: number
  readonly size: number
  readonly intervalUs: number
  readonly lingerUs: number
  readonly deadlineUs: number
  readonly ttl: number | null
  readonly source: string | null
  readonly quiet: boolean
}

/** MAX_DUP_CHK of its ping.c. */
const REMEMBERED = 1024

class BusyboxPing {
  private readonly transport: RawEcho
  private transmitted = 0
  private received = 0
  private repeats = 0
  private isExiting = false
  private readonly seen = new Uint8Array(REMEMBERED)
  private readonly sentAtUs = new Float64Array(REMEMBERED)
  private minUs = Number.MAX_SAFE_INTEGER
  private maxUs = 0
  private sumUs = 0
  private readonly bell = new Bell()

  constructor(
    private readonly proc: Process,
    private readonly target: number,
    private readonly options: BusyboxPingOptions,
  ) {
    this.transport = new RawEcho(proc, proc.pid & 0xffff)
    this.transport.socket.receiveErrors = false
  }

  async run(): Promise<number> {
    const { proc, options } = this
    const failure = this.setUp()
    if (failure !== null) {
      proc.error(failure)
      return 1
    }
    proc.trap('INT', () => {
      this.isExiting = true
      this.bell.ring()
    })
    const address = formatIpv4(this.target)
    proc.line(`PING ${options.hostname} (${address})${this.sourceText()}: ${options.size} data bytes`)
    const error = await this.loop()
    if (error !== null) {
      proc.error(`ping: sendto: ${error}`)
      return 1
    }
    return this.finish()
  }

  private sourceText(): string {
    const address = this.options.source === null ? null : parseLooseIpv4(this.options.source)
    return address === null ? '' : ` from ${formatIpv4(address)}`
  }

  private setUp(): string | null {
    const { socket } = this.transport
    socket.ttl = this.options.ttl
    socket.broadcast = true
    const source = this.options.source
    if (source === null) return null
    const address = parseLooseIpv4(source)
    if (address !== null) {
      const errno = socket.bind(address)
      return errno === null ? null : `ping: bind: ${errnoText(errno)}`
    }
    const dev = this.proc.netns.deviceByName(source)
    if (dev === null) return `ping: bad address '${source}'`
    socket.boundIfindex = dev.ifindex
    return null
  }

  /** The words of sendto's refusal, or null. */
  private async loop(): Promise<string | null> {
    const { proc, options } = this
    const started = proc.nowUs
    const deadline = options.deadlineUs > 0 ? started + options.deadlineUs : Number.MAX_SAFE_INTEGER
    for (;;) {
      const refused = await this.send()
      if (refused !== null) return refused
      const isLast = options.count > 0 && this.transmitted >= options.count
      const until = Math.min(
        deadline,
        proc.nowUs + (isLast ? (this.received > 0 ? Math.max(2 * this.maxUs, options.intervalUs) : options.lingerUs) : options.intervalUs),
      )
      await this.listen(until)
      if (this.isExiting || isLast || proc.nowUs >= deadline) return null
      if (options.count > 0 && this.received >= options.count) return null
    }
  }

  private async send(): Promise<string | null> {
    const seq = this.transmitted & 0xffff
    this.seen[seq % REMEMBERED] = 0
    this.sentAtUs[seq % REMEMBERED] = this.proc.nowUs
    this.transmitted++
    await this.proc.compute(this.proc.random.between(40, 90))
    const errno = this.transport.send(this.target, seq, new Uint8Array(this.options.size))
    return errno === null || errno === 'EHOSTUNREACH' ? null : errnoText(errno)
  }

  private async listen(untilUs: number): Promise<void> {
    const { socket } = this.transport
    const { count } = this.options
    while (!this.isExiting && this.proc.nowUs < untilUs) {
      await poll(this.proc, [socket, this.bell], () => this.isExiting || socket.received.length > 0, untilUs - this.proc.nowUs)
      for (let got = this.transport.receive(); got !== null; got = this.transport.receive()) if (got.kind === 'reply') this.reply(got)
      if (count > 0 && this.received >= count) return
    }
  }

  private reply(got: { from: number; seq: number; ttl: number; data: Uint8Array; atUs: number }): void {
    const at = got.seq % REMEMBERED
    const rttUs = got.atUs - (this.sentAtUs[at] || got.atUs)
    const isRepeat = this.seen[at] === 1
    const hasTime = this.options.size >= 4
    if (isRepeat) this.repeats++
    else {
      this.seen[at] = 1
      this.received++
      this.minUs = Math.min(this.minUs, rttUs)
      this.maxUs = Math.max(this.maxUs, rttUs)
      this.sumUs += rttUs
    }
    if (this.options.quiet) return
    const time = hasTime ? ` time=${ms3(rttUs)} ms` : ''
    this.proc.line(
      `${got.data.length + 8} bytes from ${formatIpv4(got.from)}: seq=${got.seq} ttl=${got.ttl}${time}${isRepeat ? ' (DUP!)' : ''}`,
    )
  }

  private finish(): number {
    const { proc, transmitted, received } = this
    const loss = transmitted === 0 ? 0 : Math.floor(((transmitted - received) * 100) / transmitted)
    proc.out(`\n--- ${this.options.hostname} ping statistics ---\n`)
    const repeats = this.repeats > 0 ? `${this.repeats} duplicates, ` : ''
    proc.line(`${transmitted} packets transmitted, ${received} packets received, ${repeats}${loss}% packet loss`)
    if (received > 0 && this.options.size >= 4) {
      proc.line(`round-trip min/avg/max = ${ms3(this.minUs)}/${ms3(Math.floor(this.sumUs / received))}/${ms3(this.maxUs)} ms`)
    }
    return received === 0 ? 1 : 0
  }
}
