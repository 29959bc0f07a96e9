// Names of rtnetlink numbers (/etc/iproute2/rt_*) and numbers as iproute2 reads them.
import { wrongArgument } from '../../grammar/keyword.js'

const TABLES: ReadonlyMap<number, string> = new Map([
  [0, 'unspec'],
  [253, 'default'],
  [254, 'main'],
  [255, 'local'],
])
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0, 'unspec'],
  [1, 'redirect'],
  [2, 'kernel'],
  [3, 'boot'],
  [4, 'static'],
  [8, 'gated'],
  [9, 'ra'],
  [10, 'mrt'],
  [11, 'zebra'],
  [12, 'bird'],
  [13, 'dnrouted'],
  [14, 'xorp'],
  [15, 'ntk'],
  [16, 'dhcp'],
  [18, 'keepalived'],
  [42, 'babel'],
  [186, 'bgp'],
  [187, 'isis'],
  [188, 'ospf'],
  [189, 'rip'],
  [192, 'eigrp'],
])
const SCOPES: ReadonlyMap<number, string> = new Map([
  [0, 'global'],
  [200, 'site'],
  [253, 'link'],
  [254, 'host'],
  [255, 'nowhere'],
])
const IP_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [2, 'igmp'],
  [4, 'ipencap'],
  [6, 'tcp'],
  [17, 'udp'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [58, 'ipv6-icmp'],
  [89, 'ospf'],
  [112, 'vrrp'],
  [132, 'sctp'],
])

/** Extra table names of a node's /etc/iproute2/rt_tables. */
export type TableNames = ReadonlyMap<number, string>

/** Lines `ID NAME` or `0xID NAME`, `#` begins a comment. */
export function parseTableNames(text: string): TableNames {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    const match = /^\s*(0x[0-9a-f]+|\d+)\s+([^\s#]+)/i.exec(line)
    if (match !== null) names.set(Number(match[1]), match[2]!)
  }
  return names
}

export function tableName(id: number, extra: TableNames, numeric = false): string {
  if (numeric) return String(id)
  return extra.get(id) ?? TABLES.get(id) ?? String(id)
}

/** The id of a table's name or number; null when it is none. 'all' is the caller's. */
export function parseTable(word: string, extra: TableNames): number | null {
  for (const names of [extra, TABLES]) for (const [id, name] of names) if (name === word && id !== 0) return id
  return parseU32(word)
}

export function protocolName(id: number, numeric = false): string {
  return numeric ? String(id) : (PROTOCOLS.get(id) ?? String(id))
}

export function parseProtocol(word: string): number | null {
  for (const [id, name] of PROTOCOLS) if (name === word) return id
  const number = parseU32(word)
  return number === null || number > 255 ? null : number
}

export function scopeName(id: number, numeric = false): string {
  return numeric ? String(id) : (SCOPES.get(id) ?? String(id))
}

export function parseScope(word: string): number | null {
  if (word === 'universe') return 0
  for (const [id, name] of SCOPES) if (name === word) return id
  const number = parseU32(word)
  return number === null || number > 255 ? null : number
}

export function ipProtocolName(id: number): string {
  return IP_PROTOCOLS.get(id) ?? `ipproto-${id}`
}

export function parseIpProtocol(word: string): number | null {
  for (const [id, name] of IP_PROTOCOLS) if (name === word || name === word.toLowerCase()) return id
  const number = parseU32(word)
  return number === null || number > 255 ? null : number
}

export function groupName(id: number): string {
  return id === 0 ? 'default' : String(id)
}

export function parseGroup(word: string): number | null {
  return word === 'default' ? 0 : parseU32(word)
}

/** As strtoul(arg, &end, 0): decimal, 0x hex, 0 octal, within 32 bits. */
export function parseU32(word: string): number | null {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(word)) return null
  const value = /^0\d/.test(word) ? Number.parseInt(word, 8) : Number(word)
  return Number.isInteger(value) && value <= 0xffffffff ? value : null
}

export function needU32(word: string, why: string): number {
  const value = parseU32(word)
  if (value === null) throw wrongArgument(word, why)
  return value
}

export function parseTos(word: string): number | null {
  const names: Readonly<Record<string, number>> = { default: 0, lowdelay: 0x10, throughput: 8, reliability: 4 }
  if (word in names) return names[word]!
  if (!/^(0x)?[0-9a-f]{1,2}$/i.test(word)) return null
  return Number.parseInt(word, 16)
}
