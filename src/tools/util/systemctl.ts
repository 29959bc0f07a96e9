// systemctl: the services of machines with systemd.

import { type Command, notEmulated } from '../../node/command.js'
import { fail } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { matchesPattern } from '../../shell/pattern.js'
import { strftime } from '../../shell/strftime.js'
import { findUnit, type ServiceUnit, serviceUnits } from './service-units.js'

const CONTROLS = ['start', 'stop', 'restart', 'try-restart', 'reload', 'reload-or-restart', 'force-reload']

function systemctl(proc: Process): number {
  const words = proc.argv.slice(1).filter((word) => !word.startsWith('-'))
  const [action, ...names] = words
  return systemctlAction(proc, action ?? 'list-units', names)
}

export function systemctlAction(proc: Process, action: string, names: readonly string[]): number {
  if (action === 'list-units') return listUnits(proc, names)
  if (names.length === 0 && action !== 'status') {
    proc.error('Too few arguments.')
    return 1
  }
  if (action === 'is-active') return isActive(proc, names)
  if (action === 'is-enabled') return each(proc, names, 1, () => line(proc, 'enabled'))
  if (action === 'enable' || action === 'disable') return each(proc, names, 1, () => 0)
  if (action === 'status') return each(proc, names, 4, (unit) => status(proc, unit))
  if (!CONTROLS.includes(action)) return notEmulated(proc, action, 'status, start, stop, restart, is-active and list-units are there')
  return each(proc, names, 5, (unit) => control(proc, action, unit))
}

/** The worst exit code of all; `missing` is that of a unit that is not there. */
function each(proc: Process, names: readonly string[], missing: number, work: (unit: ServiceUnit) => number): number {
  let code = 0
  for (const name of names) {
    const unit = findUnit(proc.machine, name)
    if (unit === null) {
      const full = name.endsWith('.service') ? name : `${name}.service`
      proc.error(missing === 5 ? `Failed to ${proc.argv[1] ?? 'start'} ${full}: Unit not found.` : `Unit ${full} could not be found.`)
      code = Math.max(code, missing)
    } else code = Math.max(code, work(unit))
  }
  return code
}

function line(proc: Process, text: string): number {
  proc.line(text)
  return 0
}

function control(proc: Process, action: string, unit: ServiceUnit): number {
  if (!proc.isRoot) return fail(proc, `Failed to ${action} ${unit.name}.service: Interactive authentication required.`)
  if (unit.control === null) return notEmulated(proc, `${action} ${unit.name}`, 'kill stops a daemon; `lab reset` brings it back')
  const isRunning = unit.process() !== null
  if (action === 'reload' && isRunning) return 0
  if (action === 'try-restart' && !isRunning) return 0
  if (action !== 'start' && isRunning) unit.control.stop()
  if (action !== 'stop' && unit.process() === null) unit.control.start()
  return 0
}

function isActive(proc: Process, names: readonly string[]): number {
  let code = 0
  for (const name of names) {
    const unit = findUnit(proc.machine, name)
    const isRunning = unit !== null && unit.process() !== null
    proc.line(isRunning ? 'active' : unit === null ? 'unknown' : 'inactive')
    if (!isRunning) code = 3
  }
  return code
}

function status(proc: Process, unit: ServiceUnit): number {
  const { image, clockUs, clockStartUs } = proc.machine
  const isRedHat = image.family === 'redhat'
  // The columns moved by two after systemd 239.
  const row = (text: string): void => proc.line(`${isRedHat ? '' : '  '}${text}`)
  const folder = isRedHat ? '/usr/lib/systemd/system' : '/lib/systemd/system'
  proc.line(`● ${unit.name}.service - ${unit.description}`)
  row(`   Loaded: loaded (${folder}/${unit.name}.service; enabled; vendor preset: ${isRedHat ? 'disabled' : 'enabled'})`)
  const main = unit.process()
  if (main === null) {
    row('   Active: inactive (dead)')
    return 3
  }
  const since = strftime('%a %Y-%m-%d %H:%M:%S UTC', clockStartUs + main.startedUs)
  row(`   Active: active (running) since ${since}; ${ago(clockUs - clockStartUs - main.startedUs)} ago`)
  row(` Main PID: ${main.pid} (${main.comm})`)
  row(`   CGroup: /system.slice/${unit.name}.service`)
  row(`           └─${main.pid} ${main.argv.join(' ')}`)
  return 0
}

/** `2min 3s`, `1h 4min` */
function ago(us: number): string {
  const seconds = Math.max(0, Math.floor(us / 1e6))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}min ${seconds % 60}s`
  return `${Math.floor(seconds / 3600)}h ${Math.floor(seconds / 60) % 60}min`
}

function listUnits(proc: Process, patterns: readonly string[]): number {
  const matches = (name: string): boolean => patterns.length === 0 || patterns.some((pattern) => matchesPattern(name, pattern))
  const units = serviceUnits(proc.machine).filter(({ name }) => matches(`${name}.service`))
  const width = Math.max(4, ...units.map(({ name }) => name.length + 8))
  proc.line(`${'UNIT'.padEnd(width)} LOAD   ACTIVE   SUB     DESCRIPTION`)
  for (const unit of units) {
    const state = unit.process() === null ? 'inactive dead   ' : 'active   running'
    proc.line(`${`${unit.name}.service`.padEnd(width)} loaded ${state} ${unit.description}`)
  }
  proc.line('')
  proc.line('LOAD   = Reflects whether the unit definition was properly loaded.')
  proc.line('ACTIVE = The high-level unit activation state, i.e. generalization of SUB.')
  proc.line('SUB    = The low-level unit activation state, values depend on unit type.')
  proc.line('')
  proc.line(`${units.length} loaded units listed. Pass --all to see loaded but inactive units, too.`)
  proc.line("To show all installed unit files use 'systemctl list-unit-files'.")
  return 0
}

export const systemctlCommand: Command = {
  name: 'systemctl',
  path: '/bin/systemctl',
  usage: 'systemctl status|start|stop|restart NAME... | systemctl is-active NAME... | systemctl list-units',
  run: systemctl,
}
