// The whole screen: header, panes, footer, and what stands in front of them. Every row is made elsewhere; this places them.
import { Box } from 'ink'
import { useSyncExternalStore } from 'react'
import { inside, layoutOf, LEAST_COLUMNS, LEAST_ROWS } from '../layout.js'
import type { App } from '../model/app.js'
import type { Session } from '../model/session.js'
import type { CursorPlace, ScreenSink } from '../terminal/screen-sink.js'
import { fitWidth } from '../terminal/width.js'
import { footerRow, headerRow } from './bars.js'
import { framed } from './frame.js'
import { homeRows } from './home-rows.js'
import { lessonRows } from './lesson-rows.js'
import { Lines } from './lines.js'
import { OverlayView } from './overlay-view.js'
import { terminalRows } from './terminal-rows.js'

export function AppView({ app, sink }: { readonly app: App; readonly sink: Pick<ScreenSink, 'setCursor'> }) {
  useSyncExternalStore(app.changes.subscribe, app.changes.getVersion)
  const { columns, rows } = app
  if (columns < LEAST_COLUMNS || rows < LEAST_ROWS) {
    sink.setCursor(null)
    return <Lines rows={smallRows(columns, rows)} width={columns} height={rows} />
  }
  const body = app.session === null ? homeBody(app) : sessionBody(app, app.session)
  sink.setCursor(app.overlay === null ? body.cursor : null)
  return (
    <Box width={columns} height={rows}>
      <Lines rows={[headerRow(app), ...body.rows, footerRow(app)]} width={columns} height={rows} />
      {app.overlay !== null && <OverlayView app={app} overlay={app.overlay} />}
    </Box>
  )
}

interface Body {
  readonly rows: readonly string[]
  readonly cursor: CursorPlace | null
}

function homeBody(app: App): Body {
  const rows = homeRows(app, app.columns, app.rows - 2)
  return { rows: Array.from({ length: app.rows - 2 }, (_, at) => fitWidth(rows[at] ?? '', app.columns)), cursor: null }
}

function sessionBody(app: App, session: Session): Body {
  const { theme } = app.settings
  const layout = layoutOf(app.columns, app.rows, { hasLesson: session.lesson !== null, wantsSplit: session.wantsSplit, front: session.focus })
  let left: string[] | null = null
  if (layout.lesson !== null) {
    const { width, height } = inside(layout.lesson)
    const { rows, note, title } = lessonRows(session, width, height, theme)
    left = framed(title, rows, { width: layout.lesson.width, height: layout.lesson.height, isFocused: session.focus === 'lesson', theme, note })
  }
  if (layout.terminal === null) return { rows: left ?? [], cursor: null }
  const { rows, cursor } = terminalRows(session, layout.terminal, theme)
  return { rows: left === null ? rows : rows.map((row, at) => (left?.[at] ?? '') + row), cursor }
}

function smallRows(columns: number, rows: number): string[] {
  const text = [`netlab needs ${LEAST_COLUMNS}x${LEAST_ROWS},`, `this is ${columns}x${rows}.`, 'Make it larger.']
  return text.slice(0, rows).map((line) => fitWidth(line, columns))
}
