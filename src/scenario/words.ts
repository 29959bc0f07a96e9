// The small languages inside a scenario's strings: times, clocks, addresses and routes as `ip` takes them. Each returns null or what is wrong.
import { parseIpv4, parsePrefix } from '../addr/ipv4.js'

const DURATION = /^(\d+(?:\.\d+)?)(us|ms|s)$/

/** `0`, `200us`, `1.5ms`, `2s` in microseconds; null when it is none. */
export function parseDuration(value: string | number): number | null {
  if (value === 0 || value === '0') return 0
  const match = DURATION.exec(String(value))
  if (match === null) return null
  return Math.round(Number(match[1]) * { us: 1, ms: 1000, s: 1_000_000 }[match[2] as 'us' | 'ms' | 's'])
}

const CLOCK = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z$/

/** `2012-07-30T00:45:00Z` in microseconds since 1970; null when it is none. */
export function parseClock(text: string): number | null {
  const match = CLOCK.exec(text)
  if (match === null) return null
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return null
  const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
  return seconds * 1_000_000 + Number((match[7] ?? '').padEnd(6, '0'))
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!
}

function daysSince1970(year: number, month: number, day: number): number {
  // Years run from March, so that the leap day is the last of its year.
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const yearOfEra = y - era * 400
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

const OCTET = 'each of the four numbers is 0 to 255 without leading zeros'

/** What is wrong with an address that must carry a prefix length; null when it is fine. */
export function faultOfPrefix(text: string): string | null {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  if (parseIpv4(address) === null) return `"${text}" is no IPv4 address with a prefix length such as 10.0.0.1/24: ${OCTET}`
  if (slash < 0) return `"${text}" lacks its prefix length, such as ${text}/24`
  return parsePrefix(text) === null ? `"${text}" has no prefix length of 0 to 32 after the slash` : null
}

export function faultOfAddress(text: string): string | null {
  return parseIpv4(text) === null ? `"${text}" is no IPv4 address such as 10.0.0.1: ${OCTET}` : null
}

const ADDRESS_WORDS = new Set(['brd', 'broadcast', 'peer', 'scope', 'label', 'metric'])

/** Words after `ip addr add`: an address with prefix length, then keyword and value pairs. */
export function faultOfAddressWords(text: string): string | null {
  const [address, ...rest] = text.trim().split(/\s+/)
  const fault = faultOfPrefix(address ?? '')
  if (fault !== null) return fault
  return faultOfPairs(rest, ADDRESS_WORDS)
}

const ROUTE_TYPES = new Set(['unicast', 'local', 'broadcast', 'blackhole', 'unreachable', 'prohibit', 'throw'])
const ROUTE_WORDS = new Set(['via', 'dev', 'src', 'table', 'metric', 'proto', 'scope', 'mtu', 'tos', 'advmss'])

/** Words after `ip route add`: [TYPE] PREFIX|default, then keyword and value pairs, `onlink` alone. */
export function faultOfRouteWords(text: string): string | null {
  const words = text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== 'onlink')
  if (ROUTE_TYPES.has(words[0] ?? '')) words.shift()
  const target = words.shift() ?? ''
  if (target !== 'default' && parsePrefix(target) === null) return `"${target}" is neither "default" nor a prefix such as 10.0.0.0/24`
  const fault = faultOfPairs(words, ROUTE_WORDS)
  if (fault !== null) return fault
  for (let i = 0; i + 1 < words.length; i += 2) {
    const wrong = words[i] === 'via' || words[i] === 'src' ? faultOfAddress(words[i + 1]!) : null
    if (wrong !== null) return `after ${words[i]}: ${wrong}`
  }
  return null
}

function faultOfPairs(words: readonly string[], known: ReadonlySet<string>): string | null {
  for (let i = 0; i < words.length; i += 2) {
    if (!known.has(words[i]!)) return `"${words[i]}" is unknown here, expected one of ${[...known].join(', ')}`
    if (words[i + 1] === undefined) return `nothing follows "${words[i]}"`
  }
  return null
}
