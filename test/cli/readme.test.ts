// The README's commands run, and what it says of them is so.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const home = mkdtempSync(join(tmpdir(), 'netlab-readme-'))

function netlab(words: string[]): { stdout: string; stderr: string; code: number | null } {
  const { stdout, stderr, status } = spawnSync('node', [join(root, 'dist', 'netlab.js'), ...words], {
    encoding: 'utf8',
    input: '',
    env: { ...process.env, NLAB_HOME: home },
  })
  return { stdout, stderr, code: status }
}

/** Every `netlab WORD` of the tour, with its words. */
const tour = [...readme.matchAll(/`netlab ([a-z][^`]*)`/g)].map((match) => match[1]!)

test('the tour names commands that there are', () => {
  const known = netlab(['--help']).stdout
  const words = [...new Set(tour.map((line) => line.split(' ')[0]!))]
  expect(words.filter((word) => !new RegExp(`^  ${word}\\b`, 'm').test(known))).toEqual([])
  expect(words.length).toBeGreaterThan(8)
})

test('one command on a freshly booted lab prints what the document shows', () => {
  const line = tour.find((each) => each.startsWith('exec '))!
  const { stdout, code } = netlab(line.split(' '))
  expect({ stdout, code }).toEqual({
    stdout: 'bridge name\tbridge id\t\tSTP enabled\tinterfaces\nbr100\t\t8000.0800278f87fa\tno\t\teth2\n',
    code: 0,
  })
})

test('the scenarios of the table are those that there are', () => {
  const told = [
    ...readme
      .split('## Scenarios')[1]!
      .split('\n## ')[0]!
      .matchAll(/^\| `([\w-]+)` \|/gm),
  ].map((match) => match[1])
  const there = (JSON.parse(netlab(['scenarios', '--json']).stdout) as { name: string }[]).map(({ name }) => name)
  expect(told.sort()).toEqual(there.sort())
})

test('the lesson of the tour is there', () => {
  const line = tour.find((each) => each.startsWith('learn '))!
  const lessons = JSON.parse(netlab(['lessons', '--json']).stdout) as { id: string }[]
  expect(lessons.map(({ id }) => id)).toContain(line.split(' ')[1])
})
