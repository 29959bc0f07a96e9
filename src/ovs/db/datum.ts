// Values of columns: sorted sets and maps of atoms. A scalar is a set of one.
import { type Atom, type AtomType, type ColumnType, compareAtoms } from './schema.js'

export interface Datum {
  readonly keys: readonly Atom[]
  /** Empty for sets. */
  readonly values: readonly Atom[]
}

export const EMPTY: Datum = { keys: [], values: [] }
export const NO_UUID = '00000000-0000-0000-0000-000000000000'

export function scalar(atom: Atom): Datum {
  return { keys: [atom], values: [] }
}

/** Sorted, each once. */
export function setOf(atoms: Iterable<Atom>): Datum {
  const keys = [...new Set(atoms)].sort(compareAtoms)
  return { keys, values: [] }
}

/** Sorted by key; of equal keys the last one stays. */
export function mapOf(entries: Iterable<readonly [Atom, Atom]>): Datum {
  const sorted = [...new Map(entries)].sort((a, b) => compareAtoms(a[0], b[0]))
  return { keys: sorted.map(([key]) => key), values: sorted.map(([, value]) => value) }
}

export function entriesOf(datum: Datum): [Atom, Atom][] {
  return datum.keys.map((key, i) => [key, datum.values[i]!])
}

/** The value of a key of a map; null when it is not there. */
export function lookUp(datum: Datum, key: Atom): Atom | null {
  const i = datum.keys.indexOf(key)
  return i < 0 ? null : datum.values[i]!
}

export function stringMap(datum: Datum): Map<string, string> {
  return new Map(datum.keys.map((key, i) => [String(key), String(datum.values[i])]))
}

export function sameDatum(a: Datum, b: Datum): boolean {
  if (a.keys.length !== b.keys.length || a.values.length !== b.values.length) return false
  for (let i = 0; i < a.keys.length; i++) if (a.keys[i] !== b.keys[i] || a.values[i] !== b.values[i]) return false
  return true
}

/** Of sets and maps: what `b` has comes in; keys that are there keep their values. */
export function union(a: Datum, b: Datum, isMap: boolean): Datum {
  return isMap ? mapOf([...entriesOf(b), ...entriesOf(a)]) : setOf([...a.keys, ...b.keys])
}

/** What `b` has goes; of maps only where the values are the same too. */
export function difference(a: Datum, b: Datum, isMap: boolean): Datum {
  if (!isMap) return setOf(a.keys.filter((key) => !b.keys.includes(key)))
  return mapOf(entriesOf(a).filter(([key, value]) => lookUp(b, key) !== value))
}

function zeroOf(type: AtomType): Atom {
  switch (type) {
    case 'integer':
    case 'real':
      return 0
    case 'boolean':
      return false
    case 'string':
      return ''
    case 'uuid':
      return NO_UUID
  }
}

const defaults = new WeakMap<ColumnType, Datum>()

export function defaultDatum(type: ColumnType): Datum {
  if (type.min === 0) return EMPTY
  let datum = defaults.get(type)
  if (datum === undefined) {
    datum = { keys: [zeroOf(type.key.type)], values: type.value === null ? [] : [zeroOf(type.value.type)] }
    defaults.set(type, datum)
  }
  return datum
}
