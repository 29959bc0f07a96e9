// kill, pkill, pgrep, pidof, killall: signals, and finding whom to send them.

import type { Command } from '../../node/command.js'
import { fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { parseSignal, SIGNALS, type Signal, signalNumber } from '../../node/signals.js'
import { translateRegex } from '../../shell/regex.js'

function kill(proc: Process): number {
  const words = proc.argv.slice(1)
  let signal: Signal | 0 = 'TERM'
  if (words[0] === '-l' || words[0] === '-L' || words[0] === '--list') {
    const names = Object.keys(SIGNALS) as Signal[]
    if (words[1] !== undefined) {
      const found = parseSignal(words[1])
      proc.line(found === null ? words[1] : /^\d/.test(words[1]) ? found : String(signalNumber(found)))
    } else proc.line(names.join(' '))
    return 0
  }
  if (words[0]?.startsWith('-') === true && words[0] !== '--') {
    const option = words.shift()!
    const name = option === '-s' || option === '--signal' ? (words.shift() ?? '') : option.slice(1)
    const parsed = name === '0' ? 0 : parseSignal(name)
    if (parsed === null) return fail(proc, `invalid argument '${name}'`)
    signal = parsed
  }
  if (words[0] === '--') words.shift()
  if (words.length === 0) {
    proc.error('\nUsage:\n kill [options] <pid> [...]\n\nFor more details see kill(1).')
    return 1
  }
  let code = 0
  for (const word of words) {
    if (!/^-?\d+$/.test(word)) {
      code = fail(proc, `failed to parse argument: '${word}'`)
      continue
    }
    if (!send(proc, Number(word), signal)) code = 1
  }
  return code
}

function send(proc: Process, pid: number, signal: Signal | 0): boolean {
  const all = [...proc.machine.processes.values()]
  const victims =
    pid < 0
      ? all.filter((other) => (pid === -1 ? other.pid > 1 && other !== proc : other.pgid === -pid))
      : all.filter((other) => other.pid === pid)
  if (victims.length === 0) return fail(proc, `(${pid}): No such process`) === 0
  for (const victim of victims) {
    if (!proc.isRoot && victim.uid !== proc.uid) return fail(proc, `(${pid}): Operation not permitted`) === 0
    if (signal !== 0) victim.kill(signal)
  }
  return true
}

export const killCommand: Command = { name: 'kill', path: '/bin/kill', usage: 'kill [-SIGNAL | -s SIGNAL] PID... | kill -l', run: kill }

function matching(proc: Process, options: ParsedOptions): Process[] {
  const pattern = options.operands[0]
  const regex =
    pattern === undefined
      ? null
      : translateRegex(options.has('exact') ? `^(?:${pattern})$` : pattern, 'extended', { ignoreCase: options.has('ignore-case') })
  const users = options.values('euid').flatMap((text) => text.split(','))
  const parents = options
    .values('parent')
    .flatMap((text) => text.split(','))
    .map(Number)
  const found = [...proc.machine.processes.values()].filter((other) => {
    if (other === proc) return false
    const text = options.has('full') ? other.argv.join(' ') : other.comm
    const matches =
      (regex === null || regex.test(text)) &&
      (users.length === 0 || users.includes(other.user) || users.includes(String(other.uid))) &&
      (parents.length === 0 || parents.includes(other.ppid))
    return matches !== options.has('inverse')
  })
  found.sort((a, b) => a.pid - b.pid)
  if (options.has('newest')) return found.slice(-1)
  return options.has('oldest') ? found.slice(0, 1) : found
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
]

/** `-9`, `-HUP` before the options that getopt knows. */
function takeSignal(proc: Process): Signal | null | 'bad' {
  const at = proc.argv.findIndex((word, index) => index > 0 && /^-(?:\d+|[A-Z][A-Z0-9]+)$/.test(word))
  if (at < 0) return null
  const signal = parseSignal(proc.argv[at]!.slice(1))
  proc.argv = proc.argv.filter((_, index) => index !== at)
  return signal ?? 'bad'
}

export const pgrepCommand: Command = gnuTool({
  name: 'pgrep',
  path: '/usr/bin/pgrep',
  usage: 'pgrep [-acfilnovx] [-d TEXT] [-P PPIDS] [-u USERS] PATTERN',
  failure: 2,
  version: ['procps-ng', 'procps'],
  options: [...MATCH_OPTIONS, 'l|list-name', 'a|list-full', 'c|count', 'd|delimiter:'],
  run: (proc, options) => {
    if (options.operands.length === 0 && options.given.length === 0) return fail(proc, 'no matching criteria specified', 2)
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
  options: [...MATCH_OPTIONS, 'e|echo', 'c|count', '|signal:'],
  run: (proc, options) => {
    if (options.operands.length === 0 && options.given.length === 0) return fail(proc, 'no matching criteria specified', 2)
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
    if (signal === 'bad') return fail(proc, 'unknown signal', 2)
    if (signal !== null) proc.argv.splice(1, 0, '--signal', signal)
    return pkillTool.run(proc)
  },
}

export const pidofCommand: Command = gnuTool({
  name: 'pidof',
  path: '/bin/pidof',
  usage: 'pidof [-sx] PROGRAM...',
  options: ['s|single-shot', 'x', 'c', 'q', 'o|omit-pid:'],
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

const killallTool: Command = gnuTool({
  name: 'killall',
  path: '/usr/bin/killall',
  usage: 'killall [-SIGNAL] [-egiqrvw] NAME...',
  options: ['e|exact', 'I|ignore-case', 'q|quiet', 'r|regexp', 's|signal:', 'v|verbose', 'w|wait', 'u|user:'],
  run: (proc, options) => {
    const signal = parseSignal(options.value('signal') ?? 'TERM')
    if (signal === null) return fail(proc, `${options.value('signal')}: unknown signal; killall -l lists signals.`)
    let code = 0
    for (const name of options.operands) {
      const found = [...proc.machine.processes.values()].filter((other) => other !== proc && other.comm === name.slice(0, 15))
      if (found.length === 0) code = options.has('quiet') ? 1 : noProcess(proc, name)
      for (const victim of found) victim.kill(signal)
    }
    return code
  },
})

export const killallCommand: Command = {
  ...killallTool,
  run: (proc) => {
    const signal = takeSignal(proc)
    if (signal === 'bad') return fail(proc, 'unknown signal; killall -l lists signals.')
    if (signal !== null) proc.argv.splice(1, 0, '-s', signal)
    return killallTool.run(proc)
  },
}
