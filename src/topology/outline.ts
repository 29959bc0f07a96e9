// A picture for programs that lay it out themselves: boxes within boxes, what is in them, and the edges between.
import { diagramOf, type Level } from './diagram.js'
import type { LinkKind, Topology } from './topology.js'

export interface OutlineItem {
  readonly id: string
  readonly label: string
  readonly parts: readonly string[]
  readonly isDown: boolean
}

export interface OutlineBox extends OutlineItem {
  readonly boxes: readonly OutlineBox[]
  readonly items: readonly OutlineItem[]
}

export interface OutlineEdge {
  readonly from: string
  readonly to: string
  readonly kind: LinkKind
  readonly label: string
}

export interface Outline {
  readonly boxes: readonly OutlineBox[]
  /** Segments that more than two ends are plugged into. */
  readonly switches: readonly OutlineItem[]
  readonly edges: readonly OutlineEdge[]
}

interface MutableBox extends OutlineItem {
  readonly boxes: MutableBox[]
  readonly items: OutlineItem[]
}

/** Ids are letters and digits: `r12` is a row, `s3` a segment. */
export function outlineOf(topology: Topology, level: Level): Outline {
  const { rows, rails } = diagramOf(topology, level, Number.POSITIVE_INFINITY)
  const boxes: MutableBox[] = []
  const open: MutableBox[] = []
  for (const [at, { kind, label, parts, isDown }] of rows.entries()) {
    const item = { id: `r${at}`, label, parts, isDown }
    if (kind === 'node-bottom' || kind === 'box-bottom') open.pop()
    else if (kind === 'entry') open.at(-1)!.items.push(item)
    else if (kind !== 'gap') {
      const box = { ...item, boxes: [], items: [] }
      ;(open.at(-1)?.boxes ?? boxes).push(box)
      open.push(box)
    }
  }
  const switches: OutlineItem[] = []
  const edges: OutlineEdge[] = []
  for (const { kind, label, ends, hub } of rails) {
    const [first, second, ...others] = ends
    // Of cables into the void the name is all that there is to see.
    if (second === undefined && kind !== 'wire') continue
    if (hub !== null) {
      for (const { row } of ends) if (row !== hub) edges.push({ from: `r${row}`, to: `r${hub}`, kind, label })
      continue
    }
    if (second !== undefined && others.length === 0) edges.push({ from: `r${first!.row}`, to: `r${second.row}`, kind, label })
    else {
      const id = `s${switches.length}`
      switches.push({ id, label, parts: [], isDown: false })
      for (const { row } of ends) edges.push({ from: `r${row}`, to: id, kind, label: '' })
    }
  }
  return { boxes, switches, edges }
}
