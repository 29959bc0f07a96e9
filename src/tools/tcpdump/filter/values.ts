// What a name, number or address means under its qualifiers: `src net 10`, `udp port domain`, `ether proto 0x806`.

import { parseIpv6 } from '../../../addr/ipv6.js'
import { ownOf } from '../../../grammar/own-of.js'
import { type Direction, host6Test, hostTest, macTest } from './addresses.js'
import { FilterError, type Token } from './lexer.js'
import type { CompilerState } from './state.js'
import { and, anyOf, type Test } from './tests.js'
import { geneveLinkTest, type PortMatch, portTest, protochainTest, protoTest } from './transports.js'
import { ETHERTYPE, SAP } from './types.js'
import type { ProtocolWord } from './words.js'

export type AddressKind = 'host' | 'net' | 'port' | 'portrange' | 'gateway' | 'proto' | 'protochain'

export interface Qualifiers {
  readonly protocol: ProtocolWord | null
  /** Null where none was given: either. */
  readonly direction: Direction | null
  /** Null: host. */
  readonly kind: AddressKind | null
}

const SYNTAX = 'syntax error in filter expression'
const PORT_PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132 }
const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' }
const ALL_ONES = -1

/** `qualifiers` null: none can be inherited here. */
export function nameTest(state: CompilerState, name: string, qualifiers: Qualifiers | null): Test {
  if (qualifiers === null) throw new FilterError(SYNTAX)
  const { protocol, kind } = qualifiers
  switch (kind) {
    case 'net':
      throw new FilterError(`unknown network '${name}'`)
    case null:
    case 'host':
      return hostNameTest(state, name, qualifiers)
    case 'port':
    case 'portrange':
      return portTest(state, namedPorts(state, name, protocol, kind), directionOf(qualifiers))
    case 'gateway':
      throw new FilterError("'gateway' not supported in this configuration")
    case 'proto':
    case 'protochain': {
      const proto = namedProtocol(state, name, protocol)
      if (proto === null) throw new FilterError(`unknown protocol: ${name}`)
      return protoOrChain(state, proto, qualifiers)
    }
  }
}

function directionOf(qualifiers: Qualifiers): Direction {
  return qualifiers.direction ?? 'or'
}

function protoOrChain(state: CompilerState, proto: number, qualifiers: Qualifiers): Test {
  if (qualifiers.kind === 'protochain') return protochainTest(state, proto, qualifiers.protocol)
  if (qualifiers.direction !== null) throw new FilterError("direction applied to 'proto'")
  return protoTest(state, proto, qualifiers.protocol)
}

function hostNameTest(state: CompilerState, name: string, qualifiers: Qualifiers): Test {
  const { protocol } = qualifiers
  if (protocol === 'link') throw new FilterError(`unknown ether host '${name}'`)
  if (protocol === 'decnet') throw new FilterError(`decnet name support not included, '${name}' cannot be translated\n`)
  const { names } = state.context
  const direction = directionOf(qualifiers)
  const four = names.addresses(name)
  const six = names.addresses6(name)
  if (four.length + six.length === 0) throw new FilterError(`unknown host '${name}'`)
  const tests: Test[] = []
  if (protocol !== 'ip6') for (const address of four) tests.push(hostTest(state, { address, mask: ALL_ONES }, protocol, direction, 'host'))
  if (protocol !== 'ip') {
    for (const address of six) tests.push(host6Test(state, { address, mask: (1n << 128n) - 1n }, protocol, direction, 'host'))
  }
  if (tests.length === 0) throw new FilterError(`unknown host '${name}' for specified address family`)
  return anyOf(tests)
}

