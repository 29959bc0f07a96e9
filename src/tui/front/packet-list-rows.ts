// The packet view's list: a row a packet, the newest below.

import type { Way } from '../../explain/way.js'
import { birthplaceOf, endText, isLost, NO_FILTER, packetText, shortEnd, timeText } from '../../lab/packet-lines.js'
import { fitWidth, textWidth } from '../terminal/width.js'
import type { Theme } from '../theme.js'
import { framed } from '../view/frame.js'
import type { PacketsModel } from './packets-model.js'

export interface ScreenWish {
  readonly width: number
  readonly height: number
  readonly theme: Theme
  /** When the lab was opened: times are told from there. */
  readonly openedUs: number
}

/** Terminal widths from where times, places and ends are told in full. */
export const WIDE = 110

export function listScreen(model: PacketsModel, wish: ScreenWish): string[] {
  const { width, height, theme } = wish
  const ways = model.ways()
  const room = height - 2
  const at = model.indexIn(ways)
  const from = Math.max(0, Math.min(ways.length - room, at - Math.floor(room / 2)))
  const shown = ways.slice(from, from + room)
  const columns = columnsOf(shown, width)
  const rows = shown.map((way, index) => packetRow(way, from + index === at, columns, wish))
  const below = ways.length - from - room
  return framed(`packets: ${filterText(model, ways.length)}`, ways.length === 0 ? emptyRows(model) : rows, {
    width,
    height,
    isFocused: true,
    theme,
    isOpen: true,
    note: below > 0 ? `${below} newer: down` : model.selected === null && ways.length > 0 ? 'newest' : '',
    status: model.isTyping ? `find: ${model.filter.text}${theme.selected(' ')} Enter keeps, Esc forgets` : '',
  })
}

function emptyRows(model: PacketsModel): string[] {
  const { filter, total } = model
  if (total > 0 && filter !== NO_FILTER) return ['', '  no packet like that among the last ones: f or / changes the filter']
  return ['', '  no packet yet: send one (ping, curl, arping ...) and look again']
}

function filterText({ filter, total }: PacketsModel, shown: number): string {
  const { proto, node, text, chatter } = filter
  const parts = [proto, node === null ? null : `by ${node}`, text === '' ? null : `"${text}"`].filter((part) => part !== null)
  if (parts.length === 0 && shown === 0) return total === 0 ? 'none yet' : `none yet (f: ${total} of IPv6)`
  if (parts.length === 0) return chatter || shown === total ? `the last ${total}` : `the last ${shown} (f: ${total - shown} of IPv6)`
  return `${shown} of ${total}, ${parts.join(', ')}`
}

function packetRow(way: Way, isSelected: boolean, columns: Columns, { width, theme, openedUs }: ScreenWish): string {
  const { now, more } = theme.glyph
  const { isWide } = columns
  const time = timeText(way.atUs - openedUs).slice(isWide ? 0 : 3, isWide ? undefined : 12)
  const where = fitWidth(whereOf(way, isWide), columns.where, more)
  const end = fitWidth(isWide ? endText(way) : shortEnd(way), columns.end, more)
  const head = `${isSelected ? now : ' '} ${String(way.id).padStart(columns.id)} ${time} ${where} `
  const gap = isWide ? '  ' : ' '
  const text = fitWidth(textIn(way, columns.text), columns.text, more)
  if (isSelected) return theme.selected(fitWidth(`${head}${text}${gap}${end}`, width))
  return `${theme.dim(head)}${way.role === 'arp' ? theme.dim(text) : text}${gap}${isLost(way) ? theme.warn(end) : theme.done(end)}`
}

interface Columns {
  readonly isWide: boolean
  readonly id: number
  readonly where: number
  readonly text: number
  readonly end: number
}

/** As wide as what is in sight. */
function columnsOf(ways: readonly Way[], width: number): Columns {
  const isWide = width >= WIDE
  const most = (least: number, lengthOf: (way: Way) => number): number => Math.max(least, ...ways.map(lengthOf))
  const id = most(2, (way) => String(way.id).length)
  const end = Math.min(
    isWide ? 26 : 9,
    most(8, (way) => textWidth(isWide ? endText(way) : shortEnd(way))),
  )
  const wanted = Math.min(
    isWide ? 30 : 13,
    most(4, (way) => textWidth(whereOf(way, isWide))),
  )
  // Mark, times and gaps.
  const room = width - id - end - (isWide ? 22 : 15)
  const text = most(0, (way) => textWidth(packetText(way)))
  // The packet matters more than the namespace that it was made in.
  const where = Math.max(Math.min(wanted, isWide ? 16 : 9), Math.min(wanted, room - text))
  return { isWide, id, where, text: room - where, end }
}

/** Without the time to live where there is no room for it. */
function textIn(way: Way, room: number): string {
  const text = packetText(way)
  return textWidth(text) <= room ? text : text.replace(/, ttl \d+$/, '')
}

function whereOf(way: Way, isWide: boolean): string {
  return isWide ? birthplaceOf(way) : (way.hops[0]?.node ?? '?')
}
