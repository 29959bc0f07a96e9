// strings, file, cmp: what is in a file, and where two differ.

import type { Command } from '../../node/command.js'
import { fail, gnuTool, missingOperand } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { cSize, readAll } from './bytes.js'

export const stringsCommand: Command = gnuTool({
  name: 'strings',
  path: '/usr/bin/strings',
  usage: 'strings [-n LENGTH] [FILE]...',
  options: ['n|bytes:', 'a|all'],
  lacks: ['f|print-file-name', 't|radix:', 'e|encoding:'],
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

const FILE_USAGE = `Usage: file [-bcCdEhikLlNnprsSvzZ0] [--apple] [--extension] [--mime-encoding]
            [--mime-type] [-e <testname>] [-F <separator>]  [-f <namefile>]
            [-m <magicfiles>] [-P <parameter=value>] [--exclude-quiet]
            <file> ...
       file -C [-m <magicfiles>]
       file [--help]
`

export const fileCommand: Command = gnuTool({
  name: 'file',
  path: '/usr/bin/file',
  usage: 'file [-b] FILE...',
  options: ['b|brief', 'h|no-dereference', 'N|no-pad'],
  lacks: [
    'i|mime',
    '|mime-type',
    '|mime-encoding',
    'L|dereference',
    's|special-files',
    'f|files-from:',
    'F|separator:',
    'z|uncompress',
    'k|keep-going',
  ],
  run: (proc, options) => {
    const names = options.operands
    if (names.length === 0) {
      proc.writeTo(2, FILE_USAGE)
      return 1
    }
    const width = options.has('no-pad') ? 0 : Math.max(...names.map((name) => name.length)) + 2
    for (const name of names) proc.line(options.has('brief') ? fileKind(proc, name) : `${`${name}: `.padEnd(width)}${fileKind(proc, name)}`)
    return 0
  },
})

export const cmpCommand: Command = gnuTool({
  name: 'cmp',
  path: '/usr/bin/cmp',
  usage: 'cmp [-ls] FILE1 FILE2',
  failure: 2,
  version: ['GNU diffutils', 'coreutils'],
  options: ['s|quiet|silent', 'l|verbose', 'n|bytes:'],
  lacks: ['b|print-bytes', 'i|ignore-initial:'],
  run: async (proc, options) => {
    const [left, right = '-'] = options.operands
    if (left === undefined) return missingOperand(proc)
    const limit = cSize(options.value('bytes') ?? `${Number.MAX_SAFE_INTEGER}`)
    if (limit === null) return fail(proc, `invalid --bytes value '${options.value('bytes')}'`, 2)
    const a = await readAll(proc, [left], limit)
    if (a.code > 0) return 2
    const b = await readAll(proc, [right], limit)
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
