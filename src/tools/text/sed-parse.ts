// The sed language: addresses, commands, flags.

import { translateRegex } from '../../shell/regex.js'

export class SedError extends Error {
  constructor(
    message: string,
    readonly code = 1,
  ) {
    super(message)
  }
}

export type Address =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'regex'; readonly regex: RegExp | null }
  | { readonly kind: 'step'; readonly first: number; readonly step: number }
  | { readonly kind: 'plus'; readonly count: number }
  | { readonly kind: 'multiple'; readonly of: number }

export interface SedCommand {
  readonly from: Address | null
  readonly to: Address | null
  readonly isNegated: boolean
  readonly name: string
  /** a, i, c: text; b, t, T, :, r, w: label or file; q, Q, l: number. */
  readonly text: string
  readonly substitution: Substitution | null
  readonly translation: ReadonlyMap<string, string> | null
  /** `{`: index behind the matching `}`. */
  jump: number
  /** Range state: -1 outside, otherwise the line where it ends (infinity: until a match). */
  activeUntil: number
}

export interface Substitution {
  /** null: the last regular expression used. */
  readonly regex: RegExp | null
  readonly replacement: readonly ReplacementPart[]
  readonly isGlobal: boolean
  readonly nth: number
  readonly prints: boolean
  readonly evaluates: boolean
  readonly file: string | null
}

export type ReplacementPart = string | { readonly group: number } | { readonly mode: 'U' | 'L' | 'u' | 'l' | 'E' }

export function parseSed(script: string, isExtended: boolean): SedCommand[] {
  return new SedParser(script, isExtended).run()
}

class SedParser {
  private at = 0
  private readonly commands: SedCommand[] = []
  private readonly open: number[] = []

  constructor(
    private readonly script: string,
    private readonly isExtended: boolean,
  ) {}

  run(): SedCommand[] {
    for (;;) {
      this.skip(/[\s;]/)
      if (this.at >= this.script.length) break
      this.command()
    }
    if (this.open.length > 0) throw this.error("unmatched `{'", 0)
    return this.commands
  }

  private error(text: string, at = this.at): SedError {
    return new SedError(`-e expression #1, char ${at}: ${text}`)
  }

  private skip(set: RegExp): void {
    while (this.at < this.script.length && set.test(this.script[this.at]!)) this.at++
  }

  private command(): void {
    const from = this.address()
    let to: Address | null = null
    this.skip(/ /)
    if (from !== null && this.script[this.at] === ',') {
      this.at++
      this.skip(/ /)
      to = this.address(true)
      if (to === null) throw this.error("unexpected `,'")
    }
    this.skip(/\s/)
    let isNegated = false
    while (this.script[this.at] === '!') {
      isNegated = true
      this.at++
      this.skip(/\s/)
    }
    const name = this.script[this.at++]
    if (name === undefined) throw this.error('missing command', this.script.length)
    const base = { from, to, isNegated, name, text: '', substitution: null, translation: null, jump: -1, activeUntil: -1 }
    this.body(name, base)
  }

