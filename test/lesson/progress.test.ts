import { appendFileSync, chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { netlabDirs } from '../../src/lesson/progress/dirs.js'
import { openProgress } from '../../src/lesson/progress/progress.js'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'netlab-progress-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))
const open = () => openProgress({ NLAB_HOME: home })
const goal = (lesson: string, name: string) => ({ kind: 'goal-met', lesson, step: 's', goal: name, assisted: false }) as const

describe('progress', () => {
  it('remembers a lesson, its step and its goals', async () => {
    const first = await open()
    await first.record({ kind: 'lesson-started', lesson: 't/a' })
    await first.record({ kind: 'step-entered', lesson: 't/a', step: 'two' })
    await first.record(goal('t/a', 'g'))
    const again = await open()
    expect(again.lesson('t/a')).toMatchObject({ status: 'started', step: 'two', goals: ['s/g'], assisted: [], hints: 0 })
    expect(again.latest?.lesson).toBe('t/a')
    await again.record({ kind: 'lesson-done', lesson: 't/a' })
    expect(again.latest).toBe(null)
  })
  it('keeps what two windows write at once', async () => {
    const windows = await Promise.all([open(), open(), open()])
    await Promise.all(windows.flatMap((window, w) => Array.from({ length: 20 }, (_, i) => window.record(goal('t/a', `g${w}-${i}`)))))
    expect((await open()).lesson('t/a').goals).toHaveLength(60)
  })
  it('loses only a torn last line', async () => {
    const first = await open()
    await first.record(goal('t/a', 'g1'))
    appendFileSync(join(home, 'events.jsonl'), '{"v":1,"atMs":5,"kind":"goal-m')
    const again = await open()
    await again.record(goal('t/a', 'g2'))
    expect((await open()).lesson('t/a').goals).toEqual(['s/g1', 's/g2'])
  })
  it('makes a missing, broken or older index again and sets the broken one aside', async () => {
    const first = await open()
    await first.record(goal('t/a', 'g1'))
    const index = join(home, 'progress.json')
    rmSync(index)
    rmSync(`${index}.bak`, { force: true })
    expect((await open()).lesson('t/a').goals).toEqual(['s/g1'])
    truncateSync(index, 10)
    expect((await open()).lesson('t/a').goals).toEqual(['s/g1'])
    expect(readdirSync(home).some((name) => name === 'progress.json.corrupt')).toBe(true)
    writeFileSync(index, JSON.stringify({ version: 0, whatever: true }))
    expect((await open()).lesson('t/a').goals).toEqual(['s/g1'])
    expect(JSON.parse(readFileSync(index, 'utf8'))).toMatchObject({ version: 1 })
  })
  it('takes over the lock of a process that is gone', async () => {
    writeFileSync(join(home, 'progress.lock'), '999999999 elsewhere\n')
    const old = new Date(Date.now() - 60_000)
    const { utimesSync } = await import('node:fs')
    utimesSync(join(home, 'progress.lock'), old, old)
    await (await open()).record(goal('t/a', 'g'))
    expect(existsSync(join(home, 'progress.lock'))).toBe(false)
  })
  it('says why it stays in memory', async () => {
    const blocked = join(home, 'file')
    writeFileSync(blocked, '')
    chmodSync(blocked, 0o400)
    const progress = await openProgress({ NLAB_HOME: join(blocked, 'sub') })
    expect(progress.memoryOnly).toMatch(/^progress is kept in memory only: .*cannot be written \(ENOTDIR\)$/)
    await progress.record(goal('t/a', 'g'))
    expect(progress.lesson('t/a').goals).toEqual(['s/g'])
  })
  it.skipIf(process.platform !== 'linux')('does not hang where nothing can be made', async () => {
    const progress = await openProgress({ NLAB_HOME: '/proc/nowhere/at/all' })
    expect(progress.memoryOnly).toMatch(/cannot be written \(ENOENT\)$/)
  })
  it('moves to another machine and can be forgotten', async () => {
    const first = await open()
    await first.record(goal('t/a', 'g'))
    const text = await first.exportText()
    await first.reset()
    expect(first.all()).toEqual([])
    expect(await first.importText(`${text}not json\n`)).toBe(1)
    expect(first.lesson('t/a').goals).toEqual(['s/g'])
    await first.reset('t/a')
    expect(first.lesson('t/a').status).toBe('new')
  })
  it('follows XDG, and ignores relative XDG paths as it says', () => {
    expect(netlabDirs({ XDG_DATA_HOME: '/x', XDG_STATE_HOME: 'relative' }, 'linux', '/home/me')).toEqual({
      data: '/x/netlab',
      config: '/home/me/.config/netlab',
      state: '/home/me/.local/state/netlab',
    })
  })
})
