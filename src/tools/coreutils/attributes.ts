// touch, chmod, chown, chgrp, stat, truncate, mkfifo, mktemp: what is known of a file besides its content.

import type { Command } from '../../node/command.js'
import type { Stat } from '../../node/files.js'
import { attempt, fail, gnuTool, missingOperand, type ParsedOptions, parseSize, quoteName, tryHelp } from '../../node/gnu-tool.js'
import { Fifo } from '../../node/inode.js'
import type { Process } from '../../node/process.js'
import { parseDate } from '../../shell/dates.js'
import { strftime } from '../../shell/strftime.js'
import { changeMode, modeText } from './modes.js'

export const touchCommand: Command = gnuTool({
  name: 'touch',
  path: '/bin/touch',
  usage: 'touch [-chm] [-d DATE] [-r FILE] FILE...',
  options: ['c|no-create', 'd|date:', 'm', 'r|reference:', 't:', 'h|no-dereference'],
  lacks: ['a'],
  run: (proc, options) => {
    if (options.operands.length === 0) {
      fail(proc, 'missing file operand')
      tryHelp(proc)
      return 1
    }
    const when = touchTime(proc, options)
    if (typeof when === 'string') return fail(proc, when)
    let code = 0
    for (const path of options.operands) {
      if (options.has('no-create') && !proc.files.exists(path)) continue
      const error = attempt(() => proc.files.touch(path, when ?? proc.clock))
      if (error !== null)
        code = fail(
          proc,
          proc.files.exists(path)
            ? `setting times of ${quoteName(proc, path)}: ${error.message}`
            : `cannot touch ${quoteName(proc, path)}: ${error.message}`,
        )
    }
    return code
  },
})

function touchTime(proc: Process, options: ParsedOptions): number | null | string {
  const reference = options.value('reference')
  if (reference !== null)
    return proc.files.exists(reference)
      ? proc.files.stat(reference).mtimeUs
      : `failed to get attributes of ${quoteName(proc, reference)}: No such file or directory`
  const text = options.value('date')
  if (text !== null) return parseDate(text, proc.clock) ?? `invalid date format ${quoteName(proc, text)}`
  const stamp = options.value('t')
  if (stamp === null) return null
  const match = /^(\d{4})?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(stamp)
  if (match === null) return `invalid date format ${quoteName(proc, stamp)}`
  const year = match[1] === undefined ? new Date(proc.clock / 1000).getUTCFullYear() : Number(match[1])
  return Date.UTC(year, Number(match[2]) - 1, Number(match[3]), Number(match[4]), Number(match[5]), Number(match[6] ?? 0)) * 1000
}

/** The operands and, with -R, all below them. */
function reach(proc: Process, path: string, isRecursive: boolean): string[] {
  if (!isRecursive || !proc.files.isDirectory(path) || proc.files.lstat(path).type === 'symlink') return [path]
  return [path, ...proc.files.list(path).flatMap((name) => reach(proc, `${path.replace(/\/$/, '')}/${name}`, true))]
}

export const chmodCommand: Command = {
  ...gnuTool({
    name: 'chmod',
    path: '/bin/chmod',
    usage: 'chmod [-Rcfv] MODE[,MODE]... FILE...',
    options: ['R|recursive', 'c|changes', 'f|silent|quiet', 'v|verbose', '|reference:'],
    run: (proc, options) => {
      const [text, ...paths] = options.operands
      if (text === undefined || paths.length === 0)
        return text === undefined ? missingOperand(proc) : fail(proc, `missing operand after ${quoteName(proc, text)}`)
      if (changeMode(text, 0, false) === null) {
        fail(proc, `invalid mode: ${quoteName(proc, text)}`)
        tryHelp(proc)
        return 1
      }
      let code = 0
      for (const path of paths) {
        if (attempt(() => void proc.files.stat(path)) !== null) {
          code = fail(proc, `cannot access ${quoteName(proc, path)}: No such file or directory`)
          continue
        }
        for (const one of reach(proc, path, options.has('recursive'))) {
          const error = attempt(() => {
            const { mode, type } = proc.files.stat(one)
            proc.files.chmod(one, changeMode(text, mode, type === 'directory', proc.umask)!)
          })
          if (error !== null) code = fail(proc, `changing permissions of ${quoteName(proc, one)}: ${error.message}`)
        }
      }
      return code
    },
  }),
}

const chmodRun = chmodCommand.run
/** `chmod -x file`: a mode that looks like an option. */
Object.assign(chmodCommand, {
  run: (proc: Process) => {
    const at = proc.argv.findIndex((word, index) => index > 0 && /^-[rwxXst]+$/.test(word))
    if (at > 0) proc.argv = [...proc.argv.slice(0, at), '--', ...proc.argv.slice(at)]
    return chmodRun(proc)
  },
})

