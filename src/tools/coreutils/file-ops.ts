// cp, mv, rm, mkdir, rmdir, touch, ln: changing the tree.

import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { attempt, fail, gnuTool, missingOperand, type ParsedOptions, quoteName, tryHelp } from '../../node/gnu-tool.js'
import { Fifo, LiveFile, RegularFile, SymbolicLink } from '../../node/inode.js'
import { baseName } from '../../node/path.js'
import type { Process } from '../../node/process.js'
import { changeMode } from './modes.js'

interface Transfer {
  readonly sources: readonly string[]
  readonly target: string
  readonly intoDirectory: boolean
}

/** SOURCE... TARGET, with -t and -T; a number is an exit code. */
function transfer(proc: Process, options: ParsedOptions): Transfer | number {
  const operands = [...options.operands]
  const given = options.value('target-directory')
  if (operands.length === 0) {
    fail(proc, 'missing file operand')
    tryHelp(proc)
    return 1
  }
  if (given === null && operands.length === 1) {
    fail(proc, `missing destination file operand after ${quoteName(proc, operands[0]!)}`)
    tryHelp(proc)
    return 1
  }
  const target = given ?? operands.pop()!
  const intoDirectory = !options.has('no-target-directory') && proc.files.isDirectory(target)
  if (operands.length > 1 && !intoDirectory) {
    const what =
      proc.machine.image.toolAtLeast('coreutils', '9.1') && !proc.files.exists(target)
        ? `target ${quoteName(proc, target)}: No such file or directory`
        : `target ${quoteName(proc, target)} is not a directory`
    return fail(proc, what)
  }
  return { sources: operands, target, intoDirectory }
}

function destination(work: Transfer, source: string): string {
  return work.intoDirectory ? `${work.target.replace(/\/$/, '')}/${baseName(source)}` : work.target
}

function existsAtAll(proc: Process, path: string): boolean {
  return attempt(() => void proc.files.lstat(path)) === null
}

function copyOne(proc: Process, source: string, target: string, options: ParsedOptions): number {
  const { files } = proc
  const keepsLinks = options.has('archive') || options.has('no-dereference') || options.has('P')
  const isRecursive = options.has('archive') || options.has('recursive') || options.has('R')
  try {
    const node = files.node(source, !(keepsLinks || (isRecursive && !options.has('dereference'))))
    if (node.type === 'directory') {
      if (!isRecursive)
        return fail(
          proc,
          proc.machine.image.toolAtLeast('coreutils', '8.26')
            ? `-r not specified; omitting directory ${quoteName(proc, source)}`
            : `omitting directory ${quoteName(proc, source)}`,
        )
      return copyDirectory(proc, source, target, options)
    }
    if (files.exists(target) && files.node(target) === node)
      return fail(proc, `${quoteName(proc, source)} and ${quoteName(proc, target)} are the same file`)
    if (options.has('no-clobber') && files.exists(target)) return 0
    if (options.has('update') && files.exists(target) && files.stat(target).mtimeUs >= node.mtimeUs) return 0
    if (node instanceof SymbolicLink) {
      if (existsAtAll(proc, target)) files.remove(target)
      files.symlink(node.target, target)
    } else if (node instanceof Fifo) files.addNew(target, new Fifo(node.mode))
    else {
      if (options.has('remove-destination') && existsAtAll(proc, target)) files.remove(target)
      const content = node instanceof RegularFile || node instanceof LiveFile ? files.content(source) : ''
      const isNew = !files.exists(target)
      files.write(target, content)
      if (isNew) files.node(target).mode = node.mode & ~proc.umask & 0o7777
      keepAttributes(proc, source, target, options)
    }
    if (options.has('verbose')) proc.line(`${quoteName(proc, source)} -> ${quoteName(proc, target)}`)
    return 0
  } catch (error) {
    return copyError(proc, error, source, target)
  }
}

function copyError(proc: Process, error: unknown, source: string, target: string): number {
  if (!(error instanceof KernelError)) throw error
  if (!existsAtAll(proc, source)) return fail(proc, `cannot stat ${quoteName(proc, source)}: ${error.message}`)
  if (!proc.files.access(source, 4)) return fail(proc, `cannot open ${quoteName(proc, source)} for reading: ${error.message}`)
  return fail(proc, `cannot create regular file ${quoteName(proc, target)}: ${error.message}`)
}

function keepAttributes(proc: Process, source: string, target: string, options: ParsedOptions): void {
  if (!options.has('archive') && !options.has('preserve') && !options.has('p')) return
  const from = proc.files.stat(source)
  const to = proc.files.node(target)
  to.mode = from.mode
  to.mtimeUs = from.mtimeUs
  if (!proc.isRoot) return
  to.uid = from.uid
  to.gid = from.gid
}

