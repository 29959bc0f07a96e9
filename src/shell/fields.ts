// Builds the words that one expansion yields: splitting at IFS, and a glob pattern beside the text.

import { escapePattern } from './pattern.js'

export interface Field {
  text: string
  /** The same with quoted characters escaped: for pathname expansion and pattern matching. */
  pattern: string
  hasGlob: boolean
  /** Quotes make an empty word a word. */
  isQuoted: boolean
}

export class Fields {
  readonly done: Field[] = []
  private current: Field | null = null

  constructor(private readonly ifs: string) {}

  quoted(text: string): void {
    const field = this.open()
    field.isQuoted = true
    field.text += text
    field.pattern += escapePattern(text)
  }

  /** Unquoted source text: never split. */
  literal(text: string): void {
    const field = this.open()
    field.text += text
    field.pattern += escapePattern(text)
  }

  /** Source text that is a pattern as it stands. */
  glob(text: string): void {
    const field = this.open()
    field.text += text
    field.pattern += text
    field.hasGlob = true
  }

  /** The result of an unquoted expansion: split, its glob characters alive. */
  split(text: string): void {
    if (text === '') return
    if (this.ifs === '') {
      this.expansion(text)
      return
    }
    let from = 0
    let i = 0
    while (i < text.length) {
      if (!this.ifs.includes(text[i]!)) {
        i++
        continue
      }
      if (i > from) this.expansion(text.slice(from, i))
      i = this.separator(text, i)
      from = i
    }
    if (from < text.length) this.expansion(text.slice(from))
  }

  /** An expansion that is not split: its glob characters stay alive for patterns. */
  literalOrGlob(text: string): void {
    if (text !== '') this.expansion(text)
    else this.open()
  }

  breakField(): void {
    if (this.current !== null) this.done.push(this.current)
    this.current = null
  }

  finish(): Field[] {
    this.breakField()
    return this.done
  }

  private expansion(text: string): void {
    const field = this.open()
    field.text += text
    field.pattern += text.replace(/\\/g, '\\\\')
    if (/[*?[]/.test(text)) field.hasGlob = true
  }

  /** Passes one separator: blanks around at most one other character. */
  private separator(text: string, start: number): number {
    const isBlank = (c: string | undefined): boolean => c !== undefined && this.ifs.includes(c) && /[ \t\n]/.test(c)
    let i = start
    while (isBlank(text[i])) i++
    const other = text[i]
    if (other !== undefined && this.ifs.includes(other)) {
      if (this.current === null) this.open()
      i++
      while (isBlank(text[i])) i++
    }
    this.breakField()
    return i
  }

  private open(): Field {
    this.current ??= { text: '', pattern: '', hasGlob: false, isQuoted: false }
    return this.current
  }
}
