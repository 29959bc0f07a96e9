// The picture in the language of Graphviz.
import type { Level } from './diagram.js'
import { type OutlineBox, type OutlineEdge, type OutlineItem, outlineOf } from './outline.js'
import type { LinkKind, Topology } from './topology.js'

const EDGES: Readonly<Record<LinkKind, string>> = {
  wire: 'penwidth=2',
  veth: '',
  patch: 'color="#7a5195"',
  tunnel: 'style=dashed, color="#bc5090", constraint=false',
  tap: 'color="#2f7f4f"',
  port: 'color="#7a5195"',
  vlan: 'style=dotted',
}

export function dotOf(topology: Topology, level: Level, title: string): string {
  const { boxes, switches, edges } = outlineOf(topology, level)
  return [
    `graph ${quoted(title)} {`,
    '  graph [rankdir=LR, compound=true, fontname="sans-serif", fontsize=12, style=rounded]',
    '  node [shape=box, style=filled, fillcolor="#ffffff", fontname="monospace", fontsize=10, height=0.3]',
    '  edge [fontname="sans-serif", fontsize=9]',
    ...boxes.flatMap((box) => clusterLines(box, 1)),
    ...switches.map(({ id, label }) => `  ${id} [label=${quoted(label)}, shape=ellipse, fillcolor="#e8eef7"]`),
    ...edges.map((edge) => edgeLine(edge, boxes)),
    '}',
    '',
  ].join('\n')
}

/** A box that links lead to has a point inside: edges go between nodes only. */
function clusterLines(box: OutlineBox, depth: number): string[] {
  const pad = '  '.repeat(depth)
  return [
    `${pad}subgraph cluster_${box.id} {`,
    `${pad}  label=${quoted([box.label, ...box.parts].join('  '))}`,
    `${pad}  bgcolor="${depth === 1 ? '#f6f7f9' : '#e9edf2'}"${box.isDown ? ', fontcolor="#b00020"' : ''}`,
    `${pad}  ${box.id} [label="", shape=point, style=invis]`,
    ...box.items.map(
      (item) => `${pad}  ${item.id} [label=${quoted(labelOf(item))}${item.isDown ? ', color="#b00020", fontcolor="#b00020"' : ''}]`,
    ),
    ...box.boxes.flatMap((inner) => clusterLines(inner, depth + 1)),
    `${pad}}`,
  ]
}

function labelOf({ label, parts }: OutlineItem): string {
  return [label, ...parts].join('\n')
}

function edgeLine({ from, to, kind, label }: OutlineEdge, boxes: readonly OutlineBox[]): string {
  const isBox = (id: string): boolean => boxes.some((box) => box.id === id || box.boxes.some((inner) => inner.id === id))
  const options = [
    ...(label === '' ? [] : [`label=${quoted(label)}`]),
    ...(EDGES[kind] === '' ? [] : [EDGES[kind]]),
    ...(isBox(from) ? [`ltail=cluster_${from}`] : []),
    ...(isBox(to) ? [`lhead=cluster_${to}`] : []),
  ]
  return `  ${from} -- ${to}${options.length === 0 ? '' : ` [${options.join(', ')}]`}`
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
