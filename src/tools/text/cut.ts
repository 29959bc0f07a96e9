// cut, tr, paste, join, fold, expand, column: columns and characters.

import { toText } from '../../node/chunk.js'
import type { Command } from '../../node/command.js'
import { allLines, eachLine, fail, gnuTool, missingOperand, type ParsedOptions, quoteName, tryHelp } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { CHARACTER_CLASSES } from '../../shell/pattern.js'

type Range = readonly [from: number, to: number]

function parseList(text: string): Range[] | null {
  const ranges: Range[] = []
  for (const part of text.split(',')) {
    const match = /^(\d*)(-?)(\d*)$/.exec(part)
    if (match === null || part === '' || part === '-') return null
    const from = match[1] === '' ? 1 : Number(match[1])
    const to = match[2] === '' ? from : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3])
    if (from < 1 || to < from) return null
    ranges.push([from, to])
  }
  return ranges
}

function selector(ranges: readonly Range[], isComplement: boolean): (position: number) => boolean {
  return (position) => ranges.some(([from, to]) => position >= from && position <= to) !== isComplement
}

async function cut(proc: Process, options: ParsedOptions): Promise<number> {
  const lists = (['bytes', 'characters', 'fields'] as const).filter((name) => options.has(name))
  if (lists.length === 0) return wrong(proc, 'you must specify a list of bytes, characters, or fields')
  if (lists.length > 1) return wrong(proc, 'only one type of list may be specified')
  const delimiter = options.value('delimiter') ?? '\t'
  if ([...delimiter].length > 1) return wrong(proc, 'the delimiter must be a single character')
  if (options.has('delimiter') && lists[0] !== 'fields')
    return wrong(proc, 'an input delimiter may be specified only when operating on fields')
  const text = options.value(lists[0]!)!
  const ranges = parseList(text)
  if (ranges === null)
    return wrong(
      proc,
      /^0|[,-]0/.test(text)
        ? 'fields are numbered from 1'
        : lists[0] === 'fields'
          ? `invalid field value ${quoteName(proc, text)}`
          : `invalid byte or character range`,
    )
  const picks = selector(ranges, options.has('complement'))
  const glue = options.value('output-delimiter') ?? delimiter
  return eachLine(proc, options.operands, (line) => {
    if (lists[0] !== 'fields') {
      proc.line([...line].filter((_, index) => picks(index + 1)).join(''))
      return
    }
    if (!line.includes(delimiter)) {
      if (!options.has('only-delimited')) proc.line(line)
      return
    }
    proc.line(
      line
        .split(delimiter)
        .filter((_, index) => picks(index + 1))
        .join(glue),
    )
  })
}

function wrong(proc: Process, text: string): number {
  fail(proc, text)
  tryHelp(proc)
  return 1
}

export const cutCommand: Command = gnuTool({
  name: 'cut',
  path: '/usr/bin/cut',
  usage: 'cut (-b LIST | -c LIST | -f LIST [-d CHAR] [-s]) [--complement] [--output-delimiter=TEXT] [FILE]...',
  options: ['b|bytes:', 'c|characters:', 'f|fields:', 'd|delimiter:', 's|only-delimited', '|complement', '|output-delimiter:', 'n'],
  lacks: ['z|zero-terminated'],
  run: cut,
})

/** The characters of a tr set, in order: ranges, classes, escapes, repeats. */
function expandSet(text: string): string[] {
  const out: string[] = []
  const chars = [...unescapeSet(text)]
  for (let i = 0; i < chars.length; i++) {
    const rest = chars.slice(i).join('')
    const named = /^\[:(\w+):\]/.exec(rest)
    const repeat = /^\[(.)\*(\d*)\]/s.exec(rest)
    if (named !== null) {
      out.push(...classMembers(named[1]!))
      i += [...named[0]].length - 1
    } else if (repeat !== null) {
      for (let n = Number(repeat[2] || 256); n > 0; n--) out.push(repeat[1]!)
      i += [...repeat[0]].length - 1
    } else if (chars[i + 1] === '-' && i + 2 < chars.length) {
      for (let code = chars[i]!.codePointAt(0)!; code <= chars[i + 2]!.codePointAt(0)!; code++) out.push(String.fromCodePoint(code))
      i += 2
    } else out.push(chars[i]!)
  }
  return out
}

