// ps: what runs on the machine, in the formats of procps 3.2 to 4.0; on CirrOS busybox's.

import { ownOf } from '../../grammar/own-of.js'
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { busyboxPs } from './busybox-ps.js'
import { allRows } from './process-row.js'
import { type Column, columnNamed, type PsRow } from './ps-columns.js'
import { PS_HELP, PS_HELP_SIMPLE } from './ps-help.js'
import { PsError, PsLacks, type Request, readPs } from './ps-options.js'
import { chosen, ordered } from './ps-select.js'

function run(proc: Process): number {
  if (proc.machine.image.family === 'cirros') return busyboxPs(proc)
  try {
    return show(readPs(proc))
  } catch (error) {
    if (error instanceof PsLacks) return notEmulated(proc, error.option, error.instead)
    if (!(error instanceof PsError)) throw error
    const isNew = proc.machine.image.toolAtLeast('procps', '3.3')
    proc.error(isNew ? `error: ${error.message}` : `ERROR: ${error.message[0]!.toUpperCase()}${error.message.slice(1)}.`)
    proc.writeTo(2, PS_HELP)
    return 1
  }
}

function show(request: Request): number {
  const { proc } = request
  if (request.answer === 'version') {
    const { image } = proc.machine
    proc.line(image.toolAtLeast('procps', '3.3') ? `ps from procps-ng ${image.tool('procps')}` : `procps version ${image.tool('procps')}`)
    return 0
  }
  if (request.answer === 'help') return help(proc, request.helpSection)
  const facts = new Map(allRows(proc).map((row) => [row.proc, row]))
  const rows = chosen(request, proc).map(
    (each): PsRow => ({
      facts: facts.get(each)!,
      proc: each,
      looker: proc,
      tree: '',
      showsEnvironment: request.showsEnvironment,
      isShort: request.isShort,
    }),
  )
  const columns = request.columns ?? formatOf(request)
  const cut = widthOf(request)
  const print = (cells: readonly string[]): void => proc.line(joined(columns, cells).slice(0, cut))
  if (request.header && columns.some(({ header }) => header !== '')) print(columns.map(({ header }) => header))
  for (const row of ordered(request, rows)) print(columns.map((column) => column.value(row)))
  return rows.length > 0 ? 0 : 1
}

function help(proc: Process, section: string): number {
  if (section !== '' && !'simple'.startsWith(section)) return notEmulated(proc, `--help ${section}`, 'see ps --help simple, or man ps')
  proc.out(section === '' ? PS_HELP : PS_HELP_SIMPLE)
  return 0
}

/** On a terminal lines end at its edge, unless w asks for more; what the environment says about columns goes for pipes, too. */
function widthOf(request: Request): number | undefined {
  const { proc } = request
  if (request.wide !== 0) return Number.isFinite(request.wide) ? request.wide : undefined
  const told = proc.env.get('COLUMNS') ?? ''
  if (/^[1-9]\d*$/.test(told)) return Number(told)
  return proc.stdout.isTty ? proc.columns : undefined
}

/** Too long a cell pushes the next ones on, and they give the room back as they can. */
function joined(columns: readonly Column[], cells: readonly string[]): string {
  let line = ''
  let edge = 0
  columns.forEach((column, index) => {
    const isLast = index === columns.length - 1
    const room = Math.max(0, column.width - Math.max(0, line.length - edge))
    const cell = cells[index]!
    const text = column.isRight ? cell.padStart(room) : isLast ? cell : cell.padEnd(room)
    line += text
    edge += column.width + 1
    if (!isLast) line += ' '
  })
  return line
}

const FORMATS: Readonly<Record<string, string>> = {
  short: 'pid tname time ucmd',
  bsd: 'pid tname stat bsdtime args',
  u: 'user pid pcpu pmem vsz rss tname stat start_time bsdtime args',
  l: 'f uid pid ppid priority ni vsz rss wchan stat tname bsdtime args',
  j: 'ppid pid pgid sid tname tpgid stat uid bsdtime args',
  v: 'pid tname stat bsdtime maj_flt trs drs rss pmem args',
  s: 'uid pid pending blocked ignored caught stat tname bsdtime args',
  '-l': 'f s uid pid ppid c opri ni addrsz wchan tname time ucmd',
  '-ly': 's uid pid ppid c opri ni rss sz wchan tname time ucmd',
  '-j': 'pid pgid sid tname time ucmd',
  '-L': 'pid lwp tname time ucmd',
  '-f': 'user=UID pid ppid c stime tname time cmd',
  '-F': 'user=UID pid ppid c sz rss psr stime tname time cmd',
  '-fj': 'user=UID pid ppid pgid sid c stime tname time cmd',
  '-fL': 'user=UID pid ppid lwp c nlwp stime tname time cmd',
  '-fl': 'f s user=UID pid ppid c opri ni addrsz wchan stime tname time cmd',
  '-fly': 's user=UID pid ppid c opri ni rss sz wchan stime tname time cmd',
}

function formatOf({ shapes, isBsd, proc }: Request): Column[] {
  const unix = ['f', 'l', 'j', 'L', 'y'].filter((letter) => shapes.has(`-${letter}`)).join('')
  const name =
    ['u', 'l', 'j', 'v', 's'].find((letter) => shapes.has(letter)) ??
    (shapes.has('-F')
      ? '-F'
      : unix === '' || unix === 'y'
        ? isBsd
          ? 'bsd'
          : 'short'
        : ownOf(FORMATS, `-${unix}`) === undefined
          ? `-${unix[0]}`
          : `-${unix}`)
  return ownOf(FORMATS, name)!
    .split(' ')
    .map((word) => {
      const [column, header] = word.split('=')
      return columnNamed(column!, proc, header === undefined ? {} : { header })!
    })
}

export const psCommand: Command = {
  name: 'ps',
  path: '/bin/ps',
  usage:
    'ps [aux | axf | -ef | -e] [-o COLUMN[:WIDTH][=HEADER],...] [-p PIDS] [-C NAMES] [-u USERS] [-t TERMINALS] [--ppid PIDS] [--sort [-]COLUMN,...] [--forest] [--no-headers]',
  run,
}
