// The programs behind words that are also builtins, and other small ones: echo, printf, test, true, false, sleep, date, uname, env, nproc, sync.

import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { attempt, fail, gnuTool, missingOperand, type ParsedOptions, quoteName, tryHelp } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { parseSignal, signalNumber } from '../../node/signals.js'
import { parseDate } from '../../shell/dates.js'
import { formatPrintf, PrintfError, unescapeEcho } from '../../shell/printf.js'
import { strftime } from '../../shell/strftime.js'
import { evaluateTest, TestError } from '../../shell/test-expression.js'

export const trueCommand: Command = { name: 'true', path: '/bin/true', usage: 'true', run: () => 0 }
export const falseCommand: Command = { name: 'false', path: '/bin/false', usage: 'false', run: () => 1 }
export const nologinCommand: Command = {
  name: 'nologin',
  path: '/usr/sbin/nologin',
  usage: 'nologin',
  run: (proc) => {
    proc.line('This account is currently not available.')
    return 1
  },
}

export const echoCommand: Command = {
  name: 'echo',
  path: '/bin/echo',
  usage: 'echo [-neE] [TEXT]...',
  run: (proc) => {
    const words = proc.argv.slice(1)
    let newline = true
    let escapes = false
    while (words[0] !== undefined && /^-[neE]+$/.test(words[0])) {
      for (const letter of words.shift()!.slice(1)) {
        if (letter === 'n') newline = false
        else escapes = letter === 'e'
      }
    }
    const { text, stopped } = escapes ? unescapeEcho(words.join(' ')) : { text: words.join(' '), stopped: false }
    proc.out(newline && !stopped ? `${text}\n` : text)
    return 0
  },
}

export const printfCommand: Command = {
  name: 'printf',
  path: '/usr/bin/printf',
  usage: 'printf FORMAT [ARGUMENT]...',
  run: (proc) => {
    const [format, ...args] = proc.argv.slice(1)
    if (format === undefined) return missingOperand(proc)
    try {
      const result = formatPrintf(format, args, { clockUs: proc.clock })
      proc.out(result.text)
      for (const message of result.errors) fail(proc, message)
      return result.errors.length > 0 ? 1 : 0
    } catch (error) {
      if (error instanceof PrintfError) return fail(proc, error.message)
      throw error
    }
  },
}

function testProgram(proc: Process, args: readonly string[]): number {
  try {
    const isSet = (name: string): boolean => proc.env.has(name)
    return evaluateTest({ proc, isSet, options: {} }, args) ? 0 : 1
  } catch (error) {
    if (!(error instanceof TestError)) throw error
    return fail(proc, error.message, 2)
  }
}

export const testCommand: Command = {
  name: 'test',
  path: '/usr/bin/test',
  usage: 'test EXPRESSION',
  run: (proc) => testProgram(proc, proc.argv.slice(1)),
}
export const bracketCommand: Command = {
  name: '[',
  path: '/usr/bin/[',
  usage: '[ EXPRESSION ]',
  run: (proc) => (proc.argv[proc.argv.length - 1] === ']' ? testProgram(proc, proc.argv.slice(1, -1)) : fail(proc, 'missing ‘]’', 2)),
}

const DURATION = /^(\d+\.?\d*|\.\d+)([smhd]?)$/
const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** `1.5m` in microseconds; null when it is no time. */
function duration(text: string): number | null {
  if (text === 'infinity' || text === 'inf') return Number.MAX_SAFE_INTEGER / 2
  const match = DURATION.exec(text)
  return match === null ? null : Math.round(Number(match[1]) * UNITS[match[2]!]! * 1e6)
}

export const sleepCommand: Command = gnuTool({
  name: 'sleep',
  path: '/bin/sleep',
  usage: 'sleep NUMBER[smhd]...',
  options: [],
  run: async (proc, options) => {
    if (options.operands.length === 0) return missingOperand(proc)
    let total = 0
    for (const text of options.operands) {
      const us = duration(text)
      if (us === null) {
        fail(proc, `invalid time interval ${quoteName(proc, text)}`)
        tryHelp(proc)
        return 1
      }
      total += us
    }
    await proc.sleep(total)
    return 0
  },
})

