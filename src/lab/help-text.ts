// What `lab help` and `lab WORD --help` print: names at the left, what they do at the right, wrapped to the terminal.
import { wrapped } from '../explain/wrapped.js'

export type HelpRow = readonly [name: string, what: string]

/** Wider is no easier to read. */
const WIDEST = 120
/** Names longer than this have a line of their own. */
const LONGEST_NAME = 30

export function helpRows(rows: readonly HelpRow[], columns: number): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length).filter((length) => length <= LONGEST_NAME)) + 4
  const room = Math.max(24, Math.min(columns, WIDEST) - width)
  return rows
    .map(([name, what]) => {
      const lines = wrapped(what, room)
      const head = `  ${name}`
      const first = head.length > width - 2 ? `${head}\n${' '.repeat(width)}` : head.padEnd(width)
      return `${first}${lines.join(`\n${' '.repeat(width)}`)}\n`
    })
    .join('')
}
