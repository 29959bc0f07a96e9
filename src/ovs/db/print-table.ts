// Tables as the database clients print them: `--format` and `--data`.
import type { Datum } from './datum.js'
import { datumBare, datumJson, datumText, type Json } from './datum-text.js'
import type { ColumnType } from './schema.js'

export type TableFormat = 'list' | 'table' | 'html' | 'csv' | 'json'
export type CellFormat = 'string' | 'bare' | 'json'

export interface TableStyle {
  format: TableFormat
  cells: CellFormat
  headings: boolean
  pretty: boolean
}

export type Cell = { readonly datum: Datum; readonly type: ColumnType } | { readonly text: string }

export interface PrintedTable {
  readonly headings: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  readonly caption?: string
}

export function printTable(table: PrintedTable, style: TableStyle, version: string): string {
  const cells = table.rows.map((row) => row.map((cell) => cellText(cell, style, version)))
  switch (style.format) {
    case 'list':
      return listText(table, cells, style)
    case 'table':
      return columnsText(table, cells, style)
    case 'csv':
      return csvText(table, cells, style)
    case 'html':
      return htmlText(table, cells, style)
    case 'json':
      return `${jsonText(tableJson(table), style.pretty)}\n`
  }
}

function cellText(cell: Cell, style: TableStyle, version: string): string {
  if ('text' in cell) return cell.text
  switch (style.cells) {
    case 'string':
      return datumText(cell.datum, cell.type, version)
    case 'bare':
      return datumBare(cell.datum)
    case 'json':
      return JSON.stringify(datumJson(cell.datum, cell.type))
  }
}

function listText(table: PrintedTable, cells: readonly (readonly string[])[], style: TableStyle): string {
  const caption = table.caption === undefined ? '' : `${table.caption}\n`
  const blocks = cells.map((row) =>
    row.map((text, i) => (style.headings ? `${table.headings[i]!.padEnd(20)}: ${text}\n` : `${text}\n`)).join(''),
  )
  return caption + blocks.join('\n')
}

function columnsText(table: PrintedTable, cells: readonly (readonly string[])[], style: TableStyle): string {
  const widths = table.headings.map((heading, i) => Math.max(style.headings ? heading.length : 0, ...cells.map((row) => row[i]!.length)))
  const line = (row: readonly string[]): string =>
    `${row.map((text, i) => (i < row.length - 1 ? text.padEnd(widths[i]!) : text)).join(' ')}\n`
  const head = style.headings ? [line(table.headings), line(widths.map((width) => '-'.repeat(width)))] : []
  return `${table.caption === undefined ? '' : `${table.caption}\n`}${[...head, ...cells.map(line)].join('')}`
}

function csvText(table: PrintedTable, cells: readonly (readonly string[])[], style: TableStyle): string {
  const field = (text: string): string => (/[\n",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const line = (row: readonly string[]): string => `${row.map(field).join(',')}\n`
  const head = style.headings ? [line(table.headings)] : []
  return `${table.caption === undefined ? '' : `${table.caption}\n`}${[...head, ...cells.map(line)].join('')}`
}

function htmlText(table: PrintedTable, cells: readonly (readonly string[])[], style: TableStyle): string {
  const row = (texts: readonly string[], tag: string): string =>
    `  <tr>\n${texts.map((text) => `    <${tag}>${escapeHtml(text)}</${tag}>\n`).join('')}  </tr>\n`
  const caption = table.caption === undefined ? '' : `  <caption>${escapeHtml(table.caption)}</caption>\n`
  const head = style.headings ? row(table.headings, 'th') : ''
  return `<table border=1>\n${caption}${head}${cells.map((texts) => row(texts, 'td')).join('')}</table>\n`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function tableJson(table: PrintedTable): Json {
  const data = table.rows.map((row) => row.map((cell) => ('text' in cell ? cell.text : datumJson(cell.datum, cell.type))))
  return { ...(table.caption === undefined ? {} : { caption: table.caption }), data, headings: [...table.headings] }
}

/** Members of objects in the order of their names, as the real library prints them. */
export function jsonText(json: Json, pretty: boolean): string {
  return pretty ? prettyJson(json, 0) : JSON.stringify(sorted(json))
}

function sorted(json: Json): Json {
  if (Array.isArray(json)) return json.map(sorted)
  if (json === null || typeof json !== 'object') return json
  return Object.fromEntries(
    Object.entries(json)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, sorted(value)]),
  )
}

function prettyJson(json: Json, depth: number): string {
  const pad = '  '.repeat(depth + 1)
  if (Array.isArray(json)) {
    if (json.length === 0) return '[]'
    return `[\n${json.map((item) => `${pad}${prettyJson(item, depth + 1)}`).join(',\n')}]`
  }
  if (json === null || typeof json !== 'object') return JSON.stringify(json)
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length === 0) return '{}'
  return `{\n${entries.map(([key, value]) => `${pad}${JSON.stringify(key)}: ${prettyJson(value, depth + 1)}`).join(',\n')}}`
}
