// dhclient of ISC: a lease for each device named, kept by a daemon, given back with -r.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import type { GetoptGrammar, ParsedOptions } from '../../grammar/getopt.js'
import { parseOptions } from '../../grammar/getopt.js'
import { KernelError } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { IFF_LOOPBACK } from '../../kernel/netdev.js'
import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import type { DhcpMessage, DhcpOption } from '../../wire/dhcp.js'
import {
  addressOption,
  bytesOption,
  DHCPACK,
  DHCPDISCOVER,
  DHCPNAK,
  DHCPOFFER,
  DHCPRELEASE,
  DHCPREQUEST,
  DHO_HOST_NAME,
  DHO_MESSAGE_TYPE,
  DHO_PARAMETER_REQUEST_LIST,
  DHO_REQUESTED_ADDRESS,
  DHO_SERVER_IDENTIFIER,
  numberOption,
  textOption,
} from '../../wire/dhcp.js'
import { completeBy } from './complete.js'
import type { DhclientLease } from './dhclient-lease.js'
import { applyLease, leaseFileText, leaseOf, parseLeaseFile, removeLease } from './dhclient-lease.js'
import { DhcpExchange, RingingBell } from './dhcp-exchange.js'

const grammar: GetoptGrammar = {
  order: 'words',
  options: [
    { name: 'verbose', long: 'v' },
    { name: 'debug', long: 'd' },
    { name: 'quiet', long: 'q' },
    { name: 'once', long: '1' },
    { name: 'release', long: 'r' },
    { name: 'exit', long: 'x' },
    { name: 'nowait', long: 'nw' },
    { name: 'no-daemon', long: 'w' },
    { name: 'ipv4', long: '4' },
    { name: 'ipv6', long: '6', notEmulated: 'DHCPv6' },
    { name: 'port', long: 'p', value: 'required', notEmulated: 'ports are 67 and 68' },
    { name: 'pid-file', long: 'pf', value: 'required' },
    { name: 'lease-file', long: 'lf', value: 'required' },
    { name: 'config', long: 'cf', value: 'required' },
    { name: 'script', long: 'sf', value: 'required' },
    { name: 'timeout', long: 'timeout', value: 'required' },
    { name: 'version', long: ['version'] },
    { name: 'help', long: ['help', 'h'] },
  ],
}

export const dhclient: Command = {
  name: 'dhclient',
  path: '/sbin/dhclient',
  run: runDhclient,
  changes: true,
  complete: completeBy(grammar, 'device'),
}

const USAGE = 'Usage: dhclient [-4] [-1dvrxq] [-nw] [-w] [-lf lease-file] [-pf pid-file] [-cf config-file] [-sf script-file] [interface]*'
/** How long it looks for a server before it gives up (timeout of dhclient.conf, 300 s on Debian). */
const TIMEOUT_US = 300_000_000
const FIRST_INTERVAL_SECONDS = 3

async function runDhclient(proc: Process): Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  if (parsed.problem !== null) {
    proc.error(
      parsed.problem.kind === 'not-emulated'
        ? `dhclient: ${parsed.problem.option}: not emulated by netlab (${parsed.problem.instead})`
        : USAGE,
    )
    return parsed.problem.kind === 'not-emulated' ? 126 : 1
  }
  if (parsed.has('version') || parsed.has('help')) {
    proc.error(parsed.has('version') ? `isc-dhclient-${proc.machine.image.tool('dhclient')}` : USAGE)
    return 0
  }
  const devices: NetDevice[] = []
  for (const name of parsed.operands) {
    const dev = proc.netns.deviceByName(name)
    if (dev === null) {
      proc.error(`Cannot find device "${name}"`)
      return 1
    }
    devices.push(dev)
  }
  if (devices.length === 0) devices.push(...proc.netns.devices.filter((dev) => (dev.flags & IFF_LOOPBACK) === 0))
  return new Dhclient(proc, parsed, devices).run()
}

class Dhclient {
  private client: Process
  private readonly bell = new RingingBell()

  constructor(
    private readonly proc: Process,
    private readonly options: ParsedOptions,
    private readonly devices: readonly NetDevice[],
  ) {
    this.client = proc
  }

  private get leaseFile(): string {
    const isDebian = this.proc.machine.image.family !== 'redhat'
    return this.options.value('lease-file') ?? (isDebian ? '/var/lib/dhcp/dhclient.leases' : '/var/lib/dhclient/dhclient.leases')
  }

  private get pidFile(): string {
    return this.options.value('pid-file') ?? '/var/run/dhclient.pid'
  }

  async run(): Promise<number> {
    this.banner()
    this.stopOld()
    if (this.options.has('release') || this.options.has('exit')) return this.release()
    for (const dev of this.devices) await this.command(['ip', 'link', 'set', 'dev', dev.name, 'up'])
    if (this.options.has('nowait')) return this.goOn(() => this.obtainAndKeep(this.devices[0]!))
    let code = 2
    for (const dev of this.devices) {
      const lease = await this.obtain(dev)
      if (lease === null) continue
      code = 0
      await this.bind(dev, lease)
      if (this.options.has('debug')) return this.keep(dev, lease)
      this.goOn(() => this.keep(this.client.netns.deviceByName(dev.name)!, lease))
    }
    if (code !== 0) this.say('No working leases in persistent database - sleeping.')
    if (code !== 0 && !this.options.has('once')) return this.goOn(() => this.obtainAndKeep(this.devices[0]!))
    return code
  }

