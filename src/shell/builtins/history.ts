// history, complete, compgen: what helps in typing.

import { KernelError } from '../../kernel/errno.js'
import { searchPath } from '../../node/program.js'
import type { Shell } from '../shell.js'
import { type BuiltinTable, complain, shellLacks, usage } from './builtin.js'
import { KEYWORDS } from './information.js'

const HISTORY_USAGE = 'history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]'

function history(shell: Shell, args: string[]): number {
  const option = /^-(.)/.exec(args[0] ?? '')?.[1]
  switch (option) {
    case undefined:
      return show(shell, args[0])
    case 'c':
      shell.history.length = 0
      return 0
    case 'd':
      return forgetOne(shell, args[1])
    case 's':
      shell.history.pop()
      shell.history.push(args.slice(1).join(' '))
      return 0
    case 'w':
    case 'r':
      return exchange(shell, option, args[1])
    case 'a':
    case 'n':
    case 'p':
      return shellLacks(shell, `history -${option}`, 'history -w FILE writes the list, history -r FILE reads one')
    default:
      return usage(shell, 'history', `-${option}`, HISTORY_USAGE)
  }
}

function show(shell: Shell, text: string | undefined): number {
  const count = text === undefined ? shell.history.length : Number(text)
  if (Number.isNaN(count)) return complain(shell, 'history', `${text}: numeric argument required`)
  const first = Math.max(0, shell.history.length - count)
  for (let i = first; i < shell.history.length; i++) shell.proc.line(`${String(i + 1).padStart(5)}  ${shell.history[i]}`)
  return 0
}

/** Lines are counted from 1, and from the end when negative. */
function forgetOne(shell: Shell, text: string | undefined): number {
  const number = Number(text)
  const at = number < 0 ? shell.history.length + number : number - 1
  if (text === undefined || !Number.isInteger(number) || at < 0 || at >= shell.history.length)
    return complain(shell, 'history', `${text ?? '-d'}: history position out of range`)
  shell.history.splice(at, 1)
  return 0
}

/** Writes the list to a file, or reads one at its end. */
function exchange(shell: Shell, way: 'w' | 'r', operand: string | undefined): number {
  const path = operand ?? shell.variables.get('HISTFILE') ?? `${shell.variables.get('HOME') ?? ''}/.bash_history`
  try {
    if (way === 'w') shell.proc.files.write(path, shell.history.map((line) => `${line}\n`).join(''))
    else
      shell.history.push(
        ...shell.proc.files
          .read(path)
          .split('\n')
          .filter((line) => line !== ''),
      )
    return 0
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    return complain(shell, 'history', `${path}: cannot ${way === 'w' ? 'create' : 'read'}: ${error.message}`)
  }
}

const LACKS = 'word lists only: complete -W "WORDS" NAME; the tools complete their own words'

function complete(shell: Shell, args: string[]): number {
  let words: string[] | null = null
  let removes = false
  const names: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '-W') words = (args[++i] ?? '').split(/\s+/).filter((word) => word !== '')
    else if (arg === '-r') removes = true
    else if (arg.startsWith('-') && arg !== '-p') return shellLacks(shell, `complete ${arg}`, LACKS)
    else if (arg !== '-p') names.push(arg)
  }
  if (removes) {
    if (names.length === 0) shell.completions.clear()
    for (const name of names) shell.completions.delete(name)
    return 0
  }
  let status = 0
  for (const name of names.length === 0 ? [...shell.completions.keys()] : names) {
    if (words !== null) shell.completions.set(name, words)
    else if (!shell.completions.has(name)) status = complain(shell, 'complete', `${name}: no completion specification`)
    else shell.proc.line(`complete -W '${shell.completions.get(name)!.join(' ')}' ${name}`)
  }
  return status
}

/** The words of one kind: -c commands, -b builtins, -k keywords, -a aliases, -v variables, -A function and the like. */
function wordsOf(shell: Shell, kind: string): string[] | null {
  switch (kind) {
    case 'b':
    case 'builtin':
      return [...shell.builtins.keys()]
    case 'k':
    case 'keyword':
      return [...KEYWORDS]
    case 'a':
    case 'alias':
      return [...shell.aliases.keys()]
    case 'v':
    case 'variable':
      return shell.variables.names()
    case 'function':
      return [...shell.functions.keys()]
    case 'c':
    case 'command': {
      const programs = [...shell.proc.machine.commands.keys()].filter(
        (name) => searchPath(shell.proc, name, shell.variables.get('PATH') ?? '').length > 0,
      )
      return [...KEYWORDS, ...shell.builtins.keys(), ...shell.aliases.keys(), ...shell.functions.keys(), ...programs]
    }
    default:
      return null
  }
}

function compgen(shell: Shell, args: string[]): number {
  const words: string[] = []
  let prefix = ''
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '-W') words.push(...(args[++i] ?? '').split(/\s+/).filter((word) => word !== ''))
    else if (arg.startsWith('-') && arg !== '--') {
      const kinds = arg === '-A' ? [args[++i] ?? ''] : [...arg.slice(1)]
      for (const kind of kinds) {
        const found = wordsOf(shell, kind)
        if (found === null) return shellLacks(shell, `compgen ${arg}`, 'it knows -W, -a, -b, -c, -k, -v and -A function')
        words.push(...found)
      }
    } else if (arg !== '--') prefix = arg
  }
  const matching = words.filter((word) => word.startsWith(prefix))
  for (const word of matching) shell.proc.line(word)
  return matching.length > 0 ? 0 : 1
}

export const typing: BuiltinTable = {
  history,
  complete,
  compgen,
  compopt: (shell) => shellLacks(shell, 'compopt', LACKS),
}
