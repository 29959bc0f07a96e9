// Relations of `find` and `wait-until` between a column's value and a wanted one.
import type { Datum } from '../../../ovs/db/datum.js'
import { compareAtoms } from '../../../ovs/db/schema.js'

export const OPERATORS = ['=', '!=', '<', '>', '<=', '>=', '{=}', '{!=}', '{<}', '{>}', '{<=}', '{>=}', '{in}', '{not-in}'] as const

/** Longer is greater; else by the first key that differs, then by the first value. */
export function compareDatum(a: Datum, b: Datum): number {
  if (a.keys.length !== b.keys.length) return a.keys.length < b.keys.length ? -1 : 1
  for (const [left, right] of [
    [a.keys, b.keys],
    [a.values, b.values],
  ] as const)
    for (let i = 0; i < left.length; i++) {
      const order = compareAtoms(left[i]!, right[i]!)
      if (order !== 0) return order
    }
  return 0
}

function includesAll(part: Datum, whole: Datum): boolean {
  return part.keys.every((key, i) => {
    const at = whole.keys.indexOf(key)
    return at >= 0 && (part.values.length === 0 || whole.values.length === 0 || whole.values[at] === part.values[i])
  })
}

function excludesAll(a: Datum, b: Datum): boolean {
  return a.keys.every((key, i) => {
    const at = b.keys.indexOf(key)
    return at < 0 || (a.values.length > 0 && b.values[at] !== a.values[i])
  })
}

export function isSatisfied(have: Datum, wanted: Datum, operator: string): boolean {
  switch (operator) {
    case '=':
    case '{=}':
      return compareDatum(have, wanted) === 0
    case '!=':
    case '{!=}':
      return compareDatum(have, wanted) !== 0
    case '<':
      return compareDatum(have, wanted) < 0
    case '>':
      return compareDatum(have, wanted) > 0
    case '<=':
      return compareDatum(have, wanted) <= 0
    case '>=':
      return compareDatum(have, wanted) >= 0
    case '{<}':
      return wanted.keys.length > have.keys.length && includesAll(have, wanted)
    case '{>}':
      return have.keys.length > wanted.keys.length && includesAll(wanted, have)
    case '{<=}':
    case '{in}':
      return includesAll(have, wanted)
    case '{>=}':
      return includesAll(wanted, have)
    default:
      return excludesAll(have, wanted)
  }
}
