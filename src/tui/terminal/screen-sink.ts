// Stands between Ink and the real terminal: takes whole frames, writes only the rows that differ, places the cursor.
// Ink 6's own writers either rewrite the whole frame on each key or paint one row off; this one may also use the last row.
import { Writable } from 'node:stream'
import { cutToWidth, textWidth } from './width.js'

export interface ScreenOut {
  readonly columns: number | undefined
  readonly rows: number | undefined
  write(text: string): boolean
  on(event: 'resize' | 'drain', listener: () => void): unknown
  off(event: 'resize' | 'drain', listener: () => void): unknown
}

export interface CursorPlace {
  readonly column: number
  readonly row: number
}

const BEGIN_SYNC = '\x1b[?2026h'
const END_SYNC = '\x1b[?2026l'
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'

export class ScreenSink extends Writable {
  readonly isTTY = true
  #shown: string[] = []
  #latest: string[] | null = null
  #cursor: CursorPlace | null = null
  #shownCursor = ''
  #isBlocked = false
  #isOpen = true
  #isPaused = false
  readonly #onResize = () => {
    this.#shown = []
    this.#shownCursor = ''
    this.#put('\x1b[0m\x1b[2J')
    this.emit('resize')
  }
  readonly #onDrain = () => {
    this.#isBlocked = false
    this.#paint()
  }

  constructor(private readonly out: ScreenOut) {
    super({ decodeStrings: false })
    out.on('resize', this.#onResize)
    out.on('drain', this.#onDrain)
  }

  // A terminal that has not been told its size says 0.
  get columns(): number {
    return this.out.columns || 80
  }

  get screenRows(): number {
    return this.out.rows || 24
  }

  // One more than there are, so that Ink never believes that a frame fills the terminal and clears it.
  get rows(): number {
    return this.screenRows + 1
  }

  /** Where the real cursor stands after the next frame; null hides it. */
  setCursor(place: CursorPlace | null): void {
    this.#cursor = place
  }

  /** Forget what is on the screen and paint everything again. */
  repaint(): void {
    this.#isPaused = false
    this.#shown = []
    this.#shownCursor = ''
    this.#paint()
  }

  /** Nothing is written until `repaint`: the terminal belongs to somebody else for a while. */
  pause(): void {
    this.#isPaused = true
  }

  /** No frame is written any more; the terminal belongs to someone else. */
  shut(): void {
    this.#isOpen = false
    this.out.off('resize', this.#onResize)
    this.out.off('drain', this.#onDrain)
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.#latest = String(chunk).split('\n')
    this.#paint()
    done()
  }

  #put(text: string): void {
    if (!this.#isOpen || this.#isPaused) return
    this.#isBlocked = !this.out.write(text)
  }

  // While the terminal is slow the newest frame waits; those in between are never written.
  #paint(): void {
    if (this.#latest === null || this.#isBlocked || this.#isPaused) return
    let body = ''
    for (let row = 0; row < this.screenRows; row++) {
      const line = this.#latest[row] ?? ''
      if (this.#shown[row] === line) continue
      this.#shown[row] = line
      body += this.#rowText(row, line)
    }
    this.#shown.length = this.screenRows
    const cursor = this.#cursorText()
    if (body === '' && cursor === this.#shownCursor) return
    this.#shownCursor = cursor
    this.#put(BEGIN_SYNC + HIDE_CURSOR + body + cursor + END_SYNC)
  }

  // Erasing after a full line would take its last cell away with it: the cursor still stands on that cell.
  #rowText(row: number, line: string): string {
    const width = textWidth(line)
    const text = width > this.columns ? cutToWidth(line, this.columns) : line
    const erase = width < this.columns ? '\x1b[K' : ''
    return `\x1b[${row + 1};1H\x1b[0m${text}\x1b[0m${erase}`
  }

  #cursorText(): string {
    if (this.#cursor === null) return ''
    const row = Math.min(this.#cursor.row, this.screenRows - 1) + 1
    const column = Math.min(this.#cursor.column, this.columns - 1) + 1
    return `\x1b[${row};${column}H${SHOW_CURSOR}`
  }
}
