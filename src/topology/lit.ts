// Which rows and links of a picture a packet's way goes through.
import type { Diagram } from './diagram.js'
import type { Rail } from './rails.js'
import { RowIndex } from './rows.js'
import type { Place } from './topology.js'

export interface LitWay {
  readonly direction: 'request' | 'reply'
  /** In the order of the way. */
  readonly places: readonly Place[]
}

export type Light = 'request' | 'reply' | 'both'

export interface Lit {
  readonly rows: ReadonlyMap<number, Light>
  /** Of each lit rail, its lit ends by row. */
  readonly rails: ReadonlyMap<Rail, ReadonlyMap<number, Light>>
}

export const NOTHING_LIT: Lit = { rows: new Map(), rails: new Map() }

export function litOf(diagram: Diagram, ways: readonly LitWay[]): Lit {
  const index = new RowIndex(diagram.rows)
  const rows = new Map<number, Light>()
  const rails = new Map<Rail, Map<number, Light>>()
  for (const { direction, places } of ways) {
    const at = places.map((place) => index.nearest(place))
    for (const row of at) if (row !== null) rows.set(row, mixed(rows.get(row), direction))
    for (const [one, other] of steps(at)) {
      const found = railBetween(diagram, one, other)
      if (found === null) continue
      const ends = rails.get(found.rail) ?? new Map<number, Light>()
      for (const row of found.rows) {
        ends.set(row, mixed(ends.get(row), direction))
        rows.set(row, mixed(rows.get(row), direction))
      }
      rails.set(found.rail, ends)
    }
  }
  return { rows, rails }
}

/** The link that leads from one row to the other; of a bridge's box, by one of its ports. */
function railBetween(diagram: Diagram, one: number, other: number): { rail: Rail; rows: readonly number[] } | null {
  for (const rail of diagram.rails) {
    const from = rail.ends.find(({ row }) => row === one) ?? rail.ends.find(({ row }) => isIn(diagram, row, one))
    const to = rail.ends.find(({ row }) => row === other) ?? rail.ends.find(({ row }) => isIn(diagram, row, other))
    if (from !== undefined && to !== undefined && from !== to) return { rail, rows: [from.row, to.row] }
  }
  return null
}

function isIn({ rows }: Diagram, row: number, box: number): boolean {
  if (rows[box]!.kind !== 'box-top' || row <= box) return false
  for (let at = box + 1; at <= row; at++) if (rows[at]!.kind !== 'entry') return false
  return true
}

/** From row to row, where the way leaves one for another. */
function steps(at: readonly (number | null)[]): [number, number][] {
  const rows = at.filter((row) => row !== null)
  return rows.flatMap((row, i): [number, number][] => (i > 0 && rows[i - 1] !== row ? [[rows[i - 1]!, row]] : []))
}

function mixed(had: Light | undefined, direction: 'request' | 'reply'): Light {
  return had === undefined || had === direction ? direction : 'both'
}
