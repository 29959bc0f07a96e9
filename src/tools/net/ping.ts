// ping of iputils: 2010 (Ubuntu 12.04), 2012 (Ubuntu 14.04, CentOS 7) and 2018 and later; busybox's on images that have only that.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4, isMulticastIpv4 } from '../../addr/ipv4.js'
import type { Errno } from '../../kernel/errno.js'
import { errnoText } from '../../kernel/errno.js'
import type { Socket, SocketError } from '../../kernel/socket.js'
import type { Command } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import { openUdp } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { nameOfAddress, parseLooseIpv4, resolveHost } from '../../node/resolver.js'
import { encodePayload } from '../../wire/encode.js'
import { ICMP_ECHO } from '../../wire/icmp.js'
import { runBusyboxPing } from './busybox-ping.js'
import { completeBy } from './complete.js'
import type { EchoRedirect, EchoReply, EchoTransport } from './echo-transport.js'
import { openEcho } from './echo-transport.js'
import { icmpErrorText } from './icmp-text.js'
import type { PingOptions } from './ping-options.js'
import { PING_USAGE, parsePing, pingGrammar } from './ping-options.js'
import type { PingCarrier } from './ping-session.js'
import { PingSession } from './ping-session.js'
import { isPing6, runPing6 } from './ping6-session.js'

export const ping: Command = {
  name: 'ping',
  path: '/bin/ping',
  usage: PING_USAGE,
  run: runPing,
  complete: completeBy(pingGrammar),
}

export const ping6: Command = { name: 'ping6', path: '/bin/ping6', usage: PING_USAGE, run: runPing, complete: completeBy(pingGrammar) }

async function runPing(proc: Process): Promise<number> {
  if (proc.machine.image.family === 'cirros') return runBusyboxPing(proc)
  const options = parsePing(proc)
  if (options === null) return 0
  if ('exitCode' in options) {
    proc.error(options.text)
    return options.exitCode
  }
  for (const warning of options.warnings) proc.error(`${proc.name}: ${warning}`)
  if (proc.name === 'ping6' || options.family === 6 || isPing6(options.target)) return runPing6(proc, options)
  return new Ping4(proc, options).run()
}

class Ping4 implements PingCarrier {
  private readonly transport: EchoTransport
  private target: Ipv4Address = 0
  private source: Ipv4Address = 0
  private device: string | null = null
  private isStrictSource = false
  private isNumeric: boolean

  constructor(
    private readonly proc: Process,
    private readonly options: PingOptions,
  ) {
    this.transport = openEcho(proc, options.id)
    this.isNumeric = options.numeric || parseLooseIpv4(options.target) !== null
  }

  get socket(): Socket {
    return this.transport.socket
  }

  private get isModern(): boolean {
    return atLeast(this.options.version, '20150815')
  }

  async run(): Promise<number> {
    const { proc, options } = this
    const resolved = await resolveHost(proc, options.target)
    if (typeof resolved === 'string') {
      proc.error(this.isModern ? `ping: ${options.target}: ${resolved}` : `ping: unknown host ${options.target}`)
      return 2
    }
    this.target = resolved.address
    const failure = this.takeSource() ?? this.probe() ?? this.bind() ?? this.refusedTtl()
    if (failure !== null) {
      proc.error(failure)
      return 2
    }
    this.setOptions()
    const hostname = parseLooseIpv4(options.target) !== null ? options.target : resolved.name
    if (options.verbose && atLeast(options.version, '20210202')) this.printSockets(hostname)
    this.printHead(hostname)
    return new PingSession(proc, options, this).run(hostname)
  }

  /** -I: an address of ours, or a device. */
  private takeSource(): string | null {
    const text = this.options.source
    if (text === null) return null
    const address = parseLooseIpv4(text)
    if (address !== null) {
      this.source = address
      this.isStrictSource = true
      return null
    }
    this.device = text
    const dev = this.proc.netns.deviceByName(text)
    if (dev === null) return this.isModern ? `ping: SO_BINDTODEVICE ${text}: No such device` : `ping: unknown iface ${text}`
    this.socket.boundIfindex = dev.ifindex
    return null
  }

  /** Asks the kernel for a route with a datagram socket, as ping does: its refusals are ping's first errors. */
  private probe(): string | null {
    const { proc, options } = this
    if (this.source !== 0) {
      if (this.target === 0) this.target = this.source
      return null
    }
    const socket = openUdp(proc)
    socket.boundIfindex = this.socket.boundIfindex
    socket.mark = options.mark
    socket.tos = options.tos
    let errno = socket.connect(this.target, 1025)
    if (errno === 'EACCES') {
      const prefix = this.isModern ? 'ping: ' : ''
      if (!options.broadcast) {
        const advice = atLeast(options.version, '20161105') ? '. If not, check your local firewall rules' : ''
        return `${prefix}Do you want to ping broadcast? Then -b${advice}`
      }
      proc.error('WARNING: pinging broadcast address')
      socket.broadcast = true
      this.socket.broadcast = true
      errno = socket.connect(this.target, 1025)
    }
    if (errno !== null) return this.isModern ? `ping: connect: ${errnoText(errno)}` : `connect: ${errnoText(errno)}`
    this.source = socket.localAddress
    socket.close()
    if (this.target === 0) this.target = this.source
    return this.warnOtherDevice()
  }

