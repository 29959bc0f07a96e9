// Every lesson is played to its end in its lab: goals fail before their solution and pass after it, the prose shows what the lab prints, and
// of each prediction the outcome comes true that its author meant.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lessonFolders } from '../../src/lesson/heads.js'
import { readLesson } from '../../src/lesson/load.js'
import type * as validating from '../../src/lesson/validate.js'
import { formatProblem } from '../../src/scenario/problem.js'
import { bundle } from '../bundle.mjs'

const root = join(import.meta.dirname, '../../lessons')
const cache = join(import.meta.dirname, '../../node_modules/.cache')
const meant = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/predictions.json'), 'utf8')) as {
  lessons: Record<string, string[]>
}

function predictionsOf(folder: string): Set<string> {
  const steps = readLesson(folder).lesson?.steps ?? []
  return new Set(steps.flatMap((step) => step.goals.filter((goal) => goal.kind === 'predict').map((goal) => `${step.id}/${goal.id}`)))
}

describe('lessons are proved', { timeout: 240_000 }, () => {
  let folder: string
  let validateLesson: typeof validating.validateLesson

  beforeAll(async () => {
    mkdirSync(cache, { recursive: true })
    folder = mkdtempSync(join(cache, 'prove-'))
    await bundle(folder, { validate: 'src/lesson/validate.ts' })
    const proofs: typeof validating = await import(/* @vite-ignore */ pathToFileURL(join(folder, 'validate.mjs')).href)
    validateLesson = proofs.validateLesson
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(lessonFolders(root).map((folder) => folder.slice(root.length + 1)))('%s', async (name) => {
    const predictions = predictionsOf(join(root, name))
    const told: string[] = []
    const onAnswer = (question: string, answer: string) => {
      if (predictions.has(question)) told.push(`${question}: ${answer}`)
    }
    expect((await validateLesson(join(root, name), onAnswer)).map(formatProblem)).toEqual([])
    expect(told).toEqual(meant.lessons[name] ?? [])
  })
})
