// A lesson as plain text, for `netlab shell --lesson`: prose, goals and hints as lines, told as they happen.
import { proseOf } from './lesson.js'
import type { LessonRun } from './lesson-run.js'
import { goalLines, plainProse, textOf, wrapMarkdown } from './plain-text.js'
import type { Prose } from './prose.js'
import { END } from './section-ids.js'

export class PlainLesson {
  readonly #prose: Prose
  readonly #told = new Set<string>()
  #step: string

  /** The words of `lab` (step, hint, check, answer, next) are in the lab's shells already. */
  constructor(
    private readonly run: LessonRun,
    private readonly write: (text: string) => void,
    private readonly width = 80,
    language = 'en',
  ) {
    this.#prose = proseOf(run.lesson, language)
    this.#step = run.step.id
    for (const step of run.lesson.steps)
      for (const state of run.goalsOf(step.id)) if (state.met) this.#told.add(`${step.id}/${state.goal.id}`)
  }

  /** Prints the lesson's title and the current step. */
  begin(): void {
    this.#say([this.#prose.title, '', ...this.#stepLines()])
    this.run.begin()
  }

  /** Call after each command: tells goals that have just been met, and shows the next step when all are. */
  async settle(): Promise<void> {
    await this.run.refresh()
    this.#step = this.run.step.id
    for (const state of this.run.goals) {
      const key = `${this.run.step.id}/${state.goal.id}`
      if (!state.met || this.#told.has(key)) continue
      this.#told.add(key)
      this.#say([`[x] ${textOf(this.#prose, this.run.step.id, 'goals', state.goal.id)}`])
    }
    if (!this.run.isStepDone) return
    if (this.run.advance(1)) {
      this.#step = this.run.step.id
      this.#say(['', ...this.#stepLines()])
    } else if (!this.#told.has('end')) {
      this.#told.add('end')
      this.#say(['', ...wrapMarkdown(this.#prose.sections.get(END)?.markdown ?? '', this.width), '', `lesson ${this.run.lesson.id}: done`])
    }
  }

  get step(): string {
    return this.#step
  }

  #stepLines(): string[] {
    return [
      ...plainProse(this.run, this.#prose, this.width),
      '',
      ...goalLines(this.run, this.#prose),
      '',
      '(lab hint helps, lab check explains, lab step shows this again)',
    ]
  }

  #say(lines: readonly string[]): void {
    this.write(lines.map((line) => `${line}\n`).join(''))
  }
}
