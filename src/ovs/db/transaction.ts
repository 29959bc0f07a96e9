// A transaction: rows as they would be, and the checks of ovsdb-server when it commits. All of it takes place, or nothing.

import { commitChanges } from './commit.js'
import type { OvsDb, RowChange } from './database.js'
import { type Datum, defaultDatum, sameDatum } from './datum.js'
import { type Row, unset } from './rows.js'
import type { TableSchema } from './schema.js'

export interface TransactionError {
  readonly error: string
  readonly details: string
}

/** Most rows that a transaction sees stay as they are. */
const NO_CHANGES: ReadonlyMap<string, Datum> = new Map()

/** A row as a transaction sees it. */
export class DraftRow {
  private changed: Map<string, Datum> | null = null
  isDeleted = false

  constructor(
    readonly schema: TableSchema,
    readonly uuid: string,
    /** null: inserted by this transaction. */
    readonly row: Row | null,
  ) {}

  get changes(): ReadonlyMap<string, Datum> {
    return this.changed ?? NO_CHANGES
  }

  /** It is to be looked at when the transaction takes place. */
  get isTouched(): boolean {
    return this.row === null || this.isDeleted || this.changes.size > 0
  }

  get(column: string): Datum {
    return this.changed?.get(column) ?? this.row?.get(column) ?? unset(this.schema, column)
  }

  /** What is set to the value it has is no change. */
  set(column: string, datum: Datum): void {
    const before = this.row?.stored(column) ?? defaultDatum(this.schema.columns.get(column)!.type)
    if (sameDatum(before, datum)) this.changed?.delete(column)
    else {
      this.changed ??= new Map()
      this.changed.set(column, datum)
    }
  }

  text(column: string): string | null {
    const key = this.get(column).keys[0]
    return key === undefined ? null : String(key)
  }

  number(column: string): number | null {
    const key = this.get(column).keys[0]
    return typeof key === 'number' ? key : null
  }

  isTrue(column: string): boolean {
    return this.get(column).keys[0] === true
  }
}

export class Transaction {
  /** Of each table by uuid: only rows that somebody asked for. */
  readonly drafts = new Map<string, Map<string, DraftRow>>()
  /** ovs-vswitchd writes back what became of a configuration. */
  isReport = false

  constructor(readonly db: OvsDb) {}

  row(table: string, uuid: string): DraftRow | null {
    const drafts = this.draftsOf(table)
    const draft = drafts.get(uuid)
    if (draft !== undefined) return draft.isDeleted ? null : draft
    const row = this.db.table(table).rows.get(uuid)
    if (row === undefined) return null
    const made = new DraftRow(row.table.schema, uuid, row)
    drafts.set(uuid, made)
    return made
  }

  /** Rows that there are already, then those inserted here. */
  rows(table: string): DraftRow[] {
    const found: DraftRow[] = []
    for (const uuid of this.db.table(table).rows.keys()) {
      const draft = this.row(table, uuid)
      if (draft !== null) found.push(draft)
    }
    for (const draft of this.draftsOf(table).values()) if (draft.row === null && !draft.isDeleted) found.push(draft)
    return found
  }

  /** Of tables whose rows have names that are there once. */
  byName(table: string, name: string): DraftRow | null {
    const row = this.db.table(table).byName(name)
    const found = row === null ? null : this.row(table, row.uuid)
    if (found !== null) return found
    for (const draft of this.draftsOf(table).values())
      if (draft.row === null && !draft.isDeleted && draft.text('name') === name) return draft
    return null
  }

  insert(table: string, uuid: string = this.db.random.uuid()): DraftRow {
    const draft = new DraftRow(this.db.table(table).schema, uuid, null)
    this.draftsOf(table).set(uuid, draft)
    return draft
  }

  delete(draft: DraftRow): void {
    draft.isDeleted = true
  }

  /** The rows that a column of references names. */
  refs(draft: DraftRow, column: string): DraftRow[] {
    const type = draft.schema.columns.get(column)!.type
    const { keys, values } = draft.get(column)
    const table = type.key.refTable ?? type.value!.refTable!
    const found: DraftRow[] = []
    for (const uuid of type.key.refTable !== null ? keys : values) {
      const row = this.row(table, String(uuid))
      if (row !== null) found.push(row)
    }
    return found
  }

  get hasChanges(): boolean {
    for (const drafts of this.drafts.values()) for (const draft of drafts.values()) if (draft.isTouched) return true
    return false
  }

  /** null: it took place. The listeners have heard of it then. */
  commit(): TransactionError | null {
    const outcome = commitChanges(this)
    if ('error' in outcome) return outcome
    if (outcome.changes.length > 0) this.db.announce(outcome.changes)
    return null
  }

  private draftsOf(table: string): Map<string, DraftRow> {
    let drafts = this.drafts.get(table)
    if (drafts === undefined) {
      drafts = new Map()
      this.drafts.set(table, drafts)
    }
    return drafts
  }
}

export interface Committed {
  readonly changes: readonly RowChange[]
}
