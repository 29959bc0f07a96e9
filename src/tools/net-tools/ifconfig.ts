// `ifconfig`: interfaces shown and set, as net-tools 1.60 and 2.10 do it.
import { type Ipv4Address, lengthOfMask, maskOf, parseIpv4 } from '../../addr/ipv4.js'
import { parseMac } from '../../addr/mac.js'
import { addIpv4Address, removeAddress } from '../../kernel/devinet.js'
import { errnoText, KernelError } from '../../kernel/errno.js'
import type { Ipv4IfAddress } from '../../kernel/ifaddr.js'
import {
  IFF_ALLMULTI,
  IFF_BROADCAST,
  IFF_DYNAMIC,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_NOTRAILERS,
  IFF_PROMISC,
  type NetDevice,
} from '../../kernel/netdev.js'
import { SCOPE_HOST } from '../../kernel/route-entry.js'
import type { Command } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { completeDevices, hostOf, type NetToolsHost } from './host.js'
import { interfaceText, oldInterfaceText, tableText } from './ifconfig-text.js'
import { classLength, findInterface, readInterface, readInterfaces } from './interface-rows.js'

export const IFCONFIG_USAGE = `Usage:
  ifconfig [-a] [-v] [-s] <interface> [[<AF>] <address>]
  [add <address>[/<prefixlen>]]  [del <address>[/<prefixlen>]]
  [[-]broadcast [<address>]]  [[-]pointopoint [<address>]]
  [netmask <address>]  [hw ether <address>]  [mtu <NN>]
  [[-]trailers]  [[-]arp]  [[-]allmulti]  [[-]multicast]  [[-]promisc]
  [txqueuelen <NN>]  [[-]dynamic]  [up|down] ...`

const HELP_HINT = "ifconfig: `--help' gives usage information."

/** What stopped the run, after its message. */
class Stop extends Error {
  constructor(readonly code: number) {
    super(String(code))
  }
}

export async function runIfconfig(host: NetToolsHost, argv: readonly string[]): Promise<number> {
  const words = [...argv]
  let all = false
  let short = false
  while (words[0]?.startsWith('-')) {
    const option = words.shift()!
    if (option === '-a') all = true
    else if (option === '-s') short = true
    else if (option === '-V' || option === '--version') {
      host.out(`net-tools ${host.version}\n`)
      return 0
    } else if (option === '-h' || option === '--help' || option === '-?') {
      host.error(IFCONFIG_USAGE)
      return 0
    } else if (option !== '-v') {
      host.error(`ifconfig: option \`${option}' not recognised.`)
      host.error(HELP_HINT)
      return 1
    }
  }
  const name = words.shift()
  if (name === undefined) return showAll(host, all, short)
  if (words.length === 0) return showOne(host, name, short)
  return new InterfaceChange(host, name).run(words)
}

function isNew(host: NetToolsHost): boolean {
  return atLeast(host.version, '2.10')
}

function textOf(host: NetToolsHost, row: ReturnType<typeof readInterface>): string {
  if (host.isBusybox) return oldInterfaceText(row, true)
  return isNew(host) ? interfaceText(row) : oldInterfaceText(row)
}

function showAll(host: NetToolsHost, all: boolean, short: boolean): number {
  const rows = readInterfaces(host.netns).filter((row) => all || (row.flags & 1) !== 0)
  host.out(short ? tableText(rows, { isNew: isNew(host), head: 'ifconfig' }) : rows.map((row) => textOf(host, row)).join(''))
  return 0
}

function showOne(host: NetToolsHost, name: string, short: boolean): number {
  const found = findInterface(host.netns, name)
  if (found === null) {
    host.error(`${host.isBusybox ? 'ifconfig: ' : ''}${name}: error fetching interface information: Device not found`)
    return 1
  }
  const row = readInterface(found.dev, found.label)
  host.out(short ? tableText([row], { isNew: isNew(host), head: 'ifconfig' }) : textOf(host, row))
  return 0
}

/** Word by word: each is an ioctl of its own; a refused one is told and the rest goes on. */
class InterfaceChange {
  private failed = false
  private hasTriedFlags = false

  constructor(
    private readonly host: NetToolsHost,
    private readonly name: string,
  ) {}

  async run(words: string[]): Promise<number> {
    try {
      while (words.length > 0) await this.word(words.shift()!, words)
      return this.failed ? 1 : 0
    } catch (error) {
      if (error instanceof Stop) return error.code
      throw error
    }
  }

  private get dev(): NetDevice {
    const found = findInterface(this.host.netns, this.name)
    if (found === null) throw new KernelError('ENODEV')
    return found.dev
  }

