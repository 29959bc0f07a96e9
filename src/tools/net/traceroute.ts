// traceroute 2.x: sixteen probes under way at once, hops printed in order as their answers are in.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4 } from '../../addr/ipv4.js'
import type { OptionProblem } from '../../grammar/getopt.js'
import { parseOptions } from '../../grammar/getopt.js'
import { errnoText } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { openUdp, poll } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { nameOfAddress, parseLooseIpv4, resolveHost } from '../../node/resolver.js'
import { runBusyboxTraceroute } from './busybox-traceroute.js'
import { completeBy } from './complete.js'
import type { Probe, ProbeKind, ProbeSettings } from './probes.js'
import { IcmpProbes, newProbe, TcpProbes, UdpProbes } from './probes.js'
import type { TracerouteOptions } from './traceroute-options.js'
import { tracerouteGrammar, tracerouteOptions } from './traceroute-options.js'

export const traceroute: Command = {
  name: 'traceroute',
  path: '/usr/bin/traceroute',
  run: runTraceroute,
  complete: completeBy(tracerouteGrammar),
}

const USAGE = `Usage:
  traceroute [ -46dFITnreAUDV ] [ -f first_ttl ] [ -g gate,... ] [ -i device ] [ -m max_ttl ] [ -N squeries ] [ -p port ] [ -t tos ] [ -l flow_label ] [ -w MAX,HERE,NEAR ] [ -q nqueries ] [ -s src_addr ] [ -z sendwait ] [ --fwmark=num ] host [ packetlen ]`

async function runTraceroute(proc: Process): Promise<number> {
  if (proc.machine.image.family === 'cirros') return runBusyboxTraceroute(proc)
  const parsed = parseOptions(tracerouteGrammar, proc.argv.slice(1))
  if (parsed.problem !== null) {
    proc.error(complaint(proc, parsed.problem))
    return parsed.problem.kind === 'not-emulated' ? 126 : 2
  }
  if (parsed.has('version')) {
    proc.error(`Modern traceroute for Linux, version ${proc.machine.image.tool('traceroute')}`)
    proc.error('Copyright (c) 2016  Dmitry Butskoy,   License: GPL v2 or any later')
    return 0
  }
  if (parsed.has('help') || parsed.operands.length === 0) {
    proc.line(USAGE)
    return parsed.has('help') ? 0 : 2
  }
  const options = tracerouteOptions(parsed, proc.argv)
  if (typeof options === 'string') {
    proc.error(options)
    return 2
  }
  const resolved = await resolveHost(proc, options.host)
  if (typeof resolved === 'string') {
    proc.error(`${options.host}: ${resolved}`)
    proc.error(`Cannot handle "host" cmdline arg \`${options.host}' on position 1 (argc ${proc.argv.length - 1})`)
    return 2
  }
  return new Traceroute(proc, options, resolved.address).run()
}

function complaint(proc: Process, problem: OptionProblem): string {
  const position = (option: string): number =>
    Math.max(
      proc.argv.findIndex((word) => word.includes(option)),
      1,
    )
  switch (problem.kind) {
    case 'unknown-short':
      return `Bad option \`-${problem.option}' (argc ${position(problem.option)})`
    case 'unknown-long':
      return `Bad option \`--${problem.option}' (argc ${position(problem.option)})`
    case 'missing-value':
      return `Option \`-${problem.option}' (argc ${position(problem.option)}) requires an argument`
    case 'not-emulated':
      return `traceroute: ${problem.option}: not emulated by netlab${problem.instead === '' ? '' : ` (${problem.instead})`}`
    default:
      return `Bad option \`${problem.option}'`
  }
}

class Traceroute {
  private readonly probes: Probe[] = []
  private kind: ProbeKind | null = null
  private lastAddress: Ipv4Address | null = null

  constructor(
    private readonly proc: Process,
    private readonly options: TracerouteOptions,
    private readonly target: Ipv4Address,
  ) {}

  async run(): Promise<number> {
    const { proc, options } = this
    // The line ends when there is something to say.
    proc.out(
      `traceroute to ${options.host} (${formatIpv4(this.target)}), ${options.maxHops} hops max, ${options.packetLength} byte packets`,
    )
    const failure = this.prepare()
    if (failure !== null) {
      proc.error(`\n${failure}`)
      return 1
    }
    return this.loop()
  }

