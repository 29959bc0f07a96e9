// Arithmetic of filters: `ip[0] & 0xf`, `tcp[tcpflags]`, `len`, all in unsigned 32 bits.
import { FilterError } from './lexer.js'
import type { Base, CompilerState } from './state.js'
import { and, compare, constant, not, OUT_OF_BYTES, type Run, type Test } from './tests.js'
import { firstFragment, protocolTest } from './transports.js'
import { ETHERTYPE, typeTest } from './types.js'
import type { ProtocolWord } from './words.js'

export interface Expression {
  /** Same key, same value. */
  readonly key: string
  /** Null unless known while compiling. */
  readonly constant: number | null
  readonly read: (run: Run) => number
  /** What must hold before the value makes sense: the packet is of the protocol that is read. */
  readonly needs: Test | null
}

export type Operator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>'
export type Relation = '>' | '>=' | '=' | '<' | '<=' | '!='

const NETWORK = new Set<ProtocolWord>(['ip', 'arp', 'rarp', 'atalk', 'decnet', 'sca', 'lat', 'moprc', 'mopdl', 'ip6'])
const TRANSPORT = new Set<ProtocolWord>(['sctp', 'tcp', 'udp', 'icmp', 'igmp', 'igrp', 'pim', 'vrrp', 'carp'])

export function number(value: number): Expression {
  return { key: `${value}`, constant: value, read: () => value, needs: null }
}

export function packetLength(): Expression {
  return { key: 'len', constant: null, read: (run) => run.packet.length, needs: null }
}

export function negate(a: Expression): Expression {
  if (a.constant !== null) return number(-a.constant >>> 0)
  return { key: `-(${a.key})`, constant: null, read: (run) => -a.read(run) >>> 0, needs: a.needs }
}

export function calculate(operator: Operator, a: Expression, b: Expression): Expression {
  if (b.constant === 0 && operator === '/') throw new FilterError('division by zero')
  if (b.constant === 0 && operator === '%') throw new FilterError('modulus by zero')
  if (b.constant !== null && b.constant > 31 && (operator === '<<' || operator === '>>')) {
    throw new FilterError('shift by more than 31 bits')
  }
  const apply = OPERATIONS[operator]
  if (a.constant !== null && b.constant !== null) return number(apply(a.constant, b.constant))
  return {
    key: `(${a.key}${operator}${b.key})`,
    constant: null,
    read: (run) => apply(a.read(run), b.read(run)),
    needs: both(a.needs, b.needs),
  }
}

const OPERATIONS: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => (a + b) >>> 0,
  '-': (a, b) => (a - b) >>> 0,
  '*': (a, b) => Math.imul(a, b) >>> 0,
  '/': (a, b) => Math.floor(a / divisor(b)),
  '%': (a, b) => a % divisor(b),
  '&': (a, b) => (a & b) >>> 0,
  '|': (a, b) => (a | b) >>> 0,
  '^': (a, b) => (a ^ b) >>> 0,
  '<<': (a, b) => (b > 31 ? 0 : (a << b) >>> 0),
  '>>': (a, b) => (b > 31 ? 0 : a >>> b),
}

/** Division by a zero that only the packet shows ends the filter with "no". */
function divisor(value: number): number {
  if (value === 0) throw OUT_OF_BYTES
  return value
}

/** `protocol[index:size]` */
export function load(state: CompilerState, protocol: ProtocolWord, index: Expression, size: number): Expression {
  if (size !== 1 && size !== 2 && size !== 4) throw new FilterError('data size must be 1, 2, or 4')
  if (protocol === 'link') return loadFrom(state, 'link', index, size, index.needs)
  if (NETWORK.has(protocol)) return loadFrom(state, 'network', index, size, both(index.needs, protocolTest(state, protocol)))
  if (TRANSPORT.has(protocol)) {
    // Only IPv4 here: libpcap cannot say where a transport header behind IPv6 begins.
    const whole = and(protocolTest(state, protocol), firstFragment(state))
    return loadFrom(state, 'transport4', index, size, and(typeTest(state, ETHERTYPE.ip), withNeeds(index.needs, whole)))
  }
  if (protocol === 'icmp6') {
    const needs = and(typeTest(state, ETHERTYPE.ip6), state.field('network', 6, 1, 'eq', 58))
    return loadFrom(state, 'transport6', index, size, withNeeds(index.needs, needs))
  }
  if (protocol === 'radio') throw new FilterError('radio information not present in capture')
  throw new FilterError('unsupported index operation')
}

function loadFrom(state: CompilerState, base: Base, index: Expression, size: 1 | 2 | 4, needs: Test | null): Expression {
  const { key, at } = state.place(base, 0)
  const from = index.constant
  // An offset beyond 31 bits runs past every packet.
  const read = from === null ? (run: Run) => run.load(at(run) + index.read(run), size) : (run: Run) => run.load(at(run) + from, size)
  return { key: `${key}[${index.key}:${size}]`, constant: null, read, needs }
}

export function relate(relation: Relation, a: Expression, b: Expression): Test {
  const test = compareExpressions(relation, a, b)
  const needs = both(a.needs, b.needs)
  return needs === null ? test : and(needs, test)
}

function compareExpressions(relation: Relation, a: Expression, b: Expression): Test {
  const reversed = relation === '<' || relation === '<=' || relation === '!='
  const comparison = relation === '=' || relation === '!=' ? 'eq' : relation === '>' || relation === '<=' ? 'gt' : 'ge'
  if (a.constant !== null && b.constant !== null) return constant(RELATIONS[relation](a.constant, b.constant))
  let test: Test
  if (b.constant !== null) test = compare(a.key, a.read, comparison, b.constant)
  else if (comparison === 'eq') test = compare(`(${a.key}-${b.key})`, (run) => (a.read(run) - b.read(run)) >>> 0, 'eq', 0)
  else {
    const holds = comparison === 'gt' ? RELATIONS['>'] : RELATIONS['>=']
    test = compare(`(${a.key} ${comparison} ${b.key})`, (run) => (holds(a.read(run), b.read(run)) ? 1 : 0), 'eq', 1)
  }
  return reversed ? not(test) : test
}

const RELATIONS: Readonly<Record<Relation, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '!=': (a, b) => a !== b,
}

function both(a: Test | null, b: Test | null): Test | null {
  if (a === null) return b
  return b === null ? a : and(a, b)
}

function withNeeds(a: Test | null, b: Test): Test {
  return a === null ? b : and(a, b)
}
