// dnsmasq's command line and configuration file: the same words, with and without dashes.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { parseIpv4 } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import { parseMac } from '../../../addr/mac.js'
import type { GetoptGrammar } from '../../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../../grammar/getopt.js'
import { DHO_USER_CLASS, DHO_VENDOR_CLASS_IDENTIFIER } from '../../../wire/dhcp.js'
import type { Process } from '../../process.js'

export const dnsmasqGrammar: GetoptGrammar = {
  options: [
    { name: 'help', short: 'w', long: 'help' },
    { name: 'version', short: 'v', long: 'version' },
    { name: 'no-daemon', short: 'd', long: 'no-daemon' },
    { name: 'keep-in-foreground', short: 'k', long: 'keep-in-foreground' },
    { name: 'strict-order', short: 'o', long: 'strict-order' },
    { name: 'all-servers', long: 'all-servers' },
    { name: 'bind-interfaces', short: 'z', long: 'bind-interfaces' },
    { name: 'bind-dynamic', long: 'bind-dynamic' },
    { name: 'conf-file', long: 'conf-file', value: 'optional' },
    { name: 'conf-file', short: 'C', value: 'required' },
    { name: 'domain', short: 's', long: 'domain', value: 'required' },
    { name: 'pid-file', long: 'pid-file', value: 'optional' },
    { name: 'pid-file', short: 'x', value: 'required' },
    { name: 'listen-address', short: 'a', long: 'listen-address', value: 'required' },
    { name: 'interface', short: 'i', long: 'interface', value: 'required' },
    { name: 'except-interface', short: 'I', long: 'except-interface', value: 'required' },
    { name: 'no-dhcp-interface', short: '2', long: 'no-dhcp-interface', value: 'required' },
    { name: 'dhcp-range', short: 'F', long: 'dhcp-range', value: 'required' },
    { name: 'dhcp-host', short: 'G', long: 'dhcp-host', value: 'required' },
    { name: 'dhcp-hostsfile', long: 'dhcp-hostsfile', value: 'required' },
    { name: 'dhcp-option', short: 'O', long: 'dhcp-option', value: 'required' },
    { name: 'dhcp-option-force', long: 'dhcp-option-force', value: 'required' },
    { name: 'dhcp-optsfile', long: 'dhcp-optsfile', value: 'required' },
    { name: 'dhcp-lease-max', short: 'X', long: 'dhcp-lease-max', value: 'required' },
    { name: 'dhcp-leasefile', short: 'l', long: 'dhcp-leasefile', value: 'required' },
    { name: 'leasefile-ro', short: '9', long: 'leasefile-ro' },
    { name: 'dhcp-script', short: '6', long: 'dhcp-script', value: 'required' },
    { name: 'dhcp-authoritative', short: 'K', long: 'dhcp-authoritative' },
    { name: 'dhcp-no-override', long: 'dhcp-no-override' },
    { name: 'dhcp-match', long: 'dhcp-match', value: 'required' },
    { name: 'dhcp-userclass', short: 'U', long: 'dhcp-userclass', value: 'required' },
    { name: 'dhcp-vendorclass', long: 'dhcp-vendorclass', value: 'required' },
    { name: 'dhcp-broadcast', long: 'dhcp-broadcast', value: 'optional' },
    { name: 'local-service', long: 'local-service' },
    { name: 'no-ping', short: '5', long: 'no-ping' },
    { name: 'log-dhcp', long: 'log-dhcp' },
    { name: 'log-queries', short: 'q', long: 'log-queries', value: 'optional' },
    { name: 'log-facility', short: '8', long: 'log-facility', value: 'required' },
    { name: 'quiet-dhcp', long: 'quiet-dhcp' },
    { name: 'no-hosts', short: 'h', long: 'no-hosts' },
    { name: 'addn-hosts', short: 'H', long: 'addn-hosts', value: 'required' },
    { name: 'expand-hosts', short: 'E', long: 'expand-hosts' },
    { name: 'no-resolv', short: 'R', long: 'no-resolv' },
    { name: 'no-poll', short: 'n', long: 'no-poll' },
    { name: 'no-negcache', short: 'N', long: 'no-negcache' },
    { name: 'resolv-file', short: 'r', long: 'resolv-file', value: 'required' },
    { name: 'server', short: 'S', long: 'server', value: 'required' },
    { name: 'local', long: 'local', value: 'required' },
    { name: 'address', short: 'A', long: 'address', value: 'required' },
    { name: 'host-record', long: 'host-record', value: 'required' },
    { name: 'domain-needed', short: 'D', long: 'domain-needed' },
    { name: 'bogus-priv', short: 'b', long: 'bogus-priv' },
    { name: 'filterwin2k', short: 'f', long: 'filterwin2k' },
    { name: 'port', short: 'p', long: 'port', value: 'required' },
    { name: 'cache-size', short: 'c', long: 'cache-size', value: 'required' },
    { name: 'user', short: 'u', long: 'user', value: 'required' },
    { name: 'group', short: 'g', long: 'group', value: 'required' },
    { name: 'enable-tftp', long: 'enable-tftp', value: 'optional', notEmulated: 'no TFTP' },
    { name: 'enable-ra', long: 'enable-ra', notEmulated: 'no router advertisements' },
    { name: 'dhcp-boot', short: 'M', long: 'dhcp-boot', value: 'required' },
    { name: 'test', long: 'test' },
  ],
}

