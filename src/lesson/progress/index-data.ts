// What the index holds: the event log summed up per lesson. It can always be made again from the log.
import * as z from 'zod'
import { ownOf } from '../../grammar/own-of.js'
import type { LoggedEvent } from './event-log.js'
import type { Accepted } from './index-file.js'
import type { LessonProgress, ProgressEvent } from './progress.js'

export const INDEX_VERSION = 1

const lessonSchema = z.object({
  status: z.enum(['new', 'started', 'done']),
  step: z.string().nullable(),
  goals: z.array(z.string()),
  assisted: z.array(z.string()),
  hints: z.number().int().min(0).max(10_000),
  lastMs: z.number(),
})
const indexSchema = z.object({
  version: z.literal(INDEX_VERSION),
  logBytes: z.number().int().min(0),
  lessons: z.record(z.string(), lessonSchema),
})

export type IndexData = z.infer<typeof indexSchema>
type LessonData = z.infer<typeof lessonSchema>

export function emptyIndex(): IndexData {
  return { version: INDEX_VERSION, logBytes: 0, lessons: {} }
}

export function acceptIndex(value: unknown): Accepted<IndexData> {
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : null
  if (typeof version === 'number' && version > INDEX_VERSION) return { kind: 'newer' }
  // Whatever an older one holds is in the log, too.
  if (typeof version === 'number' && version < INDEX_VERSION) return { kind: 'older' }
  const result = indexSchema.safeParse(value)
  return result.success ? { kind: 'data', value: result.data } : { kind: 'corrupt' }
}

/** The other way round, for a log that was lost: events that lead to this index. */
export function eventsBehind(index: IndexData): LoggedEvent[] {
  return Object.entries(index.lessons).flatMap(([lesson, data]) => eventsOf(lesson, data).map((event) => ({ atMs: data.lastMs, event })))
}

function eventsOf(lesson: string, { status, step, goals, assisted, hints }: LessonData): ProgressEvent[] {
  const events: ProgressEvent[] = [{ kind: 'lesson-reset', lesson }]
  if (status === 'new') return events
  events.push({ kind: 'lesson-started', lesson })
  for (const path of goals) {
    const cut = path.indexOf('/')
    events.push({ kind: 'goal-met', lesson, step: path.slice(0, cut), goal: path.slice(cut + 1), assisted: assisted.includes(path) })
  }
  for (let hint = 0; hint < hints; hint++) events.push({ kind: 'hint-shown', lesson, step: step ?? '', hint: String(hint) })
  if (step !== null) events.push({ kind: 'step-entered', lesson, step })
  if (status === 'done') events.push({ kind: 'lesson-done', lesson })
  return events
}

export function applyEvent(index: IndexData, { atMs, event }: LoggedEvent): void {
  if (event.kind === 'all-reset') {
    index.lessons = {}
    return
  }
  if (event.kind === 'lesson-reset') {
    delete index.lessons[event.lesson]
    return
  }
  const lesson = lessonOf(index, event.lesson)
  lesson.lastMs = atMs
  if (lesson.status === 'new') lesson.status = 'started'
  switch (event.kind) {
    case 'lesson-started':
      return
    case 'step-entered':
      lesson.step = event.step
      return
    case 'goal-met':
      add(lesson.goals, `${event.step}/${event.goal}`)
      if (event.assisted) add(lesson.assisted, `${event.step}/${event.goal}`)
      return
    case 'hint-shown':
      lesson.hints++
      return
    case 'lesson-done':
      lesson.status = 'done'
      return
  }
}

/** Made when there is none. A log that was edited may name anything, `__proto__` too: that is a lesson nobody has, and no more. */
function lessonOf({ lessons }: IndexData, id: string): LessonData {
  const known = ownOf(lessons, id)
  if (known !== undefined) return known
  const lesson = newLesson()
  if (id !== '__proto__') lessons[id] = lesson
  return lesson
}

function newLesson(): LessonData {
  return { status: 'new', step: null, goals: [], assisted: [], hints: 0, lastMs: 0 }
}

function add(list: string[], value: string): void {
  if (!list.includes(value)) list.push(value)
}

export function progressOf(index: IndexData, lesson: string): LessonProgress {
  return { lesson, ...(ownOf(index.lessons, lesson) ?? newLesson()) }
}
