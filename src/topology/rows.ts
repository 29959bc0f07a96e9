// The rows of a picture, and which of them stands for a place.
import type { Place } from './topology.js'

export type RowKind = 'node-top' | 'node-bottom' | 'box-top' | 'box-bottom' | 'entry' | 'gap'

export interface DiagramRow {
  readonly kind: RowKind
  /** 0: directly in its node's box; 1: in a box within it. */
  readonly depth: 0 | 1
  readonly node: string
  readonly label: string
  /** What else there is to say, the most important first. */
  readonly parts: readonly string[]
  readonly isDown: boolean
  /** Places that the row stands for. */
  readonly keys: readonly string[]
}

export function placeKey({ node, netns, device }: Place): string {
  return `${node}\n${netns}\n${device}`
}

/** Of a place, the row that stands for it: itself, or what it is in. */
export class RowIndex {
  private readonly byKey = new Map<string, number>()
  private readonly byNode = new Map<string, number>()

  constructor(rows: readonly DiagramRow[]) {
    for (const [at, row] of rows.entries()) {
      for (const key of row.keys) if (!this.byKey.has(key)) this.byKey.set(key, at)
      if (row.kind === 'node-top') this.byNode.set(row.node, at)
    }
  }

  exact(place: Place): number | null {
    return this.byKey.get(placeKey(place)) ?? null
  }

  /** The place itself, its namespace, its node. */
  nearest(place: Place): number | null {
    return (
      this.exact(place) ??
      this.exact({ ...place, device: '' }) ??
      this.exact({ node: place.node, netns: '', device: '' }) ??
      this.byNode.get(place.node) ??
      null
    )
  }
}