function unescapeSet(text: string): string {
  const names: Record<string, string> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\' }
  return text.replace(
    /\\([0-7]{1,3}|.)/gs,
    (_, code: string) => names[code] ?? (/^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : code),
  )
}

function classMembers(name: string): string[] {
  const regex = new RegExp(`[${CHARACTER_CLASSES[name] ?? ''}]`)
  return Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((c) => regex.test(c))
}

async function tr(proc: Process, options: ParsedOptions): Promise<number> {
  const [first, second] = options.operands
  if (first === undefined) return missingOperand(proc)
  const deletes = options.has('delete')
  const squeezes = options.has('squeeze-repeats')
  if (second === undefined && !deletes && !squeezes) {
    fail(proc, `missing operand after ${quoteName(proc, first)}`)
    proc.error('Two strings must be given when translating.')
    tryHelp(proc)
    return 1
  }
  const from = expandSet(first)
  const inFrom = membership(from, options.has('complement'))
  const to = second === undefined ? [] : expandSet(second)
  const squeezed = membership(second === undefined ? from : to, second === undefined && options.has('complement'))
  const map = options.has('truncate-set1')
    ? new Map(from.slice(0, to.length).map((c, i) => [c, to[i]!]))
    : new Map(from.map((c, i) => [c, to[Math.min(i, to.length - 1)]!]).reverse() as [string, string][])
  const translate = (c: string): string => {
    if (second === undefined || deletes || !inFrom(c)) return c
    return options.has('complement') ? to[to.length - 1]! : (map.get(c) ?? c)
  }
  let last = ''
  for (let chunk = await proc.stdin.readChunk(); chunk !== null; chunk = await proc.stdin.readChunk()) {
    let out = ''
    for (const c of toText(chunk)) {
      if (deletes && inFrom(c)) continue
      const changed = translate(c)
      if (squeezes && changed === last && squeezed(changed)) continue
      last = changed
      out += changed
    }
    proc.out(out)
    await proc.drain()
  }
  return 0
}

function membership(set: readonly string[], isComplement: boolean): (c: string) => boolean {
  const members = new Set(set)
  return (c) => members.has(c) !== isComplement
}

export const trCommand: Command = gnuTool({
  name: 'tr',
  path: '/usr/bin/tr',
  usage: 'tr [-cdst] SET1 [SET2]',
  order: 'posix',
  options: ['cC|complement', 'd|delete', 's|squeeze-repeats', 't|truncate-set1'],
  run: tr,
})

export const pasteCommand: Command = gnuTool({
  name: 'paste',
  path: '/usr/bin/paste',
  usage: 'paste [-s] [-d CHARS] [FILE]...',
  options: ['d|delimiters:', 's|serial'],
  lacks: ['z|zero-terminated'],
  run: async (proc, options) => {
    const delimiters = [...unescapeSet(options.value('delimiters') ?? '\t')]
    const glue = (index: number): string => delimiters[index % delimiters.length] ?? ''
    const join = (parts: readonly string[]): string => parts.map((part, index) => (index === 0 ? part : glue(index - 1) + part)).join('')
    const names = options.operands.length === 0 ? ['-'] : options.operands
    const stdin = names.includes('-') ? (await allLines(proc, ['-'])).lines : []
    const dashes = names.filter((name) => name === '-').length
    let dash = 0
    const columns: string[][] = []
    for (const name of names) {
      if (name === '-') {
        const offset = dash++
        columns.push(options.has('serial') ? (offset === 0 ? stdin : []) : stdin.filter((_, index) => index % dashes === offset))
        continue
      }
      const { lines, code } = await allLines(proc, [name])
      if (code !== 0) return code
      columns.push(lines)
    }
    if (options.has('serial')) for (const column of columns) proc.line(join(column))
    else
      for (let i = 0; i < Math.max(0, ...columns.map((column) => column.length)); i++)
        proc.line(join(columns.map((column) => column[i] ?? '')))
    return 0
  },
})

