// Finds lessons on disk and reads them: lesson.yaml with located errors, one prose file a language.
import type { Lesson, LessonEntry } from './lesson.js'

export interface Located {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

export class LessonFileError extends Error {
  constructor(readonly findings: readonly Located[]) {
    super(findings.map((finding) => `${finding.file}:${finding.line}:${finding.column} ${finding.message}`).join('\n'))
  }
}

export async function listLessons(_root?: string): Promise<LessonEntry[]> {
  throw new Error('not built yet')
}

/** By id (`flat-dhcp/nodes`), by folder name (`01-nodes`) or by path. Throws LessonFileError. */
export async function loadLesson(_nameOrPath: string): Promise<Lesson> {
  throw new Error('not built yet')
}
