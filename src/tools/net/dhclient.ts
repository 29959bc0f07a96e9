// dhclient, ISC's DHCP client: gets a lease, sets the address up as its script does, keeps the lease renewed.
import { formatIpv4, lengthOfMask } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import type { GetoptGrammar, ParsedOptions } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import type { DhcpMessage, DhcpOption } from '../../wire/dhcp.js'
import {
  addressOption,
  bytesOption,
  DHCPACK,
  DHCPDISCOVER,
  DHCPOFFER,
  DHCPRELEASE,
  DHCPREQUEST,
  DHO_BROADCAST_ADDRESS,
  DHO_DOMAIN_NAME,
  DHO_DOMAIN_NAME_SERVERS,
  DHO_HOST_NAME,
  DHO_INTERFACE_MTU,
  DHO_MESSAGE_TYPE,
  DHO_PARAMETER_REQUEST_LIST,
  DHO_REQUESTED_ADDRESS,
  DHO_ROUTERS,
  DHO_SERVER_IDENTIFIER,
  DHO_SUBNET_MASK,
  numberOption,
  textOption,
} from '../../wire/dhcp.js'
import { completeBy } from './complete.js'
import { DhcpExchange, RingingBell } from './dhcp-exchange.js'
import { type BoundLease, isAnswer, leaseOf } from './udhcpc-lease.js'

const grammar: GetoptGrammar = {
  order: 'words',
  options: [
    { name: 'once', short: '1' },
    { name: 'verbose', short: 'v' },
    { name: 'quiet', short: 'q' },
    { name: 'foreground', short: 'd' },
    { name: 'release', short: 'r' },
    { name: 'stop', short: 'x' },
    { name: 'ipv4', short: '4' },
    { name: 'ipv6', short: '6', notEmulated: 'dhclient asks for IPv4 addresses here' },
    { name: 'no-wait', long: 'nw' },
    { name: 'pidfile', long: 'pf', value: 'required', completes: 'file' },
    { name: 'leasefile', long: 'lf', value: 'required', completes: 'file' },
    { name: 'config', long: 'cf', value: 'required', completes: 'file' },
  ],
}

export const dhclient: Command = {
  name: 'dhclient',
  path: '/sbin/dhclient',
  run: runDhclient,
  changes: true,
  complete: completeBy(grammar, 'device'),
}

const DEFAULT_PID_FILE = '/var/run/dhclient.pid'
/** How long an unanswered client goes on before it gives up. */
const GIVE_UP_US = 60_000_000
const REQUESTED_CODES = [1, 28, 2, 3, 15, 6, 119, 12, 26, 121, 42]

/** First line of the copyright by version. */
const YEARS: Readonly<Record<string, string>> = { '4.1': '2004-2010', '4.2.4': '2004-2012', '4.2.5': '2004-2013', '4.3.3': '2004-2015' }

async function runDhclient(proc: Process): Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  if (parsed.problem !== null) {
    proc.error(getoptMessage('dhclient', parsed.problem))
    return parsed.problem.kind === 'not-emulated' ? 126 : 1
  }
  const name = parsed.operands[0] ?? proc.netns.devices.find((dev) => dev !== proc.netns.loopback)?.name ?? ''
  const dev = proc.netns.deviceByName(name)
  if (dev === null) {
    proc.error(`Error getting hardware address for "${name}": No such device`)
    return 1
  }
  return new Dhclient(proc, parsed, new DhcpExchange(proc, dev, { tos: 0x10, ttl: 128 })).run()
}

class Dhclient {
  private readonly bell = new RingingBell()
  private isEnding = false
  private client: Process

  constructor(
    private readonly proc: Process,
    private readonly parsed: ParsedOptions,
    private exchange: DhcpExchange,
  ) {
    this.client = proc
  }

  async run(): Promise<number> {
    if (this.parsed.has('release') || this.parsed.has('stop')) return this.stopOther()
    this.trap(this.proc)
    this.banner()
    if (!this.exchange.dev.isUp) await this.command(['ip', 'link', 'set', 'dev', this.exchange.dev.name, 'up'])
    const lease = await this.obtain(this.client.nowUs + GIVE_UP_US)
    if (lease === null) {
      this.say('No DHCPOFFERS received.')
      this.say(
        this.parsed.has('once')
          ? 'Unable to obtain a lease on first try.  Exiting.'
          : 'No working leases in persistent database - sleeping.',
      )
      return this.parsed.has('once') ? 2 : 0
    }
    await this.bind(lease)
    if (this.parsed.has('foreground')) return this.keep(lease)
    this.goOn(lease)
    return 0
  }

  private trap(proc: Process): void {
    proc.trap('TERM', () => {
      this.isEnding = true
      this.bell.ring()
    })
  }

