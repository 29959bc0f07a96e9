// type, command, alias, hash, help, enable: what the shell knows.

import { KernelError } from '../../kernel/errno.js'
import { findProgram, searchPath } from '../../node/program.js'
import { Job } from '../jobs.js'
import { waitForeground } from '../pipeline.js'
import { shellQuote } from '../quote.js'
import { copyDescriptors } from '../redirect.js'
import { notRun, runBuiltin } from '../run-builtin.js'
import type { Shell } from '../shell.js'
import { type BuiltinTable, complain, shellLacks, usage } from './builtin.js'

export const KEYWORDS: readonly string[] = [
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'case',
  'esac',
  'for',
  'select',
  'while',
  'until',
  'do',
  'done',
  'in',
  'function',
  'time',
  '{',
  '}',
  '!',
  '[[',
  ']]',
  'coproc',
]

interface Meaning {
  readonly kind: 'alias' | 'keyword' | 'function' | 'builtin' | 'file'
  readonly detail: string
}

function meanings(shell: Shell, name: string): Meaning[] {
  const found: Meaning[] = []
  const alias = shell.aliases.get(name)
  if (alias !== undefined && shell.shopt.expand_aliases) found.push({ kind: 'alias', detail: alias })
  if (KEYWORDS.includes(name)) found.push({ kind: 'keyword', detail: '' })
  const definition = shell.functions.get(name)
  if (definition !== undefined) found.push({ kind: 'function', detail: definition.text })
  if (shell.builtins.has(name)) found.push({ kind: 'builtin', detail: '' })
  for (const path of programs(shell, name)) found.push({ kind: 'file', detail: path })
  return found
}

function programs(shell: Shell, name: string): string[] {
  if (!name.includes('/')) return searchPath(shell.proc, name, shell.variables.get('PATH') ?? '')
  try {
    findProgram(shell.proc, [name], shell.variables.exported())
    return [name]
  } catch (error) {
    if (error instanceof KernelError) return []
    throw error
  }
}

function describe(shell: Shell, name: string, meaning: Meaning): string {
  switch (meaning.kind) {
    case 'alias':
      return shell.flavour === 'bash' ? `${name} is aliased to \`${meaning.detail}'` : `${name} is an alias for ${meaning.detail}`
    case 'keyword':
      return `${name} is a shell keyword`
    case 'function':
      return `${name} is a function\n${meaning.detail}`
    case 'builtin':
      return `${name} is a shell builtin`
    case 'file':
      return `${name} is ${meaning.detail}`
  }
}

function type(shell: Shell, args: string[]): number {
  const options = args.filter((arg) => /^-[afptP]+$/.test(arg)).join('')
  let status = 0
  for (const name of args.filter((arg) => !/^-[afptP]+$/.test(arg))) {
    const all = meanings(shell, name)
    const shown = options.includes('P') || options.includes('p') ? all.filter((meaning) => meaning.kind === 'file') : all
    if (all.length === 0) {
      status = 1
      if (!/[tpP]/.test(options)) shell.error(shell.flavour === 'bash' ? `type: ${name}: not found` : `${name}: not found`)
      continue
    }
    for (const meaning of options.includes('a') ? shown : shown.slice(0, 1)) {
      if (options.includes('t')) shell.proc.line(meaning.kind)
      else if (/[pP]/.test(options)) shell.proc.line(meaning.detail)
      else shell.proc.line(describe(shell, name, meaning))
    }
  }
  return status
}

async function command(shell: Shell, args: string[]): Promise<number> {
  const rest = [...args]
  let mode = ''
  while (/^-[pvV]+$/.test(rest[0] ?? '')) mode += rest.shift()!.slice(1)
  if (rest[0] === '--') rest.shift()
  const name = rest[0]
  if (name === undefined) return 0
  if (/[vV]/.test(mode)) return commandWhere(shell, rest, mode.includes('V'))
  if (shell.builtins.has(name)) {
    await runBuiltin(shell, name, rest.slice(1))
    return shell.lastStatus
  }
  const fds = copyDescriptors(shell.proc.fds)
  try {
    const child = shell.proc.spawn(rest, {
      fds,
      env: shell.variables.exported(),
      ...(shell.hasJobControl ? { group: 'new' as const } : {}),
    })
    await waitForeground(shell, new Job([child], rest.join(' ')))
    return shell.lastStatus
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    return notRun(shell, name, error)
  }
}

