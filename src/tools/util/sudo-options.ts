// sudo's words: options, then VAR=value, then the command. Old and new sudo differ in a few messages.

import { type GetoptGrammar, getoptMessage, type ParsedOptions, parseOptions } from '../../grammar/getopt.js'
import type { Process } from '../../node/process.js'

const FLAGS = {
  b: 'background',
  E: 'preserve-env',
  e: 'edit',
  H: 'set-home',
  i: 'login',
  K: 'remove-timestamp',
  k: 'reset-timestamp',
  l: 'list',
  n: 'non-interactive',
  P: 'preserve-groups',
  S: 'stdin',
  s: 'shell',
  V: 'version',
  v: 'validate',
  A: 'askpass',
  B: 'bell',
} as const

const GRAMMAR: GetoptGrammar = {
  order: 'posix',
  options: [
    ...Object.entries(FLAGS).map(([short, long]) => ({ name: short, short, long })),
    { name: 'u', short: 'u', long: 'user', value: 'required' },
    { name: 'g', short: 'g', long: 'group', value: 'required' },
    { name: 'p', short: 'p', long: 'prompt', value: 'required' },
    { name: 'C', short: 'C', long: 'close-from', value: 'required' },
    { name: 'U', short: 'U', long: 'other-user', value: 'required' },
    { name: 'h', short: 'h', long: 'help' },
    { name: 'keep', long: 'preserve-env-list', value: 'required' },
  ],
}

/** As sudo folds it at 80 columns; before 1.9 it knew fewer letters. */
const USAGE_19 = `usage: sudo -h | -K | -k | -V
usage: sudo -v [-ABkNnS] [-g group] [-h host] [-p prompt] [-u user]
usage: sudo -l [-ABkNnS] [-g group] [-h host] [-p prompt] [-U user] [-u user]
            [command [arg ...]]
usage: sudo [-ABbEHkNnPS] [-r role] [-t type] [-C num] [-D directory] [-g
            group] [-h host] [-p prompt] [-R directory] [-T timeout] [-u user]
            [VAR=value] [-i | -s] [command [arg ...]]
usage: sudo -e [-ABkNnS] [-r role] [-t type] [-C num] [-D directory] [-g group]
            [-h host] [-p prompt] [-R directory] [-T timeout] [-u user] file ...
`

const USAGE_18 = `usage: sudo -h | -K | -k | -V
usage: sudo -v [-AknS] [-g group] [-h host] [-p prompt] [-u user]
usage: sudo -l [-AknS] [-g group] [-h host] [-p prompt] [-U user] [-u user]
            [command]
usage: sudo [-AbEHknPS] [-r role] [-t type] [-C num] [-g group] [-h host] [-p
            prompt] [-u user] [VAR=value] [-i|-s] [<command>]
usage: sudo -e [-AknS] [-r role] [-t type] [-C num] [-g group] [-h host] [-p
            prompt] [-u user] file ...
`

export function sudoUsage(proc: Process): string {
  return proc.machine.image.toolAtLeast('sudo', '1.9') ? USAGE_19 : USAGE_18
}

export interface SudoRequest {
  readonly options: ParsedOptions
  readonly assignments: ReadonlyMap<string, string>
  readonly command: string[]
}

/** Null when the words made no sense; the complaint is out already. */
export function readSudo(proc: Process): SudoRequest | null {
  const words = proc.argv.slice(1).map((word) => word.replace(/^--preserve-env=/, '--preserve-env-list='))
  const options = parseOptions(GRAMMAR, words)
  if (options.problem !== null) {
    proc.error(getoptMessage('sudo', options.problem))
    proc.writeTo(2, sudoUsage(proc))
    return null
  }
  const command = [...options.operands]
  const assignments = new Map<string, string>()
  for (let pair = assignment(command[0]); pair !== null; pair = assignment(command[0])) {
    assignments.set(pair[1]!, pair[2]!)
    command.shift()
  }
  return { options, assignments, command }
}

function assignment(word: string | undefined): RegExpExecArray | null {
  return /^([A-Za-z_]\w*)=(.*)$/s.exec(word ?? '')
}
