// pkill, pgrep, pidof, killall: finding processes, and sending them signals.

import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { parseSignal, type Signal, signalNumber } from '../../node/signals.js'
import { translateRegex } from '../../shell/regex.js'

const listed = (options: ParsedOptions, name: string): string[] => options.values(name).flatMap((text) => text.split(','))

/** Every criterion that was given has to hold. */
function criteria(proc: Process, options: ParsedOptions): ((other: Process) => boolean)[] {
  const all: ((other: Process) => boolean)[] = []
  const among = (name: string, has: (other: Process, values: readonly string[]) => boolean): void => {
    const values = listed(options, name)
    if (values.length > 0) all.push((other) => has(other, values))
  }
  const pattern = options.operands[0]
  if (pattern !== undefined) {
    const text = options.has('exact') ? `^(?:${pattern})$` : pattern
    const regex = translateRegex(text, 'extended', { ignoreCase: options.has('ignore-case') })
    all.push((other) => regex.test(options.has('full') ? other.argv.join(' ') : other.comm))
  }
  const isUser = (other: Process, values: readonly string[]): boolean => values.includes(other.user) || values.includes(String(other.uid))
  among('euid', isUser)
  among('uid', isUser)
  among('parent', (other, values) => values.includes(String(other.ppid)))
  among('terminal', (other, values) => values.includes(other.tty?.name ?? '-'))
  among('pgroup', (other, values) => values.map((value) => (value === '0' ? proc.pgid : Number(value))).includes(other.pgid))
  among('session', (other, values) => values.map((value) => (value === '0' ? proc.sid : Number(value))).includes(other.sid))
  const file = options.value('pidfile')
  if (file !== null) {
    const pid = pidIn(proc, file)
    all.push((other) => other.pid === pid)
  }
  return all
}

function pidIn(proc: Process, path: string): number | null {
  try {
    return /^\s*(\d+)\s*$/.test(proc.files.read(path)) ? Number(proc.files.read(path)) : null
  } catch (error) {
    if (error instanceof KernelError) return null
    throw error
  }
}

function matching(proc: Process, options: ParsedOptions): Process[] {
  const tests = criteria(proc, options)
  const found = [...proc.machine.processes.values()]
    .filter((other) => other !== proc && tests.every((test) => test(other)) !== options.has('inverse'))
    .sort((a, b) => a.pid - b.pid)
  if (options.has('newest')) return found.slice(-1)
  return options.has('oldest') ? found.slice(0, 1) : found
}

/** What is wrong with the words, said; null when nothing is. */
function wrongUsage(proc: Process, options: ParsedOptions): number | null {
  const file = options.value('pidfile')
  if (file !== null && pidIn(proc, file) === null) {
    fail(proc, 'pidfile not valid')
    proc.error(`Try \`${proc.name} --help' for more information.`)
    return 1
  }
  return options.operands.length === 0 && options.given.length === 0 ? noCriteria(proc) : null
}

const MATCH_OPTIONS = [
  'f|full',
  'x|exact',
  'i|ignore-case',
  'v|inverse',
  'n|newest',
  'o|oldest',
  'u|euid:',
  'U|uid:',
  'P|parent:',
  't|terminal:',
  'g|pgroup:',
  's|session:',
  'F|pidfile:',
]

const MATCH_LACKS = [
  'G|group:',
  'O|older:',
  'w|lightweight',
  'L|logpidfile',
  'r|runstates:',
  'A|ignore-ancestors',
  '|cgroup:',
  '|ns:',
  '|nslist:',
]

function noCriteria(proc: Process): number {
  fail(proc, 'no matching criteria specified')
  proc.error(`Try \`${proc.name} --help' for more information.`)
  return 2
}

/** `-9`, `-HUP` before the options that getopt knows. */
function takeSignal(proc: Process): Signal | null | { readonly bad: string } {
  const at = proc.argv.findIndex((word, index) => index > 0 && /^-(?:\d+|[A-Z][A-Z0-9]+)$/.test(word))
  if (at < 0) return null
  const bad = proc.argv[at]!.slice(1)
  const signal = parseSignal(bad)
  // No signal, but a letter with its value: `-FOO` is the pid file OO.
  if (signal === null && proc.name === 'pkill') return null
  proc.argv = proc.argv.filter((_, index) => index !== at)
  return signal ?? { bad }
}

export const pgrepCommand: Command = gnuTool({
  name: 'pgrep',
  path: '/usr/bin/pgrep',
  usage: 'pgrep [-acfilnovx] [-d TEXT] [-P PPIDS] [-u USERS] PATTERN',
  failure: 2,
  version: ['procps-ng', 'procps'],
  options: [...MATCH_OPTIONS, 'l|list-name', 'a|list-full', 'c|count', 'd|delimiter:'],
  lacks: MATCH_LACKS,
  run: (proc, options) => {
    const wrong = wrongUsage(proc, options)
    if (wrong !== null) return wrong
    const found = matching(proc, options)
    if (options.has('count')) proc.line(String(found.length))
    else {
      const text = (other: Process): string =>
        options.has('list-full')
          ? `${other.pid} ${other.argv.join(' ')}`
          : options.has('list-name')
            ? `${other.pid} ${other.comm}`
            : String(other.pid)
      if (found.length > 0) proc.line(found.map(text).join(options.value('delimiter') ?? '\n'))
    }
    return found.length > 0 ? 0 : 1
  },
})

