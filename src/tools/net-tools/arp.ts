// `arp`: the ARP cache shown and changed.
import { formatIpv4, type Ipv4Address, parseIpv4 } from '../../addr/ipv4.js'
import { formatMac, parseMac } from '../../addr/mac.js'
import { type GetoptGrammar, getoptMessage, type ParsedOptions, parseOptions } from '../../grammar/getopt.js'
import { errnoText, KernelError } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'
import { routeOutput } from '../../kernel/route.js'
import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { completeDevices, hostOf, type NetToolsHost } from './host.js'
import { hostNames } from './names.js'

export interface ArpRow {
  readonly address: Ipv4Address
  /** Null: not (yet) resolved. */
  readonly mac: string | null
  readonly isPermanent: boolean
  /** Answered for others (proxy). */
  readonly isPublished: boolean
  readonly dev: string
}

/** As /proc/net/arp lists them: the cache, then the proxies. */
export function readArp(netns: NetNamespace): ArpRow[] {
  const cache = netns.neigh
    .list()
    .filter((entry) => entry.state !== 'NOARP' && entry.state !== 'NONE')
    .map((entry) => ({
      address: entry.address,
      mac: entry.state === 'INCOMPLETE' || entry.state === 'FAILED' || entry.lladdr === null ? null : formatMac(entry.lladdr),
      isPermanent: entry.state === 'PERMANENT',
      isPublished: false,
      dev: entry.dev.name,
    }))
  const proxies = netns.neigh.proxies.map((proxy) => ({
    address: proxy.address,
    mac: null,
    isPermanent: true,
    isPublished: true,
    dev: proxy.dev?.name ?? '*',
  }))
  return [...cache, ...proxies]
}

const TABLE_HEAD = 'Address                  HWtype  HWaddress           Flags Mask            Iface\n'

/** The Linux way (-e). */
export function tableLine(row: ArpRow, name: string): string {
  const head = name.slice(0, 23).padEnd(23)
  if (row.isPublished) return `${head}  ${'*'.padEnd(6)}  ${'<from_interface>'.padEnd(18)}  ${'MP'.padEnd(5)} ${''.padEnd(15)} ${row.dev}\n`
  if (row.mac === null) return `${head}  ${''.padEnd(6)}  ${'(incomplete)'.padEnd(18)}  ${''.padEnd(5)} ${''.padEnd(15)} ${row.dev}\n`
  return `${head}  ${'ether'.padEnd(6)}  ${row.mac.padEnd(18)}  ${`C${row.isPermanent ? 'M' : ''}`.padEnd(5)} ${''.padEnd(15)} ${row.dev}\n`
}

/** The BSD way (-a). */
export function bsdLine(row: ArpRow, name: string): string {
  return `${name} (${formatIpv4(row.address)}) at ${bsdHardware(row)} on ${row.dev}\n`
}

/** As busybox has it, which knows no other way: flags in a column of their own. */
export function busyboxLine(row: ArpRow, name: string): string {
  const hasFlags = row.isPublished || (row.mac !== null && row.isPermanent)
  return `${name} (${formatIpv4(row.address)}) at ${bsdHardware(row)}${hasFlags ? '' : ' '} on ${row.dev}\n`
}

function bsdHardware(row: ArpRow): string {
  if (row.isPublished) return '<from_interface> PERM PUB'
  if (row.mac === null) return '<incomplete>'
  return `${row.mac} [ether]${row.isPermanent ? ' PERM' : ''}`
}

export const ARP_USAGE = `Usage:
  arp [-vn]  [<HW>] [-i <if>] [-a] [<hostname>]             <-Display ARP cache
  arp [-v]          [-i <if>] -d  <host> [pub]               <-Delete ARP entry
  arp [-v]   [<HW>] [-i <if>] -s  <host> <hwaddr> [temp]            <-Add entry
  arp [-v]   [<HW>] [-i <if>] -Ds <host> <if> [netmask <nm>] pub          <-''-

        -a                       display (all) hosts in alternative (BSD) style
        -e                       display (all) hosts in default (Linux) style
        -s, --set                set a new ARP entry
        -d, --delete             delete a specified entry
        -v, --verbose            be verbose
        -n, --numeric            don't resolve names
        -i, --device             specify network interface (e.g. eth0)
        -D, --use-device         read <hwaddr> from given device
        -A, -p, --protocol       specify protocol family
        -H, -t, --hw-type        specify hardware type, default: ether
        -f, --file               read new entries from file or from /etc/ethers
        -V, --version            display version and exit
        -h, --help               show this text`

