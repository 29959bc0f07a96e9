// Every lesson is played to its end in its lab: goals fail before their solution and pass after it, and the prose shows what the lab prints.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lessonFolders } from '../../src/lesson/heads.js'
import { validateLesson } from '../../src/lesson/validate.js'
import { formatProblem } from '../../src/scenario/problem.js'

const root = join(import.meta.dirname, '../../lessons')

describe('lessons are proved', { timeout: 60_000 }, () => {
  it.each(lessonFolders(root).map((folder) => folder.slice(root.length + 1)))('%s', async (name) => {
    expect((await validateLesson(join(root, name))).map(formatProblem)).toEqual([])
  })
})
