// ls: names in columns, lines, or long rows.

import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import type { Stat } from '../../node/files.js'
import { fail, gnuTool, type ParsedOptions, quoteName } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { strftime } from '../../shell/strftime.js'
import { modeText } from './modes.js'
import { humanSize } from './sizes.js'

interface Entry {
  readonly name: string
  readonly path: string
  readonly stat: Stat
  readonly target: string | null
  readonly linksDirectory: boolean
}

const HALF_YEAR_US = 15_778_476 * 1e6

async function ls(proc: Process, options: ParsedOptions): Promise<number> {
  const operands = options.operands.length === 0 ? ['.'] : [...options.operands]
  const files: Entry[] = []
  const directories: string[] = []
  let code = 0
  for (const name of operands) {
    try {
      const stat = options.has('long') && !options.has('dereference') ? proc.files.lstat(name) : statOf(proc, name)
      const isDirectory = stat.type === 'directory' || (stat.type === 'symlink' && !options.has('long') && proc.files.isDirectory(name))
      if (isDirectory && !options.has('directory')) directories.push(name)
      else files.push(entry(proc, name, name, options))
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      code = fail(proc, `cannot access ${quoteName(proc, name)}: ${error.message}`, 2)
    }
  }
  show(proc, sorted(files, options), options, false)
  let isFirst = files.length === 0
  const needsHeader = operands.length > 1 || options.has('recursive')
  for (const directory of [...directories].sort(byName)) {
    if (needsHeader) proc.line(`${isFirst ? '' : '\n'}${directory}:`)
    isFirst = false
    code = Math.max(code, await showDirectory(proc, directory, options))
  }
  return code
}

