// Gathers the steps of a line into hops: a new hop begins where the place changes.
import type { TraceKind } from '../trace/packet-trace.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import type { Hop, HopKind, Step, StepObject } from './way.js'

export interface Place {
  readonly node: string
  readonly netns: string
  readonly place: string
  readonly kind: HopKind
}

export interface StepFields {
  readonly kind: TraceKind
  readonly label: string
  readonly text: string
  readonly minor?: boolean
  readonly passed?: readonly string[]
  readonly detail?: readonly string[]
  readonly command?: string | null
  readonly object?: StepObject | null
}

interface OpenHop extends Place {
  readonly atUs: number
  readonly before: EthernetFrame
  after: EthernetFrame
  readonly steps: Step[]
}

export class HopWriter {
  private readonly hops: OpenHop[] = []

  constructor(
    /** As it is at this point of the way. */
    public frame: EthernetFrame,
  ) {}

  /** What the packet looks like after the step; `atUs` is when. */
  add(place: Place, fields: StepFields, after: EthernetFrame, atUs: number): void {
    const last = this.hops.at(-1)
    const hop = last !== undefined && isSame(last, place) ? last : this.open(place, atUs)
    const { kind, label, text, minor = false, passed = [], detail = [], command = null, object = null } = fields
    hop.steps.push({ kind, label, text, minor, passed, detail, command, object, before: this.frame, after })
    hop.after = after
    this.frame = after
  }

  private open(place: Place, atUs: number): OpenHop {
    const { node, netns, kind } = place
    const hop: OpenHop = { node, netns, place: place.place, kind, atUs, before: this.frame, after: this.frame, steps: [] }
    this.hops.push(hop)
    return hop
  }

  get last(): Hop | null {
    return this.hops.at(-1) ?? null
  }

  finish(): readonly Hop[] {
    return this.hops
  }
}

function isSame(a: Place, b: Place): boolean {
  return a.node === b.node && a.netns === b.netns && a.place === b.place && a.kind === b.kind
}
