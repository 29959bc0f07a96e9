// The commands that work on records of any table: get, list, find, set, add, remove, clear, create, destroy, wait-until.
import { type Datum, difference, EMPTY, lookUp, mapOf, scalar, union } from '../../../ovs/db/datum.js'
import { DatumFault, parseAtom, parseDatum } from '../../../ovs/db/datum-parse.js'
import { atomText, datumText, isUuid } from '../../../ovs/db/datum-text.js'
import type { Cell, PrintedTable } from '../../../ovs/db/print-table.js'
import type { Column, ColumnType, TableSchema } from '../../../ovs/db/schema.js'
import type { DraftRow } from '../../../ovs/db/transaction.js'
import type { VsctlCall, VsctlCommand } from './command.js'
import { checkColumnWord, checkMutable, findColumn, findRow, findTable, getRow, parseColumnWord, rowsOf } from './lookup.js'
import { isSatisfied, OPERATORS } from './relation.js'
import { Fatal, TryAgain, type VsctlSession } from './session.js'

const MANY = Number.POSITIVE_INFINITY
const UUID_TYPE: ColumnType = {
  key: { type: 'uuid', min: null, max: null, choices: null, refTable: null, isWeak: false },
  value: null,
  min: 1,
  max: 1,
}

function tableOf({ session, argv }: VsctlCall): TableSchema {
  return findTable(session, argv[1]!)
}

/** The record of a command; null: not there, and --if-exists said that this is no fault. */
function rowOf(call: VsctlCall, table: TableSchema): DraftRow | null {
  const { session, argv, options } = call
  return options.has('--if-exists') ? findRow(session, table, argv[2]!) : getRow(session, table, argv[2]!)
}

function isUuidColumn(word: string): boolean {
  return /^[_-]uuid$/i.test(word)
}

function prepareGet(call: VsctlCall): void {
  const table = tableOf(call)
  for (const word of call.argv.slice(3)) if (!isUuidColumn(word)) checkColumnWord(word, table)
}

function get(call: VsctlCall): void {
  const { session, argv, options, output } = call
  const id = options.get('--id') ?? null
  if (id !== null && options.has('--if-exists')) throw new Fatal('--if-exists and --id may not be specified together')
  const table = tableOf(call)
  const row = rowOf(call, table)
  if (row === null) return
  if (id !== null) session.defineAs(id, row.uuid)
  for (const word of argv.slice(3)) output.text += isUuidColumn(word) ? `${row.uuid}\n` : `${columnText(call, table, row, word)}\n`
}

function columnText(call: VsctlCall, table: TableSchema, row: DraftRow, word: string): string {
  const { session, argv, options } = call
  const { version } = session.parsing
  const { column, key } = parseColumnWord(word, table, null)
  const { type } = column
  if (key === null) return datumText(row.get(column.name), type, version)
  if (type.value === null) throw new Fatal(`cannot specify key to get for non-map column ${column.name}`)
  const value = lookUp(row.get(column.name), parseAtom(key, type.key, session.parsing))
  if (value !== null) return atomText(value, type.value.type, version)
  if (options.has('--if-exists')) return ''
  throw new Fatal(`no key "${key}" in ${table.name} record "${argv[2]}" column ${column.name}`)
}

/** null stands for `_uuid`. */
function columnsOf(table: TableSchema, names: string | null): (Column | null)[] {
  if (names === null) return [null, ...table.columns.values()]
  const found = names.split(/[, ]+/).filter((name) => name !== '')
  if (found.length === 0) throw new Fatal('must specify at least one column name')
  return found.map((name) => (name.toLowerCase() === '_uuid' ? null : findColumn(table, name)))
}

function listed(columns: readonly (Column | null)[], rows: readonly DraftRow[]): PrintedTable {
  return {
    headings: columns.map((column) => column?.name ?? '_uuid'),
    rows: rows.map((row) => columns.map((column) => cellOf(row, column))),
  }
}

function cellOf(row: DraftRow, column: Column | null): Cell {
  return column === null ? { datum: scalar(row.uuid), type: UUID_TYPE } : { datum: row.get(column.name), type: column.type }
}

function prepareList(call: VsctlCall): void {
  columnsOf(tableOf(call), call.options.get('--columns') ?? null)
}

function list(call: VsctlCall): void {
  const { session, argv, options, output } = call
  const table = tableOf(call)
  const columns = columnsOf(table, options.get('--columns') ?? null)
  const ids = argv.slice(2)
  const rows = ids.length === 0 ? rowsOf(session, table) : ids.flatMap((id) => rowNamed(call, table, id) ?? [])
  output.table = listed(columns, rows)
}

function rowNamed({ session, options }: VsctlCall, table: TableSchema, id: string): DraftRow | null {
  return options.has('--if-exists') ? findRow(session, table, id) : getRow(session, table, id)
}

function prepareFind(call: VsctlCall): void {
  prepareList(call)
  for (const word of call.argv.slice(2)) checkColumnWord(word, tableOf(call))
}