  private banner(): void {
    const version = this.proc.machine.image.tool('dhclient')
    const hardware = formatMac(this.exchange.dev.mac)
    const { name } = this.exchange.dev
    for (const line of [
      `Internet Systems Consortium DHCP Client ${version}`,
      `Copyright ${YEARS[version] ?? '2004-2018'} Internet Systems Consortium.`,
      'All rights reserved.',
      'For info, please visit https://www.isc.org/software/dhcp/',
      '',
      `Listening on LPF/${name}/${hardware}`,
      `Sending on   LPF/${name}/${hardware}`,
      'Sending on   Socket/fallback',
    ]) {
      if (this.parsed.has('verbose')) this.client.error(line)
    }
  }

  /** What happens also goes to syslog; to the terminal with -v or in the foreground. */
  private say(text: string): void {
    if (this.parsed.has('verbose') || this.parsed.has('foreground')) this.client.error(text)
    this.proc.machine.syslog('daemon', 'dhclient', this.client.pid, text)
  }

  private async obtain(untilUs: number): Promise<BoundLease | null> {
    const { name } = this.exchange.dev
    this.exchange.xid = this.client.random.uint32()
    for (let seconds = 3; this.client.nowUs < untilUs && !this.isEnding; seconds = Math.min(2 * seconds, 15)) {
      this.bell.rang = false
      this.say(`DHCPDISCOVER on ${name} to 255.255.255.255 port 67 interval ${seconds}${this.shownXid}`)
      this.exchange.broadcast({ options: this.options(DHCPDISCOVER, []) })
      const offer = await this.exchange.reply(
        this.client.nowUs + seconds * 1_000_000,
        ({ messageType }) => messageType === DHCPOFFER,
        this.bell,
      )
      if (offer === null) continue
      const lease = await this.request(offer)
      if (lease !== null) return lease
    }
    this.exchange.stopListening()
    return null
  }

  private async request(offer: DhcpMessage): Promise<BoundLease | null> {
    const address = formatIpv4(offer.yiaddr)
    const server = offer.address(DHO_SERVER_IDENTIFIER) ?? 0
    this.say(`DHCPREQUEST of ${address} on ${this.exchange.dev.name} to 255.255.255.255 port 67${this.shownXid}`)
    this.say(`DHCPOFFER of ${address} from ${formatIpv4(server)}`)
    const asked = [addressOption(DHO_SERVER_IDENTIFIER, server), addressOption(DHO_REQUESTED_ADDRESS, offer.yiaddr)]
    this.exchange.broadcast({ options: this.options(DHCPREQUEST, asked) })
    const reply = await this.exchange.reply(this.client.nowUs + 10_000_000, isAnswer, this.bell)
    this.exchange.stopListening()
    return this.leaseFrom(reply)
  }

  private leaseFrom(reply: DhcpMessage | null): BoundLease | null {
    if (reply === null) return null
    const from = formatIpv4(reply.address(DHO_SERVER_IDENTIFIER) ?? 0)
    if (reply.messageType !== DHCPACK) {
      this.say(`DHCPNAK from ${from}`)
      return null
    }
    this.say(`DHCPACK of ${formatIpv4(reply.yiaddr)} from ${from}`)
    return leaseOf(reply)
  }

  private get shownXid(): string {
    return ` (xid=0x${this.exchange.xid.toString(16)})`
  }

  private options(type: number, asked: readonly DhcpOption[]): DhcpOption[] {
    const options: DhcpOption[] = [numberOption(DHO_MESSAGE_TYPE, type, 1), ...asked]
    if (type !== DHCPRELEASE) {
      options.push(textOption(DHO_HOST_NAME, this.proc.machine.hostname), bytesOption(DHO_PARAMETER_REQUEST_LIST, REQUESTED_CODES))
    }
    return options
  }

  /** What dhclient-script types for a new lease. */
  private async bind(lease: BoundLease): Promise<void> {
    const { message } = lease
    const { name } = this.exchange.dev
    const mtu = message.number(DHO_INTERFACE_MTU)
    if (mtu !== null && mtu >= 576) await this.command(['ip', 'link', 'set', 'dev', name, 'mtu', String(mtu)])
    const length = lengthOfMask(message.address(DHO_SUBNET_MASK) ?? 0) ?? 24
    const broadcast = message.address(DHO_BROADCAST_ADDRESS)
    const words = broadcast === null ? [] : ['broadcast', formatIpv4(broadcast)]
    await this.command(['ip', '-4', 'addr', 'add', `${formatIpv4(lease.address)}/${length}`, ...words, 'dev', name, 'label', name])
    await this.addRoutes(message)
    this.writeResolvConf(message)
    this.say(`bound to ${formatIpv4(lease.address)} -- renewal in ${Math.floor(lease.seconds / 2)} seconds.`)
  }

  /** Classless routes come in place of the router (RFC 3442). */
  private async addRoutes(message: DhcpMessage): Promise<void> {
    const { name } = this.exchange.dev
    const routes = message.classlessRoutes
    if (routes.length === 0) {
      const [router] = message.addresses(DHO_ROUTERS)
      if (router !== undefined) await this.command(['ip', '-4', 'route', 'add', 'default', 'via', formatIpv4(router), 'dev', name])
      return
    }
    for (const { dst, via } of routes) {
      const target = dst.length === 0 ? 'default' : `${formatIpv4(dst.address)}/${dst.length}`
      const hop = via === 0 ? [] : ['via', formatIpv4(via)]
      await this.command(['ip', '-4', 'route', 'add', target, ...hop, 'dev', name])
    }
  }

