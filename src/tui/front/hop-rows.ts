// The packet view's way: the hops at the left, what was decided at the one in front at the right, and how its headers changed.
import { frameText } from '../../explain/frame-text.js'
import { headerDiff, headerRows } from '../../explain/headers.js'
import type { Hop, Step, Way } from '../../explain/way.js'
import { endText, hopName, hopPlace, isLost, shortUuids, timeText } from '../../lab/packet-lines.js'
import { wrapProse } from '../prose/wrap.js'
import { cutToWidth, fitWidth, textWidth } from '../terminal/width.js'
import type { Theme } from '../theme.js'
import { framed } from '../view/frame.js'
import { type ScreenWish, WIDE } from './packet-list-rows.js'
import type { PacketsModel } from './packets-model.js'

export function hopScreen(model: PacketsModel, wish: ScreenWish): string[] {
  const { width, height, theme } = wish
  const { way } = model
  const hop = model.currentHop
  const leftWidth = width >= WIDE ? 42 : 27
  const right = width - leftWidth
  if (way === null || hop === null)
    return framed('packet', ['', '  it is forgotten: Esc goes back to the list'], { width, height, isFocused: true, theme })
  const hops = hopList(way, Math.min(model.hop, way.hops.length - 1), leftWidth - 3, theme)
  const room = height - 2
  const from = Math.max(0, Math.min(hops.rows.length - room, hops.at - Math.floor(room / 2)))
  const left = framed(`packet ${way.id}`, hops.rows.slice(from, from + room), {
    width: leftWidth,
    height,
    isFocused: false,
    theme,
    note: way.role,
  })
  const full = `${hop.node}  ${hopPlace(hop)}`
  const place = textWidth(full) <= right - 6 ? full : shortUuids(full, theme.glyph.across === '-' ? '~' : '…')
  const body = detailRows(model, hop, { width: right - 3, height: room, theme })
  const note = `hop ${Math.min(model.hop, way.hops.length - 1) + 1} of ${way.hops.length}  ${timeText(hop.atUs - wish.openedUs)}`
  const pane = framed(
    cutToWidth(place, right - 6, theme.glyph.more),
    body.map((row) => ` ${row}`),
    { width: right, height, isFocused: true, theme, note },
  )
  return left.map((row, at) => row + pane[at]!)
}

/** Hops under the names of their nodes, and the end. */
function hopList(way: Way, current: number, width: number, theme: Theme): { rows: string[]; at: number } {
  const rows: string[] = []
  let at = 0
  let [node, netns] = ['', '']
  const short = (text: string): string => shortUuids(text, theme.glyph.across === '-' ? '~' : '…')
  for (const [index, hop] of way.hops.entries()) {
    if (hop.kind !== 'wire' && hop.node !== node) rows.push(` ${theme.strong(cutToWidth(hop.node, width, theme.glyph.more))}`)
    if (hop.kind !== 'wire' && (hop.node !== node || hop.netns !== netns)) {
      if (hop.netns !== '') rows.push(`  ${cutToWidth(short(hop.netns), width - 1, theme.glyph.more)}`)
      node = hop.node
      netns = hop.netns
    }
    const isCurrent = index === current
    if (isCurrent) at = rows.length
    const mark = isCurrent ? theme.glyph.now : hasChange(hop) ? '*' : ' '
    const text = fitWidth(`${mark}${String(index + 1).padStart(3)} ${hopName(hop)}`, width, theme.glyph.more)
    rows.push(` ${isCurrent ? theme.selected(text) : text}`)
  }
  const end = wrapProse(`= ${endText(way)}`, width).map((row) => ` ${isLost(way) ? theme.warn(row) : theme.done(row)}`)
  return { rows: [...rows, ...end], at }
}

function hasChange({ before, after }: Hop): boolean {
  return before !== after && headerDiff(before, after).length > 0
}

interface PaneWish {
  readonly width: number
  readonly height: number
  readonly theme: Theme
}

function detailRows(model: PacketsModel, hop: Hop, wish: PaneWish): string[] {
  if (model.showsHeaders) {
    const title = wish.theme.dim('headers at arrival and departure (h: back)')
    return scrolled([title, '', ...headerTable(hop, wish)], model, wish.height)
  }
  const { rows, at } = stepRows(model, hop, wish)
  const whole = headerTable(hop, wish)
  // All of the headers where there is room for them, else what has changed.
  const headers = rows.length + whole.length + 1 <= wish.height ? whole : changeRows(hop, wish)
  const room = wish.height - headers.length - 1
  // The step in front stays in sight; the rest scrolls.
  const most = Math.max(0, rows.length - room)
  const first = Math.min(most, Math.max(0, at - Math.floor(room / 3)) + model.scroll)
  const shown = rows.slice(first, first + room)
  const filled = [...shown, ...Array.from({ length: Math.max(0, room - shown.length) }, () => '')]
  return [...filled, wish.theme.dim(wish.theme.glyph.across.repeat(wish.width)), ...headers]
}

