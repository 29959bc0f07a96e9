// What Open vSwitch's tools say, as rows: records of its database, flows of a bridge.
import type { Row } from './rows.js'

/** `ovs-vsctl --format=json list TABLE`: `external_ids` of an interface is also found as `external_ids.iface-id`. */
export function parseRecords(output: string): Row[] {
  if (output.trim() === '') return []
  const { headings, data } = JSON.parse(output) as { headings: string[]; data: unknown[][] }
  return data.map((cells) => {
    const row: Record<string, unknown> = {}
    for (const [i, heading] of headings.entries()) putColumn(row, heading, cells[i])
    return row
  })
}

/** A column's value as RFC 7047 writes it: an atom, or a pair of its kind and what is in it. */
function putColumn(row: Record<string, unknown>, column: string, value: unknown): void {
  if (!Array.isArray(value)) {
    row[column] = value
  } else if (value[0] === 'map') {
    for (const [key, inner] of value[1] as [unknown, unknown][]) row[`${column}.${plainOf(key)}`] = plainOf(inner)
  } else if (value[0] === 'set') {
    const members = (value[1] as unknown[]).map(plainOf)
    row[column] = members.length === 0 ? null : members
  } else {
    row[column] = plainOf(value)
  }
}

function plainOf(atom: unknown): unknown {
  return Array.isArray(atom) ? atom[1] : atom
}

/** `ovs-ofctl dump-flows`: fields by name, `actions` in one piece; words without a value (`icmp`) are true. */
export function parseFlows(output: string): Row[] {
  return output.split('\n').flatMap((line) => {
    const [, match, actions] = /^ ?(\S.*?)[ ,]actions=(.*)$/.exec(line) ?? []
    if (match === undefined) return []
    const row: Record<string, unknown> = { table: '0', actions }
    for (const part of match.split(/[,\s]+/)) {
      const at = part.indexOf('=')
      if (at > 0) row[part.slice(0, at)] = part.slice(at + 1)
      else if (part !== '') row[part] = true
    }
    return [row]
  })
}
