// The journals of labs, kept beside the progress so that the next start resumes there. What cannot be taken up is set aside, never
// written over: a journal of another version, of a scenario that has changed, of another window.
import { readFile, stat } from 'node:fs/promises'
import { JOURNAL_VERSION, type Journal, journalText, parseJournal } from '../lab/journal.js'
import { Lab } from '../lab/lab.js'
import { loadScenario } from '../scenario/library.js'
import type { Progress } from './progress/progress.js'
import { codeOf, replaceFile, setAside } from './progress/safe-file.js'

export interface Resumed {
  /** null: it could not be brought back, `notice` says why. */
  readonly lab: Lab | null
  readonly notice: string | null
}

/** The lab whose journal was kept under `name`; null when there is none. */
export async function resumeLab(scenarioName: string, name: string, progress: Progress): Promise<Resumed | null> {
  const path = progress.journalPath(name)
  if (path === null) return null
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const journal = parseJournal(text)
  try {
    if (journal === null) throw new Error('the file of the lab as you left it cannot be read')
    const lab = await Lab.resume(await loadScenario(scenarioName), journal)
    await noteJournal(name, progress)
    return { lab, notice: null }
  } catch (error) {
    const aside = await setAside(path, asideName(journal))
    return { lab: null, notice: `${error instanceof Error ? error.message : String(error)}; it starts anew${asideText(aside)}` }
  }
}

function asideName(journal: Journal | null): string {
  if (journal === null) return 'corrupt'
  return journal.version === JOURNAL_VERSION ? 'before' : `version-${journal.version}`
}

function asideText(aside: string | null): string {
  return aside === null ? '' : `, the old one is kept as ${aside}`
}

/** What this process wrote or read last, by path: any other file there is of another window. */
const known = new Map<string, string>()

/** What stands there now may be written over: it was taken up, or the learner begins anew. */
export async function noteJournal(name: string, progress: Progress): Promise<void> {
  const path = progress.journalPath(name)
  if (path === null) return
  const now = await identityOf(path)
  if (now !== null) known.set(path, now)
}

/** The file as it is now; a replaced one has another inode. */
async function identityOf(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null)
  return found === null ? null : `${found.ino}:${found.size}:${found.mtimeMs}`
}

/**
 * Keeps the lab's journal, so that the next start resumes here. Another window that keeps the same lab is not written over: its journal
 * stays beside, and what is returned says so.
 */
export async function keepJournal(lab: Lab, name: string, progress: Progress): Promise<string | null> {
  const path = progress.journalPath(name)
  if (path === null) return null
  const text = journalText(lab.journal)
  // One after the other, so that an older journal never replaces a newer one.
  const kept = keeping.then(() => keepOne(path, text))
  keeping = kept.catch(() => undefined)
  return kept
}

let keeping: Promise<unknown> = Promise.resolve()

/** Of a lab that is kept elsewhere, only the last state. */
const OTHER = 'other'

async function keepOne(path: string, text: string): Promise<string | null> {
  const there = await identityOf(path)
  const isOther = there !== null && there !== known.get(path)
  if (isOther) await replaceFile(`${path}.${OTHER}`, await readFile(path, 'utf8'))
  await replaceFile(path, text)
  const now = await identityOf(path)
  if (now !== null) known.set(path, now)
  return isOther ? `another window keeps this lab, too: its state is in ${path}.${OTHER}` : null
}
