// Where `lab save` puts sessions, and where they are taken up again: one file each under the learner's own data folder.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { journalText, parseJournal, snapshotId } from '../lab/journal.js'
import { Lab } from '../lab/lab.js'
import { netlabDirs } from '../lesson/progress/dirs.js'
import { temporaryName } from '../lesson/progress/safe-file.js'
import { loadScenario } from '../scenario/library.js'
import { readTextFile } from '../scenario/read-text.js'
import { UsageError } from './exit-code.js'

function sessionsFolder(): string {
  return join(netlabDirs().data, 'sessions')
}

export function keepSessions(lab: Lab): void {
  lab.saver = (journal, name) => {
    const folder = sessionsFolder()
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, `${name ?? `${journal.scenario}-${snapshotId(journal)}`}.json`)
    replaceNow(file, journalText(journal))
    return file
  }
}

/** A session of that name that was kept before stays whole until the new one is. */
function replaceNow(file: string, text: string): void {
  const temporary = temporaryName(file)
  try {
    const open = openSync(temporary, 'wx', 0o600)
    try {
      writeFileSync(open, text)
      fsyncSync(open)
    } finally {
      closeSync(open)
    }
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** The lab as it stood when the session was saved. Throws UsageError, or LabError when the session is of another version or scenario. */
export async function resumeSession(scenario: string, name: string): Promise<Lab> {
  const kept = join(sessionsFolder(), `${name}.json`)
  const file = existsSync(kept) ? kept : name
  if (!existsSync(file)) throw new UsageError(`no session "${name}" (known: ${sessionNames().join(', ') || 'none'})`)
  const journal = parseJournal(readTextFile(file))
  if (journal === null) throw new UsageError(`${file} is no session that \`lab save\` wrote`)
  return Lab.resume(await loadScenario(scenario), journal)
}

function sessionNames(): string[] {
  const folder = sessionsFolder()
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((file) => (file.endsWith('.json') && !file.startsWith('.') ? [file.slice(0, -5)] : []))
}
