// One terminal of a person: a login shell on a node behind a terminal, driven by keys and lines, heard as text.
import type { Completion } from './completion.js'

export interface OpenShellOptions {
  readonly user?: string
  readonly columns?: number
  readonly rows?: number
}

export interface LabShell {
  readonly id: number
  readonly node: string
  /** The prompt that stands before the next line; empty while a job is in front. */
  readonly prompt: string
  readonly isBusy: boolean
  readonly isClosed: boolean
  readonly history: readonly string[]
  /** A whole line was entered at the prompt. Lines that come while a job is in front are its input. */
  submit(line: string): void
  /** Raw text for the job in front. */
  write(text: string): void
  interrupt(): void
  eof(): void
  suspend(): void
  complete(text: string, cursor: number): Completion
  /** True while `text` is an unfinished command (open quote, `for` without `done`). */
  needsMore(text: string): boolean
  onOutput(listener: (text: string) => void): () => void
  onPrompt(listener: () => void): () => void
  onClose(listener: (exitCode: number) => void): () => void
  resize(columns: number, rows: number): void
  close(): void
}