export interface DhcpRange {
  readonly tag: string | null
  readonly start: Ipv4Address
  /** Equal to `start` for a static range. */
  readonly end: Ipv4Address
  readonly isStatic: boolean
  readonly netmask: Ipv4Address | null
  readonly broadcast: Ipv4Address | null
  /** Infinity for `infinite`. */
  readonly leaseSeconds: number
}

export interface DhcpHost {
  readonly mac: MacAddress | null
  readonly clientId: string | null
  readonly tags: readonly string[]
  readonly name: string | null
  readonly address: Ipv4Address | null
  readonly leaseSeconds: number | null
  readonly isIgnored: boolean
}

/** Gives a tag to clients that sent an option (with a text in it). */
export interface DhcpMatch {
  readonly tag: string
  readonly code: number
  /** Null: any value. */
  readonly text: string | null
}

export interface DhcpSetOption {
  /** The client must have them all; `!name`: must not have it. */
  readonly tags: readonly string[]
  readonly code: number
  readonly values: readonly string[]
  readonly isForced: boolean
}

export interface DnsmasqConfig {
  readonly foreground: 'debug' | 'keep' | null
  readonly given: ReadonlySet<string>
  readonly domain: string | null
  readonly pidFile: string | null
  readonly listenAddresses: readonly Ipv4Address[]
  readonly interfaces: readonly string[]
  readonly exceptInterfaces: readonly string[]
  readonly noDhcpInterfaces: readonly string[]
  readonly ranges: readonly DhcpRange[]
  readonly hosts: readonly DhcpHost[]
  readonly hostsFiles: readonly string[]
  readonly options: readonly DhcpSetOption[]
  readonly optionsFiles: readonly string[]
  readonly matches: readonly DhcpMatch[]
  readonly leaseMax: number
  readonly leaseFile: string
  readonly script: string | null
  readonly addnHosts: readonly string[]
  readonly resolvFile: string
  readonly servers: readonly Ipv4Address[]
  readonly localDomains: readonly string[]
  readonly fixedAddresses: readonly { readonly domain: string; readonly address: Ipv4Address }[]
  readonly port: number
  readonly user: string
  readonly logFile: string | null
}

/** A message and dnsmasq's exit code 1, or 126 for what netlab lacks. */
export interface DnsmasqFailure {
  readonly message: string
  readonly exitCode: number
}

