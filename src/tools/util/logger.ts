// logger: a line for the system log.

import type { Command } from '../../node/command.js'
import { eachLine, fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import type { Facility } from '../../node/syslog.js'

const FACILITIES: ReadonlySet<string> = new Set<Facility>(['kern', 'user', 'daemon', 'auth', 'authpriv', 'cron', 'syslog', 'local0', 'local1', 'local2'])
const OTHERS = new Set(['mail', 'news', 'uucp', 'lpr', 'ftp', 'security', 'local3', 'local4', 'local5', 'local6', 'local7'])
const LEVELS = new Set(['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug', 'panic', 'error', 'warn'])

/** `facility.level`, or a level alone. Those without a file of their own go where `user` goes. */
function facilityOf(proc: Process, text: string): Facility | null {
  const [facility, level] = text.includes('.') ? [text.slice(0, text.indexOf('.')), text.slice(text.indexOf('.') + 1)] : ['user', text]
  if (!FACILITIES.has(facility) && !OTHERS.has(facility)) {
    fail(proc, `unknown facility name: ${facility}`)
    return null
  }
  if (!LEVELS.has(level)) {
    fail(proc, `unknown priority name: ${level}`)
    return null
  }
  return FACILITIES.has(facility) ? (facility as Facility) : 'user'
}

async function logger(proc: Process, options: ParsedOptions): Promise<number> {
  const facility = facilityOf(proc, options.value('priority') ?? 'user.notice')
  if (facility === null) return 1
  const tag = options.value('tag') ?? proc.user
  const pid = options.has('id') || options.has('i') ? proc.pid : null
  const write = (text: string): void => {
    proc.machine.syslog(facility, tag, pid, text)
    if (options.has('stderr')) proc.error(`<13>${tag}${pid === null ? '' : `[${pid}]`}: ${text}`)
  }
  const file = options.value('file')
  if (file === null && options.operands.length > 0) {
    write(options.operands.join(' '))
    return 0
  }
  return eachLine(proc, file === null ? [] : [file], (line) => write(line))
}

export const loggerCommand: Command = gnuTool({
  name: 'logger',
  path: '/usr/bin/logger',
  usage: 'logger [-is] [-f FILE] [-p PRIORITY] [-t TAG] [MESSAGE]...',
  options: ['i', '|id?', 's|stderr', 'f|file:', 'p|priority:', 't|tag:'],
  lacks: ['n|server:', 'P|port:', 'T|tcp', 'd|udp', 'u|socket:'],
  version: ['util-linux', 'util-linux'],
  run: logger,
})
