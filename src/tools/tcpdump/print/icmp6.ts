// ICMPv6 messages: errors, echo, neighbour discovery, multicast listeners.
import { bitNames, type Dissector, rightChecksum, type TransportPayload } from '../dissector.js'
import { unknownData } from '../hexdump.js'
import { printMldQuery, printMldReport } from './mld.js'
import { preferenceText, printNdOptions } from './nd-options.js'
import { pseudoSum } from './pseudo-header.js'

const UNREACH = 1
const TOO_BIG = 2
const TIME_EXCEEDED = 3
const PARAMETER_PROBLEM = 4
const ROUTER_SOLICIT = 133
const ROUTER_ADVERT = 134
const NEIGHBOUR_SOLICIT = 135
const NEIGHBOUR_ADVERT = 136
const REDIRECT = 137
const NAMES: Readonly<Record<number, string>> = {
  1: 'destination unreachable',
  2: 'packet too big',
  3: 'time exceeded in-transit',
  4: 'parameter problem',
  128: 'echo request',
  129: 'echo reply',
  130: 'multicast listener query',
  131: 'multicast listener report',
  132: 'multicast listener done',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbor solicitation',
  136: 'neighbor advertisement',
  137: 'redirect',
  138: 'router renumbering',
  141: 'inverse neighbor solicitation',
  142: 'inverse neighbor advertisement',
  143: 'multicast listener report v2',
  144: 'ha discovery request',
  145: 'ha discovery reply',
  146: 'mobile router solicitation',
  147: 'mobile router advertisement',
  155: 'RPL',
}
const UNREACHABLES: Readonly<Record<number, string>> = {
  0: 'unreachable route',
  1: ' unreachable prohibited',
  2: 'beyond scope',
  3: 'unreachable address',
  4: 'unreachable port',
}
const PROBLEMS: Readonly<Record<number, string>> = {
  0: 'erroneous',
  1: 'next header',
  2: 'option',
  3: 'incomplete header chain',
}
const ADVERT_FLAGS = [
  [0x80, 'router'],
  [0x40, 'solicited'],
  [0x20, 'override'],
] as const
const ROUTER_FLAGS = [
  [0x80, 'managed'],
  [0x40, 'other stateful'],
  [0x20, 'home agent'],
  [0x02, 'ipv6 only'],
] as const
/** Their printers show more under -v, so the length goes first there. */
const LENGTH_FIRST = new Set([ROUTER_SOLICIT, ROUTER_ADVERT, NEIGHBOUR_SOLICIT, NEIGHBOUR_ADVERT, REDIRECT, 145, 147])

export function printIcmp6(d: Dissector, payload: TransportPayload): void {
  const { at, length } = payload
  d.protocol = 'icmp6'
  if (length === 0) {
    d.print('ICMP6, length 0')
    return d.invalid()
  }
  if (d.verbose > 0 && !payload.fragmented && d.has(at, length)) printChecksum(d, payload)
  const type = d.u8(at)
  d.print(`ICMP6, ${NAMES[type] ?? `unknown icmp6 type (${type})`}`)
  if (LENGTH_FIRST.has(type) && d.verbose > 0) d.print(`, length ${length}`)
  if (NAMES[type] === undefined) {
    d.print(`, length ${length}`)
    if (d.verbose < 2) unknownData(d, at, '\n\t', length)
    return
  }
  const done = printBody(d, at, length, type)
  if (!done) return d.truncated()
  if (d.verbose === 0) d.print(`, length ${length}`)
}

