// xxd, od, hexdump, strings, file, cmp: files byte by byte.

import { joinBytes } from '../../node/chunk.js'
import type { Command } from '../../node/command.js'
import { eachInput, fail, gnuTool, missingOperand, type ParsedOptions, parseSize } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'

const hex = (n: number, width: number): string => n.toString(16).padStart(width, '0')
const printable = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')

async function readAll(proc: Process, names: readonly string[]): Promise<{ bytes: Uint8Array; code: number }> {
  const parts: Uint8Array[] = []
  const code = await eachInput(proc, names, async ({ input }) => void parts.push(await input.readAllBytes()))
  return { bytes: joinBytes(parts), code }
}

function limited(bytes: Uint8Array, skip: number, length: string | null): Uint8Array {
  return bytes.subarray(skip, length === null ? undefined : skip + (parseSize(length) ?? bytes.length))
}

async function xxd(proc: Process, options: ParsedOptions): Promise<number> {
  const { bytes, code } = await readAll(proc, options.operands.slice(0, 1))
  if (code !== 0) return 2
  if (options.has('r')) {
    proc.outBytes(fromHex(new TextDecoder().decode(bytes), options.has('p')))
    return 0
  }
  const data = limited(bytes, options.number('s', 0), options.value('l'))
  const columns = options.number('c', options.has('p') ? 30 : options.has('i') ? 12 : options.has('b') ? 6 : 16)
  const group = options.number('g', options.has('b') ? 1 : 2)
  for (let at = 0; at < data.length; at += columns) {
    const row = data.subarray(at, at + columns)
    if (options.has('p')) {
      proc.line([...row].map((byte) => hex(byte, 2)).join(''))
      continue
    }
    const cell = (byte: number): string =>
      options.has('b') ? byte.toString(2).padStart(8, '0') : options.has('u') ? hex(byte, 2).toUpperCase() : hex(byte, 2)
    const size = options.has('b') ? 8 : 2
    let cells = ''
    for (let i = 0; i < columns; i++)
      cells += (i < row.length ? cell(row[i]!) : ' '.repeat(size)) + ((i + 1) % group === 0 && i + 1 < columns ? ' ' : '')
    proc.line(`${hex(at + options.number('s', 0), 8)}: ${cells}  ${[...row].map(printable).join('')}`)
  }
  return 0
}

