// What may happen to a learner's records: a full disk, a read-only one, hand-edited files, another version's, a killed writer's leavings.
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openProgress } from '../../src/lesson/progress/progress.js'
import { FailingDisk } from './failing-disk.js'

const GONE = 999_999_999
let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'netlab-harm-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))
const open = (failing?: FailingDisk) => openProgress({ NLAB_HOME: home }, failing?.disk)
const goal = (name: string) => ({ kind: 'goal-met', lesson: 't/a', step: 's', goal: name, assisted: false }) as const
const file = (name: string) => join(home, name)
const names = () => readdirSync(home).sort()

describe('a full disk', () => {
  it.each([-102, -101, -50, -1, 0, 1, 30])(
    'with room for a line and %d bytes loses nothing that was acknowledged and tries again',
    async (more) => {
      const failing = new FailingDisk()
      const progress = await open(failing)
      await progress.record(goal('g1'))
      failing.room = Math.max(0, readFileSync(file('events.jsonl')).length + more)
      const said = await progress.record(goal('g2')).then(
        () => 'saved',
        (error: Error) => error.message,
      )
      expect(said).toBe(more >= 0 ? 'saved' : 'ENOSPC: no space left on device')
      // Seen all the same.
      expect(progress.lesson('t/a').goals).toEqual(['s/g1', 's/g2'])
      expect((await open()).lesson('t/a').goals).toEqual(said === 'saved' ? ['s/g1', 's/g2'] : ['s/g1'])
      expect(names().filter((name) => name.includes('.tmp') || name.includes('lock'))).toEqual([])
      failing.room = null
      await progress.record(goal('g3'))
      expect((await open()).lesson('t/a').goals).toEqual(['s/g1', 's/g2', 's/g3'])
      expect(readFileSync(file('events.jsonl'), 'utf8').split('\n')).toHaveLength(4)
    },
  )

  it('becomes read-only while the program runs, and comes back', async () => {
    const failing = new FailingDisk()
    const progress = await open(failing)
    await progress.record(goal('g1'))
    failing.isReadOnly = true
    await expect(progress.record(goal('g2'))).rejects.toThrow('EROFS')
    failing.isReadOnly = false
    await progress.record(goal('g3'))
    expect((await open()).lesson('t/a').goals).toEqual(['s/g1', 's/g2', 's/g3'])
  })
})

describe('a log that cannot be read', () => {
  it('leaves what comes in memory, and says so', async () => {
    mkdirSync(file('events.jsonl'))
    const progress = await open()
    expect(progress.memoryOnly).toMatch(/^progress is kept in memory only: EISDIR/)
    await progress.record(goal('g'))
    expect(progress.lesson('t/a').goals).toEqual(['s/g'])
  })
  it('that lost its end is made again from the index', async () => {
    const progress = await open()
    for (const event of [goal('g1'), { kind: 'hint-shown', lesson: 't/a', step: 's', hint: 'h' } as const, goal('g2')])
      await progress.record(event)
    await progress.record({ kind: 'step-entered', lesson: 't/a', step: 'two' })
    await progress.record({ kind: 'lesson-done', lesson: 't/b' })
    const before = progress.all()
    writeFileSync(file('events.jsonl'), '')
    const again = await open()
    expect(again.notices).toEqual([`${file('events.jsonl')} had lost records; they were made again from progress.json`])
    expect(again.all()).toEqual(before)
    unlinkSync(file('progress.json'))
    unlinkSync(file('progress.json.bak'))
    expect((await open()).all()).toEqual(before)
  })
  it('of lines edited by hand brings in no more than records', async () => {
    await (await open()).record(goal('g1'))
    const odd = [
      '{"v":1,"kind":"goal-met","lesson":7,"step":"s","goal":"g"}',
      '{"v":1,"kind":"constructor"}',
      'null',
      '[]',
      '{"kind":"all-reset"',
    ]
    appendFileSync(file('events.jsonl'), `${odd.join('\n')}\n{"v":1,"kind":"lesson-started","lesson":"__proto__"}\n`)
    const again = await open()
    expect(again.lesson('t/a').goals).toEqual(['s/g1'])
    expect(Object.keys(Object.prototype)).toEqual([])
    await again.record(goal('g2'))
    expect((await open()).lesson('t/a').goals).toEqual(['s/g1', 's/g2'])
  })
  it('never stops a start, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 80 }), async (log, index) => {
        writeFileSync(file('events.jsonl'), log)
        writeFileSync(file('progress.json'), index)
        const progress = await open()
        await progress.record(goal('g'))
        expect((await open()).lesson('t/a').goals).toContain('s/g')
        rmSync(home, { recursive: true, force: true })
        mkdirSync(home)
      }),
      { numRuns: 25 },
    )
  })
})

describe('files of another version', () => {
  it('a newer index is left alone, and told', async () => {
    await (await open()).record(goal('g1'))
    const newer = '{"version":2,"logBytes":10,"chapters":{}}'
    writeFileSync(file('progress.json'), newer)
    const progress = await open()
    expect(progress.notices).toEqual([`${file('progress.json')} was written by a newer netlab and is left as it is`])
    await progress.record(goal('g2'))
    expect(progress.lesson('t/a').goals).toEqual(['s/g1', 's/g2'])
    expect(readFileSync(file('progress.json'), 'utf8')).toBe(newer)
  })
  it('records of a newer one are kept, exported and not shown', async () => {
    await (await open()).record(goal('g1'))
    const newer = '{"v":2,"kind":"goal-met","lesson":"t/a","step":"s","goal":{"id":5}}\n'
    appendFileSync(file('events.jsonl'), newer)
    const progress = await open()
    expect(progress.notices).toEqual(['1 records of a newer netlab are kept, but not shown'])
    await progress.record(goal('g2'))
    expect(progress.lesson('t/a').goals).toEqual(['s/g1', 's/g2'])
    expect(await progress.exportText()).toContain(newer)
  })
})

describe('what a killed program leaves', () => {
  it('does not pile up, and blocks nobody', async () => {
    mkdirSync(file('journals'))
    const left = [
      `.progress.json.${GONE}-3@${hostname()}.tmp`,
      `progress.json.${GONE}.0.tmp`,
      `journals/.t--a.json.${GONE}-1@${hostname()}.tmp`,
    ]
    for (const name of left) writeFileSync(file(name), 'half')
    writeFileSync(file(`.progress.json.${process.pid}-900@${hostname()}.tmp`), 'of a program that runs')
    symlinkSync(`${GONE} ${hostname()} 0`, file('progress.lock'))
    const begun = performance.now()
    await (await open()).record(goal('g'))
    expect(performance.now() - begun).toBeLessThan(5000)
    expect(names()).toEqual([`.progress.json.${process.pid}-900@${hostname()}.tmp`, 'events.jsonl', 'journals', 'progress.json'])
    expect(readdirSync(file('journals'))).toEqual([])
  })
  it('a holder that does not let go only delays', async () => {
    symlinkSync(`${process.ppid} ${hostname()} 0`, file('progress.lock'))
    await (await open()).record(goal('g'))
    expect((await open()).lesson('t/a').goals).toEqual(['s/g'])
    // It is not ours to take away.
    expect(names()).toContain('progress.lock')
  })
})
