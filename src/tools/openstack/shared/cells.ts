// Cells of the openstack client: joined lists, `key='value'` pairs, and where a thing is.
import { isList, isObject, type Json, type JsonObject, keysInOrder, pythonRepr, pythonText, quotedText } from './python.js'

/** Shown to people as a text, given to programs as data. */
export class ShownCell {
  constructor(
    readonly text: string,
    readonly data: Json,
    /** Stands at the right of its column. */
    readonly isNumber = false,
  ) {}
}

/** Python shows a float as one: 1.0. */
export function floatCell(value: Json | undefined): Cell {
  return typeof value === 'number' && Number.isInteger(value) ? new ShownCell(`${value}.0`, value, true) : (value ?? null)
}

/** A column with a formatter of its own: since openstackclient 4 programs get the data, tables the text; before that all get the text. */
export class FormattedCell {
  constructor(
    readonly text: string,
    readonly data: Json,
  ) {}
}

export type Cell = Json | ShownCell | FormattedCell

/** `a, b`, sorted; nothing for an empty list. */
export function joined(value: Json | undefined): Cell {
  return isList(value) ? new FormattedCell(value.map(String).sort().join(', '), value) : (value ?? null)
}

/** `ip_address='10.0.0.5', subnet_id='..'`, keys sorted. */
export function pairs(value: Json | undefined, python: 2 | 3): Cell {
  return isObject(value) ? new FormattedCell(pairsText(value, python), value) : (value ?? null)
}

export function pairsText(value: JsonObject, python: 2 | 3): string {
  return Object.keys(value)
    .sort()
    .map((key) => `${key}='${pythonText(value[key]!, python)}'`)
    .join(', ')
}

/** Pairs, one object a line. */
export function pairLines(value: Json | undefined, python: 2 | 3): Cell {
  if (!isList(value)) return value ?? null
  return new FormattedCell(value.map((item) => (isObject(item) ? pairsText(item, python) : pythonText(item, python))).join('\n'), value)
}

/** The SDK's Munch of region and project. */
export function locationCell(location: JsonObject, python: 2 | 3): ShownCell {
  return new ShownCell(munchRepr(location, python), location)
}

/** Words of the configuration are plain texts in Python 2, what came as JSON is unicode. */
function munchRepr(value: Json, python: 2 | 3, key = ''): string {
  if (isObject(value)) {
    const inside = keysInOrder(value, python).map((name) => `${quotedText(name, python)}: ${munchRepr(value[name]!, python, name)}`)
    return `Munch({${inside.join(', ')}})`
  }
  return typeof value === 'string' && key !== 'id' ? quotedText(value, python) : pythonRepr(value, python)
}
