// What one packet went through: typed events that hold references and no text; the printer is elsewhere.
import type { EthernetFrame } from '../wire/ethernet.js'
import type { DropReason } from './drop-reason.js'

/** Anything an event can point at: a device, a namespace, a chain, a table. */
export interface Named {
  readonly name: string
}

export type TraceKind =
  | 'rx'
  | 'tx'
  | 'hook'
  | 'rule'
  | 'policy'
  | 'conntrack'
  | 'nat'
  | 'route'
  | 'neigh'
  | 'fdb'
  | 'table'
  | 'action'
  | 'encap'
  | 'decap'
  | 'hold'
  | 'drop'
  | 'deliver'

export interface TraceEvent {
  readonly kind: TraceKind
  readonly atUs: number
  readonly where: Named
  readonly frame: EthernetFrame
  /** What the place wants to say: a rule, a route, a drop reason; each kind has its own type. */
  readonly detail: unknown
}

/** Where a packet was made, and because of which other packet. */
export interface Birth {
  readonly id: number
  readonly atUs: number
  readonly node: string
  /** '' is the node's own namespace. */
  readonly netns: string
  /** The packet that made the kernel send this one: what it answers, what waits for its neighbour. null: a program or a timer. */
  cause: PacketTrace | null
}

export class Noted implements TraceEvent {
  constructor(
    readonly kind: TraceKind,
    readonly atUs: number,
    readonly where: Named,
    readonly frame: EthernetFrame,
    readonly detail: unknown,
  ) {}
}

/** V8 makes what it has often seen survive among the old objects at once; of lists it learns that by the place of their `[]`. */
const NO_EVENTS: readonly TraceEvent[] = []
const NO_TRACES: readonly PacketTrace[] = []

/** The events of one packet; clones (floods, mirrored frames) have children. */
export class PacketTrace {
  readonly events: TraceEvent[] = NO_EVENTS.slice()
  readonly children: PacketTrace[] = NO_TRACES.slice()
  /** Packets that were made because of this one. */
  readonly caused: PacketTrace[] = NO_TRACES.slice()
  /** How many events the parent had when this clone was made. */
  readonly branchedAt: number

  constructor(
    private readonly clock: { readonly nowUs: number },
    readonly parent: PacketTrace | null = null,
    /** null: a clone, or nobody keeps births. */
    readonly birth: Birth | null = null,
  ) {
    this.branchedAt = parent === null ? 0 : parent.events.length
  }

  add(kind: TraceKind, where: Named, frame: EthernetFrame, detail: unknown): void {
    this.events.push(new Noted(kind, this.clock.nowUs, where, frame, detail))
  }

  /** The trace of a clone, hanging off the event it was made at. */
  child(): PacketTrace {
    const child = new PacketTrace(this.clock, this)
    this.children.push(child)
    return child
  }

  /** The packet that all copies come from. */
  get root(): PacketTrace {
    return this.parent === null ? this : this.parent.root
  }

  /** The reason the packet ended with, null while it lives or when it was delivered. */
  get dropReason(): DropReason | null {
    for (const event of this.events) if (event.kind === 'drop') return event.detail as DropReason
    return null
  }
}
