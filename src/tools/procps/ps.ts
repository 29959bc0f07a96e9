// ps: BSD words (aux), Unix options (-ef), and -o columns.

import { type Command, notEmulated } from '../../node/command.js'
import { MEMORY_KB } from '../../node/proc-fs.js'
import type { Process } from '../../node/process.js'
import { allRows, cpuTime, type ProcessRow, startText } from './process-row.js'

interface Request {
  format: 'short' | 'full' | 'user' | 'long' | 'jobs'
  columns: { key: string; header: string }[] | null
  isBsd: boolean
  /** null: those of the same terminal and user. */
  everyone: boolean
  withoutTty: boolean
  noHeader: boolean
  isWide: boolean
  isTree: boolean
  pids: number[] | null
  commands: string[] | null
  users: string[] | null
  sort: string | null
}

interface Column {
  readonly header: string
  readonly width: number
  readonly alignsLeft?: boolean
  readonly text: (row: ProcessRow, nowUs: number) => string
}

const user = (row: ProcessRow): string => (row.user.length > 8 ? String(row.proc.uid) : row.user)

const COLUMNS: Readonly<Record<string, Column>> = {
  pid: { header: 'PID', width: 5, text: (row) => String(row.pid) },
  ppid: { header: 'PPID', width: 5, text: (row) => String(row.ppid) },
  pgid: { header: 'PGID', width: 5, text: (row) => String(row.proc.pgid) },
  sid: { header: 'SID', width: 5, text: (row) => String(row.proc.sid) },
  uid: { header: 'UID', width: 5, text: (row) => String(row.proc.uid) },
  user: { header: 'USER', width: 8, alignsLeft: true, text: user },
  tty: { header: 'TT', width: 8, alignsLeft: true, text: (row) => row.tty },
  stat: { header: 'STAT', width: 4, alignsLeft: true, text: (row) => row.stat },
  s: { header: 'S', width: 1, text: (row) => row.stat[0]! },
  pcpu: { header: '%CPU', width: 4, text: () => '0.0' },
  pmem: { header: '%MEM', width: 4, text: () => '0.0' },
  vsz: { header: 'VSZ', width: 6, text: (row) => String(row.vszKb) },
  rss: { header: 'RSS', width: 5, text: (row) => String(row.rssKb) },
  time: { header: 'TIME', width: 8, text: (row) => cpuTime(row.cpuSeconds, true) },
  stime: { header: 'STIME', width: 5, text: (row, now) => startText(row, now) },
  lstart: { header: 'STARTED', width: 24, text: (row) => new Date(row.startUs / 1000).toUTCString() },
  etime: { header: 'ELAPSED', width: 11, text: (row, now) => elapsed(Math.max(0, Math.floor((now - row.startUs) / 1e6))) },
  nice: { header: 'NI', width: 3, text: () => '0' },
  pri: { header: 'PRI', width: 3, text: () => '19' },
  comm: { header: 'COMMAND', width: 15, alignsLeft: true, text: (row) => row.proc.comm },
  args: { header: 'COMMAND', width: 27, alignsLeft: true, text: (row) => row.command },
  wchan: { header: 'WCHAN', width: 6, alignsLeft: true, text: () => '-' },
  netns: {
    header: 'NETNS',
    width: 10,
    text: (row) => String(row.proc.netns === row.proc.machine.kernel.initNetns ? 4026531956 : 4026532000 + row.proc.netns.id),
  },
}

const ALIASES: Readonly<Record<string, string>> = {
  cmd: 'args',
  command: 'args',
  ucmd: 'comm',
  ucomm: 'comm',
  tt: 'tty',
  tname: 'tty',
  state: 's',
  ni: 'nice',
  '%cpu': 'pcpu',
  '%mem': 'pmem',
  vsize: 'vsz',
  rssize: 'rss',
  euser: 'user',
  uname: 'user',
  ruser: 'user',
  cputime: 'time',
  start: 'stime',
  start_time: 'stime',
  pgrp: 'pgid',
  sess: 'sid',
  session: 'sid',
  euid: 'uid',
}

function elapsed(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24]
  const tail = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return days > 0 ? `${days}-${two(hours)}:${tail}` : hours > 0 ? `${two(hours)}:${tail}` : tail
}

function parse(proc: Process): Request | string {
  const request: Request = {
    format: 'short',
    columns: null,
    isBsd: false,
    everyone: false,
    withoutTty: false,
    noHeader: false,
    isWide: false,
    isTree: false,
    pids: null,
    commands: null,
    users: null,
    sort: null,
  }
  const words = proc.argv.slice(1)
  while (words.length > 0) {
    const word = words.shift()!
    if (word.startsWith('--')) {
      const problem = longOption(request, word, words)
      if (problem !== null) return problem
    } else if (/^\d/.test(word)) (request.pids ??= []).push(...word.split(',').map(Number))
    else {
      const letters = word.replace(/^-/, '')
      const isBsd = !word.startsWith('-')
      request.isBsd ||= isBsd
      for (let i = 0; i < letters.length; i++) {
        const letter = letters[i]!
        if ('opCuUptGk'.includes(letter) && !(isBsd && letter === 'u') && !(isBsd && letter === 'C')) {
          const value = letters.slice(i + 1) === '' ? words.shift() : letters.slice(i + 1)
          if (value === undefined) return 'error: option requires an argument'
          withValue(request, letter, value)
          break
        }
        if (!flag(request, letter, isBsd)) return `-${letter}`
      }
    }
  }
  return request
}