function copyDirectory(proc: Process, source: string, target: string, options: ParsedOptions): number {
  const { files } = proc
  if (files.absolute(target).startsWith(`${files.absolute(source)}/`))
    return fail(proc, `cannot copy a directory, ${quoteName(proc, source)}, into itself, ${quoteName(proc, target)}`)
  if (!files.exists(target)) files.mkdir(target, { mode: files.stat(source).mode })
  let code = 0
  for (const name of files.list(source))
    code = Math.max(code, copyOne(proc, `${source.replace(/\/$/, '')}/${name}`, `${target.replace(/\/$/, '')}/${name}`, options))
  return code
}

export const cpCommand: Command = gnuTool({
  name: 'cp',
  path: '/bin/cp',
  usage: 'cp [-adfnpPrRTuv] [-t DIRECTORY] SOURCE... TARGET',
  options: [
    'a|archive',
    'd',
    'f|force',
    'n|no-clobber',
    'p',
    '|preserve?',
    'P|no-dereference',
    'L|dereference',
    'r|recursive',
    'R',
    't|target-directory:',
    'T|no-target-directory',
    'u|update',
    'v|verbose',
    '|remove-destination',
  ],
  lacks: ['i|interactive', 'b|backup?', 'l|link', 's|symbolic-link', 'x|one-file-system', '|reflink?', '|sparse:', '|parents'],
  run: (proc, options) => {
    const work = transfer(proc, options)
    if (typeof work === 'number') return work
    return work.sources.reduce((code, source) => Math.max(code, copyOne(proc, source, destination(work, source), options)), 0)
  },
})

function moveOne(proc: Process, source: string, target: string, options: ParsedOptions): number {
  const { files } = proc
  if (!existsAtAll(proc, source)) return fail(proc, `cannot stat ${quoteName(proc, source)}: No such file or directory`)
  if (options.has('no-clobber') && existsAtAll(proc, target)) return 0
  const error = attempt(() => {
    if (existsAtAll(proc, target) && files.lstat(target).type === 'symlink') files.remove(target)
    if (existsAtAll(proc, target) && files.lstat(source).type !== 'directory' && files.lstat(target).type === 'directory')
      throw new KernelError('EISDIR')
    files.rename(source, target)
  })
  if (error === null) {
    if (options.has('verbose'))
      proc.line(
        `${proc.machine.image.toolAtLeast('coreutils', '8.26') ? 'renamed ' : ''}${quoteName(proc, source)} -> ${quoteName(proc, target)}`,
      )
    return 0
  }
  if (error.errno === 'EINVAL')
    return fail(proc, `cannot move ${quoteName(proc, source)} to a subdirectory of itself, ${quoteName(proc, target)}`)
  return fail(proc, `cannot move ${quoteName(proc, source)} to ${quoteName(proc, target)}: ${error.message}`)
}

export const mvCommand: Command = gnuTool({
  name: 'mv',
  path: '/bin/mv',
  usage: 'mv [-fnTuv] [-t DIRECTORY] SOURCE... TARGET',
  options: ['f|force', 'n|no-clobber', 't|target-directory:', 'T|no-target-directory', 'u|update', 'v|verbose'],
  lacks: ['i|interactive', 'b|backup?', 'S|suffix:'],
  run: (proc, options) => {
    const work = transfer(proc, options)
    if (typeof work === 'number') return work
    return work.sources.reduce((code, source) => Math.max(code, moveOne(proc, source, destination(work, source), options)), 0)
  },
})

function removeOne(proc: Process, path: string, options: ParsedOptions): number {
  const { files } = proc
  const isForced = options.has('force')
  const isRecursive = options.has('recursive') || options.has('R')
  const base = baseName(path)
  if (base === '.' || base === '..') return fail(proc, `refusing to remove '.' or '..' directory: skipping ${quoteName(proc, path)}`)
  if (files.absolute(path) === '/' && isRecursive) {
    proc.error(`${proc.name}: it is dangerous to operate recursively on '/'`)
    return fail(proc, 'use --no-preserve-root to override this failsafe')
  }
  const error = attempt(() => {
    const isDirectory = files.lstat(path).type === 'directory'
    if (!isDirectory) files.remove(path)
    else if (isRecursive) removeInside(proc, path, options)
    else if (options.has('dir')) files.rmdir(path)
    else throw new KernelError('EISDIR')
    if (options.has('verbose')) proc.line(`removed ${isDirectory ? 'directory ' : ''}${quoteName(proc, path)}`)
  })
  if (error === null || (isForced && error.errno === 'ENOENT')) return 0
  return fail(proc, `cannot remove ${quoteName(proc, path)}: ${error.message}`)
}

