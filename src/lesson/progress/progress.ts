// What the learner has done: an append-only event log is the truth, a lowdb file beside it the index.
import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Low, Memory } from 'lowdb'
import { netlabDirs } from './dirs.js'
import { EventLog, parseEvent } from './event-log.js'
import { codeOf, withLock } from './file-lock.js'
import { acceptIndex, applyEvent, emptyIndex, type IndexData, progressOf } from './index-data.js'
import { IndexFile } from './index-file.js'

export type LessonStatus = 'new' | 'started' | 'done'

export interface LessonProgress {
  readonly lesson: string
  readonly status: LessonStatus
  readonly step: string | null
  /** `STEP/GOAL` */
  readonly goals: readonly string[]
  readonly assisted: readonly string[]
  readonly hints: number
  readonly lastMs: number
}

export type ProgressEvent =
  | { readonly kind: 'lesson-started'; readonly lesson: string }
  | { readonly kind: 'step-entered'; readonly lesson: string; readonly step: string }
  | { readonly kind: 'goal-met'; readonly lesson: string; readonly step: string; readonly goal: string; readonly assisted: boolean }
  | { readonly kind: 'hint-shown'; readonly lesson: string; readonly step: string; readonly hint: string }
  | { readonly kind: 'lesson-done'; readonly lesson: string }
  | { readonly kind: 'lesson-reset'; readonly lesson: string }
  | { readonly kind: 'all-reset' }

export interface Progress {
  /** Why nothing is written to disk, or null when it is. To be told once. */
  readonly memoryOnly: string | null
  lesson(id: string): LessonProgress
  all(): readonly LessonProgress[]
  /** The lesson worked on last and not finished, or null. */
  readonly latest: LessonProgress | null
  record(event: ProgressEvent): Promise<void>
  exportText(): Promise<string>
  importText(text: string): Promise<number>
  reset(lesson?: string): Promise<void>
  /** Where the journal of a lesson's lab is kept; null when in memory only. */
  journalPath(lesson: string): string | null
}

export async function openProgress(env: NodeJS.ProcessEnv = process.env): Promise<Progress> {
  const folder = netlabDirs(env).data
  const problem = await unwritable(folder)
  const store = problem === null ? new FileProgress(folder) : new MemoryProgress(`progress is kept in memory only: ${problem}`)
  await store.open()
  return store
}

async function unwritable(folder: string): Promise<string | null> {
  try {
    await makeFolder(folder)
    await access(folder, constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    return `${folder} cannot be written (${codeOf(error) ?? String(error)})`
  }
}

/** Node's own recursive mkdir never ends where a file system refuses to make anything, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder)
  if (parent !== folder && !(await isThere(parent))) await makeFolder(parent)
  await mkdir(folder, { mode: 0o700 }).catch(async (error: unknown) => {
    const isFolder = (await stat(folder).catch(() => null))?.isDirectory() ?? false
    if (!isFolder) throw error
  })
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  )
}

abstract class BaseProgress implements Progress {
  protected abstract readonly db: Low<IndexData>
  abstract readonly memoryOnly: string | null
  abstract record(event: ProgressEvent): Promise<void>
  abstract exportText(): Promise<string>
  abstract journalPath(lesson: string): string | null
  protected abstract recordAt(event: ProgressEvent, atMs: number): Promise<void>

  lesson(id: string): LessonProgress {
    return progressOf(this.db.data, id)
  }

  all(): readonly LessonProgress[] {
    return Object.keys(this.db.data.lessons).map((id) => progressOf(this.db.data, id))
  }

  get latest(): LessonProgress | null {
    const started = this.all().filter((lesson) => lesson.status === 'started')
    return started.reduce<LessonProgress | null>((best, lesson) => (best === null || lesson.lastMs >= best.lastMs ? lesson : best), null)
  }

  async importText(text: string): Promise<number> {
    const events = text.split('\n').flatMap(parseEvent)
    for (const { event, atMs } of events) await this.recordAt(event, atMs)
    return events.length
  }

  async reset(lesson?: string): Promise<void> {
    await this.record(lesson === undefined ? { kind: 'all-reset' } : { kind: 'lesson-reset', lesson })
  }
}

class FileProgress extends BaseProgress {
  readonly memoryOnly = null
  protected readonly db: Low<IndexData>
  readonly #log: EventLog
  readonly #lock: string
  #queue: Promise<void> = Promise.resolve()

  constructor(private readonly folder: string) {
    super()
    this.#log = new EventLog(join(folder, 'events.jsonl'))
    this.#lock = join(folder, 'progress.lock')
    this.db = new Low<IndexData>(new IndexFile(join(folder, 'progress.json'), acceptIndex), emptyIndex())
  }

  async open(): Promise<void> {
    await this.#inOrder(() => this.#catchUp())
  }

  record(event: ProgressEvent): Promise<void> {
    return this.recordAt(event, Date.now())
  }

  protected recordAt(event: ProgressEvent, atMs: number): Promise<void> {
    return this.#inOrder(async () => {
      await this.#log.append(event, atMs)
      await this.#catchUp()
    })
  }

  async exportText(): Promise<string> {
    const { events } = await this.#log.readFrom(0)
    return events.map(({ atMs, event }) => `${JSON.stringify({ v: 1, atMs, ...event })}\n`).join('')
  }

  journalPath(lesson: string): string {
    return join(this.folder, 'journals', `${lesson.replaceAll('/', '--')}.json`)
  }

  /** Brings the index up to the log, whatever other windows wrote meanwhile; makes it again when it cannot be trusted. */
  async #catchUp(): Promise<void> {
    await withLock(this.#lock, async () => {
      this.db.data = emptyIndex()
      await this.db.read()
      if (this.db.data.logBytes > (await this.#log.size())) this.db.data = emptyIndex()
      const { events, bytes } = await this.#log.readFrom(this.db.data.logBytes)
      if (bytes === this.db.data.logBytes) return
      for (const event of events) applyEvent(this.db.data, event)
      this.db.data.logBytes = bytes
      await this.db.write()
    })
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => undefined)
    return done
  }
}

class MemoryProgress extends BaseProgress {
  protected readonly db = new Low<IndexData>(new Memory<IndexData>(), emptyIndex())
  readonly #lines: string[] = []

  constructor(readonly memoryOnly: string) {
    super()
  }

  async open(): Promise<void> {}

  record(event: ProgressEvent): Promise<void> {
    return this.recordAt(event, Date.now())
  }

  protected async recordAt(event: ProgressEvent, atMs: number): Promise<void> {
    this.#lines.push(`${JSON.stringify({ v: 1, atMs, ...event })}\n`)
    applyEvent(this.db.data, { event, atMs })
  }

  async exportText(): Promise<string> {
    return this.#lines.join('')
  }

  journalPath(): null {
    return null
  }
}
