// join and split: files put together by a field, and cut into pieces.

import type { Command } from '../../node/command.js'
import { allLines, eachInput, fail, gnuTool, missingOperand, type ParsedOptions, parseSize } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'

async function join(proc: Process, options: ParsedOptions): Promise<number> {
  const [left, right] = options.operands
  if (left === undefined || right === undefined) return missingOperand(proc)
  const separator = options.value('t')
  const both = options.value('j')
  const keys = [Number(options.value('1') ?? both ?? 1) - 1, Number(options.value('2') ?? both ?? 1) - 1] as const
  const split = (line: string): string[] => (separator === null ? line.trim().split(/[ \t]+/) : line.split(separator))
  const a = await allLines(proc, [left])
  const b = await allLines(proc, [right])
  if (a.code + b.code > 0) return 1
  const glue = separator ?? ' '
  const others = (fields: readonly string[], key: number): string[] => fields.filter((_, index) => index !== key)
  const rows = b.lines.map(split)
  const used = new Set<string[]>()
  const unpaired = options.values('a')
  const only = options.values('v')
  for (const fields of a.lines.map(split)) {
    const key = fields[keys[0]] ?? ''
    const matches = rows.filter((row) => (row[keys[1]] ?? '') === key)
    for (const row of matches) {
      used.add(row)
      if (only.length === 0) proc.line([key, ...others(fields, keys[0]), ...others(row, keys[1])].join(glue))
    }
    if (matches.length === 0 && [...unpaired, ...only].includes('1')) proc.line([key, ...others(fields, keys[0])].join(glue))
  }
  if ([...unpaired, ...only].includes('2'))
    for (const row of rows) if (!used.has(row)) proc.line([row[keys[1]] ?? '', ...others(row, keys[1])].join(glue))
  return 0
}

export const joinCommand: Command = gnuTool({
  name: 'join',
  path: '/usr/bin/join',
  usage: 'join [-1 FIELD] [-2 FIELD] [-j FIELD] [-t CHAR] [-a FILE] [-v FILE] FILE1 FILE2',
  options: ['1:', '2:', 'j:', 't:', 'a:', 'v:', '|nocheck-order', '|check-order'],
  lacks: ['i|ignore-case', 'o:', 'e:', '|header'],
  run: join,
})

/** aa, ab, ... */
function suffix(index: number, length: number): string {
  let text = ''
  for (let i = 0, rest = index; i < length; i++, rest = Math.floor(rest / 26)) text = String.fromCharCode(97 + (rest % 26)) + text
  return text
}

async function split(proc: Process, options: ParsedOptions): Promise<number> {
  const [input, prefix = 'x'] = options.operands
  const size = parseSize(options.value('bytes') ?? options.value('lines') ?? '1000')
  if (size === null || size === 0)
    return fail(
      proc,
      `invalid number of ${options.has('bytes') ? 'bytes' : 'lines'}: '${options.value('bytes') ?? options.value('lines')}'`,
    )
  const width = options.number('suffix-length', 2)
  const name = (index: number): string =>
    prefix + (options.has('numeric-suffixes') ? String(index).padStart(width, '0') : suffix(index, width))
  return eachInput(proc, input === undefined ? [] : [input], async ({ input: stream }) => {
    if (options.has('bytes')) {
      const bytes = await stream.readAllBytes()
      for (let at = 0, index = 0; at < bytes.length; at += size, index++) proc.files.write(name(index), bytes.slice(at, at + size))
      return
    }
    const lines = (await stream.readAll()).split(/(?<=\n)/).filter((line) => line !== '')
    for (let at = 0, index = 0; at < lines.length; at += size, index++) proc.files.write(name(index), lines.slice(at, at + size).join(''))
  })
}

export const splitCommand: Command = gnuTool({
  name: 'split',
  path: '/usr/bin/split',
  usage: 'split [-l LINES | -b BYTES] [-a LENGTH] [-d] [FILE [PREFIX]]',
  options: ['l|lines:', 'b|bytes:', 'a|suffix-length:', 'd|numeric-suffixes'],
  lacks: ['n|number:', 'C|line-bytes:', '|filter:', '|additional-suffix:'],
  run: split,
})
