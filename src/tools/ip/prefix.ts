// Addresses and prefixes as iproute2 reads them: `10.1/16`, `any`, `default`, masks for lengths, both families.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { lengthOfMask, parseIpv4 } from '../../addr/ipv4.js'
import type { Ipv6Address } from '../../addr/ipv6.js'
import { parseIpv6 } from '../../addr/ipv6.js'
import { UsageError } from '../../grammar/keyword.js'
import type { Family } from './options.js'

export interface InetPrefix {
  readonly family: 4
  readonly address: Ipv4Address
  readonly length: number
  /** A length was typed. */
  readonly hasLength: boolean
}
export interface Inet6Prefix {
  readonly family: 6
  readonly address: Ipv6Address
  readonly length: number
  readonly hasLength: boolean
}
/** `any`, `all` or `default`: matches everything, its family open unless one was demanded. */
export interface AnyPrefix {
  readonly family: 'any'
  readonly isDefault: boolean
}
export type Prefix = InetPrefix | Inet6Prefix | AnyPrefix

/** One to four numbers, missing ones are 0: `10.1` is 10.1.0.0 (not the shorthand of inet_aton). */
export function parseLooseIpv4(text: string): Ipv4Address | null {
  const groups = text.split('.')
  if (groups.length > 4 || !groups.every((group) => /^\d{1,3}$/.test(group) && Number(group) <= 255)) return null
  return parseIpv4([...groups.map(Number), 0, 0, 0].slice(0, 4).join('.'))
}

function parseLength(text: string, max: number): number | null {
  if (/^\d+$/.test(text)) return Number(text) <= max ? Number(text) : null
  const mask = max === 32 ? parseIpv4(text) : null
  return mask === null ? null : lengthOfMask(mask)
}

export function parsePrefixWord(word: string, family: Family): Prefix | null {
  if (word === 'default' || word === 'any' || word === 'all') return { family: 'any', isDefault: word === 'default' }
  const slash = word.indexOf('/')
  const text = slash < 0 ? word : word.slice(0, slash)
  if (text.includes(':')) {
    const address = family === 'inet' ? null : parseIpv6(text)
    const length = slash < 0 ? 128 : parseLength(word.slice(slash + 1), 128)
    return address === null || length === null ? null : { family: 6, address, length, hasLength: slash >= 0 }
  }
  const address = family === 'inet6' ? null : parseLooseIpv4(text)
  const length = slash < 0 ? 32 : parseLength(word.slice(slash + 1), 32)
  return address === null || length === null ? null : { family: 4, address, length, hasLength: slash >= 0 }
}

export function familyWord(family: Family): string {
  return family === 'any' ? 'any valid' : family
}

export function needPrefix(word: string, family: Family): Prefix {
  const prefix = parsePrefixWord(word, family)
  if (prefix === null) throw new UsageError(`Error: ${familyWord(family)} prefix is expected rather than "${word}".`, 1)
  return prefix
}

/** A bare address, no length. */
export function needAddress(word: string, family: Family): InetPrefix | Inet6Prefix {
  const prefix = word.includes('/') ? null : parsePrefixWord(word, family)
  if (prefix === null || prefix.family === 'any') {
    throw new UsageError(`Error: ${familyWord(family)} address is expected rather than "${word}".`, 1)
  }
  return prefix
}

/** Where IPv4 alone is emulated: the address, or null for `any`. */
export function ipv4Of(prefix: Prefix): InetPrefix | null {
  if (prefix.family === 4) return prefix
  return prefix.family === 'any' ? { family: 4, address: 0, length: 0, hasLength: true } : null
}
