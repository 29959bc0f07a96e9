// Members of sets as words: parsed by the type of their set, printed back the same way.
import { formatIpv4, maskOf, parseIpv4 } from '../../addr/ipv4.js'
import { formatMac, parseMac } from '../../addr/mac.js'
import { ICMP_TYPES } from '../../kernel/netfilter/icmp-types.js'
import type { IpSet, SetEntry, StoredEntry } from '../../kernel/netfilter/ipset.js'
import { protocolName, protocolNumber } from '../../kernel/netfilter/protocols.js'

/** The text behind `ipset vX: `; exit 1, or 2 where the command line itself is wrong. */
export class IpsetError extends Error {
  constructor(
    text: string,
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(text)
  }
}

const NOTHING: SetEntry = { address: 0, length: 32, proto: 0, port: 0, address2: 0, mac: 0, set: '' }
const MOST = 65_536

export function parseEntries(set: IpSet, text: string, service: (name: string) => number | null): SetEntry[] {
  const parts = text.split(',')
  switch (set.type) {
    case 'bitmap:ip':
      return addresses(text).map((address) => ({ ...NOTHING, address: within(set, address) }))
    case 'hash:ip':
      return addresses(text).map((address) => ({ ...NOTHING, address }))
    case 'hash:net':
      return [network(text)]
    case 'hash:ip,port':
      return addresses(parts[0]!).flatMap((address) =>
        ports(need(parts, 1, text), service).map((port) => ({ ...NOTHING, address, ...port })),
      )
    case 'hash:net,port':
      return ports(need(parts, 1, text), service).map((port) => ({ ...network(parts[0]!), ...port }))
    case 'hash:ip,port,ip':
      return ports(need(parts, 1, text), service).map((port) => ({
        ...NOTHING,
        address: one(parts[0]!),
        ...port,
        address2: one(need(parts, 2, text)),
      }))
    case 'hash:mac': {
      const mac = parseMac(text)
      if (mac === null) throw new IpsetError(`Syntax error: cannot parse '${text}' as mac address`)
      return [{ ...NOTHING, mac }]
    }
    case 'bitmap:port':
      return plainPorts(set, text, service)
    case 'list:set':
      return [{ ...NOTHING, set: text }]
  }
}

function need(parts: readonly string[], at: number, text: string): string {
  const part = parts[at]
  if (part === undefined) throw new IpsetError(`Syntax error: Second element is missing from ${text}.`)
  return part
}

function one(text: string): number {
  const address = parseIpv4(text)
  if (address === null) throw new IpsetError(`Syntax error: cannot parse ${text}: resolving to IPv4 address failed`)
  return address
}

/** `a`, `a-b`, `a/24`: a set of single addresses takes each of them. */
function addresses(text: string): number[] {
  const slash = text.indexOf('/')
  const dash = text.indexOf('-')
  let first = one(slash >= 0 ? text.slice(0, slash) : dash >= 0 ? text.slice(0, dash) : text)
  let last = first
  if (slash >= 0) {
    const mask = maskOf(prefixLength(text.slice(slash + 1)))
    first &= mask
    last = first | ~mask
  } else if (dash >= 0) last = one(text.slice(dash + 1))
  const found: number[] = []
  for (let at = first >>> 0; at <= last >>> 0 && found.length < MOST; at++) found.push(at | 0)
  return found
}

function prefixLength(text: string): number {
  const length = Number(text)
  if (!Number.isInteger(length) || length < 0 || length > 32) throw new IpsetError(`Syntax error: '${text}' is out of range 0-32`)
  return length
}

function network(text: string): SetEntry {
  const [name = '', lengthText] = text.split('/')
  const length = lengthText === undefined ? 32 : prefixLength(lengthText)
  if (length === 0) throw new IpsetError('The value of the CIDR parameter of the IP address is invalid')
  return { ...NOTHING, address: one(name) & maskOf(length), length }
}

