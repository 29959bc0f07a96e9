// Options of the OPT record (EDNS, RFC 6891).
import { formatIpv4 } from '../../../addr/ipv4.js'
import { getIpv4, getIpv6 } from '../../../wire/bytes.js'
import { type Dissector, ipv6Text } from '../dissector.js'
import { printDomainName } from './dns-name.js'

const NAMES: Readonly<Record<number, string>> = {
  1: 'LLQ',
  2: 'UL',
  3: 'NSID',
  5: 'DAU',
  6: 'DHU',
  7: 'N3U',
  8: 'ECS',
  9: 'EXPIRE',
  10: 'COOKIE',
  11: 'KEEPALIVE',
  12: 'PADDING',
  13: 'CHAIN',
  14: 'KEY-TAG',
  16: 'CLIENT-TAG',
  17: 'SERVER-TAG',
}
const INVALID = ' (invalid)'

/** False when cut short. */
export function printEdnsOptions(d: Dissector, from: number, end: number): boolean {
  for (let at = from; at < end; ) {
    if (!d.has(at, 2)) return false
    const code = d.u16(at)
    d.print(NAMES[code] ?? `Opt${code}`)
    if (!d.has(at + 2, 2)) return false
    const length = d.u16(at + 2)
    at += 4
    if (!d.has(at, length)) return false
    if (length > 0) {
      d.print(' ')
      printOption(d, code, at, length)
    }
    at += length
    if (at < end) d.print(',')
  }
  return true
}

function printOption(d: Dissector, code: number, at: number, length: number): void {
  switch (code) {
    case 8:
      return d.print(clientSubnet(d, at, length))
    case 9:
      return d.print(length === 4 ? `${d.u32(at)} sec` : INVALID)
    case 10:
      if (length < 8 || (length > 8 && length < 16) || length > 40) return d.print(INVALID)
      return d.print(length > 8 ? `${d.hex(at, 8)} ${d.hex(at + 8, length - 8)}` : d.hex(at, 8))
    case 11:
      return d.print(length === 2 ? `${(d.u16(at) / 10).toFixed(1)} sec` : INVALID)
    case 12:
      return d.print(`(${length})`)
    case 13:
      printDomainName(d, at, at + length)
      return
    case 14: {
      if (length % 2 !== 0) return d.print(INVALID)
      const tags: number[] = []
      for (let i = 0; i < length; i += 2) tags.push(d.u16(at + i))
      return d.print(tags.join(' '))
    }
    default:
      d.print(d.hex(at, length))
  }
}

function clientSubnet(d: Dissector, at: number, length: number): string {
  if (length < 4) return INVALID
  const family = d.u16(at)
  const bits = family === 1 ? 32 : 128
  const source = d.u8(at + 2)
  const scope = d.u8(at + 3)
  const octets = length - 4
  if ((family !== 1 && family !== 2) || source > bits || scope > bits || (source + 7) >> 3 !== octets) return INVALID
  const address = new Uint8Array(16)
  for (let i = 0; i < octets; i++) address[i] = d.u8(at + 4 + i)
  return `${family === 1 ? formatIpv4(getIpv4(address, 0)) : ipv6Text(getIpv6(address, 0))}/${source}/${scope}`
}
