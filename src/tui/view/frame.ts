// A pane's border and title, as rows of text.
import { cutToWidth, fitWidth, textWidth } from '../terminal/width.js'
import type { Theme } from '../theme.js'

export interface FrameOptions {
  readonly width: number
  readonly height: number
  readonly isFocused: boolean
  readonly theme: Theme
  /** Stands at the right end of the lower border. */
  readonly note?: string
}

export function framed(title: string, rows: readonly string[], { width, height, isFocused, theme, note = '' }: FrameOptions): string[] {
  const { topLeft, topRight, bottomLeft, bottomRight, across, down } = theme.glyph
  const paint = (text: string) => theme.border(text, isFocused)
  const label = cutToWidth(title, width - 4, theme.glyph.more)
  const top =
    paint(`${topLeft} `) +
    (isFocused ? theme.strong(label) : label) +
    paint(` ${across.repeat(Math.max(0, width - 4 - textWidth(label)))}${topRight}`)
  const below = note === '' ? '' : ` ${cutToWidth(note, width - 6)} `
  const bottom = paint(bottomLeft + across.repeat(Math.max(0, width - 2 - textWidth(below)))) + theme.dim(below) + paint(bottomRight)
  const side = paint(down)
  const body = Array.from({ length: height - 2 }, (_, at) => side + fitWidth(rows[at] ?? '', width - 2) + side)
  return [top, ...body, bottom]
}
