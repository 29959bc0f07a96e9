// Tables, columns and records by what people type: names may be shortened, records named or given by uuid.
import { ownOf } from '../../../grammar/own-of.js'
import { TokenReader } from '../../../ovs/db/datum-parse.js'
import { isUuid } from '../../../ovs/db/datum-text.js'
import { inHashOrder } from '../../../ovs/db/row-order.js'
import type { Column, TableSchema } from '../../../ovs/db/schema.js'
import type { DraftRow } from '../../../ovs/db/transaction.js'
import { Fatal, type VsctlSession } from './session.js'

/** Exact, exact but for case and dashes, else as many letters as agree; 0: no match. */
function score(name: string, typed: string, folded: string): number {
  if (name === typed) return Number.POSITIVE_INFINITY
  const foldedName = fold(name)
  if (foldedName === folded) return Number.MAX_SAFE_INTEGER
  return foldedName.startsWith(folded) ? typed.length : 0
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll('-', '_')
}

function bestMatches<T extends { readonly name: string }>(all: ReadonlyMap<string, T>, typed: string): T[] {
  const exact = all.get(typed)
  if (exact !== undefined) return [exact]
  let best = 1
  let found: T[] = []
  const folded = fold(typed)
  for (const one of all.values()) {
    const points = score(one.name, typed, folded)
    if (points < best) continue
    if (points > best) found = []
    best = points
    found.push(one)
  }
  return found
}

export function findTable(session: VsctlSession, typed: string): TableSchema {
  const found = bestMatches(session.db.schema.tables, typed)
  if (found.length === 0) throw new Fatal(`unknown table "${typed}"`)
  if (found.length > 1) throw new Fatal(`"${typed}" matches multiple table names: ${found.map(({ name }) => name).join(', ')}`)
  return found[0]!
}

export function findColumn(table: TableSchema, typed: string): Column {
  const found = bestMatches(table.columns, typed)
  if (found.length === 0) throw new Fatal(`${table.name} does not contain a column whose name matches "${typed}"`)
  if (found.length > 1)
    throw new Fatal(
      `${table.name} contains more than one column whose name matches "${typed}": ${found.map(({ name }) => name).join(', ')}`,
    )
  return found[0]!
}

/** How records of a table can be named: a column of their own, or one of a row that refers to them. */
const NAMED_BY: Readonly<Record<string, readonly [table: string, name: string, reference: string | null]>> = {
  Bridge: ['Bridge', 'name', null],
  Controller: ['Bridge', 'name', 'controller'],
  Interface: ['Interface', 'name', null],
  Mirror: ['Mirror', 'name', null],
  Manager: ['Manager', 'target', null],
  NetFlow: ['Bridge', 'name', 'netflow'],
  Port: ['Port', 'name', null],
  QoS: ['Port', 'name', 'qos'],
  sFlow: ['Bridge', 'name', 'sflow'],
  Flow_Table: ['Flow_Table', 'name', null],
  IPFIX: ['Bridge', 'name', 'ipfix'],
  AutoAttach: ['Bridge', 'name', 'auto_attach'],
  Flow_Sample_Collector_Set: ['Flow_Sample_Collector_Set', 'id', null],
}

export function rowsOf(session: VsctlSession, table: TableSchema): DraftRow[] {
  return inHashOrder(session.txn.rows(table.name))
}

/** null: none. */
export function findRow(session: VsctlSession, table: TableSchema, id: string): DraftRow | null {
  const byUuid = isUuid(id) ? session.txn.row(table.name, id.toLowerCase()) : null
  if (byUuid !== null) return byUuid
  if (id === '.') {
    const rows = rowsOf(session, table)
    if (rows.length === 1) return rows[0]!
  }
  return namedRow(session, table, id) ?? rowByPrefix(session, table, id)
}

export function getRow(session: VsctlSession, table: TableSchema, id: string): DraftRow {
  const row = findRow(session, table, id)
  if (row === null) throw new Fatal(`no row "${id}" in table ${table.name}`)
  return row
}

function namedRow(session: VsctlSession, table: TableSchema, id: string): DraftRow | null {
  const naming = ownOf(NAMED_BY, table.name)
  if (naming === undefined) return null
  const [namer, name, reference] = naming
  if (session.db.table(namer).hasNames) {
    const row = session.txn.byName(namer, id)
    return row === null || reference === null ? row : (session.txn.refs(row, reference)[0] ?? null)
  }
  const found = session.txn.rows(namer).filter((row) => row.text(name) === id)
  if (found.length > 1) throw new Fatal(`multiple rows in ${namer} match "${id}"`)
  if (found.length === 0) return null
  if (reference === null) return found[0]!
  const referred = session.txn.refs(found[0]!, reference)
  return referred.length === 1 ? referred[0]! : null
}

function rowByPrefix(session: VsctlSession, table: TableSchema, id: string): DraftRow | null {
  if (id.length < 4 || !/^[0-9a-f-]+$/i.test(id)) return null
  const found = rowsOf(session, table).filter((row) => row.uuid.startsWith(id.toLowerCase()))
  if (found.length > 1) {
    const [first, second] = found
    throw new Fatal(`${table.name} contains 2 or more rows whose UUIDs begin with ${id}: at least ${first!.uuid} and ${second!.uuid}`)
  }
  return found[0] ?? null
}

export interface ColumnWord {
  readonly column: Column
  readonly key: string | null
  readonly operator: string | null
  readonly value: string | null
}

/** `COLUMN[:KEY]`, with operators also `COLUMN[:KEY]=VALUE`. */
export function parseColumnWord(word: string, table: TableSchema, operators: readonly string[] | null): ColumnWord {
  const reader = new TokenReader(word)
  const name = reader.token()
  if (name === '') throw new Fatal(`${word}: missing column name`)
  const column = findColumn(table, name)
  let key: string | null = null
  if (reader.next === ':') {
    reader.at++
    key = reader.token()
  }
  if (operators === null) {
    if (reader.next !== '') throw new Fatal(`${word}: trailing garbage "${reader.rest}" in argument`)
    return { column, key, operator: null, value: null }
  }
  const { rest } = reader
  const fitting = operators.filter((operator) => rest.startsWith(operator) && rest.length > operator.length)
  const operator = fitting.sort((a, b) => b.length - a.length)[0]
  if (operator === undefined) throw new Fatal(missingOperator(word, operators))
  return { column, key, operator, value: rest.slice(operator.length) }
}

function missingOperator(word: string, operators: readonly string[]): string {
  const quoted = operators.map((operator) => `"${operator}"`)
  const last = quoted[quoted.length - 1]!
  const list = quoted.length === 1 ? last : quoted.length === 2 ? quoted.join(' or ') : `${quoted.slice(0, -1).join(', ')}, or ${last}`
  return `${word}: argument does not end in ${list} followed by a value.`
}

/** Only the column's name of such a word is looked at. */
export function checkColumnWord(word: string, table: TableSchema): void {
  const name = new TokenReader(word).token()
  if (name === '') throw new Fatal(`${word}: missing column name`)
  findColumn(table, name)
}

export function checkMutable(row: DraftRow, column: Column): void {
  if (!column.isMutable && row.row !== null) throw new Fatal(`cannot modify read-only column ${column.name} in table ${row.schema.name}`)
}
