// Tables that may not be wider than so much: cliff finds out which columns shrink, Python's textwrap folds their cells.

export interface Room {
  /** Of the whole table. */
  readonly width: number
  /** A column that shrinks keeps this much ... */
  readonly narrowest: number
  /** ... and its heading. */
  readonly headings: readonly string[]
}

export interface Fitted {
  readonly rows: string[][]
  /** Columns stay as wide as they may be, however the folding comes out. */
  readonly widths: readonly number[]
}

/** Cells folded so that the table fits; `border` is the first line of the table as it would be. */
export function fitted(rows: readonly (readonly string[])[], border: string, { width, narrowest, headings }: Room): Fitted {
  const widths = border
    .split('+')
    .slice(1, -1)
    .map((part) => Math.max(0, part.length - 2))
  const usable = Math.max(0, width - 1 - 3 * widths.length)
  const fair = Math.floor(usable / widths.length)
  const shrinking = widths.flatMap((one, i) => (one > fair ? [i] : []))
  let left = usable - widths.reduce((sum, one) => sum + (one > fair ? 0 : one), 0)
  const share = Math.floor(left / shrinking.length)
  const limits = new Map<number, number>()
  for (const column of shrinking.slice(0, -1)) {
    limits.set(column, Math.max(narrowest, share))
    left -= share
  }
  if (shrinking.length > 0) limits.set(shrinking.at(-1)!, Math.max(narrowest, left))
  for (const [column, limit] of limits) limits.set(column, Math.max(limit, headings[column]!.length))
  return {
    rows: rows.map((row) => row.map((cell, column) => foldedCell(cell, limits.get(column)))),
    widths: widths.map((one, column) => Math.min(one, limits.get(column) ?? one)),
  }
}

function foldedCell(cell: string, limit: number | undefined): string {
  if (limit === undefined) return cell
  return cell
    .split('\n')
    .map((line) => (line.length > limit ? fold(line, limit).join('\n') : line))
    .join('\n')
}

/** textwrap's words: they may break behind a hyphen between letters. */
const PIECES =
  /(\s+|(?<=[\w!"'&.,?])-{2,}(?=\w)|\S+?(?:-(?:(?<=[\p{L}_]{2}-)|(?<=[\p{L}_]-[\p{L}_]-))(?=[\p{L}_]-?[\p{L}_])|(?=\s|$)|(?<=[\w!"'&.,?])(?=-{2,}\w)))/u

/** textwrap.wrap of Python 3.8: a word that is too long is cut where the line ends. */
export function fold(text: string, width: number): string[] {
  const pieces = text
    .replace(/\s/g, ' ')
    .split(PIECES)
    .filter((piece) => piece !== '')
    .reverse()
  const lines: string[] = []
  while (pieces.length > 0) {
    if (lines.length > 0 && pieces.at(-1)!.trim() === '') pieces.pop()
    const line = nextLine(pieces, width)
    if (line.at(-1)?.trim() === '') line.pop()
    if (line.length > 0) lines.push(line.join(''))
  }
  return lines
}

function nextLine(pieces: string[], width: number): string[] {
  const line: string[] = []
  let length = 0
  while (pieces.length > 0 && length + pieces.at(-1)!.length <= width) {
    length += pieces.at(-1)!.length
    line.push(pieces.pop()!)
  }
  const long = pieces.at(-1)
  if (long === undefined || long.length <= width) return line
  const room = width - length
  line.push(long.slice(0, room))
  pieces[pieces.length - 1] = long.slice(room)
  return line
}
