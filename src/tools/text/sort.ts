// sort, uniq, comm, shuf: order among lines.

import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { allLines, eachLine, fail, gnuTool, missingOperand, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'

type Compare = (a: string, b: string) => number

interface Flags {
  readonly numeric: boolean
  readonly general: boolean
  readonly human: boolean
  readonly version: boolean
  readonly month: boolean
  readonly fold: boolean
  readonly dictionary: boolean
  readonly blanks: boolean
  readonly reverse: boolean
}

interface Key {
  readonly fromField: number
  readonly fromChar: number
  readonly toField: number
  readonly toChar: number
  readonly flags: Flags
  readonly hasFlags: boolean
}

function flagsOf(letters: string): Flags {
  const has = (letter: string): boolean => letters.includes(letter)
  return {
    numeric: has('n'),
    general: has('g'),
    human: has('h'),
    version: has('V'),
    month: has('M'),
    fold: has('f'),
    dictionary: has('d'),
    blanks: has('b'),
    reverse: has('r'),
  }
}

function parseKey(text: string): Key | null {
  const match = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)(?:,(\d+)(?:\.(\d+))?([a-zA-Z]*))?$/.exec(text)
  if (match === null) return null
  const letters = match[3]! + (match[6] ?? '')
  return {
    fromField: Number(match[1]),
    fromChar: Number(match[2] ?? 1),
    toField: match[4] === undefined ? Number.POSITIVE_INFINITY : Number(match[4]),
    toChar: Number(match[5] ?? 0),
    flags: flagsOf(letters),
    hasFlags: letters !== '',
  }
}

/** Fields with their leading blanks, as sort sees them without -t. */
function fieldsOf(line: string, separator: string | null): string[] {
  return separator === null ? (line.match(/[ \t]*[^ \t]+/g) ?? []) : line.split(separator)
}

function keyText(line: string, key: Key, separator: string | null): string {
  const fields = fieldsOf(line, separator)
  const glue = separator ?? ''
  const part = fields.slice(key.fromField - 1, key.toField === Number.POSITIVE_INFINITY ? undefined : key.toField)
  if (part.length === 0) return ''
  if (key.toChar > 0 && fields.length >= key.toField)
    part[part.length - 1] = part[part.length - 1]!.slice(0, key.toChar + (key.flags.blanks ? leading(part[part.length - 1]!) : 0))
  const text = part.join(glue)
  const skip = key.flags.blanks ? leading(text) : 0
  return text.slice(skip + key.fromChar - 1)
}

function leading(text: string): number {
  return /^[ \t]*/.exec(text)![0].length
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

function compareBy(flags: Flags): Compare {
  const base = baseCompare(flags)
  return flags.reverse ? (a, b) => base(b, a) : base
}

function baseCompare(flags: Flags): Compare {
  if (flags.numeric) return (a, b) => numeric(a) - numeric(b)
  if (flags.general) return (a, b) => (Number.parseFloat(a) || 0) - (Number.parseFloat(b) || 0)
  if (flags.human) return (a, b) => human(a) - human(b)
  if (flags.month) return (a, b) => MONTHS.indexOf(a.trim().slice(0, 3).toUpperCase()) - MONTHS.indexOf(b.trim().slice(0, 3).toUpperCase())
  if (flags.version) return compareVersions
  const prepare = (text: string): string => {
    let out = text
    if (flags.blanks) out = out.replace(/^[ \t]+/, '')
    if (flags.dictionary) out = out.replace(/[^A-Za-z0-9 \t]/g, '')
    return flags.fold ? out.toUpperCase() : out
  }
  return (a, b) => bytewise(prepare(a), prepare(b))
}

function bytewise(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function numeric(text: string): number {
  const match = /^[ \t]*(-?\d*\.?\d*)/.exec(text)
  return Number(match![1]) || 0
}

function human(text: string): number {
  const match = /^[ \t]*(-?\d*\.?\d+)([KMGTPE])?/i.exec(text)
  if (match === null) return 0
  return Number(match[1]) * 1024 ** ('KMGTPE'.indexOf((match[2] ?? '').toUpperCase()) + (match[2] === undefined ? 0 : 1))
}

export function compareVersions(a: string, b: string): number {
  const split = (text: string): string[] => text.match(/\d+|\D+/g) ?? []
  const [left, right] = [split(a), split(b)]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i] ?? '', right[i] ?? '']
    const isNumber = /^\d/.test(x) && /^\d/.test(y)
    const order = isNumber ? Number(x) - Number(y) : bytewise(x, y)
    if (order !== 0) return order
  }
  return 0
}

