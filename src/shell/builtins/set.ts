// set, shopt, umask, ulimit, times.

import { FIXED, OPTION_LETTERS, type OptionName, type ShoptName } from '../options.js'
import { shellQuote } from '../quote.js'
import type { Shell } from '../shell.js'
import { type BuiltinTable, complain, shellLacks } from './builtin.js'

function set(shell: Shell, args: string[]): number {
  if (args.length === 0) return showVariables(shell)
  let i = 0
  for (; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--') {
      shell.positional = args.slice(i + 1)
      return 0
    }
    if (arg === '-') {
      shell.options.xtrace = false
      shell.options.verbose = false
      if (i + 1 < args.length) shell.positional = args.slice(i + 1)
      return 0
    }
    if (!/^[-+]./.test(arg)) break
    const value = arg.startsWith('-')
    for (const letter of arg.slice(1)) {
      if (letter === 'o') {
        const name = args[++i]
        const status = name === undefined ? showOptions(shell, value) : setNamed(shell, name, value)
        if (status !== 0) return status
        continue
      }
      const name = OPTION_LETTERS[letter]
      if (name === undefined) return unknownLetter(shell, arg, letter)
      const status = setNamed(shell, name, value)
      if (status !== 0) return status
    }
  }
  if (i < args.length) shell.positional = args.slice(i)
  return 0
}

function unknownLetter(shell: Shell, arg: string, letter: string): number {
  shell.error(`set: ${arg[0]}${letter}: invalid option`)
  shell.proc.error('set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]')
  return 2
}

function setNamed(shell: Shell, name: string, value: boolean): number {
  if (!Object.hasOwn(shell.options, name)) return complain(shell, 'set', `${name}: invalid option name`, 2)
  const option = name as OptionName
  const why = FIXED[option]
  if (why !== undefined && shell.options[option] !== value) return shellLacks(shell, `set ${value ? '-' : '+'}o ${name}`, why)
  shell.options[option] = value
  return 0
}

function showOptions(shell: Shell, isReadable: boolean): number {
  for (const name of Object.keys(shell.options).sort() as OptionName[]) {
    const value = shell.options[name]
    shell.proc.line(isReadable ? `${name.padEnd(15)}\t${value ? 'on' : 'off'}` : `set ${value ? '-' : '+'}o ${name}`)
  }
  return 0
}

function showVariables(shell: Shell): number {
  for (const name of shell.variables.names()) {
    const variable = shell.variables.find(name)!
    if (variable.isArray)
      shell.proc.line(`${name}=(${variable.keys.map((key, index) => `[${key}]="${variable.values[index]}"`).join(' ')})`)
    else if (variable.value !== null) shell.proc.line(`${name}=${shellQuote(variable.value)}`)
  }
  return 0
}

function shopt(shell: Shell, args: string[]): number {
  const letters = args.filter((arg) => /^-[supqo]+$/.test(arg)).join('')
  const names = args.filter((arg) => !/^-[supqo]+$/.test(arg))
  if (letters.includes('o')) return names.reduce((status, name) => Math.max(status, setNamed(shell, name, letters.includes('s'))), 0)
  const known = shell.shopt as unknown as Record<string, boolean>
  let status = 0
  for (const name of names.length === 0 ? Object.keys(known).sort() : names) {
    if (!Object.hasOwn(known, name)) {
      status = complain(shell, 'shopt', `${name}: invalid shell option name`)
      continue
    }
    if (/[su]/.test(letters) && names.length > 0) {
      const value = letters.includes('s')
      const why = FIXED[name as ShoptName]
      if (why !== undefined && known[name] !== value) status = shellLacks(shell, `shopt -${value ? 's' : 'u'} ${name}`, why)
      else shell.shopt[name as ShoptName] = value
    } else {
      if (!letters.includes('q'))
        shell.proc.line(
          letters.includes('p') ? `shopt ${known[name] ? '-s' : '-u'} ${name}` : `${name.padEnd(15)}\t${known[name] ? 'on' : 'off'}`,
        )
      if (known[name] !== true && names.length > 0) status = 1
    }
  }
  return status
}

function umask(shell: Shell, args: string[]): number {
  const mode = args.find((arg) => !arg.startsWith('-'))
  if (mode === undefined) {
    const mask = shell.proc.umask
    if (!args.includes('-S')) shell.proc.line(mask.toString(8).padStart(4, '0'))
    else shell.proc.line(['u', 'g', 'o'].map((who, index) => `${who}=${permissions((~mask >> (6 - 3 * index)) & 7)}`).join(','))
    return 0
  }
  if (!/^\d/.test(mode)) return shellLacks(shell, `umask ${mode}`, 'give the mask in octal: umask 022')
  if (!/^[0-7]{1,4}$/.test(mode)) return complain(shell, 'umask', `${mode}: octal number out of range`)
  shell.proc.umask = Number.parseInt(mode, 8) & 0o777
  return 0
}

function permissions(bits: number): string {
  return `${bits & 4 ? 'r' : ''}${bits & 2 ? 'w' : ''}${bits & 1 ? 'x' : ''}`
}

function ulimit(shell: Shell, args: string[]): number {
  if (args.includes('-n')) {
    shell.proc.line('1024')
    return 0
  }
  shell.error('ulimit: not emulated by netlab (limits are fixed: 1024 processes, 1024 open files)')
  return 126
}

/** `0m0.004s` */
function minutes(us: number): string {
  const ms = Math.floor(us / 1000)
  return `${Math.floor(ms / 60_000)}m${Math.floor(ms / 1000) % 60}.${String(ms % 1000).padStart(3, '0')}s`
}

export const settings: BuiltinTable = {
  set,
  shopt,
  umask,
  ulimit,
  /** Differs: all time counts as the user's, none as the system's. */
  times: (shell) => {
    const { cpuUs, childrenCpuUs } = shell.proc
    shell.proc.out(`${minutes(cpuUs)} ${minutes(0)}\n${minutes(childrenCpuUs)} ${minutes(0)}\n`)
    return 0
  },
}
