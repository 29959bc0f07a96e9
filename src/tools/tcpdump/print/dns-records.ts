// Questions and resource records of DNS messages.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { getIpv4, getIpv6 } from '../../../wire/bytes.js'
import { type Dissector, ipv6Text, relativeTime } from '../dissector.js'
import { printDomainName, skipDomainName } from './dns-name.js'
import { printEdnsOptions } from './edns.js'

export const DNS_TYPE_OPT = 41
const CLASS_IN = 1
const TOP_BIT = 0x8000

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  3: 'MD',
  4: 'MF',
  5: 'CNAME',
  6: 'SOA',
  7: 'MB',
  8: 'MG',
  9: 'MR',
  10: 'NULL',
  11: 'WKS',
  12: 'PTR',
  13: 'HINFO',
  14: 'MINFO',
  15: 'MX',
  16: 'TXT',
  17: 'RP',
  18: 'AFSDB',
  19: 'X25',
  20: 'ISDN',
  21: 'RT',
  22: 'NSAP',
  23: 'NSAP_PTR',
  24: 'SIG',
  25: 'KEY',
  26: 'PX',
  27: 'GPOS',
  28: 'AAAA',
  29: 'LOC',
  30: 'NXT',
  31: 'EID',
  32: 'NIMLOC',
  33: 'SRV',
  34: 'ATMA',
  35: 'NAPTR',
  36: 'KX',
  37: 'CERT',
  38: 'A6',
  39: 'DNAME',
  40: 'SINK',
  41: 'OPT',
  42: 'APL',
  43: 'DS',
  44: 'SSHFP',
  45: 'IPSECKEY',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  99: 'SPF',
  100: 'UINFO',
  101: 'UID',
  102: 'GID',
  103: 'UNSPEC',
  104: 'UNSPECA',
  249: 'TKEY',
  250: 'TSIG',
  251: 'IXFR',
  252: 'AXFR',
  253: 'MAILB',
  254: 'MAILA',
  255: 'ANY',
  256: 'URI',
}
const CLASSES: Readonly<Record<number, string>> = { 1: 'IN', 3: 'CHAOS', 4: 'HS', 255: 'ANY' }

function typeName(type: number): string {
  return TYPES[type] ?? `Type${type}`
}

function className(value: number): string {
  return CLASSES[value] ?? `(Class ${value})`
}

/** Where the reading goes on; null when cut short. */
export function printQuestion(d: Dissector, at: number, base: number, multicast: boolean): number | null {
  const behind = skipDomainName(d, at)
  if (behind === null || !d.has(behind, 4)) return null
  const given = d.u16(behind + 2)
  const kind = multicast ? given & ~TOP_BIT : given
  d.print(` ${typeName(d.u16(behind))}`)
  if (kind !== CLASS_IN) d.print(` ${className(kind)}`)
  if (multicast) d.print(given & TOP_BIT ? ' (QU)' : ' (QM)')
  d.print('? ')
  const next = printDomainName(d, at, base)
  return next === null ? null : next + 4
}

//   name type(2) class(2) ttl(4) length(2) data
export function printRecord(d: Dissector, at: number, base: number, multicast: boolean): number | null {
  let head: number | null
  if (d.verbose > 0) {
    d.print(' ')
    head = printDomainName(d, at, base)
    if (head === null) return null
  } else head = skipDomainName(d, at)
  if (head === null || !d.has(head, 10)) return d.end
  const type = d.u16(head)
  const given = d.u16(head + 2)
  const kind = multicast ? given & ~TOP_BIT : given
  if (kind !== CLASS_IN && type !== DNS_TYPE_OPT) d.print(` ${className(kind)}`)
  if (multicast && given & TOP_BIT) d.print(' (Cache flush)')
  if (type !== DNS_TYPE_OPT && d.verbose > 2) d.print(` [${relativeTime(d.u32(head + 4))}]`)
  const data = head + 10
  const end = data + d.u16(head + 8)
  d.print(` ${typeName(type)}`)
  if (end > d.end) return null
  if (type === DNS_TYPE_OPT) return printOpt(d, head, data, end, kind) ? end : null
  return printData(d, { type, at: data, end, base }) ? end : null
}

interface RecordData {
  readonly type: number
  readonly at: number
  readonly end: number
  readonly base: number
}

function printData(d: Dissector, record: RecordData): boolean {
  const { at, end, base } = record
  const name = (from: number): boolean => printDomainName(d, from, base) !== null
  switch (record.type) {
    case 1:
      if (!d.has(at, 4)) return false
      d.print(` ${formatIpv4(getIpv4(d.bytes, at))}`)
      return true
    case 28:
      if (!d.has(at, 16)) return false
      d.print(` ${ipv6Text(getIpv6(d.bytes, at))}`)
      return true
    case 2:
    case 5:
    case 12:
    case 39:
      d.print(' ')
      return name(at)
    case 6:
      return d.verbose === 0 || printAuthority(d, at, base)
    case 15:
      d.print(' ')
      if (!d.has(at, 2) || !name(at + 2)) return false
      d.print(` ${d.u16(at)}`)
      return true
    case 16:
      return printStrings(d, at, end)
    case 33:
      d.print(' ')
      if (!d.has(at, 6) || !name(at + 6)) return false
      d.print(`:${d.u16(at + 4)} ${d.u16(at)} ${d.u16(at + 2)}`)
      return true
    case 104:
      return d.chars(at, end - at)
    case 256:
      d.print(` ${d.u16(at)} ${d.u16(at + 2)} `)
      return d.chars(at + 4, end - at - 4)
    default:
      return true
  }
}

function printStrings(d: Dissector, from: number, end: number): boolean {
  for (let at = from; at < end; at += 1 + d.u8(at)) {
    d.print(' "')
    if (!d.has(at, 1) || !d.chars(at + 1, d.u8(at))) return false
    d.print('"')
  }
  return true
}

function printAuthority(d: Dissector, from: number, base: number): boolean {
  let at: number | null = from
  for (let i = 0; i < 2; i++) {
    d.print(' ')
    at = printDomainName(d, at, base)
    if (at === null) return false
  }
  if (!d.has(at, 20)) return false
  for (let i = 0; i < 20; i += 4) d.print(` ${d.u32(at + i)}`)
  return true
}

function printOpt(d: Dissector, head: number, at: number, end: number, size: number): boolean {
  d.print(` UDPsize=${size}`)
  if (d.u16(head + 6) & 0x8000) d.print(' DO')
  if (at >= end || !d.since(4.99)) return true
  d.print(' [')
  if (!printEdnsOptions(d, at, end)) return false
  d.print(']')
  return true
}
