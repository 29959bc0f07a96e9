// One walk through a lesson: which step, which goals are met, which hints were given. Listens to the lab; screens and graders listen to it.
import type { Lab } from '../lab/lab.js'
import type { LabEvent } from '../lab/lab-event.js'
import { judgeAnswer, rightAnswers } from './checks/answer.js'
import type { CheckSpec, Predict, Verdict } from './checks/check.js'
import { effectsOf } from './checks/effects.js'
import { judgeHolds, judgeProbe } from './checks/holds.js'
import type { LabReader } from './checks/lab-reader.js'
import { truthOf } from './checks/predict.js'
import { sawCapture, sawEffect, unseen } from './checks/seen.js'
import type { Goal, Hint, Lesson, SolutionLine, Step } from './lesson.js'
import type { ProgressEvent } from './progress/progress.js'

export interface GoalState {
  readonly goal: Goal
  readonly met: boolean
  readonly assisted: boolean
  /** The last look at it while it was not met. */
  readonly verdict: Verdict | null
  /** What the learner said before the packet was sent. */
  readonly prediction: string | null
  /** Predicted, and the packet has not been sent. */
  readonly awaitsPacket: boolean
  /** Predicted, the packet was sent, and it did something else. Neither this nor met: it is still being looked at. */
  readonly isRefuted: boolean
}

export type HintOffer =
  | { readonly kind: 'hint'; readonly hint: Hint; readonly number: number; readonly of: number }
  | { readonly kind: 'solution'; readonly lines: readonly SolutionLine[] }
  | { readonly kind: 'none' }

export interface RunStart {
  readonly step?: string | null
  /** `STEP/GOAL` */
  readonly met?: readonly string[]
  readonly assisted?: readonly string[]
}

export type RunListener = (event: ProgressEvent | null) => void

interface MutableState {
  goal: Goal
  met: boolean
  assisted: boolean
  verdict: Verdict | null
  prediction: string | null
  awaitsPacket: boolean
  /** The packet was sent after a prediction: from now on an answer counts at once. */
  isRevealed: boolean
  isRefuted: boolean
  /** What the copy says, asked when the prediction was made: sending the packet changes the lab. */
  truth: Promise<string | null> | null
}

export class LessonRun {
  readonly #states = new Map<string, MutableState[]>()
  readonly #given = new Set<string>()
  readonly #listeners = new Set<RunListener>()
  #index = 0
  #unsubscribe: () => void = () => undefined
  #refreshing: Promise<void> | null = null
  #again = false
  #wantsProbes = false
  #isAssisting = false
  #isClosed = false

