// printf formatting and the escapes of echo -e, shared by the builtins, the programs and awk.

import { ownOf } from '../grammar/own-of.js'
import { backslashQuote } from './quote.js'
import { strftime } from './strftime.js'

export class PrintfError extends Error {}

export interface PrintfResult {
  readonly text: string
  readonly errors: readonly string[]
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/** echo -e: `\c` ends the output. Octal as \0NNN. */
export function unescapeEcho(text: string): { text: string; stopped: boolean } {
  return unescapeText(text, true)
}

function unescapeText(text: string, isEcho: boolean): { text: string; stopped: boolean } {
  if (!text.includes('\\')) return { text, stopped: false }
  let out = ''
  const octal = isEcho ? /^0([0-7]{0,3})/ : /^0?([0-7]{1,3})/
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\' || i + 1 >= text.length) {
      out += text[i]
      continue
    }
    const rest = text.slice(i + 1)
    if (rest[0] === 'c') return { text: out, stopped: true }
    const hex = /^(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest)
    const oct = octal.exec(rest)
    const simple = ownOf(SIMPLE, rest[0]!)
    if (hex !== null) {
      out += String.fromCodePoint(Number.parseInt((hex[1] ?? hex[2] ?? hex[3])!, 16))
      i += hex[0].length
    } else if (oct !== null) {
      out += String.fromCharCode(Number.parseInt(oct[1] === '' ? '0' : oct[1]!, 8) & 255)
      i += oct[0].length
    } else if (simple !== undefined) {
      out += simple
      i++
    } else {
      out += isEcho || rest[0] !== '"' ? `\\${rest[0] ?? ''}` : '"'
      i++
    }
  }
  return { text: out, stopped: false }
}

/** The widest a field may be: as much as a variable may hold. */
const MAX_WIDTH = 16 * 1024 * 1024

