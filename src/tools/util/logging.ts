// logger, dmesg: what goes into the logs.

import { ownOf } from '../../grammar/own-of.js'
import type { Command } from '../../node/command.js'
import { fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import type { Facility } from '../../node/syslog.js'
import { strftime } from '../../shell/strftime.js'

/** The facilities of syslog; those without a file of their own go where user's messages go. */
const FACILITIES: Readonly<Record<string, Facility>> = {
  kern: 'user',
  user: 'user',
  mail: 'user',
  daemon: 'daemon',
  auth: 'auth',
  security: 'auth',
  syslog: 'syslog',
  lpr: 'user',
  news: 'user',
  uucp: 'user',
  cron: 'cron',
  authpriv: 'authpriv',
  ftp: 'user',
  local0: 'local0',
  local1: 'local1',
  local2: 'local2',
  local3: 'user',
  local4: 'user',
  local5: 'user',
  local6: 'user',
  local7: 'user',
}
const LEVELS = 'emerg alert crit err warning notice info debug panic error warn'.split(' ')

/** The facility of `-p local0.info`; the message goes by it to its file. */
function facilityOf(proc: Process, priority: string): Facility | null {
  const [first, level] = priority.includes('.') ? priority.split('.') : ['user', priority]
  if (!Object.hasOwn(FACILITIES, first!)) {
    fail(proc, `unknown facility name: ${first}`)
    return null
  }
  if (!LEVELS.includes(level!)) {
    fail(proc, `unknown priority name: ${level}`)
    return null
  }
  return ownOf(FACILITIES, first!)!
}

export const loggerCommand: Command = gnuTool({
  name: 'logger',
  path: '/usr/bin/logger',
  usage: 'logger [-is] [-t TAG] [-p PRIORITY] [TEXT]...',
  version: ['util-linux', 'util-linux'],
  options: ['i|id?', 's|stderr', 't|tag:', 'p|priority:'],
  lacks: ['f|file:', 'n|server:', 'u|socket:'],
  run: async (proc, options) => {
    const tag = options.value('tag') ?? proc.user
    const facility = facilityOf(proc, options.value('priority') ?? 'user.notice')
    if (facility === null) return 1
    const lines =
      options.operands.length > 0 ? [options.operands.join(' ')] : (await proc.stdin.readAll()).split('\n').filter((line) => line !== '')
    for (const line of lines) {
      proc.machine.syslog(facility, tag, options.has('id') ? proc.pid : null, line)
      if (options.has('stderr')) proc.error(`${tag}: ${line}`)
    }
    return 0
  },
})

function dmesg(proc: Process, options: ParsedOptions): number {
  const { machine } = proc
  if (options.has('clear')) {
    if (!proc.isRoot) return fail(proc, 'klogctl: Operation not permitted')
    machine.kernelLog.length = 0
    return 0
  }
  for (const { atUs, text } of machine.kernelLog) {
    const seconds = (machine.upBeforeUs + atUs) / 1e6
    if (options.has('notime')) proc.line(text)
    else
      proc.line(
        options.has('ctime')
          ? `[${strftime('%a %b %e %H:%M:%S %Y', machine.clockStartUs + atUs)}] ${text}`
          : `[${seconds.toFixed(6).padStart(12)}] ${text}`,
      )
  }
  if (options.has('read-clear')) machine.kernelLog.length = 0
  return 0
}

export const dmesgCommand: Command = gnuTool({
  name: 'dmesg',
  path: '/bin/dmesg',
  usage: 'dmesg [-CckTt]',
  version: ['util-linux', 'util-linux'],
  options: ['C|clear', 'c|read-clear', 'T|ctime', 't|notime', 'k|kernel', '|color?'],
  lacks: ['H|human', 'w|follow', 'l|level:', 'f|facility:', 'x|decode'],
  run: dmesg,
})
