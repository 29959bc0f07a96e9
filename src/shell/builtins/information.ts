// type, command, alias, history, hash, help, complete: what the shell knows.

import { KernelError } from '../../kernel/errno.js'
import { findProgram, searchPath } from '../../node/program.js'
import { Job } from '../jobs.js'
import { waitForeground } from '../pipeline.js'
import { shellQuote } from '../quote.js'
import { copyDescriptors } from '../redirect.js'
import { notRun, runBuiltin } from '../run-builtin.js'
import type { Shell } from '../shell.js'
import { type BuiltinTable, complain } from './builtin.js'

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

function history(shell: Shell, args: string[]): number {
  if (args[0] === '-c') {
    shell.history.length = 0
    return 0
  }
  if (args[0] === '-d') {
    shell.history.splice(Number(args[1]) - 1, 1)
    return 0
  }
  if (args[0]?.startsWith('-') === true) return 0
  const count = args[0] === undefined ? shell.history.length : Number(args[0])
  if (Number.isNaN(count)) return complain(shell, 'history', `${args[0]}: numeric argument required`)
  const first = Math.max(0, shell.history.length - count)
  for (let i = first; i < shell.history.length; i++) shell.proc.line(`${String(i + 1).padStart(5)}  ${shell.history[i]}`)
  return 0
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

function completion(shell: Shell, args: string[]): number {
  const at = args.indexOf('-W')
  if (at < 0) return 0
  const words = (args[at + 1] ?? '').split(/\s+/).filter((word) => word !== '')
  for (const name of args.slice(at + 2)) if (!name.startsWith('-')) shell.completions.set(name, words)
  return 0
}

export const information: BuiltinTable = {
  type,
  command,
  alias,
  unalias,
  history,
  help,
  hash: () => 0,
  complete: completion,
  compgen: (shell, args) => {
    const at = args.indexOf('-W')
    const prefix = at >= 0 ? (args[at + 2] ?? '') : (args[args.length - 1] ?? '')
    const words = at >= 0 ? (args[at + 1] ?? '').split(/\s+/) : args.includes('-b') ? [...shell.builtins.keys()] : []
    const matching = words.filter((word) => word !== '' && word.startsWith(prefix))
    for (const word of matching) shell.proc.line(word)
    return matching.length > 0 ? 0 : 1
  },
  bind: () => 0,
  enable: () => 0,
  caller: () => 1,
}