  constructor(
    readonly lesson: Lesson,
    readonly lab: Lab,
    private readonly reader: LabReader,
    start: RunStart = {},
  ) {
    for (const step of lesson.steps)
      this.#states.set(
        step.id,
        step.goals.map((goal) => newState(step, goal, start)),
      )
    this.#index = Math.max(
      0,
      lesson.steps.findIndex((step) => step.id === start.step),
    )
    this.#unsubscribe = lab.subscribe((event) => this.#hear(event))
  }

  get step(): Step {
    return this.lesson.steps[this.#index] as Step
  }

  get stepNumber(): number {
    return this.#index + 1
  }

  get goals(): readonly GoalState[] {
    return this.#goalsOf(this.step)
  }

  goalsOf(stepId: string): readonly GoalState[] {
    return this.#states.get(stepId) ?? []
  }

  get isStepDone(): boolean {
    return this.goals.every((state) => state.met)
  }

  get isLastStep(): boolean {
    return this.#index === this.lesson.steps.length - 1
  }

  get isDone(): boolean {
    return this.lesson.steps.every((step) => this.#goalsOf(step).every((state) => state.met))
  }

  /** Goals met over all steps, 0 to 1. */
  get share(): number {
    const all = [...this.#states.values()].flat()
    return all.filter((state) => state.met).length / all.length
  }

  onChange(listener: RunListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  begin(): void {
    this.#tell({ kind: 'lesson-started', lesson: this.lesson.id })
    this.#tell({ kind: 'step-entered', lesson: this.lesson.id, step: this.step.id })
    void this.refresh()
  }

  /** False at the end of the lesson. Open goals may be left behind: a learner may look ahead. */
  advance(by: 1 | -1 = 1): boolean {
    const next = this.#index + by
    if (next < 0 || next >= this.lesson.steps.length) return false
    this.#index = next
    this.#tell({ kind: 'step-entered', lesson: this.lesson.id, step: this.step.id })
    void this.refresh()
    return true
  }

  /** Looks at the goals that are statements about the lab. Calls during a look join into one more look. */
  refresh(): Promise<void> {
    this.#wantsProbes = true
    return this.glance()
  }

  /** The same without probes, which need a copy of the lab: cheap enough for every second. */
  glance(): Promise<void> {
    if (this.#refreshing !== null) {
      this.#again = true
      return this.#refreshing
    }
    this.#refreshing = this.#refreshAll().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  /** The open goal of this step that a prediction waits for. */
  goalBefore({ check }: Goal): string | null {
    if (check.kind !== 'predict') return null
    return this.goals.find(({ goal, met }) => goal.id === check.after && !met)?.goal.id ?? null
  }

  #noQuestion(goalId: string): Verdict {
    const questions = this.#goalsOf(this.step).filter(({ goal: { kind } }) => kind === 'answer' || kind === 'predict')
    return {
      met: false,
      expected:
        questions.length === 0
          ? 'a step that asks something'
          : `a question of this step (${questions.map(({ goal }) => goal.id).join(', ')})`,
      found: goalId === '' ? 'no name' : `"${goalId}"`,
      where: 'the goals of this step',
    }
  }

  async answer(goalId: string, text: string): Promise<Verdict> {
    const state = this.#goalsOf(this.step).find((candidate) => candidate.goal.id === goalId)
    const check = state?.goal.check
    if (state === undefined || (check?.kind !== 'answer' && check?.kind !== 'predict')) {
      return this.#noQuestion(goalId)
    }
    const verdict = check.kind === 'answer' ? await judgeAnswer(check, text, this.reader) : await this.#predict(state, check, text.trim())
    if (verdict.met) this.#meet(this.step, state)
    else if (!state.met) this.#note(state, verdict)
    return verdict
  }

  /** The next rung of the ladder for the first open goal: its hints in order, then the solution of the step. */
  async nextHint(): Promise<HintOffer> {
    const open = this.#goalsOf(this.step).find((state) => !state.met)
    if (open === undefined) return { kind: 'none' }
    const hints = this.step.hints.filter((hint) => hint.goal === open.goal.id)
    for (const hint of hints) {
      const key = `${this.step.id}/${hint.id}`
      if (this.#given.has(key) || !(await this.#applies(hint))) continue
      this.#given.add(key)
      this.#tell({ kind: 'hint-shown', lesson: this.lesson.id, step: this.step.id, hint: hint.id })
      return { kind: 'hint', hint, number: hints.indexOf(hint) + 1, of: hints.length }
    }
    return { kind: 'solution', lines: this.step.solution }
  }

  /** From now on goals met count as assisted, until `endAssist`. */
  beginAssist(): void {
    this.#isAssisting = true
  }

  endAssist(): void {
    this.#isAssisting = false
  }

  /** Gives the right answer for the learner. */
  async solveQuestion(goalId: string): Promise<Verdict | null> {
    const text = await this.rightAnswer(goalId)
    return text === null ? null : this.answer(goalId, text)
  }

  async rightAnswer(goalId: string): Promise<string | null> {
    const check = this.step.goals.find((goal) => goal.id === goalId)?.check
    if (check?.kind === 'answer') return (await rightAnswers(check, this.reader))[0] ?? null
    return check?.kind === 'predict' ? (await truthOf(check, this.reader)).choice : null
  }

  close(): void {
    this.#isClosed = true
    this.#unsubscribe()
    this.#listeners.clear()
  }

  #goalsOf(step: Step): MutableState[] {
    return this.#states.get(step.id) ?? []
  }

  #hear(event: LabEvent): void {
    const step = this.step
    for (const state of this.#goalsOf(step)) {
      const check = state.goal.check
      if (state.met) continue
      if (check.kind === 'seen' && sawEffect(check, event)) this.#meet(step, state)
      else if (check.kind === 'capture' && sawCapture(check, event)) this.#meet(step, state)
      else if (check.kind === 'predict' && event.type === 'command-finished') this.#sent(step, state, check, event.node, event.argv)
    }
    if (event.type === 'command-finished' && event.origin === 'learner') void this.refresh()
  }

  #sent(step: Step, state: MutableState, check: Predict, node: string, argv: readonly string[]): void {
    if (node !== check.node || !sameDeed(argv, check.run)) return
    if (!state.awaitsPacket || state.prediction === null) return
    state.awaitsPacket = false
    state.isRevealed = true
    void this.#reveal(step, state, check, state.prediction)
  }

  async #predict(state: MutableState, check: Predict, choice: string): Promise<Verdict> {
    const known = check.outcomes.map((outcome) => outcome.choice)
    if (!known.includes(choice)) return { met: false, expected: `one of ${known.join(', ')}`, found: `"${choice}"`, where: 'the question' }
    const before = this.goalBefore(state.goal)
    if (before !== null) {
      return { met: false, expected: `the goal "${before}" met before you answer`, found: 'it is open', where: 'the goals of this step' }
    }
    state.prediction = choice
    state.awaitsPacket = !state.isRevealed
    state.isRefuted = false
    if (!state.isRevealed) {
      state.truth = this.#askCopy(check)
      await state.truth
      const where = `${check.run} on ${check.node}`
      return { met: false, expected: 'the packet, sent by you', found: `your prediction: ${choice}`, where }
    }
    return this.#judge(state, check, choice)
  }

  async #askCopy(check: Predict): Promise<string | null> {
    return (await truthOf(check, this.reader)).choice
  }

  async #judge(state: MutableState, check: Predict, choice: string): Promise<Verdict> {
    state.truth ??= this.#askCopy(check)
    const verdict = predictionVerdict(check, choice, await state.truth)
    state.isRefuted = !verdict.met && state.prediction === choice
    return verdict
  }

  async #reveal(step: Step, state: MutableState, check: Predict, choice: string): Promise<void> {
    const verdict = await this.#judge(state, check, choice)
    if (verdict.met) this.#meet(step, state)
    else this.#note(state, verdict)
  }

  #meet(step: Step, state: MutableState): void {
    if (state.met || this.#isClosed) return
    state.met = true
    state.assisted = this.#isAssisting
    state.verdict = null
    this.#tell({ kind: 'goal-met', lesson: this.lesson.id, step: step.id, goal: state.goal.id, assisted: state.assisted })
    if (this.isDone) this.#tell({ kind: 'lesson-done', lesson: this.lesson.id })
  }

  #note(state: MutableState, verdict: Verdict): void {
    state.verdict = verdict
    this.#tell(null)
  }

  #tell(event: ProgressEvent | null): void {
    if (this.#isClosed) return
    for (const listener of [...this.#listeners]) listener(event)
  }

  async #refreshAll(): Promise<void> {
    do {
      this.#again = false
      const withProbes = this.#wantsProbes
      this.#wantsProbes = false
      const step = this.step
      for (const state of this.#goalsOf(step)) {
        if (state.met || this.#isClosed || (state.goal.check.kind === 'probe' && !withProbes)) continue
        const verdict = await this.#look(state.goal.check)
        if (verdict === null) continue
        if (verdict.met) this.#meet(step, state)
        else if (state.verdict?.found !== verdict.found) this.#note(state, verdict)
      }
    } while (this.#again)
  }

  /** null: only the learner can meet it, by looking or answering. */
  async #look(check: CheckSpec): Promise<Verdict | null> {
    switch (check.kind) {
      case 'holds':
        return judgeHolds(check, this.reader)
      case 'probe':
        return judgeProbe(check, this.reader)
      case 'seen':
      case 'capture':
      case 'answer':
      case 'predict':
        return null
    }
  }

  async #applies(hint: Hint): Promise<boolean> {
    if (hint.when === null) return true
    const verdict = await this.#look(hint.when)
    return verdict?.met ?? true
  }

  /** Why each open goal of the step is open. */
  async report(): Promise<{ state: GoalState; verdict: Verdict | null }[]> {
    await this.refresh()
    return this.#goalsOf(this.step).map((state) => ({
      state,
      verdict: state.met ? null : (state.verdict ?? openVerdict(state.goal.check)),
    }))
  }
}

