// The prompt's line: node:readline used only as a model of editing (kill ring, undo, word moves, history), with what it lacks added:
// Ctrl-R, Tab, pastes of several lines. It draws nothing; the pane reads `line` and `cursor`.
import { createInterface, type Interface } from 'node:readline'
import { PassThrough, Writable } from 'node:stream'
import { commonPrefix } from './common-prefix.js'
import type { Key } from './keys.js'

export type EditResult =
  | { readonly kind: 'edited' }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'submit'; readonly line: string }
  | { readonly kind: 'interrupt'; readonly line: string }
  | { readonly kind: 'eof' | 'clear-screen' }
  | { readonly kind: 'candidates'; readonly candidates: readonly string[] }

export interface CompletionResult {
  readonly from: number
  readonly candidates: readonly string[]
}

interface Search {
  query: string
  index: number
  readonly before: string
}

const EDITED: EditResult = { kind: 'edited' }
const IGNORED: EditResult = { kind: 'ignored' }

// readline's documented but untyped members.
type Model = Interface & { line: string; cursor: number; history: string[]; historyIndex: number }

export class LineEditor {
  readonly #model: Model
  #search: Search | null = null
  #tabs = 0
  #yankIndex = -1
  #submitted: string | null = null

  constructor(private readonly complete: (text: string, cursor: number) => CompletionResult = () => ({ from: 0, candidates: [] })) {
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
    this.#model = createInterface({
      input: new PassThrough(),
      output: sink,
      terminal: true,
      prompt: '',
      historySize: 2000,
      removeHistoryDuplicates: false,
    }) as Model
    this.#model.on('line', (line) => {
      this.#submitted = line
    })
  }

  get line(): string {
    return this.#search === null ? this.#model.line : this.#match()
  }

  get cursor(): number {
    return this.#search === null ? this.#model.cursor : this.line.length
  }

  /** What stands instead of the prompt during Ctrl-R. */
  get searchLabel(): string | null {
    if (this.#search === null) return null
    const failing = this.#search.query !== '' && this.#search.index < 0 ? 'failed ' : ''
    return `(${failing}reverse-i-search)\`${this.#search.query}': `
  }

  get isSearching(): boolean {
    return this.#search !== null
  }

  /** Oldest first, as shells keep it. */
  setHistory(lines: readonly string[]): void {
    this.#model.history = [...lines].reverse()
    this.#model.historyIndex = -1
  }

  get history(): readonly string[] {
    return [...this.#model.history].reverse()
  }

  clear(): void {
    this.#search = null
    this.#press('e', true)
    this.#press('u', true)
  }

  insert(text: string): void {
    if (text !== '') this.#model.write(text)
  }

  close(): void {
    this.#model.close()
  }

  press(key: Key): EditResult {
    if (key.name !== 'tab') this.#tabs = 0
    if (!(key.alt && key.name === '.')) this.#yankIndex = -1
    if (this.#search !== null) {
      const searched = this.#pressInSearch(key)
      if (searched !== null) return searched
    }
    if (key.ctrl) return this.#pressControl(key)
    if (key.alt) return this.#pressAlt(key)
    return this.#pressPlain(key)
  }

  #press(name: string, ctrl = false, meta = false): void {
    this.#model.write(null as unknown as string, { name, ctrl, meta, shift: false })
  }

  #pressPlain(key: Key): EditResult {
    switch (key.name) {
      case 'return':
        return this.#submit()
      case 'tab':
        return key.shift ? IGNORED : this.#tab()
      case 'char':
        this.insert(key.text)
        return EDITED
      case 'escape':
      case 'unknown':
      case 'mouse':
        return IGNORED
      case 'backspace':
      case 'delete':
      case 'up':
      case 'down':
      case 'left':
      case 'right':
      case 'home':
      case 'end':
        this.#press(key.name)
        return EDITED
      default:
        return IGNORED
    }
  }

  #pressControl(key: Key): EditResult {
    switch (key.name) {
      case 'c': {
        const line = this.#model.line
        this.clear()
        return { kind: 'interrupt', line }
      }
      case 'd':
        if (this.#model.line === '') return { kind: 'eof' }
        this.#press('delete')
        return EDITED
      case 'l':
        return { kind: 'clear-screen' }
      case 'r':
        this.#search = { query: '', index: -1, before: this.#model.line }
        return EDITED
      case 'j':
      case 'm':
        return this.#submit()
      // Ctrl-W deletes back to the blank, as bash does; readline's own stops at punctuation.
      case 'w':
        this.#killBlankWord()
        return EDITED
      case 't':
        this.#transpose()
        return EDITED
      case '_':
        this.#press('_', true)
        return EDITED
      case 'left':
        this.#press('left', true)
        return EDITED
      case 'right':
        this.#setLine(this.#model.line, this.#wordEnd())
        return EDITED
      case 'a':
      case 'b':
      case 'e':
      case 'f':
      case 'h':
      case 'k':
      case 'n':
      case 'p':
      case 'u':
      case 'y':
        this.#press(key.name, true)
        return EDITED
      default:
        return IGNORED
    }
  }

  #pressAlt(key: Key): EditResult {
    switch (key.name) {
      case 'b':
      case 'left':
        this.#press('b', false, true)
        return EDITED
      case 'y':
        this.#press('y', false, true)
        return EDITED
      case 'backspace':
        this.#press('backspace', false, true)
        return EDITED
      case 'f':
      case 'right':
        this.#setLine(this.#model.line, this.#wordEnd())
        return EDITED
      case 'd':
        this.#killWord()
        return EDITED
      case '.':
      case '_':
        this.#lastArgument()
        return EDITED
      default:
        return IGNORED
    }
  }

  #submit(): EditResult {
    this.#submitted = null
    this.#press('return')
    return { kind: 'submit', line: this.#submitted ?? '' }
  }

  #tab(): EditResult {
    const { from, candidates } = this.complete(this.#model.line, this.#model.cursor)
    if (candidates.length === 0) return IGNORED
    const typed = this.#model.line.slice(from, this.#model.cursor)
    const shared = commonPrefix(candidates)
    const only = candidates.length === 1
    const ending = only && !/[/= ]$/.test(shared) ? ' ' : ''
    if (shared.startsWith(typed) && shared.length + ending.length > typed.length) {
      this.insert(shared.slice(typed.length) + ending)
      this.#tabs = 0
      return EDITED
    }
    this.#tabs++
    return this.#tabs < 2 || only ? IGNORED : { kind: 'candidates', candidates }
  }

  #killBlankWord(): void {
    const { line, cursor } = this.#model
    const before = line.slice(0, cursor)
    const start = before.replace(/\S*\s*$/, '').length
    const tail = line.slice(cursor)
    const killed = before.slice(start)
    if (killed === '') return
    // Through Ctrl-U so that Ctrl-Y brings it back: the head is put back afterwards.
    this.#press('u', true)
    this.insert(before.slice(0, start))
    this.#killRing()[0] = killed
    this.#setLine(before.slice(0, start) + tail, start)
  }

  // bash moves to the end of the word, readline to the beginning of the next one.
  #wordEnd(): number {
    const { line, cursor } = this.#model
    return cursor + (/^[^\p{L}\p{N}]*[\p{L}\p{N}]*/u.exec(line.slice(cursor))?.[0].length ?? 0)
  }

  #killWord(): void {
    const { line, cursor } = this.#model
    const end = this.#wordEnd()
    if (end === cursor) return
    this.#killRing().unshift(line.slice(cursor, end))
    this.#setLine(line.slice(0, cursor) + line.slice(end), cursor)
  }

  // readline keeps its kill ring under a symbol; without it Ctrl-Y would bring back more than Ctrl-W took.
  #killRing(): string[] {
    const symbols = Object.getOwnPropertySymbols(this.#model)
    const ring = symbols.find((symbol) => symbol.description === '_killRing')
    const value: unknown = ring === undefined ? null : Reflect.get(this.#model, ring)
    return Array.isArray(value) ? (value as string[]) : []
  }

  #setLine(line: string, cursor: number): void {
    this.#model.line = line
    this.#model.cursor = cursor
  }

  #transpose(): void {
    const { line } = this.#model
    const at = Math.min(this.#model.cursor, line.length - 1)
    if (at < 1) return
    this.#setLine(line.slice(0, at - 1) + line[at] + line[at - 1] + line.slice(at + 1), at + 1)
  }

  #lastArgument(): void {
    const inserted = this.#yankIndex < 0 ? '' : lastWord(this.#model.history[this.#yankIndex])
    const { line, cursor } = this.#model
    const start = cursor - inserted.length
    this.#yankIndex = Math.min(this.#yankIndex + 1, this.#model.history.length - 1)
    const word = lastWord(this.#model.history[this.#yankIndex])
    this.#setLine(line.slice(0, start) + word + line.slice(cursor), start + word.length)
  }

  #match(): string {
    const search = this.#search
    if (search === null || search.index < 0) return search?.before ?? ''
    return this.#model.history[search.index] ?? ''
  }

  #find(from: number): void {
    const search = this.#search
    if (search === null) return
    search.index = search.query === '' ? -1 : this.#model.history.findIndex((line, index) => index >= from && line.includes(search.query))
  }

  /** null = the search has ended and the key goes on to the line. */
  #pressInSearch(key: Key): EditResult | null {
    const search = this.#search
    if (search === null) return null
    if (key.ctrl && key.name === 'r') {
      const at = search.index
      this.#find(at + 1)
      if (search.index < 0 && at >= 0) search.index = at
      return EDITED
    }
    if (key.ctrl && (key.name === 'g' || key.name === 'c')) {
      this.#search = null
      return key.name === 'c' ? this.#pressControl(key) : EDITED
    }
    if (key.name === 'backspace' || (key.ctrl && key.name === 'h')) {
      search.query = search.query.slice(0, -1)
      this.#find(0)
      return EDITED
    }
    if (key.name === 'char') {
      search.query += key.text
      this.#find(Math.max(0, search.index))
      return EDITED
    }
    const found = this.#match()
    this.#search = null
    this.#setLine(found, found.length)
    return key.name === 'escape' ? EDITED : null
  }
}

function lastWord(line: string | undefined): string {
  return (line ?? '').trim().split(/\s+/).at(-1) ?? ''
}