export const arpGrammar: GetoptGrammar = {
  options: [
    { name: 'bsd', short: 'a', long: 'all' },
    { name: 'linux', short: 'e' },
    { name: 'set', short: 's', long: 'set' },
    { name: 'delete', short: 'd', long: 'delete' },
    { name: 'verbose', short: 'v', long: 'verbose' },
    { name: 'numeric', short: 'n', long: 'numeric' },
    { name: 'device', short: 'i', long: 'device', value: 'required', completes: 'device' },
    { name: 'use-device', short: 'D', long: 'use-device' },
    { name: 'protocol', short: 'Ap', long: 'protocol', value: 'required' },
    { name: 'hw-type', short: 'Ht', long: 'hw-type', value: 'required' },
    { name: 'file', short: 'f', long: 'file', notEmulated: 'use -s, one entry at a time' },
    { name: 'version', short: 'V', long: 'version' },
    { name: 'help', short: 'h', long: 'help' },
  ],
}

export async function runArp(proc: Process): Promise<number> {
  const host = hostOf(proc)
  const parsed = parseOptions(arpGrammar, proc.argv.slice(1))
  if (parsed.problem !== null) {
    host.error(getoptMessage('arp', parsed.problem))
    if (parsed.problem.kind === 'not-emulated') return 126
    host.error(ARP_USAGE)
    return 3
  }
  if (parsed.has('help')) {
    host.error(ARP_USAGE)
    return 3
  }
  if (parsed.has('version')) {
    host.out(`net-tools ${host.version}\n`)
    return 0
  }
  const type = parsed.value('hw-type')
  if (type !== null && type !== 'ether') {
    host.error(`arp: ${type}: unknown hardware type.`)
    return 255
  }
  if (parsed.has('delete')) return remove(host, parsed)
  if (parsed.has('set')) return set(host, parsed)
  return show(proc, parsed)
}

async function addressOf(host: NetToolsHost, name: string): Promise<Ipv4Address | null> {
  const address = parseIpv4(name) ?? (await host.resolve(name))
  if (address === null) host.error(`${name}: ${/^[\d.]+$/.test(name) ? 'Unknown host' : 'Host name lookup failure'}`)
  return address
}

async function show(proc: Process, parsed: ParsedOptions): Promise<number> {
  const host = hostOf(proc)
  const numeric = parsed.has('numeric')
  const isBusybox = proc.machine.image.family === 'cirros'
  const isBsd = isBusybox || (parsed.has('bsd') && !parsed.has('linux'))
  const bsd = isBusybox ? busyboxLine : bsdLine
  const wanted = parsed.operands[0]
  const only = wanted === undefined ? null : await addressOf(host, wanted)
  if (wanted !== undefined && only === null) return 255
  const all = readArp(host.netns)
  const device = parsed.value('device')
  const rows = all.filter((row) => (only === null || row.address === only) && (device === null || row.dev === device))
  const names = numeric
    ? new Map<number, string>()
    : await hostNames(
        proc,
        rows.map((row) => row.address),
      )
  if (isBsd) host.out(rows.map((row) => bsd(row, names.get(row.address) ?? '?')).join(''))
  else if (rows.length > 0)
    host.out(TABLE_HEAD + rows.map((row) => tableLine(row, names.get(row.address) ?? formatIpv4(row.address))).join(''))
  if (parsed.has('verbose')) host.out(`Entries: ${all.length}\tSkipped: ${all.length - rows.length}\tFound: ${rows.length}\n`)
  if (rows.length === 0 && (only !== null || device !== null)) {
    if (isBusybox) host.out(`No match found in ${all.length} entries\n`)
    else if (wanted !== undefined && !isBsd) host.out(`${wanted} (${formatIpv4(only!)}) -- no entry\n`)
    else host.out(`arp: in ${all.length} entries no match found.\n`)
  }
  return 0
}

