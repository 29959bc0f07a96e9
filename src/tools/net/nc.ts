// nc of OpenBSD as Debian and Ubuntu ship it: connects, listens and scans over TCP and UDP.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4 } from '../../addr/ipv4.js'
import type { GetoptGrammar, ParsedOptions } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { errnoText } from '../../kernel/errno.js'
import type { Socket } from '../../kernel/socket.js'
import type { TcpSocket } from '../../kernel/tcp.js'
import type { UdpSocket } from '../../kernel/udp.js'
import type { Command } from '../../node/command.js'
import { acceptTcp, connectTcp, openTcp, openUdp, poll } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { parseLooseIpv4, resolveHost } from '../../node/resolver.js'
import { runBusyboxNc } from './busybox-nc.js'
import { completeBy } from './complete.js'
import { relayTcp, relayUdp } from './nc-relay.js'
import { serviceName, servicePort } from './services.js'

export const ncGrammar: GetoptGrammar = {
  options: [
    { name: 'ipv4', short: '4' },
    { name: 'ipv6', short: '6', notEmulated: 'use IPv4' },
    { name: 'broadcast', short: 'b' },
    { name: 'crlf', short: 'C' },
    { name: 'debug', short: 'D' },
    { name: 'detach', short: 'd' },
    { name: 'fdpass', short: 'F', notEmulated: '' },
    { name: 'help', short: 'h' },
    { name: 'recvbuf', short: 'I', value: 'required' },
    { name: 'interval', short: 'i', value: 'required' },
    { name: 'keep', short: 'k' },
    { name: 'listen', short: 'l' },
    { name: 'ttl', short: 'M', value: 'required' },
    { name: 'minttl', short: 'm', value: 'required' },
    { name: 'shutdown', short: 'N' },
    { name: 'numeric', short: 'n' },
    { name: 'sendbuf', short: 'O', value: 'required' },
    { name: 'proxyuser', short: 'P', value: 'required', notEmulated: 'no proxies' },
    { name: 'port', short: 'p', value: 'required' },
    { name: 'quit', short: 'q', value: 'required' },
    { name: 'random', short: 'r' },
    { name: 'md5', short: 'S', notEmulated: '' },
    { name: 'source', short: 's', value: 'required' },
    { name: 'tos', short: 'T', value: 'required' },
    { name: 'telnet', short: 't', notEmulated: '' },
    { name: 'udp', short: 'u' },
    { name: 'unix', short: 'U', notEmulated: 'no UNIX sockets' },
    { name: 'rtable', short: 'V', value: 'required', notEmulated: 'use ip netns exec' },
    { name: 'verbose', short: 'v' },
    { name: 'recvlimit', short: 'W', value: 'required' },
    { name: 'timeout', short: 'w', value: 'required' },
    { name: 'proxyproto', short: 'X', value: 'required', notEmulated: 'no proxies' },
    { name: 'proxy', short: 'x', value: 'required', notEmulated: 'no proxies' },
    { name: 'scan', short: 'z' },
    { name: 'dccp', short: 'Z', notEmulated: '' },
  ],
}