function longOption(request: Request, word: string, words: string[]): string | null {
  const [name, attached] = [word.replace(/=.*/, ''), word.includes('=') ? word.slice(word.indexOf('=') + 1) : null]
  const value = (): string => attached ?? words.shift() ?? ''
  if (name === '--no-headers' || name === '--no-heading' || name === '--noheaders') request.noHeader = true
  else if (name === '--forest') request.isTree = true
  else if (name === '--sort') request.sort = value()
  else if (name === '--pid') withValue(request, 'p', value())
  else if (name === '--format') withValue(request, 'o', value())
  else if (name === '--user') withValue(request, 'u', value())
  else if (name !== '--width' && name !== '--cols' && name !== '--columns' && name !== '--headers') return name
  else value()
  return null
}

function withValue(request: Request, letter: string, value: string): void {
  const list = value.split(/[,\s]+/).filter((part) => part !== '')
  if (letter === 'o') {
    request.columns ??= []
    for (const part of value.includes('=') ? [value] : list) {
      const [key, header] = part.split(/=(.*)/s)
      const name = ALIASES[key!] ?? key!
      request.columns.push({ key: name, header: header ?? headerOf(key!, name) })
    }
  } else if (letter === 'p') (request.pids ??= []).push(...list.map(Number))
  else if (letter === 'C') (request.commands ??= []).push(...list)
  else if (letter === 'u' || letter === 'U') (request.users ??= []).push(...list)
  else if (letter === 'k') request.sort = value
}

function headerOf(key: string, name: string): string {
  return key === 'cmd' ? 'CMD' : (COLUMNS[name]?.header ?? key.toUpperCase())
}

function flag(request: Request, letter: string, isBsd: boolean): boolean {
  switch (letter) {
    case 'a':
      if (isBsd) request.everyone = true
      else request.everyone = true
      return true
    case 'x':
      request.withoutTty = true
      return true
    case 'e':
    case 'A':
      if (!isBsd) {
        request.everyone = true
        request.withoutTty = true
      }
      return true
    case 'f':
      if (isBsd) request.isTree = true
      else request.format = 'full'
      return true
    case 'u':
      request.format = 'user'
      return true
    case 'l':
      request.format = 'long'
      return true
    case 'j':
      request.format = 'jobs'
      return true
    case 'w':
      request.isWide = true
      return true
    case 'h':
      request.noHeader = true
      return true
    case 'H':
      request.isTree = true
      return true
    case 'T':
    case 'r':
    case 'F':
    case 'L':
    case 'c':
    case 'n':
      if (letter === 'F') request.format = 'full'
      return letter !== 'L'
    default:
      return false
  }
}

function selected(request: Request, row: ProcessRow, asking: Process): boolean {
  if (request.pids !== null || request.commands !== null || request.users !== null) {
    const byPid = request.pids?.includes(row.pid) === true
    const byCommand = request.commands?.includes(row.proc.comm) === true
    const byUser = request.users?.some((name) => name === row.user || name === String(row.proc.uid)) === true
    return byPid || byCommand || byUser
  }
  if (request.everyone) return request.withoutTty || row.proc.tty !== null
  if (request.withoutTty) return row.proc.uid === asking.uid
  return row.proc.uid === asking.uid && row.proc.tty === asking.tty && (asking.tty !== null || row.proc.sid === asking.sid)
}

const FORMATS: Readonly<Record<Request['format'], readonly string[]>> = {
  short: ['pid', 'tty:8', 'time', 'comm:CMD'],
  full: [],
  user: [],
  long: ['s', 'uid', 'pid', 'ppid', 'pri', 'nice', 'vsz', 'wchan', 'tty:8', 'time', 'comm:CMD'],
  jobs: ['pid', 'pgid', 'sid', 'tty:8', 'time', 'comm:CMD'],
}

function fullRow(row: ProcessRow, now: number): string {
  return `${user(row).padEnd(8)} ${String(row.pid).padStart(7)} ${String(row.ppid).padStart(7)}  0 ${startText(row, now)} ${row.tty.padEnd(8)} ${cpuTime(row.cpuSeconds, true)} ${row.command}`
}

function userRow(row: ProcessRow, now: number, totalKb: number): string {
  const memory = ((row.rssKb * 100) / totalKb).toFixed(1)
  return `${user(row).padEnd(8)} ${String(row.pid).padStart(7)}  0.0 ${memory.padStart(4)} ${String(row.vszKb).padStart(6)} ${String(row.rssKb).padStart(5)} ${row.tty.padEnd(8)} ${row.stat.padEnd(4)} ${startText(row, now).padEnd(5)} ${cpuTime(row.cpuSeconds, false).padStart(6)} ${row.command}`
}

