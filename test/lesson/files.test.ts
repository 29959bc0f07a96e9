import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lessonFolders, readLesson } from '../../src/lesson/load.js'
import { formatProblem } from '../../src/scenario/problem.js'

describe('the lessons’ files', () => {
  it.each(lessonFolders(join(import.meta.dirname, '../../lessons')))('%s', (folder) => {
    expect(readLesson(folder).problems.map(formatProblem)).toEqual([])
  })
})
