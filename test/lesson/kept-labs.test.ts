import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { keepJournal, resumeLab } from '../../src/lesson/kept-labs.js'
import { openProgress, type Progress } from '../../src/lesson/progress/progress.js'
import { loadScenario } from '../../src/scenario/library.js'

const NAME = 'lab/sandbox'
let home: string
let progress: Progress
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'netlab-kept-'))
  progress = await openProgress({ NLAB_HOME: home })
})
afterEach(() => rmSync(home, { recursive: true, force: true }))
const path = () => progress.journalPath(NAME)!
const inFolder = () => readdirSync(join(home, 'journals')).sort()
const edited = (change: (journal: Record<string, unknown>) => void): void => {
  const journal = JSON.parse(readFileSync(path(), 'utf8')) as Record<string, unknown>
  change(journal)
  writeFileSync(path(), JSON.stringify(journal))
}
async function keptLab(): Promise<Lab> {
  const lab = await Lab.boot(await loadScenario('sandbox'))
  await lab.run('sandbox', 'touch /tmp/here')
  expect(await keepJournal(lab, NAME, progress)).toBe(null)
  return lab
}

describe('a kept lab', () => {
  it('is taken up again', async () => {
    await keptLab()
    const resumed = await resumeLab('sandbox', NAME, progress)
    expect(resumed?.notice).toBe(null)
    expect((await resumed!.lab!.run('sandbox', 'ls /tmp')).stdout).toBe('here\n')
    expect(await keepJournal(resumed!.lab!, NAME, progress)).toBe(null)
    expect(inFolder()).toEqual(['lab--sandbox.json'])
  })
  it.each([
    ['of a newer netlab', 'version-2', (journal: Record<string, unknown>) => void (journal['version'] = 2)],
    ['of another scenario', 'before', (journal: Record<string, unknown>) => void (journal['fingerprint'] = 'else')],
    [
      'with entries that are none',
      'corrupt',
      (journal: Record<string, unknown>) => void (journal['entries'] = [null, 3, { kind: 'line' }]),
    ],
    ['without entries', 'corrupt', (journal: Record<string, unknown>) => delete journal['entries']],
  ])('%s is set aside and told, not written over', async (_what, why, change) => {
    const lab = await keptLab()
    edited(change)
    const kept = readFileSync(path(), 'utf8')
    const resumed = await resumeLab('sandbox', NAME, progress)
    expect(resumed?.lab).toBe(null)
    expect(resumed?.notice).toMatch(new RegExp(`; it starts anew, the old one is kept as .*\\.json\\.${why}$`))
    await keepJournal(lab, NAME, progress)
    expect(inFolder()).toEqual(['lab--sandbox.json', `lab--sandbox.json.${why}`])
    expect(readFileSync(`${path()}.${why}`, 'utf8')).toBe(kept)
  })
  it('of another window is left alone: this one gets a file of its own', async () => {
    const lab = await keptLab()
    edited((journal) => void (journal['seed'] = 'of the other window'))
    const told = `another window keeps this lab, too: this one's state goes to ${path()}.window-2`
    expect(await keepJournal(lab, NAME, progress)).toBe(told)
    expect(await keepJournal(lab, NAME, progress)).toBe(told)
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toMatchObject({ seed: 'of the other window' })
    expect(inFolder()).toEqual(['lab--sandbox.json', 'lab--sandbox.json.window-2'])
  })
})