function fromHex(text: string, isPlain: boolean): Uint8Array {
  const digits = isPlain
    ? text.replace(/\s/g, '')
    : text
        .split('\n')
        .map((line) =>
          line
            .replace(/^[0-9a-fA-F]+:\s?/, '')
            .split('  ')[0]!
            .replace(/\s/g, ''),
        )
        .join('')
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

export const xxdCommand: Command = gnuTool({
  name: 'xxd',
  path: '/usr/bin/xxd',
  usage: 'xxd [-bpru] [-c COLUMNS] [-g BYTES] [-l LENGTH] [-s SKIP] [FILE]',
  options: ['p', 'r', 'b', 'u', 'c:', 'g:', 'l:', 's:'],
  lacks: ['i', 'e', 'E', 'o:'],
  run: xxd,
})

/** hexdump: plain (two-byte words), -C (canonical). */
async function hexdump(proc: Process, options: ParsedOptions): Promise<number> {
  const { bytes, code } = await readAll(proc, options.operands)
  const skip = options.number('skip', 0)
  const data = limited(bytes, skip, options.value('length'))
  const isCanonical = options.has('canonical') || proc.name === 'hd'
  let previous: string | null = null
  let isStarred = false
  for (let at = 0; at < data.length; at += 16) {
    const row = data.subarray(at, at + 16)
    const body = isCanonical ? canonicalRow(row) : wordRow(row)
    if (body === previous && at + 16 < data.length && !options.has('no-squeezing')) {
      if (!isStarred) proc.line('*')
      isStarred = true
      continue
    }
    isStarred = false
    previous = body
    proc.line(`${hex(at + skip, isCanonical ? 8 : 7)}${isCanonical ? '  ' : ' '}${body}`)
  }
  if (data.length > 0) proc.line(hex(data.length + skip, isCanonical ? 8 : 7))
  return code
}

function canonicalRow(row: Uint8Array): string {
  const cells = Array.from({ length: 16 }, (_, i) => (i < row.length ? hex(row[i]!, 2) : '  '))
  return `${cells.slice(0, 8).join(' ')}  ${cells.slice(8).join(' ')}  |${[...row].map(printable).join('')}|`
}

function wordRow(row: Uint8Array): string {
  const words: string[] = []
  for (let i = 0; i < row.length; i += 2) words.push(hex(row[i]! | ((row[i + 1] ?? 0) << 8), 4))
  return words.join(' ').padEnd(39)
}

function hexdumpTool(name: 'hexdump' | 'hd'): Command {
  return gnuTool({
    name,
    path: `/usr/bin/${name}`,
    usage: `${name} [-Cv] [-n LENGTH] [-s SKIP] [FILE]...`,
    version: ['util-linux', 'util-linux'],
    options: ['C|canonical', 'n|length:', 's|skip:', 'v|no-squeezing', 'x'],
    lacks: ['e|format:', 'b', 'c', 'd', 'o'],
    run: hexdump,
  })
}

export const hexdumpCommand: Command = hexdumpTool('hexdump')
export const hdCommand: Command = hexdumpTool('hd')

const OD_WIDTH: Readonly<Record<string, number>> = { o: 3, x: 2, u: 3, d: 4, c: 3, a: 3 }

function odCell(kind: string, size: number, value: number, byte: number): string {
  if (kind === 'c') {
    const names: Record<number, string> = { 0: '\\0', 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' }
    return (names[byte] ?? (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte.toString(8).padStart(3, '0'))).padStart(4)
  }
  if (kind === 'x') return ` ${hex(value, size * 2)}`
  if (kind === 'o') return ` ${value.toString(8).padStart(size === 1 ? 3 : size === 2 ? 6 : 11, '0')}`
  const limit = 2 ** (size * 8)
  const number = kind === 'd' && value >= limit / 2 ? value - limit : value
  return ` ${String(number).padStart(size === 1 ? (kind === 'd' ? 4 : 3) : size === 2 ? (kind === 'd' ? 6 : 5) : kind === 'd' ? 11 : 10)}`
}

async function od(proc: Process, options: ParsedOptions): Promise<number> {
  const { bytes, code } = await readAll(proc, options.operands)
  const skip = options.number('skip-bytes', 0)
  const data = limited(bytes, skip, options.value('read-bytes'))
  const type =
    options.value('format') ?? (options.has('c') ? 'c' : options.has('x') ? 'x2' : options.has('b') ? 'o1' : options.has('d') ? 'u2' : 'o2')
  const match = /^([acdoux])(\d)?z?$/.exec(type)
  if (match === null || OD_WIDTH[match[1]!] === undefined) return fail(proc, `invalid type string '${type}'`)
  const kind = match[1]!
  const size = kind === 'c' || kind === 'a' ? 1 : Number(match[2] ?? 4)
  const width = options.number('width', 16)
  const base = options.value('address-radix') ?? 'o'
  const address = (at: number): string =>
    base === 'n' ? '' : base === 'x' ? hex(at, 6) : base === 'd' ? String(at).padStart(7, '0') : at.toString(8).padStart(7, '0')
  for (let at = 0; at < data.length; at += width) {
    let line = address(at + skip)
    for (let i = at; i < Math.min(at + width, data.length); i += size) {
      let value = 0
      for (let j = size - 1; j >= 0; j--) value = value * 256 + (data[i + j] ?? 0)
      line += odCell(kind, size, value, data[i]!)
    }
    proc.line(line)
  }
  if (base !== 'n') proc.line(address(data.length + skip))
  return code
}

export const odCommand: Command = gnuTool({
  name: 'od',
  path: '/usr/bin/od',
  usage: 'od [-bcdvx] [-A RADIX] [-j SKIP] [-N LENGTH] [-t TYPE] [-w WIDTH] [FILE]...',
  options: ['A|address-radix:', 't|format:', 'N|read-bytes:', 'j|skip-bytes:', 'w|width?', 'v|output-duplicates', 'c', 'x', 'b', 'd'],
  lacks: ['S|strings?', 'a', 'f', 'o', 's'],
  run: od,
})

export const stringsCommand: Command = gnuTool({
  name: 'strings',
  path: '/usr/bin/strings',
  usage: 'strings [-n LENGTH] [FILE]...',
  options: ['n|bytes:', 'a|all', 'f|print-file-name'],
  lacks: ['t|radix:', 'e|encoding:'],
  run: async (proc, options) => {
    const { bytes, code } = await readAll(proc, options.operands)
    const least = options.number('bytes', 4)
    let text = ''
    for (const byte of [...bytes, 0]) {
      if ((byte >= 0x20 && byte < 0x7f) || byte === 9) text += String.fromCharCode(byte)
      else {
        if (text.length >= least) proc.line(text)
        text = ''
      }
    }
    return code
  },
})

function fileKind(proc: Process, path: string): string {
  const { files } = proc
  let stat: ReturnType<typeof files.lstat>
  try {
    stat = files.lstat(path)
  } catch {
    return `cannot open \`${path}' (No such file or directory)`
  }
  if (stat.type === 'directory') return (stat.mode & 0o1000) !== 0 ? 'sticky, directory' : 'directory'
  if (stat.type === 'symlink') return `${files.exists(path) ? '' : 'broken '}symbolic link to ${files.readlink(path)}`
  if (stat.type === 'device') return 'character special'
  if (stat.type === 'fifo') return 'fifo (named pipe)'
  if (stat.type === 'socket') return 'socket'
  if (!files.access(path, 4)) return 'regular file, no read permission'
  return contentKind(files.readBytes(path))
}

function contentKind(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'empty'
  const magic = bytes.length >= 4 ? (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0 : 0
  if (magic === 0xa1b2c3d4) {
    const link = bytes[20]! | (bytes[21]! << 8)
    const name = link === 1 ? 'Ethernet' : link === 113 ? 'Linux "cooked"' : link === 276 ? 'Linux "cooked v2"' : `link type ${link}`
    return `pcap capture file, microsecond ts (little-endian) - version ${bytes[4]}.${bytes[6]} (${name}, capture length ${bytes[16]! | (bytes[17]! << 8) | (bytes[18]! << 16)})`
  }
  if (bytes[0] === 0x7f && bytes[1] === 0x45) return 'ELF 64-bit LSB executable, x86-64, version 1 (SYSV), dynamically linked, stripped'
  if (bytes.includes(0)) return 'data'
  const text = new TextDecoder().decode(bytes)
  const script = /^#!\s*(\S+)/.exec(text)
  const kind = [...text].some((c) => c.charCodeAt(0) > 127) ? 'UTF-8 Unicode text' : 'ASCII text'
  const tail = text.includes('\n') ? '' : ', with no line terminators'
  if (script !== null)
    return /bash/.test(script[1]!)
      ? `Bourne-Again shell script, ${kind} executable${tail}`
      : /sh$/.test(script[1]!)
        ? `POSIX shell script, ${kind} executable${tail}`
        : `a ${script[1]} script, ${kind} executable${tail}`
  return kind + tail
}

export const fileCommand: Command = {
  name: 'file',
  path: '/usr/bin/file',
  usage: 'file [-b] FILE...',
  run: (proc) => {
    const words = proc.argv.slice(1)
    const names = words.filter((word) => !word.startsWith('-'))
    if (names.length === 0) return missingOperand(proc)
    const width = Math.max(...names.map((name) => name.length)) + 2
    for (const name of names) proc.line(words.includes('-b') ? fileKind(proc, name) : `${`${name}:`.padEnd(width)}${fileKind(proc, name)}`)
    return 0
  },
}

export const cmpCommand: Command = gnuTool({
  name: 'cmp',
  path: '/usr/bin/cmp',
  usage: 'cmp [-ls] FILE1 FILE2',
  failure: 2,
  version: ['GNU diffutils', 'coreutils'],
  options: ['s|quiet|silent', 'l|verbose', 'b|print-bytes', 'n|bytes:'],
  run: async (proc, options) => {
    const [left, right = '-'] = options.operands
    if (left === undefined) return missingOperand(proc)
    const a = await readAll(proc, [left])
    if (a.code > 0) return 2
    const b = await readAll(proc, [right])
    if (b.code > 0) return 2
    let line = 1
    for (let i = 0; i < Math.min(a.bytes.length, b.bytes.length); i++) {
      if (a.bytes[i] !== b.bytes[i]) {
        if (options.has('verbose'))
          proc.line(`${String(i + 1).padStart(3)} ${a.bytes[i]!.toString(8).padStart(3)} ${b.bytes[i]!.toString(8).padStart(3)}`)
        else {
          if (!options.has('quiet'))
            proc.line(
              `${left} ${right} differ: ${/UTF/i.test(proc.env.get('LC_ALL') ?? proc.env.get('LANG') ?? '') ? 'byte' : 'char'} ${i + 1}, line ${line}`,
            )
          return 1
        }
      }
      if (a.bytes[i] === 10) line++
    }
    if (a.bytes.length === b.bytes.length) return 0
    if (!options.has('quiet'))
      proc.error(
        `cmp: EOF on ${a.bytes.length < b.bytes.length ? left : right} after byte ${Math.min(a.bytes.length, b.bytes.length)}, line ${line - 1}`,
      )
    return 1
  },
})
