// What a builtin is.

import type { Shell } from '../shell.js'

/** Returns its status; prints through the shell's process. */
export type Builtin = (shell: Shell, args: string[]) => number | Promise<number>

export type BuiltinTable = Readonly<Record<string, Builtin>>

/** `bash: cd: too many arguments` */
export function complain(shell: Shell, name: string, text: string, code = 1): number {
  shell.error(`${name}: ${text}`)
  return code
}

/** The shell has it, netlab lacks it: says so and what to use instead. */
export function shellLacks(shell: Shell, what: string, instead: string): number {
  shell.error(`${what}: not emulated by netlab (${instead})`)
  return 126
}

export function usage(shell: Shell, name: string, option: string, synopsis: string): number {
  shell.error(`${name}: ${option}: invalid option`)
  shell.proc.error(`${name}: usage: ${synopsis}`)
  return 2
}
