// The picture in box drawing, or in plain ASCII: for terminals, files and the map on the screen.
import { Canvas, cells, cutToCells, type LineLook, type Span } from './canvas.js'
import type { Diagram } from './diagram.js'
import { type Light, type Lit, NOTHING_LIT } from './lit.js'
import type { Rail } from './rails.js'
import type { DiagramRow } from './rows.js'

export interface TextOptions {
  readonly width: number
  readonly ascii?: boolean
  readonly lit?: Lit
}

/** Less than this beside the rails is not readable: rather a wider picture. */
const LEAST_TEXT = 44
/** From this width on names stand in full. */
const ROOMY = 90
const UUID = /([\da-f]{8})-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g
const BORDER: LineLook = { style: 'dim', isHeavy: false, isDashed: false }

/** Columns of rails that a picture of this width has room for. */
export function railRoomOf(width: number): number {
  return Math.max(2, Math.floor((width - LEAST_TEXT - 6) / 2))
}

export function diagramText(diagram: Diagram, options: TextOptions): string {
  const canvas = drawDiagram(diagram, options)
  return Array.from({ length: canvas.height }, (_, row) => `${canvas.text(row)}\n`).join('')
}

export function diagramSpans(diagram: Diagram, options: TextOptions): Span[][] {
  const canvas = drawDiagram(diagram, options)
  return Array.from({ length: canvas.height }, (_, row) => canvas.spans(row))
}

export function drawDiagram(diagram: Diagram, options: TextOptions): Canvas {
  return new Drawing(diagram, options).draw()
}

class Drawing {
  private readonly canvas: Canvas
  private readonly ascii: boolean
  private readonly lit: Lit
  /** Columns of the right borders: of nodes, of boxes within them. */
  private readonly nodeRight: number
  private readonly boxRight: number

  constructor(
    private readonly diagram: Diagram,
    { width, ascii = false, lit = NOTHING_LIT }: TextOptions,
  ) {
    const rails = 2 * (diagram.innerColumns + diagram.outerColumns)
    const whole = Math.max(width, LEAST_TEXT + 6 + rails)
    this.nodeRight = whole - 1 - 2 * diagram.outerColumns
    this.boxRight = this.nodeRight - 2 - 2 * diagram.innerColumns
    this.canvas = new Canvas(whole, diagram.rows.length, ascii)
    this.ascii = ascii
    this.lit = lit
  }

  draw(): Canvas {
    const { rows, rails } = this.diagram
    this.borders()
    const reach = rows.map(() => 0)
    for (const rail of rails) for (const { row } of rail.ends) reach[row] = Math.max(reach[row]!, this.columnOf(rail))
    for (const [at, row] of rows.entries()) this.row(at, row, reach[at]!)
    for (const rail of rails) if (rail.column !== null) this.rail(rail)
    return this.canvas
  }

  private columnOf({ zone, column }: Rail): number {
    if (column === null) return 0
    return (zone === 'inner' ? this.boxRight : this.nodeRight) + 2 + 2 * column
  }

  /** Boxes: nodes from their top to their bottom row, and the boxes within them. */
  private borders(): void {
    const open: number[] = []
    for (const [at, { kind, depth }] of this.diagram.rows.entries()) {
      if (kind === 'node-top' || kind === 'box-top') open[depth] = at
      if (kind !== 'node-bottom' && kind !== 'box-bottom') continue
      const [left, right] = depth === 0 ? [0, this.nodeRight] : [2, this.boxRight]
      const from = open[depth]!
      this.canvas.across(from, left, right, BORDER)
      this.canvas.across(at, left, right, BORDER)
      this.canvas.down(left, from, at, BORDER)
      this.canvas.down(right, from, at, BORDER)
    }
  }

  /** Rows of a node itself end before the rails that pass them there. */
  private rightOf(at: number, { depth }: DiagramRow): number {
    const isPassed = this.diagram.rails.some(
      ({ zone, column, ends }) => zone === 'inner' && column !== null && ends[0]!.row <= at && at <= ends.at(-1)!.row,
    )
    return depth === 0 && !isPassed ? this.nodeRight : this.boxRight
  }

  private row(at: number, row: DiagramRow, reach: number): void {
    const isTop = row.kind === 'node-top' || row.kind === 'box-top'
    if (!isTop && row.kind !== 'entry') return
    const left = row.depth === 0 ? 0 : 2
    const right = this.rightOf(at, row)
    const light = this.lit.rows.get(at)
    const room = right - left - (isTop ? 5 : 3)
    const label = this.endLabel(at, row, room)
    // Behind the text stays room for the label of the cable and a bit of its line.
    const keep = label === '' ? (reach > 0 ? 3 : 0) : cells(label) + 5
    const text = this.rowText(row, Math.max(8, room - keep))
    const start = left + (isTop ? 3 : 2)
    if (isTop) this.canvas.put(at, left + 2, ` ${text.label}${text.rest} `, 'plain')
    if (isTop || light !== undefined) this.mark(at, left + (isTop ? 2 : 1), light)
    this.canvas.put(at, start, text.label, light ?? (row.isDown ? 'down' : isTop ? 'title' : 'plain'))
    this.canvas.put(at, start + cells(text.label), text.rest, row.isDown ? 'down' : 'dim')
    if (label === '' && reach === 0) return
    this.lead(at, { from: start + cells(text.label + text.rest) + (isTop ? 1 : 1), right, reach, label })
  }

