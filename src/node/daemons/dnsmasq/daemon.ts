// The dnsmasq daemon: sockets, log, files, signals and the lease script around its DHCP and DNS halves.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { broadcastOf, formatIpv4 } from '../../../addr/ipv4.js'
import { KernelError } from '../../../kernel/errno.js'
import type { NetDevice } from '../../../kernel/netdev.js'
import type { TcpSocket } from '../../../kernel/tcp.js'
import type { Datagram, UdpSocket } from '../../../kernel/udp.js'
import { get16, put16 } from '../../../wire/bytes.js'
import { DHCP_BROADCAST_FLAG, DHCP_CLIENT_PORT, DHCP_SERVER_PORT, type DhcpMessage, decodeDhcp, encodeDhcp } from '../../../wire/dhcp.js'
import type { DnsMessage } from '../../../wire/dns.js'
import { DNS_SERVFAIL, decodeDns, dnsResponse, encodeDns } from '../../../wire/dns.js'
import { atLeast } from '../../image.js'
import { acceptTcp, Bell, openPing, openTcp, openUdp, poll, readTcp, writeTcp } from '../../net-api.js'
import type { Process } from '../../process.js'
import { askServer } from '../../resolver.js'
import { syslogTime } from '../../syslog.js'
import type { DhcpLink, DhcpSurroundings } from './dhcp-server.js'
import { DhcpServer } from './dhcp-server.js'
import { forwardedLines, localLines, queryLines, replyLines } from './dns-log.js'
import { DnsServer } from './dns-server.js'
import { readHostsFiles } from './hosts-files.js'
import type { Lease, LeaseAction } from './lease-table.js'
import { parseLeaseLine } from './lease-table.js'
import { compileOptions, rangeText } from './log-text.js'
import type { DnsmasqConfig } from './options.js'
import { parseHost, parseSetOption } from './options.js'
import { LeaseScript } from './script.js'
import { Upstream } from './upstream.js'

const UPSTREAM_TIMEOUT_US = 10_000_000

export class Dnsmasq implements DhcpSurroundings {
  private readonly dhcp: DhcpServer
  private readonly dns: DnsServer
  private readonly script: LeaseScript | null
  private dhcpSocket: UdpSocket | null = null
  private boundDevice: NetDevice | null = null
  private readonly dnsSockets: UdpSocket[] = []
  private readonly listeners: TcpSocket[] = []
  private readonly bell = new Bell()
  private readonly upstream = new Upstream()
  private wantsReload = false
  private isEnding = false

  constructor(
    private readonly proc: Process,
    private readonly config: DnsmasqConfig,
  ) {
    this.dhcp = new DhcpServer(config, this)
    this.dns = new DnsServer(config, () => this.dhcp.leases.all(), !atLeast(proc.machine.image.tool('dnsmasq'), '2.86'))
    this.script = config.script === null ? null : new LeaseScript(proc, config.script)
  }

  /** Binds everything; the message of the first failure, or null. Runs before the daemon lets go of its caller. */
  openSockets(): string | null {
    const { config } = this
    if (config.ranges.length > 0) {
      const failure = this.openLeaseFile()
      if (failure !== null) return failure
      const socket = openUdp(this.proc)
      socket.broadcast = true
      socket.mtuDiscover = 'dont'
      socket.tos = 0xc0
      socket.reuseAddress = config.given.has('bind-interfaces')
      const errno = socket.bind(0, DHCP_SERVER_PORT)
      if (errno !== null) return `failed to bind DHCP server socket: ${new KernelError(errno).message}`
      this.dhcpSocket = socket
      this.boundDevice = this.onlyDevice()
      socket.boundIfindex = this.boundDevice?.ifindex ?? 0
    }
    return config.port === 0 ? null : this.openDns()
  }

  /** With one interface and no other, the DHCP socket belongs to it alone. */
  private onlyDevice(): NetDevice | null {
    const { interfaces, given } = this.config
    if (interfaces.length !== 1 || !(given.has('bind-interfaces') || given.has('bind-dynamic'))) return null
    return atLeast(this.proc.machine.image.tool('dnsmasq'), '2.64') ? this.proc.netns.deviceByName(interfaces[0]!) : null
  }

  private openLeaseFile(): string | null {
    const { config } = this
    if (config.given.has('leasefile-ro')) return null
    const { files } = this.proc.machine
    try {
      if (!config.given.has('dhcp-leasefile')) files.mkdir('/var/lib/misc', { parents: true })
      files.write(config.leaseFile, '', { append: true })
      return null
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      return `cannot open or create lease file ${config.leaseFile}: ${error.message}`
    }
  }

