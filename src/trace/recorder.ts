// Keeps the traces of the last packets born in a lab, each with its birth: where it was made, and because of which other packet.
import type { EthernetFrame } from '../wire/ethernet.js'
import { type Birth, type Named, Noted, PacketTrace, type TraceKind } from './packet-trace.js'

/** What a recorder hangs on: the Simulation. */
export interface Recorded<P> {
  readonly nowUs: number
  tracer: ((pkt: P, cause: PacketTrace | null) => PacketTrace | null) | null
}

export interface RecorderOptions<P> {
  /** How many packets are kept. */
  readonly limit?: number
  /** Where a packet is made; null: this packet is of no interest. */
  readonly place: (pkt: P) => { readonly node: string; readonly netns: string } | null
  /** What a packet is one of; without it only the newest stay. A busy flow then does not push out the few packets of another kind. */
  readonly kindOf?: (trace: PacketTrace) => string
}

/** Of those kept, so many may be older ones of their kind, so many of each. */
const SHARE_OF_RARE = 0.25
const RARE_OF_A_KIND = 12

/** More of them would outlive the young generation of the heap: at 1,000 a flood is three times as slow. */
const DEFAULT_LIMIT = 300

const NONE: ReadonlySet<PacketTrace> = new Set()

export class Recorder<P> {
  private kept: PacketTrace[] = []
  private nextId = 1
  private readonly listeners = new Set<(trace: PacketTrace) => void>()
  private readonly limit: number
  private readonly tracer = (pkt: P, cause: PacketTrace | null): PacketTrace | null => this.born(pkt, cause)
  private readonly last = new LastEvent()

  constructor(
    private readonly sim: Recorded<P>,
    private readonly options: RecorderOptions<P>,
  ) {
    this.limit = options.limit ?? DEFAULT_LIMIT
  }

  start(): this {
    this.sim.tracer = this.tracer
    return this
  }

  stop(): void {
    if (this.sim.tracer === this.tracer) this.sim.tracer = null
  }

  /** By birth, oldest first. */
  traces(): readonly PacketTrace[] {
    return this.kept
  }

  find(id: number): PacketTrace | null {
    return this.kept.find((trace) => trace.birth?.id === id) ?? null
  }

  clear(): void {
    this.kept = []
  }

  /** Told of every packet when it is born (its trace is still empty then). */
  onPacket(listener: (trace: PacketTrace) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /**
   * What is forgotten lets go of its neighbours, else a chain of answers would hold everything that ever was. One by one: a list cut to
   * no length leaves its old room behind, full, and the collector of young objects takes what a dead old one refers to for alive.
   */
  private forgetOldest(): void {
    const rare = this.rareOnes()
    const newest = this.limit - rare.size
    const gone = this.kept.length - newest
    for (const trace of this.kept.slice(0, gone)) {
      if (rare.has(trace)) continue
      while (trace.caused.length > 0) trace.caused.pop()
      if (trace.birth !== null) trace.birth.cause = null
    }
    this.kept = [...rare, ...this.kept.slice(gone)]
  }

  /** Among those that would go, the last few of each kind, oldest first. */
  private rareOnes(): ReadonlySet<PacketTrace> {
    const { kindOf } = this.options
    if (kindOf === undefined) return NONE
    const most = Math.floor(this.limit * SHARE_OF_RARE)
    const counts = new Map<string, number>()
    const rare: PacketTrace[] = []
    for (let at = this.kept.length - 1; at >= 0 && rare.length < most; at--) {
      const trace = this.kept[at]!
      const kind = kindOf(trace)
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      if (at < this.kept.length - this.limit + most && count <= RARE_OF_A_KIND) rare.push(trace)
    }
    return new Set(rare.reverse())
  }

  /** The next packets are made by a program (or by hand): nothing before them is their cause. */
  forgetCause(): void {
    this.last.trace = null
  }

  private born(pkt: P, known: PacketTrace | null): PacketTrace | null {
    const place = this.options.place(pkt)
    if (place === null) return null
    const { nowUs } = this.sim
    const cause = known?.root ?? (this.last.atUs === nowUs ? (this.last.trace?.root ?? null) : null)
    const birth: Birth = { id: this.nextId++, atUs: nowUs, node: place.node, netns: place.netns, cause }
    const trace = new RecordedTrace(this.sim, null, birth, this.last)
    cause?.caused.push(trace)
    this.kept.push(trace)
    // In bulk: a shift of every packet would move the whole list each time.
    if (this.kept.length > this.limit * 1.25) this.forgetOldest()
    for (const listener of this.listeners) listener(trace)
    return trace
  }
}

/** The packet that had the last event: what is made at that same moment is made because of it. */
class LastEvent {
  trace: PacketTrace | null = null
  atUs = -1
}

class RecordedTrace extends PacketTrace {
  constructor(
    private readonly sim: { readonly nowUs: number },
    parent: PacketTrace | null,
    birth: Birth | null,
    private readonly last: LastEvent,
  ) {
    super(sim, parent, birth)
  }

  override add(kind: TraceKind, where: Named, frame: EthernetFrame, detail: unknown): void {
    const atUs = this.sim.nowUs
    this.events.push(new Noted(kind, atUs, where, frame, detail))
    this.last.trace = this
    this.last.atUs = atUs
  }

  override child(): PacketTrace {
    const child = new RecordedTrace(this.sim, this, null, this.last)
    this.children.push(child)
    return child
  }
}
