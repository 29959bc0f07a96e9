// ps of busybox: PID, user and command line, or the columns of -o. Other words are ignored.

import type { Process } from '../../node/process.js'
import { allRows, type ProcessRow } from './process-row.js'

interface Column {
  readonly width: number
  readonly header: string
  readonly value: (row: ProcessRow) => string
}

const COLUMNS: Readonly<Record<string, Column>> = {
  user: { width: 8, header: 'USER', value: (row) => row.user.padEnd(8) },
  group: { width: 8, header: 'GROUP', value: ({ proc }) => (proc.machine.users.groupById(proc.gid)?.name ?? String(proc.gid)).padEnd(8) },
  comm: { width: 16, header: 'COMMAND', value: ({ proc }) => proc.comm.padEnd(16) },
  args: { width: 256, header: 'COMMAND', value: (row) => row.command },
  pid: { width: 5, header: 'PID', value: (row) => String(row.pid).padStart(5) },
  ppid: { width: 5, header: 'PPID', value: (row) => String(row.ppid).padStart(5) },
  pgid: { width: 5, header: 'PGID', value: ({ proc }) => String(proc.pgid).padStart(5) },
  tty: { width: 6, header: 'TT', value: (row) => row.tty.padEnd(6) },
  vsz: { width: 4, header: 'VSZ', value: (row) => String(row.vszKb).padStart(4) },
  sid: { width: 5, header: 'SID', value: ({ proc }) => String(proc.sid).padStart(5) },
  stat: { width: 4, header: 'STAT', value: (row) => row.stat.replace(/[s+]/g, '').padEnd(4) },
  rss: { width: 4, header: 'RSS', value: (row) => String(row.rssKb).padStart(4) },
}

export function busyboxPs(proc: Process): number {
  const words = proc.argv.slice(1)
  const at = words.findIndex((word) => word.startsWith('-o'))
  const text = at < 0 ? 'pid,user,args' : words[at] === '-o' ? (words[at + 1] ?? '') : words[at]!.slice(2)
  const wanted: { column: Column; header: string }[] = []
  for (const word of text.split(',')) {
    const [name, header] = word.split('=')
    const column = Object.hasOwn(COLUMNS, name!) ? COLUMNS[name!]! : null
    if (column === null) {
      proc.error(`ps: bad -o argument '${name}', supported arguments: ${Object.keys(COLUMNS).join(',')}`)
      return 1
    }
    wanted.push({ column, header: header ?? column.header })
  }
  const line = (cells: readonly string[]): void => proc.line(cells.join(' ').slice(0, proc.stdout.isTty ? proc.columns : undefined))
  line(wanted.map(({ column, header }, index) => (index === wanted.length - 1 ? header : header.padEnd(column.width))))
  for (const row of allRows(proc)) line(wanted.map(({ column }) => column.value(row)))
  return 0
}