  private prepare(): string | null {
    const { proc, options } = this
    let ifindex = 0
    if (options.device !== null) {
      const dev = proc.netns.deviceByName(options.device)
      if (dev === null) return 'setsockopt SO_BINDTODEVICE: No such device'
      ifindex = dev.ifindex
    }
    const source = options.source === null ? 0 : parseLooseIpv4(options.source)
    if (source === null) return `${options.source}: Name or service not known`
    const check = openUdp(proc)
    check.boundIfindex = ifindex
    check.mark = options.mark
    const bound = source === 0 ? null : check.bind(source, 0)
    if (bound !== null) return `bind: ${errnoText(bound)}`
    const errno = check.connect(this.target, options.port)
    check.close()
    if (errno !== null) return `connect: ${errnoText(errno)}`
    const settings: ProbeSettings = {
      target: this.target,
      source,
      ifindex,
      tos: options.tos,
      fwmark: options.mark,
      port: options.port,
      sourcePort: options.sourcePort,
      dataLength: Math.max(options.packetLength - 28, 0),
      dontFragment: options.dontFragment,
    }
    if (options.method === 'icmp') this.kind = new IcmpProbes(proc, settings)
    else if (options.method === 'tcp') this.kind = new TcpProbes(proc, settings)
    else this.kind = new UdpProbes(proc, settings, options.method === 'udp')
    for (let i = 0; i < options.maxHops * options.queries; i++) this.probes.push(newProbe())
    return null
  }

  private async loop(): Promise<number> {
    const { options, probes, proc } = this
    let start = (options.firstHop - 1) * options.queries
    let end = probes.length
    let lastSentUs = Number.NEGATIVE_INFINITY
    while (start < end) {
      let waiting = 0
      let nextUs = Number.POSITIVE_INFINITY
      for (let n = start; n < end; n++) {
        const probe = probes[n]!
        if (!probe.isDone && probe.sentUs > 0 && proc.nowUs >= probe.sentUs + this.timeoutUs(n)) this.expire(probe)
        if (probe.isDone) {
          if (n === start) {
            await this.print(n)
            start++
          }
          if (probe.isFinal) end = (Math.floor(n / options.queries) + 1) * options.queries
          continue
        }
        if (probe.sentUs === 0) {
          const waitUs = lastSentUs + options.sendWaitUs - proc.nowUs
          if (waitUs > 0) {
            nextUs = Math.min(nextUs, proc.nowUs + waitUs)
            break
          }
          const failure = await this.send(probe, Math.floor(n / options.queries) + 1)
          if (failure !== null) {
            proc.error(`\n${failure}`)
            return 1
          }
          lastSentUs = proc.nowUs
        }
        nextUs = Math.min(nextUs, probe.sentUs + this.timeoutUs(n))
        if (++waiting >= options.simultaneous) break
      }
      if (start < end && nextUs !== Number.POSITIVE_INFINITY) await this.waitUntil(nextUs)
    }
    proc.out('\n')
    return 0
  }

  private async send(probe: Probe, ttl: number): Promise<string | null> {
    probe.sentUs = this.proc.nowUs
    await this.proc.compute(this.proc.random.between(3, 18))
    const errno = this.kind!.send(probe, ttl)
    if (errno === null || errno === 'EMSGSIZE') return null
    return `${errno === 'ENETUNREACH' || errno === 'EACCES' ? 'connect' : 'send'}: ${errnoText(errno)}`
  }

  private async waitUntil(untilUs: number): Promise<void> {
    const kind = this.kind!
    const hasNews = (): boolean =>
      kind.sockets.some(
        (socket) => socket.errorQueue.length > 0 || ((socket as unknown as { received: readonly unknown[] }).received.length ?? 0) > 0,
      )
    await poll(this.proc, kind.sockets, hasNews, Math.max(untilUs - this.proc.nowUs, 0))
    kind.collect()
  }

  private expire(probe: Probe): void {
    probe.isDone = true
    this.kind!.forget(probe)
  }

  /** Patience shrinks when this hop, or a later one, has answered quickly. */
  private timeoutUs(n: number): number {
    const { probes, options } = this
    const first = n - (n % options.queries)
    for (let i = first; i < first + options.queries; i++) {
      const took = this.tookUs(probes[i]!)
      if (options.hereFactor > 0 && took > 0) return Math.min((took + 1000) * options.hereFactor, options.waitUs)
    }
    for (let i = n + 1; options.nearFactor > 0 && i < probes.length && probes[i]!.sentUs > 0; i++) {
      const took = this.tookUs(probes[i]!)
      if (took > 0) return Math.min((took + 1000) * options.nearFactor, options.waitUs)
    }
    return options.waitUs
  }

  private tookUs(probe: Probe): number {
    return probe.isDone ? probe.receivedUs - probe.sentUs : 0
  }

  private async print(n: number): Promise<void> {
    const { proc, options } = this
    const probe = this.probes[n]!
    if (n % options.queries === 0) {
      proc.out(`\n${String(n / options.queries + 1).padStart(2)} `)
      this.lastAddress = null
    }
    if (probe.from === null) {
      proc.out(' *')
      return
    }
    if (probe.from !== this.lastAddress) proc.out(` ${await this.nameOf(probe.from)}`)
    this.lastAddress = probe.from
    proc.out(`  ${(this.tookUs(probe) / 1000).toFixed(3)} ms${probe.mark === '' ? '' : ` ${probe.mark}`}`)
  }

  private async nameOf(address: Ipv4Address): Promise<string> {
    const text = formatIpv4(address)
    if (this.options.numeric) return text
    return `${(await nameOfAddress(this.proc, address)) ?? text} (${text})`
  }
}
