// Words of ovs-vsctl for Tab: commands and their options, then bridges, ports, interfaces, tables, records and columns.
import type { CompletionContext } from '../../../node/command.js'
import { openvswitchOn } from '../../../node/daemons/openvswitch.js'
import type { OvsDb } from '../../../ovs/db/database.js'
import type { VsctlCommand } from './command.js'

export function completeVsctl(context: CompletionContext, commands: ReadonlyMap<string, VsctlCommand>): string[] {
  const { words, index, current } = context
  const start = words.slice(0, index).lastIndexOf('--') + 1
  const before = words.slice(Math.max(start, 1), index)
  const at = before.findIndex((word) => !word.startsWith('-'))
  const fitting = (found: Iterable<string>): string[] => [...found].filter((word) => word.startsWith(current)).sort()
  if (at < 0) return fitting(current.startsWith('-') ? optionsOf(commands) : commands.keys())
  const command = commands.get(before[at]!)
  const db = openvswitchOn(context.proc.machine)?.databaseNow ?? null
  if (command === undefined || db === null) return []
  return fitting(argumentsOf(command, before.slice(at + 1), db))
}

function optionsOf(commands: ReadonlyMap<string, VsctlCommand>): Set<string> {
  return new Set([...commands.values()].flatMap(({ options }) => options ?? []))
}

function argumentsOf(command: VsctlCommand, given: readonly string[], db: OvsDb): string[] {
  const kinds = command.words.split(' ').map((word) => word.replace(/[[\].]/g, ''))
  const kind = kinds[Math.min(given.length, kinds.length - 1)] ?? ''
  if (kind === 'TABLE') return [...db.schema.tables.keys()]
  if (kind === 'BRIDGE' || kind === 'PARENT') return namesIn(db, 'Bridge')
  if (kind === 'PORT' || kind === 'BOND') return namesIn(db, 'Port')
  if (kind === 'IFACE') return namesIn(db, 'Interface')
  const table = db.schema.tables.get(given[0] ?? '')
  if (table === undefined) return []
  if (kind === 'RECORD') return table.columns.has('name') ? namesIn(db, table.name) : ['.']
  return kind.startsWith('COLUMN') ? [...table.columns.keys()] : []
}

function namesIn(db: OvsDb, table: string): string[] {
  return [...db.table(table).rows.values()].flatMap((row) => row.text('name') ?? [])
}