function orderOf(options: ParsedOptions): Compare | string {
  const letters = [
    'n|numeric-sort',
    'g|general-numeric-sort',
    'h|human-numeric-sort',
    'V|version-sort',
    'M|month-sort',
    'f|ignore-case',
    'd|dictionary-order',
    'b|ignore-leading-blanks',
    'r|reverse',
  ]
    .filter((option) => options.has(option.slice(2)))
    .map((option) => option[0])
    .join('')
  const global = flagsOf(letters)
  const separator = options.value('field-separator')
  const texts = options.values('key')
  const keys: Key[] = []
  for (const text of texts) {
    const key = parseKey(text)
    if (key === null) return `invalid number at field start: invalid count at start of '${text}'`
    keys.push(key.hasFlags ? key : { ...key, flags: global })
  }
  const whole = compareBy(global)
  const last: Compare = global.reverse ? (a, b) => bytewise(b, a) : bytewise
  const isStable = options.has('stable') || options.has('unique')
  if (keys.length === 0) return (a, b) => whole(a, b) || (isStable ? 0 : last(a, b))
  const compares = keys.map((key) => ({ key, compare: compareBy(key.flags) }))
  return (a, b) => {
    for (const { key, compare } of compares) {
      const order = compare(keyText(a, key, separator), keyText(b, key, separator))
      if (order !== 0) return order
    }
    return isStable ? 0 : last(a, b)
  }
}

async function sort(proc: Process, options: ParsedOptions): Promise<number> {
  const order = orderOf(options)
  if (typeof order === 'string') return fail(proc, order, 2)
  if (options.has('check') || options.has('c')) return check(proc, options, order)
  for (const name of options.operands) {
    if (name !== '-' && !proc.files.exists(name))
      return fail(
        proc,
        proc.machine.image.toolAtLeast('coreutils', '8.5')
          ? `cannot read: ${name}: No such file or directory`
          : `open failed: ${name}: No such file or directory`,
        2,
      )
  }
  const { lines, code } = await allLines(proc, options.operands)
  if (options.has('random-sort')) shuffle(proc, lines)
  else lines.sort(order)
  const kept = options.has('unique') ? lines.filter((line, index) => index === 0 || order(lines[index - 1]!, line) !== 0) : lines
  const target = options.value('output')
  if (target !== null) {
    try {
      proc.files.write(target, kept.map((line) => `${line}\n`).join(''))
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      return fail(proc, `open failed: ${target}: ${error.message}`, 2)
    }
    return code
  }
  for (let i = 0; i < kept.length; i++) {
    proc.line(kept[i]!)
    if (i % 32 === 0) await proc.drain()
  }
  return code
}

function shuffle(proc: Process, lines: string[]): void {
  for (let i = lines.length - 1; i > 0; i--) {
    const j = proc.random.below(i + 1)
    ;[lines[i], lines[j]] = [lines[j]!, lines[i]!]
  }
}

export const shufCommand: Command = gnuTool({
  name: 'shuf',
  path: '/usr/bin/shuf',
  usage: 'shuf [-n COUNT] [-i LOW-HIGH | -e WORD... | FILE]',
  options: ['n|head-count:', 'i|input-range:', 'e|echo'],
  lacks: ['r|repeat', 'o|output:', '|random-source:', 'z|zero-terminated'],
  run: async (proc, options) => {
    const range = /^(\d+)-(\d+)$/.exec(options.value('input-range') ?? '')
    const lines =
      range !== null
        ? Array.from({ length: Math.min(1e6, Number(range[2]) - Number(range[1]) + 1) }, (_, i) => String(Number(range[1]) + i))
        : options.has('echo')
          ? [...options.operands]
          : (await allLines(proc, options.operands)).lines
    shuffle(proc, lines)
    for (const line of lines.slice(0, options.number('head-count', lines.length))) proc.line(line)
    return 0
  },
})

async function check(proc: Process, options: ParsedOptions, order: Compare): Promise<number> {
  const { lines } = await allLines(proc, options.operands)
  for (let i = 1; i < lines.length; i++) {
    const difference = order(lines[i - 1]!, lines[i]!)
    if (difference > 0 || (difference === 0 && options.has('unique'))) {
      fail(proc, `${options.operands[0] ?? '-'}:${i + 1}: disorder: ${lines[i]}`)
      return 1
    }
  }
  return 0
}

