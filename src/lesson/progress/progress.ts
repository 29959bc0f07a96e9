// What the learner has done: an append-only event log is the truth, a lowdb file beside it the index.
import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Low, Memory } from 'lowdb'
import { netlabDirs } from './dirs.js'
import { EventLog, type LoggedEvent, lineOf, parseEvent } from './event-log.js'
import { sweepLocks, withLock } from './file-lock.js'
import { acceptIndex, applyEvent, emptyIndex, eventsBehind, type IndexData, progressOf } from './index-data.js'
import { IndexFile } from './index-file.js'
import { codeOf, type Disk, realDisk, sweepTemporary } from './safe-file.js'

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
  /** What else is to be told once: a file that was set aside, records of a newer netlab. */
  readonly notices: readonly string[]
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

/** Never fails: where nothing can be written, what is there is shown and what comes is kept in memory. */
export async function openProgress(env: NodeJS.ProcessEnv = process.env, disk: Disk = realDisk): Promise<Progress> {
  const folder = netlabDirs(env).data
  let problem = await unwritable(folder)
  if (problem === null) {
    const store = new FileProgress(folder, disk)
    try {
      await store.open()
      return store
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
    }
  }
  const store = new MemoryProgress(`progress is kept in memory only: ${problem}`)
  await store.open(new EventLog(join(folder, 'events.jsonl'), disk))
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
  abstract readonly notices: readonly string[]
  abstract record(event: ProgressEvent): Promise<void>
  abstract exportText(): Promise<string>
  abstract journalPath(lesson: string): string | null
  protected abstract recordAll(events: readonly LoggedEvent[]): Promise<void>

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
    await this.recordAll(events)
    return events.length
  }

  async reset(lesson?: string): Promise<void> {
    await this.record(lesson === undefined ? { kind: 'all-reset' } : { kind: 'lesson-reset', lesson })
  }
}

class FileProgress extends BaseProgress {
  readonly memoryOnly = null
  readonly notices: string[] = []
  protected readonly db: Low<IndexData>
  readonly #log: EventLog
  readonly #lock: string
  readonly #index: IndexFile<IndexData>
  #queue: Promise<void> = Promise.resolve()
  /** Could not be written yet; tried again with whatever comes next. */
  #unsaved: LoggedEvent[] = []

  constructor(
    private readonly folder: string,
    private readonly disk: Disk,
  ) {
    super()
    this.#log = new EventLog(join(folder, 'events.jsonl'), disk)
    this.#lock = join(folder, 'progress.lock')
    this.#index = new IndexFile(join(folder, 'progress.json'), acceptIndex, disk)
    this.db = new Low<IndexData>(this.#index, emptyIndex())
  }

  async open(): Promise<void> {
    for (const folder of ['.', 'journals', 'sessions'].map((each) => join(this.folder, each))) {
      await sweepTemporary(folder, this.disk)
      await sweepLocks(folder, this.disk)
    }
    await this.#inOrder(() => this.#save())
    const { newer } = await this.#log.readFrom(0)
    if (newer > 0) this.notices.push(`${newer} records of a newer netlab are kept, but not shown`)
    this.notices.push(...this.#index.notices)
  }

  record(event: ProgressEvent): Promise<void> {
    return this.recordAll([{ event, atMs: Date.now() }])
  }

  protected recordAll(events: readonly LoggedEvent[]): Promise<void> {
    for (const event of events) {
      this.#unsaved.push(event)
      // Seen at once, whatever the disk says.
      applyEvent(this.db.data, event)
    }
    return this.#inOrder(() => this.#save())
  }

  async exportText(): Promise<string> {
    return (await this.#log.text()) + this.#unsaved.map(lineOf).join('')
  }

  journalPath(lesson: string): string {
    return join(this.folder, 'journals', `${lesson.replaceAll('/', '--')}.json`)
  }

  #save(): Promise<void> {
    return withLock(
      this.#lock,
      async (isLocked) => {
        await this.#restoreLog(isLocked)
        const batch = this.#unsaved
        try {
          this.#unsaved = []
          await this.#log.append(batch, isLocked)
        } catch (error) {
          this.#unsaved = [...batch, ...this.#unsaved]
          throw error
        } finally {
          await this.#catchUp()
        }
      },
      this.disk,
    )
  }

  /** Brings the index up to the log, whatever other windows wrote meanwhile; makes it again when it cannot be trusted. */
  async #catchUp(): Promise<void> {
    const before = this.db.data
    this.db.data = emptyIndex()
    await this.db.read().catch(() => undefined)
    const { events, bytes } = await this.#log.readFrom(this.db.data.logBytes).catch((error: unknown) => {
      this.db.data = before
      throw error
    })
    const isBehind = bytes !== this.db.data.logBytes
    for (const event of events) applyEvent(this.db.data, event)
    this.db.data.logBytes = bytes
    // What could not be written must not stand in a file that is the log summed up; and a file that cannot be written is made next time.
    if (isBehind) await this.db.write().catch(() => undefined)
    for (const event of this.#unsaved) applyEvent(this.db.data, event)
  }

  /** The log is shorter than what was summed up already: it was lost or cut, and is made again from the index. */
  async #restoreLog(isLocked: boolean): Promise<void> {
    const index = await this.#index.read()
    if (index === null || index.logBytes <= (await this.#log.size())) return
    await this.#log.append(eventsBehind(index), isLocked)
    await this.#index.write({ ...index, logBytes: await this.#log.size() })
    this.notices.push(`${this.#log.path} had lost records; they were made again from progress.json`)
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => undefined)
    return done
  }
}

class MemoryProgress extends BaseProgress {
  readonly notices: readonly string[] = []
  protected readonly db = new Low<IndexData>(new Memory<IndexData>(), emptyIndex())
  readonly #events: LoggedEvent[] = []

  constructor(readonly memoryOnly: string) {
    super()
  }

  /** What can be read of it is shown. */
  async open(log: EventLog): Promise<void> {
    const { events } = await log.readFrom(0).catch(() => ({ events: [] }))
    await this.recordAll(events)
  }

  record(event: ProgressEvent): Promise<void> {
    return this.recordAll([{ event, atMs: Date.now() }])
  }

  protected async recordAll(events: readonly LoggedEvent[]): Promise<void> {
    for (const event of events) {
      this.#events.push(event)
      applyEvent(this.db.data, event)
    }
  }

  async exportText(): Promise<string> {
    return this.#events.map(lineOf).join('')
  }

  journalPath(): null {
    return null
  }
}
