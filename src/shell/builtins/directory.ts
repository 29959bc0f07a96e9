// cd, pwd, dirs, pushd, popd.

import { KernelError } from '../../kernel/errno.js'
import { joinPath } from '../../node/path.js'
import type { Shell } from '../shell.js'
import { type BuiltinTable, complain, usage } from './builtin.js'

function cd(shell: Shell, args: string[]): number {
  let isPhysical = shell.options.physical
  const operands: string[] = []
  for (const arg of args) {
    if (arg === '-P' || arg === '-L') isPhysical = arg === '-P'
    else if (arg === '--') continue
    else if (/^-.+/.test(arg) && operands.length === 0) return usage(shell, 'cd', arg.slice(0, 2), 'cd [-L|[-P [-e]] [-@]] [dir]')
    else operands.push(arg)
  }
  if (operands.length > 1) return complain(shell, 'cd', 'too many arguments')
  const wanted = operands[0]
  const target = wanted === undefined ? shell.variables.get('HOME') : wanted === '-' ? shell.variables.get('OLDPWD') : wanted
  if (target === null) return complain(shell, 'cd', wanted === undefined ? 'HOME not set' : 'OLDPWD not set')
  if (target === '') return 0
  const status = change(shell, 'cd', target, isPhysical)
  if (status === 0 && (wanted === '-' || viaCdPath(shell, target))) shell.proc.line(shell.proc.cwd)
  return status
}

function viaCdPath(shell: Shell, target: string): boolean {
  return shell.variables.get('CDPATH') !== null && !/^[./]/.test(target)
}

function change(shell: Shell, name: string, target: string, isPhysical = false): number {
  const { proc } = shell
  const bases = /^\.{0,2}\//.test(target) ? [] : (shell.variables.get('CDPATH') ?? '').split(':').filter((base) => base !== '')
  const path = [...bases.map((base) => `${base}/${target}`), target].find((candidate) => proc.files.isDirectory(candidate)) ?? target
  try {
    const node = proc.files.node(path)
    if (node.type !== 'directory') throw new KernelError('ENOTDIR')
    if (!proc.files.permits(node, 1)) throw new KernelError('EACCES')
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    if (shell.flavour === 'bash') return complain(shell, name, `${target}: ${error.message}`)
    return complain(
      shell,
      name,
      shell.flavour === 'dash' ? `can't cd to ${target}` : `can't cd to ${target}: ${error.message}`,
      shell.flavour === 'dash' ? 2 : 1,
    )
  }
  shell.assign('OLDPWD', proc.cwd)
  proc.cwd = isPhysical ? proc.files.realpath(path) : joinPath(proc.cwd, path)
  shell.assign('PWD', proc.cwd)
  return 0
}

function showStack(shell: Shell, lines = false): void {
  const home = shell.variables.get('HOME') ?? ''
  const short = (path: string): string =>
    home !== '' && (path === home || path.startsWith(`${home}/`)) ? `~${path.slice(home.length)}` : path
  shell.proc.line([shell.proc.cwd, ...shell.directories].map(short).join(lines ? '\n' : ' '))
}

function pushd(shell: Shell, args: string[]): number {
  const from = shell.proc.cwd
  const target = args[0] ?? shell.directories.shift()
  if (target === undefined) return complain(shell, 'pushd', 'no other directory')
  const status = change(shell, 'pushd', target)
  if (status !== 0) return status
  shell.directories.unshift(from)
  showStack(shell)
  return 0
}

function popd(shell: Shell): number {
  const target = shell.directories.shift()
  if (target === undefined) return complain(shell, 'popd', 'directory stack empty')
  const status = change(shell, 'popd', target)
  if (status === 0) showStack(shell)
  return status
}

function dirs(shell: Shell, args: string[]): number {
  if (args.includes('-c')) shell.directories.length = 0
  else showStack(shell, args.includes('-p'))
  return 0
}

export const directories: BuiltinTable = {
  cd,
  pwd: (shell, args) => {
    shell.proc.line(args.includes('-P') ? shell.proc.files.realpath('.') : shell.proc.cwd)
    return 0
  },
  pushd,
  popd,
  dirs,
}
