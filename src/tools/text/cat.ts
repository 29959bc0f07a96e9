// cat, tac, rev: files one after the other.

import { type Chunk, toText } from '../../node/chunk.js'
import type { Command } from '../../node/command.js'
import { allLines, eachInput, eachLine, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'

async function cat(proc: Process, options: ParsedOptions): Promise<number> {
  const decorate = decorator(options)
  return eachInput(proc, options.operands, async ({ input }) => {
    for (let chunk = await input.readChunk(); chunk !== null; chunk = await input.readChunk()) {
      proc.out(decorate === null ? chunk : decorate(chunk))
      await proc.drain()
    }
  })
}

/** Line numbers, visible ends and controls; null for plain copying. */
function decorator(options: ParsedOptions): ((chunk: Chunk) => string) | null {
  const all = options.has('show-all')
  const numbersNonblank = options.has('number-nonblank')
  const numbers = options.has('number') || numbersNonblank
  const ends = all || options.has('show-ends') || options.has('e')
  const tabs = all || options.has('show-tabs') || options.has('t')
  const controls = all || options.has('show-nonprinting') || options.has('e') || options.has('t')
  const squeezes = options.has('squeeze-blank')
  if (!numbers && !ends && !tabs && !controls && !squeezes) return null
  let number = 0
  let atStart = true
  let blanks = 0
  return (chunk) => {
    let out = ''
    for (const piece of toText(chunk).split(/(?<=\n)/)) {
      const isBlank = piece === '\n'
      blanks = atStart && isBlank ? blanks + 1 : 0
      if (squeezes && blanks > 1) continue
      if (numbers && atStart && !(numbersNonblank && isBlank)) out += `${String(++number).padStart(6)}\t`
      const hasEnd = piece.endsWith('\n')
      let body = hasEnd ? piece.slice(0, -1) : piece
      if (controls)
        body = body.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (c) => (c === '\x7f' ? '^?' : `^${String.fromCharCode(c.charCodeAt(0) + 64)}`))
      if (tabs) body = body.replaceAll('\t', '^I')
      out += body + (hasEnd ? (ends ? '$\n' : '\n') : '')
      atStart = hasEnd
    }
    return out
  }
}

export const catCommand: Command = gnuTool({
  name: 'cat',
  path: '/bin/cat',
  usage: 'cat [-AbeEnstTuv] [FILE]...',
  options: [
    'A|show-all',
    'b|number-nonblank',
    'e',
    'E|show-ends',
    'n|number',
    's|squeeze-blank',
    't',
    'T|show-tabs',
    'u',
    'v|show-nonprinting',
  ],
  run: cat,
})

export const tacCommand: Command = gnuTool({
  name: 'tac',
  path: '/usr/bin/tac',
  usage: 'tac [FILE]...',
  options: [],
  lacks: ['s|separator:', 'b|before', 'r|regex'],
  run: async (proc, options) => {
    const { lines, code } = await allLines(proc, options.operands)
    for (const line of lines.reverse()) proc.line(line)
    return code
  },
})

export const revCommand: Command = gnuTool({
  name: 'rev',
  path: '/usr/bin/rev',
  usage: 'rev [FILE]...',
  options: [],
  version: ['util-linux', 'util-linux'],
  run: (proc, options) => eachLine(proc, options.operands, (line, ended) => proc.out([...line].reverse().join('') + (ended ? '\n' : ''))),
})
