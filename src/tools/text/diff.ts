// diff: what differs between two files, normal or unified.

import type { Command } from '../../node/command.js'
import { allLines, fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import { baseName } from '../../node/path.js'
import type { Process } from '../../node/process.js'
import { strftime } from '../../shell/strftime.js'

interface Change {
  readonly aStart: number
  readonly aEnd: number
  readonly bStart: number
  readonly bEnd: number
}

const MAX_DISTANCE = 2000

/** Myers' greedy algorithm; falls back to one whole change when the files have little in common. */
function changesOf(a: readonly string[], b: readonly string[]): Change[] {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  const left = a.slice(head, a.length - tail)
  const right = b.slice(head, b.length - tail)
  if (left.length === 0 && right.length === 0) return []
  const pairs = commonPairs(left, right)
  if (pairs === null) return [{ aStart: head, aEnd: head + left.length, bStart: head, bEnd: head + right.length }]
  const changes: Change[] = []
  let [i, j] = [0, 0]
  for (const [x, y] of [...pairs, [left.length, right.length] as const]) {
    if (x > i || y > j) changes.push({ aStart: head + i, aEnd: head + x, bStart: head + j, bEnd: head + y })
    ;[i, j] = [x + 1, y + 1]
  }
  return changes
}

function commonPairs(a: readonly string[], b: readonly string[]): [number, number][] | null {
  const [n, m] = [a.length, b.length]
  const frontier = new Map<number, number>([[1, 0]])
  const history: Map<number, number>[] = []
  for (let d = 0; d <= Math.min(n + m, MAX_DISTANCE); d++) {
    history.push(new Map(frontier))
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (frontier.get(k - 1) ?? -1) < (frontier.get(k + 1) ?? -1))
      let x = down ? (frontier.get(k + 1) ?? 0) : (frontier.get(k - 1) ?? 0) + 1
      while (x < n && x - k < m && a[x] === b[x - k]) x++
      frontier.set(k, x)
      if (x >= n && x - k >= m) return backtrack(history, n, m)
    }
  }
  return null
}

function backtrack(history: readonly Map<number, number>[], n: number, m: number): [number, number][] {
  const pairs: [number, number][] = []
  let [x, y] = [n, m]
  for (let d = history.length - 1; d >= 0; d--) {
    const frontier = history[d]!
    const k = x - y
    const down = k === -d || (k !== d && (frontier.get(k - 1) ?? -1) < (frontier.get(k + 1) ?? -1))
    const previous = down ? k + 1 : k - 1
    const startX = d === 0 ? 0 : (frontier.get(previous) ?? 0)
    const startY = d === 0 ? 0 : startX - previous
    while (x > startX && y > startY && x > 0 && y > 0) {
      if (d > 0 && x === (down ? startX : startX + 1) && y === (down ? startY + 1 : startY)) break
      x--
      y--
      pairs.push([x, y])
    }
    ;[x, y] = [startX, startY]
  }
  return pairs.reverse()
}

function range(start: number, end: number): string {
  return end - start <= 1 ? String(end === start ? start : start + 1) : `${start + 1},${end}`
}

function normal(proc: Process, a: readonly string[], b: readonly string[], changes: readonly Change[]): void {
  for (const { aStart, aEnd, bStart, bEnd } of changes) {
    const kind = aStart === aEnd ? 'a' : bStart === bEnd ? 'd' : 'c'
    proc.line(range(aStart, aEnd) + kind + range(bStart, bEnd))
    for (let i = aStart; i < aEnd; i++) proc.line(`< ${a[i]}`)
    if (kind === 'c') proc.line('---')
    for (let i = bStart; i < bEnd; i++) proc.line(`> ${b[i]}`)
  }
}

function unified(proc: Process, a: readonly string[], b: readonly string[], changes: readonly Change[], context: number): void {
  const groups: Change[][] = []
  for (const change of changes) {
    const last = groups[groups.length - 1]
    if (last !== undefined && change.aStart - last[last.length - 1]!.aEnd <= 2 * context) last.push(change)
    else groups.push([change])
  }
  const span = (start: number, count: number): string => (count === 1 ? String(start + 1) : `${count === 0 ? start : start + 1},${count}`)
  for (const group of groups) {
    const [first, last] = [group[0]!, group[group.length - 1]!]
    const before = Math.min(context, first.aStart)
    const after = Math.min(context, a.length - last.aEnd)
    const [aFrom, bFrom] = [first.aStart - before, first.bStart - before]
    proc.line(`@@ -${span(aFrom, last.aEnd + after - aFrom)} +${span(bFrom, last.bEnd + after - bFrom)} @@`)
    let at = aFrom
    for (const change of group) {
      for (; at < change.aStart; at++) proc.line(` ${a[at]}`)
      for (; at < change.aEnd; at++) proc.line(`-${a[at]}`)
      for (let i = change.bStart; i < change.bEnd; i++) proc.line(`+${b[i]}`)
    }
    for (; at < last.aEnd + after; at++) proc.line(` ${a[at]}`)
  }
}

