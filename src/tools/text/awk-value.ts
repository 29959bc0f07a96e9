// Values of awk: numbers, strings, and input that is both.

import { AwkError } from './awk-lex.js'

/** `looksNumeric`: text from input that reads as a number compares as one. */
export type AwkValue = number | string | StrNum

export class StrNum {
  constructor(
    readonly text: string,
    readonly number: number,
  ) {}
}

export type AwkArray = Map<string, AwkValue>

/** Text that came from outside. */
export function fromInput(text: string): AwkValue {
  return /^\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)\s*$/.test(text) ? new StrNum(text, Number(text)) : text
}

export function toNumber(value: AwkValue): number {
  if (typeof value === 'number') return value
  if (value instanceof StrNum) return value.number
  const match = /^\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)/.exec(value)
  return match === null ? 0 : Number(match[0])
}

export function toText(value: AwkValue, format: (n: number) => string): string {
  if (typeof value === 'string') return value
  if (value instanceof StrNum) return value.text
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return Object.is(value, -0) ? '-0' : String(value)
  return format(value)
}

export function isTrue(value: AwkValue): boolean {
  if (typeof value === 'number') return value !== 0
  if (value instanceof StrNum) return value.number !== 0
  return value !== ''
}

export function isNumeric(value: AwkValue): boolean {
  return typeof value !== 'string'
}

export function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      if (b === 0) throw new AwkError('division by zero')
      return a / b
    case '%':
      if (b === 0) throw new AwkError('division by zero in %')
      return a % b
    default:
      return a ** b
  }
}
