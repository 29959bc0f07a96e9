// One terminal tab: a shell on a node, what it printed, and the line being typed.
import type { LabShell } from '../../lab/lab-shell.js'
import type { Key } from '../terminal/keys.js'
import { wheelLines } from '../terminal/keys.js'
import { LineEditor } from '../terminal/line-editor.js'
import { Scrollback } from '../terminal/scrollback.js'
import { fitWidth, textWidth, wrapCells } from '../terminal/width.js'
import type { Urgency } from './emitter.js'

export interface TabView {
  readonly rows: readonly string[]
  /** Cell of the cursor inside the pane; null while scrolled up. */
  readonly cursor: { readonly column: number; readonly row: number } | null
  readonly scroll: number
}

const PS2 = '> '
const HOLD_MS = 150

export class TerminalTab {
  readonly back: Scrollback
  readonly editor: LineEditor
  #columns = 80
  #rows = 24
  #scroll = 0
  /** Lines of an unfinished command, shown already. */
  #unfinished = ''
  /** Keys typed right behind a command: most commands are over before they matter, and then the prompt has them. */
  readonly #held: Key[] = []
  #holdTimer: NodeJS.Timeout | null = null
  #isFresh = false
  /** Ctrl-C at the prompt: nothing runs that a signal is for, so a second one waits for the next prompt as well. */
  #isInterrupted = false
  /** Lines typed or pasted while no prompt stood; entered one by one as prompts come. */
  readonly #waiting: string[] = []
  #exitCode: number | null = null
  readonly #stops: (() => void)[] = []

