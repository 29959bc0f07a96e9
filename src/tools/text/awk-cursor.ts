// Walking over the tokens of an awk program.

import { AwkError, type AwkToken } from './awk-lex.js'

export class AwkCursor {
  protected at = 0

  constructor(protected readonly tokens: readonly AwkToken[]) {}

  protected get token(): AwkToken {
    return this.tokens[this.at]!
  }

  protected error(): AwkError {
    const token = this.token
    return new AwkError(
      `line ${token.line}: syntax error at or near ${token.kind === 'end' ? 'end of file' : token.kind === 'newline' ? 'end of line' : token.text}`,
    )
  }

  protected isOperator(text: string): boolean {
    return this.token.kind === 'operator' && this.token.text === text
  }

  protected isKeyword(text: string): boolean {
    return this.token.kind === 'keyword' && this.token.text === text
  }

  protected accept(text: string): boolean {
    if (!this.isOperator(text)) return false
    this.at++
    return true
  }

  protected expect(text: string): void {
    if (!this.accept(text)) throw this.error()
  }

  protected newlines(): void {
    while (this.token.kind === 'newline') this.at++
  }

  protected terminators(): void {
    while (this.token.kind === 'newline' || this.isOperator(';')) this.at++
  }
}
