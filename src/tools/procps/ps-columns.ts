// The columns of ps: header, width, side and content, as procps 3.2 to 4.0 have them.

import { compareVersions } from '../../node/image.js'
import { MEMORY_KB } from '../../node/machine-load.js'
import { netnsInode } from '../../node/proc-pid.js'
import type { Process } from '../../node/process.js'
import { SIGNALS, type Signal } from '../../node/signals.js'
import { strftime } from '../../shell/strftime.js'
import { type ProcessRow, processRow } from './process-row.js'

export interface Column {
  readonly header: string
  readonly width: number
  readonly isRight: boolean
  /** The command: the tree of -H and f is drawn in front of it. */
  readonly isCommand: boolean
  value(row: PsRow): string
  /** What --sort compares; by default the text. */
  order?(proc: Process): number | string
}

export interface PsRow {
  readonly facts: ProcessRow
  readonly proc: Process
  readonly looker: Process
  readonly tree: string
  readonly showsEnvironment: boolean
  /** BSD's `c`: the short name instead of the command line. */
  readonly isShort: boolean
}

function left(header: string, width: number, value: (row: PsRow) => string): Column {
  return { header, width, isRight: false, isCommand: false, value }
}

function right(header: string, width: number, value: (row: PsRow) => string | number, order?: (proc: Process) => number): Column {
  const column: Column = { header, width, isRight: true, isCommand: false, value: (row) => String(value(row)) }
  return order === undefined ? column : { ...column, order }
}

/** A number that is shown as it is, and sorted by. */
function number(header: string, width: number, pick: (proc: Process) => number): Column {
  return right(header, width, ({ proc }) => pick(proc), pick)
}

function command(header: string, width: number, value: (row: PsRow) => string): Column {
  return { header, width, isRight: false, isCommand: true, value: (row) => row.tree + value(row) }
}

const residentKb = (proc: Process): number => processRow(proc).rssKb
const virtualKb = (proc: Process): number => processRow(proc).vszKb
const cpuUs = (proc: Process): number => proc.cpuUs
const startClockUs = (proc: Process): number => processRow(proc).startUs

/** Microseconds since it began, at least one tick. */
function elapsedUs(proc: Process): number {
  return Math.max(10_000, proc.machine.clockUs - startClockUs(proc))
}

/** Counted in ticks of 10 ms over whole seconds, as ps counts. */
function cpuPercent(proc: Process): number {
  const seconds = Math.floor(elapsedUs(proc) / 1e6)
  return seconds === 0 ? 0 : Math.min(99.9, Math.floor(proc.cpuUs / 10_000) / seconds)
}

