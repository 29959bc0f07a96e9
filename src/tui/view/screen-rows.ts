// The whole screen as rows of text: header, panes, footer. Needs no Ink, so that the first frame stands before Ink is loaded.
import { inside, LEAST_COLUMNS, LEAST_ROWS, layoutOf } from '../layout.js'
import type { App } from '../model/app.js'
import type { Front } from '../model/front.js'
import type { Session } from '../model/session.js'
import type { CursorPlace } from '../terminal/screen-sink.js'
import { fitWidth } from '../terminal/width.js'
import { footerRow, headerRow } from './bars.js'
import { framed } from './frame.js'
import { homeRows } from './home-rows.js'
import { lessonRows } from './lesson-rows.js'
import { terminalRows } from './terminal-rows.js'

export interface ScreenRows {
  readonly rows: readonly string[]
  readonly cursor: CursorPlace | null
}

export function screenRows(app: App): ScreenRows {
  const { columns, rows } = app
  if (columns < LEAST_COLUMNS || rows < LEAST_ROWS) return { rows: smallRows(columns, rows), cursor: null }
  const body = app.front !== null ? frontBody(app, app.front) : app.session === null ? homeBody(app) : sessionBody(app, app.session)
  return { rows: [headerRow(app), ...body.rows, footerRow(app)], cursor: app.overlay === null ? body.cursor : null }
}

function homeBody(app: App): ScreenRows {
  const rows = homeRows(app, app.columns, app.rows - 2)
  return { rows: Array.from({ length: app.rows - 2 }, (_, at) => fitWidth(rows[at] ?? '', app.columns)), cursor: null }
}

function frontBody(app: App, front: Front): ScreenRows {
  return { rows: front.rows(app.columns, app.rows - 2), cursor: null }
}

function sessionBody(app: App, session: Session): ScreenRows {
  const { theme } = app.settings
  const layout = layoutOf(app.columns, app.rows, {
    hasLesson: session.lesson !== null,
    wantsSplit: session.wantsSplit,
    front: session.focus,
  })
  let left: string[] | null = null
  if (layout.lesson !== null) {
    const { width, height } = inside(layout.lesson)
    const { rows, note, title } = lessonRows(session, width, height, theme)
    left = framed(title, rows, {
      width: layout.lesson.width,
      height: layout.lesson.height,
      isFocused: session.focus === 'lesson',
      theme,
      note,
    })
  }
  if (layout.terminal === null) return { rows: left ?? [], cursor: null }
  const { rows, cursor } = terminalRows(session, layout.terminal, theme, layout.lesson === null)
  return { rows: left === null ? rows : rows.map((row, at) => (left?.[at] ?? '') + row), cursor }
}

function smallRows(columns: number, rows: number): string[] {
  const text = [`netlab needs ${LEAST_COLUMNS}x${LEAST_ROWS},`, `this is ${columns}x${rows}.`, 'Make it larger.']
  return Array.from({ length: rows }, (_, at) => fitWidth(text[at] ?? '', columns))
}
