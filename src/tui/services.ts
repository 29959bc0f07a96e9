// What the screen needs from the floors below, loaded only after the first frame; tests hand in their own.
import type { Lab } from '../lab/lab.js'
import type { Lesson, LessonEntry } from '../lesson/lesson.js'
import type { LessonRun } from '../lesson/lesson-run.js'
import type { Progress } from '../lesson/progress/progress.js'
import type { Theme } from './theme.js'

export interface ScenarioEntry {
  readonly name: string
  readonly title: string
}

export interface OpenedLesson {
  readonly lesson: Lesson
  readonly lab: Lab
  readonly run: LessonRun
  readonly render: (markdown: string, width: number, theme: Theme) => string[]
  /** What could not be restored, for the learner to know; null when all was. */
  readonly notice: string | null
}

export interface Services {
  progress(): Promise<Progress>
  lessons(): Promise<readonly LessonEntry[]>
  scenarios(): Promise<readonly ScenarioEntry[]>
  openLesson(id: string, options: { fresh: boolean }): Promise<OpenedLesson>
  openLab(scenario: string, options: { fresh: boolean }): Promise<{ readonly lab: Lab; readonly notice: string | null }>
  /** Keeps the lab's journal for the next start; what the learner should know of it, or null. */
  keep(lab: Lab, name: string): Promise<string | null>
  /** Writes a file for the learner, never over another one; the path that it got. */
  save(name: string, bytes: Uint8Array): Promise<string>
}