  private openDns(): string | null {
    for (const address of this.dnsAddresses()) {
      const udp = openUdp(this.proc)
      const tcp = openTcp(this.proc)
      tcp.reuseAddress = true
      const errno = udp.bind(address, this.config.port) ?? tcp.bind(address, this.config.port) ?? tcp.listen(32)
      if (errno !== null) {
        const what = address === 0 ? `port ${this.config.port}` : formatIpv4(address)
        return `failed to create listening socket for ${what}: ${new KernelError(errno).message}`
      }
      this.dnsSockets.push(udp)
      this.listeners.push(tcp)
    }
    return null
  }

  private dnsAddresses(): Ipv4Address[] {
    const { config } = this
    if (!config.given.has('bind-interfaces') && !config.given.has('bind-dynamic')) return [0]
    const addresses: Ipv4Address[] = []
    for (const dev of this.proc.netns.devices) {
      for (const { local } of dev.addresses) if (this.isServed(dev, local) && !addresses.includes(local)) addresses.push(local)
    }
    return addresses
  }

  private isServed(dev: NetDevice, address: Ipv4Address): boolean {
    const { config } = this
    if (config.exceptInterfaces.includes(dev.name)) return false
    if (config.listenAddresses.includes(address)) return true
    if (config.interfaces.length > 0) return config.interfaces.includes(dev.name) || dev.name === 'lo'
    return config.listenAddresses.length === 0
  }

  /** While the daemon is still root. */
  startScript(): void {
    this.script?.start()
  }

  async run(): Promise<number> {
    this.proc.trap('HUP', () => this.ring(() => (this.wantsReload = true)))
    this.proc.trap('TERM', () => this.ring(() => (this.isEnding = true)))
    this.proc.trap('INT', () => this.ring(() => (this.isEnding = true)))
    this.proc.trap('USR1', () => this.logStatistics())
    this.logStart()
    await this.loadLeases()
    this.readFiles()
    if (this.script !== null) for (const lease of this.dhcp.leases.all()) this.script.queue('old', lease, this.config.domain)
    for (const listener of this.listeners) void this.serveTcp(listener).catch(() => {})
    await this.loop()
    this.logMain('exiting on receipt of SIGTERM')
    if (this.config.pidFile !== null && this.proc.files.exists(this.config.pidFile)) this.proc.machine.files.remove(this.config.pidFile)
    return 0
  }

  private ring(change: () => void): void {
    change()
    this.bell.ring()
  }

  private async loop(): Promise<void> {
    const sockets = [...this.dnsSockets, ...(this.dhcpSocket === null ? [] : [this.dhcpSocket])]
    const ready = (): boolean => this.wantsReload || this.isEnding || sockets.some((socket) => socket.received.length > 0)
    while (!this.isEnding) {
      const expiry = this.dhcp.leases.nextExpiry()
      const waitUs = expiry === null ? undefined : Math.max((expiry - this.nowSeconds) * 1_000_000, 1000)
      await poll(this.proc, [...sockets, this.bell], ready, waitUs)
      this.dhcp.prune()
      if (this.wantsReload) this.reload()
      const dhcp = this.dhcpSocket?.receive() ?? null
      if (dhcp !== null) await this.serveDhcp(dhcp)
      for (const socket of this.dnsSockets) {
        const datagram = socket.receive()
        if (datagram !== null) void this.serveDns(socket, datagram).catch(() => {})
      }
    }
  }

  private reload(): void {
    this.wantsReload = false
    this.readFiles()
    if (this.script !== null) for (const lease of this.dhcp.leases.all()) this.script.queue('old', lease, this.config.domain)
  }

  // --- DHCP

  private async serveDhcp(datagram: Datagram): Promise<void> {
    const message = decodeDhcp(datagram.data)
    // What this machine sends to itself (dhcp_release) comes in by lo; the device is the one that owns the address.
    const dev = datagram.dev.name === 'lo' ? (this.ownerOf(datagram.to) ?? datagram.dev) : datagram.dev
    const links = this.linksOf(dev)
    if (message === null || message.op !== 1 || links.length === 0) return
    const reply = await this.dhcp.answer(message, links)
    if (reply !== null) this.sendReply(dev, this.dhcp.linkFor(message, links), message, reply)
  }

