// Output of cliff's commands: a list or one object as table, csv, json, value, yaml or shell.
import type { ParsedArguments } from '../../../grammar/argparse.js'
import { prettyTable } from '../pretty-table.js'
import { type Cell, FormattedCell, ShownCell } from './cells.js'
import { fitted } from './fit-width.js'
import { type Json, type JsonObject, jsonDumps, pythonText, quotedText } from './python.js'
import { type ClientRelease, isModernRelease, isWithData } from './release.js'
import { yamlText } from './yaml.js'

export interface Listing {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

type Plain = Json | ShownCell

/** The client's own complaint: one line on standard error, exit code 1. */
export class ClientError extends Error {}

export function formatListing(listing: Listing, parsed: ParsedArguments, release: ClientRelease, terminalWidth = 0): string {
  const chosen = chosenColumns(sorted(listing, parsed), parsed, release)
  const { columns } = chosen
  const rows = chosen.rows.map((row) => row.map((cell) => formatted(cell, parsed, release)))
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
      return tableText(columns, rows, release, widthOf(parsed, terminalWidth))
  }
}

/** What a format is given of a column with a formatter: the text for people, the data (as a text where text is all there is) for programs. */
function formatted(cell: Cell, parsed: ParsedArguments, release: ClientRelease): Plain {
  if (!(cell instanceof FormattedCell)) return cell
  const format = parsed.value('formatter') ?? 'table'
  if (!isWithData(release) || format === 'table') return cell.text
  return format === 'json' || format === 'yaml' ? cell.data : pythonText(cell.data, release.python)
}

/** How wide a table may be; 0: as it is. */
function widthOf(parsed: ParsedArguments, terminalWidth: number): number {
  const width = Number(parsed.value('maxWidth') ?? 0)
  if (width > 0) return width
  return parsed.has('fitWidth') ? terminalWidth : 0
}

/** Fields in the order given (cliff's commands sort them). */
export function formatOne(
  fields: readonly (readonly [string, Cell])[],
  parsed: ParsedArguments,
  release: ClientRelease,
  terminalWidth = 0,
): string {
  const wanted = parsed.values('columns')
  const kept = wanted.length === 0 ? fields : fields.filter(([name]) => wanted.includes(name))
  const chosen = kept.map(([name, cell]) => [name, formatted(cell, parsed, release)] as const)
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
    case 'json': {
      const names = chosen.map(([name]) => name)
      const values = chosen.map(([, value]) => value)
      return jsonDumps(objectOf(names, values), python, parsed.has('noindent') ? null : 2) + (isWithData(release) ? '\n' : '')
    }
    case 'yaml':
      return chosen.map(([name, value]) => yamlText({ [name]: dataOf(value) }, python)).join('')
    case 'value':
      return chosen.map(([, value]) => `${plainText(value, python)}\n`).join('')
    default:
      if (chosen.length === 0) return '\n'
      return drawn(
        ['Field', 'Value'],
        chosen.map(([name, value]) => [name, cellText(value, release)]),
        { width: widthOf(parsed, terminalWidth), narrowest: 16 },
      )
  }
}

function tableText(columns: readonly string[], rows: readonly (readonly Plain[])[], release: ClientRelease, width: number): string {
  const rightColumns = columns.map((_, column) => isNumber(rows[0]?.[column]))
  const texts = rows.map((row) => row.map((cell) => cellText(cell, release)))
  return drawn(columns, texts, { width, narrowest: 8, rightColumns })
}

interface Drawing {
  readonly width: number
  /** A column that is cut is at least this wide. */
  readonly narrowest: number
  readonly rightColumns?: readonly boolean[]
}

function drawn(columns: readonly string[], texts: readonly (readonly string[])[], { width, narrowest, rightColumns }: Drawing): string {
  const style = { centreHeadings: false, ...(rightColumns === undefined ? {} : { rightColumns }) }
  const lines = prettyTable(columns, texts, style)
  if (width === 0 || lines[0]!.length <= width) return `${lines.join('\n')}\n`
  const { rows, widths } = fitted(texts, lines[0]!, { width, narrowest, headings: columns })
  return `${prettyTable(columns, rows, { ...style, widths }).join('\n')}\n`
}

function cellText(cell: Plain, { python }: ClientRelease): string {
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
function compareCells(one: Cell, other: Cell): number {
  const a = one instanceof FormattedCell ? one.text : one
  const b = other instanceof FormattedCell ? other.text : other
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

function objectOf(columns: readonly string[], row: readonly Plain[]): JsonObject {
  return Object.fromEntries(columns.map((name, i) => [name, dataOf(row[i] ?? null)]))
}

/** Python's csv writer: numbers stay bare in the mode `nonnumeric`. */
function csvLine(row: readonly Plain[], mode: string, { python }: ClientRelease): string {
  return row
    .map((cell) => {
      const text = cell === null ? '' : plainText(cell, python)
      if (mode === 'none') return text.replace(/[",\\\r\n]/g, '\\$&')
      const isBare = isNumber(cell) || typeof cell === 'boolean'
      const needs = mode === 'all' || (mode === 'nonnumeric' ? !isBare : mode === 'minimal' && /[",\r\n]/.test(text))
      return needs ? `"${text.replace(/"/g, '""')}"` : text
    })
    .join(',')
}

function shellText(fields: readonly (readonly [string, Plain])[], parsed: ParsedArguments, release: ClientRelease): string {
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

function isNumber(cell: Plain | undefined): boolean {
  return typeof cell === 'number' || (cell instanceof ShownCell && cell.isNumber)
}

function plainText(cell: Plain, python: 2 | 3): string {
  return cell instanceof ShownCell ? cell.text : pythonText(cell, python)
}

function dataOf(cell: Plain): Json {
  return cell instanceof ShownCell ? cell.data : cell
}
