// A sheet of cells for pictures in text: words with styles, and lines that join by themselves where they meet.
import stringWidth from 'string-width'

export type CellStyle = 'plain' | 'dim' | 'title' | 'down' | 'request' | 'reply' | 'both'

export interface Span {
  readonly text: string
  readonly style: CellStyle
}

const N = 1
const E = 2
const S = 4
const W = 8

const LIGHT = ' ╵╶└╷│┌├╴┘─┴┐┤┬┼'
const HEAVY = ' ╹╺┗╻┃┏┣╸┛━┻┓┫┳╋'
// The upper and the lower corner differ, so that lines that meet end to end are told apart.
const ASCII_LIGHT = " |-'||.+-'-+.+++"
const ASCII_HEAVY = ' #=#####=#=#####'

interface Cell {
  /** A character, '' behind a wide one, null for a line or nothing. */
  text: string | null
  bits: number
  isHeavy: boolean
  isDashed: boolean
  style: CellStyle
}

export interface LineLook {
  readonly style: CellStyle
  /** A lit way: it stands out without colours, too. */
  readonly isHeavy: boolean
  readonly isDashed: boolean
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const PRINTABLE = /^[\x20-\x7e]*$/

export function cells(text: string): number {
  return PRINTABLE.test(text) ? text.length : stringWidth(text)
}

/** The beginning of `text` that fits. */
export function cutToCells(text: string, width: number, ellipsis: string): string {
  if (cells(text) <= width) return text
  let result = ''
  let used = 0
  for (const { segment } of segmenter.segment(text)) {
    used += cells(segment)
    if (used > width - cells(ellipsis)) break
    result += segment
  }
  return width < cells(ellipsis) ? '' : result + ellipsis
}

export class Canvas {
  private readonly rows: Cell[][]

  constructor(
    readonly width: number,
    readonly height: number,
    private readonly isAscii: boolean,
  ) {
    this.rows = Array.from({ length: height }, () =>
      Array.from({ length: width }, () => ({ text: null, bits: 0, isHeavy: false, isDashed: false, style: 'plain' })),
    )
  }

  put(row: number, column: number, text: string, style: CellStyle): void {
    let at = column
    for (const { segment } of segmenter.segment(text)) {
      const wide = cells(segment)
      if (at + wide > this.width) return
      this.set(row, at, segment, style)
      for (let more = 1; more < wide; more++) this.set(row, at + more, '', style)
      at += wide
    }
  }

  private set(row: number, column: number, text: string, style: CellStyle): void {
    const cell = this.rows[row]?.[column]
    if (cell === undefined) return
    cell.text = text
    cell.style = style
  }

  /** @param isOpen it begins at a word, not at a corner */
  across(row: number, from: number, to: number, look: LineLook, isOpen = false): void {
    for (let column = from; column <= to; column++) this.line(row, column, (column > from || isOpen ? W : 0) | (column < to ? E : 0), look)
  }

  /** @param isOver what it crosses is broken, not joined */
  down(column: number, from: number, to: number, look: LineLook, isOver: (row: number) => boolean = () => false): void {
    for (let row = from; row <= to; row++) {
      const cell = this.rows[row]?.[column]
      if (cell !== undefined && isOver(row)) cell.bits = 0
      if (cell !== undefined && isOver(row)) cell.isHeavy = false
      this.line(row, column, (row > from ? N : 0) | (row < to ? S : 0), look)
    }
  }

  private line(row: number, column: number, bits: number, { style, isHeavy, isDashed }: LineLook): void {
    const cell = this.rows[row]?.[column]
    if (cell === undefined) return
    cell.text = null
    // A lit line through a border lights the crossing.
    if (isHeavy || !cell.isHeavy) cell.style = style
    cell.isDashed = cell.bits === 0 && isDashed
    cell.isHeavy ||= isHeavy
    cell.bits |= bits
  }

  spans(row: number): Span[] {
    const spans: { text: string; style: CellStyle }[] = []
    for (const cell of this.rows[row] ?? []) {
      const text = cell.text ?? this.glyph(cell)
      const last = spans.at(-1)
      const style = text === ' ' ? (last?.style ?? 'plain') : cell.style
      if (last !== undefined && last.style === style) last.text += text
      else spans.push({ text, style })
    }
    return spans
  }

  text(row: number): string {
    return this.spans(row)
      .map(({ text }) => text)
      .join('')
      .trimEnd()
  }

  private glyph({ bits, isHeavy, isDashed }: Cell): string {
    if (isDashed && !isHeavy && bits === (N | S)) return this.isAscii ? ':' : '┊'
    if (isDashed && !isHeavy && bits === (E | W)) return this.isAscii ? '.' : '┄'
    const set = this.isAscii ? (isHeavy ? ASCII_HEAVY : ASCII_LIGHT) : isHeavy ? HEAVY : LIGHT
    return set[bits]!
  }
}
