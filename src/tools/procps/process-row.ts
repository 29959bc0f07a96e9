// What ps, top and pgrep show of a process.

import { sizeOf } from '../../node/machine-load.js'
import { stateLetter } from '../../node/proc-pid.js'
import type { Process } from '../../node/process.js'

export interface ProcessRow {
  readonly proc: Process
  readonly pid: number
  readonly ppid: number
  readonly user: string
  readonly tty: string
  readonly stat: string
  readonly vszKb: number
  readonly rssKb: number
  readonly cpuSeconds: number
  readonly startUs: number
  readonly command: string
}

export function processRow(proc: Process): ProcessRow {
  const { virtualKb, residentKb } = sizeOf(proc)
  const isLeader = proc.pid === proc.sid
  const isForeground = proc.tty !== null && proc.tty.foreground === proc.pgid
  const title = proc.argv.join(' ')
  return {
    proc,
    pid: proc.pid,
    ppid: proc.ppid,
    user: proc.user,
    tty: proc.tty?.name ?? '?',
    stat: `${stateLetter(proc)}${isLeader ? 's' : ''}${isForeground ? '+' : ''}`,
    vszKb: virtualKb,
    rssKb: residentKb,
    cpuSeconds: Math.floor(proc.cpuUs / 1e6),
    startUs: proc.machine.clockStartUs + (proc.pid === 1 ? -proc.machine.upBeforeUs : proc.startedUs),
    command: title === '' ? `[${proc.comm}]` : title,
  }
}

export function allRows(asking: Process): ProcessRow[] {
  return [...asking.machine.processes.values()]
    .map((proc) => {
      const row = processRow(proc)
      return proc === asking ? { ...row, stat: row.stat.replace(/^S/, 'R') } : row
    })
    .sort((a, b) => a.pid - b.pid)
}

export function cpuTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