interface BadOption {
  readonly what: string
  readonly value: string
}

export function readConfig(proc: Process): DnsmasqConfig | DnsmasqFailure {
  const words = proc.argv.slice(1)
  const first = parseOptions(dnsmasqGrammar, words)
  const file = first.has('conf-file') ? first.value('conf-file') : '/etc/dnsmasq.conf'
  const text = file === null || file === '' || !proc.files.exists(file) ? '' : proc.files.read(file)
  const fromFile = configWords(text)
  const parsed = parseOptions(dnsmasqGrammar, [...fromFile, ...words])
  if (parsed.problem?.kind === 'not-emulated') return { message: getoptMessage('dnsmasq', parsed.problem), exitCode: 126 }
  if (first.has('conf-file') && file !== null && file !== '' && !proc.files.exists(file))
    return { message: `\ndnsmasq: cannot read ${file}: No such file or directory`, exitCode: 3 }
  const unread = fromFile.findIndex((word) => parseOptions(dnsmasqGrammar, [word]).problem !== null)
  if (unread >= 0) return { message: `\ndnsmasq: bad option at line ${lineOf(text, fromFile[unread]!.slice(2))} of ${file}`, exitCode: 1 }
  if (parsed.problem !== null) return { message: '\ndnsmasq: bad command line options: try --help', exitCode: 1 }
  if (parsed.operands.length > 0) return { message: '\ndnsmasq: junk found in command line', exitCode: 1 }
  const config = configOf(parsed)
  if (!('bad' in config)) return config
  const line = lineOf(text, config.bad.value)
  const place = words.some((word) => word.endsWith(config.bad.value)) || line === 0 ? null : `at line ${line} of ${file}`
  const where = place === null ? `bad command line options: ${config.bad.what}` : `${config.bad.what} ${place}`
  return { message: `\ndnsmasq: ${where}`, exitCode: 1 }
}

/** 0: nowhere. */
function lineOf(text: string, part: string): number {
  return text.split('\n').findIndex((each) => each.includes(part)) + 1
}

function configWords(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => `--${line}`)
}