  private body(name: string, base: SedCommand): void {
    switch (name) {
      case '#':
        this.takeUntil(/\n/)
        return
      case '{':
        this.open.push(this.commands.length)
        this.commands.push(base)
        return
      case '}': {
        const start = this.open.pop()
        if (start === undefined) throw this.error("unexpected `}'")
        this.commands[start]!.jump = this.commands.length
        this.end()
        return
      }
      case 's':
        this.commands.push({ ...base, substitution: this.substitution() })
        this.end()
        return
      case 'y':
        this.commands.push({ ...base, translation: this.translation() })
        this.end()
        return
      case 'a':
      case 'i':
      case 'c':
        this.commands.push({ ...base, text: this.appended() })
        return
      case ':':
      case 'b':
      case 't':
      case 'T':
        this.skip(/[ \t]/)
        this.commands.push({ ...base, text: this.takeUntil(name === ':' ? /[\n;]/ : /[\n;}]/).trim() })
        return
      case 'e':
      case 'r':
      case 'R':
      case 'w':
      case 'W':
        this.skip(/[ \t]/)
        this.commands.push({ ...base, text: this.takeUntil(/\n/) })
        return
      case 'q':
      case 'Q':
      case 'l':
      case 'L':
        this.skip(/[ \t]/)
        this.commands.push({ ...base, text: this.takeUntil(/[^0-9]/) })
        this.end()
        return
      default:
        if (!'dDgGhHnNpPxz=F'.includes(name)) throw this.error(`unknown command: \`${name}'`)
        this.commands.push(base)
        this.end()
    }
  }

  private end(): void {
    this.skip(/[ \t]/)
    const c = this.script[this.at]
    if (c === undefined || c === '\n' || c === ';' || c === '}' || c === '#') return
    throw this.error('extra characters after command', this.at + 1)
  }

  private takeUntil(stop: RegExp): string {
    const start = this.at
    while (this.at < this.script.length && !stop.test(this.script[this.at]!)) this.at++
    return this.script.slice(start, this.at)
  }

  private address(isSecond = false): Address | null {
    const c = this.script[this.at]
    if (c === undefined) return null
    if (/\d/.test(c)) return this.numbered()
    if (c === '$') {
      this.at++
      return { kind: 'last' }
    }
    if (isSecond && (c === '+' || c === '~')) {
      this.at++
      const count = Number(this.takeUntil(/\D/))
      return c === '+' ? { kind: 'plus', count } : { kind: 'multiple', of: count }
    }
    if (c !== '/' && c !== '\\') return null
    this.at += c === '/' ? 1 : 2
    const delimiter = c === '/' ? '/' : this.script[this.at - 1]!
    const pattern = this.delimited(delimiter, true, 'unterminated address regex')
    const flags = this.takeUntil(/[^IM]/)
    return { kind: 'regex', regex: this.regex(pattern, flags) }
  }

  private numbered(): Address {
    const line = Number(this.takeUntil(/\D/))
    if (this.script[this.at] !== '~') return { kind: 'line', line }
    this.at++
    return { kind: 'step', first: line, step: Number(this.takeUntil(/\D/)) }
  }

  private regex(pattern: string, flags: string, isGlobal = false): RegExp | null {
    if (pattern === '') return null
    try {
      return translateRegex(pattern, this.isExtended ? 'extended' : 'basic', {
        ignoreCase: /[iI]/.test(flags),
        multiline: /[mM]/.test(flags),
        global: isGlobal,
      })
    } catch (error) {
      throw this.error(error instanceof Error ? error.message : String(error))
    }
  }

  /** Text up to an unescaped delimiter; `\n` newline; an escaped delimiter loses its backslash. */
  private delimited(delimiter: string, isRegex: boolean, complaint: string): string {
    let out = ''
    let inBracket = false
    for (; this.at < this.script.length; this.at++) {
      const c = this.script[this.at]!
      if (c === '\\' && this.at + 1 < this.script.length) {
        const next = this.script[++this.at]!
        if (next === delimiter && !inBracket)
          out += isRegex && /[|+?(){}]/.test(delimiter) ? `\\${next}` : isRegex && /[.*^$[\]]/.test(delimiter) ? `\\${next}` : next
        else out += `\\${next}`
        continue
      }
      if (isRegex && c === '[' && !inBracket) {
        inBracket = true
        if (this.script[this.at + 1] === '^') out += this.script[this.at++]
        if (this.script[this.at + 1] === ']') {
          out += this.script[this.at++]
        }
      } else if (isRegex && inBracket && c === '[' && /[:.=]/.test(this.script[this.at + 1] ?? '')) {
        const close = this.script.indexOf(`${this.script[this.at + 1]}]`, this.at + 2)
        if (close > 0) {
          out += this.script.slice(this.at, close + 2)
          this.at = close + 1
          continue
        }
      } else if (inBracket && c === ']') inBracket = false
      else if (c === delimiter && !inBracket) {
        this.at++
        return out
      } else if (c === '\n' && isRegex && !inBracket) throw this.error(complaint)
      out += this.script[this.at]
    }
    throw this.error(complaint, this.script.length)
  }

  private substitution(): Substitution {
    const delimiter = this.script[this.at++]
    if (delimiter === undefined || delimiter === '\n' || delimiter === '\\') throw this.error("unterminated `s' command")
    const pattern = this.delimited(delimiter, true, "unterminated `s' command")
    const replacement = this.delimited(delimiter, false, "unterminated `s' command")
    const flags = this.takeUntil(/[^gpiImMe0-9]/)
    let file: string | null = null
    if (this.script[this.at] === 'w') {
      this.at++
      this.skip(/[ \t]/)
      file = this.takeUntil(/\n/)
    } else if (!/^[\s;}#]?$/.test(this.script[this.at] ?? '')) throw this.error("unknown option to `s'", this.at + 1)
    const digits = /\d+/.exec(flags)?.[0]
    if (digits === '0') throw this.error("number option to `s' command may not be zero")
    const parts = replacementParts(replacement)
    const regex = this.regex(pattern, flags, true)
    const groups = (regex?.source.match(/(?<!\\)\((?!\?)/g) ?? []).length
    for (const part of parts) {
      if (typeof part === 'object' && 'group' in part && part.group > groups && pattern !== '')
        throw this.error(`invalid reference \\${part.group} on \`s' command's RHS`)
    }
    return {
      regex,
      replacement: parts,
      isGlobal: flags.includes('g'),
      nth: Number(digits ?? 1),
      prints: flags.includes('p'),
      evaluates: flags.includes('e'),
      file,
    }
  }

  private translation(): ReadonlyMap<string, string> {
    const delimiter = this.script[this.at++] ?? ''
    const plain = (text: string): string[] => [...text.replace(/\\(.)/gs, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : c))]
    const from = plain(this.delimited(delimiter, false, "unterminated `y' command"))
    const to = plain(this.delimited(delimiter, false, "unterminated `y' command"))
    if (from.length !== to.length) throw this.error("strings for `y' command are different lengths")
    return new Map(from.map((c, index) => [c, to[index]!]))
  }

  /** The text of a, i, c: one-line form or after a backslash and newline. */
  private appended(): string {
    this.skip(/[ \t]/)
    if (this.script[this.at] === '\\') {
      const rest = /^\\[ \t]*\n/.exec(this.script.slice(this.at))
      this.at += rest === null ? 1 : rest[0].length
    }
    if (this.at >= this.script.length) throw this.error("expected \\ after `a', `c' or `i'")
    let out = ''
    for (; this.at < this.script.length; this.at++) {
      const c = this.script[this.at]!
      if (c === '\n') break
      if (c === '\\' && this.at + 1 < this.script.length) {
        const next = this.script[++this.at]!
        out += next === 't' ? '\t' : next === 'n' ? '\n' : next
      } else out += c
    }
    return `${out}\n`
  }
}

function replacementParts(text: string): ReplacementPart[] {
  const parts: ReplacementPart[] = []
  let literal = ''
  const flush = (): void => {
    if (literal !== '') parts.push(literal)
    literal = ''
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '&') {
      flush()
      parts.push({ group: 0 })
      continue
    }
    if (c !== '\\' || i + 1 >= text.length) {
      literal += c
      continue
    }
    const next = text[++i]!
    if (/\d/.test(next)) {
      flush()
      parts.push({ group: Number(next) })
    } else if ('ULulE'.includes(next)) {
      flush()
      parts.push({ mode: next as 'U' })
    } else literal += next === 'n' ? '\n' : next === 't' ? '\t' : next === 'r' ? '\r' : next
  }
  flush()
  return parts
}
