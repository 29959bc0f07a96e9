// The pictures: whole texts at three levels, and strict readers of the languages that other programs draw.
import { beforeAll, describe, expect, test } from 'vitest'
import { cells } from '../../src/topology/canvas.js'
import { diagramOf, LEVELS } from '../../src/topology/diagram.js'
import { type GraphFormat, graphOf } from '../../src/topology/graph.js'
import { litOf } from '../../src/topology/lit.js'
import { diagramText, railRoomOf } from '../../src/topology/text.js'
import type { Topology } from '../../src/topology/topology.js'
import { someLab, topologyIn } from './some-lab.js'

let topology: Topology
beforeAll(async () => {
  topology = topologyIn(await someLab())
})

const drawn = (
  format: GraphFormat,
  level: (typeof LEVELS)[number],
  more: { width?: number; ascii?: boolean; node?: string } = {},
): string =>
  graphOf(topology, {
    title: 'some "lab" <&>',
    format,
    level,
    node: more.node ?? null,
    width: more.width ?? 80,
    ascii: more.ascii ?? false,
  })

test('svg: no two names of cables in one place', () => {
  for (const level of LEVELS) {
    const places = [...drawn('svg', level).matchAll(/class="dim label" x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => y)
    expect(new Set(places).size).toBe(places.length)
  }
})

describe('text', () => {
  test('nodes', () => {
    expect(drawn('text', 'nodes')).toMatchInlineSnapshot(`
      "┌─ left  1 namespace, 3 bridges ─────────────────────────────────────────────┐
      │ eth0  10.0.0.1/24 ───────────────────────────────────────────────── under ─┼─┐
      │ eth1  in br-b ─────────────────────────────────────────────────────── out ─┤ │
      └────────────────────────────────────────────────────────────────────────────┘ │
      ┌─ right ────────────────────────────────────────────────────────────────────┐ │
      │ eth0  10.0.0.2/24 ───────────────────────────────────────────────── under ─┼─┤
      └────────────────────────────────────────────────────────────────────────────┘ │
      ┌─ far ──────────────────────────────────────────────────────────────────────┐ │
      │ eth0  10.0.0.3/24 ───────────────────────────────────────────────── under ─┼─┘
      └────────────────────────────────────────────────────────────────────────────┘
      "
    `)
  })
  test('namespaces', () => {
    expect(drawn('text', 'namespaces')).toMatchInlineSnapshot(`
      "┌─ left ───────────────────────────────────────────────────────────────────┐
      │ br0  bridge  1 port ─────────────────────────────────────────────────┐   │
      │ red  192.168.1.1/24 ─────────────────────────────────────────────────┴─┐ │
      │ br-a  OVS bridge  2 ports ─────────────────────────────────────────────● │
      │ br-b  OVS bridge  3 ports ────────────────────────── out, vxlan 5 ─────┴─┼───┐
      │ eth0  10.0.0.1/24 ─────────────────────────────────────────────── under ─┼─┐ ┊
      │ eth0.20@eth0  id 20                                                      │ │ ┊
      └──────────────────────────────────────────────────────────────────────────┘ │ ┊
      ┌─ right ──────────────────────────────────────────────────────────────────┐ │ ┊
      │ eth0  10.0.0.2/24 ─────────────────────────────────────────────── under ─┼─┤ ┊
      │ vx5  mtu 1450 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ vxlan 5 ┄┼┄│┄┘
      └──────────────────────────────────────────────────────────────────────────┘ │
      ┌─ far ────────────────────────────────────────────────────────────────────┐ │
      │ eth0  10.0.0.3/24 ─────────────────────────────────────────────── under ─┼─┘
      └──────────────────────────────────────────────────────────────────────────┘
      "
    `)
  })
  test('devices of one node, in ASCII', () => {
    expect(drawn('text', 'devices', { node: 'left', ascii: true })).toMatchInlineSnapshot(`
      ".- left -----------------------------------------------------------------------.
      | .- br0  bridge ----------------------------------------------------------.   |
      | | r0  02:00:00:00:01:00 -------------------------------------------------+-. |
      | '------------------------------------------------------------------------' | |
      | .- red  namespace -------------------------------------------------------. | |
      | | r1  192.168.1.1/24  02:00:00:00:01:01 ---------------------------------+-' |
      | | in0  DOWN  tag 7  02:00:00:00:01:07 -----------------------------------+-. |
      | '------------------------------------------------------------------------' | |
      | .- br-a  OVS bridge -----------------------------------------------------. | |
      | | in0  tag 7 ------------------------------------------------------------+-' |
      | | pa  patch to pb -------------------------------------------------------+-. |
      | '------------------------------------------------------------------------' | |
      | .- br-b  OVS bridge -----------------------------------------------------. | |
      | | pb  patch to pa -------------------------------------------------------+-' |
      | | vx  vxlan any > 10.0.0.2                                               |   |
      | | eth1  02:00:00:00:00:11 ----------------------------------------- out -+   |
      | '------------------------------------------------------------------------'   |
      | eth0  10.0.0.1/24  02:00:00:00:00:01 -------------------------------- under -+
      | eth0.20@eth0  id 20  02:00:00:00:00:01                                       |
      '------------------------------------------------------------------------------'
      "
    `)
  })
  test.each(LEVELS)('%s: no line is wider than was asked for, ASCII is ASCII', (level) => {
    for (const width of [72, 80, 120, 200])
      for (const line of drawn('text', level, { width }).split('\n')) expect(cells(line)).toBeLessThanOrEqual(width)
    expect(drawn('text', level, { ascii: true })).toMatch(/^[\x20-\x7e\n]*$/)
  })
  test('the way of a packet is lit: marks at its rows, heavy lines between', () => {
    const places = [
      { node: 'left', netns: 'red', device: '' },
      { node: 'left', netns: 'red', device: 'r1' },
      { node: 'left', netns: '', device: 'r0' },
      { node: 'left', netns: '', device: 'br0' },
    ]
    const diagram = diagramOf(topology, 'devices', railRoomOf(80))
    const ways = [
      { direction: 'request' as const, places },
      { direction: 'reply' as const, places: places.slice(0, 3).reverse() },
    ]
    const lines = diagramText(diagram, { width: 80, lit: litOf(diagram, ways) }).split('\n')
    expect(lines.filter((line) => /[▸◂◆━┃┏┓┗┛]/.test(line)).map((line) => line.replaceAll(/[─ ]+/g, ' '))).toMatchInlineSnapshot(`
      [
        "│ ┌ ▸br0 bridge ┐ │",
        "│ │◆r0 02:00:00:00:01:00 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╋━┓ │",
        "│ └ ┘ ┃ │",
        "│ ┌ ◆red namespace ┐ ┃ │",
        "│ │◆r1 192.168.1.1/24 02:00:00:00:01:01 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╋━┛ │",
      ]
    `)
  })
})

describe('Mermaid', () => {
  test.each(LEVELS)('%s reads as a flowchart', (level) => {
    const lines = drawn('mermaid', level).trimEnd().split('\n')
    expect(lines.slice(0, 4)).toEqual(['---', 'title: "some \\"lab\\" <&>"', '---', 'flowchart LR'])
    const ids = new Set<string>()
    let depth = 0
    for (const line of lines.slice(4)) {
      const box = /^ +subgraph ([rs]\d+) \["[^"]*"\]$/.exec(line)
      const node = /^ +([rs]\d+)(?:\["[^"]*"\]|\(\("[^"]*"\)\))$/.exec(line)
      const edge = /^ {2}([rs]\d+) (?:===|---|-\.-)(?:\|"[^"]*"\|)? ([rs]\d+)$/.exec(line)
      if (box !== null) depth++
      else if (/^ +end$/.test(line)) depth--
      else if (node === null && edge === null) expect(line).toMatch(/^ {2}(classDef down [\w:#,]+|class [rs\d,]+ down)$/)
      for (const id of [box?.[1], node?.[1]]) if (id !== undefined) ids.add(id)
      if (edge !== null) expect([ids.has(edge[1]!), ids.has(edge[2]!)]).toEqual([true, true])
    }
    expect(depth).toBe(0)
  })
})

/** The grammar of Graphviz, as far as one needs it: a graph of statements, quoted strings, attribute lists. */
function readDot(text: string): { nodes: Set<string>; edges: [string, string][]; clusters: number } {
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|--|[{}[\]=,]|[A-Za-z_][\w]*|-?[\d.]+|\s+|(.)/gs)].map(([token, odd]) => {
    expect(odd).toBeUndefined()
    return token
  })
  const words = tokens.filter((token) => token.trim() !== '')
  const found = { nodes: new Set<string>(), edges: [] as [string, string][], clusters: 0 }
  let at = 0
  const next = (expected?: string | RegExp): string => {
    const word = words[at++]!
    if (expected !== undefined) expect(word).toMatch(typeof expected === 'string' ? new RegExp(`^\\${expected}$`) : expected)
    return word
  }
  const attributes = (): void => {
    if (words[at] !== '[') return
    next()
    while (words[at] !== ']') {
      next(/^\w+$/)
      next('=')
      next(/^("|[\w.-])/)
      if (words[at] === ',') next()
    }
    next()
  }
  const statements = (): void => {
    next('{')
    while (words[at] !== '}') {
      const word = next(/^\w+$/)
      if (word === 'subgraph') {
        found.clusters++
        next(/^cluster_r\d+$/)
        statements()
      } else if (words[at] === '=') {
        next()
        next(/^"/)
        while (words[at] === ',') {
          next()
          next(/^\w+$/)
          next('=')
          next(/^"/)
        }
      } else if (words[at] === '--') {
        next()
        found.edges.push([word, next(/^\w+$/)])
        attributes()
      } else {
        if (!['graph', 'node', 'edge'].includes(word)) found.nodes.add(word)
        attributes()
      }
    }
    next('}')
  }
  next(/^graph$/)
  next(/^"/)
  statements()
  expect(at).toBe(words.length)
  return found
}

describe('Graphviz', () => {
  test.each(LEVELS)('%s reads as a graph whose edges have both ends', (level) => {
    const { nodes, edges, clusters } = readDot(drawn('dot', level))
    expect(clusters).toBeGreaterThanOrEqual(3)
    expect(edges.length).toBeGreaterThan(2)
    for (const [from, to] of edges) expect([nodes.has(from), nodes.has(to)]).toEqual([true, true])
  })
})

/** Every element that is opened is closed, attributes are quoted, nothing bare is left. */
function readXml(text: string): string[] {
  const open: string[] = []
  const names: string[] = []
  const rest = text
    .replace(/^<\?xml[^?]*\?>\n/, '')
    .replaceAll(/<(\/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<>]*")*)(\/?)>|[^<]+/g, (part, closing, name, _attributes, empty) => {
      if (name === undefined) {
        expect(part).not.toMatch(/&(?!(amp|lt|gt|quot);)/)
        return ''
      }
      if (closing === '/') expect(open.pop()).toBe(name)
      else {
        names.push(name)
        if (empty === '') open.push(name)
      }
      return ''
    })
  expect([rest, open]).toEqual(['', []])
  return names
}

describe('SVG', () => {
  test.each(LEVELS)('%s is well-formed and brings all it needs', (level) => {
    const text = drawn('svg', level)
    const names = new Set(readXml(text))
    expect([...names].sort()).toEqual(['circle', 'path', 'rect', 'style', 'svg', 'text', 'title', 'tspan'])
    expect(text).not.toMatch(/url\(|@import|<script|href/)
    expect(text).toContain('prefers-color-scheme:dark')
    expect(text).toContain('some &quot;lab&quot; &lt;&amp;&gt;')
  })
})
