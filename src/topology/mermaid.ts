// The picture as a Mermaid flowchart, as Markdown pages draw it.
import type { Level } from './diagram.js'
import { type OutlineBox, type OutlineItem, outlineOf } from './outline.js'
import type { LinkKind, Topology } from './topology.js'

const ARROWS: Readonly<Record<LinkKind, string>> = {
  wire: '===',
  veth: '---',
  patch: '---',
  tunnel: '-.-',
  tap: '---',
  port: '---',
  vlan: '-.-',
}

export function mermaidOf(topology: Topology, level: Level, title: string): string {
  const { boxes, switches, edges } = outlineOf(topology, level)
  const down = boxes.flatMap(downIn)
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'flowchart LR',
    ...boxes.flatMap((box) => boxLines(box, 1)),
    ...switches.map(({ id, label }) => `  ${id}((${quoted(label)}))`),
    ...edges.map(({ from, to, kind, label }) => `  ${from} ${ARROWS[kind]}${label === '' ? '' : `|${quoted(label)}|`} ${to}`),
    ...(down.length === 0 ? [] : ['  classDef down stroke:#b00020,color:#b00020', `  class ${down.join(',')} down`]),
    '',
  ].join('\n')
}

function boxLines(box: OutlineBox, depth: number): string[] {
  const pad = '  '.repeat(depth)
  // A subgraph without anything in it is a syntax error to some versions: an empty box is a node.
  if (box.items.length + box.boxes.length === 0) return [`${pad}${box.id}[${quoted(labelOf(box, ' '))}]`]
  return [
    `${pad}subgraph ${box.id} [${quoted(labelOf(box, ' '))}]`,
    ...box.items.map((item) => `${pad}  ${item.id}[${quoted(labelOf(item, '<br/>'))}]`),
    ...box.boxes.flatMap((inner) => boxLines(inner, depth + 1)),
    `${pad}end`,
  ]
}

function labelOf({ label, parts }: OutlineItem, between: string): string {
  return [label, ...parts].join(between)
}

function downIn(box: OutlineBox): string[] {
  return [box, ...box.items]
    .filter(({ isDown }) => isDown)
    .map(({ id }) => id)
    .concat(box.boxes.flatMap(downIn))
}

/** Quotes and hashes begin character codes there. */
function quoted(text: string): string {
  return `"${text.replaceAll('#', '#35;').replaceAll('"', '#quot;')}"`
}
