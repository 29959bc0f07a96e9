// Parser of awk's expressions: precedence climbing over the tokens.

import type { Expression } from './awk-ast.js'
import { AwkCursor } from './awk-cursor.js'

const COMPARISON = new Set(['<', '<=', '==', '!=', '>', '>='])
const ASSIGNMENT = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^='])

export class AwkExpressions extends AwkCursor {
  /** In the list of print, `>` is a redirection. */
  protected noGreater = 0
  /** In the head of for, `in` is the loop's. */
  private noIn = 0

  protected list(close: string): Expression[] {
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

  protected expression(): Expression {
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

  protected concatenation(): Expression {
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
