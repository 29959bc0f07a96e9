// The first and the last row of the screen.
import { proseOf } from '../../lesson/lesson.js'
import type { App } from '../model/app.js'
import { TRACK_TITLES } from '../model/home-model.js'
import type { Session } from '../model/session.js'
import { cutToWidth, fitWidth, textWidth } from '../terminal/width.js'
import type { Theme } from '../theme.js'

const BAR_CELLS = 8

export function headerRow(app: App): string {
  const { theme } = app.settings
  const { session, columns } = app
  if (session === null) return bar(' netlab', app.loading === null ? '' : `loading ${app.loading} ${theme.glyph.more} `, columns, theme)
  const right = `${stepText(session, theme)}${clockText(session)} `
  const room = columns - textWidth(right) - 2
  return bar(` ${cutToWidth(titleText(session, columns), room, theme.glyph.more)}`, right, columns, theme)
}

function bar(left: string, right: string, columns: number, theme: Theme): string {
  return theme.bar(fitWidth(left, columns - textWidth(right)) + right)
}

function titleText(session: Session, columns: number): string {
  if (session.lesson === null) return `netlab  ${session.title}`
  const { lesson } = session.lesson
  const track = columns < 110 ? '' : `${TRACK_TITLES[lesson.track] ?? lesson.track}  `
  return `netlab  ${track}${lesson.order > 0 ? `${lesson.order} ` : ''}${proseOf(lesson, session.language).title}`
}

function stepText(session: Session, theme: Theme): string {
  const run = session.lesson?.run
  if (run === undefined) return ''
  const full = Math.round(run.share * BAR_CELLS)
  return `step ${run.stepNumber} of ${run.lesson.steps.length}  ${theme.glyph.full.repeat(full)}${theme.glyph.empty.repeat(BAR_CELLS - full)}  `
}

export function clockText(session: Session): string {
  const { speed } = session.lab.pace
  return `${clock(session.lab.nowUs)} ${speed === 0 ? 'paused' : `x${speed}`}`
}

function clock(us: number): string {
  const seconds = Math.floor(us / 1e6)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

const LAB_KEYS: readonly (readonly [string, string])[] = [
  ['F1', 'help'],
  ['F2', 'lessons'],
  ['F3', 'map'],
  ['F4', 'hint'],
  ['F5', 'packets'],
  ['F6', 'terminal'],
  ['F7', 'split'],
  ['F8', 'time'],
  ['F9', 'next'],
  ['F10', 'quit'],
]
// What fits into 80 columns.
const SHORT_KEYS: readonly (readonly [string, string])[] = [
  ['F1', 'help'],
  ['F2', 'home'],
  ['F3', 'map'],
  ['F4', 'hint'],
  ['F5', 'pkts'],
  ['F6', 'term'],
  ['F7', 'pane'],
  ['F8', 'time'],
  ['F9', 'next'],
  ['F10', 'quit'],
]
/** Keys of the narrow bar that mean nothing without a lesson. */
const OF_LESSONS: ReadonlySet<string> = new Set(['F4', 'F7', 'F9'])
const GO_FIRST = ['F8', 'F7', 'F2']
const HOME_KEYS: readonly (readonly [string, string])[] = [
  ['Enter', 'open'],
  ['r', 'begin anew'],
  ['F1', 'help'],
  ['F10', 'quit'],
]

export function footerRow(app: App): string {
  const { theme } = app.settings
  const { columns, session } = app
  if (app.notice !== '') return theme.bar(fitWidth(` ${app.notice}`, columns, theme.glyph.more))
  if (app.isPrefixed)
    return theme.bar(
      fitWidth(
        ' Ctrl-G: 1-9,0 F-keys  c new terminal  x close  n/p tabs  o other pane  a answer  >/< step  q quit',
        columns,
        theme.glyph.more,
      ),
    )
  const isNarrow = columns < 110
  const keys = keysOf(app, isNarrow)
  const gap = isNarrow ? ' ' : '  '
  const counts =
    session === null || app.front !== null ? '' : countsOf(session, isNarrow ? 0 : columns - textWidth(keysText(keys, columns, gap)))
  const right = counts === '' ? '' : ` ${counts} `
  return bar(keysText(keys, columns - textWidth(right), gap), right, columns, theme)
}

function keysOf({ front, session }: App, isNarrow: boolean): readonly (readonly [string, string])[] {
  if (front !== null) return front.keys
  if (session === null) return HOME_KEYS
  if (!isNarrow) return LAB_KEYS
  return session.lesson === null ? SHORT_KEYS.filter(([name]) => !OF_LESSONS.has(name)) : SHORT_KEYS
}

/** Where there is no room to say that nothing runs, only what does. */
function countsOf({ captures, jobs }: Session, room: number): string {
  const long = `captures ${captures}  jobs ${jobs}`
  if (textWidth(long) + 3 <= room) return long
  return [captures === 0 ? '' : `cap ${captures}`, jobs === 0 ? '' : jobs === 1 ? '1 job' : `${jobs} jobs`]
    .filter((text) => text !== '')
    .join(' ')
}

/** As many keys as there is room for, each whole; those go first that can be found in the help. */
function keysText(keys: readonly (readonly [string, string])[], room: number, gap: string): string {
  const shown = keys.map(([name, what]) => ({ name, label: `${name} ${what}` }))
  const text = (): string => ` ${shown.map(({ label }) => label).join(gap)}`
  while (shown.length > 2 && textWidth(text()) > room) {
    const least = GO_FIRST.map((name) => shown.findIndex((key) => key.name === name)).find((at) => at >= 0)
    shown.splice(least ?? shown.length - 2, 1)
  }
  return text()
}
