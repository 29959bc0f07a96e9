// Parser of awk programs: precedence climbing over the tokens.

import type { AwkFunction, AwkProgram, AwkRule, AwkStatement, Expression } from './awk-ast.js'
import { AwkCursor } from './awk-cursor.js'
import { awkTokens } from './awk-lex.js'

export function parseAwk(source: string): AwkProgram {
  return new AwkParser(awkTokens(source)).program()
}

const COMPARISON = new Set(['<', '<=', '==', '!=', '>', '>='])
const ASSIGNMENT = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^='])

class AwkParser extends AwkCursor {
  /** In the list of print, `>` is a redirection. */
  private noGreater = 0
  /** In the head of for, `in` is the loop's. */
  private noIn = 0

  program(): AwkProgram {
    const rules: AwkRule[] = []
    const functions = new Map<string, AwkFunction>()
    for (;;) {
      this.terminators()
      if (this.token.kind === 'end') return { rules, functions }
      if (this.isKeyword('function')) {
        const definition = this.functionDefinition()
        functions.set(definition.name, definition)
      } else rules.push(this.rule())
    }
  }

  private functionDefinition(): AwkFunction {
    this.at++
    const name = this.token.text
    if (this.token.kind !== 'name' && this.token.kind !== 'call') throw this.error()
    this.at++
    this.expect('(')
    const parameters: string[] = []
    while (!this.isOperator(')')) {
      parameters.push(this.token.text)
      this.at++
      if (!this.accept(',')) break
      this.newlines()
    }
    this.expect(')')
    this.newlines()
    return { name, parameters, body: this.block() }
  }

  private rule(): AwkRule {
    if (this.isKeyword('BEGIN') || this.isKeyword('END')) {
      const kind = this.token.text === 'BEGIN' ? 'begin' : 'end'
      this.at++
      this.newlines()
      return { kind, pattern: null, until: null, body: this.block() }
    }
    if (this.isOperator('{')) return { kind: 'pattern', pattern: null, until: null, body: this.block() }
    const pattern = this.expression()
    let until: Expression | null = null
    if (this.accept(',')) {
      this.newlines()
      until = this.expression()
    }
    const body = this.isOperator('{') ? this.block() : null
    return { kind: until === null ? 'pattern' : 'range', pattern, until, body }
  }

  private block(): AwkStatement {
    this.expect('{')
    const body: AwkStatement[] = []
    for (;;) {
      this.terminators()
      if (this.accept('}')) return { type: 'block', body }
      if (this.token.kind === 'end') throw this.error()
      body.push(this.statement())
    }
  }

  private simpleEnd(): void {
    if (this.isOperator('}') || this.token.kind === 'end') return
    if (this.token.kind === 'newline' || this.isOperator(';')) {
      this.at++
      return
    }
    throw this.error()
  }

  private statement(): AwkStatement {
    if (this.isOperator('{')) return this.block()
    if (this.accept(';')) return { type: 'block', body: [] }
    if (this.token.kind === 'keyword') {
      switch (this.token.text) {
        case 'if':
          return this.ifStatement()
        case 'while':
          return this.whileStatement()
        case 'do':
          return this.doStatement()
        case 'for':
          return this.forStatement()
        default:
          break
      }
    }
    const statement = this.simple()
    this.simpleEnd()
    return statement
  }

  private body(): AwkStatement {
    this.newlines()
    return this.statement()
  }

  private ifStatement(): AwkStatement {
    this.at++
    this.expect('(')
    const test = this.expression()
    this.expect(')')
    const yes = this.body()
    const mark = this.at
    this.terminators()
    if (!this.isKeyword('else')) {
      this.at = mark
      return { type: 'if', test, yes, no: null }
    }
    this.at++
    return { type: 'if', test, yes, no: this.body() }
  }

  private whileStatement(): AwkStatement {
    this.at++
    this.expect('(')
    const test = this.expression()
    this.expect(')')
    if (this.accept(';')) return { type: 'while', test, body: { type: 'block', body: [] } }
    return { type: 'while', test, body: this.body() }
  }

  private doStatement(): AwkStatement {
    this.at++
    const body = this.body()
    this.terminators()
    if (!this.isKeyword('while')) throw this.error()
    this.at++
    this.expect('(')
    const test = this.expression()
    this.expect(')')
    this.simpleEnd()
    return { type: 'do', test, body }
  }

