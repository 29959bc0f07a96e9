// Rows and tables as they stand: what the last transaction left.
import type { OvsDb } from './database.js'
import { type Datum, defaultDatum, EMPTY, scalar } from './datum.js'
import type { TableSchema } from './schema.js'

export class Row {
  /** Counts modifications, but for those that ovs-vswitchd itself reports. */
  revision = 0
  private drawnVersion: string | null = null
  /** Rows that hold this one in being. */
  strongRefs = 0
  /** Columns that differ from their type's default. */
  readonly data = new Map<string, Datum>()

  constructor(
    readonly table: Table,
    readonly uuid: string,
  ) {}

  /** `_version`: another uuid after every modification. */
  get version(): string {
    this.drawnVersion ??= this.table.db.random.uuid()
    return this.drawnVersion
  }

  modified(isReport: boolean): void {
    this.drawnVersion = null
    if (!isReport) this.revision++
  }

  /** What is read: columns that ovs-vswitchd keeps up to date are asked for now. */
  get(column: string): Datum {
    const { db, hasLive } = this.table
    if (column === 'is_connected') return scalar(db.isConnected(this.text('target')))
    if (!hasLive || db.live === null) return this.stored(column)
    return db.live.read(this, column) ?? this.stored(column)
  }

  stored(column: string): Datum {
    return this.data.get(column) ?? unset(this.table.schema, column)
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
    const type = this.table.schema.columns.get(column)?.type
    if (type === undefined) return []
    const { keys, values } = this.stored(column)
    const isKey = type.key.refTable !== null
    const table = this.table.db.table((isKey ? type.key.refTable : type.value!.refTable)!)
    const found: Row[] = []
    for (const uuid of isKey ? keys : values) {
      const row = table.rows.get(String(uuid))
      if (row !== undefined) found.push(row)
    }
    return found
  }
}

/** What a column has that nobody set; one that this version's schema lacks has nothing. */
export function unset(schema: TableSchema, column: string): Datum {
  const known = schema.columns.get(column)
  return known === undefined ? EMPTY : defaultDatum(known.type)
}

/** Tables with columns that are derived when read. */
const LIVE = new Set(['Interface', 'Mirror', 'Port'])

export class Table {
  readonly name: string
  readonly hasLive: boolean
  readonly rows = new Map<string, Row>()
  /** Only of tables with an index on `name`. */
  private readonly names = new Map<string, Row>()

  constructor(
    readonly db: OvsDb,
    readonly schema: TableSchema,
  ) {
    this.name = schema.name
    this.hasLive = LIVE.has(schema.name)
  }

  get hasNames(): boolean {
    return this.schema.indexes[0]?.[0] === 'name'
  }

  /** By the column `name`, of tables whose names are unique and never change. */
  byName(name: string): Row | null {
    return this.names.get(name) ?? null
  }

  add(row: Row): void {
    this.rows.set(row.uuid, row)
    const name = this.hasNames ? row.text('name') : null
    if (name !== null) this.names.set(name, row)
  }

  delete(row: Row): void {
    this.rows.delete(row.uuid)
    const name = this.hasNames ? row.text('name') : null
    if (name !== null && this.names.get(name) === row) this.names.delete(name)
  }
}
