// uptime, w, free, vmstat: how the machine is doing.

import { type Command, notEmulated } from '../../node/command.js'
import { gnuTool } from '../../node/gnu-tool.js'
import { loadText, type Memory, memoryOf } from '../../node/machine-load.js'
import type { Process } from '../../node/process.js'
import { strftime } from '../../shell/strftime.js'

/** Also the head of top. */
export function uptimeLine(proc: Process): string {
  const { machine } = proc
  const minutes = Math.floor(machine.uptimeUs / 60e6)
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60]
  const up = `${days > 0 ? `${days} day${days > 1 ? 's' : ''}, ` : ''}${hours > 0 ? `${String(hours).padStart(2)}:${String(rest).padStart(2, '0')}` : `${rest} min`}`
  const users = [...machine.processes.values()].filter((other) => other.tty !== null && other.pid === other.sid).length
  return ` ${strftime('%H:%M:%S', proc.clock)} up ${up},  ${users} user${users === 1 ? '' : 's'},  load average: ${loadText(machine, ', ')}`
}

function prettyUptime(proc: Process): string {
  const minutes = Math.floor(proc.machine.uptimeUs / 60e6)
  const parts = [
    [Math.floor(minutes / 10_080), 'week'],
    [Math.floor(minutes / 1440) % 7, 'day'],
    [Math.floor(minutes / 60) % 24, 'hour'],
    [minutes % 60, 'minute'],
  ] as const
  const shown = parts.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}${count > 1 ? 's' : ''}`)
  return `up ${shown.length === 0 ? '0 minutes' : shown.join(', ')}`
}

export const uptimeCommand: Command = gnuTool({
  name: 'uptime',
  path: '/usr/bin/uptime',
  usage: 'uptime [-ps]',
  version: ['procps-ng', 'procps'],
  options: ['p|pretty', 's|since'],
  run: (proc, options) => {
    if (options.has('pretty')) proc.line(prettyUptime(proc))
    else if (options.has('since')) proc.line(strftime('%Y-%m-%d %H:%M:%S', proc.machine.clockUs - proc.machine.uptimeUs))
    else proc.line(uptimeLine(proc))
    return 0
  },
})

export const wCommand: Command = gnuTool({
  name: 'w',
  path: '/usr/bin/w',
  usage: 'w [-h]',
  version: ['procps-ng', 'procps'],
  options: ['h|no-header'],
  lacks: ['s|short', 'f|from', 'u|no-current'],
  run: (proc, options) => {
    if (!options.has('no-header')) {
      proc.line(uptimeLine(proc))
      proc.line('USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT')
    }
    for (const other of proc.machine.processes.values()) {
      if (other.tty === null || other.pid !== other.sid) continue
      const current =
        [...proc.machine.processes.values()].filter((one) => one.tty === other.tty && one.pgid === other.tty?.foreground).pop() ?? other
      proc.line(
        `${other.user.padEnd(8)} ${other.tty.name.padEnd(8)} -                ${strftime('%H:%M', proc.machine.clockStartUs + other.startedUs)}    0.00s  0.00s  0.00s ${current.argv.join(' ')}`,
      )
    }
    return 0
  },
})

export const freeCommand: Command = gnuTool({
  name: 'free',
  path: '/usr/bin/free',
  usage: 'free [-bghkmt]',
  version: ['procps-ng', 'procps'],
  options: ['b|bytes', 'k|kilo', 'm|mega', 'g|giga', 'h|human', 't|total'],
  lacks: ['s|seconds:', 'c|count:', 'l|lohi', 'w|wide', 'v|committed', '|si', '|tera', '|peta'],
  run: (proc, options) => {
    const scale = options.has('bytes') ? 1024 : options.has('mega') ? 1 / 1024 : options.has('giga') ? 1 / 1024 ** 2 : 1
    const text = (kb: number): string => (options.has('human') ? human(kb) : String(Math.floor(kb * scale)))
    const rows = proc.machine.image.toolAtLeast('procps', '3.3.10') ? newFree : oldFree
    for (const line of rows(memoryOf(proc.machine), options.has('total'), text)) proc.line(line)
    return 0
  },
})

type Amount = (kb: number) => string

/** Differs: no swap, and what is shared stays as it was after boot. */
const SHARED_KB = 348

function newFree(memory: Memory, withTotal: boolean, text: Amount): string[] {
  const row = (name: string, values: readonly number[]): string => name.padEnd(9) + values.map((kb) => text(kb).padStart(11)).join(' ')
  const { totalKb, usedKb, freeKb, buffersKb, cachedKb, availableKb } = memory
  return [
    '               total        used        free      shared  buff/cache   available',
    row('Mem:', [totalKb, usedKb, freeKb, SHARED_KB, buffersKb + cachedKb, availableKb]),
    row('Swap:', [0, 0, 0]),
    ...(withTotal ? [row('Total:', [totalKb, usedKb, freeKb])] : []),
  ]
}

function oldFree(memory: Memory, withTotal: boolean, text: Amount): string[] {
  const row = (name: string, values: readonly number[]): string => `${name.padEnd(8)}${values.map((kb) => text(kb).padStart(10)).join(' ')}`
  const { totalKb, usedKb, freeKb, buffersKb, cachedKb, availableKb } = memory
  return [
    '             total       used       free     shared    buffers     cached',
    row('Mem:', [totalKb, totalKb - freeKb, freeKb, 0, buffersKb, cachedKb]),
    `-/+ buffers/cache: ${text(usedKb).padStart(10)} ${text(availableKb).padStart(10)}`,
    row('Swap:', [0, 0, 0]),
    ...(withTotal ? [row('Total:', [totalKb, totalKb - freeKb, freeKb])] : []),
  ]
}

function human(kb: number): string {
  return kb >= 1024 * 1024 ? `${(kb / 1024 / 1024).toFixed(1)}Gi` : kb >= 1024 ? `${Math.round(kb / 1024)}Mi` : `${kb}Ki`
}

export const vmstatCommand: Command = {
  name: 'vmstat',
  path: '/usr/bin/vmstat',
  usage: 'vmstat',
  run: (proc) => notEmulated(proc, 'memory statistics', 'use free or /proc/meminfo'),
}
