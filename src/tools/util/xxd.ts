// xxd: bytes as hex and back. Its options are words of their own, never bundled: `-ps`, `-cols 8`, `-s -6`.

import { ownOf } from '../../grammar/own-of.js'
import { KernelError } from '../../kernel/errno.js'
import { type Command, notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { cNumber, hex, printable, readAll } from './bytes.js'

type Style = 'hex' | 'bits' | 'plain' | 'include' | 'little-endian'

interface Request {
  style: Style
  isReverse: boolean
  isUpper: boolean
  skipsZeros: boolean
  isDecimal: boolean
  isCapital: boolean
  columns: number | null
  group: number | null
  length: number | null
  /** Negative: from the end. */
  seek: number
  offset: number
  name: string | null
  readonly operands: string[]
}

const USAGE =
  'xxd [-a] [-b | -e | -i | -p] [-u] [-d] [-c COLUMNS] [-g BYTES] [-l LENGTH] [-o OFFSET] [-s [-]SEEK] [-n NAME] [FILE [OUTFILE]]   xxd -r [-p] [FILE]'

function flag(request: Request, letter: string): boolean {
  switch (letter) {
    case 'a':
      request.skipsZeros = !request.skipsZeros
      return true
    case 'b':
      request.style = 'bits'
      return true
    case 'e':
      request.style = 'little-endian'
      return true
    case 'i':
      request.style = 'include'
      return true
    case 'p':
      request.style = 'plain'
      return true
    case 'u':
      request.isUpper = true
      return true
    case 'd':
      request.isDecimal = true
      return true
    case 'C':
      request.isCapital = true
      return true
    case 'r':
      request.isReverse = true
      return true
    default:
      return false
  }
}

/** The long words that go with a letter: `-cols`, `-len`... are the letter's own, not its value. */
const WORDS: Readonly<Record<string, string>> = { c: 'cols', g: 'group', l: 'len', o: 'offset', s: 'seek', n: 'name' }

function withValue(request: Request, letter: string, value: string): boolean {
  if (letter === 'n') {
    request.name = value
    return true
  }
  const number = cNumber(value.replace(/^\+?-?/, ''))
  if (number === null) return false
  if (letter === 'c') request.columns = number
  else if (letter === 'g') request.group = number
  else if (letter === 'l') request.length = number
  else if (letter === 'o') request.offset = number
  else request.seek = value.includes('-') ? -number : number
  return true
}

/** Null: the words make no sense. A string: an option that netlab lacks. */
function read(words: string[]): Request | string | null {
  const request: Request = {
    style: 'hex',
    isReverse: false,
    isUpper: false,
    skipsZeros: false,
    isDecimal: false,
    isCapital: false,
    columns: null,
    group: null,
    length: null,
    seek: 0,
    offset: 0,
    name: null,
    operands: [],
  }
  while (words.length > 0) {
    const word = words.shift()!
    if (!/^-./.test(word)) {
      request.operands.push(word)
      continue
    }
    const option = word.replace(/^--?/, '')
    if (/^E|^R/.test(option)) return word
    if (flag(request, option[0]!)) continue
    const known = ownOf(WORDS, option[0]!)
    if (known === undefined) return null
    const value = option.length === 1 || known.startsWith(option) ? words.shift() : option.slice(1)
    if (value === undefined || !withValue(request, option[0]!, value)) return null
  }
  return request.operands.length > 2 ? null : request
}

async function xxd(proc: Process): Promise<number> {
  const request = read(proc.argv.slice(1))
  if (request === null) {
    proc.error(`Usage:\n       ${USAGE}`)
    return 1
  }
  if (typeof request === 'string') return notEmulated(proc, request, 'the lab knows ASCII and prints without colours')
  const { bytes, code } = await readAll(proc, request.operands.slice(0, 1))
  if (code !== 0) return 2
  const text = new TextDecoder()
  const output = request.isReverse ? fromHex(text.decode(bytes), request.style === 'plain') : shown(request, bytes)
  if (output === null) {
    proc.error('xxd: Sorry, cannot seek.')
    return 4
  }
  const target = request.operands[1]
  try {
    if (target !== undefined && target !== '-') proc.files.write(target, output)
    else if (typeof output === 'string') proc.out(output)
    else proc.outBytes(output)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    proc.error(`xxd: ${target}: ${error.message}`)
    return 3
  }
  return 0
}

function shown(request: Request, bytes: Uint8Array): string | null {
  const isFile = request.operands[0] !== undefined && request.operands[0] !== '-'
  const start = request.seek < 0 ? bytes.length + request.seek : request.seek
  if (start < 0 || (request.seek < 0 && !isFile)) return null
  const data = bytes.subarray(start, request.length === null ? undefined : start + request.length)
  if (request.style === 'plain') return plain(request, data)
  if (request.style === 'include') return included(request, data, isFile)
  return rows(request, data, start + request.offset)
}

function digits(request: Request, byte: number): string {
  if (request.style === 'bits') return byte.toString(2).padStart(8, '0')
  return request.isUpper ? hex(byte, 2).toUpperCase() : hex(byte, 2)
}

function plain(request: Request, data: Uint8Array): string {
  const width = request.columns ?? 30
  let out = ''
  for (let at = 0; at < data.length; at += width)
    out += `${[...data.subarray(at, at + width)].map((byte) => digits(request, byte)).join('')}\n`
  return out
}

/** A C array; from standard input only its content. */
function included(request: Request, data: Uint8Array, isFile: boolean): string {
  const width = request.columns ?? 12
  const lines: string[] = []
  for (let at = 0; at < data.length; at += width)
    lines.push(
      `  ${[...data.subarray(at, at + width)].map((byte) => `0${request.isUpper ? 'X' : 'x'}${digits(request, byte)}`).join(', ')}`,
    )
  const body = lines.join(',\n')
  const source = request.name ?? (isFile ? request.operands[0]! : null)
  if (source === null) return `${body}\n`
  const plainName = `${/^\d/.test(source) ? '__' : ''}${source.replace(/[^A-Za-z0-9]/g, '_')}`
  const name = request.isCapital ? plainName.toUpperCase() : plainName
  return `unsigned char ${name}[] = {\n${body}\n};\nunsigned int ${name}_${request.isCapital ? 'LEN' : 'len'} = ${data.length};\n`
}

function rows(request: Request, data: Uint8Array, address: number): string {
  const width = request.columns ?? (request.style === 'bits' ? 6 : 16)
  const isZero = (at: number): boolean => data.length - at >= width && data.subarray(at, at + width).every((byte) => byte === 0)
  let out = ''
  for (let at = 0; at < data.length; at += width) {
    const line = row(request, data.subarray(at, at + width), address + at, width)
    // -a: of three and more rows of zeros only the first is shown; at the end of the file also the last.
    if (request.skipsZeros && isZero(at)) {
      let last = at
      while (isZero(last + width)) last += width
      if (last - at >= 2 * width) {
        const isEnd = last + width >= data.length
        out += `${line}*\n${isEnd ? row(request, data.subarray(last, last + width), address + last, width) : ''}`
        at = last
        continue
      }
    }
    out += line
  }
  return out
}

function row(request: Request, bytes: Uint8Array, address: number, width: number): string {
  const group = request.group === 0 ? width : (request.group ?? (request.style === 'bits' ? 1 : request.style === 'little-endian' ? 4 : 2))
  const size = request.style === 'bits' ? 8 : 2
  const cells = new Array<string>(Math.floor(((group * size + 1) * width - 1) / group)).fill(' ')
  for (const [index, byte] of bytes.entries()) {
    const place = request.style === 'little-endian' ? index ^ (group - 1) : index
    const at = Math.floor(((group * size + 1) * place) / group)
    for (const [i, digit] of [...digits(request, byte)].entries()) cells[at + i] = digit
  }
  const number = request.isDecimal ? String(address).padStart(8, '0') : hex(address, 8)
  return `${number}: ${cells.join('')}  ${[...bytes].map(printable).join('')}\n`
}

function fromHex(text: string, isPlain: boolean): Uint8Array {
  const out: number[] = []
  for (const line of text.split('\n')) {
    const match = isPlain ? null : /^\s*([0-9a-fA-F]+):?\s?(.*)$/.exec(line)
    if (!isPlain && match === null) continue
    // An address further on leaves a hole, which reads as zeros.
    if (match !== null) while (out.length < Number.parseInt(match[1]!, 16)) out.push(0)
    const body = isPlain ? (/^[\s0-9a-fA-F]*/.exec(line)?.[0] ?? '') : match![2]!.split('  ')[0]!
    for (const pair of body.replace(/\s/g, '').match(/[0-9a-fA-F]{2}/g) ?? []) out.push(Number.parseInt(pair, 16))
  }
  return Uint8Array.from(out)
}

export const xxdCommand: Command = { name: 'xxd', path: '/usr/bin/xxd', usage: USAGE, run: xxd }