function removeInside(proc: Process, path: string, options: ParsedOptions): void {
  for (const name of proc.files.list(path)) {
    const child = `${path.replace(/\/$/, '')}/${name}`
    if (proc.files.lstat(child).type === 'directory') removeInside(proc, child, options)
    else proc.files.remove(child)
  }
  proc.files.rmdir(path)
}

export const rmCommand: Command = gnuTool({
  name: 'rm',
  path: '/bin/rm',
  usage: 'rm [-dfrRv] FILE...',
  options: ['d|dir', 'f|force', 'r|recursive', 'R', 'v|verbose', '|preserve-root?', '|one-file-system'],
  lacks: ['i', 'I', '|interactive?', '|no-preserve-root'],
  run: (proc, options) => {
    if (options.operands.length === 0) return options.has('force') ? 0 : missingOperand(proc)
    return options.operands.reduce((code, path) => Math.max(code, removeOne(proc, path, options)), 0)
  },
})

export const mkdirCommand: Command = gnuTool({
  name: 'mkdir',
  path: '/bin/mkdir',
  usage: 'mkdir [-pv] [-m MODE] DIRECTORY...',
  options: ['p|parents', 'm|mode:', 'v|verbose'],
  run: (proc, options) => {
    if (options.operands.length === 0) return missingOperand(proc)
    const text = options.value('mode')
    const mode = text === null ? null : changeMode(text, 0o777, true)
    if (text !== null && mode === null) return fail(proc, `invalid mode ${quoteName(proc, text)}`)
    let code = 0
    for (const path of options.operands) {
      const error = attempt(() => proc.files.mkdir(path, { parents: options.has('parents'), ...(mode === null ? {} : { mode }) }))
      if (error !== null) code = fail(proc, `cannot create directory ${quoteName(proc, path)}: ${error.message}`)
      else if (options.has('verbose')) proc.line(`mkdir: created directory ${quoteName(proc, path)}`)
    }
    return code
  },
})

export const rmdirCommand: Command = gnuTool({
  name: 'rmdir',
  path: '/bin/rmdir',
  usage: 'rmdir [-pv] DIRECTORY...',
  options: ['p|parents', 'v|verbose', '|ignore-fail-on-non-empty'],
  run: (proc, options) => {
    if (options.operands.length === 0) return missingOperand(proc)
    let code = 0
    for (const path of options.operands) {
      let current = path.replace(/(.)\/+$/, '$1')
      do {
        const error = attempt(() => proc.files.rmdir(current))
        if (error !== null) {
          if (!(options.has('ignore-fail-on-non-empty') && error.errno === 'ENOTEMPTY'))
            code = fail(proc, `failed to remove ${quoteName(proc, current)}: ${error.message}`)
          break
        }
        current = current.replace(/\/?[^/]*$/, '')
      } while (options.has('parents') && current !== '')
    }
    return code
  },
})

export const lnCommand: Command = gnuTool({
  name: 'ln',
  path: '/bin/ln',
  usage: 'ln [-fnsTv] [-t DIRECTORY] TARGET... [LINK]',
  options: ['f|force', 'n|no-dereference', 's|symbolic', 't|target-directory:', 'T|no-target-directory', 'v|verbose'],
  lacks: ['b', 'r|relative', 'i|interactive'],
  run: (proc, options) => {
    if (options.operands.length === 0) {
      fail(proc, 'missing file operand')
      tryHelp(proc)
      return 1
    }
    const operands = options.operands.length === 1 ? [options.operands[0]!, '.'] : [...options.operands]
    const target = options.value('target-directory') ?? operands.pop()!
    const isLink = attempt(() => void proc.files.readlink(target)) === null
    const work: Transfer = {
      sources: operands,
      target,
      intoDirectory: !options.has('no-target-directory') && !(options.has('no-dereference') && isLink) && proc.files.isDirectory(target),
    }
    return operands.reduce((code, source) => Math.max(code, linkOne(proc, source, destination(work, source), options)), 0)
  },
})

function linkOne(proc: Process, source: string, path: string, options: ParsedOptions): number {
  const { files } = proc
  const isSymbolic = options.has('symbolic')
  const error = attempt(() => {
    if (options.has('force') && existsAtAll(proc, path)) files.remove(path)
    if (isSymbolic) files.symlink(source, path)
    else files.link(source, path)
  })
  if (error === null) {
    if (options.has('verbose')) proc.line(`${quoteName(proc, path)} ${isSymbolic ? '->' : '=>'} ${quoteName(proc, source)}`)
    return 0
  }
  if (!isSymbolic && !existsAtAll(proc, source)) return fail(proc, `failed to access ${quoteName(proc, source)}: ${error.message}`)
  if (!isSymbolic && error.errno === 'EPERM') return fail(proc, `${source}: hard link not allowed for directory`)
  return fail(proc, `failed to create ${isSymbolic ? 'symbolic' : 'hard'} link ${quoteName(proc, path)}: ${error.message}`)
}
