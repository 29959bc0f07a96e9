// The functions of awk that need no more than values.

import { formatPrintf } from '../../shell/printf.js'
import { strftime } from '../../shell/strftime.js'
import { type AwkValue, StrNum, toNumber } from './awk-value.js'

export interface BuiltinContext {
  readonly clockUs: number
  text(value: AwkValue): string
  random(): number
  seed(value: number | null): number
}

/** undefined: not a function of values alone. */
export function pureBuiltin(name: string, args: readonly AwkValue[], context: BuiltinContext): AwkValue | undefined {
  const number = (index: number): number => toNumber(args[index] ?? 0)
  const text = (index: number): string => context.text(args[index] ?? '')
  switch (name) {
    case 'index':
      return text(0).indexOf(text(1)) + 1
    case 'substr':
      return substring(text(0), number(1), args.length > 2 ? number(2) : Number.POSITIVE_INFINITY)
    case 'tolower':
      return text(0).toLowerCase()
    case 'toupper':
      return text(0).toUpperCase()
    case 'sprintf':
      return sprintf(text(0), args.slice(1), context)
    case 'int':
      return Math.trunc(number(0))
    case 'sqrt':
      return Math.sqrt(number(0))
    case 'exp':
      return Math.exp(number(0))
    case 'log':
      return Math.log(number(0))
    case 'sin':
      return Math.sin(number(0))
    case 'cos':
      return Math.cos(number(0))
    case 'atan2':
      return Math.atan2(number(0), number(1))
    case 'rand':
      return context.random()
    case 'srand':
      return context.seed(args.length > 0 ? number(0) : null)
    case 'systime':
      return Math.floor(context.clockUs / 1e6)
    case 'strftime':
      return strftime(args.length > 0 ? text(0) : '%a %b %e %H:%M:%S %Z %Y', args.length > 1 ? number(1) * 1e6 : context.clockUs)
    case 'mktime':
      return mktime(text(0))
    case 'strtonum':
      return /^\s*0[xX]/.test(text(0))
        ? Number.parseInt(text(0), 16)
        : /^\s*0[0-7]+$/.test(text(0))
          ? Number.parseInt(text(0), 8)
          : number(0)
    case 'and':
      return Number(BigInt(number(0)) & BigInt(number(1)))
    case 'or':
      return Number(BigInt(number(0)) | BigInt(number(1)))
    case 'xor':
      return Number(BigInt(number(0)) ^ BigInt(number(1)))
    case 'lshift':
      return Number(BigInt(number(0)) << BigInt(number(1)))
    case 'rshift':
      return Number(BigInt(number(0)) >> BigInt(number(1)))
    default:
      return undefined
  }
}

function substring(text: string, start: number, length: number): string {
  const chars = [...text]
  const first = Math.round(start)
  const end = length === Number.POSITIVE_INFINITY ? chars.length + 1 : first + Math.round(length)
  return chars.slice(Math.max(first, 1) - 1, Math.max(end - 1, 0)).join('')
}

function mktime(text: string): number {
  const [year, month, day, hour, minute, second] = text.split(/\s+/).map(Number)
  const ms = Date.UTC(year ?? 1970, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0)
  return Number.isNaN(ms) ? -1 : Math.floor(ms / 1000)
}

/** Numbers go to %d and %f as numbers, to %c as a character code. */
export function sprintf(format: string, args: readonly AwkValue[], context: BuiltinContext): string {
  const letters = [...format.matchAll(/%(?:%|[-+ 0#']*(\*|\d+)?(?:\.(\*|\d+)?)?([a-zA-Z]))/g)]
  const words: string[] = []
  let next = 0
  for (const match of letters) {
    if (match[0] === '%%') continue
    if (match[1] === '*') words.push(context.text(args[next++] ?? 0))
    if (match[2] === '*') words.push(context.text(args[next++] ?? 0))
    const value = args[next++] ?? ''
    words.push(argument(match[3]!, value, context))
  }
  const cleaned = format.replace(/\\/g, '\\\\').replace(/%([-+ 0#']*(?:\*|\d+)?(?:\.(?:\*|\d+)?)?)i/g, '%$1d')
  return words.length === 0 ? formatPrintf(cleaned, []).text : formatOnce(cleaned, words)
}

function formatOnce(format: string, words: readonly string[]): string {
  return formatPrintf(format, words).text
}

function argument(letter: string, value: AwkValue, context: BuiltinContext): string {
  if ('di'.includes(letter)) return integerText(toNumber(value))
  if ('ouxX'.includes(letter)) return integerText(toNumber(value))
  if ('eEfFgG'.includes(letter)) return String(toNumber(value))
  if (letter === 'c')
    return typeof value === 'number' || value instanceof StrNum ? String.fromCodePoint(Math.max(0, Math.trunc(toNumber(value)))) : value
  return context.text(value)
}

function integerText(value: number): string {
  if (!Number.isFinite(value)) return '0'
  return BigInt(Math.trunc(value)).toString()
}
