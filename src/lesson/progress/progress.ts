// What the learner has done: an append-only event log is the truth, a lowdb file beside it the index.
export type LessonStatus = 'new' | 'started' | 'done'

export interface LessonProgress {
  readonly lesson: string
  readonly status: LessonStatus
  readonly step: string | null
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

export async function openProgress(_env: NodeJS.ProcessEnv = process.env): Promise<Progress> {
  throw new Error('not built yet')
}
