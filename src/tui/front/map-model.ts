// F3: the lab as a picture, with the way of a packet lit. What is looked at and how; drawn by view/map-rows.

import type { Hop, Way } from '../../explain/way.js'
import type { Lab } from '../../lab/lab.js'
import { isChatter, isLost } from '../../lab/packet-lines.js'
import { waysIn } from '../../lab/packet-ways.js'
import { type Diagram, diagramOf, LEVELS, type Level } from '../../topology/diagram.js'
import { type Lit, type LitWay, litOf } from '../../topology/lit.js'
import { railRoomOf } from '../../topology/text.js'
import { type Place, topologyOf } from '../../topology/topology.js'

export interface LitPacket {
  readonly way: Way
  /** What came back for it. */
  readonly reply: Way | null
}

export class MapModel {
  readonly kind = 'map'
  level: Level = 'namespaces'
  top = 0
  left = 0
  shows: 'both' | 'request' | 'nothing' = 'both'
  /** null: always the last one. */
  packet: number | null = null
  /** The packet that was scrolled to: another one is scrolled to anew. */
  #seen = ''

  constructor(private readonly lab: Lab) {}

  diagram(width: number): Diagram {
    return diagramOf(topologyOf(this.lab.nodes.map(({ machine }) => machine)), this.level, railRoomOf(width))
  }

  /** The packet whose way is lit: the one that was chosen, or the last that somebody sent (questions for neighbours apart). */
  lit(): LitPacket | null {
    if (this.shows === 'nothing') return null
    const ways = waysIn(this.lab.packets)
    const chosen = this.packet === null ? undefined : ways.find(({ id }) => id === this.packet)
    const way = chosen ?? ways.findLast((each) => isOfInterest(each))
    if (way === undefined) return null
    const asked = way.role === 'reply' || way.role === 'error' ? ways.find(({ id }) => id === way.cause) : undefined
    const request = asked ?? way
    const reply = asked === undefined ? ways.find(({ cause, role }) => cause === way.id && role !== 'arp') : way
    return { way: request, reply: reply ?? null }
  }

  litDiagram(diagram: Diagram, packet: LitPacket | null): Lit {
    if (packet === null) return litOf(diagram, [])
    const ways: LitWay[] = [{ direction: 'request', places: placesOf(packet.way) }]
    if (packet.reply !== null && this.shows === 'both') ways.push({ direction: 'reply', places: placesOf(packet.reply) })
    return litOf(diagram, ways)
  }

  /** Brings what is newly lit into sight, once. */
  follow(lit: Lit, packet: LitPacket | null, height: number): void {
    const now = `${packet?.way.id ?? ''} ${this.level}`
    if (now === this.#seen || lit.rows.size === 0) return
    this.#seen = now
    const rows = [...lit.rows.keys()]
    const [first, last] = [Math.min(...rows), Math.max(...rows)]
    if (first < this.top || last >= this.top + height) this.top = Math.max(0, first - 1)
  }

  zoom(by: 1 | -1): boolean {
    const next = LEVELS[LEVELS.indexOf(this.level) + by]
    if (next === undefined) return false
    this.level = next
    this.top = 0
    this.left = 0
    return true
  }

  turnDirection(): void {
    this.shows = this.shows === 'both' ? 'request' : this.shows === 'request' ? 'nothing' : 'both'
  }

  /** To the packet before or after; behind the last one stands "always the last". */
  choose(by: 1 | -1): void {
    const ways = waysIn(this.lab.packets).filter(isOfInterest)
    const now = this.packet ?? this.lit()?.way.id ?? 0
    const at = ways.findIndex(({ id }) => id >= now)
    const next = ways[(at < 0 ? ways.length : at) + by]
    this.packet = next?.id ?? (by > 0 ? null : this.packet)
    if (this.shows === 'nothing') this.shows = 'both'
  }

  scroll(rows: number, columns: number): void {
    this.top = Math.max(0, this.top + rows)
    this.left = Math.max(0, this.left + columns)
  }
}

/** What somebody sent, not what answers it. */
function isOfInterest(way: Way): boolean {
  if (way.role === 'arp' || isChatter(way)) return false
  return (
    way.role === 'request' || way.role === 'other' || (way.cause === null && way.hops.length > 0) || (way.role === 'error' && isLost(way))
  )
}

export function placesOf(way: Way): Place[] {
  return way.hops.filter(({ kind }) => kind !== 'wire').map(placeOfHop)
}

function placeOfHop({ node, netns, place, kind }: Hop): Place {
  return kind === 'ip' || kind === 'socket' ? { node, netns, device: '' } : { node, netns, device: place }
}
