// top: the machine's processes on a screen that is drawn again and again, until q.

import type { Command } from '../../node/command.js'
import { gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import { busyUs, memoryOf } from '../../node/machine-load.js'
import type { Process } from '../../node/process.js'
import { RawKeys } from '../../node/raw-keys.js'
import { allRows, cpuTime, type ProcessRow } from './process-row.js'
import { uptimeLine } from './system.js'

/** What top saw last: the shares of its next screen are of the time since then. */
interface Seen {
  readonly atUs: number
  readonly busyUs: number
  readonly cpuUs: ReadonlyMap<number, number>
}

const SINCE_BOOT: Seen = { atUs: 0, busyUs: 0, cpuUs: new Map() }

function lookAt(proc: Process): Seen {
  const { machine } = proc
  const cpuUs = new Map([...machine.processes.values()].map((other) => [other.pid, other.cpuUs]))
  return { atUs: machine.uptimeUs, busyUs: busyUs(machine), cpuUs }
}

/** Differs: all computing counts as the users'. */
function cpuLine(before: Seen, now: Seen): string {
  const busy = Math.min(100, (100 * (now.busyUs - before.busyUs)) / Math.max(1, now.atUs - before.atUs))
  const share = (percent: number): string => percent.toFixed(1).padStart(5)
  return `%Cpu(s):${share(busy)} us,  0.0 sy,  0.0 ni,${share(100 - busy)} id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st`
}

/** One screen of top. */
function topScreen(proc: Process, before: Seen, now: Seen): string {
  const rows = allRows(proc)
  const running = rows.filter((row) => row.stat.startsWith('R')).length
  const stopped = rows.filter((row) => row.stat.startsWith('T')).length
  const memory = memoryOf(proc.machine)
  const head = [
    `top -${uptimeLine(proc)}`,
    `Tasks: ${String(rows.length).padStart(3)} total, ${String(running).padStart(3)} running, ${String(rows.length - running - stopped).padStart(3)} sleeping, ${String(stopped).padStart(3)} stopped,   0 zombie`,
    cpuLine(before, now),
    `KiB Mem : ${String(memory.totalKb).padStart(8)} total, ${String(memory.freeKb).padStart(8)} free, ${String(memory.usedKb).padStart(8)} used, ${String(memory.buffersKb + memory.cachedKb).padStart(8)} buff/cache`,
    'KiB Swap:        0 total,        0 free,        0 used.',
    '',
    '    PID USER      PR  NI    VIRT    RES    SHR S  %CPU %MEM     TIME+ COMMAND',
  ]
  const percent = (row: ProcessRow): string => {
    const us = row.proc.cpuUs - (before.cpuUs.get(row.pid) ?? 0)
    return Math.min(100, (100 * us) / Math.max(1, now.atUs - before.atUs)).toFixed(1)
  }
  const hundredths = (row: ProcessRow): string => String(Math.floor(row.proc.cpuUs / 10_000) % 100).padStart(2, '0')
  const body = rows.map(
    (row) =>
      `${String(row.pid).padStart(7)} ${row.user.slice(0, 8).padEnd(8)}  20   0 ${String(row.vszKb).padStart(7)} ${String(row.rssKb).padStart(6)} ${String(Math.floor(row.rssKb * 0.7)).padStart(6)} ${row.stat[0]} ${percent(row).padStart(5)} ${((100 * row.rssKb) / memory.totalKb).toFixed(1).padStart(5)} ${`${cpuTime(row.cpuSeconds)}.${hundredths(row)}`.padStart(9)} ${row.proc.comm}`,
  )
  return [...head, ...body].join('\n')
}

/** What fits on the screen; the last row is the cursor's. */
function draw(proc: Process, text: string): void {
  const lines = text.split('\n').slice(0, (proc.tty?.rows ?? 24) - 1)
  proc.out(`\x1b[H\x1b[2J${lines.map((line) => line.slice(0, proc.columns)).join('\n')}\n`)
}

/** False: q was typed. Space and Enter draw at once, other keys wait for nothing. */
async function pause(proc: Process, keys: RawKeys | null, us: number): Promise<boolean> {
  if (keys === null) {
    await proc.sleep(us)
    return true
  }
  const { scheduler } = proc.machine.sim
  const endUs = scheduler.nowUs + us
  for (let left = us; left > 0; left = endUs - scheduler.nowUs) {
    const key = await keys.next(left)
    if (key === null || key === 'q') return false
    if (key === ' ' || key === '\r' || key === '\n') return true
  }
  return true
}

async function top(proc: Process, options: ParsedOptions): Promise<number> {
  const isBatch = options.has('b')
  if (!isBatch && !proc.stdout.isTty) {
    proc.error('top: failed tty get')
    return 1
  }
  const delayUs = Math.max(100_000, options.number('d', 3) * 1e6)
  const count = options.value('n') === null ? Number.POSITIVE_INFINITY : options.number('n', 1)
  const keys = isBatch || proc.tty === null || !proc.stdin.isTty ? null : new RawKeys(proc, proc.tty, true)
  if (!isBatch) proc.trap('INT', () => proc.end(0, null))
  let before = SINCE_BOOT
  for (let i = 0; i < count; i++) {
    if (i > 0 && !(await pause(proc, keys, delayUs))) break
    const now = lookAt(proc)
    const text = topScreen(proc, before, now)
    before = now
    if (isBatch) proc.out(`${text}\n${i + 1 < count ? '\n' : ''}`)
    else draw(proc, text)
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