/** Numbers of processes are as wide as the largest can be. */
function pidWidth(looker: Process): number {
  return compareVersions(looker.machine.image.kernel, '5.3') >= 0 && looker.machine.image.family !== 'cirros' ? 7 : 5
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

/** `00:00:16`, with days `1-02:03:04`. */
function cumulative(us: number): string {
  const seconds = Math.floor(us / 1e6)
  const days = Math.floor(seconds / 86400)
  return `${days > 0 ? `${two(days)}-` : ''}${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

function elapsed(us: number): string {
  const seconds = Math.floor(us / 1e6)
  const [days, hours] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24]
  const tail = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  if (days > 0) return `${two(days)}-${two(hours)}:${tail}`
  return hours > 0 ? `${two(hours)}:${tail}` : tail
}

function bsdTime(us: number): string {
  const seconds = Math.floor(us / 1e6)
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
}

/** The hour of today, the day of this year, else the year. */
function started({ proc, looker }: PsRow): string {
  const at = startClockUs(proc)
  if (strftime('%Y', at) !== strftime('%Y', looker.clock)) return strftime('%Y', at)
  return strftime('%j', at) === strftime('%j', looker.clock) ? strftime('%H:%M', at) : strftime('%b%d', at)
}

/** Eight columns: 3.2 falls back to the number, later ones cut the name. */
function fitted(row: PsRow, name: string, id: number, width: number): string {
  if (name.length <= width) return name
  return row.looker.machine.image.toolAtLeast('procps', '3.3') ? `${name.slice(0, width - 1)}+` : String(id)
}

function user(header: string, width = 8): Column {
  return left(header, width, (row) => fitted(row, row.proc.user, row.proc.uid, width))
}

function group(header: string, width = 8): Column {
  return left(header, width, (row) =>
    fitted(row, row.proc.machine.users.groupById(row.proc.gid)?.name ?? String(row.proc.gid), row.proc.gid, width),
  )
}

function full(row: PsRow): string {
  if (row.isShort) return row.proc.comm
  if (!row.showsEnvironment) return row.facts.command
  return [row.facts.command, ...[...row.proc.env].map(([name, value]) => `${name}=${value}`)].join(' ')
}

/** The signals that a process ignores or catches, as the bits of /proc/PID/status. */
function mask(proc: Process, kind: 'ignore' | 'function'): string {
  let bits = 0n
  for (const name of Object.keys(SIGNALS) as Signal[]) {
    const trap = proc.trapFor(name)
    if (kind === 'ignore' ? trap === 'ignore' : typeof trap === 'function') bits |= 1n << BigInt(SIGNALS[name] - 1)
  }
  return bits.toString(16).padStart(16, '0')
}

const pages = (row: PsRow): number => Math.floor(virtualKb(row.proc) / 4)

/** `width` counts for the columns of users and groups only. */
type ColumnMaker = (header: string, pid: number, width: number) => Column

// Differs: priorities, processor, threads and page faults are those of any idle process: netlab schedules packets, not processes; trs and drs split the size by a fixed share.
const MAKERS: Record<string, readonly [header: string, make: ColumnMaker]> = {
  pid: ['PID', (h, w) => number(h, w, (proc) => proc.pid)],
  tgid: ['TGID', (h, w) => number(h, w, (proc) => proc.pid)],
  lwp: ['LWP', (h, w) => number(h, w, (proc) => proc.pid)],
  ppid: ['PPID', (h, w) => number(h, w, (proc) => proc.ppid)],
  pgid: ['PGID', (h, w) => number(h, w, (proc) => proc.pgid)],
  sid: ['SID', (h, w) => number(h, w, (proc) => proc.sid)],
  tpgid: ['TPGID', (h, w) => right(h, w, ({ proc }) => (proc.tty === null ? -1 : proc.tty.foreground))],
  uid: ['UID', (h) => number(h, 5, (proc) => proc.uid)],
  gid: ['GID', (h) => number(h, 5, (proc) => proc.gid)],
  user: ['USER', (h, _, w) => user(h, w)],
  group: ['GROUP', (h, _, w) => group(h, w)],
  tty: ['TT', (h) => left(h, 8, ({ facts }) => facts.tty)],
  stat: ['STAT', (h) => left(h, 4, ({ facts }) => facts.stat)],
  s: ['S', (h) => left(h, 1, ({ facts }) => facts.stat[0]!)],
  pcpu: ['%CPU', (h) => right(h, 4, ({ proc }) => cpuPercent(proc).toFixed(1), cpuPercent)],
  c: ['C', (h) => right(h, 2, ({ proc }) => Math.floor(cpuPercent(proc)), cpuPercent)],
  pmem: ['%MEM', (h) => right(h, 4, ({ proc }) => ((100 * residentKb(proc)) / MEMORY_KB).toFixed(1), residentKb)],
  vsz: ['VSZ', (h) => right(h, 6, ({ proc }) => virtualKb(proc), virtualKb)],
  rss: ['RSS', (h) => right(h, 5, ({ proc }) => residentKb(proc), residentKb)],
  sz: ['SZ', (h) => right(h, 5, pages, virtualKb)],
  addrsz: ['ADDR SZ', (h) => right(h, 7, (row) => `-${String(pages(row)).padStart(6)}`)],
  addr: ['ADDR', (h) => left(h, 4, () => '-')],
  psr: ['PSR', (h) => right(h, 3, () => 0)],
  ni: ['NI', (h) => right(h, 3, () => 0)],
  pri: ['PRI', (h) => right(h, 3, () => 19)],
  opri: ['PRI', (h) => right(h, 3, () => 80)],
  priority: ['PRI', (h) => right(h, 3, () => 20)],
  nlwp: ['NLWP', (h) => right(h, 4, () => 1)],
  wchan: ['WCHAN', (h) => left(h, 6, () => '-')],
  f: ['F', (h) => right(h, 1, ({ proc }) => (proc.isRoot ? 4 : 0))],
  majflt: ['MAJFLT', (h) => right(h, 6, () => 0)],
  trs: ['TRS', (h) => right(h, 5, ({ proc }) => Math.floor(virtualKb(proc) / 8))],
  drs: ['DRS', (h) => right(h, 5, ({ proc }) => virtualKb(proc) - Math.floor(virtualKb(proc) / 8))],
  stime: ['STIME', (h) => right(h, 5, started, (proc) => proc.startedUs)],
  start: [
    'STARTED',
    (h) =>
      right(
        h,
        8,
        ({ proc, looker }) =>
          strftime(strftime('%j', startClockUs(proc)) === strftime('%j', looker.clock) ? '%H:%M:%S' : '  %b %d', startClockUs(proc)),
        startClockUs,
      ),
  ],
  lstart: ['STARTED', (h) => right(h, 24, ({ proc }) => strftime('%a %b %e %H:%M:%S %Y', startClockUs(proc)), startClockUs)],
  time: ['TIME', (h) => right(h, 8, ({ proc }) => cumulative(proc.cpuUs), cpuUs)],
  bsdtime: ['TIME', (h) => right(h, 6, ({ proc }) => bsdTime(proc.cpuUs), cpuUs)],
  etime: ['ELAPSED', (h) => right(h, 11, ({ proc }) => elapsed(elapsedUs(proc)), elapsedUs)],
  etimes: ['ELAPSED', (h) => right(h, 7, ({ proc }) => Math.floor(elapsedUs(proc) / 1e6), elapsedUs)],
  netns: ['NETNS', (h) => right(h, 10, ({ proc }) => netnsInode(proc))],
  pending: ['PENDING', (h) => right(h, 16, () => '0'.repeat(16))],
  blocked: ['BLOCKED', (h) => right(h, 16, () => '0'.repeat(16))],
  ignored: ['IGNORED', (h) => right(h, 16, ({ proc }) => mask(proc, 'ignore'))],
  caught: ['CAUGHT', (h) => right(h, 16, ({ proc }) => mask(proc, 'function'))],
  comm: ['COMMAND', (h) => command(h, 15, ({ proc }) => proc.comm)],
  args: ['COMMAND', (h) => command(h, 27, full)],
}

/** Other names of the same columns; some change the header too. */
const SYNONYMS: Record<string, readonly [column: string, header?: string]> = {
  '%cpu': ['pcpu'],
  cp: ['c', 'CP'],
  '%mem': ['pmem'],
  vsize: ['vsz'],
  rssize: ['rss'],
  rsz: ['rss', 'RSZ'],
  size: ['vsz', 'SIZE'],
  pgrp: ['pgid', 'PGRP'],
  sess: ['sid', 'SESS'],
  session: ['sid', 'SESS'],
  spid: ['lwp', 'SPID'],
  tid: ['lwp', 'TID'],
  euid: ['uid', 'EUID'],
  ruid: ['uid', 'RUID'],
  egid: ['gid', 'EGID'],
  rgid: ['gid', 'RGID'],
  euser: ['user', 'EUSER'],
  ruser: ['user', 'RUSER'],
  uname: ['user'],
  fuser: ['user', 'FUSER'],
  suser: ['user', 'SUSER'],
  egroup: ['group', 'EGROUP'],
  rgroup: ['group', 'RGROUP'],
  tt: ['tty'],
  tname: ['tty', 'TTY'],
  state: ['s'],
  start_time: ['stime', 'START'],
  bsdstart: ['stime', 'START'],
  cputime: ['time'],
  nice: ['ni'],
  thcount: ['nlwp', 'THCNT'],
  flag: ['f'],
  flags: ['f'],
  ucmd: ['comm', 'CMD'],
  ucomm: ['comm'],
  command: ['args'],
  cmd: ['args', 'CMD'],
  maj_flt: ['majflt', 'MAJFL'],
}

/** Null: there is no column of that name. */
export function columnNamed(name: string, looker: Process, options: { header?: string; width?: number } = {}): Column | null {
  const synonym = Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name]! : null
  const maker = Object.hasOwn(MAKERS, synonym?.[0] ?? name) ? MAKERS[synonym?.[0] ?? name]! : null
  if (maker === null) return null
  const header = options.header ?? synonym?.[1] ?? maker[0]
  const column = maker[1](header, pidWidth(looker), options.width ?? 8)
  return { ...column, width: Math.max(options.width ?? column.width, header.length) }
}
