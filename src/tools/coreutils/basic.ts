// The programs behind words that are also builtins, and other small ones: echo, printf, test, true, false, date, uname, nproc, sync.

import type { Command } from '../../node/command.js'
import { attempt, fail, gnuTool, missingOperand, type ParsedOptions, quoteName } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
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

export const nprocCommand: Command = gnuTool({
  name: 'nproc',
  path: '/usr/bin/nproc',
  usage: 'nproc',
  options: ['|all'],
  lacks: ['|ignore:'],
  run: (proc) => {
    proc.line('1')
    return 0
  },
})

export const syncCommand: Command = { name: 'sync', path: '/bin/sync', usage: 'sync', run: () => 0 }
