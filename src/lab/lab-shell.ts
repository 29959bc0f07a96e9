// One terminal of a person: a login shell on a node behind a terminal, driven by lines and keys, heard as text.
import type { Process } from '../node/process.js'
import type { Terminal } from '../node/terminal.js'
import type { JournalInput } from './journal.js'

export interface Completion {
  readonly from: number
  readonly candidates: readonly string[]
}

export interface OpenShellOptions {
  readonly user?: string
  readonly columns?: number
  readonly rows?: number
}

/** What stands behind a shell in one world; another world (reset, undo) brings another one. */
export interface ShellSeat {
  readonly terminal: Terminal
  readonly process: Process
}

/** Characters of a resumed session's output. */
const MAX_REMEMBERED = 200_000

export type ShellInput = Exclude<JournalInput, { kind: 'run' | 'open' | 'file' }>

export class LabShell {
  /** What a resumed session had printed, as far back as a terminal keeps it. */
  remembered = ''
  private seat: ShellSeat | null = null
  private exitCode: number | null = null
  private readonly outputs = new Set<(text: string) => void>()
  private readonly prompts = new Set<() => void>()
  private readonly closes = new Set<(exitCode: number) => void>()

  constructor(
    readonly id: number,
    readonly node: string,
    readonly user: string | null,
    /** Journals the input and applies it to the seat. */
    private readonly enter: (input: ShellInput) => void,
  ) {}

  /** The prompt that stands before the next line; empty while a job is in front. */
  get prompt(): string {
    return this.seat?.terminal.prompting?.prompt ?? ''
  }

  get isBusy(): boolean {
    return !this.isClosed && this.seat?.terminal.prompting === null
  }

  /** The job in front is a session on another machine: it takes lines, but this shell's prompt stays away until it ends. */
  get isElsewhere(): boolean {
    const { seat } = this
    if (seat === null || !this.isBusy || seat.terminal.isCanonical) return false
    const { processes } = seat.process.machine
    return [...processes.values()].some(({ pgid, comm }) => pgid === seat.terminal.foreground && comm === 'ssh')
  }

  get isClosed(): boolean {
    return this.exitCode !== null
  }

  /** Typed while a command ran that did not read it; the editor of the prompt takes it up. */
  get typeAhead(): string {
    return this.seat?.terminal.typeAhead ?? ''
  }

  get history(): readonly string[] {
    return this.seat?.terminal.prompting?.history ?? []
  }

  /** False while the job in front reads keys one by one or hides them (less, a password). */
  get isCooked(): boolean {
    return this.seat?.terminal.isCanonical ?? true
  }

  get hasEcho(): boolean {
    return this.seat?.terminal.hasEcho ?? true
  }

  get columns(): number {
    return this.seat?.terminal.columns ?? 80
  }

  get rows(): number {
    return this.seat?.terminal.rows ?? 24
  }

  /** For a lab that is paced: when the shell comes back by itself. */
  backAtPrompt(): Promise<boolean> {
    if (!this.isBusy) return Promise.resolve(true)
    return new Promise((resolve) => {
      const back = (): void => {
        stopPrompt()
        stopClose()
        resolve(true)
      }
      const stopPrompt = this.onPrompt(back)
      const stopClose = this.onClose(back)
    })
  }

  /** A whole line was entered. At the prompt it is a command, while a job is in front it is that job's input. */
  submit(line: string): void {
    this.enter({ kind: 'line', shell: this.id, text: line })
  }

  /** Raw keys for the job in front. */
  write(text: string): void {
    this.enter({ kind: 'write', shell: this.id, text })
  }

  interrupt(): void {
    this.enter({ kind: 'interrupt', shell: this.id })
  }

  eof(): void {
    this.enter({ kind: 'eof', shell: this.id })
  }

  suspend(): void {
    this.enter({ kind: 'suspend', shell: this.id })
  }

  resize(columns: number, rows: number): void {
    if (columns !== this.columns || rows !== this.rows) this.enter({ kind: 'resize', shell: this.id, columns, rows })
  }

  close(): void {
    if (!this.isClosed) this.enter({ kind: 'close', shell: this.id })
  }

  complete(text: string, cursor: number): Completion {
    return this.seat?.terminal.prompting?.complete(text, cursor) ?? { from: cursor, candidates: [] }
  }

  /** True while `text` is an unfinished command: an open quote, `for` without `done`. */
  needsMore(text: string): boolean {
    return this.seat?.terminal.prompting?.needsMore(text) ?? false
  }

  onOutput(listener: (text: string) => void): () => void {
    return subscribe(this.outputs, listener)
  }

  /** The shell came back to its prompt. */
  onPrompt(listener: () => void): () => void {
    return subscribe(this.prompts, listener)
  }

  onClose(listener: (exitCode: number) => void): () => void {
    return subscribe(this.closes, listener)
  }

  /** For the lab: takes its place in a world. */
  sit(seat: ShellSeat): void {
    this.seat = seat
    this.exitCode = null
    seat.terminal.onPrompt(() => {
      if (this.seat === seat) for (const listener of this.prompts) listener()
    })
    seat.process.onExit((exitCode) => {
      if (this.seat !== seat) return
      this.exitCode = exitCode
      for (const listener of this.closes) listener(exitCode)
    })
  }

  /** For the lab: its node is gone. */
  leave(): void {
    this.seat = null
    this.exitCode = 129
    for (const listener of this.closes) listener(129)
  }

  /** For the lab: text from the terminal of `seat`'s world. */
  emit(text: string): void {
    for (const listener of this.outputs) listener(text)
  }

  /** For the lab: text of a replay, kept for the face that takes the shell over. */
  remember(text: string): void {
    this.remembered = (this.remembered + text).slice(-MAX_REMEMBERED)
  }

  /** The prompt is drawn by the face, and so is the line that is entered behind it. */
  rememberPrompt(input: ShellInput): void {
    if (this.isBusy) return
    if (input.kind === 'line') this.remember(`${this.prompt}${input.text}\n`)
    else if (input.kind === 'interrupt' || input.kind === 'eof') this.remember(this.prompt)
  }

  /** For the lab: an input reaches the terminal. */
  apply(input: ShellInput): void {
    const terminal = this.seat?.terminal
    if (terminal === undefined || this.isClosed) return
    switch (input.kind) {
      case 'line':
        terminal.submit(input.text)
        break
      case 'write':
        terminal.input(input.text)
        break
      case 'interrupt':
        terminal.interrupt()
        break
      case 'eof':
        terminal.eof()
        break
      case 'suspend':
        terminal.input('\x1a')
        break
      case 'resize':
        terminal.resize(input.columns, input.rows)
        break
      case 'close':
        terminal.hangUp()
        break
    }
  }
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
