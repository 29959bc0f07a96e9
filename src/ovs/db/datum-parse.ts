// Values as people type them: `10`, `[1,2]`, `{a=b,c=d}`, `@name`; complaints are those of the real clients.
import { atLeast } from '../version.js'
import { type Datum, mapOf, setOf } from './datum.js'
import { isUuid } from './datum-text.js'
import type { Atom, BaseType, ColumnType } from './schema.js'

/** What is wrong with what was typed. */
export class DatumFault extends Error {}

/** Resolves `@name` to the uuid of a row of this transaction. */
export type Symbols = (name: string, base: BaseType) => string

export interface ParseContext {
  readonly version: string
  readonly symbols: Symbols
}

const DELIMITERS = ':=, []{}!<>'

export function isDelimiter(char: string): boolean {
  return char !== '' && DELIMITERS.includes(char)
}

/** Reads words and delimiters of one argument. */
export class TokenReader {
  at = 0

  constructor(readonly text: string) {}

  get rest(): string {
    return this.text.slice(this.at)
  }

  get next(): string {
    return this.text[this.at] ?? ''
  }

  skipSpaces(): void {
    while (this.next === ' ') this.at++
  }

  /** Up to the next delimiter outside of quotes; quotes stay. */
  token(): string {
    const start = this.rest
    let out = ''
    let isQuoted = false
    while (this.at < this.text.length) {
      const char = this.text[this.at++]!
      if (char === '\\') {
        if (isQuoted) out += '\\'
        if (this.at >= this.text.length) throw new DatumFault(`${start}: backslash at end of argument`)
        out += this.text[this.at++]
      } else if (!isQuoted && isDelimiter(char)) {
        this.at--
        break
      } else {
        out += char
        if (char === '"') isQuoted = !isQuoted
      }
    }
    if (isQuoted) throw new DatumFault(`${start}: quoted string extends past end of argument`)
    return out
  }
}

export function parseAtom(text: string, base: BaseType, context: ParseContext): Atom {
  const atom = rawAtom(text, base, context)
  checkAtom(atom, base, context)
  return atom
}

function rawAtom(text: string, base: BaseType, context: ParseContext): Atom {
  switch (base.type) {
    case 'integer':
      if (/^\s*[+-]?\d+$/.test(text)) return Number(text)
      throw new DatumFault(`"${text}" is not a valid integer${atLeast(context.version, '2.6') ? ' or range' : ''}`)
    case 'real':
      if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
      throw new DatumFault(`"${text}" is not a valid real number`)
    case 'boolean':
      return parseBoolean(text)
    case 'string':
      return parseString(text)
    case 'uuid':
      if (text.startsWith('@')) return context.symbols(text, base)
      if (isUuid(text)) return text.toLowerCase()
      throw new DatumFault(`"${text}" is not a valid UUID`)
  }
}

function parseBoolean(text: string): boolean {
  if (['true', 'yes', 'on', '1'].includes(text)) return true
  if (['false', 'no', 'off', '0'].includes(text)) return false
  throw new DatumFault(`"${text}" is not a valid boolean (use "true" or "false")`)
}

function parseString(text: string): string {
  if (text === '') throw new DatumFault('An empty string is not valid as input; use "" to represent the empty string')
  if (!text.startsWith('"')) return text
  if (text.length < 2 || !text.endsWith('"')) throw new DatumFault(`${text}: missing quote at end of quoted string`)
  try {
    return String(JSON.parse(text))
  } catch {
    throw new DatumFault(`${text}: bad escape in quoted string`)
  }
}

function checkAtom(atom: Atom, base: BaseType, context: ParseContext): void {
  if (base.choices !== null && !base.choices.includes(String(atom))) {
    const choices = [...base.choices].sort().map((choice) => quoteChoice(choice, context.version))
    throw new DatumFault(`constraint violation: ${atom} is not one of the allowed values ([${choices.join(', ')}])`)
  }
  if (typeof atom !== 'number' || base.type === 'boolean') return
  const { min, max } = base
  if ((min === null || atom >= min) && (max === null || atom <= max)) return
  if (min !== null && max !== null)
    throw new DatumFault(`constraint violation: ${atom} is not in the valid range ${min} to ${max} (inclusive)`)
  if (min !== null) throw new DatumFault(`constraint violation: ${atom} is less than minimum allowed value ${min}`)
  throw new DatumFault(`constraint violation: ${atom} is greater than maximum allowed value ${max}`)
}

