// Tests for hosts, networks and Ethernet addresses.

import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { Ipv6Address } from '../../../addr/ipv6.js'
import { type MacAddress, macHigh } from '../../../addr/mac.js'
import { ownOf } from '../../../grammar/own-of.js'
import { FilterError } from './lexer.js'
import type { CompilerState } from './state.js'
import { and, or, type Test } from './tests.js'
import { ETHERTYPE, typeTest } from './types.js'
import type { ProtocolWord } from './words.js'

export type Direction = 'src' | 'dst' | 'or' | 'and' | 'addr1' | 'addr2' | 'addr3' | 'addr4' | 'ra' | 'ta'

export interface Ipv4Match {
  readonly address: Ipv4Address
  readonly mask: Ipv4Address
}

export interface Ipv6Match {
  readonly address: Ipv6Address
  readonly mask: Ipv6Address
}

const NO_HOSTS: Readonly<Record<string, string>> = {
  atalk: 'AppleTalk',
  lat: 'LAT',
  sca: 'SCA',
  moprc: 'MOPRC',
  mopdl: 'MOPDL',
  aarp: 'AARP',
  iso: 'ISO',
  ipx: 'IPX',
}

/** `protocol` null: IPv4, ARP and RARP. */
export function hostTest(
  state: CompilerState,
  match: Ipv4Match,
  protocol: ProtocolWord | null,
  direction: Direction,
  kind: 'host' | 'net',
): Test {
  if (protocol === null) {
    const ip = hostTest(state, match, 'ip', direction, kind)
    if (state.labelDepth > 0) return ip
    return or(or(ip, hostTest(state, match, 'arp', direction, kind)), hostTest(state, match, 'rarp', direction, kind))
  }
  if (protocol === 'ip') return bySide(direction, (side) => ipv4At(state, match, ETHERTYPE.ip, side === 'src' ? 12 : 16))
  if (protocol === 'arp' || protocol === 'rarp') {
    return bySide(direction, (side) => ipv4At(state, match, ETHERTYPE[protocol], side === 'src' ? 14 : 24))
  }
  if (protocol === 'link') throw new FilterError(`link-layer modifier applied to ${kind}`)
  if (protocol === 'ip6') throw new FilterError("'ip6' modifier applied to ip host")
  const name = ownOf(NO_HOSTS, protocol)
  throw new FilterError(name === undefined ? `'${protocol}' modifier applied to ${kind}` : `${name} host filtering not implemented`)
}

export function host6Test(
  state: CompilerState,
  match: Ipv6Match,
  protocol: ProtocolWord | null,
  direction: Direction,
  kind: 'host' | 'net',
): Test {
  if (protocol === null || protocol === 'ip6') return bySide(direction, (side) => ipv6At(state, match, side === 'src' ? 8 : 24))
  if (protocol === 'link') throw new FilterError(`link-layer modifier applied to ip6 ${kind}`)
  const quoted = protocol === 'atalk' ? 'AppleTalk' : `'${protocol}'`
  throw new FilterError(`${quoted} modifier applied to ip6 ${kind}`)
}

export function macTest(state: CompilerState, mac: MacAddress, direction: Direction): Test {
  const given = direction === 'or' || direction === 'and' || direction === 'src' || direction === 'dst'
  if (!given) {
    const names = direction.startsWith('addr') ? `'${direction}' and 'address${direction.slice(4)}' are` : `'${direction}' is`
    throw new FilterError(`${names} only supported on 802.11 with 802.11 headers`)
  }
  return bySide(direction, (side) => {
    const at = side === 'src' ? 6 : 0
    const low = state.field('link', at + 2, 4, 'eq', mac % 0x100000000)
    return and(low, state.field('link', at, 2, 'eq', macHigh(mac) >>> 8))
  })
}

export function bySide(direction: Direction, test: (side: 'src' | 'dst') => Test): Test {
  switch (direction) {
    case 'src':
    case 'dst':
      return test(direction)
    case 'and':
      return and(test('src'), test('dst'))
    case 'or':
      return or(test('src'), test('dst'))
    default:
      throw new FilterError(notForAddresses(direction, 'addresses other than 802.11 MAC addresses'))
  }
}

/** What libpcap says about the qualifiers of wireless headers in front of anything else. */
export function notForAddresses(direction: Direction, what: string): string {
  if (!direction.startsWith('addr')) return `'${direction}' is not a valid qualifier for ${what}`
  return `'${direction}' and 'address${direction.slice(4)}' are not valid qualifiers for ${what}`
}

function ipv4At(state: CompilerState, match: Ipv4Match, type: number, offset: number): Test {
  const mask = match.mask === -1 ? null : match.mask
  return and(typeTest(state, type), state.field('network', offset, 4, 'eq', match.address, mask))
}

function ipv6At(state: CompilerState, match: Ipv6Match, offset: number): Test {
  const word = (index: number): Test => {
    const bits = BigInt(96 - 32 * index)
    const mask = Number((match.mask >> bits) & 0xffffffffn)
    const value = Number((match.address >> bits) & 0xffffffffn)
    return state.field('network', offset + 4 * index, 4, 'eq', value, mask === 0xffffffff ? null : mask)
  }
  return and(typeTest(state, ETHERTYPE.ip6), and(word(0), and(word(1), and(word(2), word(3)))))
}
