// basename, dirname, readlink, realpath, pwd, du, df: paths and what lies under them.

import type { Command } from '../../node/command.js'
import { MAX_TOTAL_BYTES } from '../../node/file-store.js'
import { attempt, fail, gnuTool, missingOperand, type ParsedOptions, quoteName } from '../../node/gnu-tool.js'
import { baseName, joinPath, parentPath } from '../../node/path.js'
import type { Process } from '../../node/process.js'
import { humanSize } from './sizes.js'

export const basenameCommand: Command = gnuTool({
  name: 'basename',
  path: '/usr/bin/basename',
  usage: 'basename NAME [SUFFIX] | basename (-a | -s SUFFIX) NAME...',
  options: ['a|multiple', 's|suffix:'],
  lacks: ['z|zero'],
  run: (proc, options) => {
    const { operands } = options
    if (operands.length === 0) return missingOperand(proc)
    const many = options.has('multiple') || options.has('suffix')
    if (!many && operands.length > 2) return fail(proc, `extra operand ${quoteName(proc, operands[2]!)}`)
    const suffix = options.value('suffix') ?? (many ? '' : (operands[1] ?? ''))
    for (const name of many ? operands : operands.slice(0, 1)) {
      const base = baseName(name)
      proc.line(suffix !== '' && base.endsWith(suffix) && base !== suffix ? base.slice(0, -suffix.length) : base)
    }
    return 0
  },
})

export const dirnameCommand: Command = gnuTool({
  name: 'dirname',
  path: '/usr/bin/dirname',
  usage: 'dirname NAME...',
  options: [],
  lacks: ['z|zero'],
  run: (proc, options) => {
    if (options.operands.length === 0) return missingOperand(proc)
    for (const name of options.operands) {
      const trimmed = name.replace(/(.)\/+$/, '$1')
      proc.line(trimmed.includes('/') ? parentPath(trimmed).replace(/^\/$/, trimmed.startsWith('/') ? '/' : '/') : '.')
    }
    return 0
  },
})

export const readlinkCommand: Command = gnuTool({
  name: 'readlink',
  path: '/bin/readlink',
  usage: 'readlink [-efmnv] FILE...',
  options: ['e|canonicalize-existing', 'f|canonicalize', 'm|canonicalize-missing', 'n|no-newline', 'q|quiet', 's|silent', 'v|verbose'],
  lacks: ['z|zero'],
  run: (proc, options) => {
    if (options.operands.length === 0) return missingOperand(proc)
    let code = 0
    for (const path of options.operands) {
      const follows = options.has('canonicalize') || options.has('canonicalize-existing') || options.has('canonicalize-missing')
      const text = follows
        ? canonical(
            proc,
            path,
            options.has('canonicalize-existing') ? 'existing' : options.has('canonicalize-missing') ? 'missing' : 'parent',
          )
        : linkText(proc, path)
      if (text === null) code = 1
      else proc.out(options.has('no-newline') ? text : `${text}\n`)
    }
    return code
  },
})

function linkText(proc: Process, path: string): string | null {
  let text: string | null = null
  attempt(() => {
    text = proc.files.readlink(path)
  })
  return text
}

function canonical(proc: Process, path: string, mode: 'existing' | 'parent' | 'missing'): string | null {
  const { files } = proc
  if (files.exists(path)) return files.realpath(path)
  if (mode === 'existing') return null
  const link = linkText(proc, path)
  if (link !== null) return canonical(proc, joinPath(parentPath(files.absolute(path)), link), mode)
  const parent = parentPath(files.absolute(path))
  if (files.isDirectory(parent)) return joinPath(files.realpath(parent), baseName(path))
  return mode === 'missing' ? files.absolute(path) : null
}

export const realpathCommand: Command = gnuTool({
  name: 'realpath',
  path: '/usr/bin/realpath',
  usage: 'realpath [-emqs] FILE...',
  options: ['e|canonicalize-existing', 'm|canonicalize-missing', 'q|quiet', 's|strip', 'L|logical', 'P|physical'],
  lacks: ['|relative-to:', '|relative-base:', 'z|zero'],
  run: (proc, options) => {
    if (options.operands.length === 0) return missingOperand(proc)
    let code = 0
    for (const path of options.operands) {
      const text = options.has('strip')
        ? proc.files.absolute(path)
        : canonical(
            proc,
            path,
            options.has('canonicalize-existing') ? 'existing' : options.has('canonicalize-missing') ? 'missing' : 'parent',
          )
      if (text !== null) proc.line(text)
      else code = options.has('quiet') ? 1 : fail(proc, `${path}: No such file or directory`)
    }
    return code
  },
})

export const pwdCommand: Command = gnuTool({
  name: 'pwd',
  path: '/bin/pwd',
  usage: 'pwd [-LP]',
  options: ['L|logical', 'P|physical'],
  run: (proc, options) => {
    proc.line(options.has('logical') ? proc.cwd : proc.files.realpath('.'))
    return 0
  },
})

