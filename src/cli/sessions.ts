// Where `lab save` puts sessions: one file each under the learner's own data folder.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { journalText, snapshotId } from '../lab/journal.js'
import type { Lab } from '../lab/lab.js'
import { netlabDirs } from '../lesson/progress/dirs.js'

export function sessionsFolder(): string {
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
