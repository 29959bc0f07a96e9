// The house stands: imports go down the floors only, without circles; nothing below lab/ knows the wall clock; files stay small.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')

/** Folders on the same floor may not import each other, but for the pairs in `sameFloor`. */
const FLOOR: Record<string, number> = {
  addr: 1,
  sim: 1,
  grammar: 1,
  wire: 2,
  trace: 3,
  kernel: 4,
  ovs: 5,
  node: 6,
  shell: 7,
  cloud: 7,
  scenario: 8,
  tools: 8,
  // Reads what the tools print, so that explanations show the same lines.
  explain: 8.2,
  topology: 8,
  // What the API wants against what the nodes have; the catalogue of faults reads from it whom to hurt.
  doctor: 8.1,
  faults: 8.3,
  // A booted lab as a bash script for a real machine.
  export: 8.3,
  lab: 9,
  lesson: 10,
  tui: 11,
  cli: 12,
}
const sameFloor = new Set(['grammar>addr'])

interface Import {
  from: string
  to: string
}

const files = walk(src).filter((file) => /\.tsx?$/.test(file))
const imports = files.flatMap(importsOf)

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
  )
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  const found: Import[] = []
  for (const match of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
    found.push({ from: relative(src, file), to: relative(src, resolve(dirname(file), match[1]!)) })
  }
  return found
}

function room(path: string): string {
  return path.split('/')[0]!
}

test('imports go down the floors only', () => {
  const breaches = imports
    .filter(({ from, to }) => room(from) !== room(to))
    .filter(({ from, to }) => !((FLOOR[room(to)] ?? 99) < (FLOOR[room(from)] ?? 0)) && !sameFloor.has(`${room(from)}>${room(to)}`))
    .map(({ from, to }) => `${from} -> ${to}`)
  expect(breaches).toEqual([])
})

test('there are no import circles among values', () => {
  const graph = new Map<string, string[]>()
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    const values = [...text.matchAll(/^(?:import(?! type)|export)[^'\n]*(?:\n[^'\n;]*)*?from '(\.[^']+)'/gm)].filter(
      (m) => !m[0].startsWith('export type'),
    )
    graph.set(
      relative(src, file),
      values.map((m) => relative(src, resolve(dirname(file), m[1]!)).replace(/\.js$/, '.ts')),
    )
  }
  expect(circles(graph)).toEqual([])
})

test('only the screen imports Ink and React, only lesson/ lowdb, only addr/ ip-num', () => {
  const owners: [RegExp, string][] = [
    [/from '(ink|react|ink-text-input)(\/[^']*)?'/, 'tui'],
    [/from 'lowdb/, 'lesson'],
    [/from 'ip-num/, 'addr'],
    [/from 'unbash'/, 'shell'],
  ]
  const breaches = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const where = relative(src, file)
    return owners
      .filter(([pattern, owner]) => pattern.test(text) && room(where) !== owner)
      .map(([, owner]) => `${where} imports what only ${owner}/ may`)
  })
  expect(breaches).toEqual([])
})

test('nothing below lab/ asks the wall clock or chance of the host', () => {
  const breaches = files
    .filter((file) => (FLOOR[room(relative(src, file))] ?? 0) < FLOOR.lab!)
    .filter((file) =>
      /Date\.now\(|new Date\(\)|Math\.random\(|\bsetTimeout\(|\bsetImmediate\(|\bsetInterval\(|performance\.now\(/.test(
        readFileSync(file, 'utf8'),
      ),
    )
    .map((file) => relative(src, file))
  expect(breaches).toEqual([])
})

test('files stay under 500 lines', () => {
  const long = files
    .map((file) => ({ file: relative(src, file), lines: readFileSync(file, 'utf8').split('\n').length }))
    .filter(({ lines }) => lines > 500)
  expect(long).toEqual([])
})

/** Strongly connected components of more than one file (Tarjan). */
function circles(graph: Map<string, string[]>): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (node: string): void => {
    index.set(node, index.size)
    low.set(node, index.get(node)!)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue
      if (!index.has(next)) {
        visit(next)
        low.set(node, Math.min(low.get(node)!, low.get(next)!))
      } else if (stack.includes(next)) {
        low.set(node, Math.min(low.get(node)!, index.get(next)!))
      }
    }
    if (low.get(node) !== index.get(node)) return
    const part = stack.splice(stack.indexOf(node))
    if (part.length > 1) found.push(part.sort())
  }
  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return found
}
