// service, systemctl, logger, dmesg, journalctl: daemons and logs.

import { type Command, notEmulated } from '../../node/command.js'
import { openvswitchOn } from '../../node/daemons/openvswitch.js'
import { ovsRestarts } from '../../node/daemons/openvswitch-start.js'
import { fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import type { Facility } from '../../node/syslog.js'
import { strftime } from '../../shell/strftime.js'

const PROGRAMS: Readonly<Record<string, string>> = {
  ssh: 'sshd',
  'openvswitch-switch': 'ovs-vswitchd',
  openvswitch: 'ovs-vswitchd',
  network: 'init',
  networking: 'init',
  'libvirt-bin': 'libvirtd',
  keystone: 'keystone-all',
}

function find(proc: Process, service: string): Process | null {
  const name = service.replace(/\.service$/, '')
  const wanted = (PROGRAMS[name] ?? name).slice(0, 15)
  return [...proc.machine.processes.values()].find((other) => other.comm === wanted) ?? null
}

function service(proc: Process): number {
  const [name, action] = proc.argv.slice(1)
  if (name === '--status-all') {
    for (const running of new Set([...proc.machine.processes.values()].filter((other) => other.ppid === 1).map((other) => other.comm)))
      proc.line(` [ + ]  ${running}`)
    return 0
  }
  if (name === undefined || action === undefined) {
    proc.error('Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]')
    return 1
  }
  const isOvs = OVS_UNITS.has(name) && openvswitchOn(proc.machine) !== null
  if (isOvs && action !== 'status') return controlOvs(proc, name, action)
  const running = find(proc, name)
  const isKnown = running !== null || proc.files.exists(`/etc/init.d/${name}`) || /^(nova-[a-z]+|libvirt-bin|keystone|ssh)$/.test(name)
  if (!isKnown) return unknownService(proc, name)
  if (action !== 'status') return notEmulated(proc, `${name} ${action}`, 'kill stops a daemon; `lab reset` brings the agents back')
  if (running === null) {
    proc.line(`${name} stop/waiting`)
    return 3
  }
  proc.line(
    proc.machine.image.family === 'debian' && !proc.machine.image.toolAtLeast('procps', '3.3.10')
      ? `${name} start/running, process ${running.pid}`
      : ` * ${name} is running`,
  )
  return 0
}

/** Units of Open vSwitch, by distribution. */
const OVS_UNITS = new Set(['openvswitch-switch', 'openvswitch', 'ovs-vswitchd', 'ovsdb-server'])

/** start, stop and restart of Open vSwitch: upstart tells what it does, systemd says nothing. */
function controlOvs(proc: Process, unit: string, action: string): number {
  const service = openvswitchOn(proc.machine)!
  if (!['start', 'stop', 'restart', 'force-reload-kmod', 'reload', 'try-restart'].includes(action))
    return notEmulated(proc, `${unit} ${action}`)
  if (!proc.isRoot) return fail(proc, `${action} ${unit}: Permission denied`)
  if (action !== 'start' && action !== 'reload') service.stop()
  if (action !== 'stop') service.start()
  if (ovsRestarts(proc.machine.image) === 'systemd') return 0
  if (action !== 'start') proc.line(`${unit} stop/waiting`)
  if (action !== 'stop') proc.line(`${unit} start/running`)
  return 0
}

function unknownService(proc: Process, name: string): number {
  proc.error(`${name}: unrecognized service`)
  return 1
}

export const serviceCommand: Command = {
  name: 'service',
  path: '/usr/sbin/service',
  usage: 'service NAME status|start|stop|restart | service --status-all',
  run: service,
}

function systemctl(proc: Process): number {
  const words = proc.argv.slice(1).filter((word) => !word.startsWith('-'))
  const [action, ...names] = words
  if (action === 'is-active') {
    let code = 0
    for (const name of names) {
      const isRunning = find(proc, name) !== null
      proc.line(isRunning ? 'active' : 'inactive')
      if (!isRunning) code = 3
    }
    return code
  }
  if (action !== undefined && action !== 'status' && names.length > 0) {
    const units = names.map((name) => name.replace(/\.service$/, ''))
    if (openvswitchOn(proc.machine) !== null && units.every((unit) => OVS_UNITS.has(unit)))
      return Math.max(...units.map((unit) => controlOvs(proc, unit, action)))
  }
  if (action !== 'status') return notEmulated(proc, action ?? 'list-units', 'use ps, and signal daemons with kill')
  let code = 0
  for (const name of names) {
    const unit = name.replace(/\.service$/, '')
    const running = find(proc, unit)
    if (running === null) {
      proc.error(`Unit ${unit}.service could not be found.`)
      code = 4
      continue
    }
    const since = strftime('%a %Y-%m-%d %H:%M:%S UTC', proc.machine.clockStartUs + running.startedUs)
    proc.line(
      `● ${unit}.service - ${unit}\n     Loaded: loaded (/lib/systemd/system/${unit}.service; enabled)\n     Active: active (running) since ${since}\n   Main PID: ${running.pid} (${running.comm})`,
    )
  }
  return code
}

export const systemctlCommand: Command = {
  name: 'systemctl',
  path: '/bin/systemctl',
  usage: 'systemctl status|start|stop|restart NAME... | systemctl is-active NAME...',
  run: systemctl,
}

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
  return FACILITIES[first!]!
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
