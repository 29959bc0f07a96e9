// The packet view's list: a row a packet, the newest below.

import type { Way } from '../../explain/way.js'
import { birthplaceOf, endText, isLost, packetText, shortEnd, timeText } from '../../lab/packet-lines.js'
import { cutToWidth, fitWidth, textWidth } from '../terminal/width.js'
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
  const columns = columnsOf(shown, width >= WIDE)
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
  if (model.total > 0) return ['', '  no packet like that among the last ones: f or / changes the filter']
  return ['', '  no packet yet: send one (ping, curl, arping ...) and look again']
}

function filterText({ filter, total }: PacketsModel, shown: number): string {
  const { proto, node, text, chatter } = filter
  const parts = [proto, node === null ? null : `by ${node}`, text === '' ? null : `"${text}"`].filter((part) => part !== null)
  if (parts.length === 0) return chatter || shown === total ? `the last ${total}` : `the last ${shown} (f: ${total - shown} of IPv6)`
  return `${shown} of ${total}, ${parts.join(', ')}`
}

function packetRow(way: Way, isSelected: boolean, columns: Columns, { width, theme, openedUs }: ScreenWish): string {
  const { now, more } = theme.glyph
  const { isWide } = columns
  const time = timeText(way.atUs - openedUs).slice(isWide ? 0 : 3, isWide ? undefined : 12)
  const where = fitWidth(whereOf(way, isWide), columns.where, more)
  const end = fitWidth(isWide ? endText(way) : shortEnd(way), isWide ? 26 : 9, more)
  const head = `${isSelected ? now : ' '} ${String(way.id).padStart(columns.id)} ${time} ${where} `
  const text = fitWidth(packetText(way), width - textWidth(head) - textWidth(end) - 2, more)
  if (isSelected) return theme.selected(cutToWidth(`${head}${text}  ${end}`, width))
  return `${theme.dim(head)}${way.role === 'arp' ? theme.dim(text) : text}  ${isLost(way) ? theme.warn(end) : theme.done(end)}`
}

interface Columns {
  readonly isWide: boolean
  readonly id: number
  readonly where: number
}

/** As wide as what is in sight. */
function columnsOf(ways: readonly Way[], isWide: boolean): Columns {
  const where = Math.max(4, ...ways.map((way) => textWidth(whereOf(way, isWide))))
  return { isWide, id: Math.max(2, ...ways.map(({ id }) => String(id).length)), where: Math.min(where, isWide ? 30 : 13) }
}

function whereOf(way: Way, isWide: boolean): string {
  return isWide ? birthplaceOf(way) : (way.hops[0]?.node ?? '?')
}
