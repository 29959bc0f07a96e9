// F3: keys and picture of the map.
import { endText, packetText } from '../../lab/packet-lines.js'
import type { CellStyle, Span } from '../../topology/canvas.js'
import type { Lit } from '../../topology/lit.js'
import { diagramSpans } from '../../topology/text.js'
import type { App } from '../model/app.js'
import type { Front } from '../model/front.js'
import type { Session } from '../model/session.js'
import type { Key } from '../terminal/keys.js'
import { wheelLines } from '../terminal/keys.js'
import { fitWidth, pieces, pieceWidth, textWidth } from '../terminal/width.js'
import type { Theme } from '../theme.js'
import { framed } from '../view/frame.js'
import { type LitPacket, MapModel } from './map-model.js'

type Open = (kind: Front['kind'], packet: number | null) => void

/** Lines longer than this are no easier to read. */
const WIDEST = 140
const FRESH_MS = 400

interface Drawing {
  readonly key: string
  readonly atMs: number
  readonly spans: readonly Span[][]
  readonly lit: Lit
}

export class MapFront implements Front {
  readonly kind = 'map'
  readonly keys = [
    ['Esc', 'back'],
    ['arrows', 'scroll'],
    ['+ -', 'zoom'],
    ['d', 'direction'],
    ['p n', 'packet'],
    ['Enter', 'steps'],
    ['F1', 'help'],
    ['F10', 'quit'],
  ] as const
  private readonly model: MapModel
  private drawn: Drawing | null = null

  constructor(
    private readonly app: App,
    session: Session,
    private readonly open: Open,
  ) {
    this.model = new MapModel(session.lab)
  }

  show(packet: number | null): void {
    if (packet !== null) this.model.packet = packet
  }

  press(key: Key): boolean {
    if (/^f\d+$/.test(key.name) || (key.ctrl && key.name === 'g')) return false
    const lines = key.name === 'mouse' ? wheelLines(key.raw) : 0
    if (lines !== 0) this.model.scroll(lines, 0)
    else if (key.ctrl && key.name === 'c') this.app.closeFront()
    else if (key.name !== 'mouse') this.act(key)
    this.app.changed()
    return true
  }

  private act(key: Key): void {
    const { app, model } = this
    const page = Math.max(1, app.rows - 6)
    const scrolls: Readonly<Record<string, readonly [number, number]>> = {
      up: [-1, 0],
      down: [1, 0],
      left: [0, -8],
      right: [0, 8],
      pageup: [-page, 0],
      pagedown: [page, 0],
      home: [-100_000, -100_000],
      end: [100_000, 0],
    }
    const scroll = scrolls[key.name]
    if (scroll !== undefined) return model.scroll(...scroll)
    switch (key.name === 'char' ? key.text : key.name) {
      case 'escape':
      case 'q':
        return app.closeFront()
      case '+':
      case '=':
      case 'z':
        return void (model.zoom(1) || app.say('this is the finest: every device'))
      case '-':
      case '_':
        return void (model.zoom(-1) || app.say('this is the coarsest: nodes'))
      case 'd':
        return model.turnDirection()
      case 'p':
        return model.choose(-1)
      case 'n':
        return model.choose(1)
      case 'return':
        return this.step()
      default:
        if (key.name === 'char') app.say(`${key.text}: no such key here; F1 lists them, Esc goes back`)
    }
  }

  private step(): void {
    const lit = this.model.lit()
    if (lit === null) this.app.say('no packet to step through yet: send one')
    else this.open('packets', lit.way.id)
  }

  /** Tools that print ask for a frame twelve times a second: what changed in the lab meanwhile can wait a moment. */
  private drawing(width: number, packet: LitPacket | null): Drawing {
    const { model } = this
    const key = [
      model.level,
      model.shows,
      width,
      packet?.way.id,
      packet?.way.hops.length,
      packet?.reply?.id,
      packet?.reply?.hops.length,
    ].join(' ')
    const now = Date.now()
    if (this.drawn?.key === key && now - this.drawn.atMs < FRESH_MS) return this.drawn
    const diagram = model.diagram(width)
    const lit = model.litDiagram(diagram, packet)
    const spans = diagramSpans(diagram, { width, ascii: this.app.settings.theme.glyph.across === '-', lit })
    this.drawn = { key, atMs: now, spans, lit }
    return this.drawn
  }

  rows(width: number, height: number): string[] {
    const { model } = this
    const { theme } = this.app.settings
    const packet = model.lit()
    const { spans, lit } = this.drawing(Math.min(width, WIDEST), packet)
    const room = height - 2
    model.follow(lit, packet, room)
    model.top = Math.max(0, Math.min(model.top, spans.length - room))
    const widest = Math.max(0, ...spans.map((line) => line.reduce((sum, { text }) => sum + textWidth(text), 0)))
    model.left = Math.max(0, Math.min(model.left, widest - width))
    const shown = spans.slice(model.top, model.top + room).map((line) => fitWidth(cropped(line, model.left, width, theme), width))
    return framed(titleOf(model, packet), shown, {
      width,
      height,
      isFocused: true,
      theme,
      isOpen: true,
      note: position(model, spans.length, room),
      status: legend(model, packet, theme),
    })
  }
}

function titleOf({ level }: MapModel, packet: LitPacket | null): string {
  return `map: ${level}${packet === null ? '' : `  packet ${packet.way.id}: ${packetText(packet.way)}: ${endText(packet.way)}`}`
}

function position({ top, packet }: MapModel, rows: number, room: number): string {
  const below = rows - top - room
  const more = below > 0 ? `${below} more: down` : top > 0 ? `${top} rows up` : ''
  return [packet === null ? '' : 'n: newer', more].filter((text) => text !== '').join('  ')
}

function legend({ shows }: MapModel, packet: LitPacket | null, theme: Theme): string {
  if (shows === 'nothing') return 'no way lit: d'
  if (packet === null) return 'send a packet and its way lights up'
  const isAscii = theme.glyph.across === '-'
  const request = theme.current(isAscii ? '> request' : '▸ request')
  const reply = theme.done(isAscii ? '< reply' : '◂ reply')
  if (shows === 'request') return `${request} only (d)`
  return packet.reply === null ? request : `${request} ${reply} ${theme.title(isAscii ? '* both' : '◆ both')}`
}

function painter(style: CellStyle, theme: Theme): (text: string) => string {
  switch (style) {
    case 'plain':
      return (text) => text
    case 'dim':
      return (text) => theme.dim(text)
    case 'title':
      return (text) => theme.strong(text)
    case 'down':
      return (text) => theme.warn(text)
    case 'request':
      return (text) => theme.current(text)
    case 'reply':
      return (text) => theme.done(text)
    case 'both':
      return (text) => theme.title(text)
  }
}

/** The cells from `left` on, in colours. */
function cropped(line: readonly Span[], left: number, width: number, theme: Theme): string {
  let skipped = 0
  let used = 0
  let row = ''
  for (const { text, style } of line) {
    let part = ''
    for (const piece of pieces(text)) {
      const cells = pieceWidth(piece)
      if (skipped < left) {
        skipped += cells
        // Half of a wide character at the edge.
        if (skipped > left) part += ' '
        if (skipped > left) used++
        continue
      }
      if (used + cells > width) break
      part += piece
      used += cells
    }
    row += part.trim() === '' ? part : painter(style, theme)(part)
  }
  return row
}