  private say(text: string): void {
    if (this.options.has('verbose') || this.options.has('debug')) this.client.error(text)
    this.proc.machine.syslog('daemon', 'dhclient', this.client.pid, text)
  }

  private banner(): void {
    const { proc } = this
    const isShown = this.options.has('verbose') || this.options.has('debug')
    if (isShown) {
      proc.error(`Internet Systems Consortium DHCP Client ${proc.machine.image.tool('dhclient')}`)
      proc.error('For info, please visit https://www.isc.org/software/dhcp/\n')
    }
    if (this.options.has('release')) return
    for (const dev of this.devices) {
      const where = `LPF/${dev.name}/${formatMac(dev.mac)}`
      this.say(`Listening on ${where}`)
      this.say(`Sending on   ${where}`)
    }
    this.say('Sending on   Socket/fallback')
  }

  /** One dhclient a pid file: the old one ends. */
  private stopOld(): void {
    const { files } = this.proc
    if (!files.exists(this.pidFile)) return
    const pid = Number(files.read(this.pidFile).trim())
    const old = this.proc.machine.process(pid)
    if (old !== null && old.comm === 'dhclient') old.kill('TERM')
    this.proc.machine.files.remove(this.pidFile)
  }

  private async release(): Promise<number> {
    const leases = this.proc.files.exists(this.leaseFile) ? parseLeaseFile(this.proc.files.read(this.leaseFile)) : []
    for (const dev of this.devices) {
      const lease = leases.findLast((known) => known.interfaceName === dev.name)
      if (lease === undefined) continue
      if (this.options.has('release')) {
        this.say(`DHCPRELEASE of ${formatIpv4(lease.address)} on ${dev.name} to ${formatIpv4(lease.server)} port 67${this.xidText(0)}`)
        const exchange = new DhcpExchange(this.proc, dev)
        exchange.xid = this.proc.random.uint32()
        const options = [numberOption(DHO_MESSAGE_TYPE, DHCPRELEASE, 1), addressOption(DHO_SERVER_IDENTIFIER, lease.server)]
        exchange.unicast({ ciaddr: lease.address, options }, lease.server)
        await this.proc.sleep(10_000)
      }
      await removeLease(dev.name, (argv) => this.command(argv))
    }
    return 0
  }

  private xidText(xid: number): string {
    const image = this.proc.machine.image
    const shows = image.family === 'redhat' || (image.name.startsWith('ubuntu') && image.toolAtLeast('dhclient', '4.3'))
    return shows && xid !== 0 ? ` (xid=0x${xid.toString(16)})` : ''
  }

  private options4(type: number, asked: readonly DhcpOption[]): DhcpOption[] {
    return [
      numberOption(DHO_MESSAGE_TYPE, type, 1),
      ...asked,
      textOption(DHO_HOST_NAME, this.proc.machine.hostname),
      bytesOption(DHO_PARAMETER_REQUEST_LIST, [1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42]),
    ]
  }

  private async obtain(dev: NetDevice): Promise<DhclientLease | null> {
    const exchange = new DhcpExchange(this.client, dev, { tos: 0x10, ttl: 128 }, true)
    exchange.xid = this.client.random.uint32()
    const seconds = Number(this.options.value('timeout') ?? TIMEOUT_US / 1_000_000)
    const giveUp = this.client.nowUs + seconds * 1_000_000
    for (
      let interval = FIRST_INTERVAL_SECONDS;
      this.client.nowUs < giveUp;
      interval = Math.min(interval * 2 + this.client.random.below(3), 21)
    ) {
      this.say(`DHCPDISCOVER on ${dev.name} to 255.255.255.255 port 67 interval ${interval}${this.xidText(exchange.xid)}`)
      exchange.broadcast({ options: this.options4(DHCPDISCOVER, []) })
      const offer = await exchange.reply(
        this.client.nowUs + interval * 1_000_000,
        (message) => message.messageType === DHCPOFFER,
        this.bell,
      )
      if (offer === null) continue
      const lease = await this.request(exchange, dev, offer)
      if (lease !== null) return lease
    }
    exchange.stopListening()
    this.say('No DHCPOFFERS received.')
    return null
  }

