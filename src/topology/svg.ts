// The picture as a drawing of its own: no fonts, scripts or pictures from elsewhere, readable on light and dark grounds.
import { cells } from './canvas.js'
import type { Diagram } from './diagram.js'
import type { Rail } from './rails.js'
import type { DiagramRow } from './rows.js'

const ROW = 22
const CHAR = 7.3
const PAD = 16
const RAIL = 16
const HEAD = 34

const STYLE = `
.page{fill:#ffffff}.node{fill:#f4f6f9;stroke:#5b6b82}.box{fill:#ffffff;stroke:#9aa7b8}
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1c2530}
.title{font-weight:bold;fill:#123a6d}.dim{fill:#5b6b82}.down,.down .dim{fill:#b00020}
.link{fill:none;stroke:#5b6b82;stroke-width:1.5}.wire{stroke:#123a6d;stroke-width:2.5}.tunnel{stroke:#a0408a;stroke-dasharray:5 4}
.patch,.port{stroke:#6b4ea0}.tap{stroke:#2f7f4f}.end{fill:#123a6d}.label{paint-order:stroke;stroke:#ffffff;stroke-width:4px}
@media (prefers-color-scheme:dark){.page{fill:#14181e}.node{fill:#1c222b;stroke:#7b8aa0}.box{fill:#14181e;stroke:#566273}text{fill:#dde4ec}
.title{fill:#8ec1ff}.dim{fill:#9aa7b8}.down,.down .dim{fill:#ff7a85}.link{stroke:#9aa7b8}.wire{stroke:#8ec1ff}.tunnel{stroke:#e28fd0}
.patch,.port{stroke:#b79cf0}.tap{stroke:#7fd6a2}.end{fill:#8ec1ff}.label{stroke:#14181e}}`

export function svgOf(diagram: Diagram, title: string): string {
  const { rows, rails } = diagram
  const text = Math.max(24, ...rows.map((row) => cells(textOf(row)) + row.depth * 3 + 4))
  const boxRight = PAD + text * CHAR + PAD
  const nodeRight = boxRight + 10 + diagram.innerColumns * RAIL
  // Cables without a rail have their name behind them.
  const stubs = Math.max(0, ...rails.filter(({ column }) => column === null).map(({ label }) => cells(label) * CHAR + 30))
  const width = Math.ceil(nodeRight + Math.max(stubs, 24 + diagram.outerColumns * RAIL) + labelRoom(rails) + PAD)
  const height = HEAD + rows.length * ROW + PAD
  const place: Places = { boxRight, nodeRight }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="title" x="${PAD}" y="22">${escaped(title)}</text>`,
    ...boxes(rows, place),
    ...rails.flatMap((rail) => railLines(rail, place)),
    ...railLabels(rails, place),
    ...rows.flatMap((row, at) => rowText(row, at)),
    '</svg>',
    '',
  ].join('\n')
}

interface Places {
  readonly boxRight: number
  readonly nodeRight: number
}

function yOf(row: number): number {
  return HEAD + row * ROW + ROW / 2
}

function labelRoom(rails: readonly Rail[]): number {
  return Math.max(0, ...rails.filter(({ column, label }) => column !== null && label !== '').map(({ label }) => cells(label) * CHAR + 12))
}

function boxes(rows: readonly DiagramRow[], { boxRight, nodeRight }: Places): string[] {
  const open: number[] = []
  const drawn: { readonly depth: number; readonly text: string }[] = []
  for (const [at, { kind, depth }] of rows.entries()) {
    if (kind === 'node-top' || kind === 'box-top') open[depth] = at
    if (kind !== 'node-bottom' && kind !== 'box-bottom') continue
    const [x, right] = depth === 0 ? [PAD / 2, nodeRight] : [PAD, boxRight]
    const [y, bottom] = [yOf(open[depth]!) - ROW / 2 + 2, yOf(at) + (depth === 0 ? 2 : -2)]
    drawn.push({
      depth,
      text: `<rect class="${depth === 0 ? 'node' : 'box'}" x="${x}" y="${y}" width="${px(right - x)}" height="${px(bottom - y)}" rx="5"/>`,
    })
  }
  return drawn.sort((one, other) => one.depth - other.depth).map(({ text }) => text)
}

function textOf({ label, parts }: DiagramRow): string {
  return [label, ...parts].join('  ')
}

function rowText(row: DiagramRow, at: number): string[] {
  if (row.label === '') return []
  const x = (row.depth === 0 ? PAD : PAD + 12) + (row.kind === 'entry' ? 8 : 0)
  const isTop = row.kind !== 'entry'
  const rest = row.parts.length === 0 ? '' : `<tspan class="dim" xml:space="preserve">  ${escaped(row.parts.join('  '))}</tspan>`
  const classes = [...(isTop ? ['title'] : []), ...(row.isDown ? ['down'] : [])].join(' ')
  return [
    `<text${classes === '' ? '' : ` class="${classes}"`} x="${x}" y="${px(yOf(at) + 4.5)}"><tspan>${escaped(row.label)}</tspan>${rest}</text>`,
  ]
}

/** One path: down the rail, and from each end to it. */
function railLines(rail: Rail, places: Places): string[] {
  // Where a link ends in nothing that is drawn there is no line.
  if (rail.column === null && rail.kind !== 'wire') return []
  const from = places.boxRight - 6
  const x = xOf(rail, places)
  const [first, last] = [rail.ends[0]!.row, rail.ends.at(-1)!.row]
  const path = [`M${px(x)} ${yOf(first)}V${yOf(last)}`, ...rail.ends.map(({ row }) => `M${px(from)} ${yOf(row)}H${px(x)}`)].join('')
  const dots = rail.ends.map(({ row }) => `<circle class="end" cx="${px(from)}" cy="${yOf(row)}" r="2.5"/>`)
  // The switch that all the others hang on.
  const hub = rail.hub === null ? [] : [`<circle class="end" cx="${px(x)}" cy="${yOf(rail.hub)}" r="4.5"/>`]
  return [`<path class="link ${rail.kind}" d="${path}"/>`, ...dots, ...hub]
}

/** Above all lines, on a ground of their own; of several that begin in one row the outermost has the label. */
function railLabels(rails: readonly Rail[], places: Places): string[] {
  const named = rails.filter(({ label, column, kind }) => label !== '' && (column !== null || kind === 'wire'))
  const rows = [...new Set(named.map(({ ends }) => ends[0]!.row))]
  return rows.map((row) => {
    const here = named.filter(({ ends }) => ends[0]!.row === row)
    const x = Math.max(...here.map((rail) => xOf(rail, places)))
    const text = [...new Set(here.map(({ label }) => label))].join(', ')
    return `<text class="dim label" x="${px(x + 6)}" y="${yOf(row) + 4}">${escaped(text)}</text>`
  })
}

function xOf({ zone, column }: Rail, { boxRight, nodeRight }: Places): number {
  return zone === 'inner' ? boxRight + 10 + (column ?? 0) * RAIL : nodeRight + 16 + (column ?? 0) * RAIL
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