/** The device named by -i, or the one the route to the address leaves by. */
function deviceFor(host: NetToolsHost, parsed: ParsedOptions, address: Ipv4Address): NetDevice {
  const name = parsed.value('device')
  if (name !== null) {
    const dev = host.netns.deviceByName(name)
    if (dev === null) throw new KernelError('ENODEV')
    return dev
  }
  const route = routeOutput(host.netns, { dst: address })
  if (typeof route === 'string') throw new KernelError(route)
  // The ioctl asks for a route on the link (RTO_ONLINK): one through a gateway does not count.
  if (route.via !== null) throw new KernelError('ENETUNREACH')
  return route.dev
}

async function set(host: NetToolsHost, parsed: ParsedOptions): Promise<number> {
  const [name, hardware, ...flags] = parsed.operands
  if (name === undefined) {
    host.error('arp: need host name')
    return 255
  }
  const address = await addressOf(host, name)
  if (address === null) return 255
  if (hardware === undefined) {
    host.error('arp: need hardware address')
    return 255
  }
  const isPublished = flags.includes('pub')
  const source = parsed.has('use-device') ? host.netns.deviceByName(hardware) : null
  const mac = parsed.has('use-device') ? (source?.mac ?? null) : parseMac(hardware)
  if (mac === null) {
    host.error(parsed.has('use-device') ? `${hardware}: No such device` : 'arp: invalid hardware address')
    return 255
  }
  return ioctl(host, 'SIOCSARP', () => {
    if (isPublished) return host.netns.neigh.addProxy(source ?? deviceFor(host, parsed, address), address)
    const dev = deviceFor(host, parsed, address)
    if (dev.kind === 'loopback') throw new KernelError('EINVAL')
    host.netns.neigh.set(dev, address, { lladdr: mac, state: flags.includes('temp') ? 'STALE' : 'PERMANENT' }, 'replace')
  })
}

async function remove(host: NetToolsHost, parsed: ParsedOptions): Promise<number> {
  const [name, ...flags] = parsed.operands
  if (name === undefined) {
    host.error('arp: need host name')
    return 255
  }
  const address = await addressOf(host, name)
  if (address === null) return 255
  try {
    if (!host.isRoot) throw new KernelError('EPERM')
    const dev = deviceFor(host, parsed, address)
    // A published entry goes only when its mask is given, too.
    const isPublished = flags.includes('pub')
    if (isPublished && flags[flags.indexOf('netmask') + 1] !== '255.255.255.255') throw new KernelError('ENOENT')
    if (isPublished) host.netns.neigh.deleteProxy(dev, address)
    else host.netns.neigh.delete(dev, address)
    return 0
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    if (error.errno === 'ENOENT') host.out(`No ARP entry for ${name}\n`)
    else host.error(`SIOCDARP(dontpub): ${errnoText(error.errno)}`)
    return 255
  }
}

function ioctl(host: NetToolsHost, name: string, action: () => void): number {
  try {
    if (!host.isRoot) throw new KernelError('EPERM')
    action()
    return 0
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    host.error(`${name}: ${errnoText(error.errno)}`)
    return 255
  }
}

export const arpCommand: Command = {
  name: 'arp',
  path: '/usr/sbin/arp',
  run: runArp,
  complete: (context) => (context.previous === '-i' ? completeDevices(context) : arpWords(context.proc, context.current)),
  changes: true,
  usage: ARP_USAGE,
}

function arpWords(proc: Process, current: string): string[] {
  const addresses = proc.netns.neigh.list().map((entry) => formatIpv4(entry.address))
  return ['-a', '-n', '-an', '-d', '-s', '-i', '-v', '-e', ...new Set(addresses)].filter((word) => word.startsWith(current))
}
