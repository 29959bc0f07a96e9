// The whole screen under Ink: the rows, and what stands in front of them.
import { Box } from 'ink'
import { useSyncExternalStore } from 'react'
import { LEAST_COLUMNS, LEAST_ROWS } from '../layout.js'
import type { App } from '../model/app.js'
import type { ScreenSink } from '../terminal/screen-sink.js'
import { Lines } from './lines.js'
import { OverlayView } from './overlay-view.js'
import { screenRows } from './screen-rows.js'

export function AppView({ app, sink }: { readonly app: App; readonly sink: Pick<ScreenSink, 'setCursor'> }) {
  useSyncExternalStore(app.changes.subscribe, app.changes.getVersion)
  const { columns, rows } = app
  const screen = screenRows(app)
  sink.setCursor(screen.cursor)
  const hasRoom = columns >= LEAST_COLUMNS && rows >= LEAST_ROWS
  return (
    <Box width={columns} height={rows}>
      <Lines rows={screen.rows} width={columns} height={rows} />
      {app.overlay !== null && hasRoom && <OverlayView app={app} overlay={app.overlay} />}
    </Box>
  )
}
