// A lesson with its lab: booted and set up anew, or as the learner left it.
import { Lab } from '../lab/lab.js'
import { loadScenario } from '../scenario/library.js'
import { LabError } from '../scenario/problem.js'
import { noteJournal, resumeLab } from './kept-labs.js'
import type { Lesson } from './lesson.js'
import { LessonRun, type RunStart } from './lesson-run.js'
import { lessonWords } from './lesson-words.js'
import { LiveReader } from './live-reader.js'
import { loadLesson } from './load.js'
import type { Progress } from './progress/progress.js'

export interface OpenOptions {
  /** From the beginning, whatever was done before. */
  readonly fresh?: boolean
  readonly seed?: string
  readonly image?: string
  readonly language?: string
}

export interface OpenedLesson {
  readonly lesson: Lesson
  readonly lab: Lab
  readonly run: LessonRun
  readonly notice: string | null
}

export async function openLesson(name: string, progress: Progress, options: OpenOptions = {}): Promise<OpenedLesson> {
  const lesson = await loadLesson(name)
  if (options.fresh === true) await progress.reset(lesson.id)
  const before = progress.lesson(lesson.id)
  const isNew = before.status === 'new' || options.fresh === true
  const resumed = isNew ? null : await resumeLab(lesson.scenario, lesson.id, progress)
  if (options.fresh === true) await noteJournal(lesson.id, progress)
  const lab = resumed?.lab ?? (await bootFor(lesson, options))
  // Goals that were met stay met, even when the lab itself could not be brought back.
  const start: RunStart =
    options.fresh === true ? {} : { step: before.status === 'done' ? null : before.step, met: before.goals, assisted: before.assisted }
  const run = startRun(lesson, lab, start, options.language)
  return {
    lesson,
    lab,
    run,
    notice:
      resumed?.notice ??
      (before.status === 'started' && resumed === null && options.fresh !== true
        ? 'the lab of last time was not kept; it starts anew, your goals are still met'
        : null),
  }
}

export function startRun(lesson: Lesson, lab: Lab, start: RunStart = {}, language = 'en'): LessonRun {
  const run = new LessonRun(lesson, lab, new LiveReader(lab, (original) => original.copy()), start)
  for (const word of lessonWords(run, language)) lab.words.set(word.name, word)
  return run
}

/** Boots the lesson's scenario and types its set-up. */
export async function bootFor(lesson: Lesson, options: Pick<OpenOptions, 'seed' | 'image'> = {}): Promise<Lab> {
  const seed = options.seed ?? lesson.seed
  const scenario = await loadScenario(lesson.scenario)
  const lab = await Lab.boot(scenario, {
    ...(seed === null ? {} : { seed }),
    ...(options.image === undefined ? {} : { image: options.image }),
  })
  for (const line of lesson.setup) {
    if (line.kind !== 'command') continue
    if (lab.node(line.node) === null) throw new LabError(`lesson ${lesson.id}: set-up: ${lab.unknownNode(line.node)}`)
    const { exitCode, stderr } = await lab.run(line.node, line.line)
    if (exitCode !== 0)
      throw new LabError(`lesson ${lesson.id}: set-up "${line.line}" on ${line.node} ended with ${exitCode}: ${stderr.trim()}`)
  }
  return lab
}
