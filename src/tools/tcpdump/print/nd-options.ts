// Options of neighbour discovery messages, one a line under -v.
import type { Ipv6Address } from '../../../addr/ipv6.js'
import { getIpv6 } from '../../../wire/bytes.js'
import { bitNames, type Dissector } from '../dissector.js'
import { unknownData } from '../hexdump.js'
import { printDomainName } from './dns-name.js'

const NAMES: Readonly<Record<number, string>> = {
  1: 'source link-address',
  2: 'destination link-address',
  3: 'prefix info',
  4: 'redirected header',
  5: 'mtu',
  7: 'advertisement interval',
  8: 'homeagent information',
  24: 'route info',
  25: 'rdnss',
  31: 'dnssl',
}
const PREFIX_FLAGS = [
  [0x80, 'onlink'],
  [0x40, 'auto'],
  [0x20, 'router'],
] as const

export function lifetimeText(seconds: number): string {
  return seconds === 0xffffffff ? 'infinity' : `${seconds}s`
}

/** Router preference (RFC 4191). */
export function preferenceText(flags: number): string {
  return ['medium', 'high', 'rsv', 'low'][(flags >> 3) & 3]!
}

/** False when an option is cut short. */
export function printNdOptions(d: Dissector, from: number, length: number): boolean {
  let at = from
  let left = length
  while (at < d.end) {
    if (!d.has(at + 1, 1)) return false
    if (left <= 0) return true
    const type = d.u8(at)
    const units = d.u8(at + 1)
    const size = units << 3
    if (units === 0 || at + size > d.end) return false
    d.print(`\n\t  ${NAMES[type] ?? 'unknown'} option (${type}), length ${size} (${units}): `)
    if (NAMES[type] === undefined) {
      if (d.verbose < 2) {
        unknownData(d, at + 2, '\n\t  ', size - 2)
        return true
      }
    } else if (!printOption(d, at, type, units, from)) return false
    if (d.verbose > 1) unknownData(d, at + 2, '\n\t    ', size - 2)
    at += size
    left -= size
  }
  return true
}

function printOption(d: Dissector, at: number, type: number, units: number, from: number): boolean {
  switch (type) {
    case 1:
    case 2:
      d.print(d.hex(at + 2, (units << 3) - 2, ':'))
      return true
    case 3:
      printPrefix(d, at, units)
      return true
    case 4:
      // The real one dumps from the first option on, whichever this is.
      unknownData(d, from, '\n\t    ', units << 3)
      return true
    case 5:
      d.print(` ${d.u32(at + 4)}${units === 1 ? '' : 'bad option length'}`)
      return true
    case 7:
      d.print(` ${d.u32(at + 4)}ms`)
      return true
    case 8:
      d.print(` preference ${d.u16(at + 4)}, lifetime ${d.u16(at + 6)}`)
      return true
    case 24:
      return printRoute(d, at, units)
    case 25:
      d.print(` lifetime ${d.u32(at + 4)}s,`)
      for (let i = 0; i < (units - 1) >> 1; i++) d.print(` addr: ${d.ip6(at + 8 + 16 * i)}`)
      return true
    default:
      return printSearchList(d, at, units, from)
  }
}

//   type length prefix-length flags | valid(4) | preferred(4) | reserved(4) | prefix(16)
function printPrefix(d: Dissector, at: number, units: number): void {
  d.print(`${d.ip6(at + 16)}/${d.u8(at + 2)}${units === 4 ? '' : 'badlen'}, Flags [${bitNames(PREFIX_FLAGS, d.u8(at + 3), 'none')}]`)
  d.print(`, valid time ${lifetimeText(d.u32(at + 4))}, pref. time ${lifetimeText(d.u32(at + 8))}`)
}

function printRoute(d: Dissector, at: number, units: number): boolean {
  if (units > 3) return false
  d.need(at + 8, (units - 1) * 8)
  let prefix: Ipv6Address = 0n
  if (units === 3) prefix = getIpv6(d.bytes, at + 8)
  else if (units === 2) prefix = getIpv6(d.bytes, at) & 0xffffffffffffffffn
  if (units === 2) prefix <<= 64n
  d.print(` ${d.options.names.host6(prefix)}/${d.u8(at + 2)}, pref=${preferenceText(d.u8(at + 3))}`)
  d.print(`, lifetime=${lifetimeText(d.u32(at + 4))}`)
  return true
}

function printSearchList(d: Dissector, at: number, units: number, from: number): boolean {
  d.print(` lifetime ${d.u32(at + 4)}s, domain(s):`)
  const end = at + (units << 3)
  for (let name = at + 8; name < end && d.u8(name) !== 0; ) {
    d.print(' ')
    const next = printDomainName(d, name, from)
    if (next === null) return false
    name = next
  }
  return true
}