function commandWhere(shell: Shell, names: readonly string[], isVerbose: boolean): number {
  let status = 1
  for (const name of names) {
    const meaning = meanings(shell, name)[0]
    if (meaning === undefined) {
      if (isVerbose) shell.error(`command: ${name}: not found`)
      continue
    }
    status = 0
    if (isVerbose) shell.proc.line(describe(shell, name, meaning))
    else if (meaning.kind === 'alias') shell.proc.line(`alias ${name}=${shellQuote(meaning.detail, true)}`)
    else shell.proc.line(meaning.kind === 'file' ? meaning.detail : name)
  }
  return status
}

function alias(shell: Shell, args: string[]): number {
  const show = (name: string, value: string): void =>
    shell.proc.line(`${shell.flavour === 'bash' ? 'alias ' : ''}${name}=${shellQuote(value, true)}`)
  const names = args.filter((arg) => arg !== '-p')
  if (names.length === 0) for (const [name, value] of [...shell.aliases].sort(([a], [b]) => (a < b ? -1 : 1))) show(name, value)
  let status = 0
  for (const arg of names) {
    const at = arg.indexOf('=')
    const value = shell.aliases.get(arg)
    if (at > 0) shell.aliases.set(arg.slice(0, at), arg.slice(at + 1))
    else if (value !== undefined) show(arg, value)
    else status = complain(shell, 'alias', `${arg}: not found`)
  }
  return status
}

function unalias(shell: Shell, args: string[]): number {
  if (args[0] === '-a') shell.aliases.clear()
  let status = 0
  for (const name of args.filter((arg) => arg !== '-a'))
    if (!shell.aliases.delete(name)) status = complain(shell, 'unalias', `${name}: not found`)
  return status
}

function help(shell: Shell, args: string[]): number {
  if (args.length === 0) {
    shell.proc.line(`Shell builtins: ${[...shell.builtins.keys()].sort().join(' ')}`)
    shell.proc.line("Type `man COMMAND' for the programs of this machine, and `lab help' for netlab's own words.")
    return 0
  }
  let status = 0
  for (const name of args) {
    if (shell.builtins.has(name) || KEYWORDS.includes(name)) shell.proc.line(`${name}: ${name} is part of the shell`)
    else {
      status = 1
      shell.error(`help: no help topics match \`${name}'.  Try \`help help' or \`man -k ${name}' or \`info ${name}'.`)
    }
  }
  return status
}

/** Differs: nothing is remembered, so that every command is looked for anew; -t and -l answer from the path. */
function hash(shell: Shell, args: string[]): number {
  const letters = args.filter((arg) => /^-[a-zA-Z]+$/.test(arg)).join('')
  const names = args.filter((arg) => !/^-[a-zA-Z]+$/.test(arg))
  const odd = /[^-rltd]/.exec(letters)?.[0]
  if (odd === 'p') return shellLacks(shell, 'hash -p', 'give the path itself, or an alias')
  if (odd !== undefined) return usage(shell, 'hash', `-${odd}`, 'hash [-lr] [-p pathname] [-dt] [name ...]')
  if (names.length === 0) {
    if (letters.includes('r')) return 0
    shell.proc.line(`${shell.name.replace(/^.*\//, '') === 'sh' ? 'sh' : 'hash'}: hash table empty`)
    return 0
  }
  let status = 0
  for (const name of names) {
    const path = shell.builtins.has(name) ? '' : programs(shell, name)[0]
    if (path === undefined) status = complain(shell, 'hash', `${name}: not found`)
    else if (letters.includes('t') && path !== '') shell.proc.line(names.length > 1 ? `${name}\t${path}` : path)
  }
  return status
}

function enable(shell: Shell, args: string[]): number {
  const letters = args.filter((arg) => arg.startsWith('-')).join('')
  const names = args.filter((arg) => !arg.startsWith('-'))
  if (/[nfds]/.test(letters) && names.length > 0)
    return shellLacks(shell, `enable ${letters}`, "`command NAME' or a path runs the program instead of the builtin")
  if (names.length === 0) {
    if (!letters.includes('n')) for (const name of [...shell.builtins.keys()].sort()) shell.proc.line(`enable ${name}`)
    return 0
  }
  let status = 0
  for (const name of names) if (!shell.builtins.has(name)) status = complain(shell, 'enable', `${name}: not a shell builtin`)
  return status
}

export const information: BuiltinTable = {
  type,
  command,
  alias,
  unalias,
  help,
  hash,
  bind: (shell) =>
    shell.isInteractive
      ? shellLacks(shell, 'bind', "the keys of the line editor are fixed: see `lab help'")
      : shellLacks(shell, 'bind', 'line editing is not enabled'),
  enable,
  caller: (shell) => (shell.functionDepth === 0 && shell.sourceDepth === 0 ? 1 : shellLacks(shell, 'caller', 'use ${FUNCNAME[1]}')),
}
