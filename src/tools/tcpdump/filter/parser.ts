// The grammar of filters, after pcap-filter(7): `and` and `or` bind alike and to the left, a bare name behind them
// takes the qualifiers of the one before.
import type { Direction } from './addresses.js'
import { calculate, type Expression, load, negate, number, type Operator, packetLength, type Relation, relate } from './arithmetic.js'
import { FilterError } from './lexer.js'
import { primitiveTest } from './primitives.js'
import { TokenReader } from './reader.js'
import type { CompilerState } from './state.js'
import { and, not, or, type Test } from './tests.js'
import { protocolTest } from './transports.js'
import { type AddressKind, dottedTest, etherTest, ipv6Test, maskedTest, nameTest, numberTest, type Qualifiers } from './values.js'
import type { ProtocolWord } from './words.js'

/** A test, and the qualifiers that a bare name behind it would take; null for none. */
interface Parsed {
  readonly test: Test
  readonly qualifiers: Qualifiers | null
}

const RELATIONS = new Set(['>', '>=', '=', '<', '<=', '!='])
/** Loosest first. */
const LEVELS: readonly (readonly string[])[] = [['|', '^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '%']]
const DIRECTIONS = new Set(['src', 'dst', 'addr1', 'addr2', 'addr3', 'addr4', 'ra', 'ta'])
const KINDS = new Set(['host', 'net', 'port', 'portrange'])
const UNDIRECTED_KINDS = new Set(['proto', 'protochain', 'gateway'])

export class Parser {
  private readonly reader: TokenReader

  constructor(
    text: string,
    private readonly state: CompilerState,
  ) {
    this.reader = new TokenReader(text)
  }

  /** Null for an empty filter, which passes everything. */
  parse(): Test | null {
    if (this.atEnd) return null
    const { test } = this.expression(null)
    if (!this.atEnd) throw this.reader.syntaxError()
    return test
  }

  private get atEnd(): boolean {
    return this.reader.token.kind === 'end'
  }

  private expression(inherited: Qualifiers | null): Parsed {
    let left = this.term(inherited)
    while (this.reader.isWord('and') || this.reader.isWord('or')) {
      const join = this.reader.advance().text === 'and' ? and : or
      const right = this.beginsValue() ? this.value(left.qualifiers) : this.term(left.qualifiers)
      left = { test: join(left.test, right.test), qualifiers: right.qualifiers }
    }
    return left
  }

  /** Does a bare name, number or address stand here (in parentheses, after `not`), rather than a term? */
  private beginsValue(): boolean {
    let ahead = 0
    for (; ; ahead++) {
      const { kind, text } = this.reader.peek(ahead)
      if (!(kind === 'operator' && text === '(') && !(kind === 'word' && text === 'not')) break
    }
    const { kind } = this.reader.peek(ahead)
    if (kind === 'number') {
      const start = this.reader.at
      this.reader.at += ahead
      const relation = this.skipArithmetic() && this.atRelation()
      this.reader.at = start
      return !relation && !this.relationAhead()
    }
    return kind === 'name' || kind === 'ipv4' || kind === 'ipv6' || kind === 'mac' || kind === 'arcnet'
  }

  private term(inherited: Qualifiers | null): Parsed {
    if (this.reader.isWord('not')) {
      this.reader.at++
      const { test, qualifiers } = this.term(inherited)
      return { test: not(test), qualifiers }
    }
    if (this.relationAhead()) return { test: this.relation(), qualifiers: null }
    if (this.reader.isOperator('(')) {
      this.reader.at++
      const { test } = this.expression(inherited)
      this.reader.takeOperator(')')
      return { test, qualifiers: inherited }
    }
    if (this.reader.token.kind === 'protocol') return this.protocolTerm()
    const qualifiers = this.qualifiers(null)
    if (qualifiers !== null) return this.value(qualifiers)
    return { test: primitiveTest(this.reader, this.state, null), qualifiers: null }
  }

  private protocolTerm(): Parsed {
    const word = this.reader.advance().text as ProtocolWord
    const qualifiers = this.qualifiers(word)
    if (qualifiers !== null) return this.value(qualifiers)
    if (this.reader.token.kind === 'word' && ['broadcast', 'multicast', 'type', 'subtype', 'dir'].includes(this.reader.token.text)) {
      return { test: primitiveTest(this.reader, this.state, word), qualifiers: null }
    }
    // What cannot follow is noticed before the protocol is.
    const ends = this.atEnd || this.reader.isOperator(')') || this.reader.isWord('and') || this.reader.isWord('or')
    if (!ends) throw this.reader.syntaxError()
    return { test: protocolTest(this.state, word), qualifiers: null }
  }

  /** Direction and kind behind an optional protocol; null when neither stands here. */
  private qualifiers(protocol: ProtocolWord | null): Qualifiers | null {
    if (this.reader.token.kind !== 'word') return null
    const { text } = this.reader.token
    if (KINDS.has(text) || UNDIRECTED_KINDS.has(text)) {
      this.reader.at++
      return { protocol, direction: null, kind: text as AddressKind }
    }
    if (!DIRECTIONS.has(text)) return null
    const direction = this.direction()
    let kind: AddressKind | null = null
    if (this.reader.token.kind === 'word' && KINDS.has(this.reader.token.text)) kind = this.reader.advance().text as AddressKind
    return { protocol, direction, kind }
  }

  private direction(): Direction {
    const first = this.reader.advance().text as Direction
    const { kind, text } = this.reader.token
    const other = first === 'src' ? 'dst' : first === 'dst' ? 'src' : null
    if (other === null || kind !== 'word' || (text !== 'or' && text !== 'and')) return first
    if (this.reader.peek(1).kind !== 'word' || this.reader.peek(1).text !== other) return first
    this.reader.at += 2
    return text
  }

  /** A name, number or address, or a list of them in parentheses. */
  private value(qualifiers: Qualifiers | null): Parsed {
    if (this.reader.isWord('not')) {
      this.reader.at++
      const { test } = this.value(qualifiers)
      return { test: not(test), qualifiers }
    }
    if (this.reader.isOperator('(')) {
      const plain = this.optionalNumberAsValue(qualifiers)
      if (plain !== null) return plain
      this.reader.at++
      let { test } = this.value(qualifiers)
      while (this.reader.isWord('and') || this.reader.isWord('or')) {
        const join = this.reader.advance().text === 'and' ? and : or
        test = join(test, this.value(qualifiers).test)
      }
      this.reader.takeOperator(')')
      return { test, qualifiers }
    }
    return { test: this.simpleValue(qualifiers), qualifiers }
  }

  /** `(80)`: a number in parentheses and nothing else. */
  private optionalNumberAsValue(qualifiers: Qualifiers | null): Parsed | null {
    let depth = 0
    while (this.reader.peek(depth).kind === 'operator' && this.reader.peek(depth).text === '(') depth++
    const closing = this.reader.peek(depth + 1)
    if (this.reader.peek(depth).kind !== 'number' || closing.kind !== 'operator' || closing.text !== ')' || depth > 1) return null
    return { test: numberTest(this.state, this.reader.optionalNumber()!, qualifiers), qualifiers }
  }

  private simpleValue(qualifiers: Qualifiers | null): Test {
    const { kind, text, value } = this.reader.token
    const { state } = this
    switch (kind) {
      case 'name':
        this.reader.at++
        return nameTest(state, text, qualifiers)
      case 'number':
        this.reader.at++
        return numberTest(state, value, qualifiers)
      case 'ipv4':
        this.reader.at++
        return this.ipv4Value(text, qualifiers)
      case 'ipv6': {
        this.reader.at++
        const length = this.reader.isOperator('/') ? this.prefixLength() : 128
        return ipv6Test(state, text, length, qualifiers)
      }
      case 'mac':
        this.reader.at++
        return etherTest(state, text, qualifiers)
      case 'arcnet':
        throw new FilterError('aid supported only on ARCnet')
      default:
        throw this.reader.syntaxError()
    }
  }

  private prefixLength(): number {
    this.reader.at++
    return this.reader.number()
  }

  private ipv4Value(text: string, qualifiers: Qualifiers | null): Test {
    if (this.reader.isOperator('/')) {
      this.reader.at++
      const length = this.reader.token
      this.reader.number()
      return maskedTest(this.state, text, length, qualifiers)
    }
    if (this.reader.isWord('mask')) {
      this.reader.at++
      const mask = this.reader.token
      if (mask.kind !== 'ipv4') throw this.reader.syntaxError()
      this.reader.at++
      return maskedTest(this.state, text, mask, qualifiers)
    }
    return dottedTest(this.state, text, qualifiers)
  }

  /** Does a comparison of arithmetic stand here? Looks without compiling. */
  private relationAhead(): boolean {
    const start = this.reader.at
    const found = this.skipArithmetic() && this.atRelation()
    this.reader.at = start
    return found
  }

  private atRelation(): boolean {
    return this.reader.token.kind === 'operator' && RELATIONS.has(this.reader.token.text)
  }

  private skipArithmetic(): boolean {
    if (!this.skipOperand()) return false
    while (this.reader.token.kind === 'operator' && LEVELS.some((level) => level.includes(this.reader.token.text))) {
      this.reader.at++
      if (!this.skipOperand()) return false
    }
    return true
  }

  private skipOperand(): boolean {
    const { kind, text } = this.reader.token
    if (kind === 'number' || (kind === 'word' && text === 'len')) {
      this.reader.at++
      return true
    }
    if (kind === 'operator' && text === '-') {
      this.reader.at++
      return this.skipOperand()
    }
    if (kind === 'operator' && text === '(') {
      this.reader.at++
      return this.skipArithmetic() && this.skip(')')
    }
    if (kind !== 'protocol') return false
    this.reader.at++
    if (!this.skip('[') || !this.skipArithmetic()) return false
    if (this.reader.isOperator(':')) {
      this.reader.at++
      if (this.reader.token.kind !== 'number') return false
      this.reader.at++
    }
    return this.skip(']')
  }

  private skip(operator: string): boolean {
    if (!this.reader.isOperator(operator)) return false
    this.reader.at++
    return true
  }

  private relation(): Test {
    const a = this.arithmetic(0)
    const relation = this.reader.advance().text as Relation
    const b = this.arithmetic(0)
    return relate(relation, a, b)
  }

  private arithmetic(level: number): Expression {
    const operators = LEVELS[level]
    if (operators === undefined) return this.operand()
    let left = this.arithmetic(level + 1)
    while (this.reader.token.kind === 'operator' && operators.includes(this.reader.token.text)) {
      const operator = this.reader.advance().text as Operator
      left = calculate(operator, left, this.arithmetic(level + 1))
    }
    return left
  }

  private operand(): Expression {
    if (this.reader.token.kind === 'number') return number(this.reader.advance().value)
    if (this.reader.isWord('len')) {
      this.reader.at++
      return packetLength()
    }
    if (this.reader.isOperator('-')) {
      this.reader.at++
      return negate(this.operand())
    }
    if (this.reader.isOperator('(')) {
      this.reader.at++
      const inner = this.arithmetic(0)
      this.reader.takeOperator(')')
      return inner
    }
    if (this.reader.token.kind !== 'protocol') throw this.reader.syntaxError()
    const protocol = this.reader.advance().text as ProtocolWord
    this.reader.takeOperator('[')
    const index = this.arithmetic(0)
    let size = 1
    if (this.reader.isOperator(':')) {
      this.reader.at++
      size = this.reader.number()
    }
    this.reader.takeOperator(']')
    return load(this.state, protocol, index, size)
  }
}
