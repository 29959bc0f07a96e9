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
  /** Stands at the left end of the lower border, in its own colours. */
  readonly status?: string
  /** No border at the sides: what stands inside has the whole width. */
  readonly isOpen?: boolean
}

export function framed(title: string, rows: readonly string[], options: FrameOptions): string[] {
  const { width, height, isFocused, theme, isOpen = false } = options
  const { topLeft, topRight, across, down } = theme.glyph
  const paint = (text: string) => theme.border(text, isFocused)
  const label = cutToWidth(title, width - 4, theme.glyph.more)
  const top =
    paint(`${isOpen ? across : topLeft} `) +
    (isFocused ? theme.strong(label) : label) +
    paint(` ${across.repeat(Math.max(0, width - 4 - textWidth(label)))}${isOpen ? across : topRight}`)
  const side = isOpen ? '' : paint(down)
  const room = width - (isOpen ? 0 : 2)
  const body = Array.from({ length: height - 2 }, (_, at) => side + fitWidth(rows[at] ?? '', room) + side)
  return [top, ...body, lowerBorder(options)]
}

function lowerBorder({ width, isFocused, theme, note = '', status = '', isOpen = false }: FrameOptions): string {
  const { bottomLeft, bottomRight, across, more } = theme.glyph
  const paint = (text: string) => theme.border(text, isFocused)
  const right = note === '' ? '' : ` ${cutToWidth(note, width - 6)} `
  const left = status === '' ? '' : ` ${cutToWidth(status, Math.max(0, width - 6 - textWidth(right)), more)} `
  return (
    paint(isOpen ? across : bottomLeft) +
    left +
    paint(across.repeat(Math.max(0, width - 2 - textWidth(left) - textWidth(right)))) +
    theme.dim(right) +
    paint(isOpen ? across : bottomRight)
  )
}