  private async word(word: string, rest: string[]): Promise<void> {
    switch (word) {
      case 'up':
      case 'down':
        return this.upDown(word === 'up')
      case 'inet':
        return
      case 'inet6':
        this.host.error('ifconfig: inet6: not emulated by netlab (use ip -6 addr)')
        throw new Stop(126)
      case 'arp':
      case '-arp':
        return this.flag(IFF_NOARP, word === '-arp')
      case 'trailers':
      case '-trailers':
        return this.flag(IFF_NOTRAILERS, word === '-trailers')
      case 'promisc':
      case '-promisc':
        return this.flag(IFF_PROMISC, word === 'promisc')
      case 'multicast':
      case '-multicast':
        return this.flag(IFF_MULTICAST, word === 'multicast')
      case 'allmulti':
      case '-allmulti':
        return this.flag(IFF_ALLMULTI, word === 'allmulti')
      case 'dynamic':
      case '-dynamic':
        return this.flag(IFF_DYNAMIC, word === 'dynamic')
      case 'mtu':
        return this.ioctl('SIOCSIFMTU', () => this.dev.setMtu(Number(this.value(rest)) || 0))
      case 'txqueuelen':
        return this.ioctl('SIOCSIFTXQLEN', () => (this.dev.txQueueLen = Number(this.value(rest)) || 0))
      case 'metric':
        this.value(rest)
        return
      case 'hw':
        return this.hardware(rest)
      case 'netmask':
        return this.netmask(await this.address(this.value(rest)))
      case 'broadcast':
      case '-broadcast':
        return this.broadcast(
          word === 'broadcast' && rest[0] !== undefined && parseIpv4(rest[0]) !== null ? parseIpv4(rest.shift()!)! : null,
        )
      case 'pointopoint':
      case 'dstaddr':
        return this.peer(await this.address(this.value(rest)))
      case '-pointopoint':
        return
      case 'add':
        return this.addAlias(this.value(rest))
      case 'del':
        return this.deleteAlias(this.value(rest))
      case 'name':
        return this.ioctl('SIOCSIFNAME', () => this.host.netns.renameDevice(this.dev, this.value(rest)))
      default:
        return this.setAddress(word)
    }
  }

  private value(rest: string[]): string {
    const value = rest.shift()
    if (value !== undefined) return value
    this.host.error(IFCONFIG_USAGE)
    throw new Stop(1)
  }

  private ioctl(name: string, action: () => void): void {
    try {
      if (!this.host.isRoot) throw new KernelError('EPERM')
      action()
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      this.host.error(`${name}: ${errnoText(error.errno)}`)
      this.failed = true
    }
  }

  /** The flags are read first, and a device that is not there ends the run. */
  private readFlags(): NetDevice {
    const found = findInterface(this.host.netns, this.name)
    if (found !== null) return found.dev
    this.host.error(`${this.name}: ERROR while getting interface flags: No such device`)
    if (this.hasTriedFlags) throw new Stop(1)
    this.hasTriedFlags = true
    throw new Stop(255)
  }

  private flag(flag: number, on: boolean): void {
    const dev = this.readFlags()
    this.ioctl('SIOCSIFFLAGS', () => dev.setFlag(flag, on))
  }

  private upDown(up: boolean): void {
    const dev = this.readFlags()
    this.ioctl('SIOCSIFFLAGS', () => {
      // Down on an alias is the end of its address.
      if (this.name !== dev.name && !up) this.removeLabel(dev)
      else if (up) dev.setUp()
      else dev.setDown()
    })
  }

  private hardware(rest: string[]): void {
    const type = this.value(rest)
    const text = this.value(rest)
    if (type !== 'ether') {
      this.host.error(`hw: ${type}: not emulated by netlab (ether only)`)
      throw new Stop(126)
    }
    const mac = parseMac(text)
    if (mac === null) {
      this.host.error(`${text}: invalid ${type} address.`)
      throw new Stop(1)
    }
    this.ioctl('SIOCSIFHWADDR', () => this.dev.setMac(mac))
  }

  /** A name or an address; without one the run ends. */
  private async address(text: string, isMain = false): Promise<Ipv4Address> {
    const address = parseIpv4(text) ?? (/^[\d.]+$/.test(text) ? null : await this.host.resolve(text))
    if (address !== null) return address
    this.host.error(`${text}: ${/^[\d.]+$/.test(text) ? 'Unknown host' : 'Host name lookup failure'}`)
    if (isMain) this.host.error(HELP_HINT)
    throw new Stop(1)
  }

