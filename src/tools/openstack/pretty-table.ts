// Tables as PrettyTable draws them for the OpenStack clients.

export interface TableStyle {
  /** PrettyTable 0.5 (2012) centres headings; 0.6 and later align them as their column. */
  readonly centreHeadings: boolean
  /** Columns of numbers. */
  readonly rightColumns?: readonly boolean[]
  /** At least so wide. */
  readonly widths?: readonly number[]
}

/** Lines of the table; cells may hold several lines. */
export function prettyTable(headings: readonly string[], rows: readonly (readonly string[])[], style: TableStyle): string[] {
  const widths = headings.map((heading, column) =>
    Math.max(textWidth(heading), style.widths?.[column] ?? 0, ...rows.map((row) => cellWidth(row[column] ?? ''))),
  )
  const border = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`
  const head = headings.map((heading, column) => {
    if (style.centreHeadings) return ` ${centre(heading, widths[column]!)} `
    return ` ${aligned(heading, widths[column]!, style.rightColumns?.[column] === true)} `
  })
  const body = rows.flatMap((row) => rowLines(row, widths, style.rightColumns))
  return [border, `|${head.join('|')}|`, border, ...body, border]
}

function rowLines(row: readonly string[], widths: readonly number[], isRight: readonly boolean[] | undefined): string[] {
  const cells = widths.map((_, column) => (row[column] ?? '').split('\n'))
  const height = Math.max(...cells.map((lines) => lines.length))
  return Array.from(
    { length: height },
    (_, i) => `|${cells.map((lines, column) => ` ${aligned(lines[i] ?? '', widths[column]!, isRight?.[column] === true)} `).join('|')}|`,
  )
}

function cellWidth(cell: string): number {
  return Math.max(...cell.split('\n').map((line) => textWidth(line)))
}

function aligned(text: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(width - textWidth(text))
  return isRight ? space + text : text + space
}

/** Where an odd blank goes is Python's: str.center puts it left only when the width is odd too. */
function centre(text: string, width: number): string {
  const space = width - textWidth(text)
  const before = (space >> 1) + (space & width & 1)
  return ' '.repeat(before) + text + ' '.repeat(space - before)
}

/** Screen columns as PrettyTable counts them: by Unicode block, East Asian ones take two. */
function textWidth(text: string): number {
  let width = 0
  for (const char of text) width += /\p{Mn}/u.test(char) ? 0 : isWide(char.codePointAt(0)!) ? 2 : 1
  return width
}

function isWide(code: number): boolean {
  return (
    code >= 0x3000 &&
    (code <= 0x303e ||
      (code >= 0x3040 && code <= 0x30ff) ||
      (code >= 0x4e00 && code <= 0x9fff) ||
      (code >= 0xac00 && code <= 0xd7af) ||
      (code >= 0xff01 && code <= 0xff60))
  )
}
