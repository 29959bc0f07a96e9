// systemd-networkd: does for each link what its file in /run/systemd/network says; of that, DHCP.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4, lengthOfMask } from '../../addr/ipv4.js'
import { KernelError } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { Command } from '../../node/command.js'
import { LINK_STATES, NETWORK_FILES, NETWORKD } from '../../node/daemons/netplan.js'
import type { Process } from '../../node/process.js'
import {
  addressOption,
  bytesOption,
  DHCPACK,
  DHCPDISCOVER,
  DHCPNAK,
  DHCPOFFER,
  DHCPREQUEST,
  DHO_HOST_NAME,
  DHO_MESSAGE_TYPE,
  DHO_PARAMETER_REQUEST_LIST,
  DHO_REQUESTED_ADDRESS,
  DHO_SERVER_IDENTIFIER,
  type DhcpMessage,
  type DhcpOption,
  numberOption,
  textOption,
} from '../../wire/dhcp.js'
import { type DhclientLease, leaseOf } from './dhclient-lease.js'
import { DhcpExchange, RingingBell } from './dhcp-exchange.js'

export const systemdNetworkd: Command = { name: 'systemd-networkd', path: NETWORKD, run: runNetworkd, changes: true }

/** The first wait for an offer; each is twice the one before, up to the longest. */
const FIRST_WAIT_US = 4_000_000
const LONGEST_WAIT_US = 64_000_000
const FOREVER = 0xffffffff

interface LinkFile {
  readonly device: string
  readonly metric: number
  readonly usesMtu: boolean
}

async function runNetworkd(proc: Process): Promise<number> {
  const links = linkFiles(proc).flatMap((file) => {
    const dev = proc.netns.deviceByName(file.device)
    return dev === null ? [] : [new Link(proc, dev, file).run()]
  })
  await Promise.all(links)
  await proc.wait(() => {})
  return 0
}

function linkFiles({ machine }: Process): LinkFile[] {
  const { files } = machine
  if (!files.exists(NETWORK_FILES)) return []
  return files
    .list(NETWORK_FILES)
    .filter((name) => name.endsWith('.network'))
    .sort()
    .flatMap((name): LinkFile[] => {
      const text = files.read(`${NETWORK_FILES}/${name}`)
      const value = (key: string): string | null => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? null
      const device = value('Name')
      if (device === null || !/^(yes|true|ipv4)$/.test(value('DHCP') ?? '')) return []
      return [{ device, metric: Number(value('RouteMetric') ?? 1024), usesMtu: value('UseMTU') === 'true' }]
    })
}

class Link {
  private readonly bell = new RingingBell()

  constructor(
    private readonly proc: Process,
    private readonly dev: NetDevice,
    private readonly file: LinkFile,
  ) {}

  async run(): Promise<void> {
    await this.command(['ip', 'link', 'set', 'dev', this.dev.name, 'up'])
    for (;;) {
      let lease: DhclientLease | null = await this.obtain()
      while (lease !== null) {
        await this.apply(lease)
        if (lease.seconds === FOREVER) return
        lease = await this.renewed(lease)
      }
      await this.command(['ip', '-4', 'addr', 'flush', 'dev', this.dev.name])
    }
  }

  private async obtain(): Promise<DhclientLease> {
    const { proc, dev } = this
    const exchange = new DhcpExchange(proc, dev, { tos: 0xc0, ttl: 64 })
    exchange.xid = proc.random.uint32()
    for (let waitUs = FIRST_WAIT_US; ; waitUs = Math.min(2 * waitUs, LONGEST_WAIT_US)) {
      exchange.broadcast({ options: this.options(DHCPDISCOVER, []) })
      const offer = await exchange.reply(proc.nowUs + waitUs, (message) => message.messageType === DHCPOFFER, this.bell)
      if (offer === null) continue
      const server = offer.address(DHO_SERVER_IDENTIFIER) ?? 0
      const asked = [addressOption(DHO_SERVER_IDENTIFIER, server), addressOption(DHO_REQUESTED_ADDRESS, offer.yiaddr)]
      exchange.broadcast({ options: this.options(DHCPREQUEST, asked) })
      const answer = await this.answer(exchange, proc.nowUs + waitUs)
      if (answer === null) continue
      exchange.stopListening()
      return leaseOf(dev.name, answer, proc.clock)
    }
  }

