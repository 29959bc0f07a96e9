// Which inputs remain when the last command line is taken back.
import type { JournalEntry, JournalPlace } from './journal.js'

export interface Undone {
  readonly line: string
  /** The node of a script's line; null for a line of a shell. */
  readonly node: string | null
  readonly shell: number | null
  readonly kept: readonly JournalEntry[]
  /** Where the lab stood when the line was entered. */
  readonly place: JournalPlace
}

/** Null when no command line was entered yet. */
export function undoTo(entries: readonly JournalEntry[]): Undone | null {
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i]!
    const line = entry.kind === 'run' ? entry.line : entry.kind === 'line' ? entry.text : null
    if (line === null || line.trim() === '' || isAboutTheLab(line)) continue
    const node = entry.kind === 'run' ? entry.node : null
    const shell = entry.kind === 'line' ? entry.shell : null
    return { line, node, shell, kept: entries.slice(0, i), place: { step: entry.step, atUs: entry.atUs } }
  }
  return null
}

/** `lab` itself is not taken back, but for the words that do something to the nodes. */
function isAboutTheLab(line: string): boolean {
  const [, word, next = ''] = /^\s*lab(?:\s+(\S+))?(?:\s+(\S+))?/.exec(line) ?? []
  if (!/^\s*lab(\s|$)/.test(line)) return false
  if (word === 'inject') return false
  return word !== 'break' || ['', 'list', 'describe', 'verify', 'reveal', 'answer'].includes(next)
}
