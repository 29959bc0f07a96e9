// F5: the last packets over all nodes, and one packet's way step by step. What is looked at; drawn by view/packets-rows and view/hop-rows.

import type { Hop, Step, Way } from '../../explain/way.js'
import type { Lab } from '../../lab/lab.js'
import { NO_FILTER, type PacketFilter, shows } from '../../lab/packet-lines.js'
import { waysIn } from '../../lab/packet-ways.js'

export class PacketsModel {
  readonly kind = 'packets'
  mode: 'list' | 'way' = 'list'
  filter: PacketFilter = NO_FILTER
  /** Keys go to the filter's text. */
  isTyping = false
  /** null: always the newest. */
  selected: number | null = null
  hop = 0
  step = 0
  /** All header fields in place of the steps. */
  showsHeaders = false
  /** Steps that decided nothing, too. */
  showsMinor = false
  scroll = 0
  /** The packet that is stepped through. */
  private held: Way | null = null

  constructor(private readonly lab: Lab) {}

  ways(): Way[] {
    return waysIn(this.lab.packets).filter((way) => shows(way, this.filter))
  }

  get total(): number {
    return waysIn(this.lab.packets).length
  }

  /** Where the selected packet stands in the list. */
  indexIn(ways: readonly Way[]): number {
    if (this.selected === null) return ways.length - 1
    const at = ways.findIndex(({ id }) => id >= this.selected!)
    return at < 0 ? ways.length - 1 : at
  }

  get way(): Way | null {
    const ways = this.ways()
    const way = ways[this.indexIn(ways)] ?? null
    if (this.mode === 'list' || this.held === null || this.held.id !== this.selected) return way
    // What is being stepped through stays, though newer packets have pushed it out of the log.
    if (way?.id === this.held.id) this.held = way
    return this.held
  }

  get currentHop(): Hop | null {
    const hops = this.way?.hops ?? []
    return hops[Math.min(this.hop, hops.length - 1)] ?? null
  }

  /** Of a hop, what is told: decisions; everything when there were none or when it is asked for. */
  stepsOf(hop: Hop): readonly Step[] {
    const told = hop.steps.filter(({ minor }) => !minor)
    return this.showsMinor || told.length === 0 ? hop.steps : told
  }

  get currentStep(): Step | null {
    const hop = this.currentHop
    if (hop === null) return null
    const steps = this.stepsOf(hop)
    return steps[Math.min(this.step, steps.length - 1)] ?? null
  }

  select(by: number): void {
    const ways = this.ways()
    const at = Math.min(ways.length - 1, Math.max(0, this.indexIn(ways) + by))
    // At the end the list follows what comes.
    this.selected = at === ways.length - 1 ? null : (ways[at]?.id ?? null)
  }

  enter(): void {
    const { way } = this
    if (way === null) return
    this.selected = way.id
    this.held = way
    this.mode = 'way'
    this.goto(0)
  }

  goto(hop: number): void {
    this.hop = hop
    this.step = 0
    this.scroll = 0
  }

  /** Hop by hop; behind the last one the next packet begins. */
  advance(by: 1 | -1): boolean {
    const ways = this.ways()
    const at = this.indexIn(ways)
    const { way } = this
    const hops = way?.hops.length ?? 0
    const next = Math.min(this.hop, hops - 1) + by
    if (next >= 0 && next < hops) {
      this.goto(next)
      return true
    }
    // Behind one that has left the log comes the oldest that is kept.
    const other = by > 0 && ways[at]?.id !== way?.id ? ways[at] : ways[at + by]
    if (other === undefined) return false
    this.selected = other.id
    this.held = other
    this.goto(by > 0 ? 0 : other.hops.length - 1)
    return true
  }

  turnHeaders(): void {
    this.showsHeaders = !this.showsHeaders
    this.scroll = 0
  }

  turnMinor(): void {
    this.showsMinor = !this.showsMinor
    this.step = 0
  }

  moveStep(by: 1 | -1): void {
    const hop = this.currentHop
    if (hop === null) return
    this.step = Math.min(this.stepsOf(hop).length - 1, Math.max(0, Math.min(this.step, this.stepsOf(hop).length - 1) + by))
  }

  narrow(filter: Partial<PacketFilter>): void {
    this.filter = { ...this.filter, ...filter }
  }
}
