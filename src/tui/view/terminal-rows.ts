// The terminal pane: tabs in the upper border, the visible rows of the one in front.

import { inside, type Rect } from '../layout.js'
import type { Session } from '../model/session.js'
import type { CursorPlace } from '../terminal/screen-sink.js'
import { cutToWidth, plainText, textWidth } from '../terminal/width.js'
import type { Theme } from '../theme.js'
import { framed } from './frame.js'
import { goalStatus } from './lesson-rows.js'

export interface TerminalRows {
  readonly rows: string[]
  /** On the screen, not in the pane. */
  readonly cursor: CursorPlace | null
}

/** Open at the sides: tools print for 80 columns. @param isAlone no lesson beside it: its goals stand in the lower border. */
export function terminalRows(session: Session, rect: Rect, theme: Theme, isAlone: boolean): TerminalRows {
  const { width, height } = inside(rect, true)
  const isFocused = session.focus === 'terminal'
  const { tab } = session
  for (const each of session.tabs) each.resize(width, height)
  const view = tab?.view() ?? { rows: ['', '  no terminal is open: F6 opens one'], cursor: null, scroll: 0 }
  const rows = theme.scheme === 'none' ? view.rows.map(plainText) : view.rows
  const note = view.scroll > 0 ? `${view.scroll} rows up: PgDn` : ''
  const place = view.cursor
  return {
    rows: framed(tabTitle(session, rect.width - 4, theme), rows, {
      width: rect.width,
      height: rect.height,
      isFocused,
      theme,
      note,
      status: isAlone ? goalStatus(session, theme) : '',
      isOpen: true,
    }),
    cursor: isFocused && place !== null ? { column: rect.column + place.column, row: rect.row + 1 + place.row } : null,
  }
}

function tabTitle(session: Session, width: number, theme: Theme): string {
  if (session.tabs.length === 0) return 'terminal'
  const { across, tee } = theme.glyph
  const labels = session.tabs.map((tab, index) => {
    const label = `${index + 1} ${tab.node}${tab.isClosed ? ' (ended)' : tab.isBusy ? '*' : ''}`
    return index === session.active ? theme.selected(label) : label
  })
  const whole = labels.join(` ${across}${tee} `)
  // When they do not fit, the one in front must.
  return textWidth(whole) <= width ? whole : cutToWidth(`${labels[session.active]} of ${labels.length}`, width)
}
