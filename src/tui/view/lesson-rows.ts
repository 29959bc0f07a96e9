// The lesson pane: prose of the step, its goals, the hints given so far.
import type { GoalState } from '../../lesson/lesson-run.js'
import { END, OPENING } from '../../lesson/section-ids.js'
import type { Session } from '../model/session.js'
import { wrapProse } from '../prose/wrap.js'
import type { Theme } from '../theme.js'

interface ProseCache {
  readonly key: string
  readonly rows: readonly string[]
}

const caches = new WeakMap<Session, ProseCache>()

export function lessonRows(session: Session, width: number, height: number, theme: Theme): { rows: string[]; note: string; title: string } {
  const run = session.lesson?.run
  if (run === undefined) return { rows: [], note: '', title: '' }
  const pinned = goalRows(session, run.goals, width - 2, theme)
  // Goals stay in sight; the text scrolls above them, unless there is no room for both.
  const canPin = pinned.length <= height - 6
  const text = [
    ...proseRows(session, width - 2, theme),
    ...hintRows(session, width - 2, theme),
    ...(canPin ? [] : pinned),
    ...endRows(session, width - 2, theme),
  ]
  const room = canPin ? height - pinned.length : height
  const most = Math.max(0, text.length - room)
  session.lessonScroll = Math.min(session.lessonScroll, most)
  const shown = text.slice(session.lessonScroll, session.lessonScroll + room)
  const filled = canPin ? [...shown, ...Array.from({ length: room - shown.length }, () => ''), ...pinned] : shown
  const below = most - session.lessonScroll
  const note = below > 0 ? `${below} more: down` : session.lessonScroll > 0 ? 'end' : ''
  return { rows: filled.map((row) => ` ${row}`), note, title: session.section?.title ?? run.step.id }
}

function proseRows(session: Session, width: number, theme: Theme): readonly string[] {
  const run = session.lesson?.run
  if (run === undefined || session.lesson === null) return []
  const { render } = session.lesson
  const key = `${run.step.id} ${width} ${theme.scheme}`
  const cached = caches.get(session)
  if (cached?.key === key) return cached.rows
  const opening = run.stepNumber === 1 ? session.sectionOf(OPENING) : null
  const before = opening === null || opening.markdown === '' ? [] : [...render(opening.markdown, width, theme), '']
  const heading = run.stepNumber === 1 && session.section !== null ? [theme.title(session.section.title), ''] : []
  const rows = [...before, ...heading, ...render(session.section?.markdown ?? '', width, theme)]
  caches.set(session, { key, rows })
  return rows
}

function goalRows(session: Session, goals: readonly GoalState[], width: number, theme: Theme): string[] {
  const rows = [theme.dim(theme.glyph.across.repeat(width))]
  const first = goals.find((state) => !state.met)
  for (const state of goals) rows.push(...goalRow(session, state, state === first, { width, theme }))
  const done = doneText(session)
  return done === '' ? rows : [...rows, ...wrapProse(theme.current(`${theme.glyph.now} ${done}`), width)]
}

function doneText(session: Session): string {
  const run = session.lesson?.run
  if (run === undefined || !run.isStepDone) return ''
  if (!run.isLastStep) return 'step done: F9 goes on'
  return run.isDone ? 'lesson done: F9 goes home' : 'goals of earlier steps are still open: Ctrl-G < goes back'
}

/** The goals in one line, for where the lesson is not on the screen: how many are met, and the first that is open. */
export function goalStatus(session: Session, theme: Theme): string {
  const goals = session.lesson?.run.goals ?? []
  const first = goals.find((state) => !state.met)
  if (first === undefined) return goals.length === 0 ? '' : theme.done(`${theme.glyph.met} ${doneText(session)}`)
  const text = session.section?.goals.get(first.goal.id) ?? first.goal.id
  const met = goals.filter((state) => state.met).length
  return `${theme.dim(`${met} of ${goals.length}`)} ${theme.current(theme.glyph.now)} ${nowText(first, text.replaceAll('`', ''))}`
}

function nowText(state: GoalState, text: string): string {
  const { check } = state.goal
  if (state.awaitsPacket) return `now send it: ${check.kind === 'predict' ? `${check.run} on ${check.node}` : text}`
  if (state.isRefuted) return 'the packet did something else: Ctrl-G a answers again'
  if (state.prediction !== null) return 'the packet is being looked at ...'
  return state.goal.kind === 'answer' || state.goal.kind === 'predict' ? `Ctrl-G a: ${text}` : text
}

function hintRows(session: Session, width: number, theme: Theme): string[] {
  const run = session.lesson?.run
  const hints = session.hints.filter((hint) => hint.step === run?.step.id)
  const rows = hints.flatMap((hint, index) => [
    '',
    ...wrapProse(`${theme.warn(`hint ${index + 1}`)} ${codeSpans(hint.text, theme)}`, width, '  '),
  ])
  return session.offersSolution
    ? [...rows, '', ...wrapProse(theme.warn('F4 again types the solution for you (marked as assisted).'), width)]
    : rows
}

function goalRow(session: Session, state: GoalState, isFirst: boolean, { width, theme }: { width: number; theme: Theme }): string[] {
  const text = codeSpans(session.section?.goals.get(state.goal.id) ?? state.goal.id, theme)
  const { met, now, open } = theme.glyph
  if (state.met) return wrapProse(`${theme.done(`${met} ${text}`)}${state.assisted ? theme.dim(' (assisted)') : ''}`, width, '  ')
  const mark = isFirst ? theme.current(now) : theme.dim(open)
  const rows = wrapProse(`${mark} ${text}`, width, '  ')
  const isQuestion = state.goal.kind === 'answer' || state.goal.kind === 'predict'
  const answers = session.focus === 'lesson' ? 'Enter answers' : 'Ctrl-G a answers'
  const said =
    state.prediction === null
      ? ''
      : (session.section?.choices.get(state.goal.id)?.get(state.prediction) ?? state.prediction).replaceAll('`', '')
  if (state.awaitsPacket) rows.push(...indented(theme.dim(`you said: ${said} Now send it.`), width))
  else if (state.isRefuted)
    rows.push(...indented(`${theme.warn('not so:')} you said: ${said} The packet did something else (${answers} again)`, width))
  else if (said !== '') rows.push(...indented(theme.dim(`you said: ${said} The packet is being looked at ...`), width))
  else if (isQuestion && isFirst) rows.push(theme.dim(`  (${answers})`))
  return rows
}

function indented(text: string, width: number): string[] {
  return wrapProse(text, width - 2).map((row) => `  ${row}`)
}

/** What one can say at the end of the lesson, once it is earned. */
function endRows(session: Session, width: number, theme: Theme): string[] {
  const run = session.lesson?.run
  if (run === undefined || session.lesson === null || !run.isLastStep || !run.isStepDone) return []
  const { render } = session.lesson
  const end = session.sectionOf(END)
  return end === null ? [] : ['', theme.title(end.title), '', ...render(end.markdown, width, theme)]
}

/** Goals and hints are one line of text each; `code` in them is drawn as in the prose. */
export function codeSpans(text: string, theme: Theme): string {
  return text.replace(/`([^`]+)`/g, (_whole, code: string) => theme.code(code))
}