async function timeout(proc: Process, options: ParsedOptions): Promise<number> {
  const [text, ...argv] = options.operands
  if (text === undefined || argv.length === 0) {
    tryHelp(proc)
    return 125
  }
  const us = duration(text)
  if (us === null) return fail(proc, `invalid time interval ${quoteName(proc, text)}`, 125)
  const signal = parseSignal(options.value('signal') ?? 'TERM')
  if (signal === null) return fail(proc, `${options.value('signal')}: invalid signal`, 125)
  const killAfter = options.value('kill-after') === null ? null : duration(options.value('kill-after')!)
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
  if (options.has('verbose')) proc.error(`timeout: sending signal ${signal} to command ‘${argv[0]}’`)
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

function date(proc: Process, options: ParsedOptions): number {
  let at = proc.clock
  const text = options.value('date')
  const reference = options.value('reference')
  if (text !== null) {
    const parsed = parseDate(text, proc.clock)
    if (parsed === null) return fail(proc, `invalid date ${quoteName(proc, text)}`)
    at = parsed
  }
  if (reference !== null) {
    const error = attempt(() => {
      at = proc.files.stat(reference).mtimeUs
    })
    if (error !== null) return fail(proc, `${reference}: ${error.message}`)
  }
  const operand = options.operands[0]
  if (options.has('set') || (operand !== undefined && !operand.startsWith('+'))) {
    if (!proc.isRoot) {
      fail(proc, 'cannot set date: Operation not permitted')
      return 1
    }
    proc.error('date: setting the clock: not emulated by netlab (the lab has one clock for all machines)')
    return 126
  }
  const iso = options.has('iso-8601')
    ? {
        date: '%Y-%m-%d',
        hours: '%Y-%m-%dT%H%:z',
        minutes: '%Y-%m-%dT%H:%M%:z',
        seconds: '%Y-%m-%dT%H:%M:%S%:z',
        ns: '%Y-%m-%dT%H:%M:%S,%N%:z',
      }[options.value('iso-8601') ?? 'date']
    : undefined
  const format = operand?.slice(1) ?? iso ?? (options.has('rfc-2822') ? '%a, %d %b %Y %H:%M:%S %z' : '%a %b %e %H:%M:%S UTC %Y')
  proc.line(strftime(format, at))
  return 0
}

export const dateCommand: Command = gnuTool({
  name: 'date',
  path: '/bin/date',
  usage: 'date [-uR] [-I[WHAT]] [-d TEXT] [-r FILE] [+FORMAT]',
  options: ['d|date:', 'u|utc|universal', 'R|rfc-2822|rfc-email', 'I|iso-8601?', 'r|reference:', 's|set:'],
  lacks: ['f|file:', '|rfc-3339:', '|debug'],
  run: date,
})

export const unameCommand: Command = gnuTool({
  name: 'uname',
  path: '/bin/uname',
  usage: 'uname [-asnrvmpio]',
  options: [
    'a|all',
    's|kernel-name',
    'n|nodename',
    'r|kernel-release',
    'v|kernel-version',
    'm|machine',
    'p|processor',
    'i|hardware-platform',
    'o|operating-system',
  ],
  run: (proc, options) => {
    const { image, hostname } = proc.machine
    const isUbuntu = image.facts.id === 'ubuntu' || image.family === 'redhat'
    const cells: [string, string][] = [
      ['kernel-name', 'Linux'],
      ['nodename', hostname],
      ['kernel-release', image.kernel],
      ['kernel-version', image.facts.kernelBuild],
      ['machine', 'x86_64'],
      ['processor', isUbuntu ? 'x86_64' : 'unknown'],
      ['hardware-platform', isUbuntu ? 'x86_64' : 'unknown'],
      ['operating-system', 'GNU/Linux'],
    ]
    const all = options.has('all')
    const shown = cells.filter(
      ([name, value]) => options.has(name) || (all && !(value === 'unknown')) || (options.given.length === 0 && name === 'kernel-name'),
    )
    proc.line(shown.map(([, value]) => value).join(' '))
    return 0
  },
})

async function env(proc: Process, options: ParsedOptions): Promise<number> {
  const variables = options.has('ignore-environment') ? new Map<string, string>() : new Map(proc.env)
  for (const name of options.values('unset')) variables.delete(name)
  const words = [...options.operands]
  if (words[0] === '-') {
    words.shift()
    variables.clear()
  }
  while (words[0]?.includes('=') === true) {
    const word = words.shift()!
    variables.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1))
  }
  if (words.length === 0) {
    for (const [name, value] of variables) proc.out(`${name}=${value}${options.has('null') ? '\0' : '\n'}`)
    return 0
  }
  const directory = options.value('chdir')
  try {
    proc.env = variables
    if (directory !== null) proc.cwd = proc.files.realpath(directory)
    return await proc.exec(words)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    fail(proc, `${quoteName(proc, words[0]!)}: ${error.message}`)
    return error.errno === 'ENOENT' ? 127 : 126
  }
}

export const envCommand: Command = gnuTool({
  name: 'env',
  path: '/usr/bin/env',
  usage: 'env [-i] [-0] [-u NAME]... [-C DIRECTORY] [NAME=VALUE]... [COMMAND [ARGUMENT]...]',
  order: 'posix',
  failure: 125,
  options: ['i|ignore-environment', 'u|unset:', '0|null', 'C|chdir:'],
  lacks: ['S|split-string:', 'v|debug'],
  run: env,
})

export const printenvCommand: Command = gnuTool({
  name: 'printenv',
  path: '/usr/bin/printenv',
  usage: 'printenv [NAME]...',
  options: ['0|null'],
  run: (proc, options) => {
    if (options.operands.length === 0) for (const [name, value] of proc.env) proc.line(`${name}=${value}`)
    let code = 0
    for (const name of options.operands) {
      const value = proc.env.get(name)
      if (value === undefined) code = 1
      else proc.line(value)
    }
    return code
  },
})

export const nprocCommand: Command = gnuTool({
  name: 'nproc',
  path: '/usr/bin/nproc',
  usage: 'nproc',
  options: ['|all', '|ignore:'],
  run: (proc) => {
    proc.line('1')
    return 0
  },
})

export const syncCommand: Command = { name: 'sync', path: '/bin/sync', usage: 'sync', run: () => 0 }
