// wc, nl, seq, yes: counting.

import { toBytes, toText } from '../../node/chunk.js'
import type { Command } from '../../node/command.js'
import { eachInput, eachLine, fail, gnuTool, missingOperand, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { formatPrintf } from '../../shell/printf.js'

interface Counts {
  lines: number
  words: number
  chars: number
  bytes: number
  longest: number
}

async function wc(proc: Process, options: ParsedOptions): Promise<number> {
  const rows: [Counts, string][] = []
  const total: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 }
  const code = await eachInput(proc, options.operands, async ({ name, input }) => {
    const counts: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 }
    let inWord = false
    let column = 0
    for (let chunk = await input.readChunk(); chunk !== null; chunk = await input.readChunk()) {
      counts.bytes += toBytes(chunk).length
      for (const c of toText(chunk)) {
        counts.chars++
        if (c === '\n') counts.lines++
        column = c === '\n' ? 0 : column + 1
        counts.longest = Math.max(counts.longest, column)
        const isBlank = /\s/.test(c)
        if (!isBlank && !inWord) counts.words++
        inWord = !isBlank
      }
    }
    rows.push([counts, name])
    for (const key of ['lines', 'words', 'chars', 'bytes'] as const) total[key] += counts[key]
    total.longest = Math.max(total.longest, counts.longest)
  })
  if (options.operands.length > 1) rows.push([total, 'total'])
  const keys = wanted(options)
  const isPlain = options.operands.length === 0
  const width = rows.length === 1 && keys.length === 1 ? 1 : isPlain ? 7 : Math.max(1, String(total.bytes).length)
  for (const [counts, name] of rows) {
    const cells = keys.map((key) => String(counts[key]).padStart(width)).join(' ')
    proc.line(isPlain ? cells : `${cells} ${name}`)
  }
  return code
}

function wanted(options: ParsedOptions): (keyof Counts)[] {
  const keys: (keyof Counts)[] = []
  if (options.has('lines')) keys.push('lines')
  if (options.has('words')) keys.push('words')
  if (options.has('chars')) keys.push('chars')
  if (options.has('bytes')) keys.push('bytes')
  if (options.has('max-line-length')) keys.push('longest')
  return keys.length === 0 ? ['lines', 'words', 'bytes'] : keys
}

export const wcCommand: Command = gnuTool({
  name: 'wc',
  path: '/usr/bin/wc',
  usage: 'wc [-clLmw] [FILE]...',
  options: ['c|bytes', 'm|chars', 'l|lines', 'w|words', 'L|max-line-length'],
  lacks: ['|files0-from:'],
  run: wc,
})

async function nl(proc: Process, options: ParsedOptions): Promise<number> {
  const style = options.value('body-numbering') ?? 't'
  const width = options.number('number-width', 6)
  const step = options.number('line-increment', 1)
  const separator = options.value('number-separator') ?? '\t'
  const format = options.value('number-format') ?? 'rn'
  let number = options.number('starting-line-number', 1)
  return eachLine(proc, options.operands, (line) => {
    if (style === 'n' || (style === 't' && line === '')) {
      proc.line(line === '' ? ' '.repeat(width + separator.length) : ' '.repeat(width + separator.length) + line)
      return
    }
    const text = format === 'ln' ? String(number).padEnd(width) : String(number).padStart(width, format === 'rz' ? '0' : ' ')
    proc.line(text + separator + line)
    number += step
  })
}

export const nlCommand: Command = gnuTool({
  name: 'nl',
  path: '/usr/bin/nl',
  usage: 'nl [-b STYLE] [-i STEP] [-n FORMAT] [-s TEXT] [-v FIRST] [-w WIDTH] [FILE]...',
  options: [
    'b|body-numbering:',
    'w|number-width:',
    'i|line-increment:',
    's|number-separator:',
    'n|number-format:',
    'v|starting-line-number:',
  ],
  lacks: ['d|section-delimiter:', 'f|footer-numbering:', 'h|header-numbering:', 'l|join-blank-lines:', 'p|no-renumber'],
  run: nl,
})

async function seq(proc: Process, options: ParsedOptions): Promise<number> {
  const { operands } = options
  if (operands.length === 0) return missingOperand(proc)
  if (operands.length > 3) return fail(proc, `extra operand '${operands[3]}'`)
  for (const text of operands)
    if (Number.isNaN(Number(text)) || text.trim() === '') return fail(proc, `invalid floating point argument: '${text}'`)
  const [first, step, last] =
    operands.length === 1
      ? ['1', '1', operands[0]!]
      : operands.length === 2
        ? [operands[0]!, '1', operands[1]!]
        : (operands as [string, string, string])
  if (Number(step) === 0) return fail(proc, `invalid Zero increment value: '${step}'`)
  const digits = Math.max(decimals(first), decimals(step))
  const width = options.has('equal-width') ? Math.max(fixed(Number(first), digits).length, fixed(Number(last), digits).length) : 0
  const format = options.value('format')
  const separator = options.value('separator') ?? '\n'
  const count = Math.floor((Number(last) - Number(first)) / Number(step) + 1e-9)
  for (let i = 0; i <= count; i++) {
    const value = Number(first) + i * Number(step)
    const text = format === null ? pad(fixed(value, digits), width) : formatPrintf(format, [String(value)]).text
    proc.out((i > 0 ? separator : '') + text)
    if (i % 64 === 0) await proc.drain()
  }
  if (count >= 0) proc.out('\n')
  return 0
}

function decimals(text: string): number {
  return /\.(\d+)/.exec(text)?.[1]?.length ?? 0
}

function fixed(value: number, digits: number): string {
  return value.toFixed(digits)
}

function pad(text: string, width: number): string {
  return text.startsWith('-') ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0')
}

const seqTool: Command = gnuTool({
  name: 'seq',
  path: '/usr/bin/seq',
  usage: 'seq [-w] [-s TEXT] [-f FORMAT] [FIRST [STEP]] LAST',
  order: 'posix',
  options: ['w|equal-width', 's|separator:', 'f|format:'],
  run: seq,
})

export const seqCommand: Command = {
  ...seqTool,
  run: (proc) => {
    const at = proc.argv.findIndex((word, index) => index > 0 && /^-\.?\d/.test(word))
    if (
      at > 0 &&
      !proc.argv.includes('--') &&
      proc.argv.slice(1, at).every((word, index) => word.startsWith('-') || /^-[sf]$/.test(proc.argv[index]!))
    )
      proc.argv = [...proc.argv.slice(0, at), '--', ...proc.argv.slice(at)]
    return seqTool.run(proc)
  },
}

export const yesCommand: Command = {
  name: 'yes',
  path: '/usr/bin/yes',
  usage: 'yes [TEXT]...',
  async run(proc) {
    const line = `${proc.argv.length > 1 ? proc.argv.slice(1).join(' ') : 'y'}\n`
    for (;;) {
      for (let i = 0; i < 256; i++) proc.out(line)
      await proc.drain()
      await proc.compute(1000)
    }
  },
}