  constructor(
    readonly shell: LabShell,
    private readonly changed: (urgency: Urgency) => void,
  ) {
    this.back = new Scrollback(this.#columns, this.#rows)
    this.back.write(shell.remembered)
    this.editor = new LineEditor((text, cursor) => this.#complete(text, cursor))
    this.#stops.push(
      shell.onOutput((text) => {
        this.back.write(text)
        this.changed('soon')
      }),
      shell.onPrompt(() => this.#prompted()),
      shell.onClose((exitCode) => {
        this.#exitCode = exitCode
        this.changed('now')
      }),
    )
    // A login asks for nothing: what is typed meanwhile is for the prompt.
    if (shell.isBusy) this.#isFresh = true
    else this.#prompted()
  }

  get node(): string {
    return this.shell.node
  }

  get isClosed(): boolean {
    return this.#exitCode !== null
  }

  get isBusy(): boolean {
    return this.shell.isBusy
  }

  resize(columns: number, rows: number): void {
    if (columns === this.#columns && rows === this.#rows) return
    this.#columns = columns
    this.#rows = rows
    this.back.resize(columns, rows)
    this.shell.resize(columns, rows)
  }

  scroll(by: number): void {
    this.#scroll = Math.max(0, this.#scroll + by)
    this.changed('now')
  }

  close(): void {
    if (this.#holdTimer !== null) clearTimeout(this.#holdTimer)
    for (const stop of this.#stops) stop()
    this.editor.close()
    if (!this.isClosed) this.shell.close()
  }

  /** Types a line for the learner and enters it. */
  enter(line: string): void {
    if (this.shell.isBusy) this.#waiting.push(line)
    else this.#submit(line)
    this.changed('now')
  }

  /** Puts text into the line, to be read and entered by the learner; at once, or when the prompt comes. */
  type(text: string): void {
    this.press({ name: 'paste', text, ctrl: false, alt: false, shift: false, raw: text })
  }

  press(key: Key): void {
    if (key.name === 'mouse') {
      const lines = wheelLines(key.raw)
      if (lines !== 0) this.scroll(-lines)
      return
    }
    if (this.#pressScroll(key)) return
    this.#scroll = 0
    if (this.isClosed) return
    if (this.shell.isBusy) this.#pressJob(key)
    else this.#pressPrompt(key)
    this.changed('now')
  }

  #pressScroll(key: Key): boolean {
    if (this.back.isFullScreen) return false
    const page = Math.max(1, this.#rows - 2)
    if (key.name === 'pageup') this.scroll(page)
    else if (key.name === 'pagedown') this.scroll(-page)
    else if (key.shift && (key.name === 'up' || key.name === 'down')) this.scroll(key.name === 'up' ? 1 : -1)
    else return false
    return true
  }

  // The line discipline of the lab's own terminal echoes, edits and makes signals; it gets the bytes as they came.
  #pressJob(key: Key): void {
    const isSignal = key.ctrl && (key.name === 'c' || key.name === 'z')
    if (this.#isFresh && (!isSignal || this.#isInterrupted)) {
      this.#held.push(key)
      return
    }
    this.#release()
    if (key.name === 'paste') this.shell.write(key.text.replace(/\r\n?/g, '\n'))
    else if (key.ctrl && key.name === 'c') this.shell.interrupt()
    else if (key.ctrl && key.name === 'd') this.shell.eof()
    else if (key.ctrl && key.name === 'z') this.shell.suspend()
    else if (key.ctrl && key.name === 'l' && this.shell.isCooked) this.back.clear()
    else this.shell.write(key.raw)
  }

  #hold(): void {
    this.#isFresh = true
    if (this.#holdTimer !== null) clearTimeout(this.#holdTimer)
    this.#holdTimer = setTimeout(() => this.#release(), HOLD_MS)
  }

  /** Held keys go where keys go now. */
  #release(): void {
    this.#isFresh = false
    this.#isInterrupted = false
    if (this.#holdTimer !== null) clearTimeout(this.#holdTimer)
    this.#holdTimer = null
    for (const key of this.#held.splice(0)) {
      if (this.isClosed) return
      if (this.shell.isBusy) this.#pressJob(key)
      else this.#pressPrompt(key)
    }
  }

  #pressPrompt(key: Key): void {
    if (key.name === 'paste') return this.#paste(key.text)
    const result = this.editor.press(key)
    switch (result.kind) {
      case 'edited':
      case 'ignored':
        return
      case 'submit':
        return this.#submit(result.line)
      case 'interrupt':
        this.back.write(this.#promptText() + safe(result.line))
        this.#unfinished = ''
        this.#waiting.length = 0
        this.#hold()
        this.#isInterrupted = true
        return this.shell.interrupt()
      case 'eof':
        if (this.#unfinished !== '') return
        // The shell writes `exit` or `logout` behind its prompt.
        this.back.write(this.#promptText())
        return this.shell.eof()
      case 'clear-screen':
        return this.back.clear()
      case 'candidates':
        this.back.write(`${this.#promptText()}${this.editor.line}\n${columnsOf(result.candidates, this.#columns)}`)
        return
    }
  }

  // Enter on the last line is the learner's: what was pasted can still be read before it runs.
  #paste(text: string): void {
    const lines = text.replace(/\r\n?/g, '\n').split('\n')
    const last = lines.pop() ?? ''
    for (const line of lines) this.#waiting.push(line)
    const [first] = this.#waiting
    if (first !== undefined) {
      this.#waiting[0] = this.editor.line.slice(0, this.editor.cursor) + first
      const tail = this.editor.line.slice(this.editor.cursor)
      this.editor.clear()
      this.editor.insert(tail)
    }
    this.editor.insert(last)
    this.#next()
  }

  #submit(line: string): void {
    this.back.write(`${this.#promptText()}${line}\n`)
    const whole = this.#unfinished === '' ? line : `${this.#unfinished}\n${line}`
    if (whole.trim() !== '' && this.shell.needsMore(whole)) {
      this.#unfinished = whole
      this.#next()
      return
    }
    this.#unfinished = ''
    this.#hold()
    this.shell.submit(whole)
  }

  #next(): void {
    if (this.shell.isBusy) return
    const line = this.#waiting.shift()
    if (line !== undefined) this.#submit(line)
  }

  #prompted(): void {
    this.editor.setHistory(this.shell.history)
    const lines = this.shell.typeAhead.split('\n')
    this.editor.insert(lines.pop() ?? '')
    this.#waiting.push(...lines)
    if (this.#waiting.length > 0) this.#next()
    else this.#release()
    this.changed('now')
  }

  #complete(text: string, cursor: number): { from: number; candidates: readonly string[] } {
    if (this.#unfinished === '') return this.shell.complete(text, cursor)
    const before = `${this.#unfinished}\n`
    const { from, candidates } = this.shell.complete(before + text, before.length + cursor)
    return { from: Math.max(0, from - before.length), candidates }
  }

  #promptText(): string {
    return this.#unfinished === '' ? this.shell.prompt : PS2
  }

  view(): TabView {
    const height = this.#rows
    if (this.back.isFullScreen) return { rows: this.back.view(height, 0, []).rows, cursor: null, scroll: 0 }
    const { tail, before } = this.#tail()
    const { rows, scroll } = this.back.view(height, this.#scroll, tail)
    this.#scroll = scroll
    if (scroll > 0) return { rows, cursor: null, scroll }
    const place = cursorPlace(before, this.#columns)
    return { rows, cursor: { column: place.column, row: rows.length - tail.length + place.row }, scroll }
  }

  /** The rows of the unfinished line with prompt and typed text, and what of it stands before the cursor. */
  #tail(): { tail: string[]; before: string } {
    const rest = this.back.tail
    if (this.isClosed)
      return {
        tail: wrapCells(`${rest}[ended, exit code ${this.#exitCode}: Enter opens another, Ctrl-G x closes]`, this.#columns),
        before: rest,
      }
    if (this.shell.isBusy) return { tail: wrapCells(rest, this.#columns), before: rest }
    const label = this.editor.searchLabel
    const head = lastLine(rest + (label ?? this.#promptText()))
    const text = head + safe(this.editor.line)
    const before = head + safe(this.editor.line.slice(0, this.editor.cursor))
    const rows = wrapCells(text, this.#columns)
    const place = cursorPlace(before, this.#columns)
    while (rows.length <= place.row) rows.push('')
    return { tail: rows, before }
  }
}

// Control characters that were pasted show as carets, as a terminal shows them.
function safe(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, (character) =>
    character === '\t' ? ' ' : `^${String.fromCharCode(character.charCodeAt(0) ^ 64)}`,
  )
}

// A prompt may hold colours and \[ \] marks; of a prompt of several lines only the last is edited.
function lastLine(text: string): string {
  return (text.split('\n').at(-1) ?? '').replace(/[\x01\x02\x07]/g, '')
}

function cursorPlace(before: string, columns: number): { column: number; row: number } {
  const rows = wrapCells(before, columns)
  const width = textWidth(rows.at(-1) ?? '')
  return width >= columns ? { column: 0, row: rows.length } : { column: width, row: rows.length - 1 }
}

/** Candidates as bash lists them: columns, sorted downwards. */
export function columnsOf(words: readonly string[], width: number): string {
  const longest = Math.max(...words.map(textWidth)) + 2
  const across = Math.max(1, Math.floor(width / longest))
  const down = Math.ceil(words.length / across)
  let text = ''
  for (let row = 0; row < down; row++) {
    let line = ''
    for (let column = 0; column < across; column++) {
      const word = words[column * down + row]
      if (word !== undefined) line += fitWidth(word, longest)
    }
    text += `${line.trimEnd()}\n`
  }
  return text
}