function newState(step: Step, goal: Goal, start: RunStart): MutableState {
  const key = `${step.id}/${goal.id}`
  return {
    goal,
    met: start.met?.includes(key) ?? false,
    assisted: start.assisted?.includes(key) ?? false,
    verdict: null,
    prediction: null,
    awaitsPacket: false,
    isRevealed: false,
    isRefuted: false,
    truth: null,
  }
}

function openVerdict(check: CheckSpec): Verdict | null {
  if (check.kind === 'seen' || check.kind === 'capture') return unseen(check)
  if (check.kind === 'answer') return { met: false, expected: 'an answer', found: 'none yet', where: check.node }
  if (check.kind === 'predict')
    return { met: false, expected: 'your prediction, then the packet', found: 'none yet', where: `${check.run} on ${check.node}` }
  return null
}

function predictionVerdict(check: Predict, choice: string, truth: string | null): Verdict {
  return {
    met: choice === truth,
    expected: 'what the packet did',
    found: `your prediction: ${choice}`,
    where: `${check.run} on ${check.node}; look at what it printed and answer again`,
  }
}

/** Whether two command lines do the same: ping the same address, fetch the same page. */
function sameDeed(argv: readonly string[], line: string): boolean {
  const wanted = line.split(/\s+/)
  const [deed] = effectsOf(wanted)
  if (deed === undefined) return argv[0] === wanted[0]
  return effectsOf(argv).some(
    (effect) => effect.name === deed.name && Object.entries(deed.fields).every(([field, value]) => effect.fields[field] === value),
  )
}
