// Reads a lesson: lesson.yaml with located errors, one prose file a language.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { problemsOf } from '../scenario/issues.js'
import { LabError, type Problem } from '../scenario/problem.js'
import { readTextFile } from '../scenario/read-text.js'
import { suggest } from '../scenario/suggest.js'
import { YamlDocument } from '../scenario/yaml-document.js'
import { headOf, LESSON_FILE, lessonFolders } from './heads.js'
import type { Lesson } from './lesson.js'
import { lessonProblems } from './lesson-problems.js'
import { type Prose, parseProse } from './prose.js'
import { goalOfData, holdsSpec, type LessonData, lessonSchema, solutionLineOf } from './schema.js'

export interface ReadLesson {
  readonly lesson: Lesson | null
  readonly problems: readonly Problem[]
  readonly document: YamlDocument | null
}

/** By id (`flat-dhcp/nodes`), by its last word or folder name, or by path. Throws LabError. */
export async function loadLesson(nameOrPath: string): Promise<Lesson> {
  const folder = isLessonFolder(nameOrPath) ? resolve(nameOrPath) : folderOf(nameOrPath)
  const { lesson, problems } = readLesson(folder)
  if (lesson === null) throw new LabError('', problems)
  return lesson
}

function isLessonFolder(path: string): boolean {
  return existsSync(join(path, LESSON_FILE)) && statSync(path).isDirectory()
}

function folderOf(name: string): string {
  const known = lessonFolders().map(headOf)
  const found =
    known.find(({ id }) => id === name) ??
    known.find(
      ({ id, folder }) =>
        id.split('/')[1] === name || basename(folder) === name || `${basename(dirname(folder))}/${basename(folder)}` === name,
    )
  if (found !== undefined) return found.folder
  const ids = known.map(({ id }) => id)
  const near = suggest(name, ids)
  throw new LabError(`no lesson "${name}"${near === null ? '' : `; did you mean "${near}"?`} (known: ${ids.join(', ') || 'none'})`)
}

export function readLesson(folder: string): ReadLesson {
  const file = shownPath(join(folder, LESSON_FILE))
  const document = new YamlDocument(readTextFile(join(folder, LESSON_FILE)), file)
  if (document.problems.length > 0) return { lesson: null, problems: document.problems, document }
  const result = lessonSchema.safeParse(document.value, { reportInput: false })
  if (!result.success) return { lesson: null, problems: problemsOf(result.error.issues, document, lessonSchema), document }
  const { prose, problems } = readProse(folder, document)
  const lesson = lessonOf(result.data, folder, prose)
  const all = [...problems, ...lessonProblems(lesson, document)]
  return { lesson: all.length > 0 ? null : lesson, problems: all, document }
}

function shownPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

function readProse(folder: string, document: YamlDocument): { prose: Map<string, Prose>; problems: Problem[] } {
  const files = readdirSync(folder)
    .filter((name) => /^[a-z]{2}\.md$/.test(name))
    .sort()
  const prose = new Map<string, Prose>()
  const problems: Problem[] = []
  if (files.length === 0) problems.push(document.problemAt([], 'no prose beside lesson.yaml; expected at least en.md'))
  for (const name of files) {
    const language = name.slice(0, 2)
    const parsed = parseProse(readTextFile(join(folder, name)), shownPath(join(folder, name)), language)
    prose.set(language, parsed.prose)
    problems.push(...parsed.problems)
  }
  return { prose, problems }
}

function lessonOf(data: LessonData, folder: string, prose: ReadonlyMap<string, Prose>): Lesson {
  return {
    id: data.id,
    folder,
    track: basename(dirname(folder)),
    order: Number.parseInt(basename(folder), 10) || 0,
    scenario: data.scenario,
    seed: data.seed ?? null,
    minutes: data.minutes,
    prerequisites: data.prerequisites,
    node: data.node,
    setup: data.setup.map(solutionLineOf),
    steps: data.steps.map((step) => ({
      id: step.id,
      node: step.node ?? data.node,
      goals: step.goals.map(goalOfData),
      hints: step.hints.map((hint) => ({ id: hint.id, goal: hint.goal, when: hint.when === undefined ? null : holdsSpec(hint.when) })),
      solution: step.solution.map(solutionLineOf),
    })),
    prose,
  }
}
