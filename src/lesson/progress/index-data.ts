// What the index holds: the event log summed up per lesson. It can always be made again from the log.
import * as z from 'zod'
import type { LoggedEvent } from './event-log.js'
import type { LessonProgress } from './progress.js'

export const INDEX_VERSION = 1

const lessonSchema = z.object({
  status: z.enum(['new', 'started', 'done']),
  step: z.string().nullable(),
  goals: z.array(z.string()),
  assisted: z.array(z.string()),
  hints: z.number(),
  lastMs: z.number(),
})
const indexSchema = z.object({
  version: z.literal(INDEX_VERSION),
  logBytes: z.number().min(0),
  lessons: z.record(z.string(), lessonSchema),
})

export type IndexData = z.infer<typeof indexSchema>
type LessonData = z.infer<typeof lessonSchema>

export function emptyIndex(): IndexData {
  return { version: INDEX_VERSION, logBytes: 0, lessons: {} }
}

/** null: not an index of this version; it is made again from the log. */
export function acceptIndex(value: unknown): IndexData | null {
  const result = indexSchema.safeParse(value)
  return result.success ? result.data : null
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
  index.lessons[event.lesson] ??= newLesson()
  const lesson = index.lessons[event.lesson] as LessonData
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

function newLesson(): LessonData {
  return { status: 'new', step: null, goals: [], assisted: [], hints: 0, lastMs: 0 }
}

function add(list: string[], value: string): void {
  if (!list.includes(value)) list.push(value)
}

export function progressOf(index: IndexData, lesson: string): LessonProgress {
  return { lesson, ...(index.lessons[lesson] ?? newLesson()) }
}
