// expr: arithmetic and text from the arguments.

import type { Command } from '../../node/command.js'
import { fail, missingOperand } from '../../node/gnu-tool.js'
import { translateRegex } from '../../shell/regex.js'

const LEVELS: readonly (readonly string[])[] = [['|'], ['&'], ['<', '<=', '=', '==', '!=', '>=', '>'], ['+', '-'], ['*', '/', '%'], [':']]

class ExprError extends Error {}

class Expr {
  private at = 0
  constructor(private readonly words: readonly string[]) {}

  run(): string {
    const value = this.level(0)
    if (this.at < this.words.length) throw new ExprError(`syntax error: unexpected argument '${this.words[this.at]}'`)
    return value
  }

  private level(index: number): string {
    if (index === LEVELS.length) return this.primary()
    let left = this.level(index + 1)
    while (this.at < this.words.length && LEVELS[index]!.includes(this.words[this.at]!)) {
      const operator = this.words[this.at++]!
      left = apply(operator, left, this.level(index + 1))
    }
    return left
  }

  private next(): string {
    const word = this.words[this.at++]
    if (word === undefined) throw new ExprError(`syntax error: missing argument after '${this.words[this.words.length - 1]}'`)
    return word
  }

  private primary(): string {
    const word = this.next()
    switch (word) {
      case '(': {
        const value = this.level(0)
        if (this.words[this.at++] !== ')') throw new ExprError(`syntax error: expecting ')' after '${value}'`)
        return value
      }
      case 'length':
        return String([...this.primary()].length)
      case 'substr': {
        const [text, from, size] = [this.primary(), Number(this.primary()), Number(this.primary())]
        return from < 1 || size < 1 ? '' : text.slice(from - 1, from - 1 + size)
      }
      case 'index': {
        const [text, set] = [this.primary(), this.primary()]
        return String([...text].findIndex((c) => set.includes(c)) + 1)
      }
      case 'match': {
        const text = this.primary()
        return apply(':', text, this.primary())
      }
      case '+':
        return this.next()
      default:
        return word
    }
  }
}

function isTrue(text: string): boolean {
  return text !== '' && !/^-?0+$/.test(text)
}

function apply(operator: string, left: string, right: string): string {
  if (operator === '|') return isTrue(left) ? left : isTrue(right) ? right : '0'
  if (operator === '&') return isTrue(left) && isTrue(right) ? left : '0'
  if (operator === ':') {
    const regex = translateRegex(right.startsWith('^') ? right : `^${right}`, 'basic')
    const match = regex.exec(left)
    const hasGroup = /\\\(/.test(right)
    return hasGroup ? (match?.[1] ?? '') : String(match === null ? 0 : match[0].length)
  }
  const isNumeric = /^-?\d+$/.test(left) && /^-?\d+$/.test(right)
  if (['<', '<=', '=', '==', '!=', '>=', '>'].includes(operator)) {
    const order = isNumeric ? Number(BigInt(left) - BigInt(right)) : left < right ? -1 : left > right ? 1 : 0
    const holds =
      operator === '<'
        ? order < 0
        : operator === '<='
          ? order <= 0
          : operator === '>'
            ? order > 0
            : operator === '>='
              ? order >= 0
              : operator === '!='
                ? order !== 0
                : order === 0
    return holds ? '1' : '0'
  }
  if (!isNumeric) throw new ExprError('non-integer argument')
  const [a, b] = [BigInt(left), BigInt(right)]
  if ((operator === '/' || operator === '%') && b === 0n) throw new ExprError('division by zero')
  return String(operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : operator === '/' ? a / b : a % b)
}

export const exprCommand: Command = {
  name: 'expr',
  path: '/usr/bin/expr',
  usage: 'expr EXPRESSION',
  run: (proc) => {
    const words = proc.argv.slice(1)
    if (words.length === 0) return missingOperand(proc) + 1
    try {
      const value = new Expr(words).run()
      proc.line(value)
      return isTrue(value) ? 0 : 1
    } catch (error) {
      if (error instanceof ExprError) return fail(proc, error.message, 2)
      throw error
    }
  },
}