/** Kilobytes used by a tree, reporting directories as asked. */
function usage(
  proc: Process,
  path: string,
  report: (path: string, kb: number, depth: number, isDirectory: boolean) => void,
  depth: number,
): number {
  const { files } = proc
  const stat = files.lstat(path)
  let kb = stat.type === 'directory' ? 4 : stat.type === 'file' ? Math.ceil(stat.size / 4096) * 4 : 0
  if (stat.type === 'directory' && files.access(path, 4))
    for (const name of files.list(path)) kb += usage(proc, `${path === '/' ? '' : path}/${name}`, report, depth + 1)
  report(path, kb, depth, stat.type === 'directory')
  return kb
}

function du(proc: Process, options: ParsedOptions): number {
  const limit = options.has('summarize')
    ? 0
    : options.value('max-depth') === null
      ? Number.POSITIVE_INFINITY
      : options.number('max-depth', 0)
  const size = (kb: number): string =>
    options.has('human-readable')
      ? humanSize(kb * 1024)
      : options.has('bytes')
        ? String(kb * 1024)
        : options.has('m')
          ? String(Math.ceil(kb / 1024))
          : String(kb)
  let code = 0
  let total = 0
  for (const path of options.operands.length === 0 ? ['.'] : options.operands) {
    const error = attempt(() => {
      total += usage(
        proc,
        path,
        (name, kb, depth, isDirectory) => {
          if (depth <= limit && (isDirectory || options.has('all') || depth === 0)) proc.line(`${size(kb)}\t${name}`)
        },
        0,
      )
    })
    if (error !== null) code = fail(proc, `cannot access ${quoteName(proc, path)}: ${error.message}`)
  }
  if (options.has('total')) proc.line(`${size(total)}\ttotal`)
  return code
}

export const duCommand: Command = gnuTool({
  name: 'du',
  path: '/usr/bin/du',
  usage: 'du [-abchkms] [-d DEPTH] [FILE]...',
  options: ['a|all', 'b|bytes', 'c|total', 'd|max-depth:', 'h|human-readable', 'k', 'm', 's|summarize', 'x|one-file-system'],
  lacks: ['|exclude:', 'L|dereference', '|time?', 't|threshold:'],
  run: du,
})

/** Differs: what the system itself takes of the disk is fixed; every file written since counts. */
const SYSTEM_KB = 1_834_212
/** The disk ends where writing does: `No space left on device` comes when `df` says so. */
const DISK_KB = SYSTEM_KB + MAX_TOTAL_BYTES / 1024

interface FileSystem {
  readonly source: string
  readonly type: string
  readonly totalKb: number
  readonly usedKb: number
  readonly mount: string
}

function fileSystems(proc: Process): FileSystem[] {
  const usedKb = SYSTEM_KB + Math.ceil(proc.machine.store.bytesWritten / 1024)
  return [
    { source: 'udev', type: 'devtmpfs', totalKb: 1_019_168, usedKb: 0, mount: '/dev' },
    { source: 'tmpfs', type: 'tmpfs', totalKb: 204_800, usedKb: 348, mount: '/run' },
    { source: '/dev/vda1', type: 'ext4', totalKb: DISK_KB, usedKb, mount: '/' },
  ]
}

/** The file systems that the operands lie on; all without operands. */
function dfRows(proc: Process, names: readonly string[]): { rows: FileSystem[]; code: number } {
  const all = fileSystems(proc)
  if (names.length === 0) return { rows: all, code: 0 }
  const rows: FileSystem[] = []
  let code = 0
  for (const name of names) {
    const error = attempt(() => {
      const path = proc.files.realpath(name)
      const found = all.find(({ source, mount }) => path === source || path === mount || (mount !== '/' && path.startsWith(`${mount}/`)))
      rows.push(found ?? all[all.length - 1]!)
    })
    if (error !== null) code = fail(proc, `${name}: ${error.message}`)
  }
  return { rows, code }
}

export const dfCommand: Command = gnuTool({
  name: 'df',
  path: '/bin/df',
  usage: 'df [-hkT] [FILE]...',
  options: ['h|human-readable', 'k', 'T|print-type', 'a|all', 'l|local'],
  lacks: ['P|portability', 'i|inodes', '|output?', 't|type:'],
  run: (proc, options) => {
    const { rows, code } = dfRows(proc, options.operands)
    if (rows.length === 0) return code
    const human = options.has('human-readable')
    const size = (kb: number): string => (human ? humanSize(kb * 1024) : String(kb))
    const wide = options.has('print-type')
    proc.line(`Filesystem    ${wide ? ' Type    ' : ''} ${human ? ' Size  Used Avail' : '1K-blocks    Used Available'} Use% Mounted on`)
    for (const { source, type, totalKb, usedKb, mount } of rows) {
      const cells = human
        ? `${size(totalKb).padStart(5)} ${size(usedKb).padStart(5)} ${size(totalKb - usedKb).padStart(5)}`
        : `${size(totalKb).padStart(9)} ${size(usedKb).padStart(7)} ${size(totalKb - usedKb).padStart(9)}`
      proc.line(
        `${source.padEnd(14)}${wide ? ` ${type.padEnd(8)}` : ''} ${cells} ${`${Math.ceil((usedKb * 100) / totalKb)}%`.padStart(4)} ${mount}`,
      )
    }
    return code
  },
})
