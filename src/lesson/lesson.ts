// What a lesson is once its files are read: locale-free steps with goals, hints and a solution; the prose stands beside it.
import type { CheckSpec } from './checks/check.js'
import type { Prose } from './prose.js'

export type GoalKind = 'seen' | 'holds' | 'answer' | 'predict'

export interface Goal {
  readonly id: string
  readonly kind: GoalKind
  readonly check: CheckSpec
}

/** A hint is offered while its goal is open and, when it names a condition, only while that condition holds in the lab. */
export interface Hint {
  readonly id: string
  readonly goal: string
  readonly when: CheckSpec | null
}

/** One line of a solution: a command typed on a node, or the right answer to a question (computed, never stored). */
export type SolutionLine =
  | { readonly kind: 'command'; readonly node: string; readonly line: string }
  | { readonly kind: 'answer'; readonly goal: string }

export interface Step {
  readonly id: string
  readonly node: string
  readonly goals: readonly Goal[]
  readonly hints: readonly Hint[]
  readonly solution: readonly SolutionLine[]
}

export interface Lesson {
  readonly id: string
  readonly folder: string
  readonly track: string
  readonly order: number
  readonly scenario: string
  readonly seed: string | null
  readonly minutes: number
  readonly prerequisites: readonly string[]
  readonly node: string
  readonly setup: readonly SolutionLine[]
  readonly steps: readonly Step[]
  readonly prose: ReadonlyMap<string, Prose>
}

/** What lists show of a lesson without reading all of it. */
export interface LessonEntry {
  readonly id: string
  readonly folder: string
  readonly track: string
  readonly title: string
  readonly minutes: number
  readonly scenario: string
  readonly steps: number
  readonly stepIds: readonly string[]
  readonly prerequisites: readonly string[]
}

export function proseOf(lesson: Lesson, language: string): Prose {
  const prose = lesson.prose.get(language) ?? lesson.prose.get('en') ?? [...lesson.prose.values()][0]
  if (prose === undefined) throw new Error(`lesson ${lesson.id} has no prose`)
  return prose
}
