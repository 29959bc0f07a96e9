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
      const rail = diagram.rails.find(({ ends }) => ends.some(({ row }) => row === one) && ends.some(({ row }) => row === other))
      if (rail === undefined) continue
      const ends = rails.get(rail) ?? new Map<number, Light>()
      for (const row of [one, other]) ends.set(row, mixed(ends.get(row), direction))
      rails.set(rail, ends)
    }
  }
  return { rows, rails }
}

/** From row to row, where the way leaves one for another. */
function steps(at: readonly (number | null)[]): [number, number][] {
  const rows = at.filter((row) => row !== null)
  return rows.flatMap((row, i): [number, number][] => (i > 0 && rows[i - 1] !== row ? [[rows[i - 1]!, row]] : []))
}

function mixed(had: Light | undefined, direction: 'request' | 'reply'): Light {
  return had === undefined || had === direction ? direction : 'both'
}
