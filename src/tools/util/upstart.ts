// service, and the commands of upstart: initctl, start, stop, restart, status.

import { type Command, notEmulated } from '../../node/command.js'
import { fail } from '../../node/gnu-tool.js'
import type { Image } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { findUnit, type ServiceUnit, serviceUnits } from './service-units.js'
import { systemctlAction } from './systemctl.js'

function hasUpstart(image: Image): boolean {
  return image.name === 'ubuntu-12.04' || image.name === 'ubuntu-14.04'
}

const ACTIONS = ['start', 'stop', 'restart', 'status', 'reload', 'force-reload', 'try-restart', 'force-reload-kmod']

function service(proc: Process): number {
  const [name, action] = proc.argv.slice(1)
  if (name === '--status-all') return statusAll(proc)
  if (name === undefined || action === undefined) {
    proc.error('Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]')
    return 1
  }
  if (proc.machine.image.family === 'redhat') {
    proc.error(`Redirecting to /bin/systemctl ${action} ${name}.service`)
    return systemctlAction(proc, action, [name])
  }
  const unit = findUnit(proc.machine, name)
  if (unit === null) {
    proc.error(`${name}: unrecognized service`)
    return 1
  }
  if (hasUpstart(proc.machine.image)) return job(proc, action, unit)
  if (action !== 'status') return systemctlAction(proc, action, [name])
  const isRunning = unit.process() !== null
  proc.line(isRunning ? ` * ${name} is running` : ` * ${name} is not running`)
  return isRunning ? 0 : 3
}

function statusAll(proc: Process): number {
  for (const unit of serviceUnits(proc.machine)) proc.line(` [ ${unit.process() === null ? '-' : '+'} ]  ${unit.name}`)
  return 0
}

/** What upstart does with a job, and says. */
function job(proc: Process, action: string, unit: ServiceUnit): number {
  if (!ACTIONS.includes(action)) return notEmulated(proc, `${unit.name} ${action}`)
  if (action === 'status') {
    proc.line(state(unit))
    return 0
  }
  if (!proc.isRoot) return fail(proc, `Rejected send message: ${action} ${unit.name}`)
  if (unit.control === null) return notEmulated(proc, `${unit.name} ${action}`, 'kill stops a daemon; `lab reset` brings it back')
  const isRunning = unit.process() !== null
  if (action === 'start') {
    if (isRunning) return complain(proc, `start: Job is already running: ${unit.name}`)
    unit.control.start()
    proc.line(state(unit))
    return 0
  }
  if (!isRunning) return complain(proc, `${action === 'stop' ? 'stop' : 'restart'}: Unknown instance: `)
  unit.control.stop()
  proc.line(`${unit.name} stop/waiting`)
  if (action === 'stop') return 0
  unit.control.start()
  proc.line(state(unit))
  return 0
}

function complain(proc: Process, text: string): number {
  proc.error(text)
  return 1
}

function state(unit: ServiceUnit): string {
  const process = unit.process()
  if (process === null) return `${unit.name} stop/waiting`
  return unit.showsPid ? `${unit.name} start/running, process ${process.pid}` : `${unit.name} start/running`
}

function jobCommand(action: string): Command {
  return {
    name: action,
    path: `/sbin/${action}`,
    usage: `${action} JOB`,
    run: (proc) => jobByName(proc, action, proc.argv[1]),
  }
}

function jobByName(proc: Process, action: string, name: string | undefined): number {
  if (name === undefined) return complain(proc, `${action}: missing job name\nTry \`${action} --help' for more information.`)
  const unit = findUnit(proc.machine, name)
  return unit === null ? complain(proc, `${action}: Unknown job: ${name}`) : job(proc, action, unit)
}

function initctl(proc: Process): number {
  const [action, name] = proc.argv.slice(1)
  if (action === undefined) return complain(proc, "initctl: missing command\nTry `initctl --help' for more information.")
  if (action === 'list') {
    for (const unit of serviceUnits(proc.machine)) proc.line(state(unit))
    return 0
  }
  if (!ACTIONS.includes(action)) return notEmulated(proc, action)
  return jobByName(proc, action, name)
}

export const serviceCommand: Command = {
  name: 'service',
  path: '/usr/sbin/service',
  usage: 'service NAME status|start|stop|restart | service --status-all',
  run: service,
}

export const upstartCommands: readonly Command[] = [
  { name: 'initctl', path: '/sbin/initctl', usage: 'initctl list | initctl start|stop|restart|status JOB', run: initctl },
  ...['start', 'stop', 'restart', 'status'].map(jobCommand),
]