function find(call: VsctlCall): void {
  const { session, argv, options, output } = call
  const table = tableOf(call)
  const columns = columnsOf(table, options.get('--columns') ?? null)
  const rows = rowsOf(session, table).filter((row) => argv.slice(2).every((word) => satisfies(session, table, row, word)))
  output.table = listed(columns, rows)
}

/** `COLUMN[:KEY]=VALUE`, with any of the relations. */
function satisfies(session: VsctlSession, table: TableSchema, row: DraftRow, word: string): boolean {
  const { column, key, operator, value } = parseColumnWord(word, table, OPERATORS)
  const type: ColumnType = { ...column.type, max: MANY }
  const have = row.get(column.name)
  if (key === null) {
    const wanted = parseDatum(value!, column.type, session.parsing)
    return isSatisfied(have, wanted, operator!)
  }
  if (column.type.value === null) throw new Fatal(`cannot specify key to check for non-map column ${column.name}`)
  const atom = parseAtom(key, column.type.key, session.parsing)
  const wanted = parseDatum(value!, { ...type, key: column.type.value, value: null }, session.parsing)
  const there = lookUp(have, atom)
  if (there === null && !operator!.startsWith('{')) return false
  return isSatisfied(there === null ? EMPTY : scalar(there), wanted, operator!)
}

function prepareColumnWords(call: VsctlCall): void {
  const table = tableOf(call)
  for (const word of call.argv.slice(3)) checkColumnWord(word, table)
}

/** `COLUMN[:KEY]=VALUE` of set, create, add-port. */
export function setColumn(session: VsctlSession, row: DraftRow, word: string): void {
  const table = row.schema
  const { column, key, value } = parseColumnWord(word, table, ['='])
  checkMutable(row, column)
  const { type } = column
  if (key === null) {
    row.set(column.name, parseDatum(value!, type, session.parsing))
    return
  }
  if (type.value === null) throw new Fatal(`cannot specify key to set for non-map column ${column.name}`)
  const added = mapOf([[parseAtom(key, type.key, session.parsing), parseAtom(value!, type.value, session.parsing)]])
  row.set(column.name, union(added, row.get(column.name), true))
}

function set(call: VsctlCall): void {
  const { session, argv } = call
  const row = rowOf(call, tableOf(call))
  if (row === null) return
  for (const word of argv.slice(3)) setColumn(session, row, word)
  session.invalidate()
}

function prepareColumn(call: VsctlCall): void {
  findColumn(tableOf(call), call.argv[3]!)
}

function add(call: VsctlCall): void {
  const { session, argv } = call
  const table = tableOf(call)
  const column = findColumn(table, argv[3]!)
  const row = rowOf(call, table)
  if (row === null) return
  checkMutable(row, column)
  const { type } = column
  let datum = row.get(column.name)
  for (const word of argv.slice(4))
    datum = union(datum, parseDatum(word, { ...type, min: 1, max: MANY }, session.parsing), type.value !== null)
  if (datum.keys.length > type.max) throw new Fatal(tooMany(call, column, datum))
  row.set(column.name, datum)
  session.invalidate()
}

/** The last command of a line sends its addition as such, and the server refuses it. */
function tooMany(call: VsctlCall, column: Column, datum: Datum): string {
  const { keys } = datum
  const things = column.type.value === null ? 'values' : 'pairs'
  if (!call.isLast)
    return `"add" operation would put ${keys.length} ${things} in column ${column.name} of table ${tableOf(call).name} but the maximum number is ${column.type.max}`
  const details = `set must have ${column.type.min} to ${column.type.max} members but ${keys.length} are present`
  return `transaction error: ${JSON.stringify({ details, error: 'syntax error', syntax: JSON.stringify(['set', [...keys].reverse()]) })}`
}

function remove(call: VsctlCall): void {
  const { session, argv } = call
  const table = tableOf(call)
  const column = findColumn(table, argv[3]!)
  const row = rowOf(call, table)
  if (row === null) return
  checkMutable(row, column)
  const { type } = column
  let datum = row.get(column.name)
  for (const word of argv.slice(4)) datum = without(datum, type, word, session)
  if (datum.keys.length < type.min) {
    const things = type.value === null ? 'values' : 'pairs'
    throw new Fatal(
      `"remove" operation would put ${datum.keys.length} ${things} in column ${column.name} of table ${table.name} but the minimum number is ${type.min}`,
    )
  }
  row.set(column.name, datum)
  session.invalidate()
}

/** Of a map: pairs, or keys alone. */
function without(datum: Datum, type: ColumnType, word: string, session: VsctlSession): Datum {
  const many: ColumnType = { ...type, min: 1, max: MANY }
  if (type.value === null) return difference(datum, parseDatum(word, many, session.parsing), false)
  try {
    return difference(datum, parseDatum(word, many, session.parsing), true)
  } catch (error) {
    if (!(error instanceof DatumFault)) throw error
    const { keys } = parseDatum(word, { ...many, value: null }, session.parsing)
    return mapOf(datum.keys.flatMap((key, i) => (keys.includes(key) ? [] : [[key, datum.values[i]!] as const])))
  }
}