const USAGE = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
	  [destination] [port]`

export const nc: Command = { name: 'nc', path: '/bin/nc', usage: USAGE, run: runNc, complete: completeBy(ncGrammar) }
export const netcat: Command = { name: 'netcat', path: '/bin/netcat', usage: USAGE, run: runNc }

async function runNc(proc: Process): Promise<number> {
  if (proc.machine.image.family === 'cirros') return runBusyboxNc(proc)
  const parsed = parseOptions(ncGrammar, proc.argv.slice(1))
  if (parsed.problem !== null) {
    proc.error(getoptMessage('nc', parsed.problem))
    if (parsed.problem.kind === 'not-emulated') return 126
    proc.error(USAGE)
    return 1
  }
  if (parsed.has('help')) {
    proc.error(`OpenBSD netcat (Debian patchlevel ${proc.machine.image.tool('netcat')})\n${USAGE}`)
    return 1
  }
  return new Netcat(proc, parsed).run()
}

class Netcat {
  constructor(
    private readonly proc: Process,
    private readonly options: ParsedOptions,
  ) {}

  private get isVerbose(): boolean {
    return this.options.has('verbose')
  }

  private get protocol(): 'tcp' | 'udp' {
    return this.options.has('udp') ? 'udp' : 'tcp'
  }

  private get timeoutUs(): number | undefined {
    return this.options.value('timeout') === null ? undefined : this.options.number('timeout', 0) * 1_000_000
  }

  run(): Promise<number> | number {
    const { proc, options } = this
    if (options.has('listen')) return this.listen()
    const [host, ports] = options.operands
    if (host === undefined) {
      proc.error(USAGE)
      return 1
    }
    if (ports === undefined) {
      proc.error('nc: missing port number')
      return 1
    }
    const list = this.portList(ports)
    if (typeof list === 'string') {
      proc.error(`nc: ${list}`)
      return 1
    }
    return this.connectEach(host, list)
  }

  /** A port, a name, or `lo-hi`. */
  private portList(text: string): number[] | string {
    const range = /^(\d+)-(\d+)$/.exec(text)
    if (range === null) {
      const port = servicePort(this.proc, text, this.protocol)
      if (port !== null && port > 0) return [port]
      return /^\d+$/.test(text) ? `port number ${Number(text) === 0 ? 'too small' : 'too large'}: ${text}` : `port number invalid: ${text}`
    }
    const low = Math.min(Number(range[1]), Number(range[2]))
    const high = Math.max(Number(range[1]), Number(range[2]))
    return Array.from({ length: high - low + 1 }, (_, i) => low + i)
  }

  private setOptions(socket: Socket): void {
    const { options } = this
    if (options.value('ttl') !== null) socket.ttl = options.number('ttl', 64)
    const tos = options.value('tos')
    if (tos !== null) socket.tos = TOS_WORDS.get(tos) ?? Number(tos)
    socket.broadcast = options.has('broadcast')
    socket.reuseAddress = true
    socket.reusePort = true
  }

  private bindLocal(socket: TcpSocket | UdpSocket): string | null {
    const source = this.options.value('source')
    const port = this.options.number('port', 0)
    if (source === null && port === 0) return null
    const address = source === null ? 0 : parseLooseIpv4(source)
    if (address === null) return `getaddrinfo: Name or service not known`
    const errno = socket.bind(address, port)
    return errno === null ? null : `bind failed: ${errnoText(errno)}`
  }

  private async connectEach(host: string, ports: readonly number[]): Promise<number> {
    const { proc, options } = this
    const resolved = options.has('numeric') ? (parseLooseIpv4(host) ?? null) : await resolveHost(proc, host)
    if (resolved === null || typeof resolved === 'string') {
      proc.error(`nc: getaddrinfo for host "${host}" port ${ports[0]}: ${resolved ?? 'Name or service not known'}`)
      return 1
    }
    const address = typeof resolved === 'number' ? resolved : resolved.address
    let code = 1
    for (const port of ports) {
      const done = this.protocol === 'udp' ? await this.connectUdp(host, address, port) : await this.connectTo(host, address, port)
      if (done === 0) code = 0
    }
    return code
  }

  private async connectTo(host: string, address: Ipv4Address, port: number): Promise<number> {
    const { proc, options } = this
    const socket = openTcp(proc)
    this.setOptions(socket)
    const failure = this.bindLocal(socket)
    if (failure !== null) {
      proc.error(`nc: ${failure}`)
      return 1
    }
    const errno = await connectTcp(proc, socket, { address, port }, this.timeoutUs)
    if (errno !== null) {
      const reason = errno === 'timeout' ? 'timed out: Operation now in progress' : `failed: ${errnoText(errno)}`
      if (this.isVerbose) proc.error(`nc: connect to ${host} port ${port} (tcp) ${reason}`)
      socket.close()
      return 1
    }
    this.announce(host, port)
    if (options.has('scan')) {
      socket.close()
      return 0
    }
    await relayTcp(proc, socket, options)
    socket.close()
    return 0
  }

  private announce(host: string, port: number): void {
    if (!this.isVerbose) return
    const name = this.options.has('numeric') ? null : serviceName(this.proc, port, this.protocol)
    this.proc.error(`Connection to ${host} ${port} port [${this.protocol}/${name ?? '*'}] succeeded!`)
  }

  private async connectUdp(host: string, address: Ipv4Address, port: number): Promise<number> {
    const { proc, options } = this
    const socket = openUdp(proc)
    this.setOptions(socket)
    const failure = this.bindLocal(socket)
    if (failure !== null) {
      proc.error(`nc: ${failure}`)
      return 1
    }
    const errno = socket.connect(address, port)
    if (errno !== null) {
      if (this.isVerbose) proc.error(`nc: connect to ${host} port ${port} (udp) failed: ${errnoText(errno)}`)
      return 1
    }
    if (this.isVerbose || options.has('scan')) {
      if (!(await this.udpTest(socket))) return 1
      this.announce(host, port)
    }
    if (!options.has('scan')) await relayUdp(proc, socket, options)
    socket.close()
    return 0
  }

  /** Writes a few X: a port unreachable coming back makes a later write fail. */
  private async udpTest(socket: UdpSocket): Promise<boolean> {
    const seconds = this.options.number('timeout', 4)
    for (let i = 0; i <= 3; i++) {
      if (socket.send(new Uint8Array([0x58])) !== null) return false
      if (i > 1 || seconds > i) await this.proc.sleep(seconds >= 3 ? 1_000_000 : (seconds * 1_000_000) / 4)
    }
    return !socket.hasError
  }

  private async listen(): Promise<number> {
    const { proc, options } = this
    const operands = options.operands
    const portText = options.value('port') ?? operands.at(-1)
    const hostText =
      options.value('source') ?? (options.value('port') !== null ? operands[0] : operands.length > 1 ? operands[0] : undefined)
    const port = portText === undefined ? null : servicePort(proc, portText, this.protocol)
    const address = hostText === undefined ? 0 : parseLooseIpv4(hostText)
    if (port === null || address === null) {
      proc.error(portText === undefined ? 'nc: missing port number' : `nc: getaddrinfo: Servname not supported for ai_socktype`)
      return 1
    }
    return this.protocol === 'udp' ? this.listenUdp(address, port) : this.listenTcp(address, port)
  }

  private async listenTcp(address: Ipv4Address, port: number): Promise<number> {
    const { proc, options } = this
    for (;;) {
      const listener = openTcp(proc)
      this.setOptions(listener)
      const errno = listener.bind(address, port) ?? listener.listen(1)
      if (errno !== null) {
        proc.error(`nc: ${errnoText(errno)}`)
        return 1
      }
      if (this.isVerbose) proc.error(`Listening on ${formatIpv4(address)} ${port}`)
      do {
        const socket = await acceptTcp(proc, listener)
        if (socket === null) return 1
        // Without -k nobody else may connect meanwhile.
        if (!options.has('keep')) listener.close()
        this.announceClient(socket.remoteAddress, socket.remotePort)
        await relayTcp(proc, socket, options)
        socket.close()
      } while (options.has('keep'))
      return 0
    }
  }

  private announceClient(address: Ipv4Address, port: number): void {
    if (this.isVerbose) this.proc.error(`Connection received on ${formatIpv4(address)} ${port}`)
  }

  private async listenUdp(address: Ipv4Address, port: number): Promise<number> {
    const { proc, options } = this
    const socket = openUdp(proc)
    this.setOptions(socket)
    const errno = socket.bind(address, port)
    if (errno !== null) {
      proc.error(`nc: ${errnoText(errno)}`)
      return 1
    }
    if (this.isVerbose) proc.error(`Bound on ${formatIpv4(address)} ${port}`)
    await poll(proc, [socket], () => socket.received.length > 0)
    const first = socket.received[0]!
    if (!options.has('keep')) socket.connect(first.from, first.fromPort)
    this.announceClient(first.from, first.fromPort)
    await relayUdp(proc, socket, options)
    socket.close()
    return 0
  }
}

const TOS_WORDS = new Map([
  ['lowdelay', 0x10],
  ['throughput', 0x08],
  ['reliability', 0x04],
  ['critical', 0xa0],
])