  private ownerOf(address: Ipv4Address): NetDevice | null {
    return this.proc.netns.devices.find((dev) => dev.addresses.some((own) => own.local === address)) ?? null
  }

  /** Its addresses, those with a range first; none when DHCP is not served there. */
  private linksOf(dev: NetDevice): DhcpLink[] {
    if (dev.name === 'lo' || this.config.noDhcpInterfaces.includes(dev.name)) return []
    const usable = dev.addresses.filter((address) => this.isServed(dev, address.local))
    const hasRange = ({ local, length }: { local: Ipv4Address; length: number }): boolean =>
      this.config.ranges.some((range) => ((range.start ^ local) & (-1 << (32 - length))) === 0)
    return [...usable.filter(hasRange), ...usable.filter((address) => !hasRange(address))].map((own) => ({
      name: dev.name,
      address: own.local,
      prefixLength: own.length,
      broadcast: own.broadcast ?? broadcastOf({ address: own.local, length: own.length }),
    }))
  }

  /** To the client's address when it has one, else by broadcast or, with its address put into the ARP table, by unicast. */
  private sendReply(dev: NetDevice, link: DhcpLink, request: DhcpMessage, reply: DhcpMessage): void {
    const via = { source: link.address, ifindex: dev.ifindex }
    const bytes = encodeDhcp(reply)
    const isNak = reply.yiaddr === 0 && reply.ciaddr === 0
    if (request.giaddr !== 0) this.dhcpSocket!.sendTo(bytes, request.giaddr, DHCP_SERVER_PORT, { source: link.address, ifindex: 0 })
    else if (request.ciaddr !== 0 && !isNak) this.dhcpSocket!.sendTo(bytes, request.ciaddr, DHCP_CLIENT_PORT, via)
    else if ((reply.flags & DHCP_BROADCAST_FLAG) !== 0 || reply.yiaddr === 0) this.dhcpSocket!.sendTo(bytes, -1, DHCP_CLIENT_PORT, via)
    else {
      this.proc.netns.neigh.set(dev, reply.yiaddr, { lladdr: request.chaddr, state: 'STALE' }, 'replace')
      this.dhcpSocket!.sendTo(bytes, reply.yiaddr, DHCP_CLIENT_PORT, via)
    }
  }

  get nowSeconds(): number {
    return this.proc.clock / 1_000_000
  }

  leaseChanged(action: LeaseAction, lease: Lease): void {
    if (!this.config.given.has('leasefile-ro')) this.proc.machine.files.write(this.config.leaseFile, this.dhcp.leases.text())
    this.script?.queue(action, lease, this.config.domain)
  }

  nameConflict(name: string, address: Ipv4Address): { source: string; address: Ipv4Address } | null {
    return this.dns.conflict(name, address)
  }

  /** One echo, three seconds of patience, as dnsmasq pings before it offers. */
  async isAnswering(address: Ipv4Address): Promise<boolean> {
    const socket = openPing(this.proc)
    const sent = socket.sendEcho(address, 1, new Uint8Array(0))
    const answered = sent === null && (await poll(this.proc, [socket], () => socket.received.length > 0, 3_000_000))
    socket.close()
    return answered
  }

  // --- DNS

  private async serveDns(socket: UdpSocket, datagram: Datagram): Promise<void> {
    const query = decodeDns(datagram.data)
    if (query === null) return
    const answer = await this.resolve(query, datagram.from)
    if (answer === null) return
    socket.sendTo(encodeDns(answer), datagram.from, datagram.fromPort, { source: socket.localAddress === 0 ? datagram.to : 0, ifindex: 0 })
  }

  /** Null: upstream is silent, and so are we. */
  private async resolve(query: DnsMessage, from: Ipv4Address): Promise<DnsMessage | null> {
    const own = this.dns.local(query)
    this.logQuery(queryLines(query, from))
    if (own !== null) {
      this.logQuery(localLines(query, own, (name) => this.dns.sourceOf(name)))
      return own
    }
    for (const server of this.dns.upstream) {
      this.logQuery(forwardedLines(query, server))
      const answer = await askServer(this.proc, server, query, UPSTREAM_TIMEOUT_US)
      if (typeof answer === 'string') continue
      this.logQuery(replyLines(query, answer))
      return this.dns.corrected(query, answer)
    }
    return dnsResponse(query, DNS_SERVFAIL, [])
  }

  private logQuery(lines: readonly string[]): void {
    if (this.config.given.has('log-queries')) for (const line of lines) this.logMain(line)
  }

