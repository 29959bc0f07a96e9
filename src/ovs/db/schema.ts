// Types of the database: atoms, sets and maps with their limits, as `ovsdb-client get-schema` tells them. The tables themselves: tables.ts.

export type AtomType = 'integer' | 'real' | 'boolean' | 'string' | 'uuid'

/** Integers and reals are numbers; uuids are text. */
export type Atom = string | number | boolean

export interface BaseType {
  readonly type: AtomType
  readonly min: number | null
  readonly max: number | null
  readonly choices: readonly string[] | null
  readonly refTable: string | null
  readonly isWeak: boolean
}

export interface ColumnType {
  readonly key: BaseType
  /** null: a set, not a map. */
  readonly value: BaseType | null
  readonly min: number
  /** Infinity: unlimited. */
  readonly max: number
}

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly isEphemeral: boolean
  readonly isMutable: boolean
}

export interface TableSchema {
  readonly name: string
  /** Rows stay though nothing refers to them. */
  readonly isRoot: boolean
  readonly maxRows: number | null
  readonly indexes: readonly (readonly string[])[]
  /** By name, in the order of their names, as the clients list them. */
  readonly columns: ReadonlyMap<string, Column>
}

export interface Schema {
  readonly name: string
  readonly version: string
  /** By name, in the order of their names. */
  readonly tables: ReadonlyMap<string, TableSchema>
}

/** `integer(1..4095)`, `string(a|b)`, `->Port`, `~>Port` */
const BASE = /^(?:(->|~>)(\w+)|(\w+)(?:\((?:(-?\d*)\.\.(\d*)|([^)]*))\))?)$/

function parseBase(text: string): BaseType {
  const match = BASE.exec(text)
  if (match === null) throw new Error(`no base type: ${text}`)
  const [, arrow, refTable = null, type, min, max, words] = match
  return {
    type: arrow === undefined ? (type as AtomType) : 'uuid',
    min: min === undefined || min === '' ? null : Number(min),
    max: max === undefined || max === '' ? null : Number(max),
    choices: words?.split('|') ?? null,
    refTable,
    isWeak: arrow === '~>',
  }
}

/** A base type, or two joined by `=`; behind it `?` (at most one), `*` (any number), `+` (one or more) or `{0,4096}`. */
export function parseColumnType(text: string): ColumnType {
  const match = /^(.*?)(\?|\*|\+|\{(\d+),(\d+)\})?$/.exec(text)!
  const [key, value] = match[1]!.split('=')
  const [min, max] = countsOf(match[2], match[3], match[4])
  return { key: parseBase(key!), value: value === undefined ? null : parseBase(value), min, max }
}

function countsOf(mark: string | undefined, low: string | undefined, high: string | undefined): [number, number] {
  switch (mark) {
    case undefined:
      return [1, 1]
    case '?':
      return [0, 1]
    case '*':
      return [0, Number.POSITIVE_INFINITY]
    case '+':
      return [1, Number.POSITIVE_INFINITY]
    default:
      return [Number(low), Number(high)]
  }
}

/** In the order in which OVS compares them. */
export function compareAtoms(a: Atom, b: Atom): number {
  return a < b ? -1 : a > b ? 1 : 0
}