function namedPorts(state: CompilerState, name: string, protocol: ProtocolWord | null, kind: 'port' | 'portrange'): PortMatch {
  const wanted = portProtocol(protocol, kind)
  const range = kind === 'portrange'
  const found = range ? findRange(state, name) : findPort(state, name)
  if (found === null) throw new FilterError(range ? `unknown port in range '${name}'` : `unknown port '${name}'`)
  const [low, high, proto] = found
  if (wanted !== null && proto !== null && proto !== wanted) {
    throw new FilterError(`port ${range ? 'in range ' : ''}'${name}' is ${PROTOCOL_NAMES[proto]}`)
  }
  for (const port of [low, high]) {
    if (port > 65535) throw new FilterError(`illegal port number ${port} > 65535`)
  }
  return { low, high, proto: wanted ?? proto, range }
}

function portProtocol(protocol: ProtocolWord | null, kind: 'port' | 'portrange'): number | null {
  if (protocol === null) return null
  const proto = ownOf(PORT_PROTOCOLS, protocol)
  if (proto === undefined) throw new FilterError(`illegal qualifier of '${kind}'`)
  return proto
}

/** Port twice and the only protocol that has the name; null for both. */
type FoundPorts = readonly [number, number, number | null]

function findPort(state: CompilerState, name: string): FoundPorts | null {
  if (/^\d+$/.test(name)) return [Number(name), Number(name), null]
  const tcp = state.context.names.port(name, 'tcp')
  const udp = state.context.names.port(name, 'udp')
  if (tcp !== null) return [tcp, tcp, udp === tcp ? null : 6]
  return udp === null ? null : [udp, udp, 17]
}

function findRange(state: CompilerState, name: string): FoundPorts | null {
  const numbers = /^(\d+)-(\d+)/.exec(name)
  if (numbers !== null) return [Number(numbers[1]), Number(numbers[2]), null]
  const dash = name.indexOf('-')
  if (dash < 0) return null
  const first = findPort(state, name.slice(0, dash))
  const second = findPort(state, name.slice(dash + 1))
  if (first === null || second === null) return null
  return [first[0], second[0], first[2] === second[2] ? first[2] : null]
}

const ISO_NAMES: Readonly<Record<string, number>> = { esis: 130, isis: 131, clnp: 129 }

function namedProtocol(state: CompilerState, name: string, protocol: ProtocolWord | null): number | null {
  if (protocol === null || protocol === 'ip' || protocol === 'ip6') {
    const proto = state.context.names.protocol(name)
    if (proto === null) throw new FilterError(`unknown ip proto '${name}'`)
    return proto
  }
  if (protocol === 'link') {
    const types: Readonly<Record<string, number>> = ETHERTYPE
    const saps: Readonly<Record<string, number>> = SAP
    const type = types[name] ?? saps[name]
    if (type === undefined) throw new FilterError(`unknown ether proto '${name}'`)
    return type
  }
  if (protocol !== 'iso') return null
  const iso = ownOf(ISO_NAMES, name)
  if (iso === undefined) throw new FilterError(`unknown osi proto '${name}'`)
  return iso
}

/** A plain number: address, network, port or protocol, by what stands in front. */
export function numberTest(state: CompilerState, value: number, qualifiers: Qualifiers | null): Test {
  if (qualifiers === null) throw new FilterError(SYNTAX)
  const { protocol, kind } = qualifiers
  if (kind === 'port' || kind === 'portrange') {
    const proto = portProtocol(protocol, kind)
    if (value > 65535) throw new FilterError(`illegal port number ${value} > 65535`)
    return portTest(state, { low: value, high: value, proto, range: kind === 'portrange' }, directionOf(qualifiers))
  }
  if (kind === 'gateway') throw new FilterError("'gateway' requires a name")
  if (kind === 'proto' || kind === 'protochain') return protoOrChain(state, value, qualifiers)
  if (protocol === 'link') throw new FilterError('illegal link layer address')
  let address = value | 0
  let mask = ALL_ONES
  // Short network numbers are moved up: net 10 is 10.0.0.0/8.
  while (kind === 'net' && address !== 0 && address >>> 24 === 0) {
    address <<= 8
    mask <<= 8
  }
  return hostTest(state, { address, mask }, protocol, directionOf(qualifiers), kind ?? 'host')
}

