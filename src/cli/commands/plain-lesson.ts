// A lesson beside the plain shell: opened where the learner left it, its progress recorded.
import type { Lab } from '../../lab/lab.js'
import { keepJournal } from '../../lesson/kept-labs.js'
import { openLesson } from '../../lesson/open-lesson.js'
import { PlainLesson } from '../../lesson/plain.js'
import { openProgress, type Progress, type ProgressEvent } from '../../lesson/progress/progress.js'
import { UsageError } from '../exit-code.js'
import { message, out } from '../streams.js'
import { tellOf } from '../tell-progress.js'
import type { ShellOptions } from './shell.js'

export interface PlainLessonLab {
  readonly lab: Lab
  readonly node: string
  readonly companion: { begin(): void; settle(): Promise<void>; end(): Promise<void> }
}

export async function openPlainLesson(scenario: string, name: string, options: ShellOptions): Promise<PlainLessonLab> {
  const progress = await openProgress()
  tellOf(progress)
  const language = options.language ?? 'en'
  const { lesson, lab, run, notice } = await openLesson(name, progress, {
    language,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.image === undefined ? {} : { image: options.image }),
  })
  if (lesson.scenario !== scenario) throw new UsageError(`lesson ${lesson.id} plays in scenario "${lesson.scenario}", not in "${scenario}"`)
  if (notice !== null) message(`netlab: ${notice}`)
  const records = new Records(lab, lesson.id, progress)
  run.onChange((event) => {
    if (event !== null) records.record(event)
  })
  const told = new PlainLesson(run, out, process.stdout.columns || 80, language)
  const settle = async (): Promise<void> => {
    await told.settle()
    await records.keepNews()
  }
  return { lab, node: lesson.node, companion: { begin: () => told.begin(), settle, end: () => records.end() } }
}

/** Between two journals, so that a script does not wait for the disk at each line. */
const KEEP_MS = 1000

/** What is written of a session; a disk that refuses is told once and never ends the lesson. */
class Records {
  private recorded: Promise<void> = Promise.resolve()
  private told: string | null = null
  private keptInputs = 0
  private keptMs = 0

  constructor(
    private readonly lab: Lab,
    private readonly name: string,
    private readonly progress: Progress,
  ) {}

  record(event: ProgressEvent): void {
    this.recorded = this.recorded
      .then(() => this.progress.record(event))
      .catch((error: unknown) => this.tell(`progress is not saved: ${textOf(error)}`))
  }

  async keepNews(): Promise<void> {
    if (this.lab.inputs === this.keptInputs || Date.now() - this.keptMs < KEEP_MS) return
    this.keptInputs = this.lab.inputs
    this.keptMs = Date.now()
    const told = await keepJournal(this.lab, this.name, this.progress).catch(
      (error: unknown) => `the lab's state is not saved: ${textOf(error)}`,
    )
    if (told !== null) this.tell(told)
  }

  async end(): Promise<void> {
    this.keptMs = 0
    await this.keepNews()
    await this.recorded
  }

  private tell(text: string): void {
    if (text !== this.told) message(`netlab: ${text}`)
    this.told = text
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
