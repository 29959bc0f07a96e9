// JSON the way iproute2's writer lays it out: compact for -j, its own indentation for -j -p.

/** Keys in the real tool's order. Undefined values are left out. */
export interface Row {
  readonly [key: string]: RowValue
}
export type RowValue = string | number | boolean | null | undefined | Decimal | Row | readonly RowValue[]

/** A number printed with its two decimals (timers). */
export class Decimal {
  constructor(readonly value: number) {}
  toString(): string {
    return this.value.toFixed(2)
  }
}

export function printJson(rows: readonly RowValue[], pretty: boolean): string {
  return `${pretty ? prettyArray(rows, 0) : compact(rows)}\n`
}

function scalar(value: string | number | boolean | null | Decimal): string {
  return value instanceof Decimal ? value.toString() : JSON.stringify(value)
}

function entriesOf(row: Row): [string, Exclude<RowValue, undefined>][] {
  return Object.entries(row).filter((entry): entry is [string, Exclude<RowValue, undefined>] => entry[1] !== undefined)
}

function isRow(value: RowValue): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal)
}

function compact(value: RowValue): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return `[${value.map(compact).join(',')}]`
  if (isRow(value))
    return `{${entriesOf(value)
      .map(([key, inner]) => `${JSON.stringify(key)}:${compact(inner)}`)
      .join(',')}}`
  return scalar(value as string | number | boolean | null | Decimal)
}

/** jsonw: objects inside an array open on the line of the bracket and deepen by two levels. */
function prettyArray(values: readonly RowValue[], depth: number): string {
  if (values.length === 0) return '[ ]'
  if (!values.some((value) => isRow(value))) return `[ ${values.map((value) => pretty(value, depth + 1)).join(',')} ]`
  return `[ ${values.map((value) => pretty(value, depth + 1)).join(',')} ]`
}

function pretty(value: RowValue, depth: number): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return prettyArray(value, depth)
  if (!isRow(value)) return scalar(value as string | number | boolean | null | Decimal)
  const inner = '    '.repeat(depth + 1)
  const body = entriesOf(value).map(([key, item]) => `\n${inner}${JSON.stringify(key)}: ${pretty(item, depth + 1)}`)
  return body.length === 0 ? '{}' : `{${body.join(',')}\n${'    '.repeat(depth)}}`
}
