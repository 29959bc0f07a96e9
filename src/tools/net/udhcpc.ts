// udhcpc, busybox's DHCP client: gets a lease, lets its script set the address up, keeps the lease renewed.
import { formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
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
  DHO_CLIENT_IDENTIFIER,
  DHO_HOST_NAME,
  DHO_MAX_MESSAGE_SIZE,
  DHO_MESSAGE_TYPE,
  DHO_PARAMETER_REQUEST_LIST,
  DHO_REQUESTED_ADDRESS,
  DHO_SERVER_IDENTIFIER,
  DHO_VENDOR_CLASS_IDENTIFIER,
  numberOption,
  textOption,
} from '../../wire/dhcp.js'
import { busyboxUsage } from './busybox-usage.js'
import { completeBy } from './complete.js'
import { DhcpExchange, RingingBell } from './dhcp-exchange.js'
import type { BoundLease } from './udhcpc-lease.js'
import { environmentOf, givenOption, isAnswer, leaseOf, macBytes, OPTION_NAMES } from './udhcpc-lease.js'
import type { UdhcpcEvent } from './udhcpc-text.js'
import { udhcpcText } from './udhcpc-text.js'

const grammar: GetoptGrammar = {
  options: [
    { name: 'interface', short: 'i', long: 'interface', value: 'required', completes: 'device' },
    { name: 'script', short: 's', long: 'script', value: 'required', completes: 'file' },
    { name: 'pidfile', short: 'p', long: 'pidfile', value: 'required', completes: 'file' },
    { name: 'broadcast', short: 'B', long: 'broadcast' },
    { name: 'retries', short: 't', long: 'retries', value: 'required' },
    { name: 'timeout', short: 'T', long: 'timeout', value: 'required' },
    { name: 'tryagain', short: 'A', long: 'tryagain', value: 'required' },
    { name: 'background', short: 'b', long: 'background' },
    { name: 'now', short: 'n', long: 'now' },
    { name: 'quit', short: 'q', long: 'quit' },
    { name: 'release', short: 'R', long: 'release' },
    { name: 'foreground', short: 'f', long: 'foreground' },
    { name: 'syslog', short: 'S', long: 'syslog' },
    { name: 'arping', short: 'a', long: 'arping', value: 'optional', notEmulated: 'without -a offers are taken unchecked' },
    { name: 'request', short: 'r', long: 'request', value: 'required' },
    { name: 'no-default-options', short: 'o', long: 'no-default-options' },
    { name: 'request-option', short: 'O', long: 'request-option', value: 'required' },
    { name: 'option', short: 'x', value: 'required' },
    { name: 'fqdn', short: 'F', long: 'fqdn', value: 'required' },
    { name: 'hostname', short: 'H', long: 'hostname', value: 'required' },
    { name: 'vendorclass', short: 'V', long: 'vendorclass', value: 'required' },
    { name: 'clientid-none', short: 'C', long: 'clientid-none' },
  ],
}

export const udhcpc: Command = {
  name: 'udhcpc',
  path: '/sbin/udhcpc',
  run: runUdhcpc,
  changes: true,
  complete: completeBy(grammar, 'none'),
}

export async function runUdhcpc(proc: Process): Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  if (parsed.problem !== null) {
    proc.error(getoptMessage('udhcpc', parsed.problem))
    if (parsed.problem.kind === 'not-emulated') return 126
    proc.error(
      busyboxUsage(proc, 'udhcpc', '[-fbnqRB] [-t N] [-T SEC] [-A SEC] [-i IFACE] [-s PROG] [-p PIDFILE] [-r IP] [-O OPT] [-x OPT:VAL]'),
    )
    return 1
  }
  const name = parsed.value('interface') ?? 'eth0'
  const dev = proc.netns.deviceByName(name)
  if (dev === null) {
    proc.error(`udhcpc: SIOCGIFINDEX: No such device`)
    return 1
  }
  return new Udhcpc(proc, parsed, new DhcpExchange(proc, dev)).run()
}