  private async serveTcp(listener: TcpSocket): Promise<void> {
    for (;;) {
      const socket = await acceptTcp(this.proc, listener)
      if (socket === null) return
      void this.serveTcpClient(socket).catch(() => socket.close())
    }
  }

  private async serveTcpClient(socket: TcpSocket): Promise<void> {
    let buffer = new Uint8Array(0)
    for (;;) {
      const got = await readTcp(this.proc, socket)
      if (!(got instanceof Uint8Array)) break
      const joined = new Uint8Array(buffer.length + got.length)
      joined.set(buffer)
      joined.set(got, buffer.length)
      buffer = joined
      while (buffer.length >= 2 && buffer.length >= 2 + get16(buffer, 0)) {
        const length = get16(buffer, 0)
        const query = decodeDns(buffer.subarray(2, 2 + length))
        buffer = buffer.slice(2 + length)
        const answer = query === null ? null : await this.resolve(query, socket.remoteAddress)
        if (answer !== null) await writeTcp(this.proc, socket, withLength(encodeDns(answer)))
      }
    }
    socket.close()
  }

  // --- log and files

  log(text: string): void {
    this.write('dnsmasq-dhcp', text)
  }

  private logMain(text: string): void {
    this.write('dnsmasq', text)
  }

  private write(tag: string, text: string): void {
    const { logFile } = this.config
    if (this.config.foreground === 'debug') this.proc.error(`${tag}: ${text}`)
    else if (logFile !== null) this.proc.machine.files.write(logFile, `${this.logHead(tag)}: ${text}\n`, { append: true })
    else this.proc.machine.syslog('daemon', tag, this.proc.pid, text)
  }

  private logHead(tag: string): string {
    return `${syslogTime(this.proc.machine.clockUs)} ${tag}[${this.proc.pid}]`
  }

  private logStart(): void {
    const version = this.proc.machine.image.tool('dnsmasq')
    const cache = this.config.port === 0 ? 'DNS disabled' : 'cachesize 150'
    this.logMain(`started, version ${version} ${cache}`)
    if (this.config.given.has('local-service')) this.logMain('DNS service limited to local subnets')
    this.logMain(`compile time options: ${compileOptions(version)}`)
    if (this.config.port !== 0 && this.config.given.has('no-resolv') && this.config.servers.length === 0)
      this.logMain('warning: no upstream servers configured')
    for (const range of [...this.config.ranges].reverse()) this.log(rangeText(range))
    if (this.boundDevice !== null) this.log(`DHCP, sockets bound exclusively to interface ${this.boundDevice.name}`)
  }

  private logStatistics(): void {
    this.logMain(`time ${Math.floor(this.nowSeconds)}`)
    this.logMain('cache size 150, 0/0 cache insertions re-used unexpired cache entries.')
  }

  private async loadLeases(): Promise<void> {
    let text = ''
    if (!this.config.given.has('leasefile-ro')) {
      if (this.proc.files.exists(this.config.leaseFile)) text = this.proc.files.read(this.config.leaseFile)
    } else if (this.script !== null) text = await this.script.init()
    for (const line of text.split('\n')) {
      const lease = parseLeaseLine(line)
      if (lease !== null && this.config.ranges.length > 0) this.dhcp.leases.set(lease)
    }
  }

  /** Hosts, leases' hosts and servers: at start and on HUP. */
  private readFiles(): void {
    const { config, proc } = this
    const log = (text: string): void => this.logMain(text)
    if (config.port !== 0) this.dns.upstream = this.upstream.read(proc, config, log)
    this.dns.hostsFiles = readHostsFiles(proc, config, log)
    this.dhcp.fileHosts = this.fileLines(config.hostsFiles).map((line) => parseHost(line))
    this.dhcp.fileOptions = this.fileLines(config.optionsFiles).flatMap((line) => parseSetOption(line) ?? [])
  }

  private fileLines(paths: readonly string[]): string[] {
    const lines: string[] = []
    for (const path of paths) {
      if (!this.proc.files.exists(path)) {
        this.log(`failed to read ${path}: No such file or directory`)
        continue
      }
      const text = this.proc.files.read(path)
      lines.push(
        ...text
          .split('\n')
          .map((line) => line.replace(/#.*/, '').trim())
          .filter((line) => line !== ''),
      )
      this.log(`read ${path}`)
    }
    return lines
  }
}

function withLength(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(bytes.length + 2)
  put16(framed, 0, bytes.length)
  framed.set(bytes, 2)
  return framed
}