  private warnOtherDevice(): null {
    const dev = this.device === null ? null : this.proc.netns.deviceByName(this.device)
    if (dev !== null && !dev.addresses.some((address) => address.local === this.source)) {
      this.proc.error(`ping: Warning: source address might be selected on device other than: ${this.device}`)
    }
    return null
  }

  private bind(): string | null {
    if (!this.isStrictSource) return null
    const socket = this.transport.socket as Socket & { bind(address: Ipv4Address): Errno | null }
    const errno = socket.bind(this.source)
    if (errno === null) return null
    return this.isModern ? `ping: bind: ${errnoText(errno)}` : `bind: ${errnoText(errno)}`
  }

  /** The kernel takes 1 to 255. */
  private refusedTtl(): string | null {
    return this.options.ttl === 0 ? `${this.isModern ? 'ping: ' : ''}cannot set unicast time-to-live: ${errnoText('EINVAL')}` : null
  }

  private setOptions(): void {
    const { socket, options } = this
    socket.mark = options.mark
    socket.tos = options.tos
    socket.ttl = options.ttl
    if (options.mtuDiscover !== null) socket.mtuDiscover = options.mtuDiscover
    if (isMulticastIpv4(this.target)) socket.broadcast = true
  }

  /** -v tells of the sockets first. */
  private printSockets(hostname: string): void {
    const type = this.transport.socket.kind === 'raw' ? 'SOCK_RAW' : 'SOCK_DGRAM'
    const [six, family] = this.options.family === 4 ? ['-1 (socktype: 0)', 'AF_INET'] : [`4 (socktype: ${type})`, 'AF_UNSPEC']
    this.proc.error(`ping: sock4.fd: 3 (socktype: ${type}), sock6.fd: ${six}, hints.ai_family: ${family}\n`)
    this.proc.line(`ai->ai_family: AF_INET, ai->ai_canonname: '${hostname}'`)
  }

  private printHead(hostname: string): void {
    const { proc, options } = this
    if (options.pattern !== null) proc.line(`PATTERN: 0x${options.pattern.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`)
    const from =
      this.device !== null || this.isStrictSource || options.sticky ? `from ${formatIpv4(this.source)} ${this.device ?? ''}: ` : ''
    proc.line(`PING ${hostname} (${formatIpv4(this.target)}) ${from}${options.size}(${options.size + 28}) bytes of data.`)
  }

  send(seq: number, data: Uint8Array): Errno | null {
    return this.transport.send(this.target, seq, data)
  }

  receive(session: PingSession): boolean | Promise<boolean> {
    const got = this.transport.receive()
    if (got === null) return false
    if (got.kind === 'redirect') return this.options.quiet || this.options.flood || this.printRedirect(session, got)
    const tail = session.reply(got.seq, got.data, got.atUs, got.isChecksumRight)
    return tail === null || this.printReply(session, got, tail)
  }

  private async printRedirect(session: PingSession, got: EchoRedirect): Promise<true> {
    session.printTime()
    const where = await this.nameOf(got.from)
    this.proc.line(`From ${where}: icmp_seq=${got.seq} ${icmpErrorText(5, got.code, got.gateway)}`)
    return true
  }

  private async printReply(session: PingSession, got: EchoReply, tail: string): Promise<true> {
    const { proc } = this
    session.printTime()
    const seqWord = this.options.version === '20101006' ? 'icmp_req' : 'icmp_seq'
    const ident = this.options.verbose && atLeast(this.options.version, '20210722') ? ` ident=${this.transport.id}` : ''
    proc.line(`${8 + got.data.length} bytes from ${await this.nameOf(got.from)}: ${seqWord}=${got.seq}${ident} ttl=${got.ttl}${tail}`)
    return true
  }

  async errorLine(error: SocketError, _session: PingSession): Promise<{ seq: number; line: string } | null> {
    const quoted = error.quoted
    if (quoted === null || quoted.dst !== this.target) return null
    const head = encodePayload(quoted.payload, quoted.src, quoted.dst)
    if (head[0] !== ICMP_ECHO || ((head[4]! << 8) | head[5]!) !== this.transport.id) return null
    const seq = (head[6]! << 8) | head[7]!
    return { seq, line: `From ${await this.nameOf(error.from)} icmp_seq=${seq} ${icmpErrorText(error.type, error.code, error.mtu)}` }
  }

  private async nameOf(address: Ipv4Address): Promise<string> {
    const text = formatIpv4(address)
    if (this.isNumeric) return text
    const name = await nameOfAddress(this.proc, address)
    return name === null ? text : `${name} (${text})`
  }
}