  private mark(at: number, column: number, light: Light | undefined): void {
    if (light === undefined) return
    const marks: Readonly<Record<Light, string>> = this.ascii
      ? { request: '>', reply: '<', both: '*' }
      : { request: '▸', reply: '◂', both: '◆' }
    this.canvas.put(at, column, marks[light], light)
  }

  /** The line from a row's text to its outermost rail, and the label of the cable on it. */
  private lead(at: number, { from, right, reach, label }: { from: number; right: number; reach: number; label: string }): void {
    const light = this.leadLight(at)
    const look: LineLook = { style: light ?? 'dim', isHeavy: light !== undefined, isDashed: this.isDashed(at) }
    const isCable = this.diagram.rails.some(({ kind, ends }) => kind === 'wire' && ends.some(({ row }) => row === at))
    const to = reach > 0 ? reach : isCable ? right : right - 2
    if (from < to) this.canvas.across(at, from, to, look, true)
    if (label === '') return
    const column = right - cells(label) - (isCable || reach > 0 ? 3 : 2)
    this.canvas.put(at, column, ` ${label} `, light ?? 'dim')
  }

  private leadLight(at: number): Light | undefined {
    for (const ends of this.lit.rails.values()) if (ends.has(at)) return ends.get(at)
    return undefined
  }

  private isDashed(at: number): boolean {
    const ending = this.diagram.rails.filter(({ ends }) => ends.some(({ row }) => row === at))
    return ending.length > 0 && ending.every(({ kind }) => kind === 'tunnel')
  }

  /** The name of a cable; of links that found no rail, where they lead. */
  private endLabel(at: number, row: DiagramRow, room: number): string {
    const labels = this.diagram.rails.flatMap((rail) => {
      if (!rail.ends.some((end) => end.row === at)) return []
      if (rail.kind === 'wire') return [rail.label]
      // Its name says what it stands on, and that stands above it.
      if (rail.kind === 'vlan' && rail.column === null && row.depth === 0) return []
      if (rail.column !== null)
        return rail.kind === 'tunnel' && row.kind === 'entry' && this.diagram.level !== 'devices' ? [rail.label] : []
      const others = rail.ends.filter((end) => end.row !== at).map((end) => this.diagram.rows[end.row]!)
      return others.map((other) => `${this.ascii ? '->' : '→'} ${this.boxOf(other)}${other.node === row.node ? '' : ` (${other.node})`}`)
    })
    return cutToCells([...new Set(labels)].join(', '), Math.max(0, Math.floor(room / 2)), this.more)
  }

  /** What a row is in: namespace or bridge; itself when it is in none. */
  private boxOf(row: DiagramRow): string {
    const { rows } = this.diagram
    const at = rows.indexOf(row)
    return row.depth === 1 && row.kind === 'entry'
      ? rows.findLast((each, index) => index < at && each.kind === 'box-top')!.label
      : row.label
  }

  private get more(): string {
    return this.ascii ? '~' : '…'
  }

  /** Where there is not much room, names made of a UUID keep its beginning. */
  private nameOf({ label, kind }: DiagramRow): string {
    if (kind !== 'entry' || this.boxRight > ROOMY) return label
    return label.replace(UUID, `$1${this.more}`)
  }

  private rowText(row: DiagramRow, room: number): { label: string; rest: string } {
    const label = cutToCells(this.nameOf(row), room, this.more)
    let rest = ''
    for (const part of row.parts) {
      const next = `${rest}  ${part}`
      if (cells(label) + cells(next) <= room) rest = next
      else if (rest === '' && cells(label) + 6 <= room) return { label, rest: `  ${cutToCells(part, room - cells(label) - 2, this.more)}` }
      else break
    }
    return { label, rest }
  }

  private rail(rail: Rail): void {
    const column = this.columnOf(rail)
    const joined = new Set(rail.ends.map(({ row }) => row))
    const crossed = (row: number): boolean => !joined.has(row)
    const look: LineLook = { style: 'dim', isHeavy: false, isDashed: rail.kind === 'tunnel' }
    this.canvas.down(column, rail.ends[0]!.row, rail.ends.at(-1)!.row, look, crossed)
    this.light(rail, column, crossed)
    if (rail.hub !== null) this.canvas.put(rail.hub, column, this.ascii ? 'o' : '●', this.lit.rails.get(rail)?.get(rail.hub) ?? 'plain')
  }

  private light(rail: Rail, column: number, crossed: (row: number) => boolean): void {
    const lit = this.lit.rails.get(rail)
    if (lit === undefined) return
    const rows = [...lit.keys()].sort((one, other) => one - other)
    const lights = new Set(lit.values())
    const style: Light = lights.size === 1 ? [...lights][0]! : 'both'
    this.canvas.down(column, rows[0]!, rows.at(-1)!, { style, isHeavy: true, isDashed: false }, crossed)
  }
}