function quoteChoice(choice: string, version: string): string {
  return !atLeast(version, '2.13') && /\d/.test(choice) ? JSON.stringify(choice) : choice
}

export function parseDatum(text: string, type: ColumnType, context: ParseContext): Datum {
  const isMap = type.value !== null
  const reader = new TokenReader(text)
  reader.skipSpaces()
  if (reader.next === '') throw new DatumFault(isMap ? 'use "{}" to specify the empty map' : 'use "[]" to specify the empty set')
  let end = ''
  if (reader.next === (isMap ? '{' : '[')) {
    end = isMap ? '}' : ']'
    reader.at++
    reader.skipSpaces()
  }
  const keys: Atom[] = []
  const values: Atom[] = []
  while (reader.next !== '' && reader.next !== end) {
    if (isDelimiter(reader.next)) throw new DatumFault(`${text}: unexpected "${reader.next}" parsing ${typeInEnglish(type)}`)
    parseItem(reader, type, context, { keys, values })
    reader.skipSpaces()
    if (reader.next === ',') {
      reader.at++
      reader.skipSpaces()
    }
  }
  if (reader.next !== end) throw new DatumFault(`${text}: missing "${end}" at end of data`)
  if (end !== '') {
    reader.at++
    reader.skipSpaces()
    if (reader.next !== '') throw new DatumFault(`${text}: trailing garbage after "${end}"`)
  }
  return countedDatum(text, type, keys, values)
}

function countedDatum(text: string, type: ColumnType, keys: readonly Atom[], values: readonly Atom[]): Datum {
  const isMap = type.value !== null
  const things = `${keys.length} ${isMap ? 'pair(s)' : 'value(s)'} specified but the`
  if (keys.length < type.min) throw new DatumFault(`${text}: ${things} minimum number is ${type.min}`)
  if (keys.length > type.max) throw new DatumFault(`${text}: ${things} maximum number is ${type.max}`)
  if (new Set(keys).size < keys.length)
    throw new DatumFault(`${text}: ${isMap ? 'map contains duplicate key' : 'set contains duplicate value'}`)
  return isMap ? mapOf(keys.map((key, i) => [key, values[i]!])) : setOf(keys)
}

function parseItem(reader: TokenReader, type: ColumnType, context: ParseContext, into: { keys: Atom[]; values: Atom[] }): void {
  const start = reader.rest
  const token = reader.token()
  const range = type.key.type === 'integer' && type.value === null && atLeast(context.version, '2.6') ? /^(\d+)-(\d+)$/.exec(token) : null
  if (range !== null) {
    const [low, high] = [Number(range[1]), Number(range[2])]
    if (high < low) throw new DatumFault(`"${token}" is not a valid range. Range end cannot be before start.`)
    checkAtom(low, type.key, context)
    checkAtom(high, type.key, context)
    for (let n = low; n <= high; n++) into.keys.push(n)
    return
  }
  into.keys.push(parseAtom(token, type.key, context))
  if (type.value === null) return
  reader.skipSpaces()
  if (reader.next !== '=') {
    // The real client prints the character there is; at the end its message breaks off.
    throw new DatumFault(reader.next === '' ? `${start}: syntax error at "` : `${start}: syntax error at "${reader.next}" expecting "="`)
  }
  reader.at++
  reader.skipSpaces()
  into.values.push(parseAtom(reader.token(), type.value, context))
}

function typeInEnglish(type: ColumnType): string {
  const name = (base: BaseType): string => (base.type === 'uuid' && base.refTable !== null ? `reference to ${base.refTable}` : base.type)
  const what = type.value === null ? name(type.key) : `${name(type.key)}-${name(type.value)} pairs`
  if (type.min === 1 && type.max === 1) return what
  if (type.value !== null) return `map of ${type.min === 0 && type.max === Number.POSITIVE_INFINITY ? '' : limits(type)}${what}`
  if (type.min === 0 && type.max === 1) return `optional ${what}`
  return `set of ${limits(type)}${what}s`
}

function limits({ min, max }: ColumnType): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '' : `${min} or more `
  return min === 0 ? `up to ${max} ` : `${min} to ${max} `
}