function lines(request: Request, rows: readonly ProcessRow[], proc: Process): string[] {
  const now = proc.clock
  if (request.columns === null && request.format === 'full') {
    return [
      ...(request.noHeader ? [] : ['UID          PID    PPID  C STIME TTY          TIME CMD']),
      ...rows.map((row) => fullRow(row, now)),
    ]
  }
  if (request.columns === null && request.format === 'user') {
    return [
      ...(request.noHeader ? [] : ['USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND']),
      ...rows.map((row) => userRow(row, now, MEMORY_KB)),
    ]
  }
  if (request.columns === null && request.isBsd && request.format === 'short') {
    const bsd = (row: ProcessRow): string =>
      `${String(row.pid).padStart(7)} ${row.tty.padEnd(8)} ${row.stat.padEnd(4)} ${cpuTime(row.cpuSeconds, false).padStart(6)} ${row.command}`
    return [...(request.noHeader ? [] : ['    PID TTY      STAT   TIME COMMAND']), ...rows.map(bsd)]
  }
  return table(request, rows, now)
}

function table(request: Request, rows: readonly ProcessRow[], now: number): string[] {
  const wanted =
    request.columns ??
    FORMATS[request.format].map((text) => {
      const [key, header] = text.split(':') as [string, string | undefined]
      return { key, header: key === 'tty' ? 'TTY' : (header ?? COLUMNS[key]!.header) }
    })
  const columns = wanted.map(({ key, header }) => ({ column: COLUMNS[key]!, header }))
  const width = ({ column, header }: (typeof columns)[number]): number =>
    Math.max(column.header === 'PID' || column.header === 'PPID' ? 7 : column.width, header.length)
  const cell = (text: string, one: (typeof columns)[number], isLast: boolean): string =>
    one.column.alignsLeft === true ? (isLast ? text : text.padEnd(width(one))) : text.padStart(width(one))
  const line = (texts: string[]): string => texts.map((text, index) => cell(text, columns[index]!, index === columns.length - 1)).join(' ')
  const hasHeader = !request.noHeader && columns.some(({ header }) => header !== '')
  return [
    ...(hasHeader ? [line(columns.map(({ header }) => header))] : []),
    ...rows.map((row) => line(columns.map(({ column }) => column.text(row, now)))),
  ]
}

function treeOrder(rows: readonly ProcessRow[]): ProcessRow[] {
  const byPid = new Map(rows.map((row) => [row.pid, row]))
  const out: ProcessRow[] = []
  const add = (row: ProcessRow, prefix: string, isLast: boolean, depth: number): void => {
    const mark = depth === 0 ? '' : `${prefix} \\_ `
    out.push({ ...row, command: mark + row.command })
    const children = rows.filter((child) => child.ppid === row.pid && child !== row)
    for (const [index, child] of children.entries()) {
      add(child, depth === 0 ? '' : prefix + (isLast ? '    ' : ' |  '), index === children.length - 1, depth + 1)
    }
  }
  const roots = rows.filter((row) => !byPid.has(row.ppid) || row.ppid === row.pid || row.ppid === 1)
  for (const row of roots.filter((root) => root.pid !== 1 || roots.length === 1)) add(row, '', true, 0)
  const init = byPid.get(1)
  return init !== undefined && !out.some((row) => row.pid === 1) ? [init, ...out] : out
}

function run(proc: Process): number {
  const request = parse(proc)
  if (typeof request === 'string') {
    if (request === '-L') return notEmulated(proc, request, 'every process has one thread')
    proc.error(`error: ${request.startsWith('--') ? 'unknown gnu long option' : 'unsupported option (BSD syntax)'}`)
    proc.error(
      "\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).",
    )
    return 1
  }
  for (const { key } of request.columns ?? []) {
    if (COLUMNS[key] !== undefined) continue
    proc.error(`error: unknown user-defined format specifier "${key}"`)
    return 1
  }
  let rows = allRows(proc).filter((row) => selected(request, row, proc))
  if (request.sort !== null) rows = sorted(rows, request.sort)
  if (request.isTree) rows = treeOrder(rows)
  for (const line of lines(request, rows, proc)) proc.line(line)
  return rows.length === 0 && (request.pids !== null || request.commands !== null) ? 1 : 0
}

function sorted(rows: readonly ProcessRow[], key: string): ProcessRow[] {
  const isDown = key.startsWith('-')
  const name = key.replace(/^[-+]/, '')
  const column = COLUMNS[ALIASES[name] ?? name]
  if (column === undefined) return [...rows]
  const order = [...rows].sort((a, b) => {
    const [x, y] = [column.text(a, 0), column.text(b, 0)]
    return /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : x < y ? -1 : x > y ? 1 : 0
  })
  return isDown ? order.reverse() : order
}

export const psCommand: Command = {
  name: 'ps',
  path: '/bin/ps',
  usage: 'ps [aux] | ps [-e] [-f] [-o COLUMNS] [-p PIDS] [-C NAMES] [-u USERS] [--sort KEY] [--no-headers]',
  run,
}