const pkillTool: Command = gnuTool({
  name: 'pkill',
  path: '/usr/bin/pkill',
  usage: 'pkill [-SIGNAL] [-efinovx] [-P PPIDS] [-u USERS] PATTERN',
  failure: 2,
  version: ['procps-ng', 'procps'],
  options: [...MATCH_OPTIONS, 'e|echo', '|signal:'],
  lacks: [...MATCH_LACKS, 'c|count', 'q|queue:'],
  run: (proc, options) => {
    const wrong = wrongUsage(proc, options)
    if (wrong !== null) return wrong
    const signal = parseSignal(options.value('signal') ?? 'TERM')
    if (signal === null) return fail(proc, `unknown signal name ${options.value('signal')}`, 2)
    const found = matching(proc, options)
    for (const victim of found) {
      if (!proc.isRoot && victim.uid !== proc.uid) fail(proc, `killing pid ${victim.pid} failed: Operation not permitted`)
      else victim.kill(signal)
      if (options.has('echo')) proc.line(`${victim.comm} killed (pid ${victim.pid})`)
    }
    return found.length > 0 ? 0 : 1
  },
})

export const pkillCommand: Command = {
  ...pkillTool,
  run: (proc) => {
    const signal = takeSignal(proc)
    if (signal !== null && typeof signal === 'object') return fail(proc, `unknown signal ${signal.bad}`, 2)
    if (signal !== null) proc.argv.splice(1, 0, '--signal', signal)
    return pkillTool.run(proc)
  },
}

export const pidofCommand: Command = gnuTool({
  name: 'pidof',
  path: '/bin/pidof',
  usage: 'pidof [-s] PROGRAM...',
  options: ['s|single-shot', 'c'],
  lacks: ['x', 'q', 'o|omit-pid:'],
  run: (proc, options) => {
    const found = [...proc.machine.processes.values()]
      .filter((other) => other !== proc && options.operands.some((name) => name === other.argv[0] || name === other.name))
      .map((other) => other.pid)
      .sort((a, b) => b - a)
    const shown = options.has('single-shot') ? found.slice(0, 1) : found
    if (shown.length > 0) proc.line(shown.join(' '))
    return shown.length > 0 ? 0 : 1
  },
})

function noProcess(proc: Process, name: string): number {
  proc.error(`${name}: no process found`)
  return 1
}

// Differs: the long usages that procps and psmisc print after a wrong option are netlab's own one line.

function isCalled(options: ParsedOptions, name: string): (other: Process) => boolean {
  if (options.has('regexp')) {
    const regex = translateRegex(name, 'extended', { ignoreCase: options.has('ignore-case') })
    return (other) => regex.test(other.comm)
  }
  const wanted = name.slice(0, 15)
  if (options.has('ignore-case')) return (other) => other.comm.toLowerCase() === wanted.toLowerCase()
  return (other) => other.comm === wanted && (!options.has('exact') || name.length <= 15 || other.name === name)
}

function cannotFind(proc: Process, user: string): number {
  proc.error(`Cannot find user ${user}`)
  return 1
}

async function killall(proc: Process, options: ParsedOptions): Promise<number> {
  if (options.operands.length === 0 && !options.has('user')) {
    proc.error(`Usage: ${killallTool.usage}`)
    return 1
  }
  const signal = parseSignal(options.value('signal') ?? 'TERM')
  if (signal === null) {
    proc.error(`${options.value('signal')}: unknown signal; killall -l lists signals.`)
    return 1
  }
  const user = options.value('user')
  if (user !== null && proc.machine.users.byName(user) === null) return cannotFind(proc, user)
  const killed: Process[] = []
  let code = 0
  for (const name of options.operands.length === 0 ? [null] : options.operands) {
    const matches = name === null ? () => true : isCalled(options, name)
    const found = [...proc.machine.processes.values()].filter(
      (other) => other !== proc && other.pid !== 1 && matches(other) && (user === null || other.user === user),
    )
    let sent = 0
    for (const victim of found) {
      if (!proc.isRoot && victim.uid !== proc.uid) {
        if (!options.has('quiet')) proc.error(`${victim.comm}(${victim.pid}): Operation not permitted`)
        continue
      }
      victim.kill(signal)
      sent++
      killed.push(victim)
      if (options.has('verbose')) proc.error(`Killed ${victim.comm}(${victim.pid}) with signal ${signalNumber(signal)}`)
    }
    if (sent > 0) continue
    code = 1
    if (!options.has('quiet')) noProcess(proc, name ?? '')
  }
  if (options.has('wait')) for (const victim of killed) await proc.wait<number>((resolve) => victim.onExit(resolve))
  return code
}

const killallTool: Command = gnuTool({
  name: 'killall',
  path: '/usr/bin/killall',
  usage: 'killall [-SIGNAL] [-egiqrvw] NAME...',
  options: ['e|exact', 'I|ignore-case', 'q|quiet', 'r|regexp', 's|signal:', 'v|verbose', 'w|wait', 'u|user:'],
  lacks: ['g|process-group', 'i|interactive', 'l|list', 'o|older-than:', 'y|younger-than:', 'n|ns:', 'Z|context:'],
  run: killall,
})

export const killallCommand: Command = {
  ...killallTool,
  run: (proc) => {
    const signal = takeSignal(proc)
    if (signal !== null && typeof signal === 'object') {
      proc.error(`${signal.bad}: unknown signal; killall -l lists signals.`)
      return 1
    }
    if (signal !== null) proc.argv.splice(1, 0, '-s', signal)
    return killallTool.run(proc)
  },
}