export const foldCommand: Command = gnuTool({
  name: 'fold',
  path: '/usr/bin/fold',
  usage: 'fold [-bs] [-w WIDTH] [FILE]...',
  options: ['b|bytes', 's|spaces', 'w|width:'],
  run: (proc, options) => {
    const width = options.number('width', 80)
    return eachLine(proc, options.operands, (line, ended) => {
      let rest = line
      while (rest.length > width) {
        const blank = options.has('spaces') ? rest.lastIndexOf(' ', width - 1) : -1
        const end = blank > 0 ? blank + 1 : width
        proc.line(rest.slice(0, end))
        rest = rest.slice(end)
      }
      proc.out(ended ? `${rest}\n` : rest)
    })
  },
})

export const expandCommand: Command = gnuTool({
  name: 'expand',
  path: '/usr/bin/expand',
  usage: 'expand [-t WIDTH] [FILE]...',
  options: ['t|tabs:'],
  lacks: ['i|initial'],
  run: (proc, options) => {
    const width = options.number('tabs', 8)
    return eachLine(proc, options.operands, (line, ended) => {
      let out = ''
      for (const c of line) out += c === '\t' ? ' '.repeat(width - (out.length % width)) : c
      proc.out(ended ? `${out}\n` : out)
    })
  },
})

export const columnCommand: Command = gnuTool({
  name: 'column',
  path: '/usr/bin/column',
  usage: 'column [-t] [-s CHARS] [-o TEXT] [-c WIDTH] [FILE]...',
  version: ['util-linux', 'util-linux'],
  options: ['t|table', 's|separator:', 'o|output-separator:', 'c|output-width:', 'x|fillrows', 'n'],
  lacks: ['N|table-columns:', 'J|json', 'R|table-right:'],
  run: async (proc, options) => {
    const { lines, code } = await allLines(proc, options.operands)
    if (options.has('table')) tabulate(proc, lines, options)
    else
      fill(
        proc,
        lines.filter((line) => line !== ''),
        options,
      )
    return code
  },
})

function tabulate(proc: Process, lines: readonly string[], options: ParsedOptions): void {
  const separator = options.value('separator')
  const rows = lines
    .filter((line) => line.trim() !== '')
    .map((line) =>
      separator === null ? line.trim().split(/[ \t]+/) : line.split(new RegExp(`[${separator.replace(/[\\\]^-]/g, '\\$&')}]`)),
    )
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, index) => void (widths[index] = Math.max(widths[index] ?? 0, cell.length)))
  const gap = options.value('output-separator') ?? '  '
  for (const row of rows) proc.line(row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!))).join(gap))
}

function fill(proc: Process, items: readonly string[], options: ParsedOptions): void {
  const width = Math.ceil((Math.max(0, ...items.map((item) => item.length)) + 1) / 8) * 8
  const columns = Math.max(1, Math.floor(options.number('output-width', proc.columns) / width))
  const rows = Math.ceil(items.length / columns)
  for (let row = 0; row < rows; row++) {
    const cells = Array.from(
      { length: columns },
      (_, column) => items[options.has('fillrows') ? row * columns + column : column * rows + row],
    ).filter((item) => item !== undefined)
    proc.line(
      cells.map((cell, index) => (index === cells.length - 1 ? cell : cell + '\t'.repeat(Math.ceil((width - cell.length) / 8)))).join(''),
    )
  }
}
