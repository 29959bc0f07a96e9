// What ovsdb-server does with a transaction that is to take place: rows nobody refers to go, then references, indexes and limits are checked.
import type { OvsDb, RowChange } from './database.js'
import { type Datum, EMPTY, sameDatum, setOf } from './datum.js'
import { Row } from './rows.js'
import type { Atom, BaseType, Column, ColumnType, TableSchema } from './schema.js'
import type { Committed, DraftRow, Transaction, TransactionError } from './transaction.js'

export function commitChanges(txn: Transaction): Committed | TransactionError {
  const commit = new Commit(txn)
  return commit.run()
}

class Commit {
  private readonly db: OvsDb
  /** Strong references by uuid: how their number changes. */
  private readonly refChange = new Map<string, number>()

  constructor(private readonly txn: Transaction) {
    this.db = txn.db
  }

  run(): Committed | TransactionError {
    this.countRefs()
    this.collectGarbage()
    return this.limitFault() ?? this.referenceFault() ?? this.dropWeakRefs() ?? this.indexFault() ?? { changes: this.apply() }
  }

  private touched(): DraftRow[] {
    const found: DraftRow[] = []
    for (const drafts of this.txn.drafts.values()) for (const draft of drafts.values()) if (draft.isTouched) found.push(draft)
    return found
  }

  private countRefs(): void {
    for (const draft of this.touched()) {
      if (draft.row === null && draft.isDeleted) continue
      for (const column of strongColumns(draft.schema)) {
        if (!draft.isDeleted && draft.row !== null && !draft.changes.has(column.name)) continue
        if (draft.row !== null) this.count(draft.row.stored(column.name), column.type, -1)
        if (!draft.isDeleted) this.count(draft.changes.get(column.name) ?? EMPTY, column.type, 1)
      }
    }
  }

  private count(datum: Datum, type: ColumnType, step: number): void {
    if (isStrong(type.key)) for (const uuid of datum.keys) this.bump(uuid, step)
    if (type.value !== null && isStrong(type.value)) for (const uuid of datum.values) this.bump(uuid, step)
  }

  private bump(uuid: Atom, step: number): void {
    this.refChange.set(String(uuid), (this.refChange.get(String(uuid)) ?? 0) + step)
  }

  private refsOf(draft: DraftRow): number {
    return (draft.row?.strongRefs ?? 0) + (this.refChange.get(draft.uuid) ?? 0)
  }

  /** A row outside the root tables that nobody refers to goes, and with it what only it referred to. */
  private collectGarbage(): void {
    for (let again = true; again; ) {
      again = false
      for (const draft of this.candidates()) {
        if (draft.isDeleted || draft.schema.isRoot || this.refsOf(draft) > 0) continue
        for (const column of strongColumns(draft.schema)) this.count(draft.get(column.name), column.type, -1)
        draft.isDeleted = true
        again = true
      }
    }
  }

  /** Rows that came, and rows whose references changed. */
  private candidates(): DraftRow[] {
    const found = this.touched().filter((draft) => draft.row === null)
    for (const [uuid, change] of this.refChange) {
      if (change >= 0) continue
      for (const name of this.db.schema.tables.keys()) {
        const draft = this.db.table(name).rows.has(uuid) ? this.txn.row(name, uuid) : null
        if (draft !== null) found.push(draft)
      }
    }
    return found
  }

  private limitFault(): TransactionError | null {
    for (const name of this.txn.drafts.keys()) {
      const { maxRows } = this.db.table(name).schema
      const count = maxRows === null ? 0 : this.txn.rows(name).length
      if (maxRows !== null && count > maxRows)
        return violation(
          `transaction causes "${name}" table to contain ${count} rows, greater than the schema-defined limit of ${maxRows} row(s)`,
        )
    }
    return null
  }

  private referenceFault(): TransactionError | null {
    for (const draft of this.touched()) {
      if (draft.isDeleted) {
        const refs = this.refsOf(draft)
        if (draft.row !== null && refs > 0) return this.cannotDelete(draft, refs)
        continue
      }
      for (const [name, datum] of draft.changes) {
        const fault = this.missingRow(draft, name, datum)
        if (fault !== null) return fault
      }
    }
    return null
  }

  private cannotDelete(draft: DraftRow, refs: number): TransactionError {
    const details = `cannot delete ${draft.schema.name} row ${draft.uuid} because of ${refs} remaining reference(s)`
    return { error: 'referential integrity violation', details }
  }

  private missingRow(draft: DraftRow, column: string, datum: Datum): TransactionError | null {
    const type = draft.schema.columns.get(column)!.type
    for (const [base, atoms] of [
      [type.key, datum.keys],
      [type.value, datum.values],
    ] as const) {
      if (base === null || !isStrong(base)) continue
      const missing = atoms.find((uuid) => this.txn.row(base.refTable!, String(uuid)) === null)
      if (missing === undefined) continue
      const details = `Table ${draft.schema.name} column ${column} row ${draft.uuid} references nonexistent row ${missing} in table ${base.refTable}.`
      return { error: 'referential integrity violation', details }
    }
    return null
  }