function configOf(parsed: ReturnType<typeof parseOptions>): DnsmasqConfig | { readonly bad: BadOption } {
  const ranges: DhcpRange[] = []
  for (const text of parsed.values('dhcp-range')) {
    const range = parseRange(text)
    if (range === null) return { bad: { what: 'bad dhcp-range', value: text } }
    ranges.push(range)
  }
  const pidFile = parsed.has('pid-file') ? parsed.value('pid-file') : '/var/run/dnsmasq.pid'
  const listed = (name: string): string[] => parsed.values(name).flatMap((value) => value.split(','))
  return {
    foreground: parsed.has('no-daemon') ? 'debug' : parsed.has('keep-in-foreground') ? 'keep' : null,
    given: new Set(parsed.given.map((option) => option.name)),
    domain: parsed.value('domain')?.split(',')[0] ?? null,
    pidFile: pidFile === null || pidFile === '' ? null : pidFile,
    listenAddresses: listed('listen-address').flatMap((text) => parseIpv4(text) ?? []),
    interfaces: listed('interface'),
    exceptInterfaces: listed('except-interface'),
    noDhcpInterfaces: listed('no-dhcp-interface'),
    ranges,
    hosts: parsed.values('dhcp-host').map(parseHost),
    hostsFiles: parsed.values('dhcp-hostsfile'),
    options: parsed.given.flatMap((option) => {
      if (option.value === null || !option.name.startsWith('dhcp-option')) return []
      return parseSetOption(option.value, option.name === 'dhcp-option-force') ?? []
    }),
    optionsFiles: parsed.values('dhcp-optsfile'),
    matches: [
      ...parsed.values('dhcp-match').flatMap((text) => parseMatch(text, null)),
      ...parsed.values('dhcp-vendorclass').flatMap((text) => parseMatch(text, DHO_VENDOR_CLASS_IDENTIFIER)),
      ...parsed.values('dhcp-userclass').flatMap((text) => parseMatch(text, DHO_USER_CLASS)),
    ],
    leaseMax: parsed.number('dhcp-lease-max', 1000),
    leaseFile: parsed.value('dhcp-leasefile') ?? '/var/lib/misc/dnsmasq.leases',
    script: parsed.value('dhcp-script'),
    addnHosts: parsed.values('addn-hosts'),
    resolvFile: parsed.value('resolv-file') ?? '/etc/resolv.conf',
    servers: parsed.values('server').flatMap((text) => parseIpv4(text.replace(/[#@].*/, '')) ?? []),
    localDomains: [...parsed.values('local'), ...parsed.values('server')].flatMap((text) => /^\/(.+)\/$/.exec(text)?.[1] ?? []),
    fixedAddresses: parsed.values('address').flatMap((text) => {
      const match = /^\/(.*)\/([\d.]+)$/.exec(text)
      const address = match === null ? null : parseIpv4(match[2]!)
      return match === null || address === null ? [] : [{ domain: match[1]!, address }]
    }),
    port: parsed.number('port', 53),
    user: parsed.value('user') ?? 'nobody',
    logFile: parsed.value('log-facility')?.startsWith('/') === true ? parsed.value('log-facility') : null,
  }
}

/** `[set:TAG,]START[,END|static][,NETMASK[,BROADCAST]][,TIME]` */
function parseRange(text: string): DhcpRange | null {
  const words = text.split(',').map((word) => word.trim())
  let tag: string | null = null
  while (words[0]?.includes(':') === true && parseIpv4(words[0]) === null) {
    const [kind, value] = words.shift()!.split(':')
    if (kind === 'set' || kind === 'tag') tag = value ?? null
  }
  // The form of dnsmasq before 2.4x: a bare label in front.
  if (words.length > 1 && parseIpv4(words[0]!) === null && parseIpv4(words[1]!) !== null) tag = words.shift()!
  const start = parseIpv4(words.shift() ?? '')
  if (start === null) return null
  let isStatic = false
  let end = start
  const second = words[0]
  if (second === 'static' || second === 'proxy') {
    isStatic = true
    words.shift()
  } else if (second !== undefined && parseIpv4(second) !== null) {
    end = parseIpv4(second)!
    words.shift()
  }
  const addresses: Ipv4Address[] = []
  while (words.length > 0 && parseIpv4(words[0]!) !== null) addresses.push(parseIpv4(words.shift()!)!)
  const leaseSeconds = words.length === 0 ? 3600 : parseLeaseTime(words[0]!)
  if (leaseSeconds === null) return null
  return {
    tag,
    start,
    end,
    isStatic,
    netmask: addresses[0] ?? null,
    broadcast: addresses[1] ?? null,
    leaseSeconds: Math.max(leaseSeconds, 120),
  }
}

function parseLeaseTime(text: string): number | null {
  if (text === 'infinite') return Number.POSITIVE_INFINITY
  const match = /^(\d+)([smhdw]?)$/.exec(text)
  if (match === null) return null
  const unit = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[match[2]!] ?? 1
  return Number(match[1]) * unit
}

/** `MAC|id:ID|NAME|ADDRESS|TIME|set:TAG|ignore`, in any order. */
export function parseHost(text: string): DhcpHost {
  const tags: string[] = []
  let mac: MacAddress | null = null
  let clientId: string | null = null
  let name: string | null = null
  let address: Ipv4Address | null = null
  let leaseSeconds: number | null = null
  let isIgnored = false
  for (const word of text.split(',').map((part) => part.trim())) {
    if (parseMac(word) !== null) mac = parseMac(word)
    else if (parseIpv4(word) !== null) address = parseIpv4(word)
    else if (word.startsWith('id:')) clientId = word.slice(3)
    else if (word.startsWith('set:') || word.startsWith('net:')) tags.push(word.slice(4))
    else if (word === 'ignore') isIgnored = true
    else if (parseLeaseTime(word) !== null) leaseSeconds = parseLeaseTime(word)
    else if (word !== '') name = word
  }
  return { mac, clientId, tags, name, address, leaseSeconds, isIgnored }
}

/** `[tag:TAG,]...CODE|option:NAME,VALUE...`; null for what cannot be read. */
export function parseSetOption(text: string, isForced = false): DhcpSetOption | null {
  const words = text.split(',').map((word) => word.trim())
  const tags: string[] = []
  while (
    words.length > 0 &&
    (/^(tag|net|vendor|encap):/.test(words[0]!) || (!/^\d+$/.test(words[0]!) && !words[0]!.startsWith('option:')))
  ) {
    tags.push(words.shift()!.replace(/^(tag|net):/, ''))
  }
  const code = optionCode(words.shift() ?? '')
  return code === null ? null : { tags, code, values: words, isForced }
}

/** `121` or `option:classless-static-route`. */
function optionCode(word: string): number | null {
  if (word.startsWith('option:')) return OPTION_CODES.get(word.slice(7)) ?? null
  return /^\d+$/.test(word) ? Number(word) : null
}

/** `set:TAG,[OPTION,]TEXT`; `code` where the option is not named. */
function parseMatch(text: string, code: number | null): DhcpMatch[] {
  const words = text.split(',').map((word) => word.trim())
  const tag = (words.shift() ?? '').replace(/^(set|net):/, '')
  const found = code ?? optionCode(words.shift() ?? '')
  return found === null ? [] : [{ tag, code: found, text: words.length === 0 ? null : words.join(',') }]
}

/** Names as `dnsmasq --help dhcp` lists them. */
const OPTION_CODES = new Map<string, number>([
  ['netmask', 1],
  ['time-offset', 2],
  ['router', 3],
  ['dns-server', 6],
  ['log-server', 7],
  ['lpr-server', 9],
  ['hostname', 12],
  ['boot-file-size', 13],
  ['domain-name', 15],
  ['swap-server', 16],
  ['root-path', 17],
  ['extension-path', 18],
  ['ip-forward-enable', 19],
  ['non-local-source-routing', 20],
  ['policy-filter', 21],
  ['max-datagram-reassembly', 22],
  ['default-ttl', 23],
  ['mtu', 26],
  ['all-subnets-local', 27],
  ['broadcast', 28],
  ['router-discovery', 31],
  ['router-solicitation', 32],
  ['static-route', 33],
  ['trailer-encapsulation', 34],
  ['arp-timeout', 35],
  ['ethernet-encap', 36],
  ['tcp-ttl', 37],
  ['tcp-keepalive', 38],
  ['nis-domain', 40],
  ['nis-server', 41],
  ['ntp-server', 42],
  ['vendor-encap', 43],
  ['netbios-ns', 44],
  ['netbios-dd', 45],
  ['netbios-nodetype', 46],
  ['netbios-scope', 47],
  ['x-windows-fs', 48],
  ['x-windows-dm', 49],
  ['requested-address', 50],
  ['lease-time', 51],
  ['server-identifier', 54],
  ['T1', 58],
  ['T2', 59],
  ['vendor-class', 60],
  ['client-id', 61],
  ['nis+-domain', 64],
  ['nis+-server', 65],
  ['tftp-server', 66],
  ['bootfile-name', 67],
  ['mobile-ip-home', 68],
  ['smtp-server', 69],
  ['pop3-server', 70],
  ['nntp-server', 71],
  ['irc-server', 74],
  ['user-class', 77],
  ['client-arch', 93],
  ['client-interface-id', 94],
  ['client-machine-id', 97],
  ['domain-search', 119],
  ['sip-server', 120],
  ['classless-static-route', 121],
  ['server-ip-address', 255],
])
