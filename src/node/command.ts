// What a program of a machine is: a name, where it lies, and what it does as a process.

import type { Process } from './process.js'

/** The words typed so far; `current` is the one being completed, `previous` the one before it. */
export interface CompletionContext {
  readonly words: readonly string[]
  readonly index: number
  readonly current: string
  readonly previous: string
  /** The shell that asks: its machine, namespace, user. */
  readonly proc: Process
}

export interface Command {
  readonly name: string
  /** Where it lies in the file tree: '/sbin/ip'. */
  readonly path: string
  /** Returns the exit code; answers a user's errors with text on stderr, never with an exception. */
  run(proc: Process): number | Promise<number>
  complete?(context: CompletionContext): string[]
  /** Whether it can change the state of the network (the lab marks checkpoints before those). */
  readonly changes?: boolean
  /** Usage text: what `man NAME` and `help NAME` show. */
  readonly usage?: string
}

/** The real tool has it, netlab lacks it: says so and what to use instead. Never a false output. */
export function notEmulated(proc: Process, what: string, instead = ''): 126 {
  proc.error(`${proc.name}: ${what}: not emulated by netlab${instead === '' ? '' : ` (${instead})`}`)
  return 126
}
