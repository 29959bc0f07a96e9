// A topology as one text, in the form that is asked for.
import { diagramOf, type Level } from './diagram.js'
import { dotOf } from './dot.js'
import { mermaidOf } from './mermaid.js'
import { svgOf } from './svg.js'
import { diagramText, railRoomOf } from './text.js'
import { aroundNode, type Topology } from './topology.js'

export type GraphFormat = 'text' | 'mermaid' | 'dot' | 'svg'

export interface GraphWish {
  readonly title: string
  readonly format: GraphFormat
  readonly level: Level
  /** Only this node, what runs on it and what is plugged into it; null: all. */
  readonly node: string | null
  /** Of text, in cells. */
  readonly width: number
  readonly ascii: boolean
}

export function graphOf(whole: Topology, { title, format, level, node, width, ascii }: GraphWish): string {
  const topology = node === null ? whole : (aroundNode(whole, node) ?? whole)
  switch (format) {
    case 'text':
      return diagramText(diagramOf(topology, level, railRoomOf(width)), { width, ascii })
    case 'mermaid':
      return mermaidOf(topology, level, title)
    case 'dot':
      return dotOf(topology, level, title)
    case 'svg':
      return svgOf(diagramOf(topology, level), title)
  }
}
