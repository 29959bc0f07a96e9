// Names to addresses and back, as a C library does it: /etc/hosts first, then the servers of /etc/resolv.conf.
import type { Ipv4Address } from '../addr/ipv4.js'
import { parseIpv4 } from '../addr/ipv4.js'
import type { DnsMessage } from '../wire/dns.js'
import {
  DNS_NOERROR,
  DNS_NXDOMAIN,
  DNS_PORT,
  DNS_TYPE_A,
  DNS_TYPE_PTR,
  decodeDns,
  dnsQuery,
  encodeDns,
  reverseNameOf,
} from '../wire/dns.js'
import { openUdp, receiveFrom } from './net-api.js'
import type { Process } from './process.js'

/** EAI_NONAME and EAI_AGAIN of getaddrinfo. */
export type ResolveError = 'Name or service not known' | 'Temporary failure in name resolution'

export interface Resolved {
  readonly address: Ipv4Address
  /** The canonical name. */
  readonly name: string
}

export interface ResolverConfig {
  readonly servers: readonly Ipv4Address[]
  readonly search: readonly string[]
  readonly timeoutUs: number
  readonly attempts: number
}

/** `server` is asked instead of those of /etc/resolv.conf. */
export async function resolveHost(proc: Process, name: string, server: Ipv4Address | null = null): Promise<Resolved | ResolveError> {
  const literal = parseLooseIpv4(name)
  if (literal !== null) return { address: literal, name }
  const local = hostsEntry(proc, (words) => words.slice(1).includes(name))
  if (local !== null) return { address: local.address, name: local.names[0] ?? name }
  if (!/^[A-Za-z0-9_.-]+$/.test(name) || name === '') return 'Name or service not known'
  const own = readResolverConfig(proc)
  const config = server === null ? own : { ...own, servers: [server] }
  let heard = false
  for (const candidate of candidates(name, config)) {
    const answer = await ask(proc, config, candidate, DNS_TYPE_A)
    if (answer === null) return 'Temporary failure in name resolution'
    heard = true
    const code = answer.flags & 15
    if (code !== DNS_NOERROR && code !== DNS_NXDOMAIN) return 'Temporary failure in name resolution'
    for (const record of answer.answers) if (record.rdata.kind === 'a') return { address: record.rdata.address, name: record.name }
  }
  return heard ? 'Name or service not known' : 'Temporary failure in name resolution'
}

/** Null when nobody knows a name for it. */
export async function nameOfAddress(proc: Process, address: Ipv4Address): Promise<string | null> {
  const local = hostsEntry(proc, (words) => parseIpv4(words[0] ?? '') === address)
  if (local !== null) return local.names[0] ?? null
  const answer = await ask(proc, readResolverConfig(proc), reverseNameOf(address), DNS_TYPE_PTR)
  for (const record of answer?.answers ?? []) if (record.rdata.kind === 'name') return record.rdata.name
  return null
}

/** inet_aton(3): `10.1` is 10.0.0.1, parts may be octal or hexadecimal. */
export function parseLooseIpv4(text: string): Ipv4Address | null {
  const strict = parseIpv4(text)
  if (strict !== null) return strict
  const parts = text.split('.')
  if (parts.length > 4 || parts.some((part) => !/^(0x[0-9a-f]+|\d+)$/i.test(part))) return null
  const numbers = parts.map((part) => (/^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part)))
  const last = numbers.pop()!
  if (last >= 2 ** (8 * (4 - numbers.length)) || numbers.some((number) => number > 255)) return null
  return numbers.reduce((value, number, i) => value + number * 2 ** (24 - 8 * i), last) | 0
}

export function readResolverConfig(proc: Process): ResolverConfig {
  const servers: Ipv4Address[] = []
  let search: string[] = []
  let timeoutUs = 5_000_000
  let attempts = 2
  for (const line of readLines(proc, '/etc/resolv.conf')) {
    const [word, ...rest] = line.trim().split(/\s+/)
    if (word === 'nameserver') {
      const address = parseIpv4(rest[0] ?? '')
      if (address !== null && servers.length < 3) servers.push(address)
    } else if (word === 'search' || word === 'domain') search = rest
    else if (word === 'options') {
      for (const option of rest) {
        const [key, value] = option.split(':')
        if (key === 'timeout') timeoutUs = Number(value) * 1_000_000
        if (key === 'attempts') attempts = Number(value)
      }
    }
  }
  return { servers: servers.length > 0 ? servers : [0x7f000001], search, timeoutUs, attempts }
}

/** A name with a dot is tried as it is first (ndots:1). */
function candidates(name: string, config: ResolverConfig): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const searched = config.search.map((domain) => `${name}.${domain}`)
  return name.includes('.') ? [name, ...searched] : [...searched, name]
}

/** Null: no server answers. */
async function ask(proc: Process, config: ResolverConfig, name: string, type: number): Promise<DnsMessage | null> {
  for (let attempt = 0; attempt < config.attempts; attempt++) {
    for (const server of config.servers) {
      const answer = await askServer(proc, server, dnsQuery(proc.random.below(65_536), name, type), config.timeoutUs)
      if (typeof answer !== 'string') return answer
    }
  }
  return null
}

/** One query to one server. 'refused': an ICMP error came back; 'timeout': silence. */
export async function askServer(
  proc: Process,
  server: Ipv4Address,
  query: DnsMessage,
  timeoutUs: number,
  port = DNS_PORT,
): Promise<DnsMessage | 'refused' | 'unreachable' | 'timeout'> {
  const socket = openUdp(proc)
  try {
    if (socket.connect(server, port) !== null) return 'unreachable'
    const sent = socket.send(encodeDns(query))
    if (sent === 'ECONNREFUSED') return 'refused'
    const until = proc.nowUs + timeoutUs
    for (;;) {
      const datagram = await receiveFrom(proc, socket, until - proc.nowUs)
      if (datagram === null) return 'timeout'
      if (datagram === 'ECONNREFUSED') return 'refused'
      if (typeof datagram === 'string') return 'unreachable'
      const answer = decodeDns(datagram.data)
      if (answer !== null && answer.id === query.id) return answer
    }
  } finally {
    socket.close()
  }
}

interface HostsEntry {
  readonly address: Ipv4Address
  readonly names: readonly string[]
}

function hostsEntry(proc: Process, matches: (words: string[]) => boolean): HostsEntry | null {
  for (const line of readLines(proc, '/etc/hosts')) {
    const words = line.replace(/#.*/, '').trim().split(/\s+/)
    const address = parseIpv4(words[0] ?? '')
    if (address !== null && words.length > 1 && matches(words)) return { address, names: words.slice(1) }
  }
  return null
}

function readLines(proc: Process, path: string): string[] {
  return proc.files.exists(path) ? proc.files.read(path).split('\n') : []
}
