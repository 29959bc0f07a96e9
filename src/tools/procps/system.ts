// uptime, w, free, top, vmstat: how the machine is doing.

import { type Command, notEmulated } from '../../node/command.js'
import { gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import { MEMORY_KB, usedMemoryKb } from '../../node/proc-fs.js'
import type { Process } from '../../node/process.js'
import { strftime } from '../../shell/strftime.js'
import { allRows, cpuTime } from './process-row.js'

const TOTAL_KB = MEMORY_KB
const CACHE_KB = 300_000

function uptimeLine(proc: Process): string {
  const { machine } = proc
  const minutes = Math.floor(machine.uptimeUs / 60e6)
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60]
  const up = `${days > 0 ? `${days} day${days > 1 ? 's' : ''}, ` : ''}${hours > 0 ? `${String(hours).padStart(2)}:${String(rest).padStart(2, '0')}` : `${rest} min`}`
  const users = [...machine.processes.values()].filter((other) => other.tty !== null && other.pid === other.sid).length
  return ` ${strftime('%H:%M:%S', proc.clock)} up ${up},  ${users} user${users === 1 ? '' : 's'},  load average: 0.00, 0.01, 0.05`
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
  usage: 'w [-hs]',
  version: ['procps-ng', 'procps'],
  options: ['h|no-header', 's|short', 'f|from', 'u|no-current'],
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
  options: ['b|bytes', 'k|kilo', 'm|mega', 'g|giga', 'h|human', 't|total', 'w|wide'],
  lacks: ['s|seconds:', 'c|count:', 'l|lohi'],
  run: (proc, options) => {
    const used = usedMemoryKb(proc.machine)
    const scale = options.has('bytes') ? 1024 : options.has('mega') ? 1 / 1024 : options.has('giga') ? 1 / 1024 ** 2 : 1
    const text = (kb: number): string => (options.has('human') ? human(kb) : String(Math.floor(kb * scale)))
    const row = (name: string, values: readonly number[]): string =>
      name.padEnd(7) +
      values
        .map((kb) => text(kb).padStart(name === 'Mem:' || name === 'Swap:' || name === 'Total:' ? 12 : 11))
        .join('')
        .replace(/^ /, ' ')
    if (proc.machine.image.toolAtLeast('procps', '3.3.10')) {
      proc.line('               total        used        free      shared  buff/cache   available')
      proc.line(
        row('Mem:', [TOTAL_KB, used, TOTAL_KB - used - CACHE_KB, 348, CACHE_KB, TOTAL_KB - used - 20_000]).replace(/^Mem: {3}/, 'Mem:    '),
      )
    } else {
      proc.line('             total       used       free     shared    buffers     cached')
      proc.line(
        `Mem:    ${[TOTAL_KB, used + CACHE_KB, TOTAL_KB - used - CACHE_KB, 0, 50_000, CACHE_KB - 50_000].map((kb) => text(kb).padStart(10)).join(' ')}`,
      )
      proc.line(`-/+ buffers/cache: ${text(used).padStart(10)} ${text(TOTAL_KB - used).padStart(10)}`)
    }
    proc.line(
      proc.machine.image.toolAtLeast('procps', '3.3.10')
        ? row('Swap:', [0, 0, 0]).replace(/^Swap: {2}/, 'Swap:   ')
        : `Swap:   ${[0, 0, 0].map((kb) => text(kb).padStart(10)).join(' ')}`,
    )
    return 0
  },
})

function human(kb: number): string {
  return kb >= 1024 * 1024 ? `${(kb / 1024 / 1024).toFixed(1)}Gi` : kb >= 1024 ? `${Math.round(kb / 1024)}Mi` : `${kb}Ki`
}

/** One screen of top. */
export function topScreen(proc: Process): string {
  const rows = allRows(proc)
  const running = rows.filter((row) => row.stat.startsWith('R')).length
  const stopped = rows.filter((row) => row.stat.startsWith('T')).length
  const used = usedMemoryKb(proc.machine)
  const head = [
    `top -${uptimeLine(proc)}`,
    `Tasks: ${String(rows.length).padStart(3)} total, ${String(running).padStart(3)} running, ${String(rows.length - running - stopped).padStart(3)} sleeping, ${String(stopped).padStart(3)} stopped,   0 zombie`,
    '%Cpu(s):  0.7 us,  0.3 sy,  0.0 ni, 99.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st',
    `KiB Mem : ${String(TOTAL_KB).padStart(8)} total, ${String(TOTAL_KB - used - CACHE_KB).padStart(8)} free, ${String(used).padStart(8)} used, ${String(CACHE_KB).padStart(8)} buff/cache`,
    'KiB Swap:        0 total,        0 free,        0 used.',
    '',
    '    PID USER      PR  NI    VIRT    RES    SHR S  %CPU %MEM     TIME+ COMMAND',
  ]
  const body = rows.map(
    (row) =>
      `${String(row.pid).padStart(7)} ${row.user.slice(0, 8).padEnd(8)}  20   0 ${String(row.vszKb).padStart(7)} ${String(row.rssKb).padStart(6)} ${String(Math.floor(row.rssKb * 0.7)).padStart(6)} ${row.stat[0]}   0.0  0.0 ${`${cpuTime(row.cpuSeconds)}.00`.padStart(9)} ${row.proc.comm}`,
  )
  return [...head, ...body].join('\n')
}

async function top(proc: Process, options: ParsedOptions): Promise<number> {
  const isBatch = options.has('b')
  if (!isBatch && !proc.stdout.isTty) {
    proc.error('top: failed tty get')
    return 1
  }
  const delayUs = Math.max(100_000, options.number('d', 3) * 1e6)
  const count = options.value('n') === null ? Number.POSITIVE_INFINITY : options.number('n', 1)
  for (let i = 0; i < count; i++) {
    if (i > 0) await proc.sleep(delayUs)
    const text = topScreen(proc)
    proc.out(
      isBatch
        ? `${text}\n${i + 1 < count ? '\n' : ''}`
        : `\x1b[H\x1b[2J${text
            .split('\n')
            .slice(0, (proc.tty?.rows ?? 24) - 1)
            .join('\n')}\n`,
    )
    await proc.drain()
  }
  return 0
}

export const topCommand: Command = gnuTool({
  name: 'top',
  path: '/usr/bin/top',
  usage: 'top [-b] [-d SECONDS] [-n COUNT]',
  version: ['procps-ng', 'procps'],
  options: ['b', 'd:', 'n:'],
  lacks: ['p:', 'u:', 'H', 'c', 'o:'],
  run: top,
})

export const vmstatCommand: Command = {
  name: 'vmstat',
  path: '/usr/bin/vmstat',
  usage: 'vmstat',
  run: (proc) => notEmulated(proc, 'memory statistics', 'use free or /proc/meminfo'),
}