function prepareClear(call: VsctlCall): void {
  const table = tableOf(call)
  for (const word of call.argv.slice(3)) findColumn(table, word)
}

function clear(call: VsctlCall): void {
  const table = tableOf(call)
  const row = rowOf(call, table)
  if (row === null) return
  for (const word of call.argv.slice(3)) {
    const column = findColumn(table, word)
    checkMutable(row, column)
    if (column.type.min > 0)
      throw new Fatal(
        `"clear" operation cannot be applied to column ${column.name} of table ${table.name}, which is not allowed to be empty`,
      )
    row.set(column.name, EMPTY)
  }
  call.session.invalidate()
}

function prepareCreate(call: VsctlCall): void {
  const table = tableOf(call)
  if (!call.options.has('--id') && !table.isRoot)
    call.session.warn(`applying "create" command to table ${table.name} without --id option will have no effect`, 'db_ctl_base')
}

function create(call: VsctlCall): void {
  const { session, argv, options, output } = call
  const table = tableOf(call)
  const id = options.get('--id') ?? null
  const uuid = id === null ? undefined : isUuid(id) ? id : session.define(id, table.isRoot)
  const row = session.txn.insert(table.name, uuid)
  for (const word of argv.slice(2)) setColumn(session, row, word)
  output.text = `${row.uuid}\n`
}

function destroy(call: VsctlCall): void {
  const { session, argv, options } = call
  const table = tableOf(call)
  const ids = argv.slice(2)
  if (options.has('--all') && ids.length > 0) throw new Fatal('--all and records argument should not be specified together')
  if (options.has('--all') && options.has('--if-exists')) throw new Fatal('--all and --if-exists should not be specified together')
  if (!options.has('--all') && ids.length === 0) return session.warn('either --all or records argument should be specified', 'db_ctl_base')
  const rows = options.has('--all') ? rowsOf(session, table) : ids.flatMap((id) => rowNamed(call, table, id) ?? [])
  // Rows that something refers to are held by the reference, not by this command.
  for (const row of rows) if (table.isRoot) session.txn.delete(row)
  session.invalidate()
}

function waitUntil(call: VsctlCall): void {
  const { session, argv } = call
  const table = tableOf(call)
  const row = findRow(session, table, argv[2]!)
  if (row === null) throw new TryAgain()
  if (!argv.slice(3).every((word) => satisfies(session, table, row, word))) throw new TryAgain()
}

const IF_EXISTS = ['--if-exists']

export const recordCommands: readonly VsctlCommand[] = [
  { name: 'comment', min: 0, max: MANY, words: '[ARG]...', run: () => {} },
  {
    name: 'get',
    min: 2,
    max: MANY,
    words: 'TABLE RECORD [COLUMN[:KEY]]...',
    options: ['--if-exists', '--id='],
    prepare: prepareGet,
    run: get,
  },
  { name: 'list', min: 1, max: MANY, words: 'TABLE [RECORD]...', options: ['--if-exists', '--columns='], prepare: prepareList, run: list },
  { name: 'find', min: 1, max: MANY, words: 'TABLE [COLUMN[:KEY]=VALUE]...', options: ['--columns='], prepare: prepareFind, run: find },
  {
    name: 'set',
    min: 3,
    max: MANY,
    words: 'TABLE RECORD COLUMN[:KEY]=VALUE...',
    options: IF_EXISTS,
    prepare: prepareColumnWords,
    run: set,
  },
  { name: 'add', min: 4, max: MANY, words: 'TABLE RECORD COLUMN [KEY=]VALUE...', options: IF_EXISTS, prepare: prepareColumn, run: add },
  {
    name: 'remove',
    min: 4,
    max: MANY,
    words: 'TABLE RECORD COLUMN KEY|VALUE|KEY=VALUE...',
    options: IF_EXISTS,
    prepare: prepareColumn,
    run: remove,
  },
  { name: 'clear', min: 3, max: MANY, words: 'TABLE RECORD COLUMN...', options: IF_EXISTS, prepare: prepareClear, run: clear },
  { name: 'create', min: 2, max: MANY, words: 'TABLE COLUMN[:KEY]=VALUE...', options: ['--id='], prepare: prepareCreate, run: create },
  {
    name: 'destroy',
    min: 1,
    max: MANY,
    words: 'TABLE [RECORD]...',
    options: ['--if-exists', '--all'],
    prepare: (call) => void tableOf(call),
    run: destroy,
  },
  { name: 'wait-until', min: 2, max: MANY, words: 'TABLE RECORD [COLUMN[:KEY]=VALUE]...', prepare: prepareColumnWords, run: waitUntil },
]
