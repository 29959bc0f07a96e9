// `netlab graph SCENARIO`: the booted lab as a picture, in text or for other programs to draw.
import type { Level } from '../../topology/diagram.js'
import { type GraphFormat, graphOf } from '../../topology/graph.js'
import { topologyOf } from '../../topology/topology.js'
import { EXIT, UsageError } from '../exit-code.js'
import { out, writeOut } from '../streams.js'
import { bootLab, type LabOptions } from './lab-options.js'

export interface GraphOptions extends LabOptions {
  readonly format: GraphFormat
  readonly level?: Level
  readonly node?: string
  readonly out?: string
  readonly width?: number
  readonly ascii?: boolean
}

const DEFAULT_WIDTH = 80

export async function graph(scenario: string, options: GraphOptions): Promise<number> {
  const lab = await bootLab(scenario, options)
  if (options.node !== undefined && lab.node(options.node) === null) throw new UsageError(lab.unknownNode(options.node))
  const topology = topologyOf(lab.nodes.map(({ machine }) => machine))
  const text = graphOf(topology, {
    title: lab.scenario.name,
    format: options.format,
    // One node is asked for because of what is inside it.
    level: options.level ?? (options.node === undefined ? 'namespaces' : 'devices'),
    node: options.node ?? null,
    width: options.width ?? DEFAULT_WIDTH,
    ascii: options.ascii ?? false,
  })
  if (options.out === undefined) out(text)
  else writeOut(options.out, text)
  return EXIT.done
}
