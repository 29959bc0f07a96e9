// `ovsdb-client`: the database as its protocol shows it: dump, schema, monitor, transact.

import { type GetoptGrammar, getoptMessage, type ParsedOptions, parseOptions } from '../../../grammar/getopt.js'
import { type Command, notEmulated } from '../../../node/command.js'
import { OVS_SOCKET, openvswitchOn } from '../../../node/daemons/openvswitch.js'
import type { Process } from '../../../node/process.js'
import type { OvsDb } from '../../../ovs/db/database.js'
import { type Cell, jsonText, type PrintedTable, printTable, type TableStyle } from '../../../ovs/db/print-table.js'
import type { TableSchema } from '../../../ovs/db/schema.js'
import { columnTypeJson, schemaJson } from '../../../ovs/db/schema-json.js'
import { atLeast } from '../../../ovs/version.js'
import { cellOfRow, columnNames } from './cells.js'
import { ClientFault } from './fault.js'
import { monitor } from './monitor.js'
import { transactJson } from './transact.js'

const GRAMMAR: GetoptGrammar = {
  order: 'permute',
  options: [
    { name: 'timeout', short: 't', long: 'timeout', value: 'required' },
    { name: 'verbose', short: 'v', long: 'verbose', value: 'optional' },
    { name: 'log', long: 'log-file', value: 'optional' },
    { name: 'format', short: 'f', long: 'format', value: 'required' },
    { name: 'data', short: 'd', long: 'data', value: 'required' },
    { name: 'no-headings', long: 'no-headings' },
    { name: 'pretty', long: 'pretty' },
    { name: 'bare', long: 'bare' },
    { name: 'timestamp', long: 'timestamp', notEmulated: 'the lab log has times' },
    { name: 'db-change', long: ['db-change-aware', 'no-db-change-aware', 'no-leader-only', 'leader-only'] },
    { name: 'detach', long: ['detach', 'pidfile', 'monitor'], notEmulated: 'put it in the background with &' },
    { name: 'help', short: 'h', long: 'help' },
    { name: 'version', short: 'V', long: 'version' },
  ],
}

const USAGE = `ovsdb-client: Open vSwitch database JSON-RPC client
usage: ovsdb-client [OPTIONS] COMMAND [ARG...]

Commands ([SERVER] is unix:${OVS_SOCKET}, [DATABASE] is Open_vSwitch):
  list-dbs [SERVER]                             names of the databases
  get-schema [SERVER] [DATABASE]                the schema as JSON
  get-schema-version [SERVER] [DATABASE]        its version
  list-tables [SERVER] [DATABASE]               names of the tables
  list-columns [SERVER] [DATABASE] [TABLE]      columns with their types
  dump [SERVER] [DATABASE] [TABLE [COLUMN]...]  all rows
  monitor [SERVER] [DATABASE] TABLE [COLUMN,...]...
                                                rows as they are, and each change; ALL for every table
  transact [SERVER] TRANSACTION                 a transaction as RFC 7047 has it
Options: -f table|list|html|csv|json, -d string|bare|json, --no-headings, --pretty, --bare, -t SECS
`

interface ClientRun {
  readonly proc: Process
  readonly db: OvsDb
  readonly style: TableStyle
  readonly words: readonly string[]
}

function print({ proc, db, style }: ClientRun, table: PrintedTable): number {
  proc.out(printTable(table, style, db.ovsVersion))
  return 0
}

function say(proc: Process, text: string): number {
  proc.line(text)
  return 0
}

function listDatabases({ proc, db }: ClientRun): number {
  return say(proc, atLeast(db.ovsVersion, '2.9') ? 'Open_vSwitch\n_Server' : 'Open_vSwitch')
}

function textTable(headings: readonly string[], rows: readonly (readonly string[])[]): PrintedTable {
  return { headings, rows: rows.map((row) => row.map((text): Cell => ({ text }))) }
}

function tableNamed({ db }: ClientRun, name: string): TableSchema {
  const table = db.schema.tables.get(name)
  if (table === undefined) throw new ClientFault(`No table "${name}" found.`)
  return table
}

function listColumns(run: ClientRun): number {
  const tables = run.words.length === 0 ? [...run.db.schema.tables.values()] : [tableNamed(run, run.words[0]!)]
  const rows = tables.flatMap((table) =>
    columnNames(table).map((name) => {
      const column = table.columns.get(name)
      const type = JSON.stringify(column === undefined ? 'uuid' : columnTypeJson(column.type))
      return run.words.length === 0 ? [table.name, name, type] : [name, type]
    }),
  )
  return print(run, textTable(run.words.length === 0 ? ['Table', 'Column', 'Type'] : ['Column', 'Type'], rows))
}

/** Tables in the order of their names, rows in the order of what is shown. */
function dump(run: ClientRun): number {
  const [name, ...columns] = run.words
  const tables = name === undefined ? [...run.db.schema.tables.values()] : [tableNamed(run, name)]
  for (const [i, table] of tables.entries()) {
    const names = columns.length > 0 ? [...new Set(columns)].sort() : ['_uuid', ...table.columns.keys()]
    const unknown = names.find((column) => !columnNames(table).includes(column))
    if (unknown !== undefined) throw new ClientFault(`Table "${table.name}" has no column "${unknown}".`)
    // Rows are sorted by what they say; uuids decide last.
    const keys = [...names.filter((column) => !column.startsWith('_')), ...names.filter((column) => column.startsWith('_'))]
    const found = [...run.db.table(table.name).rows.values()].map((row) => ({
      key: keys.map((column) => keyOf(cellOfRow(row, column))),
      cells: names.map((column) => cellOfRow(row, column)),
    }))
    const rows = found.sort((a, b) => compareKeys(a.key, b.key)).map(({ cells }) => cells)
    if (i > 0) run.proc.out('\n')
    print(run, { caption: `${table.name} table`, headings: names, rows })
  }
  return 0
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (const [i, left] of a.entries()) if (left !== b[i]) return left < b[i]! ? -1 : 1
  return 0
}