function scrolled(rows: readonly string[], model: PacketsModel, height: number): string[] {
  model.scroll = Math.min(model.scroll, Math.max(0, rows.length - height))
  return rows.slice(model.scroll, model.scroll + height)
}

function stepRows(model: PacketsModel, hop: Hop, wish: PaneWish): { rows: string[]; at: number } {
  const steps = model.stepsOf(hop)
  const current = Math.min(model.step, steps.length - 1)
  const rows: string[] = []
  let at = 0
  for (const [index, step] of steps.entries()) {
    if (index === current) at = rows.length
    rows.push(...(index === current ? openStep(step, wish) : [closedStep(step, wish)]))
  }
  const hidden = hop.steps.length - steps.length
  if (hidden > 0) rows.push(wish.theme.dim(`  v: ${hidden} that decided nothing`))
  return { rows, at }
}

function closedStep({ label, text }: Step, { width, theme }: PaneWish): string {
  return cutToWidth(`  ${labelled(label, text)}`, width, theme.glyph.more)
}

function labelled(label: string, text: string): string {
  return label === '' ? text : `${label}: ${text}`
}

/** With the rules, flows and routes that decided, and the command that shows them. */
function openStep({ label, text, detail, command }: Step, { width, theme }: PaneWish): string[] {
  const head = wrapProse(labelled(label, text), width - 2).map((row, at) => (at === 0 ? `${theme.glyph.now} ${row}` : `  ${row}`))
  const lines = detail.flatMap((line) => wrapProse(line.replaceAll('\t', ' ').trim(), width - 4)).map((row) => `    ${theme.code(row)}`)
  const shown = command === null ? [] : wrapProse(`c: ${command}`, width - 4).map((row) => `    ${theme.dim(row)}`)
  return [...head.map((row) => theme.strong(row)), ...lines, ...shown]
}

/** What the hop changed, before and after; what the packet is when it changed nothing. */
function changeRows(hop: Hop, { width, theme, height }: PaneWish): string[] {
  const changes = headerDiff(hop.before, hop.after)
  const row = (text: string): string => cutToWidth(text, width, theme.glyph.more)
  if (changes.length === 0) return [row(`headers unchanged: ${frameText(hop.after)}`)]
  const arrow = theme.glyph.across === '-' ? '->' : '→'
  const label = Math.max(...changes.map(({ layer, field }) => textWidth(`${layer} ${field}`)))
  const rows = changes.map(({ layer, field, before, after }) => {
    const name = fitWidth(`${layer} ${field}`, label)
    return row(`* ${name}  ${before ?? '(none)'} ${arrow} ${theme.current(after ?? '(gone)')}`)
  })
  const most = Math.max(3, Math.floor(height / 2))
  return rows.length <= most ? rows : [...rows.slice(0, most - 1), theme.dim(`${rows.length - most + 1} more changes: h`)]
}

/** Every field, before and after; changed ones marked. */
function headerTable(hop: Hop, { width, theme }: PaneWish): string[] {
  const changes = headerDiff(hop.before, hop.after)
  const rows: string[] = []
  const key = (row: { layer: string; field: string }): string => `${row.layer} ${row.field}`
  const changed = new Map(changes.map((change) => [key(change), change]))
  const all = headerRows(hop.before).map((row) => ({ ...row, change: changed.get(key(row)) }))
  const added = changes.filter(({ before }) => before === null)
  const label = Math.max(...[...all, ...added].map((row) => textWidth(key(row))))
  const arrow = theme.glyph.across === '-' ? '->' : '→'
  for (const row of all) {
    const { change } = row
    const name = fitWidth(key(row), label)
    rows.push(
      change === undefined
        ? cutToWidth(`  ${theme.dim(name)}  ${row.value}`, width, theme.glyph.more)
        : cutToWidth(
            `${theme.current('*')} ${name}  ${row.value} ${arrow} ${theme.current(change.after ?? '(gone)')}`,
            width,
            theme.glyph.more,
          ),
    )
  }
  for (const row of added)
    rows.push(cutToWidth(`${theme.current('*')} ${fitWidth(key(row), label)}  (none) ${arrow} ${theme.current(row.after ?? '')}`, width))
  return rows
}
