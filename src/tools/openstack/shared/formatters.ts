// Output of cliff's commands: a list or one object as table, csv, json, value, yaml or shell.
import type { ParsedArguments } from '../../../grammar/argparse.js'
import { prettyTable } from '../pretty-table.js'
import { type Cell, ShownCell } from './cells.js'
import { type Json, type JsonObject, jsonDumps, pythonText, quotedText } from './python.js'
import { type ClientRelease, isModernRelease } from './release.js'
import { yamlText } from './yaml.js'

export interface Listing {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/** The client's own complaint: one line on standard error, exit code 1. */
export class ClientError extends Error {}

export function formatListing(listing: Listing, parsed: ParsedArguments, release: ClientRelease): string {
  const { columns, rows } = chosenColumns(sorted(listing, parsed), parsed, release)
  const { python } = release
  switch (parsed.value('formatter') ?? 'table') {
    // Old cliff leaves the line ends to Python's csv module, which writes the old way.
    case 'csv':
      return [columns, ...rows]
        .map((row) => `${csvLine(row, parsed.value('quote') ?? 'nonnumeric', release)}${isModernRelease(release) ? '' : '\r'}\n`)
        .join('')
    case 'json':
      return `${jsonDumps(
        rows.map((row) => objectOf(columns, row)),
        python,
        parsed.has('noindent') ? null : 2,
      )}\n`
    case 'yaml':
      return yamlText(
        rows.map((row) => objectOf(columns, row)),
        python,
      )
    case 'value':
      return rows.map((row) => `${row.map((cell) => plainText(cell, python)).join(' ')}\n`).join('')
    default:
      if (rows.length === 0 && !parsed.has('printEmpty')) return '\n'
      return tableText(columns, rows, release)
  }
}

/** Fields in the order given (cliff's commands sort them). */
export function formatOne(fields: readonly (readonly [string, Cell])[], parsed: ParsedArguments, release: ClientRelease): string {
  const wanted = parsed.values('columns')
  const chosen = wanted.length === 0 ? fields : fields.filter(([name]) => wanted.includes(name))
  if (chosen.length === 0 && wanted.length > 0 && isModernRelease(release))
    throw noColumns(
      wanted,
      fields.map(([name]) => name),
      release,
    )
  const { python } = release
  switch (parsed.value('formatter') ?? 'table') {
    case 'shell':
      return shellText(chosen, parsed, release)
    case 'json':
      return jsonDumps(
        objectOf(
          chosen.map(([name]) => name),
          chosen.map(([, value]) => value),
        ),
        python,
        parsed.has('noindent') ? null : 2,
      )
    case 'yaml':
      return chosen.map(([name, value]) => yamlText({ [name]: dataOf(value) }, python)).join('')
    case 'value':
      return chosen.map(([, value]) => `${plainText(value, python)}\n`).join('')
    default:
      if (chosen.length === 0) return '\n'
      return `${prettyTable(
        ['Field', 'Value'],
        chosen.map(([name, value]) => [name, cellText(value, release)]),
        { centreHeadings: false },
      ).join('\n')}\n`
  }
}

function tableText(columns: readonly string[], rows: readonly (readonly Cell[])[], release: ClientRelease): string {
  const isRight = columns.map((_, column) => isNumber(rows[0]?.[column]))
  const texts = rows.map((row) => row.map((cell) => cellText(cell, release)))
  return `${prettyTable(columns, texts, { centreHeadings: false, rightColumns: isRight }).join('\n')}\n`
}

function cellText(cell: Cell, { python }: ClientRelease): string {
  return plainText(cell, python).replace(/\r\n/g, '\n').replace(/\r/g, ' ')
}

function sorted(listing: Listing, parsed: ParsedArguments): Listing {
  const indexes = parsed.values('sortColumns').flatMap((name) => (listing.columns.includes(name) ? [listing.columns.indexOf(name)] : []))
  if (indexes.length === 0) return listing
  const rows = [...listing.rows].sort((a, b) => {
    for (const i of indexes) {
      const order = compareCells(a[i]!, b[i]!)
      if (order !== 0) return order
    }
    return 0
  })
  return { columns: listing.columns, rows }
}

/** Python 2 puts None before everything. */
function compareCells(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const left = a === null ? '' : String(a)
  const right = b === null ? '' : String(b)
  return left < right ? -1 : left > right ? 1 : 0
}

function chosenColumns(listing: Listing, parsed: ParsedArguments, release: ClientRelease): Listing {
  const wanted = parsed.values('columns')
  if (wanted.length === 0 || listing.columns.length === 0) return listing
  const indexes = listing.columns.flatMap((name, i) => (wanted.includes(name) ? [i] : []))
  if (indexes.length === 0) throw noColumns(wanted, listing.columns, release)
  return { columns: indexes.map((i) => listing.columns[i]!), rows: listing.rows.map((row) => indexes.map((i) => row[i]!)) }
}

function noColumns(wanted: readonly string[], known: readonly string[], release: ClientRelease): ClientError {
  const { python } = release
  const list = (names: readonly string[], prefix: string): string => names.map((name) => prefix + quotedText(name, python)).join(', ')
  const given = `[${list(wanted, python === 2 ? 'u' : '')}]`
  if (!isModernRelease(release)) return new ClientError(`No recognized column names in ${given}`)
  const all = `(${list(known, '')}${known.length === 1 ? ',' : ''})`
  return new ClientError(`No recognized column names in ${given}. Recognized columns are ${all}.`)
}

function objectOf(columns: readonly string[], row: readonly Cell[]): JsonObject {
  return Object.fromEntries(columns.map((name, i) => [name, dataOf(row[i] ?? null)]))
}

/** Python's csv writer: numbers stay bare in the mode `nonnumeric`. */
function csvLine(row: readonly Cell[], mode: string, { python }: ClientRelease): string {
  return row
    .map((cell) => {
      const text = cell === null ? '' : plainText(cell, python)
      const isBare = isNumber(cell) || typeof cell === 'boolean'
      const needs = mode === 'all' || (mode === 'nonnumeric' ? !isBare : mode === 'minimal' && /[",\r\n]/.test(text))
      return needs ? `"${text.replace(/"/g, '""')}"` : text
    })
    .join(',')
}

function shellText(fields: readonly (readonly [string, Cell])[], parsed: ParsedArguments, release: ClientRelease): string {
  const wanted = parsed.values('variables')
  const prefix = parsed.value('prefix') ?? ''
  let text = ''
  for (const [field, value] of fields) {
    const name = field.toLowerCase().replace(/ /g, '_')
    if (wanted.length > 0 && !wanted.includes(name)) continue
    const plain = plainText(value, release.python)
    if (isModernRelease(release)) {
      const quoted = typeof value === 'string' ? plain.replace(/"/g, '\\"') : plain
      text += `${prefix}${name.replace(/[:-]/g, '_')}="${quoted}"\n`
    } else text += `${prefix}${name}="${plain}"\n`
  }
  return text
}

function isNumber(cell: Cell | undefined): boolean {
  return typeof cell === 'number' || (cell instanceof ShownCell && cell.isNumber)
}

function plainText(cell: Cell, python: 2 | 3): string {
  return cell instanceof ShownCell ? cell.text : pythonText(cell, python)
}

function dataOf(cell: Cell): Json {
  return cell instanceof ShownCell ? cell.data : cell
}
