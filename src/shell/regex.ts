// POSIX regular expressions (basic, extended) and Perl's, as JavaScript's; shared by grep, sed, awk, expr and [[ =~ ]].

import { boundedRegex } from '../grammar/bounded-regex.js'
import { ownOf } from '../grammar/own-of.js'
import { bracket } from './pattern.js'

export type RegexSyntax = 'basic' | 'extended' | 'perl' | 'fixed' | 'awk'

export class RegexError extends Error {}

const MAX_PATTERN = 10_000

export function translateRegex(
  pattern: string,
  syntax: RegexSyntax,
  options: { ignoreCase?: boolean; global?: boolean; multiline?: boolean } = {},
): RegExp {
  if (pattern.length > MAX_PATTERN) throw new RegexError('Regular expression too big')
  const flags = `${options.ignoreCase === true ? 'i' : ''}${options.global === true ? 'g' : ''}${options.multiline === true ? 'm' : ''}s`
  const source = regexSource(pattern, syntax)
  try {
    return boundedRegex(source, flags)
  } catch {
    throw new RegexError(complaint(pattern))
  }
}

function complaint(pattern: string): string {
  const opens = (pattern.match(/(?<!\\)\[/g) ?? []).length
  if (opens > 0 && !pattern.includes(']')) return 'Unmatched [, [^, [:, [., or [='
  return 'Unmatched ( or \\('
}

export function regexSource(pattern: string, syntax: RegexSyntax): string {
  if (syntax === 'fixed') return pattern.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  if (syntax === 'perl') return perlSource(pattern)
  return new Translation(pattern, syntax).run()
}

function perlSource(pattern: string): string {
  return pattern
    .replace(/\[:(\w+):\]/g, (whole, name: string) => bracket(`[[:${name}:]]`, 0).source.slice(1, -1) || whole)
    .replace(/\\([hH])/g, (_, c: string) => (c === 'h' ? '[ \\t]' : '[^ \\t]'))
    .replace(/\\A/g, '^')
    .replace(/\\[zZ]/g, '$')
    .replace(/\\K/g, '')
}

const GNU: Readonly<Record<string, string>> = {
  w: '\\w',
  W: '\\W',
  s: '\\s',
  S: '\\S',
  b: '\\b',
  B: '\\B',
  '<': '\\b(?=\\w)',
  '>': '\\b(?<=\\w)',
  '`': '^',
  "'": '$',
  n: '\\n',
  t: '\\t',
  r: '\\r',
  f: '\\f',
  v: '\\v',
  a: '\\x07',
}

class Translation {
  private at = 0
  private out = ''
  /** Where the last atom begins in `out`; -1 when nothing may be repeated. */
  private atom = -1
  private readonly groups: number[] = []
  private closedGroups = 0
  private readonly isBasic: boolean

  constructor(
    private readonly pattern: string,
    private readonly syntax: RegexSyntax,
  ) {
    this.isBasic = syntax === 'basic'
  }

  run(): string {
    while (this.at < this.pattern.length) this.next()
    if (this.groups.length > 0) throw new RegexError('Unmatched ( or \\(')
    return this.out
  }

  private next(): void {
    const c = this.pattern[this.at]!
    if (c === '\\') return this.backslash()
    this.at++
    if (c === '[') return this.bracketed()
    if (c === '.') return this.literal('.')
    if (c === '*') return this.star()
    if (c === '^') return this.caret()
    if (c === '$') return this.dollar()
    if (!this.isBasic && '(){}|+?'.includes(c)) return this.special(c)
    this.literal(escapeLiteral(c))
  }

  private backslash(): void {
    const c = this.pattern[this.at + 1]
    if (c === undefined) throw new RegexError('Trailing backslash')
    this.at += 2
    if (this.isBasic && '(){}|+?'.includes(c)) return this.special(c)
    if (/[1-9]/.test(c) && this.syntax !== 'awk') {
      if (Number(c) > this.closedGroups) throw new RegexError('Invalid back reference')
      return this.literal(`\\${c}`)
    }
    const known = ownOf(GNU, c)
    if (known !== undefined && !(this.syntax === 'awk' && (c === 'b' || c === '<' || c === '>'))) return this.literal(known)
    this.literal(escapeLiteral(c))
  }

  private special(c: string): void {
    switch (c) {
      case '(':
        this.groups.push(this.out.length)
        this.out += '('
        this.atom = -1
        return
      case ')': {
        const start = this.groups.pop()
        if (start === undefined) {
          if (!this.isBasic && this.syntax !== 'awk') return this.literal('\\)')
          throw new RegexError('Unmatched ) or \\)')
        }
        this.closedGroups++
        this.out += ')'
        this.atom = start
        return
      }
      case '|':
        this.out += '|'
        this.atom = -1
        return
      case '{':
        return this.interval()
      case '}':
        return this.literal('\\}')
      default:
        if (this.atom < 0) return this.literal(`\\${c}`)
        this.repeat(c)
    }
  }

  private interval(): void {
    const close = this.isBasic ? '\\}' : '}'
    const end = this.pattern.indexOf(close, this.at)
    const body = end < 0 ? '' : this.pattern.slice(this.at, end)
    if (!/^(?:\d+(?:,\d*)?|,\d+)$/.test(body)) {
      if (this.isBasic) throw new RegexError(end < 0 ? 'Unmatched \\{' : 'Invalid content of \\{\\}')
      return this.literal('\\{')
    }
    this.at = end + close.length
    if (body.split(',').some((part) => Number(part) > 32767)) throw new RegexError('Regular expression too big')
    if (this.atom < 0) return
    this.repeat(`{${body.startsWith(',') ? `0${body}` : body}}`)
  }

  /** A repeated repetition is grouped: JavaScript would read `**` as an error and `*?` as lazy. */
  private repeat(operator: string): void {
    const body = this.out.slice(this.atom)
    const isSimple = !/(?:[*+?]|\{\d+(?:,\d*)?\})$/.test(body) || /\\[*+?}]$/.test(body) || /\]$/.test(body)
    this.out = isSimple ? this.out + operator : `${this.out.slice(0, this.atom)}(?:${body})${operator}`
  }

  private star(): void {
    if (this.atom < 0) return this.literal('\\*')
    this.repeat('*')
  }

  private caret(): void {
    const isAnchor =
      !this.isBasic ||
      this.out === '' ||
      this.out.endsWith('|') ||
      (this.groups.length > 0 && this.groups[this.groups.length - 1] === this.out.length - 1)
    if (!isAnchor) return this.literal('\\^')
    this.out += '^'
    this.atom = -1
  }

  private dollar(): void {
    const rest = this.pattern.slice(this.at)
    const isAnchor = !this.isBasic || rest === '' || rest.startsWith('\\)') || rest.startsWith('\\|')
    if (!isAnchor) return this.literal('\\$')
    this.out += '$'
    this.atom = -1
  }

  private bracketed(): void {
    const text = posixBracket(this.pattern, this.at - 1, this.syntax === 'awk')
    if (text === null) throw new RegexError('Unmatched [, [^, [:, [., or [=')
    this.at = text.end
    this.literal(text.source)
  }

  private literal(source: string): void {
    this.atom = this.out.length
    this.out += source
  }
}

