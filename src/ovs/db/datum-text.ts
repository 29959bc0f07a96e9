// Values as text: what clients print (`to`), in three forms, and what people type (`from`).
import { atLeast } from '../version.js'
import { type Datum, defaultDatum, NO_UUID, sameDatum } from './datum.js'
import type { Atom, AtomType, ColumnType } from './schema.js'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** Before 2.13 a digit was reason enough for quotes: `"eth2"`, but `patch-tun`. */
function needsQuotes(text: string, version: string): boolean {
  const plain = atLeast(version, '2.13') ? /^[A-Za-z_][A-Za-z0-9_.-]*$/ : /^[A-Za-z_][A-Za-z_.-]*$/
  return !plain.test(text) || text === 'true' || text === 'false' || isUuid(text)
}

export function atomText(atom: Atom, type: AtomType, version: string): string {
  if (type === 'string' && needsQuotes(String(atom), version)) return JSON.stringify(atom)
  return String(atom)
}

export function datumText(datum: Datum, type: ColumnType, version: string): string {
  const items = datum.keys.map((key, i) => {
    const text = atomText(key, type.key.type, version)
    return type.value === null ? text : `${text}=${atomText(datum.values[i]!, type.value.type, version)}`
  })
  if (type.max === 1 && items.length > 0) return items.join(', ')
  return type.value === null ? `[${items.join(', ')}]` : `{${items.join(', ')}}`
}

/** `--data=bare`: no quotes, no brackets. */
export function datumBare(datum: Datum): string {
  return datum.keys.map((key, i) => (datum.values.length === 0 ? String(key) : `${key}=${datum.values[i]}`)).join(' ')
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export function atomJson(atom: Atom, type: AtomType): Json {
  return type === 'uuid' ? ['uuid', atom] : atom
}

/** RFC 7047, section 5.1. */
export function datumJson(datum: Datum, type: ColumnType): Json {
  const { value } = type
  if (value !== null) return ['map', datum.keys.map((key, i) => [atomJson(key, type.key.type), atomJson(datum.values[i]!, value.type)])]
  const atoms = datum.keys.map((key) => atomJson(key, type.key.type))
  return atoms.length === 1 ? atoms[0]! : ['set', atoms]
}

export function isDefault(datum: Datum, type: ColumnType): boolean {
  if (type.min === 1 && type.key.type === 'uuid') return datum.keys.length === 1 && datum.keys[0] === NO_UUID
  return sameDatum(datum, defaultDatum(type))
}
