// pkill, pgrep, pidof, killall: finding processes, and sending them signals.

import type { Command } from '../../node/command.js'
import { fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { parseSignal, type Signal } from '../../node/signals.js'
import { translateRegex } from '../../shell/regex.js'

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
  run: (proc, options) => {
    if (options.operands.length === 0 && options.given.length === 0) return noCriteria(proc)
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
    if (options.operands.length === 0 && options.given.length === 0) return noCriteria(proc)
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
    if (signal !== null && typeof signal === 'object') {
      proc.error(`${signal.bad}: unknown signal; killall -l lists signals.`)
      return 1
    }
    if (signal !== null) proc.argv.splice(1, 0, '-s', signal)
    return killallTool.run(proc)
  },
}