function keyOf(cell: Cell): string {
  return 'text' in cell ? cell.text : JSON.stringify([cell.datum.keys.length, cell.datum.keys, cell.datum.values])
}

const COMMANDS: Readonly<Record<string, { readonly max: number; readonly min?: number; run(run: ClientRun): number | Promise<number> }>> = {
  'list-dbs': { max: 0, run: listDatabases },
  'get-schema': { max: 0, run: ({ proc, db, style }) => say(proc, jsonText(schemaJson(db.schema), style.pretty)) },
  'get-schema-version': { max: 0, run: ({ proc, db }) => say(proc, db.schema.version) },
  'list-tables': {
    max: 0,
    run: (run) =>
      print(
        run,
        textTable(
          ['Table'],
          [...run.db.schema.tables.keys()].map((name) => [name]),
        ),
      ),
  },
  'list-columns': { max: 1, run: listColumns },
  dump: { max: Number.POSITIVE_INFINITY, run: dump },
  monitor: { min: 1, max: Number.POSITIVE_INFINITY, run: (run) => monitor(run.proc, run.db, run.style, run.words) },
  transact: { min: 1, max: 1, run: ({ proc, db, style, words }) => say(proc, jsonText(transactJson(db, words[0]!), style.pretty)) },
}
const UNEMULATED = [
  'backup',
  'restore',
  'convert',
  'needs-conversion',
  'wait',
  'lock',
  'steal',
  'unlock',
  'query',
  'monitor-cond',
  'get-schema-cksum',
  'monitor-cond-since',
]

async function run(proc: Process): Promise<number> {
  const options = parseOptions(GRAMMAR, proc.argv.slice(1))
  if (options.problem !== null) {
    proc.error(getoptMessage(proc.name, options.problem))
    return options.problem.kind === 'not-emulated' ? 126 : 1
  }
  if (options.has('help')) proc.out(USAGE)
  if (options.has('version')) proc.line(`${proc.name} (Open vSwitch) ${proc.machine.image.tool('ovs')}`)
  if (options.has('help') || options.has('version')) return 0
  try {
    return await command(proc, options)
  } catch (error) {
    if (!(error instanceof ClientFault)) throw error
    proc.error(`${proc.name}: ${error.message}`)
    return 1
  }
}

async function command(proc: Process, options: ParsedOptions): Promise<number> {
  const [name, ...operands] = options.operands
  if (name === undefined) throw new ClientFault('missing command name; use --help for help')
  if (UNEMULATED.includes(name)) return notEmulated(proc, name)
  const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : null
  if (found === null) throw new ClientFault(`unknown command '${name}'; use --help for help`)
  const rest = [...operands]
  const server = /^[a-z]+:/.test(rest[0] ?? '') ? rest.shift()! : `unix:${OVS_SOCKET}`
  if (rest[0] === 'Open_vSwitch' && (name !== 'monitor' || rest.length > 1)) rest.shift()
  if (rest.length < (found.min ?? 0) || rest.length > found.max) throw new ClientFault(`invalid syntax for '${name}' (use --help for help)`)
  await proc.compute(1500)
  const db = await connect(proc, server)
  return await found.run({ proc, db, style: styleOf(options), words: rest })
}

async function connect(proc: Process, server: string): Promise<OvsDb> {
  const failed = (why: string): ClientFault => new ClientFault(`failed to connect to "${server}" (${why})`)
  if (server.replace('unix:/run/', 'unix:/var/run/') !== `unix:${OVS_SOCKET}`) throw failed('No such file or directory')
  if (!proc.isRoot) throw failed('Permission denied')
  const answer = (await openvswitchOn(proc.machine)?.connect()) ?? 'ENOENT'
  if (typeof answer === 'string') throw failed(answer === 'ENOENT' ? 'No such file or directory' : 'Connection refused')
  return answer
}

function styleOf(options: ParsedOptions): TableStyle {
  const isBare = options.has('bare')
  const format = (['list', 'table', 'html', 'csv', 'json'] as const).find((one) => one === options.value('format'))
  const cells = (['string', 'bare', 'json'] as const).find((one) => one === options.value('data'))
  if (options.has('format') && format === undefined) throw new ClientFault(`unknown output format "${options.value('format')}"`)
  if (options.has('data') && cells === undefined) throw new ClientFault(`unknown data format "${options.value('data')}"`)
  return {
    format: format ?? (isBare ? 'list' : 'table'),
    cells: cells ?? (isBare ? 'bare' : 'string'),
    headings: !isBare && !options.has('no-headings'),
    pretty: options.has('pretty'),
  }
}

export const ovsdbClientCommand: Command = {
  name: 'ovsdb-client',
  path: '/usr/bin/ovsdb-client',
  usage: 'ovsdb-client [OPTIONS] COMMAND [ARG...]',
  changes: true,
  run,
}
