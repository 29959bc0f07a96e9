// Mirrors of a bridge: copies of chosen packets to a port, or into a VLAN.
import type { OfPort } from './ports.js'

export interface MirrorSpec {
  readonly name: string
  /** null: all ports. Faces of bonds stand for all their members. */
  readonly sources: ReadonlySet<OfPort> | null
  readonly destinations: ReadonlySet<OfPort> | null
  /** Empty: all VLANs. */
  readonly vlans: readonly number[]
  readonly outPort: OfPort | null
  readonly outVlan: number | null
  /** 0: whole packets. */
  readonly snapLength: number
}

export class Mirror {
  packets = 0
  bytes = 0

  constructor(readonly spec: MirrorSpec) {}

  hasSource(port: OfPort): boolean {
    const { sources } = this.spec
    return sources === null || sources.has(port)
  }

  hasDestination(port: OfPort): boolean {
    const { destinations } = this.spec
    return destinations === null || destinations.has(port)
  }

  /** Two mirrors of one packet to the same place are one. */
  sharesOutput({ spec }: Mirror): boolean {
    return this.spec.outPort === spec.outPort && this.spec.outVlan === spec.outVlan
  }
}

/** What comes in by such a port is dropped, and nothing but mirrored packets leaves by it. */
export function isMirrorOutput(mirrors: readonly Mirror[], port: OfPort): boolean {
  for (const { spec } of mirrors) if (spec.outPort === port) return true
  return false
}
