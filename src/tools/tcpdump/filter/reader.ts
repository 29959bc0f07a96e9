// Reads the tokens of a filter one after another, with a look ahead.
import { FilterError, type Token, tokenize } from './lexer.js'

export class TokenReader {
  at = 0
  private readonly tokens: readonly Token[]

  constructor(text: string) {
    this.tokens = tokenize(text)
  }

  get token(): Token {
    return this.tokens[this.at]!
  }

  peek(ahead: number): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)]!
  }

  advance(): Token {
    const token = this.token
    this.at++
    return token
  }

  isWord(text: string): boolean {
    return this.token.kind === 'word' && this.token.text === text
  }

  isOperator(text: string): boolean {
    return this.token.kind === 'operator' && this.token.text === text
  }

  takeOperator(text: string): void {
    if (!this.isOperator(text)) throw this.syntaxError()
    this.at++
  }

  number(): number {
    if (this.token.kind !== 'number') throw this.syntaxError()
    return this.advance().value
  }

  /** A number, maybe in parentheses; null when there is none and none is begun. */
  optionalNumber(): number | null {
    let depth = 0
    while (this.peek(depth).kind === 'operator' && this.peek(depth).text === '(') depth++
    if (this.peek(depth).kind !== 'number') return null
    this.at += depth
    const { value } = this.advance()
    for (; depth > 0; depth--) this.takeOperator(')')
    return value
  }

  syntaxError(): FilterError {
    const { kind, text } = this.token
    return new FilterError(kind === 'bad' && text !== '' ? text : "can't parse filter expression: syntax error")
  }
}
