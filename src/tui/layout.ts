// Where the panes are on a screen of a given size: one pane below 110 columns, two side by side from there.
export const LEAST_COLUMNS = 60
export const LEAST_ROWS = 16
export const SPLIT_COLUMNS = 110

export interface Rect {
  readonly column: number
  readonly row: number
  readonly width: number
  readonly height: number
}

export interface Layout {
  readonly isTooSmall: boolean
  readonly lesson: Rect | null
  readonly terminal: Rect | null
}

export interface LayoutWish {
  readonly hasLesson: boolean
  /** False: one pane even where two would fit. */
  readonly wantsSplit: boolean
  readonly front: 'lesson' | 'terminal'
}

/** Whether lesson and terminal stand side by side. */
export function isSplit(columns: number, wantsSplit: boolean): boolean {
  return columns >= SPLIT_COLUMNS && wantsSplit
}

export function layoutOf(columns: number, rows: number, wish: LayoutWish): Layout {
  if (columns < LEAST_COLUMNS || rows < LEAST_ROWS) return { isTooSmall: true, lesson: null, terminal: null }
  const whole: Rect = { column: 0, row: 1, width: columns, height: rows - 2 }
  if (!wish.hasLesson) return { isTooSmall: false, lesson: null, terminal: whole }
  if (!isSplit(columns, wish.wantsSplit)) {
    return { isTooSmall: false, lesson: wish.front === 'lesson' ? whole : null, terminal: wish.front === 'terminal' ? whole : null }
  }
  // Tools print for 80 columns, and `nova list` for 81: the terminal gets them before the text gets more than it needs.
  const width = Math.min(76, Math.max(38, Math.min(Math.floor(columns * 0.4), columns - 82)))
  return {
    isTooSmall: false,
    lesson: { ...whole, width },
    terminal: { ...whole, column: width, width: columns - width },
  }
}

/** What a pane holds inside its border; an open one has none at the sides. */
export function inside(rect: Rect, isOpen = false): { readonly width: number; readonly height: number } {
  return { width: isOpen ? rect.width : rect.width - 2, height: rect.height - 2 }
}
