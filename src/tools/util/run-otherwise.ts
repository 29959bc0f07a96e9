// setsid, nice, ionice, stdbuf: a command in other circumstances.

import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { fail, gnuTool, type ParsedOptions, tryHelp } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { cannotRunCode, trySpawn } from './child.js'

async function setsid(proc: Process, options: ParsedOptions): Promise<number> {
  const argv = [...options.operands]
  if (argv.length === 0) {
    fail(proc, 'no command specified')
    tryHelp(proc)
    return 1
  }
  const child = trySpawn(proc, argv, { session: 'new' })
  if (child instanceof KernelError) {
    fail(proc, `failed to execute ${argv[0]}: ${child.message}`)
    return cannotRunCode(child)
  }
  return options.has('wait') || proc.pid !== proc.pgid ? proc.waitFor(child) : 0
}

export const setsidCommand: Command = gnuTool({
  name: 'setsid',
  path: '/usr/bin/setsid',
  usage: 'setsid [-cfw] PROGRAM [ARGUMENT]...',
  options: ['c|ctty', 'f|fork', 'w|wait'],
  order: 'posix',
  version: ['util-linux', 'util-linux'],
  run: setsid,
})

/** exec(2) with the words of coreutils for what goes wrong. */
async function become(proc: Process, argv: string[]): Promise<number> {
  const { name } = proc
  try {
    return await proc.exec(argv)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    proc.error(`${name}: '${argv[0]}': ${error.message}`)
    return cannotRunCode(error)
  }
}

/** Processes of the lab do not compete: the adjustment is read and has no effect. */
async function nice(proc: Process, options: ParsedOptions): Promise<number> {
  const adjustment = options.value('adjustment')
  if (adjustment !== null && !/^[+-]?\d+$/.test(adjustment)) return fail(proc, `invalid adjustment '${adjustment}'`, 125)
  if (options.operands.length > 0) return become(proc, [...options.operands])
  if (adjustment !== null) {
    fail(proc, 'a command must be given with an adjustment')
    tryHelp(proc)
    return 125
  }
  proc.line('0')
  return 0
}

const NICE = gnuTool({
  name: 'nice',
  path: '/usr/bin/nice',
  usage: 'nice [-n N] [COMMAND [ARG]...]',
  options: ['n|adjustment:'],
  order: 'posix',
  failure: 125,
  run: nice,
})

export const niceCommand: Command = {
  ...NICE,
  run: (proc) => {
    const number = /^-([+-]?\d+)$/.exec(proc.argv[1] ?? '')
    if (number !== null) proc.argv = [proc.argv[0]!, '-n', number[1]!, ...proc.argv.slice(2)]
    return NICE.run(proc)
  },
}

/** Output is never held back in the lab. */
export const stdbufCommand: Command = gnuTool({
  name: 'stdbuf',
  path: '/usr/bin/stdbuf',
  usage: 'stdbuf [-i MODE] [-o MODE] [-e MODE] COMMAND [ARG]...',
  options: ['i|input:', 'o|output:', 'e|error:'],
  order: 'posix',
  failure: 125,
  run: (proc, options) => {
    if (options.operands.length > 0) return become(proc, [...options.operands])
    proc.error('stdbuf: missing operand')
    tryHelp(proc)
    return 125
  },
})
