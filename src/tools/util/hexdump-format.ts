// The format strings of hexdump -e: `16/1 "%02x " "\n"`, `"%08_ax  "`.

import { ownOf } from '../../grammar/own-of.js'
import { cCharacter, hex, littleEndian, printable } from './bytes.js'

/** One quoted text, how often it is applied and to how many bytes each time. */
export interface Unit {
  readonly count: number
  readonly hasCount: boolean
  readonly size: number
  readonly text: string
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\\': '\\',
  '"': '"',
}

const CONVERSION = /%([-+ #0]*)(\d*)(?:\.(\d+))?(_[acpu]?[dox]?|[diouxXcs%])/

/** The units, or what is wrong. */
export function readFormat(text: string): Unit[] | string {
  const units: Unit[] = []
  const pattern = /\s*(?:(\d+)\s*(?:\/\s*(\d+))?|\/\s*(\d+))?\s*"((?:[^"\\]|\\.)*)"\s*/y
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)
    if (match === null) return `bad format {${text}}`
    const body = match[4]!.replace(/\\(.)/g, (_, letter: string) => ownOf(ESCAPES, letter) ?? letter)
    if (/%[-+ #0]*\d*(?:\.\d+)?[eEfgG]/.test(body)) return `bad conversion character %${/[eEfgG]/.exec(body)![0]}`
    const size = Number(match[2] ?? match[3] ?? 0)
    units.push({ count: Number(match[1] ?? 1), hasCount: match[1] !== undefined, size: size === 0 ? defaultSize(body) : size, text: body })
  }
  return units
}

/** Bytes that the conversion of a text eats when the unit does not say: four for numbers, one for characters. */
function defaultSize(text: string): number {
  const letter = CONVERSION.exec(text)?.[4] ?? '%'
  if (letter === '%' || letter.startsWith('_a')) return 0
  return /^(?:c|_)/.test(letter) ? 1 : 4
}

export function formatSize(units: readonly Unit[]): number {
  return units.reduce((sum, unit) => sum + unit.count * unit.size, 0)
}

/** One block. The last unit without a count repeats until the block is full. */
export function formatBlock(units: readonly Unit[], bytes: Uint8Array, block: { readonly at: number; readonly width: number }): string {
  let at = 0
  let out = ''
  for (const [index, unit] of units.entries()) {
    const rest = Math.floor((block.width - at) / Math.max(1, unit.size))
    const count = index === units.length - 1 && !unit.hasCount && unit.size > 0 ? rest : unit.count
    for (let i = 0; i < count; i++) {
      // The blank that parts repetitions is not printed behind the last one.
      const text = i === count - 1 && count > 1 ? unit.text.replace(/\s+$/, '') : unit.text
      out += formatOne(text, unit.size, bytes, at, block.at)
      at += unit.size
    }
  }
  return out
}

function formatOne(text: string, size: number, bytes: Uint8Array, at: number, blockAt: number): string {
  return text.replace(new RegExp(CONVERSION, 'g'), (_, flags: string, width: string, precision: string | undefined, letter: string) => {
    if (letter === '%') return '%'
    const isPast = size > 0 && at >= bytes.length && !letter.startsWith('_a')
    const body = isPast ? '' : converted(letter, size, bytes, at, blockAt).padStart(Number(precision ?? 0), '0')
    const fill = flags.includes('0') && !isPast ? '0' : ' '
    return flags.includes('-') ? body.padEnd(Number(width)) : body.padStart(Number(width), fill)
  })
}

function converted(letter: string, size: number, bytes: Uint8Array, at: number, blockAt: number): string {
  const byte = bytes[at] ?? 0
  if (letter.startsWith('_a')) return (blockAt + at).toString(letter[2] === 'd' ? 10 : letter[2] === 'o' ? 8 : 16)
  if (letter === '_c' || letter === '_u') return cCharacter(byte)
  if (letter === '_p') return printable(byte)
  if (letter === 'c') return String.fromCharCode(byte)
  if (letter === 's') return String.fromCharCode(...bytes.subarray(at, at + size))
  const value = littleEndian(bytes, at, size)
  if (letter === 'd' || letter === 'i') return BigInt.asIntN(size * 8, value).toString()
  if (letter === 'X') return value.toString(16).toUpperCase()
  return letter === 'x' ? (size === 1 ? hex(byte, 1) : value.toString(16)) : value.toString(letter === 'o' ? 8 : 10)
}
