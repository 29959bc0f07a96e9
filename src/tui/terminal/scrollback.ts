// What a terminal of the lab has printed: finished lines (bounded), the line being written, and a full-screen page for watch and less.
// Output of tools is not trusted: colours are kept, every other escape sequence is obeyed inside this pane or dropped.
import { applySgr, styleSequence } from './sgr.js'
import { pieces, pieceWidth, wrapCells } from './width.js'

interface Cell {
  readonly text: string
  readonly style: string
}

const MAX_LINES = 10_000
const TRIM_BY = 1_000
const MAX_COLUMN = 4_000

export class Scrollback {
  #lines: string[] = []
  #firstLine = 0
  /** Lines above this index have scrolled off by `clear`. */
  #pageTop = 0
  /** The rows from `#pageTop` on that cursor movement may reach. */
  #cells: Cell[] = []
  #column = 0
  #style = ''
  #pending = ''
  #saved: { lines: string[]; firstLine: number; pageTop: number; cells: Cell[]; column: number } | null = null
  #page: Cell[][] | null = null
  #pageRow = 0
  /** Grows with every change; a view compares it to know whether to draw. */
  version = 0

  constructor(
    private columns = 80,
    private rows = 24,
  ) {}

  resize(columns: number, rows: number): void {
    this.columns = Math.max(1, columns)
    this.rows = Math.max(1, rows)
    this.version++
  }

  get lineCount(): number {
    return this.#lines.length
  }

  get isFullScreen(): boolean {
    return this.#page !== null
  }

  /** The unfinished last line: what the prompt is written behind. */
  get tail(): string {
    return cellsToText(this.#cells)
  }

  write(text: string): void {
    this.version++
    const input = this.#pending + text
    this.#pending = ''
    let at = 0
    while (at < input.length) {
      const code = input.charCodeAt(at)
      if (code === 0x1b) {
        const length = escapeLength(input, at)
        if (length === 0) {
          if (input.length - at < 4096) this.#pending = input.slice(at)
          return
        }
        this.#escape(input.slice(at, at + length))
        at += length
      } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
        this.#control(code)
        at++
      } else {
        const end = printableEnd(input, at)
        this.#print(input.slice(at, end))
        at = end
      }
    }
  }

  /** Ctrl-L and `clear`: the page above stays reachable by scrolling. */
  clear(): void {
    this.version++
    if (this.#page !== null) {
      this.#page = [[]]
      this.#pageRow = 0
    } else {
      this.#pageTop = this.#lines.length
    }
    this.#cells = []
    this.#column = 0
  }

  /** The last `height` rows that end `scroll` rows above the bottom; `tail` are rows that stand below the finished lines. */
  view(height: number, scroll: number, tail: readonly string[]): { rows: string[]; scroll: number; hasMore: boolean } {
    if (this.#page !== null) return { rows: this.#pageRows(height), scroll: 0, hasMore: false }
    const top = scroll > 0 ? 0 : this.#pageTop
    const wanted = height + scroll
    const rows: string[] = [...tail].reverse()
    let index = this.#lines.length - 1
    for (; index >= top && rows.length < wanted; index--) {
      const wrapped = wrapCells(this.#lines[index] ?? '', this.columns)
      for (let row = wrapped.length - 1; row >= 0; row--) rows.push(wrapped[row] ?? '')
    }
    const most = Math.max(0, rows.length - height)
    const used = index < top ? Math.min(scroll, most) : scroll
    const shown = rows.slice(used, used + height).reverse()
    return { rows: shown, scroll: used, hasMore: index >= top || rows.length > used + height }
  }

  #pageRows(height: number): string[] {
    const page = this.#page ?? []
    const rows = page.slice(Math.max(0, page.length - height)).map(cellsToText)
    if (this.#pageRow < page.length && rows.length > 0) rows[this.#pageRow - Math.max(0, page.length - height)] = cellsToText(this.#cells)
    return rows
  }

  #print(text: string): void {
    for (const piece of pieces(text)) {
      const cells = pieceWidth(piece)
      if (cells === 0) {
        const last = this.#cells[this.#column - 1]
        if (last !== undefined) this.#cells[this.#column - 1] = { text: last.text + piece, style: last.style }
        continue
      }
      if (this.#column >= MAX_COLUMN) this.#newLine()
      while (this.#cells.length < this.#column) this.#cells.push({ text: ' ', style: '' })
      this.#cells[this.#column] = { text: piece, style: this.#style }
      for (let extra = 1; extra < cells; extra++) this.#cells[this.#column + extra] = { text: '', style: this.#style }
      this.#column += cells
    }
  }

  #control(code: number): void {
    switch (code) {
      case 0x0a:
      case 0x0b:
      case 0x0c:
        this.#newLine()
        return
      case 0x0d:
        this.#column = 0
        return
      case 0x08:
        this.#column = Math.max(0, this.#column - 1)
        return
      case 0x09:
        this.#column = Math.min(MAX_COLUMN, (Math.floor(this.#column / 8) + 1) * 8)
        return
    }
  }

  #newLine(): void {
    if (this.#page !== null) {
      this.#moveTo(this.#pageRow + 1, 0)
      return
    }
    this.#lines.push(cellsToText(this.#cells))
    this.#cells = []
    this.#column = 0
    if (this.#lines.length > MAX_LINES) {
      this.#lines.splice(0, TRIM_BY)
      this.#firstLine += TRIM_BY
      this.#pageTop = Math.max(0, this.#pageTop - TRIM_BY)
    }
  }

  // Only the full-screen page has rows to move between; a scrolling terminal has its last line.
  #moveTo(row: number, column: number): void {
    this.#column = Math.max(0, Math.min(column, MAX_COLUMN))
    const page = this.#page
    if (page === null) return
    page[this.#pageRow] = this.#cells
    let next = Math.max(0, row)
    while (next >= this.rows) {
      page.shift()
      next--
    }
    while (page.length <= next) page.push([])
    this.#pageRow = next
    this.#cells = page[next] ?? []
  }

  #escape(sequence: string): void {
    if (sequence[1] !== '[') {
      if (sequence === '\x1bc') this.clear()
      return
    }
    const final = sequence.at(-1) ?? ''
    const params = sequence.slice(2, -1)
    const first = Number.parseInt(params, 10) || 0
    switch (final) {
      case 'm':
        if (/^[\d;:]*$/.test(params)) this.#style = applySgr(this.#style, params)
        return
      case 'K':
        this.#eraseLine(first)
        return
      case 'J':
        this.#eraseDisplay(first)
        return
      case 'H':
      case 'f': {
        const [row = 1, column = 1] = params.split(';').map((part) => Number.parseInt(part, 10) || 1)
        this.#moveTo(row - 1, column - 1)
        return
      }
      case 'A':
        this.#moveTo(this.#pageRow - Math.max(1, first), this.#column)
        return
      case 'B':
        this.#moveTo(this.#pageRow + Math.max(1, first), this.#column)
        return
      case 'C':
        this.#column = Math.min(MAX_COLUMN, this.#column + Math.max(1, first))
        return
      case 'D':
        this.#column = Math.max(0, this.#column - Math.max(1, first))
        return
      case 'G':
        this.#column = Math.min(MAX_COLUMN, Math.max(0, first - 1))
        return
      case 'h':
      case 'l':
        if (params === '?1049' || params === '?47' || params === '?1047') this.#fullScreen(final === 'h')
        return
      default:
        return
    }
  }