  private async request(exchange: DhcpExchange, dev: NetDevice, offer: DhcpMessage): Promise<DhclientLease | null> {
    const server = offer.address(DHO_SERVER_IDENTIFIER) ?? 0
    const isNew = this.proc.machine.image.toolAtLeast('dhclient', '4.3')
    this.say(`DHCPOFFER ${isNew ? 'of' : 'from'} ${isNew ? `${formatIpv4(offer.yiaddr)} from ` : ''}${formatIpv4(server)}`)
    this.say(
      `DHCPREQUEST ${isNew ? 'for' : 'of'} ${formatIpv4(offer.yiaddr)} on ${dev.name} to 255.255.255.255 port 67${this.xidText(exchange.xid)}`,
    )
    const asked = [addressOption(DHO_SERVER_IDENTIFIER, server), addressOption(DHO_REQUESTED_ADDRESS, offer.yiaddr)]
    exchange.broadcast({ options: this.options4(DHCPREQUEST, asked) })
    return this.take(exchange, dev, this.client.nowUs + 10_000_000)
  }

  private async take(exchange: DhcpExchange, dev: NetDevice, untilUs: number): Promise<DhclientLease | null> {
    const reply = await exchange.reply(untilUs, (message) => message.messageType === DHCPACK || message.messageType === DHCPNAK, this.bell)
    if (reply === null) return null
    const server = formatIpv4(reply.address(DHO_SERVER_IDENTIFIER) ?? 0)
    if (reply.messageType === DHCPNAK) {
      this.say(`DHCPNAK from ${server}`)
      return null
    }
    exchange.stopListening()
    const isNew = this.proc.machine.image.toolAtLeast('dhclient', '4.3')
    this.say(`DHCPACK ${isNew ? `of ${formatIpv4(reply.yiaddr)} ` : ''}from ${server}`)
    return leaseOf(dev.name, reply, this.client.clock)
  }

  private async bind(dev: NetDevice, lease: DhclientLease): Promise<void> {
    const { files } = this.proc.machine
    files.mkdir(this.leaseFile.replace(/\/[^/]*$/, ''), { parents: true })
    files.write(this.leaseFile, leaseFileText(lease), { append: true })
    await applyLease(this.client, dev, lease, (argv) => this.command(argv))
    this.say(`bound to ${formatIpv4(lease.address)} -- renewal in ${Math.max(Math.floor((lease.seconds / 2) * 0.85), 1)} seconds.`)
  }

  /** Renews a little before half the time, rebinds at seven eighths, starts over at the end. */
  private async keep(dev: NetDevice, first: DhclientLease): Promise<number> {
    let lease = first
    this.writePid()
    for (;;) {
      const started = this.client.nowUs
      await this.client.sleep(Math.max(Math.floor((lease.seconds / 2) * 0.85), 1) * 1_000_000)
      const renewed = await this.renew(dev, lease, started + lease.seconds * 1_000_000)
      if (renewed !== null) {
        lease = renewed
        await this.bind(dev, lease)
        continue
      }
      await removeLease(dev.name, (argv) => this.command(argv))
      lease = await this.obtainForever(dev)
      await this.bind(dev, lease)
    }
  }

  private async obtainForever(dev: NetDevice): Promise<DhclientLease> {
    for (;;) {
      const lease = await this.obtain(dev)
      if (lease !== null) return lease
      this.say('No working leases in persistent database - sleeping.')
      await this.client.sleep(300_000_000)
    }
  }

  private async obtainAndKeep(dev: NetDevice): Promise<number> {
    this.writePid()
    const lease = await this.obtainForever(dev)
    await this.bind(dev, lease)
    return this.keep(dev, lease)
  }

  private async renew(dev: NetDevice, lease: DhclientLease, endsUs: number): Promise<DhclientLease | null> {
    const exchange = new DhcpExchange(this.client, dev)
    exchange.xid = this.client.random.uint32()
    const rebindUs = endsUs - (lease.seconds * 1_000_000) / 8
    const isNew = this.proc.machine.image.toolAtLeast('dhclient', '4.3')
    while (this.client.nowUs < endsUs) {
      const isRebinding = this.client.nowUs >= rebindUs
      const to: Ipv4Address = isRebinding ? -1 : lease.server
      this.say(
        `DHCPREQUEST ${isNew ? 'for' : 'of'} ${formatIpv4(lease.address)} on ${dev.name} to ${formatIpv4(to)} port 67${this.xidText(exchange.xid)}`,
      )
      const out = { ciaddr: lease.address, options: this.options4(DHCPREQUEST, []) }
      if (isRebinding) exchange.broadcast(out)
      else exchange.unicast(out, lease.server)
      const renewed = await this.take(exchange, dev, Math.min(this.client.nowUs + 10_000_000, endsUs))
      if (renewed !== null) return renewed
    }
    exchange.stopListening()
    return null
  }

  private writePid(): void {
    this.client.machine.files.write(this.pidFile, `${this.client.pid}\n`)
  }

  /** The lease is kept by a process of its own; the caller goes on. */
  private goOn(body: () => Promise<number>): number {
    this.proc.fork(
      (child) => {
        this.client = child
        return body()
      },
      { session: 'new' },
    )
    return 0
  }

  private async command(argv: string[]): Promise<number> {
    try {
      return await this.client.waitFor(this.client.spawn(argv))
    } catch (error) {
      if (error instanceof KernelError) return 127
      throw error
    }
  }
}