  private forStatement(): AwkStatement {
    this.at++
    this.expect('(')
    const [first, second, third, fourth] = [
      this.tokens[this.at]!,
      this.tokens[this.at + 1],
      this.tokens[this.at + 2],
      this.tokens[this.at + 3],
    ]
    if (first.kind === 'name' && second?.text === 'in' && third?.kind === 'name' && fourth?.text === ')') {
      this.at += 4
      return { type: 'for-in', variable: first.text, array: third.text, body: this.body() }
    }
    const init = this.isOperator(';') ? null : this.simple()
    this.expect(';')
    this.newlines()
    const test = this.isOperator(';') ? null : this.expression()
    this.expect(';')
    this.newlines()
    const update = this.isOperator(')') ? null : this.simple()
    this.expect(')')
    if (this.accept(';')) return { type: 'for', init, test, update, body: { type: 'block', body: [] } }
    return { type: 'for', init, test, update, body: this.body() }
  }

  private simple(): AwkStatement {
    const { kind, text } = this.token
    if (kind !== 'keyword') return { type: 'expression', value: this.expression() }
    switch (text) {
      case 'print':
      case 'printf':
        return this.printStatement(text === 'printf')
      case 'next':
      case 'nextfile':
      case 'break':
      case 'continue':
        this.at++
        return { type: 'jump', kind: text }
      case 'exit':
      case 'return': {
        this.at++
        const isBare = this.isOperator(';') || this.isOperator('}') || this.token.kind === 'newline' || this.token.kind === 'end'
        return { type: 'leave', kind: text, value: isBare ? null : this.expression() }
      }
      case 'delete': {
        this.at++
        const name = this.token.text
        this.at++
        if (!this.accept('[')) return { type: 'delete', name, keys: null }
        const keys = this.list(']')
        return { type: 'delete', name, keys }
      }
      default:
        return { type: 'expression', value: this.expression() }
    }
  }

  private printStatement(isFormatted: boolean): AwkStatement {
    this.at++
    this.noGreater++
    let args: Expression[] = []
    const ends = (): boolean =>
      this.isOperator(';') ||
      this.isOperator('}') ||
      this.isOperator('>') ||
      this.isOperator('>>') ||
      this.isOperator('|') ||
      this.token.kind === 'newline' ||
      this.token.kind === 'end'
    if (!ends()) {
      args.push(this.expression())
      while (this.accept(',')) {
        this.newlines()
        args.push(this.expression())
      }
    }
    this.noGreater--
    if (args.length === 1 && args[0]!.type === 'group') args = [...args[0]!.items]
    let redirect: { operator: string; target: Expression } | null = null
    if (this.isOperator('>') || this.isOperator('>>') || this.isOperator('|')) {
      const operator = this.token.text
      this.at++
      redirect = { operator, target: this.concatenation() }
    }
    return { type: 'print', isFormatted, args, redirect }
  }

  private list(close: string): Expression[] {
    const items: Expression[] = []
    this.newlines()
    while (!this.isOperator(close)) {
      items.push(this.expression())
      this.newlines()
      if (!this.accept(',')) break
      this.newlines()
    }
    this.expect(close)
    return items
  }

  // --- expressions, loosest first

  private expression(): Expression {
    const left = this.ternary()
    if (this.token.kind === 'operator' && ASSIGNMENT.has(this.token.text) && isTarget(left)) {
      const operator = this.token.text
      this.at++
      this.newlines()
      return { type: 'assign', operator, target: left, value: this.expression() }
    }
    return left
  }

  private ternary(): Expression {
    const test = this.or()
    if (!this.accept('?')) return test
    this.newlines()
    const yes = this.expression()
    this.newlines()
    this.expect(':')
    this.newlines()
    return { type: 'ternary', test, yes, no: this.expression() }
  }

  private or(): Expression {
    let left = this.and()
    while (this.accept('||')) {
      this.newlines()
      left = { type: 'binary', operator: '||', left, right: this.and() }
    }
    return left
  }

  private and(): Expression {
    let left = this.membership()
    while (this.accept('&&')) {
      this.newlines()
      left = { type: 'binary', operator: '&&', left, right: this.membership() }
    }
    return left
  }

  private membership(): Expression {
    let left = this.matching()
    while (this.noIn === 0 && this.isKeyword('in')) {
      this.at++
      const name = this.token.text
      this.at++
      left = { type: 'in', keys: left.type === 'group' ? left.items : [left], name }
    }
    return left
  }

  private matching(): Expression {
    let left = this.comparison()
    while (this.isOperator('~') || this.isOperator('!~')) {
      const isNegated = this.token.text === '!~'
      this.at++
      left = { type: 'match', isNegated, left, right: this.comparison() }
    }
    return left
  }

  private comparison(): Expression {
    const left = this.concatenation()
    const { kind, text } = this.token
    if (kind === 'operator' && COMPARISON.has(text) && !(text === '>' && this.noGreater > 0)) {
      this.at++
      return { type: 'binary', operator: text, left, right: this.concatenation() }
    }
    if (this.isOperator('|') && this.tokens[this.at + 1]?.text === 'getline') return this.commandGetline(left)
    return left
  }

