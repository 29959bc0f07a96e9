// One OpenFlow flow: what it matches, what it does, when it ends, and what it has counted.
import { Copied } from '../sim/copied.js'
import type { OfAction } from './actions/action.js'
import type { Match } from './match.js'

/** Flags of a flow mod that stay with the flow. */
export interface FlowFlags {
  readonly sendFlowRem?: boolean
  readonly checkOverlap?: boolean
  readonly resetCounts?: boolean
  readonly noPacketCounts?: boolean
  readonly noByteCounts?: boolean
}

export interface FlowSpec {
  readonly table: number
  readonly priority: number
  readonly match: Match
  readonly cookie: bigint
  readonly actions: readonly OfAction[]
  readonly idleTimeout: number
  readonly hardTimeout: number
  readonly importance: number
  readonly flags: FlowFlags
}

export class Flow extends Copied {
  readonly table: number
  readonly priority: number
  readonly match: Match
  cookie: bigint
  actions: readonly OfAction[]
  idleTimeout: number
  hardTimeout: number
  readonly importance: number
  flags: FlowFlags
  /** Hidden flows: the switch's own, table 254. */
  isHidden = false
  /** False once it is out of its table: caches that still name it are stale. */
  isAlive = true
  /** The next of lower priority with the same match. */
  below: Flow | null = null
  /** Rank in listings: who was added or changed last comes last. */
  filed = 0
  packets = 0
  bytes = 0
  usedUs: number
  modifiedUs: number

  constructor(
    spec: FlowSpec,
    readonly createdUs: number,
  ) {
    super()
    this.table = spec.table
    this.priority = spec.priority
    this.match = spec.match
    this.cookie = spec.cookie
    this.actions = spec.actions
    this.idleTimeout = spec.idleTimeout
    this.hardTimeout = spec.hardTimeout
    this.importance = spec.importance
    this.flags = spec.flags
    this.usedUs = createdUs
    this.modifiedUs = createdUs
  }

  /** When it will end if no packet comes; Infinity without timeouts. */
  get expiresUs(): number {
    const hard = this.hardTimeout === 0 ? Number.POSITIVE_INFINITY : this.modifiedUs + this.hardTimeout * 1e6
    const idle = this.idleTimeout === 0 ? Number.POSITIVE_INFINITY : this.usedUs + this.idleTimeout * 1e6
    return Math.min(hard, idle)
  }
}