function escapeLiteral(c: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(c) ? `\\${c}` : c
}

/** In POSIX a backslash inside brackets is itself (awk: an escape). */
function posixBracket(pattern: string, start: number, hasEscapes: boolean): { source: string; end: number } | null {
  let i = start + 1
  const isNegated = pattern[i] === '^'
  if (isNegated) i++
  let body = ''
  const first = i
  for (; i < pattern.length; i++) {
    const c = pattern[i]!
    if (c === ']' && i > first) return { source: body === '' ? (isNegated ? '[^]' : '[]') : `[${isNegated ? '^' : ''}${body}]`, end: i + 1 }
    const named = /^\[:(\w+):\]/.exec(pattern.slice(i))
    if (named !== null) {
      body += bracket(`[[:${named[1]}:]]`, 0).source.slice(1, -1)
      i += named[0].length - 1
      continue
    }
    const collating = /^\[([.=])(.)\1\]/s.exec(pattern.slice(i))
    if (collating !== null) {
      body += collating[2]!.replace(/[\\\]^[-]/, '\\$&')
      i += collating[0].length - 1
      continue
    }
    if (c === '\\') {
      const next = pattern[i + 1]
      if (hasEscapes && next !== undefined) {
        body += /[ntrfv\\\]^/-]/.test(next) ? (next === '/' ? '/' : `\\${next}`) : next
        i++
      } else if (next !== undefined && 'nt'.includes(next)) {
        body += `\\${next}`
        i++
      } else body += '\\\\'
      continue
    }
    if (c === '-') body += i > first && pattern[i + 1] !== ']' && pattern[i + 1] !== undefined ? '-' : '\\-'
    else body += /[\][^]/.test(c) ? `\\${c}` : c
  }
  return null
}
