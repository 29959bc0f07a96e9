// Proves a lesson: its files are right, every goal fails before its solution and passes after it, no shorter part of the solution passes,
// and every command that the prose shows prints what the prose shows.
import type { Lab } from '../lab/lab.js'
import type { RunResult } from '../lab/result.js'
import { LabError, type Problem } from '../scenario/problem.js'
import type { YamlDocument } from '../scenario/yaml-document.js'
import { missingLine } from './expected-text.js'
import type { Lesson, SolutionLine, Step } from './lesson.js'
import type { LessonRun } from './lesson-run.js'
import { readLesson } from './load.js'
import { bootFor, startRun } from './open-lesson.js'
import type { ConsoleCommand, ProseSection } from './prose.js'
import { END, OPENING } from './section-ids.js'

/** Hears the answer that the lab gave to each question of the solution, for an author to read. */
export type AnswerListener = (question: string, answer: string) => void

/** Every error found in a lesson's folder; empty = proved. */
export async function validateLesson(folder: string, onAnswer: AnswerListener | null = null): Promise<Problem[]> {
  const { lesson, problems, document } = readLesson(folder)
  if (lesson === null || document === null) return [...problems]
  const proof = new Proof(lesson, document, onAnswer)
  try {
    await proof.play()
  } catch (error) {
    if (error instanceof LabError) proof.add([], error.message)
    else proof.add([], `the lesson cannot be played: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  return proof.problems
}

class Proof {
  readonly problems: Problem[] = []

  constructor(
    private readonly lesson: Lesson,
    private readonly document: YamlDocument,
    private readonly onAnswer: AnswerListener | null,
  ) {}

  add(path: readonly PropertyKey[], message: string): void {
    this.problems.push(this.document.problemAt(path, message))
  }

  async play(): Promise<void> {
    const lab = await bootFor(this.lesson)
    const run = startRun(this.lesson, lab)
    try {
      await this.#showConsoles(lab, OPENING, false)
      for (const [index, step] of this.lesson.steps.entries()) await this.#playStep(lab, run, step, index)
      await this.#showConsoles(lab, END, false)
    } finally {
      run.close()
      lab.close()
    }
  }

  async #playStep(lab: Lab, run: LessonRun, step: Step, index: number): Promise<void> {
    await run.refresh()
    for (const [number, state] of run.goalsOf(step.id).entries()) {
      if (state.met)
        this.add(['steps', index, 'goals', number], `the goal "${state.goal.id}" is met before its solution; expected it to fail`)
    }
    await this.#showConsoles(lab, step.id, false)
    for (const [number, line] of step.solution.entries()) {
      const isLast = number === step.solution.length - 1
      await this.#playLine(lab, run, line, ['steps', index, 'solution', number])
      await run.refresh()
      if (!isLast && run.isStepDone) {
        this.add(
          ['steps', index, 'solution', number + 1],
          `every goal of "${step.id}" is met before this line; expected no shorter part of the solution to pass`,
        )
      }
    }
    for (const [number, { state, verdict }] of (await run.report()).entries()) {
      if (state.met) continue
      const why = verdict === null ? '' : `; expected ${verdict.expected}, found ${verdict.found} (${verdict.where})`
      this.add(['steps', index, 'goals', number], `the goal "${state.goal.id}" is not met by the solution${why}`)
    }
    await this.#showConsoles(lab, step.id, true)
    run.advance(1)
  }

  async #playLine(lab: Lab, run: LessonRun, line: SolutionLine, path: readonly PropertyKey[]): Promise<void> {
    if (line.kind === 'answer') {
      const text = await run.rightAnswer(line.goal)
      if (text === null) return this.add(path, `the lab has no answer to "${line.goal}" here (or no outcome of a prediction came true)`)
      this.onAnswer?.(`${run.step.id}/${line.goal}`, text)
      await run.answer(line.goal, text)
      return
    }
    if (lab.node(line.node) === null) return this.add(path, lab.unknownNode(line.node))
    const { exitCode, stderr } = await lab.run(line.node, line.line)
    if (exitCode === 127 || exitCode === 126) this.add(path, `"${line.line}" does not run on ${line.node}: ${stderr.trim()}`)
  }

  /** What the prose shows is tried on a copy: showing must not play the lesson. Languages that show the same commands share it. */
  async #showConsoles(lab: Lab, section: string, isAfter: boolean): Promise<void> {
    const typed = new Map<string, readonly (RunResult | null)[]>()
    for (const prose of this.lesson.prose.values()) {
      const blocks = (prose.sections.get(section) as ProseSection | undefined)?.consoles.filter((block) => block.isAfter === isAfter) ?? []
      const lines = blocks.flatMap((block) => block.commands)
      if (lines.length === 0) continue
      const key = lines.map(({ node, line }) => `@${node} ${line}`).join('\n')
      const results = typed.get(key) ?? (await this.#typeOnCopy(lab, lines))
      typed.set(key, results)
      let number = 0
      for (const block of blocks)
        for (const shown of block.commands) {
          const result = results[number++] ?? null
          if (result === null) this.#tell(prose.file, block.line, lab.unknownNode(shown.node))
          else this.#compare(shown, result, { file: prose.file, line: block.line })
        }
    }
  }

  async #typeOnCopy(lab: Lab, lines: readonly ConsoleCommand[]): Promise<readonly (RunResult | null)[]> {
    const copy = await lab.copy()
    const results: (RunResult | null)[] = []
    try {
      for (const { node, line } of lines) results.push(copy.node(node) === null ? null : await copy.run(node, line))
    } finally {
      copy.close()
    }
    return results
  }

  #tell(file: string, line: number, message: string): void {
    this.problems.push({ file, line, column: 1, path: '', message })
  }

  #compare({ node, line, output }: ConsoleCommand, result: RunResult, place: { readonly file: string; readonly line: number }): void {
    const at = (message: string): void => this.#tell(place.file, place.line, message)
    const { stdout, stderr, exitCode } = result
    if (exitCode === 127 || exitCode === 126) at(`"${line}" does not run on ${node}: ${stderr.trim()}`)
    const missing = missingLine(output, stdout + stderr)
    if (missing !== null) at(`"${line}" on ${node} does not print "${missing.trim()}"; it prints:\n${(stdout + stderr).trimEnd()}`)
  }
}