function statOf(proc: Process, name: string): Stat {
  try {
    return proc.files.stat(name)
  } catch (error) {
    if (error instanceof KernelError && error.errno === 'ENOENT') return proc.files.lstat(name)
    throw error
  }
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function entry(proc: Process, name: string, path: string, options: ParsedOptions): Entry {
  const link = proc.files.lstat(path)
  const stat = options.has('dereference') && link.type === 'symlink' && proc.files.exists(path) ? proc.files.stat(path) : link
  const isLink = stat.type === 'symlink'
  return { name, path, stat, target: isLink ? proc.files.readlink(path) : null, linksDirectory: isLink && proc.files.isDirectory(path) }
}

async function showDirectory(proc: Process, path: string, options: ParsedOptions): Promise<number> {
  let names: string[]
  try {
    names = proc.files.list(path)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    return fail(proc, `cannot open directory ${quoteName(proc, path)}: ${error.message}`, 2)
  }
  const showsAll = options.has('all') || options.has('f')
  let wanted = showsAll || options.has('almost-all') ? names : names.filter((name) => !name.startsWith('.'))
  if (showsAll) wanted = ['.', '..', ...wanted]
  const base = path.endsWith('/') ? path : `${path}/`
  const entries: Entry[] = []
  for (const name of wanted) {
    try {
      // The folder above is that of the place itself, not of the link that led here.
      entries.push(entry(proc, name, name === '..' ? `${proc.files.realpath(path)}/..` : base + name, options))
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
    }
  }
  show(proc, sorted(entries, options), options, true)
  await proc.drain()
  if (!options.has('recursive')) return 0
  let code = 0
  for (const { name, stat } of sorted(entries, options)) {
    if (stat.type !== 'directory' || name === '.' || name === '..') continue
    proc.line(`\n${base}${name}:`)
    code = Math.max(code, await showDirectory(proc, base + name, options))
  }
  return code
}

/** A link to a directory counts as one too. */
function isDirectory({ stat, linksDirectory }: Entry): boolean {
  return stat.type === 'directory' || linksDirectory
}

function sorted(entries: readonly Entry[], options: ParsedOptions): Entry[] {
  if (options.has('U') || options.has('f') || options.value('sort') === 'none') return [...entries]
  const order = [...entries].sort((a, b) => byName(a.name, b.name))
  const key = options.value('sort')
  if (options.has('t') || key === 'time') order.sort((a, b) => b.stat.mtimeUs - a.stat.mtimeUs)
  if (options.has('S') || key === 'size') order.sort((a, b) => b.stat.size - a.stat.size)
  if (options.has('X') || key === 'extension') order.sort((a, b) => byName(extension(a.name), extension(b.name)))
  if (options.has('reverse')) order.reverse()
  if (!options.has('group-directories-first')) return order
  return [...order.filter(isDirectory), ...order.filter((one) => !isDirectory(one))]
}

function extension(name: string): string {
  return /\.[^.]*$/.exec(name)?.[0] ?? ''
}

function show(proc: Process, entries: readonly Entry[], options: ParsedOptions, isDirectory: boolean): void {
  if (options.has('long') || options.has('n') || options.has('g') || options.has('o')) {
    longRows(proc, entries, options, isDirectory)
    return
  }
  const inode = (one: Entry): string => (options.has('inode') ? `${one.stat.ino} ` : '')
  const cells = entries.map((one) => inode(one) + label(one, options, proc))
  const inColumns = options.has('C') || (proc.stdout.isTty && !options.has('1'))
  if (options.has('m')) proc.line(cells.join(', '))
  else if (inColumns && cells.length > 0)
    columns(
      proc,
      Number(options.value('width') ?? proc.columns) || Number.MAX_SAFE_INTEGER,
      cells,
      entries.map((one) => one.name.length + inode(one).length + suffix(one, options).length),
    )
  else for (const cell of cells) proc.line(cell)
}

function suffix({ stat }: Entry, options: ParsedOptions): string {
  if (!options.has('classify') && !options.has('p')) return ''
  if (stat.type === 'directory') return '/'
  if (options.has('p')) return ''
  if (stat.type === 'symlink') return '@'
  if (stat.type === 'fifo') return '|'
  if (stat.type === 'socket') return '='
  return stat.type === 'file' && (stat.mode & 0o111) !== 0 ? '*' : ''
}

function label(one: Entry, options: ParsedOptions, proc: Process): string {
  const color =
    options.has('color') && options.value('color') !== 'never' && ((options.value('color') ?? 'always') === 'always' || proc.stdout.isTty)
  const name = options.has('quote-name') ? `"${one.name}"` : one.name
  return (color ? paint(one, name) : name) + suffix(one, options)
}

function paint({ stat }: Entry, name: string): string {
  const code =
    stat.type === 'directory'
      ? '01;34'
      : stat.type === 'symlink'
        ? '01;36'
        : stat.type === 'device'
          ? '40;33;01'
          : stat.type === 'fifo'
            ? '40;33'
            : (stat.mode & 0o111) !== 0
              ? '01;32'
              : null
  return code === null ? name : `\x1b[0m\x1b[${code}m${name}\x1b[0m`
}

function columns(proc: Process, limit: number, cells: readonly string[], lengths: readonly number[]): void {
  for (let rows = 1; ; rows++) {
    const count = Math.ceil(cells.length / rows)
    const widths = Array.from({ length: count }, (_, column) => Math.max(...lengths.slice(column * rows, (column + 1) * rows)) + 2)
    if (widths.reduce((sum, width) => sum + width, 0) - 2 > limit && count > 1) continue
    for (let row = 0; row < rows; row++) {
      let line = ''
      for (let column = 0; column < count; column++) {
        const index = column * rows + row
        if (index >= cells.length) continue
        line += cells[index]! + (index + rows < cells.length ? ' '.repeat(widths[column]! - lengths[index]!) : '')
      }
      proc.line(line)
    }
    return
  }
}

function longRows(proc: Process, entries: readonly Entry[], options: ParsedOptions, isDirectory: boolean): void {
  const human = options.has('human-readable')
  if (isDirectory) {
    const blocks = entries.reduce((sum, one) => sum + Math.ceil(diskSize(one.stat) / 1024), 0)
    proc.line(`total ${human ? humanSize(blocks * 1024) : blocks}`)
  }
  const rows = entries.map((one) => longCells(proc, one, options))
  const width = (column: number): number => Math.max(0, ...rows.map((row) => row[column]!.length))
  const widths = [width(0), width(1), width(2), width(3), width(4)]
  rows.forEach((row, index) => {
    const [mode, links, owner, group, size, time] = row as [string, string, string, string, string, string]
    const one = entries[index]!
    const ino = options.has('inode') ? `${one.stat.ino} ` : ''
    const who = `${options.has('g') ? '' : `${owner.padEnd(widths[2]!)} `}${options.has('o') || options.has('no-group') ? '' : `${group.padEnd(widths[3]!)} `}`
    proc.line(
      `${ino}${mode} ${links.padStart(widths[1]!)} ${who}${size.padStart(widths[4]!)} ${time} ${label(one, options, proc)}${one.target === null ? '' : ` -> ${one.target}`}`,
    )
  })
}

function diskSize(stat: Stat): number {
  return stat.type === 'file' || stat.type === 'directory' ? Math.ceil(stat.size / 4096) * 4096 : 0
}

function longCells(proc: Process, one: Entry, options: ParsedOptions): string[] {
  const { stat } = one
  const { users } = proc.machine
  const numeric = options.has('n') || options.has('numeric-uid-gid')
  const owner = numeric ? String(stat.uid) : (users.byUid(stat.uid)?.name ?? String(stat.uid))
  const group = numeric ? String(stat.gid) : (users.groupById(stat.gid)?.name ?? String(stat.gid))
  const size = options.has('human-readable') ? humanSize(stat.size) : String(stat.size)
  return [modeText(stat.type, stat.mode), String(stat.nlink), owner, group, size, timeText(proc, stat, options)]
}

function timeText(proc: Process, stat: Stat, options: ParsedOptions): string {
  const style = options.value('time-style')
  if (options.has('full-time') || style === 'full-iso') return strftime('%Y-%m-%d %H:%M:%S.%N +0000', stat.mtimeUs)
  if (style === 'long-iso') return strftime('%Y-%m-%d %H:%M', stat.mtimeUs)
  if (style?.startsWith('+') === true) return strftime(style.slice(1), stat.mtimeUs)
  const isRecent = stat.mtimeUs <= proc.clock && proc.clock - stat.mtimeUs < HALF_YEAR_US
  return strftime(isRecent ? '%b %e %H:%M' : '%b %e  %Y', stat.mtimeUs)
}

export const lsCommand: Command = gnuTool({
  name: 'ls',
  path: '/bin/ls',
  usage:
    'ls [-1aACdFfgGhilLmnopQrRStUX] [-w COLUMNS] [--group-directories-first] [--color[=WHEN]] [--full-time] [--time-style=STYLE] [--sort=WORD] [FILE]...',
  failure: 2,
  options: [
    '1',
    'a|all',
    'A|almost-all',
    'C',
    'd|directory',
    'F|classify',
    'f',
    'g',
    'h|human-readable',
    'i|inode',
    'l|long',
    'L|dereference',
    'm',
    'n|numeric-uid-gid',
    'o',
    'p',
    'q',
    'Q|quote-name',
    'r|reverse',
    'R|recursive',
    'S',
    't',
    'U',
    'X',
    'N|literal',
    'k',
    'w|width:',
    'G|no-group',
    '|color?',
    '|full-time',
    '|time-style:',
    '|sort:',
    '|group-directories-first',
  ],
  lacks: ['v', 'c', 'u', 'x', 's|size', '|si', '|time:', 'Z|context', 'b|escape', 'B|ignore-backups', 'I|ignore:', '|hide:', '|author'],
  run: ls,
})
