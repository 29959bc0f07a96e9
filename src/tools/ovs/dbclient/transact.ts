// `ovsdb-client transact`: the operations of RFC 7047, section 5.2, that people type: insert, select, update, delete, comment.
import type { OvsDb } from '../../../ovs/db/database.js'
import { type Datum, mapOf, scalar, setOf } from '../../../ovs/db/datum.js'
import { atomJson, datumJson, type Json } from '../../../ovs/db/datum-text.js'
import { type Atom, type Column, compareAtoms, type TableSchema } from '../../../ovs/db/schema.js'
import type { DraftRow, Transaction } from '../../../ovs/db/transaction.js'
import { ClientFault } from './fault.js'

interface Operation {
  readonly [key: string]: Json
}

/** What the server answers: a result for each operation, an error in the place of the one that failed. */
export function transactJson(db: OvsDb, text: string): Json {
  const operations = parse(text)
  const txn = db.begin()
  const names = new Map<string, string>()
  const results: Json[] = []
  for (const operation of operations) {
    try {
      results.push(perform(db, txn, operation, names))
    } catch (error) {
      if (!(error instanceof OperationFault)) throw error
      return [...results, { error: error.message, details: error.details }]
    }
  }
  const fault = txn.commit()
  return fault === null ? results : [...results, { error: fault.error, details: fault.details }]
}

class OperationFault extends Error {
  constructor(
    error: string,
    readonly details: string,
  ) {
    super(error)
  }
}

function parse(text: string): Operation[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new ClientFault(`failed to parse JSON: ${text}`)
  }
  if (!Array.isArray(json) || json[0] !== 'Open_vSwitch')
    throw new ClientFault('transaction must be an array beginning with "Open_vSwitch"')
  return json.slice(1) as Operation[]
}

function perform(db: OvsDb, txn: Transaction, operation: Operation, names: Map<string, string>): Json {
  if (operation['op'] === 'comment') return {}
  const table = db.schema.tables.get(String(operation['table']))
  if (table === undefined) throw new OperationFault('syntax error', `No table named ${String(operation['table'])}.`)
  switch (operation['op']) {
    case 'insert':
      return insert(db, txn, table, operation, names)
    case 'select':
      return { rows: matching(txn, table, operation).map((row) => rowJson(row, operation['columns'])) }
    case 'update': {
      const rows = matching(txn, table, operation)
      for (const row of rows) assign(row, operation['row'], names)
      return { count: rows.length }
    }
    case 'delete': {
      const rows = matching(txn, table, operation)
      for (const row of rows) txn.delete(row)
      return { count: rows.length }
    }
    default:
      throw new OperationFault('unknown operation', `No operation named ${String(operation['op'])}.`)
  }
}

function insert(db: OvsDb, txn: Transaction, table: TableSchema, operation: Operation, names: Map<string, string>): Json {
  const name = operation['uuid-name']
  const uuid = name === undefined ? db.random.uuid() : named(db, names, String(name))
  assign(txn.insert(table.name, uuid), operation['row'], names)
  return { uuid: ['uuid', uuid] }
}

function named(db: OvsDb, names: Map<string, string>, name: string): string {
  const uuid = names.get(name) ?? db.random.uuid()
  names.set(name, uuid)
  return uuid
}

function assign(row: DraftRow, values: Json | undefined, names: ReadonlyMap<string, string>): void {
  for (const [name, value] of Object.entries(values as Operation)) row.set(name, datumOf(value, columnOf(row.schema, name), names))
}

function columnOf(table: TableSchema, name: string): Column {
  const column = table.columns.get(name)
  if (column === undefined) throw new OperationFault('unknown column', `No column ${name} in table ${table.name}.`)
  return column
}

function datumOf(value: Json, column: Column, names: ReadonlyMap<string, string>): Datum {
  if (Array.isArray(value) && value[0] === 'set') return setOf((value[1] as Json[]).map((item) => atomOf(item, names)))
  if (Array.isArray(value) && value[0] === 'map')
    return mapOf((value[1] as Json[][]).map(([key, item]) => [atomOf(key!, names), atomOf(item!, names)] as const))
  return column.type.value === null ? scalar(atomOf(value, names)) : mapOf([])
}

function atomOf(value: Json, names: ReadonlyMap<string, string>): Atom {
  if (Array.isArray(value)) return value[0] === 'named-uuid' ? (names.get(String(value[1])) ?? '') : String(value[1])
  return value as Atom
}

function matching(txn: Transaction, table: TableSchema, operation: Operation): DraftRow[] {
  const conditions = (operation['where'] ?? []) as readonly (readonly Json[])[]
  return txn.rows(table.name).filter((row) => conditions.every((condition) => holds(row, condition)))
}

function holds(row: DraftRow, [name, operator, value]: readonly Json[]): boolean {
  const have: readonly Atom[] = name === '_uuid' ? [row.uuid] : row.get(columnOf(row.schema, String(name)).name).keys
  const wanted = name === '_uuid' ? [atomOf(value!, new Map())] : datumOf(value!, columnOf(row.schema, String(name)), new Map()).keys
  const isSame = have.length === wanted.length && have.every((atom, i) => atom === wanted[i])
  switch (operator) {
    case '==':
      return isSame
    case '!=':
      return !isSame
    case 'includes':
      return wanted.every((atom) => have.includes(atom))
    case 'excludes':
      return wanted.every((atom) => !have.includes(atom))
    default: {
      const order = compareAtoms(have[0] ?? 0, wanted[0] ?? 0)
      return operator === '<' ? order < 0 : operator === '>' ? order > 0 : operator === '<=' ? order <= 0 : order >= 0
    }
  }
}

function rowJson(row: DraftRow, columns: Json | undefined): Json {
  const names = columns === undefined ? ['_uuid', ...row.schema.columns.keys()] : (columns as string[])
  return Object.fromEntries(
    names.map((name) => [name, name === '_uuid' ? atomJson(row.uuid, 'uuid') : datumJson(row.get(name), columnOf(row.schema, name).type)]),
  )
}
