// The picture before it is drawn: boxes as rows from top to bottom, and the links between rows as rails beside them. Text, SVG and the map
// on the screen are drawn from it.
//
//   ┌ compute ─────────────────────┐
//   │ ┌ qbr8cbe (bridge) ────────┐ │
//   │ │ qvb8cbe ─────────────────┼─┐       inner rails: both ends on this node
//   │ └──────────────────────────┘ │
//   │ ┌ br-int (OVS) ────────────┐ │
//   │ │ qvo8cbe  tag 4 ──────────┼─┘
//   │ └──────────────────────────┘ │
//   │ eth1 10.10.100.140/24 ───────┼─┐     outer rails: between nodes
//   └──────────────────────────────┘ │

import { layRails, type Rail } from './rails.js'
import type { DiagramRow } from './rows.js'
import { deviceRows } from './rows-devices.js'
import { namespaceRows } from './rows-namespaces.js'
import { nodeRows } from './rows-nodes.js'
import type { Topology } from './topology.js'

export type Level = 'nodes' | 'namespaces' | 'devices'
export const LEVELS: readonly Level[] = ['nodes', 'namespaces', 'devices']

export interface Diagram {
  readonly level: Level
  readonly rows: readonly DiagramRow[]
  readonly rails: readonly Rail[]
  readonly innerColumns: number
  readonly outerColumns: number
}

/** @param railRoom columns of rails that there is room for, inner and outer together */
export function diagramOf(topology: Topology, level: Level, railRoom = 18): Diagram {
  const rows = rowsOf(topology, level)
  return { level, rows, ...layRails(topology, rows, { railRoom, joinsAtBridges: level === 'namespaces' }) }
}

function rowsOf(topology: Topology, level: Level): DiagramRow[] {
  switch (level) {
    case 'nodes':
      return nodeRows(topology)
    case 'namespaces':
      return namespaceRows(topology)
    case 'devices':
      return deviceRows(topology)
  }
}
