// Files from strangers: size, depth and repetition have limits that are named, and what is no regular file is not read.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadScenario } from '../../src/scenario/library.js'
import { parseScenario } from '../../src/scenario/parse.js'
import { MOST_BYTES, readTextFile } from '../../src/scenario/read-text.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netlab-strangers-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a file without end or of any size is told, not read', async () => {
  const huge = join(folder, 'huge.yaml')
  writeFileSync(huge, '')
  truncateSync(huge, MOST_BYTES + 1)
  expect(() => readTextFile(huge)).toThrow(`${huge}: has ${MOST_BYTES + 1} bytes, at most ${MOST_BYTES} are read`)
  expect(() => readTextFile('/dev/zero')).toThrow('/dev/zero: expected a regular file, found something else (a device or a pipe)')
  expect(() => readTextFile(folder)).toThrow(`${folder}: expected a regular file, found a folder`)
  await expect(loadScenario(huge)).rejects.toThrow('at most')
})

function messages(text: string): string[] {
  return parseScenario(text, 'x.yaml', 'x').problems.map(({ line, message }) => `${line}: ${message}`)
}

test('a billion laughs, a tower of lists and names of JavaScript', () => {
  expect(messages('a: &a [x, x]\nnodes: [*a, *a]\n')[0]).toBe('1: anchors (&) and aliases (*) are not taken here; write the value out')
  expect(messages('nodes: '.concat('['.repeat(60), ']'.repeat(60)))[0]).toBe('1: nested deeper than 24 levels')
  expect(messages(`nodes: ${'['.repeat(100_000)}`).length).toBeGreaterThan(0)
  for (const key of ['__proto__', 'constructor', 'toString'])
    expect(messages(`title: x\n${key}: { polluted: 1 }\nnodes:\n  ${key}: { image: debian-12, polluted: 1 }\n`).length).toBeGreaterThan(0)
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})
