// Where `lab save` puts sessions, and where they are taken up again: one file each under the learner's own data folder.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { journalText, parseJournal, snapshotId } from '../lab/journal.js'
import { Lab } from '../lab/lab.js'
import { netlabDirs } from '../lesson/progress/dirs.js'
import { loadScenario } from '../scenario/library.js'
import { UsageError } from './exit-code.js'

function sessionsFolder(): string {
  return join(netlabDirs().data, 'sessions')
}

export function keepSessions(lab: Lab): void {
  lab.saver = (journal, name) => {
    const folder = sessionsFolder()
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, `${name ?? `${journal.scenario}-${snapshotId(journal)}`}.json`)
    writeFileSync(file, journalText(journal), { mode: 0o600 })
    return file
  }
}

/** The lab as it stood when the session was saved. Throws UsageError, or LabError when the session is of another version or scenario. */
export async function resumeSession(scenario: string, name: string): Promise<Lab> {
  const kept = join(sessionsFolder(), `${name}.json`)
  const file = existsSync(kept) ? kept : name
  if (!existsSync(file)) throw new UsageError(`no session "${name}" (known: ${sessionNames().join(', ') || 'none'})`)
  const journal = parseJournal(readFileSync(file, 'utf8'))
  if (journal === null) throw new UsageError(`${file} is no session that \`lab save\` wrote`)
  return Lab.resume(await loadScenario(scenario), journal)
}

function sessionNames(): string[] {
  const folder = sessionsFolder()
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []))
}
