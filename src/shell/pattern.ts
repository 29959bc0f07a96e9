// Shell patterns (* ? [...] and extended globs) as regular expressions.

import { boundedRegex } from '../grammar/bounded-regex.js'
import { ownOf } from '../grammar/own-of.js'

const cache = new Map<string, RegExp>()

/** Matches the whole text; in `pattern` a backslash makes the next character literal. */
export function patternRegex(pattern: string, options: { nocase?: boolean } = {}): RegExp {
  const key = options.nocase === true ? `i${pattern}` : `c${pattern}`
  let regex = cache.get(key)
  if (regex === undefined) {
    regex = compile(`^(?:${patternSource(pattern)})$`, options.nocase === true ? 'is' : 's', pattern)
    if (cache.size > 1000) cache.clear()
    cache.set(key, regex)
  }
  return regex
}

export function matchesPattern(text: string, pattern: string, nocase = false): boolean {
  return patternRegex(pattern, { nocase }).test(text)
}

function compile(source: string, flags: string, pattern: string): RegExp {
  try {
    return boundedRegex(source, flags)
  } catch {
    return new RegExp(`^${escapeRegex(pattern.replace(/\\(.)/g, '$1'))}$`, flags)
  }
}

export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

/** Makes all of `text` literal inside a pattern. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]()!+@|]/g, '\\$&')
}

export function hasPattern(pattern: string): boolean {
  return /(?<!\\)(?:\\\\)*(?:[*?]|\[.*\]|[?*+@!]\()/s.test(pattern)
}

export function patternSource(pattern: string): string {
  let out = ''
  let i = 0
  while (i < pattern.length) {
    const c = pattern[i]!
    const next = pattern[i + 1]
    if ('?*+@!'.includes(c) && next === '(') {
      const end = closing(pattern, i + 1)
      if (end > 0) {
        out += extended(c, pattern.slice(i + 2, end))
        i = end + 1
        continue
      }
    }
    if (c === '*') out += '.*'
    else if (c === '?') out += '.'
    else if (c === '[') {
      const set = bracket(pattern, i)
      out += set.source
      i = set.end
      continue
    } else if (c === '\\' && next !== undefined) {
      out += escapeRegex(next)
      i++
    } else out += escapeRegex(c)
    i++
  }
  return out
}

function extended(operator: string, body: string): string {
  const alternatives = alternativesOf(body).map(patternSource).join('|')
  if (operator === '!') return `(?!(?:${alternatives})$).*`
  const count = operator === '@' ? '' : operator
  return `(?:${alternatives})${count}`
}

function alternativesOf(body: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < body.length; i++) {
    if (body[i] === '\\') i++
    else if (body[i] === '(') depth++
    else if (body[i] === ')') depth--
    else if (body[i] === '|' && depth === 0) {
      parts.push(body.slice(start, i))
      start = i + 1
    }
  }
  parts.push(body.slice(start))
  return parts
}

function closing(pattern: string, open: number): number {
  let depth = 0
  for (let i = open; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++
    else if (pattern[i] === '(') depth++
    else if (pattern[i] === ')' && --depth === 0) return i
  }
  return -1
}

export const CHARACTER_CLASSES: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t\\n\\r\\f\\v',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  cntrl: '\\x00-\\x1f\\x7f',
  print: '\\x20-\\x7e',
  graph: '\\x21-\\x7e',
  word: 'a-zA-Z0-9_',
}

/** A bracket expression at `start`; a lone `[` is itself. */
export function bracket(pattern: string, start: number): { source: string; end: number } {
  let i = start + 1
  const negated = pattern[i] === '!' || pattern[i] === '^'
  if (negated) i++
  let body = ''
  const first = i
  while (i < pattern.length && (pattern[i] !== ']' || i === first)) {
    const named = /^\[:(\w+):\]/.exec(pattern.slice(i))
    if (named !== null) {
      body += ownOf(CHARACTER_CLASSES, named[1]!) ?? ''
      i += named[0].length
      continue
    }
    if (pattern[i] === '\\' && i + 1 < pattern.length) i++
    const c = pattern[i]!
    body += c === '-' && i > first && pattern[i + 1] !== ']' && pattern[i - 1] !== '\\' ? '-' : c.replace(/[\\\]^[-]/, '\\$&')
    i++
  }
  if (i >= pattern.length) return { source: '\\[', end: start + 1 }
  return { source: `[${negated ? '^' : ''}${body}]`, end: i + 1 }
}
