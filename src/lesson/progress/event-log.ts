// The truth about a learner's progress: one JSON line an event, only ever appended. A torn last line costs that line and nothing else.
import { appendFile, mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ignoreMissing } from './file-lock.js'
import type { ProgressEvent } from './progress.js'

export interface LoggedEvent {
  readonly atMs: number
  readonly event: ProgressEvent
}

export interface LogTail {
  readonly events: readonly LoggedEvent[]
  /** Bytes read, up to the last whole line. */
  readonly bytes: number
}

const KINDS = new Set(['lesson-started', 'step-entered', 'goal-met', 'hint-shown', 'lesson-done', 'lesson-reset', 'all-reset'])

export class EventLog {
  constructor(readonly path: string) {}

  async append(event: ProgressEvent, atMs: number): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
    const line = `${JSON.stringify({ v: 1, atMs, ...event })}\n`
    // One write with O_APPEND: two windows never tear each other's lines. A half line of a crash is ended first.
    await appendFile(this.path, (await this.#endsTorn()) ? `\n${line}` : line, { mode: 0o600 })
  }

  async size(): Promise<number> {
    try {
      return (await stat(this.path)).size
    } catch (error) {
      ignoreMissing(error)
      return 0
    }
  }

  async readFrom(offset: number): Promise<LogTail> {
    let bytes: Buffer
    try {
      bytes = await readFile(this.path)
    } catch (error) {
      ignoreMissing(error)
      return { events: [], bytes: 0 }
    }
    const end = bytes.lastIndexOf(0x0a) + 1
    const text = bytes.subarray(Math.min(offset, end), end).toString('utf8')
    return { events: text.split('\n').flatMap(parseEvent), bytes: end }
  }

  async #endsTorn(): Promise<boolean> {
    const size = await this.size()
    if (size === 0) return false
    const file = await open(this.path, 'r')
    try {
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
      return buffer[0] !== 0x0a
    } finally {
      await file.close()
    }
  }
}

export function parseEvent(line: string): LoggedEvent[] {
  try {
    const value: unknown = JSON.parse(line)
    if (value === null || typeof value !== 'object' || !('kind' in value) || !KINDS.has(String(value.kind))) return []
    const { v: _version, atMs, ...event } = value as unknown as { v: number; atMs: number }
    return [{ atMs: Number(atMs) || 0, event: event as unknown as ProgressEvent }]
  } catch {
    return []
  }
}
