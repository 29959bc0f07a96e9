// A lesson as plain text, for `netlab shell --lesson`: prose, goals and hints as lines; the words of `lab` that belong to a lesson.
import type { Lab } from '../lab/lab.js'
import type { Lesson } from './lesson.js'

export class PlainLesson {
  constructor(_lab: Lab, _lesson: Lesson, _write: (text: string) => void, _width = 80) {
    throw new Error('not built yet')
  }
  /** Print the lesson's opening and the current step. */
  begin(): void {}
  /** Handles `lab hint`, `lab check`, `lab step`, `lab solve`, `lab answer GOAL TEXT`; false = not a word of the lesson. */
  async word(_argv: readonly string[]): Promise<boolean> {
    return false
  }
  /** Call after each command: prints goals that have just been met and the next step when the last one is done. */
  async settle(): Promise<void> {}
}
