// timeout: runs a command, and signals it and its whole group when the time is over.
import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { fail, gnuTool, missingOperand, type ParsedOptions, tryHelp } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { parseSignal, type Signal } from '../../node/signals.js'
import { parseInterval } from './interval.js'

const TIMED_OUT = 124
const FAILED = 125

interface Limits {
  readonly signal: Signal
  readonly us: number
  /** After the first signal; 0 for never. */
  readonly killUs: number
  readonly isForeground: boolean
  readonly isVerbose: boolean
  readonly keepsStatus: boolean
}

async function timeout(proc: Process, options: ParsedOptions): Promise<number> {
  const [duration, ...argv] = options.operands
  if (duration === undefined || argv.length === 0) {
    missingOperand(proc)
    return FAILED
  }
  const limits = limitsOf(proc, options, duration)
  if (limits === null) {
    tryHelp(proc)
    return FAILED
  }
  // A group of its own, so that what the command started is signalled too.
  if (!limits.isForeground) proc.pgid = proc.pid
  let child: Process
  try {
    child = proc.spawn(argv)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    fail(proc, `failed to run command '${argv[0]}': ${error.message}`)
    return error.errno === 'ENOENT' ? 127 : 126
  }
  return watch(proc, child, limits)
}

function limitsOf(proc: Process, options: ParsedOptions, duration: string): Limits | null {
  const us = parseInterval(duration)
  if (us === null) return wrong(proc, `invalid time interval '${duration}'`)
  const name = options.value('signal') ?? 'TERM'
  const signal = parseSignal(name)
  if (signal === null) return wrong(proc, `'${name}': invalid signal`)
  const kill = options.value('kill-after') ?? '0'
  const killUs = parseInterval(kill)
  if (killUs === null) return wrong(proc, `invalid time interval '${kill}'`)
  return {
    signal,
    us,
    killUs,
    isForeground: options.has('foreground'),
    isVerbose: options.has('verbose'),
    keepsStatus: options.has('preserve-status'),
  }
}

function wrong(proc: Process, text: string): null {
  fail(proc, text)
  return null
}

async function watch(proc: Process, child: Process, limits: Limits): Promise<number> {
  let isOver = false
  let wasKilled = false
  const send = (signal: Signal): void => {
    if (limits.isVerbose) fail(proc, `sending signal ${signal} to command '${child.argv[0]}'`)
    child.kill(signal)
    if (limits.isForeground) return
    proc.trap(signal, 'ignore')
    proc.machine.signalGroup(proc.pgid, signal)
  }
  for (const signal of ['INT', 'TERM', 'HUP', 'QUIT'] as const) proc.trap(signal, () => send(signal))
  const { scheduler } = proc.machine.sim
  const expire = (): void => {
    isOver = true
    wasKilled = limits.signal === 'KILL'
    send(limits.signal)
    if (limits.killUs > 0 && Number.isFinite(limits.killUs)) later = scheduler.after(limits.killUs, kill)
  }
  const kill = (): void => {
    wasKilled = true
    send('KILL')
  }
  let later = limits.us > 0 && Number.isFinite(limits.us) ? scheduler.after(limits.us, expire) : null
  proc.atExit(() => later?.cancel())
  const code = await proc.waitFor(child)
  if (wasKilled) return 137
  return isOver && !limits.keepsStatus ? TIMED_OUT : code
}

export const timeoutCommand: Command = gnuTool({
  name: 'timeout',
  path: '/usr/bin/timeout',
  usage: 'timeout [OPTION] DURATION COMMAND [ARG]...',
  options: ['s|signal:', 'k|kill-after:', 'v|verbose', '|foreground', '|preserve-status'],
  order: 'posix',
  failure: FAILED,
  run: timeout,
})
