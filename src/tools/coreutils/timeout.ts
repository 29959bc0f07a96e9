// sleep, timeout, nohup: commands and time.

import { ownOf } from '../../grammar/own-of.js'
import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { fail, gnuTool, missingOperand, type ParsedOptions, quoteName, tryHelp } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { parseSignal, signalNumber } from '../../node/signals.js'

const DURATION = /^(\d+\.?\d*|\.\d+)([smhd]?)$/
const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** `1.5m` in microseconds; null when it is no time. */
function duration(text: string): number | null {
  if (text === 'infinity' || text === 'inf') return Number.MAX_SAFE_INTEGER / 2
  const match = DURATION.exec(text)
  return match === null ? null : Math.round(Number(match[1]) * ownOf(UNITS, match[2]!)! * 1e6)
}

export const sleepCommand: Command = gnuTool({
  name: 'sleep',
  path: '/bin/sleep',
  usage: 'sleep NUMBER[smhd]...',
  options: [],
  run: async (proc, options) => {
    if (options.operands.length === 0) return missingOperand(proc)
    const times = options.operands.map(duration)
    const bad = options.operands.filter((_, index) => times[index] === null)
    for (const text of bad) fail(proc, `invalid time interval ${quoteName(proc, text)}`)
    if (bad.length > 0) {
      tryHelp(proc)
      return 1
    }
    await proc.sleep(times.reduce<number>((sum, us) => sum + us!, 0))
    return 0
  },
})

/** Wrong usage of timeout: 125, as the command's own codes must be told from it. */
function refuse(proc: Process, text: string): number {
  fail(proc, text)
  tryHelp(proc)
  return 125
}

async function timeout(proc: Process, options: ParsedOptions): Promise<number> {
  const [text, ...argv] = options.operands
  if (text === undefined || argv.length === 0) {
    tryHelp(proc)
    return 125
  }
  const us = duration(text)
  const after = options.value('kill-after')
  const killAfter = after === null ? null : duration(after)
  if (after !== null && killAfter === null) return refuse(proc, `invalid time interval ${quoteName(proc, after)}`)
  const signal = parseSignal(options.value('signal') ?? 'TERM')
  if (signal === null) return refuse(proc, `${quoteName(proc, options.value('signal')!)}: invalid signal`)
  if (us === null) return refuse(proc, `invalid time interval ${quoteName(proc, text)}`)
  let child: Process
  try {
    child = proc.spawn(argv)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    fail(proc, `failed to run command ${quoteName(proc, argv[0]!)}: ${error.message}`)
    return error.errno === 'ENOENT' ? 127 : 126
  }
  proc.forwardSignals(child, ['INT', 'TERM', 'HUP', 'QUIT'])
  const exited = (limit: number | undefined): Promise<number | null> => proc.wait<number>((resolve) => child.onExit(resolve), limit)
  let code = await exited(us === 0 ? undefined : us)
  if (code !== null) return code
  if (options.has('verbose')) proc.error(`timeout: sending signal ${signal} to command ${quoteName(proc, argv[0]!)}`)
  child.kill(signal)
  if (signal !== 'KILL') child.kill('CONT')
  code = await exited(killAfter ?? undefined)
  if (code === null) {
    child.kill('KILL')
    await exited(undefined)
    return 137
  }
  if (options.has('preserve-status')) return code
  return signal === 'KILL' ? 128 + signalNumber('KILL') : 124
}

export const timeoutCommand: Command = gnuTool({
  name: 'timeout',
  path: '/usr/bin/timeout',
  usage: 'timeout [-v] [-s SIGNAL] [-k TIME] [--preserve-status] TIME COMMAND [ARGUMENT]...',
  order: 'posix',
  failure: 125,
  options: ['s|signal:', 'k|kill-after:', '|preserve-status', '|foreground', 'v|verbose'],
  run: timeout,
})

export const nohupCommand: Command = gnuTool({
  name: 'nohup',
  path: '/usr/bin/nohup',
  usage: 'nohup COMMAND [ARGUMENT]...',
  order: 'posix',
  failure: 125,
  options: [],
  run: async (proc, options) => {
    if (options.operands.length === 0) {
      missingOperand(proc)
      return 125
    }
    proc.trap('HUP', 'ignore')
    const redirects = proc.stdout.isTty ? { stdout: proc.files.open('nohup.out', 'append') } : {}
    if (proc.stdout.isTty) fail(proc, "ignoring input and appending output to 'nohup.out'")
    try {
      return await proc.waitFor(proc.spawn([...options.operands], redirects))
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      fail(proc, `failed to run command ${quoteName(proc, options.operands[0]!)}: ${error.message}`)
      return error.errno === 'ENOENT' ? 127 : 126
    }
  },
})
