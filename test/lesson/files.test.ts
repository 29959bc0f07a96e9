import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { headOf, lessonFolders } from '../../src/lesson/heads.js'
import { readLesson } from '../../src/lesson/load.js'
import { formatProblem } from '../../src/scenario/problem.js'

describe('the lessons’ files', () => {
  it.each(lessonFolders(join(import.meta.dirname, '../../lessons')))('%s', (folder) => {
    const { lesson, problems } = readLesson(folder)
    expect(problems.map(formatProblem)).toEqual([])
    // What lists read in a hurry is what the whole lesson says.
    expect(headOf(folder)).toEqual({
      id: lesson?.id,
      folder,
      track: lesson?.track,
      title: lesson?.prose.get('en')?.title,
      minutes: lesson?.minutes,
      scenario: lesson?.scenario,
      steps: lesson?.steps.length,
      stepIds: lesson?.steps.map((step) => step.id),
      prerequisites: lesson?.prerequisites,
    })
  })
})
