// The database of Open vSwitch: tables of rows. Changes come in transactions (transaction.ts); listeners hear each that took place.
import type { Random } from '../../sim/random.js'
import type { Datum } from './datum.js'
import { type Row, Table } from './rows.js'
import type { Schema, TableSchema } from './schema.js'
import { schemaOf } from './tables.js'
import { Transaction } from './transaction.js'

export interface RowChange {
  readonly kind: 'insert' | 'modify' | 'delete'
  readonly table: string
  readonly uuid: string
  /** As it is now; as it was, when it is deleted. */
  readonly row: Row
  /** modify: the columns that changed, with what they were. */
  readonly before: ReadonlyMap<string, Datum>
}

export type CommitListener = (changes: readonly RowChange[]) => void

/** Columns that are derived when read: statistics, link state and the like. undefined: what is stored. */
export interface LiveColumns {
  read(row: Row, column: string): Datum | undefined
}

/** Somebody at the other end of a remote: an OpenFlow controller, a client of the database. */
export interface RemoteSession {
  /** As in the column `target`: `tcp:127.0.0.1:6633`. */
  readonly target: string
  isAlive(): boolean
}

export class OvsDb {
  readonly sessions = new Set<RemoteSession>()
  readonly schema: Schema
  /** For commit.ts. */
  readonly tablesWithWeakRefs: readonly TableSchema[]
  live: LiveColumns | null = null
  private readonly tables = new Map<string, Table>()
  private readonly listeners = new Set<CommitListener>()

  constructor(
    /** Of Open vSwitch: '2.11.0'. */
    readonly ovsVersion: string,
    readonly random: Random,
    /** Values that a scenario gives: `uuid` (the Open_vSwitch row), `BRIDGE/uuid`, `port/PORT/uuid`, `interface/IFACE/uuid`; each once. */
    readonly pin: (key: string) => string | null = () => null,
  ) {
    this.schema = schemaOf(ovsVersion)
    for (const table of this.schema.tables.values()) this.tables.set(table.name, new Table(this, table))
    this.tablesWithWeakRefs = [...this.schema.tables.values()].filter((table) =>
      [...table.columns.values()].some(({ type }) => type.key.isWeak),
    )
  }

  table(name: string): Table {
    const table = this.tables.get(name)
    if (table === undefined) throw new Error(`no table ${name}`)
    return table
  }

  /** The one row of Open_vSwitch; null before `ovs-vsctl init`. */
  get root(): Row | null {
    for (const row of this.table('Open_vSwitch').rows.values()) return row
    return null
  }

  begin(): Transaction {
    return new Transaction(this)
  }

  /** Of a row of Controller or Manager: the other end is there. */
  isConnected(target: string | null): boolean {
    for (const session of this.sessions) if (session.target === target && session.isAlive()) return true
    return false
  }

  /** Hears every transaction that changed something, after it took place. */
  onCommit(listener: CommitListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** ovsdb-server starts anew: columns that it does not keep on disk. */
  forgetEphemeral(): void {
    for (const table of this.tables.values()) {
      const columns = [...table.schema.columns.values()].filter((column) => column.isEphemeral)
      for (const row of table.rows.values()) for (const column of columns) row.data.delete(column.name)
    }
  }

  /** For transaction.ts. */
  announce(changes: readonly RowChange[]): void {
    for (const listener of [...this.listeners]) listener(changes)
  }
}
