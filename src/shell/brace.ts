// Brace expansion on the source text of a word, as bash does it before everything else.

import { ShellError } from './control.js'

/** Words; more are refused in the words bash has for it, sooner than bash does. */
const LIMIT = 100_000

/** The words that `text` stands for; itself alone when it has no braces to expand. */
export function expandBraces(text: string): string[] {
  const open = findBrace(text)
  if (open === null) return [text]
  const head = text.slice(0, open.start)
  const tails = expandBraces(text.slice(open.end + 1))
  const middles = open.items.flatMap((item) => (open.isSequence ? [item] : expandBraces(item)))
  const out: string[] = []
  for (const middle of middles) {
    for (const tail of tails) out.push(head + middle + tail)
    if (out.length > LIMIT) throw tooMany(middles.length * tails.length)
  }
  return out
}

interface Brace {
  start: number
  end: number
  items: string[]
  isSequence: boolean
}

/** The first expandable brace; quotes, escapes and ${...} are skipped. */
function findBrace(text: string): Brace | null {
  for (let i = 0; i < text.length; i++) {
    const next = skipQuoted(text, i)
    if (next > i) {
      i = next - 1
      continue
    }
    if (text[i] !== '{') continue
    const brace = readBrace(text, i)
    if (brace !== null) return brace
  }
  return null
}

/** The position behind a quoted part, escape or `$` expansion at `i`; `i` when there is none. */
function skipQuoted(text: string, i: number): number {
  const c = text[i]
  if (c === '\\') return i + 2
  if (c === "'") return after(text, text.indexOf("'", i + 1))
  if (c === '`') return after(text, text.indexOf('`', i + 1))
  if (c === '"') {
    let j = i + 1
    while (j < text.length && text[j] !== '"') j += text[j] === '\\' ? 2 : 1
    return j + 1
  }
  if (c === '$' && (text[i + 1] === '{' || text[i + 1] === '(')) return balanced(text, i + 1)
  return i
}

function after(text: string, at: number): number {
  return at < 0 ? text.length : at + 1
}

function balanced(text: string, open: number): number {
  const opening = text[open]!
  const closing = opening === '{' ? '}' : ')'
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === opening) depth++
    else if (text[i] === closing && --depth === 0) return i + 1
  }
  return text.length
}

function readBrace(text: string, start: number): Brace | null {
  const items: string[] = []
  let depth = 0
  let from = start + 1
  for (let i = start; i < text.length; i++) {
    const next = i === start ? i : skipQuoted(text, i)
    if (next > i) {
      i = next - 1
      continue
    }
    if (text[i] === '{') depth++
    else if (text[i] === ',' && depth === 1) {
      items.push(text.slice(from, i))
      from = i + 1
    } else if (text[i] === '}' && --depth === 0) {
      const last = text.slice(from, i)
      if (items.length > 0) return { start, end: i, items: [...items, last], isSequence: false }
      const sequence = sequenceOf(last)
      return sequence === null ? null : { start, end: i, items: sequence, isSequence: true }
    }
  }
  return null
}

function sequenceOf(body: string): string[] | null {
  const numbers = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(body)
  if (numbers !== null) return numberSequence(numbers[1]!, numbers[2]!, Number(numbers[3] ?? 1))
  const letters = /^([A-Za-z])\.\.([A-Za-z])(?:\.\.(-?\d+))?$/.exec(body)
  if (letters === null) return null
  return range(letters[1]!.charCodeAt(0), letters[2]!.charCodeAt(0), Number(letters[3] ?? 1)).map((code) => String.fromCharCode(code))
}

function numberSequence(from: string, to: string, step: number): string[] {
  const isPadded = /^-?0\d/.test(from) || /^-?0\d/.test(to)
  const width = isPadded ? Math.max(from.length, to.length) : 0
  return range(Number(from), Number(to), step).map((n) =>
    n < 0 ? `-${String(-n).padStart(width - 1, '0')}` : String(n).padStart(width, '0'),
  )
}

function range(from: number, to: number, step: number): number[] {
  const size = Math.max(1, Math.abs(step))
  const count = Math.floor(Math.abs(to - from) / size) + 1
  if (count > LIMIT) throw tooMany(count)
  const out: number[] = []
  if (from <= to) for (let n = from; n <= to; n += size) out.push(n)
  else for (let n = from; n >= to; n -= size) out.push(n)
  return out
}

function tooMany(count: number): ShellError {
  return new ShellError(`brace expansion: failed to allocate memory for ${count} elements`)
}
