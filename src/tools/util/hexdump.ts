// hexdump and hd: bytes in rows of sixteen, or as a format of the user's (-e).

import { ownOf } from '../../grammar/own-of.js'
import type { Command } from '../../node/command.js'
import { fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { cCharacter, cSize, hex, littleEndian, printable, readAll } from './bytes.js'
import { formatBlock, formatSize, readFormat, type Unit } from './hexdump-format.js'

interface Shape {
  readonly size: number
  readonly cell: (value: number) => string
}

const SHAPES: Readonly<Record<string, Shape>> = {
  words: { size: 2, cell: (value) => hex(value, 4) },
  x: { size: 2, cell: (value) => `   ${hex(value, 4)}` },
  d: { size: 2, cell: (value) => `  ${String(value).padStart(5, '0')}` },
  o: { size: 2, cell: (value) => ` ${value.toString(8).padStart(6, '0')}` },
  b: { size: 1, cell: (value) => value.toString(8).padStart(3, '0') },
  c: { size: 1, cell: (value) => cCharacter(value).padStart(3) },
}

function plainRow(row: Uint8Array, { size, cell }: Shape): string {
  const cells: string[] = []
  for (let at = 0; at < row.length; at += size) cells.push(cell(Number(littleEndian(row, at, size))))
  return cells.join(' ').padEnd((cell(0).length + 1) * (16 / size) - 1)
}

function canonicalRow(row: Uint8Array): string {
  const cells = Array.from({ length: 16 }, (_, i) => (i < row.length ? hex(row[i]!, 2) : '  '))
  return `${cells.slice(0, 8).join(' ')}  ${cells.slice(8).join(' ')}  |${[...row].map(printable).join('')}|`
}

/** Rows that repeat the one before are shown as one `*`; a short last row does so too when it begins the same. */
function eachRow(data: Uint8Array, width: number, squeezes: boolean, show: (row: Uint8Array, at: number) => void, star: () => void): void {
  let previous: Uint8Array | null = null
  let isStarred = false
  for (let at = 0; at < data.length; at += width) {
    const row = data.subarray(at, at + width)
    const before: Uint8Array | null = previous
    if (squeezes && before !== null && row.every((byte, index) => byte === before[index])) {
      if (!isStarred) star()
      isStarred = true
      continue
    }
    isStarred = false
    previous = row
    show(row, at)
  }
}

async function hexdump(proc: Process, options: ParsedOptions): Promise<number> {
  const { bytes, code, isNothing } = await readAll(proc, options.operands)
  if (isNothing) return fail(proc, 'all input file arguments failed')
  const skip = cSize(options.value('skip') ?? '0')
  const length = options.value('length') === null ? bytes.length : cSize(options.value('length')!)
  if (skip === null || length === null) return fail(proc, 'failed to parse length or offset')
  const data = bytes.subarray(skip, skip + length)
  const squeezes = !options.has('no-squeezing')
  const star = (): void => proc.line('*')
  if (options.has('format')) return formatted(proc, options, data, skip)
  const isCanonical = options.has('canonical') || proc.name === 'hd'
  const names = options.given.map(({ name }) => name).filter((name) => Object.hasOwn(SHAPES, name))
  const shapes = names.length === 0 && !isCanonical ? ['words'] : names
  const width = isCanonical ? 8 : 7
  const show = (row: Uint8Array, at: number): void => {
    if (isCanonical) proc.line(`${hex(at + skip, 8)}  ${canonicalRow(row)}`)
    for (const name of shapes) proc.line(`${hex(at + skip, 7)} ${plainRow(row, ownOf(SHAPES, name)!)}`)
  }
  eachRow(data, 16, squeezes, show, star)
  if (data.length > 0) proc.line(hex(data.length + skip, width))
  return code
}

function formatted(proc: Process, options: ParsedOptions, data: Uint8Array, skip: number): number {
  const formats: Unit[][] = []
  for (const text of options.values('format')) {
    const units = readFormat(text)
    if (typeof units === 'string') return fail(proc, units)
    formats.push(units)
  }
  const width = Math.max(...formats.map(formatSize), 1)
  const show = (row: Uint8Array, at: number): void => {
    for (const units of formats) proc.out(formatBlock(units, row, { at: at + skip, width }))
  }
  eachRow(data, width, !options.has('no-squeezing'), show, () => proc.line('*'))
  return 0
}

function hexdumpTool(name: 'hexdump' | 'hd'): Command {
  return gnuTool({
    name,
    path: `/usr/bin/${name}`,
    usage: `${name} [-bcCdovx] [-e FORMAT] [-n LENGTH] [-s SKIP] [FILE]...`,
    version: ['util-linux', 'util-linux'],
    options: ['C|canonical', 'n|length:', 's|skip:', 'v|no-squeezing', 'x', 'd', 'o', 'b', 'c', 'e|format:'],
    lacks: ['f|format-file:', 'L|color?'],
    run: hexdump,
  })
}

export const hexdumpCommand: Command = hexdumpTool('hexdump')
export const hdCommand: Command = hexdumpTool('hd')