class Udhcpc {
  private readonly bell = new RingingBell()
  private wantsRenew = false
  private wantsRelease = false
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
    this.trap(this.proc)
    this.writePid()
    this.say({ kind: 'started' })
    await this.script('deconfig', null)
    for (;;) {
      const lease = await this.obtain()
      if (this.isEnding) return this.end(null)
      if (lease !== null) return this.bound(lease)
      if (this.parsed.has('now')) {
        this.say({ kind: 'failing' })
        return 1
      }
      if (this.parsed.has('background')) return this.goOn(() => this.keepTrying(), 'background')
      await this.client.wait<void>((resolve) => this.bell.watch(() => resolve()), this.parsed.number('tryagain', 20) * 1_000_000)
    }
  }

  private trap(proc: Process): void {
    const ring = (change: () => void) => (): void => {
      change()
      this.bell.ring()
    }
    proc.trap(
      'USR1',
      ring(() => (this.wantsRenew = true)),
    )
    proc.trap(
      'USR2',
      ring(() => (this.wantsRelease = true)),
    )
    proc.trap(
      'TERM',
      ring(() => (this.isEnding = true)),
    )
  }

  private writePid(): void {
    const file = this.parsed.value('pidfile')
    if (file !== null) this.client.files.write(file, `${this.client.pid}\n`)
  }

  private say(event: UdhcpcEvent): void {
    const text = udhcpcText(this.proc.machine.image.tool('busybox'), event)
    this.client.error(text)
    if (this.parsed.has('syslog')) this.proc.machine.syslog('daemon', 'udhcpc', this.client.pid, text.replace(/^udhcpc: /, ''))
  }

  /** Discover, select; null when nobody offered. */
  private async obtain(): Promise<BoundLease | null> {
    const tries = this.parsed.number('retries', 3)
    const pauseUs = this.parsed.number('timeout', 3) * 1_000_000
    this.exchange.xid = this.client.random.uint32()
    for (let i = 0; i < tries && !this.isEnding; i++) {
      this.bell.rang = false
      const requested = parseIpv4(this.parsed.value('request') ?? '')
      this.say({ kind: 'discover' })
      const asked = requested === null ? [] : [addressOption(DHO_REQUESTED_ADDRESS, requested)]
      this.exchange.broadcast({ flags: this.flags, options: this.options(DHCPDISCOVER, asked) })
      const offer = await this.exchange.reply(this.client.nowUs + pauseUs, (message) => message.messageType === DHCPOFFER, this.bell)
      if (offer === null) continue
      const lease = await this.select(offer, tries, pauseUs)
      if (lease !== 'nak') return lease
    }
    this.exchange.stopListening()
    return null
  }

  private async select(offer: DhcpMessage, tries: number, pauseUs: number): Promise<BoundLease | 'nak' | null> {
    const server = offer.address(DHO_SERVER_IDENTIFIER) ?? 0
    const asked = [addressOption(DHO_REQUESTED_ADDRESS, offer.yiaddr), addressOption(DHO_SERVER_IDENTIFIER, server)]
    for (let i = 0; i < tries; i++) {
      await this.client.compute(20_000)
      this.say({ kind: 'select', address: formatIpv4(offer.yiaddr), server: formatIpv4(server) })
      this.exchange.broadcast({ flags: this.flags, options: this.options(DHCPREQUEST, asked) })
      const reply = await this.exchange.reply(this.client.nowUs + pauseUs, isAnswer, this.bell)
      if (reply === null) continue
      if (reply.messageType === DHCPACK) return leaseOf(reply)
      this.say({ kind: 'nak' })
      await this.script('nak', null)
      return 'nak'
    }
    return null
  }

  private get flags(): number {
    return this.parsed.has('broadcast') ? 0x8000 : 0
  }

  private options(type: number, asked: readonly DhcpOption[]): DhcpOption[] {
    const options: DhcpOption[] = [numberOption(DHO_MESSAGE_TYPE, type, 1), ...asked]
    if (type !== DHCPRELEASE) {
      options.push(numberOption(DHO_MAX_MESSAGE_SIZE, 576, 2), bytesOption(DHO_PARAMETER_REQUEST_LIST, this.requestedCodes()))
      options.push(
        textOption(DHO_VENDOR_CLASS_IDENTIFIER, this.parsed.value('vendorclass') ?? `udhcp ${this.proc.machine.image.tool('busybox')}`),
      )
      const hostname = this.parsed.value('hostname')
      if (hostname !== null) options.push(textOption(DHO_HOST_NAME, hostname))
    }
    options.push(...this.parsed.values('option').flatMap(givenOption))
    if (!this.parsed.has('clientid-none')) options.push(bytesOption(DHO_CLIENT_IDENTIFIER, [1, ...macBytes(this.exchange.dev.mac)]))
    return options
  }

  private requestedCodes(): number[] {
    const codes = this.parsed.has('no-default-options') ? [] : [1, 3, 6, 12, 15, 28, 42]
    for (const word of this.parsed.values('request-option')) codes.push(OPTION_NAMES.get(word) ?? Number(word))
    return [...new Set(codes)].filter((code) => code > 0).sort((a, b) => a - b)
  }

  private async bound(lease: BoundLease): Promise<number> {
    this.exchange.stopListening()
    this.say({ kind: 'lease', address: formatIpv4(lease.address), server: formatIpv4(lease.server), seconds: lease.seconds })
    await this.script('bound', lease)
    if (this.parsed.has('quit')) return this.parsed.has('release') ? this.end(lease) : 0
    if (this.parsed.has('foreground')) return this.keep(lease)
    return this.goOn(() => this.keep(lease), null)
  }

  /** The lease lives on in a process of its own; the caller gets its prompt back. */
  private goOn(body: () => Promise<number>, event: 'background' | null): number {
    if (event !== null) this.say({ kind: event })
    const name = this.exchange.dev.name
    this.proc.fork(
      (child) => {
        this.client = child
        const dev = child.netns.deviceByName(name)
        if (dev === null) return 1
        const { xid } = this.exchange
        this.exchange = new DhcpExchange(child, dev)
        this.exchange.xid = xid
        this.trap(child)
        this.writePid()
        return body()
      },
      { session: 'new' },
    )
    return 0
  }

  private async keepTrying(): Promise<number> {
    for (;;) {
      await this.client.sleep(this.parsed.number('tryagain', 20) * 1_000_000)
      const lease = await this.obtain()
      if (this.isEnding) return this.end(null)
      if (lease === null) continue
      this.say({ kind: 'lease', address: formatIpv4(lease.address), server: formatIpv4(lease.server), seconds: lease.seconds })
      await this.script('bound', lease)
      return this.keep(lease)
    }
  }

  /** Renews at half the lease by unicast, then by broadcast, and starts over when it is lost. */
  private async keep(first: BoundLease): Promise<number> {
    let lease = first
    for (;;) {
      const ends = this.client.nowUs + lease.seconds * 1_000_000
      await this.rest((lease.seconds * 1_000_000) / 2)
      const renewed = this.isEnding ? null : this.wantsRelease ? null : await this.renew(lease, ends)
      if (this.isEnding) return this.end(lease)
      if (this.wantsRelease) {
        await this.releaseLease(lease)
        await this.client.wait<void>((resolve) => this.bell.watch(() => resolve()))
        this.wantsRelease = false
      }
      if (renewed !== null) {
        lease = renewed
        this.say({ kind: 'lease', address: formatIpv4(lease.address), server: formatIpv4(lease.server), seconds: lease.seconds })
        await this.script('renew', lease)
        continue
      }
      this.say({ kind: 'lost' })
      await this.script('deconfig', null)
      const next = await this.obtainForever()
      if (next === null) return this.end(null)
      lease = next
    }
  }

  private async obtainForever(): Promise<BoundLease | null> {
    for (;;) {
      const lease = await this.obtain()
      if (this.isEnding) return null
      if (lease !== null) {
        this.say({ kind: 'lease', address: formatIpv4(lease.address), server: formatIpv4(lease.server), seconds: lease.seconds })
        await this.script('bound', lease)
        return lease
      }
      await this.rest(this.parsed.number('tryagain', 20) * 1_000_000)
    }
  }

  private async rest(us: number): Promise<void> {
    this.bell.rang = false
    await this.client.wait<void>((resolve) => this.bell.watch(() => resolve()), us)
  }

  private async renew(lease: BoundLease, endsUs: number): Promise<BoundLease | null> {
    this.wantsRenew = false
    const rebindUs = endsUs - (lease.seconds * 1_000_000) / 8
    while (this.client.nowUs < endsUs - 1_000_000 && !this.isEnding) {
      this.bell.rang = false
      const isRebinding = this.client.nowUs >= rebindUs
      this.exchange.xid = this.client.random.uint32()
      this.say({ kind: 'renew', server: isRebinding ? null : formatIpv4(lease.server) })
      const out = { ciaddr: lease.address, options: this.options(DHCPREQUEST, []) }
      if (isRebinding) this.exchange.broadcast(out)
      else this.exchange.unicast(out, lease.server)
      const leftUs = (endsUs - this.client.nowUs) / 2
      const reply = await this.exchange.reply(this.client.nowUs + leftUs, isAnswer, this.bell)
      if (reply === null) continue
      this.exchange.stopListening()
      if (reply.messageType === DHCPACK) return leaseOf(reply)
      this.say({ kind: 'nak' })
      await this.script('nak', null)
      return null
    }
    this.exchange.stopListening()
    return null
  }

  private async releaseLease(lease: BoundLease): Promise<void> {
    this.say({ kind: 'release', address: formatIpv4(lease.address), server: formatIpv4(lease.server) })
    this.exchange.xid = this.client.random.uint32()
    this.exchange.unicast(
      { ciaddr: lease.address, options: this.options(DHCPRELEASE, [addressOption(DHO_SERVER_IDENTIFIER, lease.server)]) },
      lease.server,
    )
    await this.script('deconfig', null)
  }

  private async end(lease: BoundLease | null): Promise<number> {
    if (lease !== null && this.parsed.has('release')) await this.releaseLease(lease)
    const file = this.parsed.value('pidfile')
    if (file !== null && this.client.files.exists(file)) this.client.files.remove(file)
    return 0
  }

  /** Runs the event script with what the lease says in its environment. */
  private async script(event: string, lease: BoundLease | null): Promise<void> {
    const isCirros = this.proc.machine.image.family === 'cirros'
    const path = this.parsed.value('script') ?? (isCirros ? '/usr/share/udhcpc/default.script' : '/etc/udhcpc/default.script')
    const env = new Map(this.client.env)
    env.set('interface', this.exchange.dev.name)
    if (lease !== null) for (const [key, value] of environmentOf(lease)) env.set(key, value)
    try {
      const child = this.client.spawn([path, event], { env })
      await this.client.waitFor(child)
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'KernelError') throw error
      this.client.error(`udhcpc: can't execute '${path}': ${error.message}`)
    }
  }
}
