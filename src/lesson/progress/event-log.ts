// The truth about a learner's progress: one JSON line an event, only ever appended. A torn last line costs that line and nothing else.
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ProgressEvent } from './progress.js'
import { type Disk, ignoreMissing, realDisk } from './safe-file.js'

/** Of a line's form; lines of a newer netlab are kept and passed over. */
export const LOG_VERSION = 1

export interface LoggedEvent {
  readonly atMs: number
  readonly event: ProgressEvent
}

export interface LogTail {
  readonly events: readonly LoggedEvent[]
  /** Where the last whole line ends. */
  readonly bytes: number
  /** Lines that only a newer netlab understands. */
  readonly newer: number
}

export class EventLog {
  constructor(
    readonly path: string,
    private readonly disk: Disk = realDisk,
  ) {}

  /** All of them or, when the disk refuses and nobody else writes, none. */
  async append(events: readonly LoggedEvent[], isLocked: boolean): Promise<void> {
    if (events.length === 0) return
    await this.disk.mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
    const file = await this.disk.open(this.path, 'a+', 0o600)
    try {
      const { size } = await file.stat()
      // One write with O_APPEND: two windows never tear each other's lines. A half line of a crash is ended first.
      const text = ((await isTornAt(file, size)) ? '\n' : '') + events.map(lineOf).join('')
      await file.appendFile(text).catch(async (error: unknown) => {
        if (isLocked) await takeBack(file, size, text).catch(() => undefined)
        throw error
      })
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  async size(): Promise<number> {
    try {
      return (await this.disk.stat(this.path)).size
    } catch (error) {
      ignoreMissing(error)
      return 0
    }
  }

  async readFrom(offset: number): Promise<LogTail> {
    const bytes = await this.#bytes()
    const end = bytes.lastIndexOf(0x0a) + 1
    // Somebody has edited the file: the place is no beginning of a line any more.
    const begin = offset > 0 && bytes[offset - 1] !== 0x0a ? bytes.indexOf(0x0a, offset) + 1 || end : offset
    const lines = bytes.subarray(Math.min(begin, end), end).toString('utf8').split('\n')
    return { events: lines.flatMap(parseEvent), bytes: end, newer: lines.filter(isNewer).length }
  }

  /** Every line that is a record, of whatever version. */
  async text(): Promise<string> {
    const lines = (await this.#bytes()).toString('utf8').split('\n')
    return lines.flatMap((line) => (parseEvent(line).length > 0 || isNewer(line) ? `${line}\n` : [])).join('')
  }

  async #bytes(): Promise<Buffer> {
    try {
      return await this.disk.readFile(this.path)
    } catch (error) {
      ignoreMissing(error)
      return Buffer.alloc(0)
    }
  }
}

/** The half that was written before the disk was full; nothing that somebody else wrote meanwhile. */
async function takeBack(file: FileHandle, size: number, text: string): Promise<void> {
  const written = Buffer.alloc((await file.stat()).size - size)
  await file.read(written, 0, written.length, size)
  if (Buffer.from(text).subarray(0, written.length).equals(written)) await file.truncate(size)
}

async function isTornAt(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false
  const last = Buffer.alloc(1)
  await file.read(last, 0, 1, size - 1)
  return last[0] !== 0x0a
}

export function lineOf({ atMs, event }: LoggedEvent): string {
  return `${JSON.stringify({ v: LOG_VERSION, atMs, ...event })}\n`
}

const NAMES: Readonly<Record<ProgressEvent['kind'], readonly string[]>> = {
  'lesson-started': ['lesson'],
  'step-entered': ['lesson', 'step'],
  'goal-met': ['lesson', 'step', 'goal'],
  'hint-shown': ['lesson', 'step', 'hint'],
  'lesson-done': ['lesson'],
  'lesson-reset': ['lesson'],
  'all-reset': [],
}

export function parseEvent(line: string): LoggedEvent[] {
  const value = parseObject(line)
  if (value === null || versionOf(value) > LOG_VERSION) return []
  const { v: _version, atMs, ...event } = value
  const names =
    typeof event['kind'] === 'string' && Object.hasOwn(NAMES, event['kind']) ? NAMES[event['kind'] as ProgressEvent['kind']] : null
  // A line that was edited by hand must not bring anything else into the index.
  if (names === null || !names.every((name) => typeof event[name] === 'string')) return []
  return [{ atMs: Number(atMs) || 0, event: event as unknown as ProgressEvent }]
}

function isNewer(line: string): boolean {
  const value = parseObject(line)
  return value !== null && versionOf(value) > LOG_VERSION
}

function versionOf(value: Record<string, unknown>): number {
  return typeof value['v'] === 'number' ? value['v'] : LOG_VERSION
}

function parseObject(line: string): Record<string, unknown> | null {
  if (line === '') return null
  try {
    const value: unknown = JSON.parse(line)
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
