// The commands every resource of neutron has: list, show, create, update, delete.
import type { Argument, ParsedArguments } from '../../../grammar/argparse.js'
import type { Cell } from '../shared/cells.js'
import { ClientError, formatListing, formatOne } from '../shared/formatters.js'
import { isList, isObject, type Json, type JsonObject, jsonDumps, pythonRepr, pythonText } from '../shared/python.js'
import { type ClientRelease, isModernRelease } from '../shared/release.js'
import type { Query } from './client.js'
import type { NeutronCall, NeutronCommand } from './command.js'
import { parseExtraWords } from './extra-words.js'

/** How a cell of a list looks when it is not the attribute itself. */
export type CellFormat = (row: JsonObject, release: ClientRelease) => Cell

export interface ListSpec {
  readonly name: string
  readonly summary: string
  readonly resource: string
  readonly columns: (release: ClientRelease) => readonly string[]
  readonly formats?: Readonly<Record<string, CellFormat>>
  /** Positional words of its own. */
  readonly operands?: readonly Argument[]
  readonly options?: readonly Argument[]
  readonly isPaged?: boolean
  /** Filters of its own, before the user's. */
  readonly filters?: (call: NeutronCall) => Promise<Query>
  /** Where the rows come from, when not from the resource's own list. */
  readonly fetch?: (call: NeutronCall, query: Query) => Promise<JsonObject[]>
  /** Names for ids and the like, before columns are chosen. */
  readonly extend?: (call: NeutronCall, rows: JsonObject[]) => Promise<JsonObject[]>
  readonly rename?: (call: NeutronCall, column: string) => string
}

const DETAILS: readonly Argument[] = [
  { name: 'details', flags: ['-D', '--show-details'], action: 'true', help: 'Show detailed info' },
  { name: 'details', flags: ['--show_details'], action: 'true', isHidden: true },
  { name: 'fields', flags: ['--fields'], action: 'append', isHidden: true },
  {
    name: 'fields',
    flags: ['-F', '--field'],
    metavar: 'FIELD',
    action: 'append',
    help: 'Specify the field(s) to be returned by server, can be repeated',
  },
]

const PAGES: readonly Argument[] = [
  {
    name: 'pageSize',
    flags: ['-P', '--page-size'],
    metavar: 'SIZE',
    help: 'Specify retrieve unit of each request, then split one request to several requests',
  },
  {
    name: 'sortKey',
    flags: ['--sort-key'],
    metavar: 'FIELD',
    action: 'append',
    help: 'Sort list by specified fields (This option can be repeated), The number of sort_dir and sort_key should match each other, more sort_dir specified will be omitted, less will be filled with asc as default direction',
  },
  {
    name: 'sortDir',
    flags: ['--sort-dir'],
    metavar: '{asc,desc}',
    choices: ['asc', 'desc'],
    action: 'append',
    help: 'Sort list in specified directions (This option can be repeated)',
  },
]

export function listCommand(spec: ListSpec): NeutronCommand {
  return {
    name: spec.name,
    summary: spec.summary,
    kind: 'list',
    arguments: () => [...DETAILS, ...(spec.isPaged === false ? [] : PAGES), ...(spec.options ?? []), ...(spec.operands ?? [])],
    run: (call) => runList(spec, call),
  }
}

async function runList(spec: ListSpec, call: NeutronCall): Promise<void> {
  const { parsed, client } = call
  const query: [string, string][] = parsed.values('fields').map((field) => ['fields', field])
  if (parsed.has('details')) query.push(['verbose', 'True'])
  for (const [key, value] of parseExtraWords(call.extras)) query.push(...queryPairs(key, value, call.release))
  query.push(...((await spec.filters?.(call)) ?? []).map(([key, value]): [string, string] => [key, value]))
  if (parsed.value('pageSize') !== null) query.push(['limit', parsed.text('pageSize')])
  const keys = parsed.values('sortKey')
  query.push(...keys.map((key): [string, string] => ['sort_key', key]))
  query.push(...keys.map((_, i): [string, string] => ['sort_dir', parsed.values('sortDir')[i] ?? 'asc']))
  const fetched = await (spec.fetch?.(call, query) ?? client.list(spec.resource, query))
  const rows = fetched.length === 0 ? fetched : ((await spec.extend?.(call, fetched)) ?? fetched)
  const columns = columnsOf(spec, call, rows)
  const isForPeople = !isModernRelease(call.release) || isTable(parsed)
  const cells = rows.map((row) => columns.map((column) => (isForPeople ? cellOf(spec, row, column, call.release) : (row[column] ?? ''))))
  const names = columns.map((column) => spec.rename?.(call, column) ?? column)
  call.out(formatListing({ columns: names, rows: cells }, withoutColumns(parsed), call.release))
}

