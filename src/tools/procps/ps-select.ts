// Which processes ps shows, and in which order.

import type { Process } from '../../node/process.js'
import type { PsRow } from './ps-columns.js'
import type { Request } from './ps-options.js'

export function chosen(request: Request, looker: Process): Process[] {
  return [...looker.machine.processes.values()]
    .filter((proc) => isChosen(request, proc, looker) !== request.isNegated)
    .sort((a, b) => a.pid - b.pid)
}

function isChosen(request: Request, proc: Process, looker: Process): boolean {
  const { choices, lists } = request
  if (choices.has('r') && proc !== looker) return false
  if (lists.some(([kind, values]) => isListed(kind, values, proc))) return true
  if (choices.has('-e') || choices.has('-A') || (choices.has('a') && choices.has('x'))) return true
  const hasTty = proc.tty !== null
  const isLeader = proc.sid === proc.pid
  if (choices.has('-d') && !isLeader) return true
  if (choices.has('-a') && hasTty && !isLeader) return true
  if (choices.has('a') && hasTty) return true
  if (choices.has('x') && proc.uid === looker.uid) return true
  if (choices.has('T') && proc.tty === looker.tty) return true
  if (choices.has('r') && choices.size === 1) return true
  const says = lists.length > 0 || [...choices].some((choice) => choice !== 'g' && choice !== 'r')
  return !says && proc.uid === looker.uid && proc.tty === looker.tty
}

function isListed(kind: Request['lists'][number][0], values: readonly string[], proc: Process): boolean {
  switch (kind) {
    case 'pid':
      return values.includes(String(proc.pid))
    case 'ppid':
      return values.includes(String(proc.ppid))
    case 'command':
      return values.some((value) => value.slice(0, 15) === proc.comm)
    case 'user':
      return values.includes(String(proc.uid)) || values.includes(proc.user)
    case 'group':
      return values.includes(String(proc.gid)) || values.includes(proc.machine.users.groupById(proc.gid)?.name ?? '')
    case 'tty':
      return values.some((value) => (value === '-' || value === '?' ? proc.tty === null : proc.tty?.name === value))
    case 'session':
      return values.includes(String(proc.sid))
  }
}

export function ordered(request: Request, rows: readonly PsRow[]): PsRow[] {
  const sorted = [...rows].sort((a, b) => {
    for (const { column, isDown } of request.sort) {
      const [x, y] = column.order === undefined ? [column.value(a), column.value(b)] : [column.order(a.proc), column.order(b.proc)]
      if (x !== y) return x < y === isDown ? 1 : -1
    }
    return 0
  })
  return request.tree === 'none' ? sorted : treeOf(sorted, request.tree)
}

/** Children below their parents; drawn as a tree, those of init stand at the left edge. */
function treeOf(rows: readonly PsRow[], kind: 'art' | 'indent'): PsRow[] {
  const shown = new Set(rows.map((row) => row.proc.pid))
  const out: PsRow[] = []
  const add = (row: PsRow, depth: number, edge: string, isLast: boolean): void => {
    const tree = depth === 0 ? '' : kind === 'indent' ? '  '.repeat(depth) : `${edge} \\_ `
    out.push({ ...row, tree })
    if (row.proc.pid === 1 && kind === 'art') return
    const children = rows.filter((other) => other.proc.ppid === row.proc.pid && other !== row)
    const below = depth === 0 ? '' : edge + (isLast ? '    ' : ' |  ')
    for (const [index, child] of children.entries()) add(child, depth + 1, below, index === children.length - 1)
  }
  for (const row of rows)
    if (!shown.has(row.proc.ppid) || row.proc.ppid === 0 || (row.proc.ppid === 1 && kind === 'art')) add(row, 0, '', true)
  return out
}