  /** Weak references to rows that are gone go silently, unless too few would be left. */
  private dropWeakRefs(): TransactionError | null {
    for (const schema of this.db.tablesWithWeakRefs) {
      for (const column of schema.columns.values()) {
        if (!column.type.key.isWeak) continue
        for (const draft of this.txn.rows(schema.name)) {
          const datum = draft.get(column.name)
          const kept = datum.keys.filter((uuid) => this.txn.row(column.type.key.refTable!, String(uuid)) !== null)
          if (kept.length < datum.keys.length) draft.set(column.name, setOf(kept))
        }
      }
    }
    return null
  }

  private indexFault(): TransactionError | null {
    for (const name of this.txn.drafts.keys()) {
      for (const index of this.db.table(name).schema.indexes) {
        const fault = this.duplicateIn(name, index)
        if (fault !== null) return fault
      }
    }
    return null
  }

  private duplicateIn(table: string, index: readonly string[]): TransactionError | null {
    const changed = this.touched().filter((draft) => draft.schema.name === table && index.some((column) => draft.changes.has(column)))
    if (changed.length === 0 || (index.length === 1 && index[0] === 'name' && this.areNew(table, changed))) return null
    const seen = new Map<string, DraftRow>()
    for (const draft of this.txn.rows(table)) {
      const values = index.map((column) => String(draft.get(column).keys[0]))
      const first = seen.get(values.join('\0'))
      if (first !== undefined) return duplicate(table, index, values, [first, draft])
      seen.set(values.join('\0'), draft)
    }
    return null
  }

  /** Names that no row has, and that these rows do not have in common. */
  private areNew(table: string, drafts: readonly DraftRow[]): boolean {
    const names = new Set(drafts.map((draft) => draft.text('name')))
    if (names.size < drafts.length) return false
    for (const name of names) if (name === null || this.db.table(table).byName(name) !== null) return false
    return true
  }

  private apply(): RowChange[] {
    const changes = this.touched().flatMap((draft) => this.applyRow(draft) ?? [])
    for (const [uuid, change] of this.refChange) {
      if (change === 0) continue
      for (const name of this.db.schema.tables.keys()) {
        const row = this.db.table(name).rows.get(uuid)
        if (row !== undefined) row.strongRefs += change
      }
    }
    return changes
  }

  private applyRow(draft: DraftRow): RowChange | null {
    const table = this.db.table(draft.schema.name)
    const base = { table: table.name, uuid: draft.uuid }
    if (draft.row === null) {
      if (draft.isDeleted) return null
      const row = new Row(table, draft.uuid)
      for (const [column, datum] of draft.changes) row.data.set(column, datum)
      table.add(row)
      return { kind: 'insert', ...base, row, before: new Map() }
    }
    const { row } = draft
    if (draft.isDeleted) {
      table.delete(row)
      return { kind: 'delete', ...base, row, before: new Map() }
    }
    const before = new Map<string, Datum>()
    for (const [column, datum] of draft.changes) {
      const old = row.stored(column)
      if (sameDatum(old, datum)) continue
      before.set(column, old)
      row.data.set(column, datum)
    }
    if (before.size === 0) return null
    row.modified(this.txn.isReport)
    return { kind: 'modify', ...base, row, before }
  }
}

function violation(details: string): TransactionError {
  return { error: 'constraint violation', details }
}

const strong = new WeakMap<TableSchema, readonly Column[]>()

function strongColumns(schema: TableSchema): readonly Column[] {
  let columns = strong.get(schema)
  if (columns === undefined) {
    columns = [...schema.columns.values()].filter(({ type }) => hasStrongRefs(type))
    strong.set(schema, columns)
  }
  return columns
}

function hasStrongRefs(type: ColumnType): boolean {
  return isStrong(type.key) || (type.value !== null && isStrong(type.value))
}

function isStrong(base: BaseType): boolean {
  return base.refTable !== null && !base.isWeak
}

function duplicate(table: string, index: readonly string[], values: readonly string[], rows: readonly DraftRow[]): TransactionError {
  const columns = index.length === 1 ? `column "${index[0]}"` : `columns ${index.map((name) => `"${name}"`).join(' and ')}`
  const [first, second] = rows.map(({ uuid, row, changes }) => {
    if (row === null) return `with UUID ${uuid}, was inserted by this transaction`
    if (changes.size === 0)
      return `with UUID ${uuid}, existed in the database before this transaction and was not modified by the transaction`
    return `with UUID ${uuid}, existed in the database before this transaction and was modified by the transaction`
  })
  return violation(
    `Transaction causes multiple rows in "${table}" table to have identical values (${values.join(' and ')}) for index on ${columns}.` +
      `  First row, ${first}.  Second row, ${second}.`,
  )
}
