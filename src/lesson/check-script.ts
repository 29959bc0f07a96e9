// `netlab check`: runs a learner's script against a lesson and reports each goal, for graders.
import type { Lesson } from './lesson.js'

export interface GoalReport {
  readonly step: string
  readonly goal: string
  readonly met: boolean
  readonly expected: string
  readonly found: string
  readonly where: string
}

export interface CheckReport {
  readonly lesson: string
  readonly passed: boolean
  readonly goals: readonly GoalReport[]
}

/** Script lines: `@NODE COMMAND`, `@NODE` alone changes the node, `answer GOAL TEXT` answers a question, `#` comments. */
export async function runLessonCheck(_lesson: Lesson, _script: string): Promise<CheckReport> {
  throw new Error('not built yet')
}