  private async setAddress(word: string): Promise<void> {
    if (word.startsWith('-')) {
      this.host.error(`${word}: Unknown host`)
      this.host.error(HELP_HINT)
      throw new Stop(1)
    }
    const [text, length] = word.split('/') as [string, string | undefined]
    const address = text === 'default' ? 0 : await this.address(text, true)
    this.ioctl('SIOCSIFADDR', () => this.replace(this.dev, address, length === undefined ? classLength(address) : Number(length)))
    if (findInterface(this.host.netns, this.name) === null) this.readFlags()
    this.upDown(true)
  }

  /** SIOCSIFADDR: the address of this label is replaced, with a broadcast by its mask. */
  private replace(dev: NetDevice, address: Ipv4Address, length: number): void {
    this.removeLabel(dev)
    if (address !== 0)
      this.insert(dev, address, length, (dev.flags & IFF_BROADCAST) !== 0 && length < 31 ? address | ~maskOf(length) : null)
  }

  private insert(dev: NetDevice, address: Ipv4Address, length: number, broadcast: Ipv4Address | null, peer = address): void {
    const scope = address >>> 24 === 127 ? SCOPE_HOST : 0
    addIpv4Address(dev, { local: address, length, broadcast, peer, scope, label: this.name })
  }

  private removeLabel(dev: NetDevice): void {
    const present = this.labelled(dev)
    if (present !== undefined) removeAddress(dev, present)
  }

  private labelled(dev: NetDevice): Ipv4IfAddress | undefined {
    return dev.addresses.find((address) => address.label === this.name)
  }

  /** Changes the address of this label; EADDRNOTAVAIL when there is none. */
  private rewrite(change: (dev: NetDevice, old: Ipv4IfAddress) => void): void {
    const dev = this.dev
    const old = this.labelled(dev)
    if (old === undefined) throw new KernelError('EADDRNOTAVAIL')
    removeAddress(dev, old)
    change(dev, old)
  }

  private netmask(mask: Ipv4Address): void {
    this.ioctl('SIOCSIFNETMASK', () => {
      const length = lengthOfMask(mask)
      if (length === null) throw new KernelError('EINVAL')
      this.rewrite((dev, old) => {
        const wasDefault = old.broadcast === null || old.broadcast === (old.local | ~maskOf(old.length))
        const broadcast = wasDefault && length < 31 && (dev.flags & IFF_BROADCAST) !== 0 ? old.local | ~mask : old.broadcast
        this.insert(dev, old.local, length, broadcast)
      })
    })
  }

  private broadcast(address: Ipv4Address | null): void {
    if (address === null) return
    this.ioctl('SIOCSIFBRDADDR', () => this.rewrite((dev, old) => this.insert(dev, old.local, old.length, address)))
  }

  private peer(peer: Ipv4Address): void {
    this.ioctl('SIOCSIFDSTADDR', () => this.rewrite((dev, old) => this.insert(dev, old.local, old.length, old.broadcast, peer)))
  }

  /** `add`: the first free alias number. */
  private async addAlias(word: string): Promise<void> {
    const [text, length] = word.split('/') as [string, string | undefined]
    if (text.includes(':')) return this.word('inet6', [])
    const address = await this.address(text)
    this.ioctl('SIOCSIFADDR', () => {
      const { dev } = this
      const labels = dev.addresses.map((each) => each.label)
      let n = 0
      while (labels.includes(`${dev.name}:${n}`)) n++
      const alias = new InterfaceChange(this.host, `${dev.name}:${n}`)
      const main = dev.addresses.find((each) => each.label === dev.name)
      if (length !== undefined || main === undefined) alias.replace(dev, address, Number(length ?? classLength(address)))
      else alias.insert(dev, address, main.length, main.broadcast)
    })
  }

  private async deleteAlias(word: string): Promise<void> {
    const address = await this.address(word.split('/')[0]!)
    this.ioctl('SIOCSIFADDR', () => {
      const { dev } = this
      const found = dev.addresses.find((each) => each.local === address && each.label !== dev.name)
      if (found !== undefined) removeAddress(dev, found)
    })
  }
}

const WORDS = [
  'up',
  'down',
  'netmask',
  'broadcast',
  'hw',
  'mtu',
  'promisc',
  '-promisc',
  'arp',
  '-arp',
  'txqueuelen',
  'add',
  'del',
  'multicast',
  'allmulti',
]

/** `busybox ifconfig`. */
export async function runBusyboxIfconfig(proc: Process): Promise<number> {
  return runIfconfig(hostOf(proc, true), proc.argv.slice(1))
}

export const ifconfigCommand: Command = {
  name: 'ifconfig',
  path: '/sbin/ifconfig',
  run: (proc) => runIfconfig(hostOf(proc), proc.argv.slice(1)),
  complete: (context) => (context.index > 1 ? WORDS.filter((word) => word.startsWith(context.current)) : completeDevices(context)),
  changes: true,
  usage: IFCONFIG_USAGE,
}