const DIRECTIVE = /%(%|([-+ 0#']*)(\*|\d+)?(?:\.(\*|\d+)?)?([hlqjzt]*)(\([^)]*\)T|[a-zA-Z]))|%/g

interface Conversion {
  readonly flags: string
  readonly width: number | null
  readonly precision: number | null
  readonly letter: string
}

/** The format is used again until all arguments are. */
export function formatPrintf(format: string, args: readonly string[], options: { clockUs?: number } = {}): PrintfResult {
  const errors: string[] = []
  // The next one last: to take from the front moves all the others.
  const queue = [...args].reverse()
  let text = ''
  const template = format
  do {
    const before = queue.length
    const pass = onePass(template, queue, errors, options.clockUs ?? 0)
    text += pass.text
    if (pass.stopped || queue.length === before) break
  } while (queue.length > 0)
  return { text, errors }
}

function onePass(format: string, queue: string[], errors: string[], clockUs: number): { text: string; stopped: boolean } {
  let out = ''
  let at = 0
  DIRECTIVE.lastIndex = 0
  for (const match of format.matchAll(DIRECTIVE)) {
    const literal = unescapeText(format.slice(at, match.index), false)
    out += literal.text
    if (literal.stopped) return { text: out, stopped: true }
    at = match.index + match[0].length
    if (match[1] === undefined) {
      errors.push(`\`${format.slice(match.index)}': missing format character`)
      return { text: out, stopped: true }
    }
    if (match[1] === '%') {
      out += '%'
      continue
    }
    const conversion = conversionOf(match, queue)
    const size = Math.max(conversion.width ?? 0, conversion.precision ?? 0)
    if (size > MAX_WIDTH) {
      errors.push(`${size}: Cannot allocate memory`)
      return { text: out, stopped: true }
    }
    const piece = convert(conversion, queue, errors, clockUs)
    out += piece.text
    if (piece.stopped) return { text: out, stopped: true }
  }
  const tail = unescapeText(format.slice(at), false)
  return { text: out + tail.text, stopped: tail.stopped }
}

function conversionOf(match: RegExpMatchArray, queue: string[]): Conversion {
  const take = (text: string | undefined): number | null =>
    text === undefined ? null : text === '*' ? Number(queue.pop() ?? 0) : Number(text)
  let flags = match[2] ?? ''
  let width = take(match[3])
  const hasPoint = /\./.test(match[0].replace(/\(.*\)T/, ''))
  const precision = hasPoint ? (take(match[4]) ?? 0) : null
  if (width !== null && width < 0) {
    flags += '-'
    width = -width
  }
  return { flags, width, precision, letter: match[6]! }
}

function convert(c: Conversion, queue: string[], errors: string[], clockUs: number): { text: string; stopped: boolean } {
  const argument = queue.pop()
  switch (c.letter) {
    case 's':
      return { text: pad(c.precision === null ? (argument ?? '') : (argument ?? '').slice(0, c.precision), c), stopped: false }
    case 'b': {
      const { text, stopped } = unescapeText(argument ?? '', true)
      return { text: pad(text, c), stopped }
    }
    case 'q':
      return { text: pad(backslashQuote(argument ?? ''), c), stopped: false }
    case 'c':
      return { text: pad((argument ?? '').slice(0, 1), c), stopped: false }
    default:
      break
  }
  if (c.letter.endsWith(')T')) {
    const seconds = argument === undefined || argument === '-1' ? clockUs / 1e6 : Number(argument)
    return { text: pad(strftime(c.letter.slice(1, -2), seconds * 1e6), c), stopped: false }
  }
  if (!'diouxXeEfFgGaA'.includes(c.letter)) {
    errors.push(`\`${c.letter}': invalid format character`)
    return { text: '', stopped: true }
  }
  const value = numberOf(argument ?? '0', errors, 'eEfFgGaA'.includes(c.letter))
  return { text: formatNumber(c, value), stopped: false }
}

function numberOf(text: string, errors: string[], isFloat: boolean): number | bigint {
  const trimmed = text.trimStart()
  if (/^['"]/.test(trimmed)) return BigInt(trimmed.codePointAt(1) ?? 0)
  if (isFloat) {
    const prefix = /^[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|inf|nan|0[xX][\da-fA-F]+)/i.exec(trimmed)?.[0] ?? ''
    if (prefix !== trimmed) errors.push(`${text}: invalid number`)
    return /inf/i.test(prefix) ? (prefix.startsWith('-') ? -Infinity : Infinity) : Number(prefix === '' ? 0 : prefix)
  }
  const match = /^([-+]?)(0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(trimmed)
  if (match === null || match[0] !== trimmed) {
    if (trimmed !== '') errors.push(`${text}: invalid ${/^[-+]?0\d/.test(trimmed) ? 'octal ' : ''}number`)
    if (match === null) return 0n
  }
  const digits = match![2]!
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits)
  return match![1] === '-' ? -magnitude : magnitude
}

export function formatNumber(c: Conversion, value: number | bigint): string {
  if ('eEfFgGaA'.includes(c.letter)) return formatFloat(c, Number(value))
  const integer = typeof value === 'bigint' ? value : BigInt(Math.trunc(Number.isFinite(value) ? value : 0))
  const isSigned = c.letter === 'd' || c.letter === 'i'
  const magnitude = isSigned ? (integer < 0n ? -integer : integer) : BigInt.asUintN(64, integer)
  const base = c.letter === 'o' ? 8 : c.letter === 'x' || c.letter === 'X' ? 16 : 10
  let digits = magnitude.toString(base)
  if (c.letter === 'X') digits = digits.toUpperCase()
  if (c.precision !== null) digits = c.precision === 0 && magnitude === 0n ? '' : digits.padStart(c.precision, '0')
  if (c.flags.includes("'")) digits = digits.replace(/\B(?=(\d{3})+$)/g, '')
  let prefix = isSigned ? signOf(integer < 0n, c.flags) : ''
  if (c.flags.includes('#') && magnitude !== 0n) prefix += base === 16 ? `0${c.letter}` : base === 8 && !digits.startsWith('0') ? '0' : ''
  return padNumber(prefix, digits, c, c.precision === null)
}

function signOf(isNegative: boolean, flags: string): string {
  return isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
}

function formatFloat(c: Conversion, value: number): string {
  const prefix = signOf(value < 0 || Object.is(value, -0), c.flags)
  const magnitude = Math.abs(value)
  if (!Number.isFinite(magnitude)) return pad(prefix + (Number.isNaN(magnitude) ? 'nan' : 'inf'), c)
  const precision = c.precision ?? 6
  const lower = c.letter.toLowerCase()
  let digits: string
  if (lower === 'f') digits = fixed(magnitude, precision)
  else if (lower === 'e') digits = exponential(magnitude, precision)
  else digits = general(magnitude, precision === 0 ? 1 : precision, c.flags.includes('#'))
  return padNumber(prefix, c.letter === lower ? digits : digits.toUpperCase(), c, true)
}

function fixed(value: number, precision: number): string {
  if (value < 1e21) return value.toFixed(Math.min(precision, 100))
  return BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '')
}

function exponential(value: number, precision: number): string {
  return value.toExponential(Math.min(precision, 100)).replace(/e([-+])(\d)$/, 'e$10$2')
}

function general(value: number, precision: number, keepZeros: boolean): string {
  const exponent = value === 0 ? 0 : Number(value.toExponential(Math.min(precision - 1, 100)).split('e')[1])
  const useExponent = exponent < -4 || exponent >= precision
  const text = useExponent ? exponential(value, precision - 1) : fixed(value, precision - 1 - exponent)
  if (keepZeros || !text.includes('.')) return text
  return useExponent ? text.replace(/\.?0+e/, 'e') : text.replace(/\.?0+$/, '')
}

function padNumber(prefix: string, digits: string, c: Conversion, allowsZeros: boolean): string {
  const width = c.width ?? 0
  if (c.flags.includes('-')) return (prefix + digits).padEnd(width)
  if (c.flags.includes('0') && allowsZeros) return prefix + digits.padStart(width - prefix.length, '0')
  return (prefix + digits).padStart(width)
}

function pad(text: string, c: Conversion): string {
  const width = c.width ?? 0
  return c.flags.includes('-') ? text.padEnd(width) : text.padStart(width)
}

export type { Conversion }