/** Two to four numbers with dots; short ones stand for networks: 10.1 is 10.1.0.0/16. */
export function dottedTest(state: CompilerState, text: string, qualifiers: Qualifiers | null): Test {
  const kind = qualifiers?.kind ?? null
  if (kind === 'port' || kind === 'portrange' || kind === 'proto' || kind === 'protochain') {
    throw new FilterError(`'${kind}' modifier applied to ip host`)
  }
  const { address, length } = dotted(text)
  if (qualifiers === null) throw new FilterError(SYNTAX)
  if (kind === 'gateway') throw new FilterError("'gateway' requires a name")
  if (qualifiers.protocol === 'link') throw new FilterError('illegal link layer address')
  const mask = (ALL_ONES << (32 - length)) | 0
  return hostTest(state, { address, mask }, qualifiers.protocol, directionOf(qualifiers), kind ?? 'host')
}

/** `10.0.0.0/8` or `10.0.0.0 mask 255.0.0.0`. */
export function maskedTest(state: CompilerState, text: string, by: Token, qualifiers: Qualifiers | null): Test {
  const { address } = dotted(text)
  const length = by.value
  let mask: number
  if (by.kind === 'ipv4') {
    mask = dotted(by.text).address
    if ((address & ~mask) !== 0) throw new FilterError(`non-network bits set in "${text} mask ${by.text}"`)
  } else {
    if (length > 32) throw new FilterError('mask length must be <= 32')
    mask = length === 0 ? 0 : (ALL_ONES << (32 - length)) | 0
    if ((address & ~mask) !== 0) throw new FilterError(`non-network bits set in "${text}/${length}"`)
  }
  if (qualifiers?.kind !== 'net') throw new FilterError('Mask syntax for networks only')
  return hostTest(state, { address, mask }, qualifiers.protocol, directionOf(qualifiers), 'net')
}

function dotted(text: string): { address: number; length: number } {
  const parts = text.split('.').map(Number)
  if (parts.some((part) => !(part <= 255))) throw new FilterError(`invalid IPv4 address '${text}'`)
  const length = 8 * parts.length
  return { address: parts.reduce((address, part) => (address << 8) | part, 0) << (32 - length), length }
}

export function ipv6Test(state: CompilerState, text: string, length: number, qualifiers: Qualifiers | null): Test {
  const address = parseIpv6(text)
  if (address === null) throw new FilterError(`invalid ip6 address ${text}`)
  if (length > 128) throw new FilterError('mask length must be <= 128')
  const mask = length === 0 ? 0n : ((1n << BigInt(length)) - 1n) << BigInt(128 - length)
  if ((address & ~mask) !== 0n) throw new FilterError(`non-network bits set in "${text}/${length}"`)
  const kind = qualifiers?.kind ?? null
  if (qualifiers === null || (kind !== null && kind !== 'host' && kind !== 'net')) {
    throw new FilterError('invalid qualifier against IPv6 address')
  }
  if (kind !== 'net' && length !== 128) throw new FilterError('Mask syntax for networks only')
  return host6Test(state, { address, mask }, qualifiers.protocol, directionOf(qualifiers), kind ?? 'host')
}

export function etherTest(state: CompilerState, text: string, qualifiers: Qualifiers | null): Test {
  const kind = qualifiers?.kind ?? null
  if (qualifiers === null || qualifiers.protocol !== 'link' || (kind !== null && kind !== 'host')) {
    throw new FilterError('ethernet address used in non-ether expression')
  }
  if (state.link !== 'ethernet') {
    throw new FilterError('ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel')
  }
  const test = macTest(state, etherAddress(text), directionOf(qualifiers))
  const inside = geneveLinkTest(state)
  return inside === null ? test : and(inside, test)
}

function etherAddress(text: string): number {
  const groups = /[:.-]/.test(text) ? text.split(/[:.-]/) : [text]
  const width = groups.length === 6 ? 2 : 4
  const digits = groups.length === 1 ? text : groups.map((group) => group.padStart(width, '0')).join('')
  return Number.parseInt(digits, 16)
}