function ids(proc: Process, text: string, isGroupOnly: boolean): { uid: number | null; gid: number | null } | string {
  const { users } = proc.machine
  const [owner, group] = isGroupOnly ? ['', text] : text.split(/[:.]/)
  const uid = owner === '' || owner === undefined ? null : /^\d+$/.test(owner) ? Number(owner) : (users.byName(owner)?.uid ?? Number.NaN)
  const gid =
    group === undefined || group === ''
      ? text.endsWith(':') && uid !== null
        ? (users.byUid(uid)?.gid ?? null)
        : null
      : /^\d+$/.test(group)
        ? Number(group)
        : (users.groupByName(group)?.gid ?? Number.NaN)
  if (Number.isNaN(uid)) return `invalid user: ${quoteName(proc, text)}`
  if (Number.isNaN(gid)) return `invalid group: ${quoteName(proc, isGroupOnly ? text : text)}`
  return { uid, gid }
}

function ownerTool(name: 'chown' | 'chgrp'): Command {
  return gnuTool({
    name,
    path: `/bin/${name}`,
    usage: `${name} [-Rhv] ${name === 'chown' ? '[OWNER][:[GROUP]]' : 'GROUP'} FILE...`,
    options: ['R|recursive', 'h|no-dereference', 'c|changes', 'f|silent|quiet', 'v|verbose'],
    run: (proc, options) => {
      const [text, ...paths] = options.operands
      if (text === undefined) return missingOperand(proc)
      if (paths.length === 0) return fail(proc, `missing operand after ${quoteName(proc, text)}`)
      const wanted = ids(proc, text, name === 'chgrp')
      if (typeof wanted === 'string') return fail(proc, wanted)
      let code = 0
      for (const path of paths) {
        const found = attempt(() => void proc.files.lstat(path))
        if (found !== null) {
          code = fail(proc, `cannot access ${quoteName(proc, path)}: ${found.message}`)
          continue
        }
        for (const one of reach(proc, path, options.has('recursive'))) {
          const error = attempt(() => proc.files.chown(one, wanted.uid, wanted.gid, !options.has('no-dereference')))
          if (error !== null)
            code = fail(proc, `changing ${name === 'chown' ? 'ownership' : 'group'} of ${quoteName(proc, one)}: ${error.message}`)
        }
      }
      return code
    },
  })
}

export const chownCommand: Command = ownerTool('chown')
export const chgrpCommand: Command = ownerTool('chgrp')

const TYPE_NAMES = {
  directory: 'directory',
  file: 'regular file',
  symlink: 'symbolic link',
  device: 'character special file',
  fifo: 'fifo',
  socket: 'socket',
} as const

