// What the learner asks of a lesson: an answer to give, a hint, the solution typed.
import { NOTHING_YET } from '../../lesson/checks/answer.js'
import type { Verdict } from '../../lesson/checks/check.js'
import type { GoalState } from '../../lesson/lesson-run.js'
import type { App } from './app.js'
import { listOverlay, type Overlay } from './overlay.js'
import type { Session } from './session.js'

// Some answers take a copy of the lab, and that takes a moment.
const LOOKING = 'looking at the lab ...'

export function askQuestion(app: App, session: Session): void {
  const state = session.openQuestion
  if (state === null) return app.say('no question is open in this step')
  const text = session.section?.goals.get(state.goal.id) ?? state.goal.id
  const before = session.lesson?.run.goalBefore(state.goal) ?? null
  if (before !== null) return app.say(`first: ${(session.section?.goals.get(before) ?? before).replaceAll('`', '')}`)
  app.overlay = state.goal.check.kind === 'predict' ? predictOverlay(app, session, state, text) : answerOverlay(app, session, state, text)
  app.changed()
}

function answerOverlay(app: App, session: Session, state: GoalState, question: string): Overlay {
  const overlay: Extract<Overlay, { kind: 'ask' }> = {
    kind: 'ask',
    title: 'answer',
    question,
    text: '',
    note: '',
    isBusy: false,
    submit: (text) => {
      if (overlay.isBusy) return
      Object.assign(overlay, { isBusy: true, text: '', note: LOOKING })
      app.changed()
      void session.lesson?.run.answer(state.goal.id, text).then((verdict) => {
        overlay.isBusy = false
        if (app.overlay !== overlay) return
        if (verdict.met) app.overlay = null
        else overlay.note = noteOf(text.trim(), verdict)
        app.changed()
      })
    },
  }
  return overlay
}

function noteOf(text: string, verdict: Verdict): string {
  if (text === '') return 'an answer, please; Esc leaves it for later'
  if (verdict.expected === NOTHING_YET) return verdict.expected
  const isForm = verdict.expected !== 'what the lab shows'
  return isForm ? `expected ${verdict.expected}` : `the lab shows something else than "${text}"; look at: ${verdict.where}`
}

function predictOverlay(app: App, session: Session, state: GoalState, question: string): Overlay {
  const texts = session.section?.choices.get(state.goal.id) ?? new Map<string, string>()
  const choices = [...texts].map(([id, label]) => ({ id, label: label.replaceAll('`', '') }))
  return listOverlay(question, choices, (id) => {
    void session.lesson?.run.answer(state.goal.id, id).then((verdict) => {
      if (verdict.met || state.met) app.say('right')
      else if (verdict.expected.startsWith('the packet')) app.say(`noted; now send it: ${verdict.where}`)
      else app.say(`the packet did something else; look at what it printed and answer again`)
    })
  })
}

export async function giveHint(app: App, session: Session): Promise<void> {
  const run = session.lesson?.run
  if (run === undefined) return app.say('there is no lesson beside this lab')
  if (session.offersSolution) return typeSolution(app, session)
  const offer = await run.nextHint()
  if (offer.kind === 'none') app.say('every goal of this step is met: F9 goes on')
  if (offer.kind === 'hint') {
    session.hints.push({ step: run.step.id, text: session.section?.hints.get(offer.hint.id) ?? offer.hint.id })
    session.lessonScroll = 100_000
    app.showLesson(session)
  }
  if (offer.kind === 'solution') {
    session.offersSolution = true
    session.lessonScroll = 100_000
    app.showLesson(session)
    app.say('F4 again types the solution for you; its goals are marked as assisted')
  }
  app.changed()
}

/** Types the step's solution, line by line, each once the terminal waits for it. */
export async function typeSolution(app: App, session: Session): Promise<void> {
  const run = session.lesson?.run
  if (run === undefined) return
  session.offersSolution = false
  run.beginAssist()
  try {
    for (const line of run.step.solution) {
      if (app.session !== session) return
      if (line.kind === 'answer') await run.solveQuestion(line.goal)
      else await typeLine(session, line.node, line.line)
      await run.refresh()
    }
    await pause(300)
  } finally {
    run.endAssist()
  }
  app.changed()
}

async function typeLine(session: Session, node: string, line: string): Promise<void> {
  const tab = session.tabOn(node)
  session.focus = 'terminal'
  await until(() => !tab.isBusy, 5_000)
  tab.enter(line)
  await pause(150)
  await until(() => !tab.isBusy || tab.isClosed, 120_000)
}

async function until(isTrue: () => boolean, limitMs: number): Promise<void> {
  const begun = Date.now()
  while (!isTrue() && Date.now() - begun < limitMs) await pause(40)
}

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))
