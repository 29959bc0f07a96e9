// `ovsdb-client monitor`: rows as they are, then each transaction as it takes place, until somebody ends it.
import type { Process } from '../../../node/process.js'
import type { OvsDb, RowChange } from '../../../ovs/db/database.js'
import { type Cell, printTable, type TableStyle } from '../../../ovs/db/print-table.js'
import { inHashOrder } from '../../../ovs/db/row-order.js'
import type { TableSchema } from '../../../ovs/db/schema.js'
import { cellOfRow, columnNames } from './cells.js'
import { ClientFault } from './fault.js'

interface Watched {
  readonly table: TableSchema
  readonly columns: readonly string[]
  readonly kinds: ReadonlySet<string>
}

const NEVER: Cell = { text: '' }
const KINDS = ['initial', 'insert', 'delete', 'modify']

/** `TABLE [COLUMN,...]...`, `ALL`; a column behind `!` names a kind of change that is not wanted. */
function watchedOf(db: OvsDb, words: readonly string[]): Watched[] {
  const [name, ...lists] = words
  if (name === 'ALL')
    return [...db.schema.tables.values()].map((table) => ({ table, columns: [...table.columns.keys()], kinds: new Set(KINDS) }))
  const table = db.schema.tables.get(name!)
  if (table === undefined) throw new ClientFault(`Open_vSwitch does not have a table named "${name}"`)
  const listed = lists.flatMap((list) => list.split(',')).filter((column) => column !== '')
  const kinds = new Set(KINDS.filter((kind) => !listed.includes(`!${kind}`)))
  const columns = listed.filter((column) => !column.startsWith('!'))
  const unknown = columns.find((column) => !columnNames(table).includes(column))
  if (unknown !== undefined) throw new ClientFault(`table "${table.name}" in Open_vSwitch does not have a column named "${unknown}"`)
  return [{ table, columns: columns.length > 0 ? columns : [...table.columns.keys(), '_version'], kinds }]
}

export async function monitor(proc: Process, db: OvsDb, style: TableStyle, words: readonly string[]): Promise<number> {
  const watched = watchedOf(db, words)
  const printer = new MonitorPrinter(proc, db, style, words[0] === 'ALL')
  for (const one of watched) if (one.kinds.has('initial')) printer.initial(one)
  const queue: (readonly RowChange[])[] = []
  proc.trap('TERM', () => {
    printer.terminated()
    proc.end(143, 'TERM')
  })
  let wake = (): void => {}
  const stop = db.onCommit((changes) => {
    queue.push(changes)
    wake()
  })
  proc.atExit(stop)
  for (;;) {
    for (const changes of queue.splice(0)) for (const one of watched) printer.changes(one, changes)
    await proc.drain()
    if (queue.length > 0) continue
    await proc.wait<void>((resolve) => {
      wake = () => resolve(undefined)
    })
  }
}

class MonitorPrinter {
  private isFirst = true

  constructor(
    private readonly proc: Process,
    private readonly db: OvsDb,
    private readonly style: TableStyle,
    private readonly hasCaptions: boolean,
  ) {}

  initial({ table, columns }: Watched): void {
    const rows = inHashOrder([...this.db.table(table.name).rows.values()])
    const cells = rows.map((row): Cell[] => [{ text: row.uuid }, { text: 'initial' }, ...columns.map((column) => cellOfRow(row, column))])
    if (cells.length > 0) this.print(table, columns, cells)
  }

  changes({ table, columns, kinds }: Watched, changes: readonly RowChange[]): void {
    const cells: Cell[][] = []
    for (const change of changes) {
      if (change.table !== table.name || !kinds.has(change.kind)) continue
      const now = columns.map((column) => cellOfRow(change.row, column))
      const uuid: Cell = { text: change.row.uuid }
      if (change.kind !== 'modify') {
        cells.push([uuid, { text: change.kind }, ...now])
        continue
      }
      const changed = columns.filter((column) => change.before.has(column))
      if (changed.length === 0) continue
      const old = columns.map((column): Cell => {
        const datum = change.before.get(column)
        return datum === undefined ? NEVER : { datum, type: table.columns.get(column)!.type }
      })
      cells.push([uuid, { text: 'old' }, ...old], [NEVER, { text: 'new' }, ...now])
    }
    if (cells.length > 0) this.print(table, columns, cells)
  }

  private print(table: TableSchema, columns: readonly string[], rows: readonly (readonly Cell[])[]): void {
    if (!this.isFirst && this.style.format !== 'json') this.proc.out('\n')
    this.isFirst = false
    const printed = { headings: ['row', 'action', ...columns], rows, ...(this.hasCaptions ? { caption: table.name } : {}) }
    this.proc.out(printTable(printed, this.style, this.db.ovsVersion))
  }

  terminated(): void {
    const time = new Date(Math.floor(this.proc.clock / 1000)).toISOString().replace(/\.\d+Z/, 'Z')
    this.proc.error(`${time}|00001|fatal_signal|WARN|terminating with signal 15 (Terminated)`)
  }
}