  private writeResolvConf(message: DhcpMessage): void {
    const domain = message.text(DHO_DOMAIN_NAME)
    const servers = message.addresses(DHO_DOMAIN_NAME_SERVERS)
    if (servers.length === 0) return
    const lines = servers.map((server) => `nameserver ${formatIpv4(server)}`)
    if (domain !== null) lines.push(`search ${domain}`)
    this.client.files.write('/etc/resolv.conf', `${lines.join('\n')}\n`)
  }

  private async command(argv: string[]): Promise<void> {
    await this.client.waitFor(this.client.spawn(argv))
  }

  private get pidFile(): string {
    return this.parsed.value('pidfile') ?? DEFAULT_PID_FILE
  }

  /** The lease lives on in a process of its own; the caller gets its prompt back. */
  private goOn(lease: BoundLease): void {
    const { name } = this.exchange.dev
    const { xid } = this.exchange
    this.proc.fork(
      (child) => {
        const dev = child.netns.deviceByName(name)
        if (dev === null) return 1
        this.client = child
        this.exchange = new DhcpExchange(child, dev, { tos: 0x10, ttl: 128 })
        this.exchange.xid = xid
        this.trap(child)
        child.files.write(this.pidFile, `${child.pid}\n`)
        return this.keep(lease)
      },
      { session: 'new' },
    )
  }

  /** Asks its server at half the lease, everybody later, and starts over when the lease is lost. */
  private async keep(first: BoundLease): Promise<number> {
    let lease = first
    for (;;) {
      const ends = this.client.nowUs + lease.seconds * 1_000_000
      await this.rest((lease.seconds * 1_000_000) / 2)
      while (!this.isEnding && this.client.nowUs < ends) {
        const renewed = await this.renew(lease, ends)
        if (renewed === null) continue
        lease = renewed
        break
      }
      if (this.isEnding) return this.end(lease)
      if (this.client.nowUs < ends) continue
      await this.command(['ip', '-4', 'addr', 'flush', 'dev', this.exchange.dev.name])
      const next = await this.obtain(Number.POSITIVE_INFINITY)
      if (next === null) return this.end(null)
      await this.bind(next)
      lease = next
    }
  }

  private async renew(lease: BoundLease, ends: number): Promise<BoundLease | null> {
    const { name } = this.exchange.dev
    const isRebinding = this.client.nowUs >= ends - (lease.seconds * 1_000_000) / 8
    this.bell.rang = false
    this.exchange.xid = this.client.random.uint32()
    const to = isRebinding ? '255.255.255.255' : formatIpv4(lease.server)
    this.say(`DHCPREQUEST of ${formatIpv4(lease.address)} on ${name} to ${to} port 67${this.shownXid}`)
    const out = { ciaddr: lease.address, options: this.options(DHCPREQUEST, []) }
    if (isRebinding) this.exchange.broadcast(out)
    else this.exchange.unicast(out, lease.server)
    const untilUs = Math.min(ends, this.client.nowUs + Math.max(10_000_000, (ends - this.client.nowUs) / 4))
    const renewed = this.leaseFrom(await this.exchange.reply(untilUs, isAnswer, this.bell))
    this.exchange.stopListening()
    if (renewed !== null) this.say(`bound to ${formatIpv4(lease.address)} -- renewal in ${Math.floor(renewed.seconds / 2)} seconds.`)
    return renewed
  }

  private async rest(us: number): Promise<void> {
    this.bell.rang = false
    await this.client.wait<void>((resolve) => this.bell.watch(() => resolve()), us)
  }

  private async end(lease: BoundLease | null): Promise<number> {
    if (lease !== null && this.client.files.exists(`${this.pidFile}.release`)) await this.giveBack(lease)
    return 0
  }

  private async giveBack(lease: BoundLease): Promise<void> {
    this.client.files.remove(`${this.pidFile}.release`)
    this.say(`DHCPRELEASE on ${this.exchange.dev.name} to ${formatIpv4(lease.server)} port 67${this.shownXid}`)
    const options = this.options(DHCPRELEASE, [addressOption(DHO_SERVER_IDENTIFIER, lease.server)])
    this.exchange.unicast({ ciaddr: lease.address, options }, lease.server)
    await this.command(['ip', '-4', 'addr', 'flush', 'dev', this.exchange.dev.name])
  }

  /** `-r` and `-x` end the one that runs; `-r` has it give its lease back first. */
  private async stopOther(): Promise<number> {
    const { files } = this.proc
    const pid = files.exists(this.pidFile) ? Number.parseInt(files.read(this.pidFile), 10) : Number.NaN
    const other = this.proc.machine.processes.get(pid)
    if (other === undefined) return 0
    this.proc.error(`Killed old client process`)
    if (this.parsed.has('release')) files.write(`${this.pidFile}.release`, '')
    other.kill('TERM')
    await this.proc.waitFor(other).catch(() => 0)
    return 0
  }
}