function queryPairs(key: string, value: Json, release: ClientRelease): [string, string][] {
  return (isList(value) ? value : [value]).map((item) => [key, pythonText(item, release.python)])
}

/** -c chooses among what came; without it the command's own columns that came. */
function columnsOf(spec: ListSpec, call: NeutronCall, rows: readonly JsonObject[]): string[] {
  const here = Object.keys(rows[0] ?? {}).sort()
  if (here.length === 0) return []
  const wanted = call.parsed.values('columns')
  if (wanted.length > 0) {
    const named = wanted.map((column) => here.find((name) => (spec.rename?.(call, name) ?? name) === column) ?? column)
    const found = named.filter((column) => here.includes(column))
    if (found.length === 0) throw noColumns(wanted, call.release)
    return found
  }
  return spec.columns(call.release).filter((column) => here.includes(column))
}

function noColumns(wanted: readonly string[], release: ClientRelease): ClientError {
  const names = wanted.map((word) => pythonRepr(word, release.python)).join(', ')
  return new ClientError(`No recognized column names in [${names}]${isModernRelease(release) ? '. Recognized columns are [].' : ''}`)
}

function cellOf(spec: ListSpec, row: JsonObject, column: string, release: ClientRelease): Cell {
  const format = spec.formats?.[column]
  return format === undefined ? (row[column] ?? '') : format(row, release)
}

function isTable(parsed: ParsedArguments): boolean {
  return (parsed.value('formatter') ?? 'table') === 'table'
}

/** The columns are chosen already. */
function withoutColumns(parsed: ParsedArguments): ParsedArguments {
  parsed.set('columns', [])
  return parsed
}

/** One JSON object a line. */
export function jsonLines(attribute: string): CellFormat {
  return (row, release) => {
    const value = row[attribute]
    return isList(value) ? value.map((item) => jsonDumps(item, release.python)).join('\n') : ''
  }
}

/** Admins see whose a row is since client 6.1. */
export function withTenant(columns: readonly string[], after: number): (release: ClientRelease) => readonly string[] {
  return (release) => (isModernRelease(release) ? [...columns.slice(0, after), 'tenant_id', ...columns.slice(after)] : columns)
}

// --- one object

export function printObject(call: NeutronCall, row: JsonObject, indent: number | null = null): void {
  const isForPeople = !isModernRelease(call.release) || isTable(call.parsed)
  const fields = Object.keys(row)
    .sort()
    .map((key): [string, Cell] => [key, isForPeople ? fieldText(row[key]!, call.release, indent) : row[key]!])
  call.out(formatOne(fields, call.parsed, call.release))
}

function fieldText(value: Json, release: ClientRelease, indent: number | null): Cell {
  if (isList(value)) {
    return value.map((item) => (isObject(item) ? jsonDumps(item, release.python, indent) : pythonText(item, release.python))).join('\n')
  }
  if (isObject(value)) return jsonDumps(value, release.python, indent)
  return value ?? ''
}

export interface ResourceSpec {
  readonly resource: string
  /** `net` of net-create. */
  readonly word: string
  readonly isNamed?: boolean
  /** Blanks by which objects inside are laid out. */
  readonly indent?: (release: ClientRelease) => number | null
  readonly summaries: Readonly<Record<'show' | 'create' | 'update' | 'delete', string>>
  readonly createArguments: (release: ClientRelease) => readonly Argument[]
  readonly createBody: (call: NeutronCall) => Promise<Record<string, Json>>
  readonly updateArguments?: readonly Argument[]
  readonly updateBody?: (call: NeutronCall) => Promise<Record<string, Json>>
}

export const TENANT: readonly Argument[] = [
  { name: 'tenantId', flags: ['--tenant-id'], metavar: 'TENANT_ID', help: 'The owner tenant ID' },
  { name: 'tenantId', flags: ['--tenant_id'], isHidden: true },
]

function tenantArguments(release: ClientRelease): readonly Argument[] {
  if (!isModernRelease(release)) return TENANT
  return TENANT.map((argument) => (argument.help === undefined ? argument : { ...argument, help: `${argument.help}.` }))
}

