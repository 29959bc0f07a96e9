// The journals of labs, kept beside the progress so that the next start resumes there. What cannot be taken up is set aside, never
// written over: a journal of another version, of a scenario that has changed, of another window.
import type { Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { JOURNAL_VERSION, type Journal, journalText, parseJournal } from '../lab/journal.js'
import { Lab } from '../lab/lab.js'
import { loadScenario } from '../scenario/library.js'
import { withLock } from './progress/file-lock.js'
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
  return found === null ? null : identity(found)
}

function identity({ ino, size, mtimeMs }: Stats): string {
  return `${ino}:${size}:${mtimeMs}`
}

/**
 * Keeps the lab's journal, so that the next start resumes here. Another window that keeps the same lab is not written over: this one then
 * goes on in a file of its own, and what is returned says so.
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

function keepOne(path: string, text: string): Promise<string | null> {
  return withLock(`${path}.lock`, async () => {
    const own = await ownFile(path)
    await replaceFile(own, text)
    const now = await identityOf(own)
    if (now !== null) known.set(own, now)
    return own === path ? null : `another window keeps this lab, too: this one's state goes to ${own}`
  })
}

/** Windows on one lab that have files of their own; what older ones left there goes first. */
const MOST_WINDOWS = 9

async function ownFile(path: string): Promise<string> {
  const files = [path]
  for (let window = 2; window <= MOST_WINDOWS; window++) files.push(`${path}.window-${window}`)
  const ages: (readonly [number, string])[] = []
  for (const file of files) {
    const found = await stat(file).catch(() => null)
    if (found === null || identity(found) === known.get(file)) return file
    ages.push([found.mtimeMs, file])
  }
  return ages.sort(([a], [b]) => a - b)[0]![1]
}
