// Rows and tables as they stand: what the last transaction left.
import type { OvsDb } from './database.js'
import { type Datum, defaultDatum, scalar } from './datum.js'
import type { TableSchema } from './schema.js'

export class Row {
  /** Changes with every modification: `_version`. */
  version: string
  /** Rows that hold this one in being. */
  strongRefs = 0
  /** Columns that differ from their type's default. */
  readonly data = new Map<string, Datum>()

  constructor(
    readonly table: Table,
    readonly uuid: string,
  ) {
    this.version = table.db.random.uuid()
  }

  /** What is read: columns that ovs-vswitchd keeps up to date are asked for now. */
  get(column: string): Datum {
    const { db } = this.table
    if (column === 'is_connected') return scalar(db.isConnected(this.text('target')))
    const live = db.live?.read(this, column)
    return live ?? this.stored(column)
  }

  stored(column: string): Datum {
    return this.data.get(column) ?? defaultDatum(this.table.schema.columns.get(column)!.type)
  }

  /** Of a scalar or an optional one; null when it is empty. */
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

  /** The rows that a column of references names. */
  refs(column: string): Row[] {
    const type = this.table.schema.columns.get(column)!.type
    const { keys, values } = this.stored(column)
    const isKey = type.key.refTable !== null
    const table = this.table.db.table((isKey ? type.key.refTable : type.value!.refTable)!)
    return (isKey ? keys : values).flatMap((uuid) => table.rows.get(String(uuid)) ?? [])
  }
}

export class Table {
  readonly rows = new Map<string, Row>()

  constructor(
    readonly db: OvsDb,
    readonly schema: TableSchema,
  ) {}

  get name(): string {
    return this.schema.name
  }

  /** By the column `name`, of tables whose names are unique. */
  byName(name: string): Row | null {
    for (const row of this.rows.values()) if (row.data.get('name')?.keys[0] === name) return row
    return null
  }
}