  /** The ACK; null for a refusal, or none. */
  private async answer(exchange: DhcpExchange, untilUs: number): Promise<DhcpMessage | null> {
    const isAnswer = ({ messageType }: DhcpMessage): boolean => messageType === DHCPACK || messageType === DHCPNAK
    const reply = await exchange.reply(untilUs, isAnswer, this.bell)
    return reply?.messageType === DHCPACK ? reply : null
  }

  /** At half the time from the server, at seven eighths from any; null when the time is over. */
  private async renewed(lease: DhclientLease): Promise<DhclientLease | null> {
    const { proc, dev } = this
    const us = lease.seconds * 1_000_000
    const startedUs = proc.nowUs
    await proc.sleep(us / 2)
    const exchange = new DhcpExchange(proc, dev)
    exchange.xid = proc.random.uint32()
    while (proc.nowUs < startedUs + us) {
      const isRebinding = proc.nowUs >= startedUs + (us * 7) / 8
      const out = { ciaddr: lease.address, options: this.options(DHCPREQUEST, []) }
      if (isRebinding) exchange.broadcast(out)
      else exchange.unicast(out, lease.server)
      const answer = await this.answer(exchange, Math.min(proc.nowUs + 60_000_000, startedUs + us))
      if (answer === null) continue
      exchange.stopListening()
      return leaseOf(dev.name, answer, proc.clock)
    }
    exchange.stopListening()
    return null
  }

  private options(type: number, asked: readonly DhcpOption[]): DhcpOption[] {
    return [
      numberOption(DHO_MESSAGE_TYPE, type, 1),
      ...asked,
      textOption(DHO_HOST_NAME, this.proc.machine.hostname),
      bytesOption(DHO_PARAMETER_REQUEST_LIST, [1, 3, 12, 15, 6, 33, 121, 26, 119]),
    ]
  }

  private async apply(lease: DhclientLease): Promise<void> {
    const { dev, file, proc } = this
    const address = formatIpv4(lease.address)
    if (file.usesMtu && lease.mtu !== null && lease.mtu !== dev.mtu) {
      await this.command(['ip', 'link', 'set', 'dev', dev.name, 'mtu', String(lease.mtu)])
    }
    const seconds = String(lease.seconds)
    const life = lease.seconds === FOREVER ? [] : ['valid_lft', seconds, 'preferred_lft', seconds]
    await this.command(['ip', 'addr', 'replace', `${address}/${lengthOfMask(lease.mask) ?? 24}`, 'brd', '+', 'dev', dev.name, ...life])
    for (const route of routesOf(lease)) {
      await this.command([
        'ip',
        'route',
        'append',
        ...route,
        'dev',
        dev.name,
        'proto',
        'dhcp',
        'src',
        address,
        'metric',
        String(file.metric),
      ])
    }
    this.noteServers(lease.nameServers, lease.domain)
    proc.machine.files.mkdir(LINK_STATES, { parents: true })
    proc.machine.files.write(`${LINK_STATES}/${dev.ifindex}`, `ADMIN_STATE=configured\nOPER_STATE=routable\nDHCP4_ADDRESS=${address}\n`)
  }

  /** systemd-resolved's list; nobody translates for it here, so it is the file that programs read. */
  private noteServers(servers: readonly Ipv4Address[], domain: string | null): void {
    if (servers.length === 0) return
    const search = domain === null ? '' : `search ${domain}\n`
    this.proc.machine.files.write('/etc/resolv.conf', servers.map((server) => `nameserver ${formatIpv4(server)}\n`).join('') + search)
  }

  private async command(argv: string[]): Promise<number> {
    try {
      return await this.proc.waitFor(this.proc.spawn(argv))
    } catch (error) {
      if (error instanceof KernelError) return 127
      throw error
    }
  }
}

/** Classless routes put the router's option aside; without them the router gets a route of its own, whatever the netmask says. */
function routesOf(lease: DhclientLease): string[][] {
  if (lease.routes.length > 0) {
    return lease.routes.map(({ dst, via }) => {
      const to = dst === '0.0.0.0/0' ? 'default' : dst
      return via === '0.0.0.0' ? [to, 'scope', 'link'] : [to, 'via', via]
    })
  }
  return lease.routers.slice(0, 1).flatMap((router) => [
    [formatIpv4(router), 'scope', 'link'],
    ['default', 'via', formatIpv4(router)],
  ])
}
