// Numbers as the C library reads them in flow text: decimal, 0x hexadecimal, 0 octal.
import { FlowTextError } from './flow-text-error.js'

const WHOLE = /^[ \t]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/

/** Null when the text is no number. */
export function parseC(text: string): bigint | null {
  const found = WHOLE.exec(text)
  if (found === null) return null
  const digits = found[2]!
  const value = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits)
  return found[1] === '-' ? -value : value
}

function bounded(text: string, name: string, most: bigint): number {
  const value = parseC(text)
  if (value === null || value < 0n || value > most) throw new FlowTextError(`invalid ${name} "${text}"`)
  return Number(value)
}

export function parseU8(text: string, name: string): number {
  return bounded(text, name, 0xffn)
}

export function parseU16(text: string, name: string): number {
  return bounded(text, name, 0xffffn)
}

export function parseU32(text: string): number {
  return Number(parseWide(text, 32))
}

export function parseU64(text: string): bigint {
  return parseWide(text, 64)
}

function parseWide(text: string, bits: number): bigint {
  if (text === '') throw new FlowTextError('missing required numeric argument')
  const value = parseC(text)
  if (value === null || value > 0xffffffffffffffffn || value < -0xffffffffffffffffn) {
    throw new FlowTextError(`invalid numeric format ${text}`)
  }
  return BigInt.asUintN(bits, value)
}

/** atoi(): what stands in front counts, 0 when nothing does. */
export function atoi(text: string): number {
  return Number.parseInt(text, 10) || 0
}

export interface IntegerPrefix {
  readonly value: bigint
  readonly rest: string
  readonly tooLarge: boolean
}

/** A number of up to `bytes` bytes at the start of the text; null when there is none. */
export function integerPrefix(text: string, bytes: number): IntegerPrefix | null {
  const found = /^\s*(0[xX][0-9a-fA-F]+|-?0[0-7]*|-?\d+)/.exec(text)
  if (found === null) return null
  const digits = found[1]!
  const octal = /^(-?)0([0-7]+)$/.exec(digits)
  const minus = digits.startsWith('-')
  const size = octal !== null ? BigInt(`0o${octal[2]}`) : BigInt(minus ? digits.slice(1) : digits)
  // A minus sign counts in 64 bits, whatever the field's width.
  const value = minus ? BigInt.asUintN(64, -size) : size
  return {
    value: BigInt.asUintN(8 * bytes, value),
    rest: text.slice(found[0].length),
    tooLarge: value >= 1n << BigInt(8 * bytes),
  }
}

export function hexText(value: bigint): string {
  return value === 0n ? '0' : `0x${value.toString(16)}`
}
