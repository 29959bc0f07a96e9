// The current record: $0 and its fields, each made from the other when asked for.

import { translateRegex } from '../../shell/regex.js'
import type { AwkValue } from './awk-value.js'

export class AwkRecord {
  private whole = ''
  private fields: string[] | null = null
  private isStale = false

  constructor(
    private readonly globals: ReadonlyMap<string, AwkValue>,
    private readonly textOf: (value: AwkValue) => string,
  ) {}

  set(text: string): void {
    this.whole = text
    this.fields = null
    this.isStale = false
  }

  get text(): string {
    if (this.isStale) {
      this.whole = this.fields!.join(this.textOf(this.globals.get('OFS') ?? ' '))
      this.isStale = false
    }
    return this.whole
  }

  get count(): number {
    return this.split().length
  }

  set count(count: number) {
    const fields = this.split()
    while (fields.length < count) fields.push('')
    fields.length = count
    this.isStale = true
  }

  field(index: number): string {
    return index === 0 ? this.text : (this.split()[Math.trunc(index) - 1] ?? '')
  }

  setField(index: number, text: string): void {
    if (index === 0) {
      this.set(text)
      return
    }
    const fields = this.split()
    while (fields.length < index) fields.push('')
    fields[index - 1] = text
    this.isStale = true
  }

  private split(): string[] {
    this.fields ??= this.splitText(this.whole, this.textOf(this.globals.get('FS') ?? ' '))
    return this.fields
  }

  /** By a separator as FS has it: blank, one character, or a regular expression. */
  splitText(text: string, separator: string): string[] {
    if (text === '') return []
    if (separator === ' ') {
      const trimmed = text.trim()
      return trimmed === '' ? [] : trimmed.split(/[ \t\n]+/)
    }
    if (separator === '') return [...text]
    if (separator.length === 1 && separator !== '\\') return text.split(separator)
    return splitBy(text, translateRegex(separator, 'awk', { global: true }))
  }
}

/** Like String.split, but groups in the expression yield nothing and empty matches do not split. */
function splitBy(text: string, regex: RegExp): string[] {
  const parts: string[] = []
  let from = 0
  for (const match of text.matchAll(regex)) {
    if (match[0] === '') continue
    parts.push(text.slice(from, match.index))
    from = match.index + match[0].length
  }
  parts.push(text.slice(from))
  return parts
}