  private commandGetline(source: Expression): Expression {
    let result = source
    while (this.isOperator('|') && this.tokens[this.at + 1]?.text === 'getline') {
      this.at += 2
      result = { type: 'getline', kind: 'command', source: result, target: this.optionalTarget() }
    }
    return result
  }

  private optionalTarget(): Expression | null {
    const { kind } = this.token
    if (kind !== 'name' && !this.isOperator('$')) return null
    return this.primary()
  }

  private startsOperand(): boolean {
    const { kind, text } = this.token
    if (kind === 'number' || kind === 'string' || kind === 'regex' || kind === 'name' || kind === 'call' || kind === 'builtin') return true
    return kind === 'operator' && ['$', '!', '(', '-', '+', '++', '--'].includes(text)
  }

  private concatenation(): Expression {
    let left = this.additive()
    while (this.startsOperand() && !this.isOperator('+') && !this.isOperator('-') && !(this.token.kind === 'keyword')) {
      left = { type: 'binary', operator: ' ', left, right: this.additive() }
    }
    return left
  }

  private additive(): Expression {
    let left = this.multiplicative()
    while (this.isOperator('+') || this.isOperator('-')) {
      const operator = this.token.text
      this.at++
      left = { type: 'binary', operator, left, right: this.multiplicative() }
    }
    return left
  }

  private multiplicative(): Expression {
    let left = this.unary()
    while (this.isOperator('*') || this.isOperator('/') || this.isOperator('%')) {
      const operator = this.token.text
      this.at++
      left = { type: 'binary', operator, left, right: this.unary() }
    }
    return left
  }

  private unary(): Expression {
    if (this.isOperator('!') || this.isOperator('-') || this.isOperator('+')) {
      const operator = this.token.text
      this.at++
      const operand = operator === '!' ? this.unary() : this.unary()
      if (operator === '!' && (this.isOperator('~') || this.isOperator('!~'))) return { type: 'unary', operator, operand }
      return { type: 'unary', operator, operand }
    }
    return this.power()
  }

  private power(): Expression {
    const base = this.postfix()
    if (!this.accept('^')) return base
    return { type: 'binary', operator: '^', left: base, right: this.unary() }
  }

  private postfix(): Expression {
    if (this.isOperator('++') || this.isOperator('--')) {
      const operator = this.token.text as '++' | '--'
      this.at++
      return { type: 'step', operator, isPrefix: true, target: this.primary() }
    }
    const value = this.primary()
    if ((this.isOperator('++') || this.isOperator('--')) && isTarget(value)) {
      const operator = this.token.text as '++' | '--'
      this.at++
      return { type: 'step', operator, isPrefix: false, target: value }
    }
    return value
  }

  private primary(): Expression {
    const { kind, text } = this.token
    switch (kind) {
      case 'number':
        this.at++
        return { type: 'number', value: Number(text) }
      case 'string':
        this.at++
        return { type: 'string', value: text }
      case 'regex':
        this.at++
        return { type: 'regex', source: text }
      case 'name':
        this.at++
        return this.accept('[') ? { type: 'element', name: text, keys: this.list(']') } : { type: 'variable', name: text }
      case 'call': {
        this.at++
        this.expect('(')
        return { type: 'call', name: text, args: this.inParentheses(() => this.list(')')) }
      }
      case 'builtin': {
        this.at++
        if (!this.accept('(')) return { type: 'builtin', name: text, args: [], hasParens: false }
        return { type: 'builtin', name: text, args: this.inParentheses(() => this.list(')')), hasParens: true }
      }
      case 'keyword':
        if (text === 'getline') return this.plainGetline()
        throw this.error()
      case 'operator':
        return this.operatorPrimary(text)
      default:
        throw this.error()
    }
  }

  private operatorPrimary(text: string): Expression {
    if (text === '$') {
      this.at++
      const isStep = this.isOperator('++') || this.isOperator('--')
      return { type: 'field', index: isStep ? this.postfix() : this.isOperator('-') ? this.unary() : this.primary() }
    }
    if (text !== '(') throw this.error()
    this.at++
    const items = this.inParentheses(() => this.list(')'))
    if (items.length === 0) throw this.error()
    return { type: 'group', items }
  }

  private inParentheses<T>(read: () => T): T {
    const saved = [this.noGreater, this.noIn] as const
    this.noGreater = 0
    this.noIn = 0
    const value = read()
    ;[this.noGreater, this.noIn] = saved
    return value
  }

  private plainGetline(): Expression {
    this.at++
    const target = this.optionalTarget()
    if (!this.accept('<')) return { type: 'getline', kind: 'plain', source: null, target }
    return { type: 'getline', kind: 'file', source: this.postfix(), target }
  }
}

function isTarget(node: Expression): boolean {
  return node.type === 'variable' || node.type === 'field' || node.type === 'element'
}