function printChecksum(d: Dissector, payload: TransportPayload): void {
  const { at, length, ipAt } = payload
  const sum = d.checksum(at, length, pseudoSum(d, ipAt, 58, length))
  const given = d.u16(at + 2)
  const hex = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`
  d.print(sum === 0 ? '[icmp6 sum ok] ' : `[bad icmp6 cksum ${hex(given)} -> ${hex(rightChecksum(given, sum))}!] `)
}

/** False when cut short. */
function printBody(d: Dissector, at: number, length: number, type: number): boolean {
  switch (type) {
    case UNREACH:
      return printUnreachable(d, at)
    case TOO_BIG:
      d.print(`, mtu ${d.u32(at + 4)}`)
      return true
    case TIME_EXCEEDED: {
      const code = d.u8(at + 1)
      if (code === 0) d.print(` for ${d.ip6(at + 32)}`)
      else d.print(code === 1 ? ' (reassembly)' : `, unknown code (${code})`)
      return true
    }
    case PARAMETER_PROBLEM: {
      if (!d.has(at + 32, 16)) return false
      const problem = PROBLEMS[d.u8(at + 1)]
      d.print(problem === undefined ? `, code-#${d.u8(at + 1)}` : `, ${problem} - octet ${d.u32(at + 4)}`)
      return true
    }
    case 128:
    case 129:
      d.print(`${d.since(4.99) ? `, id ${d.u16(at + 4)}` : ''}, seq ${d.u16(at + 6)}`)
      return true
    case 130:
      printMldQuery(d, at, length)
      return true
    case 131:
    case 132:
      if (d.has(at, 24)) d.print(`max resp delay: ${d.u16(at + 4)} addr: ${d.ip6(at + 8)}`)
      return true
    case 143:
      printMldReport(d, at, length)
      return true
    default:
      return printDiscovery(d, at, length, type)
  }
}

function printUnreachable(d: Dissector, at: number): boolean {
  const code = d.u8(at + 1)
  const quoted = at + 8
  d.print(`, ${UNREACHABLES[code] ?? `unknown unreach code (${code})`}`)
  if (code === 0 || code === 1 || code === 3) d.print(` ${d.ip6(quoted + 24)}`)
  else if (code === 2) d.print(` ${d.ip6(quoted + 24)}, source address ${d.ip6(quoted + 8)}`)
  else if (code === 4) return printPortUnreachable(d, quoted)
  return true
}

/** The quoted packet's port stands behind its extension headers. */
function printPortUnreachable(d: Dissector, quoted: number): boolean {
  if (!d.has(quoted + 6, 1)) return false
  let next = d.u8(quoted + 6)
  let at = quoted + 40
  while (next === 0 || next === 43 || next === 44 || next === 60) {
    if (!d.has(at, 2)) return false
    const length = next === 44 ? 8 : (d.u8(at + 1) + 1) << 3
    next = d.u8(at)
    at += length
  }
  if ((next !== 6 && next !== 17) || !d.has(at, 4)) return false
  const protocol = next === 6 ? 'tcp' : 'udp'
  d.print(`, ${d.ip6(quoted + 24)} ${protocol} port ${d.options.names.port(protocol, d.u16(at + 2))}`)
  return true
}

function printDiscovery(d: Dissector, at: number, length: number, type: number): boolean {
  const options = (from: number): boolean => d.verbose === 0 || printNdOptions(d, at + from, length - from)
  switch (type) {
    case ROUTER_SOLICIT:
      return options(8)
    case ROUTER_ADVERT:
      if (d.verbose > 0) printRouterAdvert(d, at)
      return options(16)
    case NEIGHBOUR_SOLICIT:
      d.print(`, who has ${d.ip6(at + 8)}`)
      return options(24)
    case NEIGHBOUR_ADVERT:
      d.print(`, tgt is ${d.ip6(at + 8)}`)
      if (d.verbose > 0) {
        d.need(at + 4, 4)
        d.print(`, Flags [${bitNames(ADVERT_FLAGS, d.u8(at + 4), 'none')}]`)
      }
      return options(24)
    case REDIRECT:
      d.print(`, ${d.ip6(at + 24)} to ${d.ip6(at + 8)}`)
      return options(40)
    case 144:
    case 146:
      d.print(`, id 0x${d.hex(at + 4, 2)}`)
      return true
    default:
      return true
  }
}

function printRouterAdvert(d: Dissector, at: number): void {
  d.need(at + 4, 12)
  const flags = d.u8(at + 5)
  d.print(`\n\thop limit ${d.u8(at + 4)}, Flags [${bitNames(ROUTER_FLAGS, flags, 'none')}], pref ${preferenceText(flags)}`)
  d.print(`, router lifetime ${d.u16(at + 6)}s, reachable time ${d.u32(at + 8)}ms, retrans timer ${d.u32(at + 12)}ms`)
}
