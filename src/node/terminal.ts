// A terminal and its line discipline: cooked and raw input, signals from the keyboard, and the prompt that an outer editor draws.

import { type Chunk, toText } from './chunk.js'
import type { Signal } from './signals.js'
import { ChunkQueue, type InputSource, type OutputStream, type WaitFor } from './stream.js'
import { wakes } from './wakes.js'

/** What a shell offers while it waits at its prompt. */
export interface LineReader {
  readonly prompt: string
  readonly history: readonly string[]
  complete(line: string, cursor: number): { from: number; candidates: string[] }
  needsMore(text: string): boolean
}

export type PromptAnswer = { line: string } | 'eof' | 'interrupt'

const ERASE = '\x7f'
const BACKSPACE = '\b'

export class Terminal implements InputSource, OutputStream {
  readonly isTty = true
  /** stty's flags. */
  isCanonical = true
  hasEcho = true
  hasSignals = true
  /** The process group that Ctrl-C and Ctrl-Z reach. */
  foreground = 0
  /** True when a face (the TUI) edits prompt lines itself; otherwise they are read cooked. */
  hasEditor = false
  /** The shell that waits at its prompt, null while a command runs. */
  prompting: LineReader | null = null
  /** What was typed while a command ran and nobody read: the face's editor takes it up at the prompt. */
  typeAhead = ''
  private answer: ((answer: PromptAnswer) => void) | null = null
  private edited = ''
  private readonly queue = new ChunkQueue()
  private ends = 0
  private isHungUp = false
  private readListeners: (() => void)[] = []
  private readonly promptListeners = new Set<() => void>()
  private readonly resizeListeners = new Set<() => void>()

  constructor(
    readonly name: string,
    private readonly sink: (text: string) => void,
    private readonly signalGroup: (pgid: number, signal: Signal) => void,
    public columns = 80,
    public rows = 24,
  ) {}

  // --- output

  write(chunk: Chunk): void {
    this.sink(toText(chunk))
  }

  async drained(): Promise<void> {}

  // --- keyboard

  /** Raw keys from the face. */
  input(text: string): void {
    for (const key of text) this.key(key)
    this.wakeReaders()
  }

  private key(key: string): void {
    if (this.hasSignals && this.signalKey(key)) return
    if (!this.isCanonical) {
      this.queue.push(key)
      if (this.hasEcho) this.sink(key)
      return
    }
    this.cookedKey(key === '\r' ? '\n' : key)
  }

  private signalKey(key: string): boolean {
    const signal = key === '\x03' ? 'INT' : key === '\x1a' ? 'TSTP' : key === '\x1c' ? 'QUIT' : null
    if (signal === null) return false
    if (this.hasEcho) this.sink(`^${String.fromCharCode(key.charCodeAt(0) + 64)}`)
    this.edited = ''
    if (this.answer !== null && signal === 'INT') this.settle('interrupt')
    else this.signalGroup(this.foreground, signal)
    return true
  }

  private cookedKey(key: string): void {
    if (key === ERASE || key === BACKSPACE) {
      if (this.edited !== '' && this.hasEcho) this.sink('\b \b')
      this.edited = this.edited.slice(0, -1)
      return
    }
    if (key === '\x15') {
      if (this.hasEcho) this.sink('\b \b'.repeat(this.edited.length))
      this.edited = ''
      return
    }
    if (key === '\x04') {
      if (this.edited === '') this.ends++
      else this.queue.push(this.edited)
      this.edited = ''
      return
    }
    if (this.hasEcho) this.sink(key)
    this.edited += key
    if (key !== '\n') return
    this.queue.push(this.edited)
    this.edited = ''
  }

  /** The face is gone: readers see the end, the foreground group gets HUP. */
  hangUp(): void {
    this.isHungUp = true
    this.signalGroup(this.foreground, 'HUP')
    this.settle('eof')
    this.wakeReaders()
  }

  resize(columns: number, rows: number): void {
    this.columns = columns
    this.rows = rows
    this.signalGroup(this.foreground, 'WINCH')
    for (const listener of this.resizeListeners) listener()
  }

  // --- reading

  takeLine(): { text: string; ended: boolean } | null | undefined {
    const line = this.queue.takeLine(this.ends > 0)
    return line ?? this.end()
  }

  takeChunk(): Chunk | null | undefined {
    return this.queue.takeChunk() ?? this.end()
  }

  putBack(chunk: Chunk): void {
    this.queue.putBack(chunk)
  }

  onReadable(listener: () => void): () => void {
    this.readListeners.push(listener)
    return () => {
      this.readListeners = this.readListeners.filter((other) => other !== listener)
    }
  }

  private end(): null | undefined {
    if (this.isHungUp) return null
    if (this.ends === 0) return undefined
    this.ends--
    return null
  }

  private wakeReaders(): void {
    if (this.readListeners.length === 0) return
    const listeners = this.readListeners
    this.readListeners = []
    wakes.count++
    for (const listener of listeners) listener()
  }

  // --- prompt

  /** A shell asks for its next line. */
  async readPrompt(reader: LineReader, wait: WaitFor): Promise<PromptAnswer> {
    if (this.isHungUp) return 'eof'
    this.isCanonical = true
    this.hasEcho = true
    this.hasSignals = true
    if (!this.hasEditor) return this.readCooked(reader, wait)
    this.prompting = reader
    this.typeAhead = this.takeTyped()
    const answer = wait<PromptAnswer>((resolve) => {
      this.answer = resolve
    })
    for (const listener of this.promptListeners) listener()
    try {
      return (await answer) ?? 'eof'
    } finally {
      this.prompting = null
      this.answer = null
    }
  }

  private takeTyped(): string {
    let text = ''
    for (let chunk = this.queue.takeChunk(); chunk !== null; chunk = this.queue.takeChunk()) text += toText(chunk)
    text += this.edited
    this.edited = ''
    // Ctrl-D that nobody read: bash's editor does not see it either.
    this.ends = 0
    return text
  }

  /** The line that the face's editor holds. Goes to the prompt, or cooked to the job that reads. */
  submit(line: string): void {
    if (this.answer === null) this.input(`${line}\n`)
    else this.settle({ line })
  }

  interrupt(): void {
    this.input('\x03')
  }

  eof(): void {
    if (this.answer === null) this.input('\x04')
    else this.settle('eof')
  }

  onPrompt(listener: () => void): () => void {
    this.promptListeners.add(listener)
    return () => this.promptListeners.delete(listener)
  }

  onResize(listener: () => void): () => void {
    this.resizeListeners.add(listener)
    return () => this.resizeListeners.delete(listener)
  }

  private async readCooked(reader: LineReader, wait: WaitFor): Promise<PromptAnswer> {
    this.sink(reader.prompt)
    const answer = await wait<PromptAnswer>((resolve) => {
      this.answer = resolve
      const look = (): void => {
        const line = this.takeLine()
        if (line === undefined) this.onReadable(look)
        else resolve(line === null ? 'eof' : { line: line.text })
      }
      look()
    })
    this.answer = null
    return answer ?? 'eof'
  }

  private settle(answer: PromptAnswer): void {
    const resolve = this.answer
    if (resolve === null) return
    this.answer = null
    // Until the shell asks again, keys are for whatever it does now.
    this.prompting = null
    wakes.count++
    resolve(answer)
  }
}
