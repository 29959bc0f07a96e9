// Parser of awk programs: rules, functions and statements.

import type { AwkFunction, AwkProgram, AwkRule, AwkStatement, Expression } from './awk-ast.js'
import { AwkExpressions } from './awk-expressions.js'
import { awkTokens } from './awk-lex.js'

export function parseAwk(source: string): AwkProgram {
  return new AwkParser(awkTokens(source)).program()
}

class AwkParser extends AwkExpressions {
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
}