function statText(proc: Process, path: string, stat: Stat): string {
  const { users } = proc.machine
  const kind = stat.type === 'file' && stat.size === 0 ? 'regular empty file' : TYPE_NAMES[stat.type]
  const name = stat.type === 'symlink' ? `${path} -> ${proc.files.readlink(path)}` : path
  const blocks = Math.ceil(stat.size / 4096) * 8
  const who = (id: number, text: string | undefined): string => `(${String(id).padStart(5)}/${(text ?? 'UNKNOWN').padStart(8)})`
  const time = strftime('%Y-%m-%d %H:%M:%S.%N +0000', stat.mtimeUs)
  return [
    `  File: ${proc.machine.image.toolAtLeast('coreutils', '8.25') ? name : `\`${name}'`}`,
    `  Size: ${String(stat.size).padEnd(10)}\tBlocks: ${String(blocks).padEnd(10)} IO Block: 4096   ${kind}`,
    `Device: fe01h/65025d\tInode: ${String(stat.ino).padEnd(10)}  Links: ${stat.nlink}`,
    `Access: (${(stat.mode & 0o7777).toString(8).padStart(4, '0')}/${modeText(stat.type, stat.mode)})  Uid: ${who(stat.uid, users.byUid(stat.uid)?.name)}   Gid: ${who(stat.gid, users.groupById(stat.gid)?.name)}`,
    `Access: ${time}`,
    `Modify: ${time}`,
    `Change: ${time}`,
    ' Birth: -',
  ].join('\n')
}

function statFormat(proc: Process, format: string, path: string, stat: Stat): string {
  const { users } = proc.machine
  const values: Record<string, string> = {
    n: path,
    N: `'${path}'`,
    s: String(stat.size),
    a: (stat.mode & 0o7777).toString(8),
    A: modeText(stat.type, stat.mode),
    u: String(stat.uid),
    g: String(stat.gid),
    U: users.byUid(stat.uid)?.name ?? 'UNKNOWN',
    G: users.groupById(stat.gid)?.name ?? 'UNKNOWN',
    F: stat.type === 'file' && stat.size === 0 ? 'regular empty file' : TYPE_NAMES[stat.type],
    i: String(stat.ino),
    h: String(stat.nlink),
    Y: String(Math.floor(stat.mtimeUs / 1e6)),
    X: String(Math.floor(stat.mtimeUs / 1e6)),
    Z: String(Math.floor(stat.mtimeUs / 1e6)),
    y: strftime('%Y-%m-%d %H:%M:%S.%N +0000', stat.mtimeUs),
    x: strftime('%Y-%m-%d %H:%M:%S.%N +0000', stat.mtimeUs),
    z: strftime('%Y-%m-%d %H:%M:%S.%N +0000', stat.mtimeUs),
    b: String(Math.ceil(stat.size / 4096) * 8),
    B: '512',
    o: '4096',
    d: '65025',
    D: 'fe01',
    f: stat.mode.toString(16),
    '%': '%',
  }
  return format.replace(/%([a-zA-Z%])/g, (whole, code: string) => values[code] ?? whole)
}

export const statCommand: Command = gnuTool({
  name: 'stat',
  path: '/usr/bin/stat',
  usage: 'stat [-L] [-c FORMAT] FILE...',
  options: ['L|dereference', 'c|format:', '|printf:'],
  lacks: ['f|file-system', 't|terse'],
  run: (proc, options) => {
    if (options.operands.length === 0) return missingOperand(proc)
    let code = 0
    for (const path of options.operands) {
      const error = attempt(() => {
        const stat = options.has('dereference') ? proc.files.stat(path) : proc.files.lstat(path)
        const format = options.value('format')
        const printf = options.value('printf')
        if (printf !== null) proc.out(statFormat(proc, printf, path, stat).replaceAll('\\n', '\n').replaceAll('\\t', '\t'))
        else proc.line(format === null ? statText(proc, path, stat) : statFormat(proc, format, path, stat))
      })
      if (error !== null)
        code = fail(
          proc,
          `cannot ${proc.machine.image.toolAtLeast('coreutils', '8.30') ? 'statx' : 'stat'} ${quoteName(proc, path)}: ${error.message}`,
        )
    }
    return code
  },
})

export const truncateCommand: Command = gnuTool({
  name: 'truncate',
  path: '/usr/bin/truncate',
  usage: 'truncate [-c] -s SIZE FILE...',
  options: ['s|size:', 'c|no-create'],
  lacks: ['o|io-blocks', 'r|reference:'],
  run: (proc, options) => {
    const size = parseSize(options.value('size') ?? '')
    if (!options.has('size')) return fail(proc, "you must specify either '--size' or '--reference'")
    if (size === null) return fail(proc, `Invalid number: ${quoteName(proc, options.value('size')!)}`)
    if (options.operands.length === 0) return fail(proc, 'missing file operand')
    let code = 0
    for (const path of options.operands) {
      const error = attempt(() => proc.files.truncate(path, Math.min(size, 64 * 1024 * 1024)))
      if (error !== null) code = fail(proc, `cannot open ${quoteName(proc, path)} for writing: ${error.message}`)
    }
    return code
  },
})

export const mkfifoCommand: Command = gnuTool({
  name: 'mkfifo',
  path: '/usr/bin/mkfifo',
  usage: 'mkfifo [-m MODE] NAME...',
  options: ['m|mode:'],
  run: (proc, options) => {
    if (options.operands.length === 0) return missingOperand(proc)
    let code = 0
    for (const path of options.operands) {
      const error = attempt(() =>
        proc.files.addNew(path, new Fifo(changeMode(options.value('mode') ?? '666', 0o666, false)! & ~proc.umask)),
      )
      if (error !== null) code = fail(proc, `cannot create fifo ${quoteName(proc, path)}: ${error.message}`)
    }
    return code
  },
})

export const mktempCommand: Command = gnuTool({
  name: 'mktemp',
  path: '/bin/mktemp',
  usage: 'mktemp [-dqtu] [-p DIRECTORY] [TEMPLATE]',
  options: ['d|directory', 'q|quiet', 'u|dry-run', 't', 'p|tmpdir?'],
  lacks: ['|suffix:'],
  run: (proc, options) => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
    const template = options.operands[0]
    if (template !== undefined && !/X{3,}[^X/]*$/.test(template)) return fail(proc, `too few X's in template ${quoteName(proc, template)}`)
    const directory = options.value('tmpdir') ?? proc.env.get('TMPDIR') ?? '/tmp'
    const base =
      template === undefined || options.has('t') || options.has('tmpdir') ? `${directory}/${template ?? 'tmp.XXXXXXXXXX'}` : template
    const path = base.replace(/X{3,}(?=[^X/]*$)/, (xs) => [...xs].map(() => letters[proc.random.below(letters.length)]!).join(''))
    const error = attempt(() => {
      if (options.has('dry-run')) return
      if (options.has('directory')) proc.files.mkdir(path, { mode: 0o700 })
      else proc.files.write(path, '', { mode: 0o600 })
    })
    if (error !== null)
      return fail(
        proc,
        `failed to create ${options.has('directory') ? 'directory' : 'file'} via template ${quoteName(proc, base)}: ${error.message}`,
      )
    proc.line(path)
    return 0
  },
})