function ports(text: string, service: (name: string) => number | null): { proto: number; port: number }[] {
  const colon = text.indexOf(':')
  const protoText = colon < 0 ? 'tcp' : text.slice(0, colon)
  const proto = protocolNumber(protoText)
  if (proto === null) throw new IpsetError(`Syntax error: cannot parse '${protoText}' as a protocol name or number`)
  const rest = colon < 0 ? text : text.slice(colon + 1)
  if (proto === 1) return [{ proto, port: icmpPort(rest) }]
  return numbers(rest, service).map((port) => ({ proto, port }))
}

function icmpPort(text: string): number {
  const named = ICMP_TYPES.find((each) => each.name === text)
  if (named !== undefined) return (named.type << 8) | (named.isCode ? named.minCode : 0)
  const [type = '', code = '0'] = text.split('/')
  return (Number(type) << 8) | Number(code)
}

function numbers(text: string, service: (name: string) => number | null): number[] {
  const [low = '', high] = text.split('-')
  const number = (word: string): number => {
    const value = /^\d+$/.test(word) ? Number(word) : service(word)
    if (value === null || value > 65535) throw new IpsetError(`Syntax error: cannot parse '${word}' as a TCP port`)
    return value
  }
  const min = number(low)
  const max = high === undefined ? min : number(high)
  return Array.from({ length: Math.max(0, max - min + 1) }, (_each, i) => min + i)
}

function within(set: IpSet, address: number): number {
  const { min = 0, max = -1 } = set.options.range ?? {}
  if (address >>> 0 < min >>> 0 || address >>> 0 > max >>> 0) throw new IpsetError('Element is out of the range of the set')
  return address
}

/** `a-b` or `a/24` of a bitmap:ip. */
export function addressRange(text: string): { min: number; max: number } {
  if (!/[-/]/.test(text)) throw new IpsetError(`Syntax error: IP/cidr or IP-IP range must be specified: ${text}`)
  const [low = '', high = ''] = text.split(/[-/]/)
  const first = one(low)
  const mask = text.includes('/') ? maskOf(prefixLength(high)) : -1
  const min = first & mask
  const max = text.includes('/') ? min | ~mask : one(high)
  if ((max >>> 0) - (min >>> 0) >= MOST) throw new IpsetError('The range you specified exceeds the size limit of the set type')
  return { min, max }
}

function plainPorts(set: IpSet, text: string, service: (name: string) => number | null): SetEntry[] {
  const range = set.options.range ?? { min: 0, max: 65535 }
  return numbers(text.replace(/^\w+:/, ''), service).map((port) => {
    if (port < range.min || port > range.max) throw new IpsetError('Element is out of the range of the set')
    return { ...NOTHING, port }
  })
}

export function entryText(set: IpSet, entry: StoredEntry, nowUs: number): string {
  let text = bareEntry(set, entry)
  if (entry.expiresUs !== null) text += ` timeout ${Math.max(1, Math.ceil((entry.expiresUs - nowUs) / 1_000_000))}`
  else if (set.options.timeout !== null) text += ' timeout 0'
  if (entry.nomatch) text += ' nomatch'
  if (set.options.counters) text += ` packets ${entry.packets} bytes ${entry.bytes}`
  return entry.comment === null ? text : `${text} comment "${entry.comment}"`
}

function bareEntry(set: IpSet, entry: SetEntry): string {
  const net = `${formatIpv4(entry.address)}${entry.length === 32 ? '' : `/${entry.length}`}`
  switch (set.type) {
    case 'bitmap:ip':
    case 'hash:ip':
      return formatIpv4(entry.address)
    case 'hash:net':
      return net
    case 'hash:ip,port':
    case 'hash:net,port':
      return `${net},${portText(entry)}`
    case 'hash:ip,port,ip':
      return `${net},${portText(entry)},${formatIpv4(entry.address2)}`
    case 'hash:mac':
      return formatMac(entry.mac).toUpperCase()
    case 'bitmap:port':
      return String(entry.port)
    case 'list:set':
      return entry.set
  }
}

function portText({ proto, port }: SetEntry): string {
  if (proto !== 1) return `${protocolName(proto) ?? proto}:${port}`
  const named = ICMP_TYPES.find((each) => each.type === port >> 8 && (each.isCode ? each.minCode === (port & 0xff) : (port & 0xff) === 0))
  return `icmp:${named?.name ?? `${port >> 8}/${port & 0xff}`}`
}