  #eraseLine(mode: number): void {
    if (mode === 0) this.#cells.length = Math.min(this.#cells.length, this.#column)
    else if (mode === 2) this.#cells.length = 0
    else for (let at = 0; at < Math.min(this.#column, this.#cells.length); at++) this.#cells[at] = { text: ' ', style: '' }
  }

  #eraseDisplay(mode: number): void {
    if (mode >= 2) {
      const column = this.#column
      this.clear()
      if (this.#page !== null) this.#column = column
      return
    }
    if (mode !== 0) return
    this.#eraseLine(0)
    if (this.#page !== null) this.#page.length = this.#pageRow + 1
    // `CSI H CSI J` clears a scrolling terminal too: the cursor stands in its first cell.
    else if (this.#column === 0 && this.#cells.length === 0) this.#pageTop = this.#lines.length
  }

  #fullScreen(on: boolean): void {
    if (on && this.#saved === null) {
      this.#saved = { lines: this.#lines, firstLine: this.#firstLine, pageTop: this.#pageTop, cells: this.#cells, column: this.#column }
      this.#page = [[]]
      this.#pageRow = 0
      this.#cells = []
      this.#column = 0
    } else if (!on && this.#saved !== null) {
      this.#lines = this.#saved.lines
      this.#firstLine = this.#saved.firstLine
      this.#pageTop = this.#saved.pageTop
      this.#cells = this.#saved.cells
      this.#column = this.#saved.column
      this.#saved = null
      this.#page = null
    }
  }
}

function printableEnd(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) break
    at++
  }
  return at
}

/** Characters of the escape sequence at `at`; 0 = its end has not come yet. */
function escapeLength(text: string, at: number): number {
  const kind = text[at + 1]
  if (kind === undefined) return 0
  if (kind === '[') {
    for (let end = at + 2; end < text.length; end++) {
      const code = text.charCodeAt(end)
      if (code >= 0x40 && code <= 0x7e) return end - at + 1
      if (code < 0x20 || code > 0x3f) return end - at
    }
    return 0
  }
  if (kind === ']' || kind === 'P' || kind === '_' || kind === '^' || kind === 'X') {
    for (let end = at + 2; end < text.length; end++) {
      const code = text.charCodeAt(end)
      if (code === 0x07) return end - at + 1
      if (code === 0x1b && text[end + 1] === '\\') return end - at + 2
    }
    return 0
  }
  if (kind === '(' || kind === ')' || kind === '#' || kind === '%') return at + 2 < text.length ? 3 : 0
  return 2
}

// Joined at once: a string that grows by its characters stays a chain of them, some thirty times its size, until somebody reads it.
function cellsToText(cells: readonly Cell[]): string {
  const parts: string[] = []
  let style = ''
  for (const cell of cells) {
    if (cell.style !== style) {
      if (style !== '') parts.push('\x1b[0m')
      parts.push(styleSequence(cell.style))
      style = cell.style
    }
    parts.push(cell.text)
  }
  if (style !== '') parts.push('\x1b[0m')
  return parts.join('')
}