export function showCommand(spec: ResourceSpec): NeutronCommand {
  const { resource } = spec
  const what = spec.isNamed === false ? 'ID' : 'ID or name'
  return {
    name: `${spec.word}-show`,
    summary: spec.summaries.show,
    kind: 'show',
    arguments: () => [...DETAILS, operandOf(resource, `${what} of ${resource} to look up`)],
    run: async (call) => {
      const { parsed, client } = call
      const query: Query = parsed.values('fields').length > 0 ? parsed.values('fields').map((field) => ['fields', field] as const) : []
      const id = spec.isNamed === false ? parsed.text('id') : await client.find(resource, parsed.text('id'))
      printObject(call, await client.show(resource, id, query), spec.indent?.(call.release) ?? null)
    },
  }
}

function operandOf(resource: string, help: string): Argument {
  return { name: 'id', metavar: resource.toUpperCase(), help, completes: resource }
}

export function createCommand(spec: ResourceSpec): NeutronCommand {
  const { resource } = spec
  return {
    name: `${spec.word}-create`,
    summary: spec.summaries.create,
    kind: 'create',
    arguments: (release) => [...tenantArguments(release), ...spec.createArguments(release)],
    run: async (call) => {
      const body = await spec.createBody(call)
      const tenant = call.parsed.value('tenantId')
      if (tenant !== null) body.tenant_id = tenant
      for (const [key, value] of parseExtraWords(call.extras)) body[key] = value
      const row = await call.client.create(resource, body)
      if (!isModernRelease(call.release) || isTable(call.parsed)) call.out(`Created a new ${resource}:\n`)
      printObject(call, row, spec.indent?.(call.release) ?? null)
    },
  }
}

export function updateCommand(spec: ResourceSpec): NeutronCommand {
  const { resource } = spec
  return {
    name: `${spec.word}-update`,
    summary: spec.summaries.update,
    kind: 'act',
    arguments: () => [operandOf(resource, `ID or name of ${resource} to update`), ...(spec.updateArguments ?? [])],
    run: async (call) => {
      const body = (await spec.updateBody?.(call)) ?? {}
      for (const [key, value] of parseExtraWords(call.extras)) body[key] = value
      if (Object.keys(body).length === 0) throw new ClientError(`Must specify new values to update ${resource}`)
      const wanted = call.parsed.text('id')
      const id = spec.isNamed === false ? await call.client.findById(resource, wanted) : await call.client.find(resource, wanted)
      await call.client.update(resource, id, body)
      call.out(`Updated ${resource}: ${wanted}\n`)
    },
  }
}

/** Since client 4 one command deletes several. */
export function deleteCommand(spec: ResourceSpec): NeutronCommand {
  const { resource } = spec
  const what = spec.isNamed === false ? 'ID' : 'ID or name'
  return {
    name: `${spec.word}-delete`,
    summary: spec.summaries.delete,
    kind: 'act',
    arguments: (release) => {
      if (!isModernRelease(release)) return [operandOf(resource, `${what} of ${resource} to delete`)]
      return [{ ...operandOf(resource, `${what}(s) of ${resource}(s) to delete.`), nargs: '+' }]
    },
    run: (call) => (isModernRelease(call.release) ? deleteSeveral(spec, call) : deleteOne(spec, call)),
  }
}

async function deleteOne(spec: ResourceSpec, { client, parsed, out }: NeutronCall): Promise<void> {
  const wanted = parsed.text('id')
  const id = spec.isNamed === false ? wanted : await client.find(spec.resource, wanted)
  await client.delete(spec.resource, id)
  out(`Deleted ${spec.resource}: ${wanted}\n`)
}

async function deleteSeveral(spec: ResourceSpec, { client, parsed, out }: NeutronCall): Promise<void> {
  const { resource } = spec
  const wanted = parsed.values('id')
  if (wanted.length === 1) {
    await client.delete(resource, spec.isNamed === false ? wanted[0]! : await client.find(resource, wanted[0]!))
    out(`Deleted ${resource}(s): ${wanted[0]}\n`)
    return
  }
  const gone: string[] = []
  const missing: string[] = []
  for (const word of wanted) {
    try {
      await client.delete(resource, spec.isNamed === false ? word : await client.find(resource, word))
      gone.push(word)
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      missing.push(word)
    }
  }
  if (gone.length > 0) out(`Deleted ${resource}(s): ${gone.join(', ')}\n`)
  if (missing.length > 0) throw new ClientError(`Unable to find ${resource}(s) with id(s) '${missing.join(', ')}'.`)
}

export function commandsOf(spec: ResourceSpec): readonly NeutronCommand[] {
  return [showCommand(spec), createCommand(spec), updateCommand(spec), deleteCommand(spec)]
}
