// A lesson beside the plain shell: opened where the learner left it, its progress recorded.
import type { Lab } from '../../lab/lab.js'
import { keepJournal, openLesson } from '../../lesson/open-lesson.js'
import { PlainLesson } from '../../lesson/plain.js'
import { openProgress } from '../../lesson/progress/progress.js'
import { UsageError } from '../exit-code.js'
import { message, out } from '../streams.js'
import type { ShellOptions } from './shell.js'

export interface PlainLessonLab {
  readonly lab: Lab
  readonly node: string
  readonly companion: { begin(): void; settle(): Promise<void>; end(): Promise<void> }
}

export async function openPlainLesson(scenario: string, name: string, options: ShellOptions): Promise<PlainLessonLab> {
  const progress = await openProgress()
  if (progress.memoryOnly !== null) message(`netlab: ${progress.memoryOnly}`)
  const language = options.language ?? 'en'
  const { lesson, lab, run, notice } = await openLesson(name, progress, {
    language,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.image === undefined ? {} : { image: options.image }),
  })
  if (lesson.scenario !== scenario) throw new UsageError(`lesson ${lesson.id} plays in scenario "${lesson.scenario}", not in "${scenario}"`)
  if (notice !== null) message(`netlab: ${notice}`)
  let recorded: Promise<void> = Promise.resolve()
  run.onChange((event) => {
    if (event !== null) recorded = recorded.then(() => progress.record(event))
  })
  const told = new PlainLesson(run, out, process.stdout.columns || 80, language)
  const end = async (): Promise<void> => {
    await keepJournal(lab, lesson.id, progress)
    await recorded
  }
  return { lab, node: lesson.node, companion: { begin: () => told.begin(), settle: () => told.settle(), end } }
}
