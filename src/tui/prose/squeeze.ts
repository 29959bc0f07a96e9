// A tool's table that is wider than the pane: blanks that stand in all of its lines are taken out, so that it stays a table.

const LEAST_LINES = 2

/** The lines with their tables made as narrow as `width` asks for, at most down to one blank between columns. */
export function squeezeTables(lines: readonly string[], width: number): string[] {
  const out: string[] = []
  for (let at = 0; at < lines.length; ) {
    let end = at
    while (end < lines.length && isTableLine(lines[end] ?? '')) end++
    if (end - at >= LEAST_LINES) out.push(...squeezed(lines.slice(at, end), width))
    else out.push(...lines.slice(at, Math.max(end, at + 1)))
    at = Math.max(end, at + 1)
  }
  return out
}

function isTableLine(line: string): boolean {
  return (line.trim().match(/ {2,}/g) ?? []).length >= 2
}

function squeezed(table: readonly string[], width: number): string[] {
  const longest = Math.max(...table.map((line) => line.length))
  let excess = longest - width
  if (excess <= 0) return [...table]
  const isBlank = (column: number) => table.every((line) => (line[column] ?? ' ') === ' ')
  const kept: number[] = []
  for (let column = 0; column < longest; column++) {
    if (excess > 0 && isBlank(column) && isBlank(column + 1)) excess--
    else kept.push(column)
  }
  return table.map((line) =>
    kept
      .map((column) => line[column] ?? ' ')
      .join('')
      .trimEnd(),
  )
}