export const sortCommand: Command = gnuTool({
  name: 'sort',
  path: '/usr/bin/sort',
  usage: 'sort [-bcdfghMnrsuVz] [-k KEY]... [-t SEPARATOR] [-o FILE] [FILE]...',
  failure: 2,
  options: [
    'n|numeric-sort',
    'g|general-numeric-sort',
    'h|human-numeric-sort',
    'V|version-sort',
    'M|month-sort',
    'f|ignore-case',
    'd|dictionary-order',
    'b|ignore-leading-blanks',
    'r|reverse',
    'u|unique',
    's|stable',
    'c',
    '|check?',
    'R|random-sort',
    'k|key:',
    't|field-separator:',
    'o|output:',
    'S|buffer-size:',
    'T|temporary-directory:',
    '|parallel:',
  ],
  lacks: ['m|merge', 'z|zero-terminated', 'i|ignore-nonprinting', '|debug', '|files0-from:'],
  run: sort,
})

async function uniq(proc: Process, options: ParsedOptions): Promise<number> {
  const fold = options.has('ignore-case')
  const fields = options.number('skip-fields', 0)
  const skip = options.number('skip-chars', 0)
  const width = options.value('check-chars')
  const keyOf = (line: string): string => {
    let key = fields > 0 ? line.replace(new RegExp(`^(?:[ \\t]*[^ \\t]+){0,${fields}}`), '') : line
    key = key.slice(skip, width === null ? undefined : skip + Number(width))
    return fold ? key.toLowerCase() : key
  }
  let group: { first: string; key: string; lines: string[] } | null = null
  const flush = (): void => {
    if (group === null) return
    const count = group.lines.length
    if (options.has('all-repeated')) {
      if (count > 1) for (const line of group.lines) proc.line(line)
      return
    }
    if (options.has('repeated') && count < 2) return
    if (options.has('unique') && count > 1) return
    proc.line(options.has('count') ? `${String(count).padStart(7)} ${group.first}` : group.first)
  }
  const [input, output] = options.operands
  if (output !== undefined) return fail(proc, `${output}: not emulated by netlab (redirect the output)`, 126)
  const code = await eachLine(proc, input === undefined ? [] : [input], (line) => {
    const key = keyOf(line)
    if (group !== null && group.key === key) {
      group.lines.push(options.has('all-repeated') ? line : '')
      return
    }
    flush()
    group = { first: line, key, lines: [line] }
  })
  flush()
  return code
}

export const uniqCommand: Command = gnuTool({
  name: 'uniq',
  path: '/usr/bin/uniq',
  usage: 'uniq [-cdDiu] [-f FIELDS] [-s CHARS] [-w CHARS] [INPUT]',
  options: ['c|count', 'd|repeated', 'D|all-repeated', 'i|ignore-case', 'u|unique', 'f|skip-fields:', 's|skip-chars:', 'w|check-chars:'],
  lacks: ['z|zero-terminated', '|group?'],
  run: uniq,
})

export const commCommand: Command = gnuTool({
  name: 'comm',
  path: '/usr/bin/comm',
  usage: 'comm [-123] FILE1 FILE2',
  options: ['1', '2', '3', '|nocheck-order', '|check-order', '|output-delimiter:'],
  run: async (proc, options) => {
    const [left, right] = options.operands
    if (left === undefined || right === undefined) return missingOperand(proc)
    const first = await allLines(proc, [left])
    const second = await allLines(proc, [right])
    if (first.code + second.code > 0) return 1
    const gap = options.value('output-delimiter') ?? '\t'
    const show = (column: 1 | 2 | 3, line: string): void => {
      if (options.has(String(column))) return
      const before = [1, 2].filter((other) => other < column && !options.has(String(other))).length
      proc.line(gap.repeat(before) + line)
    }
    const [a, b] = [first.lines, second.lines]
    let [i, j] = [0, 0]
    while (i < a.length || j < b.length) {
      if (j >= b.length || (i < a.length && a[i]! < b[j]!)) show(1, a[i++]!)
      else if (i >= a.length || a[i]! > b[j]!) show(2, b[j++]!)
      else {
        show(3, a[i++]!)
        j++
      }
    }
    return 0
  },
})