async function diff(proc: Process, options: ParsedOptions): Promise<number> {
  const [left, right] = options.operands
  if (left === undefined || right === undefined) {
    fail(proc, `missing operand after '${left ?? 'diff'}'`)
    proc.error(`diff: Try 'diff --help' for more information.`)
    return 2
  }
  if (proc.files.isDirectory(left) && proc.files.isDirectory(right)) return directories(proc, left, right, options)
  const one = proc.files.isDirectory(left) && right !== '-' ? `${left}/${baseName(right)}` : left
  const two = proc.files.isDirectory(right) && left !== '-' ? `${right}/${baseName(left)}` : right
  return files(proc, one, two, options)
}

async function files(proc: Process, left: string, right: string, options: ParsedOptions): Promise<number> {
  const a = await allLines(proc, [left])
  const b = await allLines(proc, [right])
  if (a.code + b.code > 0) return 2
  const prepare = (line: string): string => {
    let text = line
    if (options.has('ignore-all-space')) text = text.replace(/\s+/g, '')
    else if (options.has('ignore-space-change')) text = text.replace(/\s+/g, ' ').trimEnd()
    return options.has('ignore-case') ? text.toLowerCase() : text
  }
  const keep = options.has('ignore-blank-lines') ? (line: string) => line !== '' : () => true
  const [x, y] = [a.lines.filter(keep), b.lines.filter(keep)]
  const changes = changesOf(x.map(prepare), y.map(prepare))
  if (changes.length === 0) {
    if (options.has('report-identical-files')) proc.line(`Files ${left} and ${right} are identical`)
    return 0
  }
  if (options.has('brief')) {
    proc.line(`Files ${left} and ${right} differ`)
    return 1
  }
  if (!options.has('u') && !options.has('unified')) normal(proc, x, y, changes)
  else {
    proc.line(`--- ${label(proc, left, options.values('label')[0])}`)
    proc.line(`+++ ${label(proc, right, options.values('label')[1])}`)
    unified(proc, x, y, changes, options.number('unified', 3))
  }
  return 1
}

function label(proc: Process, path: string, given: string | undefined): string {
  if (given !== undefined) return given
  const at = proc.files.exists(path) ? proc.files.stat(path).mtimeUs : proc.clock
  return `${path}\t${strftime('%Y-%m-%d %H:%M:%S.%N +0000', at)}`
}

async function directories(proc: Process, left: string, right: string, options: ParsedOptions): Promise<number> {
  const names = [...new Set([...proc.files.list(left), ...proc.files.list(right)])].sort()
  let code = 0
  for (const name of names) {
    const [a, b] = [`${left}/${name}`, `${right}/${name}`]
    if (!proc.files.exists(a) || !proc.files.exists(b)) {
      proc.line(`Only in ${proc.files.exists(a) ? left : right}: ${name}`)
      code = 1
    } else if (proc.files.isDirectory(a) && proc.files.isDirectory(b)) {
      if (options.has('recursive')) code = Math.max(code, await directories(proc, a, b, options))
      else proc.line(`Common subdirectories: ${a} and ${b}`)
    } else code = Math.max(code, await files(proc, a, b, options))
  }
  return code
}

export const diffCommand: Command = gnuTool({
  name: 'diff',
  path: '/usr/bin/diff',
  usage: 'diff [-biqrsuwB] [-U LINES] [--label TEXT] FILE1 FILE2',
  failure: 2,
  version: ['GNU diffutils', 'coreutils'],
  options: [
    'u',
    'U|unified:',
    'q|brief',
    's|report-identical-files',
    'r|recursive',
    'i|ignore-case',
    'w|ignore-all-space',
    'b|ignore-space-change',
    'B|ignore-blank-lines',
    'L|label:',
    'a|text',
  ],
  lacks: ['N|new-file', '|color?', 'c', 'C|context:', 'y|side-by-side', 'e|ed', 'n|rcs'],
  run: diff,
})
