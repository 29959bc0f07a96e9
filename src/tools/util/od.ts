// od: bytes as octal words, hex, decimal numbers, characters or names, several of them under each other.

import { ownOf } from '../../grammar/own-of.js'
import type { Command } from '../../node/command.js'
import { fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { cCharacter, cSize, hex, littleEndian, printable, readAll } from './bytes.js'

interface Type {
  readonly kind: string
  readonly size: number
  readonly showsText: boolean
}

const NAMES =
  'nul soh stx etx eot enq ack bel  bs  ht  nl  vt  ff  cr  so  si dle dc1 dc2 dc3 dc4 nak syn etb can  em sub esc  fs  gs  rs  us  sp'.match(
    /\S+/g,
  )!

/** Digits that the largest number of 1, 2, 4 and 8 bytes needs. */
const DIGITS: Readonly<Record<string, readonly number[]>> = {
  o: [3, 6, 11, 22],
  x: [2, 4, 8, 16],
  u: [3, 5, 10, 20],
  d: [4, 6, 11, 20],
  a: [3],
  c: [3],
}

/** `-x` and its like, as -t would say it. */
const SHORTHANDS: Readonly<Record<string, string>> = { a: 'a', b: 'o1', c: 'c', d: 'u2', i: 'd4', l: 'd8', o: 'o2', s: 'd2', x: 'x2' }

function readTypes(text: string): Type[] | string {
  const types: Type[] = []
  let rest = text
  while (rest !== '') {
    const match = /^([acdoux])(\d+|[CSIL])?(z?)/.exec(rest)
    if (match === null) return `invalid character '${rest[0]}' in type string '${text}'`
    rest = rest.slice(match[0].length)
    const kind = match[1]!
    const isText = kind === 'a' || kind === 'c'
    const size = isText ? 1 : (({ C: 1, S: 2, I: 4, L: 8 } as Record<string, number>)[match[2] ?? 'I'] ?? Number(match[2]))
    if (![1, 2, 4, 8].includes(size)) return `invalid type string '${text}';\nthis system doesn't provide a ${size}-byte integral type`
    types.push({ kind, size, showsText: match[3] === 'z' })
  }
  return types
}

function widthOf({ kind, size }: Type): number {
  return ownOf(DIGITS, kind)![Math.log2(size)]! + 1
}

function cell({ kind, size }: Type, data: Uint8Array, at: number): string {
  const byte = data[at]!
  if (kind === 'c') return cCharacter(byte)
  if (kind === 'a') return (byte & 0x7f) === 0x7f ? 'del' : (NAMES[byte & 0x7f] ?? String.fromCharCode(byte & 0x7f))
  const value = littleEndian(data, at, size)
  if (kind === 'u') return value.toString()
  if (kind === 'd') return BigInt.asIntN(size * 8, value).toString()
  return value.toString(kind === 'x' ? 16 : 8).padStart(ownOf(DIGITS, kind)![Math.log2(size)]!, '0')
}

/** One row in one type; `room` is what the widest of the types takes, spread over the fields. */
function rowOf(type: Type, row: Uint8Array, width: number, room: number): string {
  const fields = width / type.size
  const spare = room - widthOf(type) * fields
  let line = ''
  let left = spare
  let field = fields
  for (let at = 0; at < row.length; at += type.size, field--) {
    const after = Math.floor((spare * (field - 1)) / fields)
    line += cell(type, row, at).padStart(widthOf(type) + left - after)
    left = after
  }
  return type.showsText ? `${line.padEnd(room)}  >${[...row].map(printable).join('')}<` : line
}

function addressOf(radix: string): ((at: number) => string) | null {
  switch (radix) {
    case 'o':
      return (at) => at.toString(8).padStart(7, '0')
    case 'd':
      return (at) => String(at).padStart(7, '0')
    case 'x':
      return (at) => hex(at, 6)
    case 'n':
      return () => ''
    default:
      return null
  }
}

function typesOf(options: ParsedOptions): Type[] | string {
  const types: Type[] = []
  for (const { name, value } of options.given) {
    const text = name === 'format' ? value! : ownOf(SHORTHANDS, name)
    if (text === undefined) continue
    const read = readTypes(text)
    if (typeof read === 'string') return read
    types.push(...read)
  }
  return types.length > 0 ? types : [{ kind: 'o', size: 2, showsText: false }]
}

async function od(proc: Process, options: ParsedOptions): Promise<number> {
  const types = typesOf(options)
  if (typeof types === 'string') return fail(proc, types)
  const radix = options.value('address-radix') ?? 'o'
  const address = addressOf(radix)
  if (address === null) return fail(proc, `invalid output address radix '${radix}'; it must be one character from [doxn]`)
  const skip = cSize(options.value('skip-bytes') ?? '0')
  if (skip === null) return fail(proc, `invalid -j argument '${options.value('skip-bytes')}'`)
  const length = options.value('read-bytes')
  const limit = length === null ? null : cSize(length)
  if (length !== null && limit === null) return fail(proc, `invalid -N argument '${length}'`)
  const width = options.has('width') ? (cSize(options.value('width') ?? '32') ?? 16) : 16
  const { bytes, code, isNothing } = await readAll(proc, options.operands)
  if (isNothing) return code
  if (skip > bytes.length) return fail(proc, 'cannot skip past end of combined input')
  const data = bytes.subarray(skip, limit === null ? undefined : skip + limit)
  const room = Math.max(...types.map((type) => (widthOf(type) * width) / type.size))
  const squeezes = !options.has('output-duplicates')
  let isStarred = false
  for (let at = 0; at < data.length; at += width) {
    const row = data.subarray(at, at + width)
    // A row that repeats the one before is not shown; a short last one always is.
    if (squeezes && at > 0 && row.length === width && row.every((byte, index) => byte === data[at - width + index])) {
      if (!isStarred) proc.line('*')
      isStarred = true
      continue
    }
    isStarred = false
    for (const [index, type] of types.entries()) {
      const number = address(at + skip)
      proc.line(`${index === 0 ? number : ' '.repeat(number.length)}${rowOf(type, row, width, room)}`)
    }
  }
  if (radix !== 'n') proc.line(address(data.length + skip))
  return code
}

export const odCommand: Command = gnuTool({
  name: 'od',
  path: '/usr/bin/od',
  usage: 'od [-abcdilosvx] [-A RADIX] [-j SKIP] [-N LENGTH] [-t TYPE]... [-w[WIDTH]] [FILE]...',
  options: [
    'A|address-radix:',
    't|format:',
    'N|read-bytes:',
    'j|skip-bytes:',
    'w|width?',
    'v|output-duplicates',
    ...Object.keys(SHORTHANDS),
  ],
  lacks: ['S|strings?', 'f', '|endian:', '|traditional'],
  run: od,
})
