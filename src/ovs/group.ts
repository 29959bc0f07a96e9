// Groups of a bridge: lists of buckets, all of which or one of which gets the packet.
import type { OfAction } from './actions/action.js'

export type GroupType = 'all' | 'select' | 'indirect' | 'fast_failover'

export interface BucketSpec {
  readonly id: number
  readonly weight: number
  readonly watchPort: number | null
  readonly watchGroup: number | null
  readonly actions: readonly OfAction[]
}

export interface GroupSpec {
  readonly id: number
  readonly type: GroupType
  readonly buckets: readonly BucketSpec[]
  /** '', 'hash' or 'dp_hash'. */
  readonly selectionMethod: string
}

export interface GroupMod {
  readonly command: 'add' | 'modify' | 'add_or_modify' | 'delete' | 'insert_bucket' | 'remove_bucket'
  /** delete: null is all groups. */
  readonly id: number | null
  readonly group: GroupSpec | null
  /** insert_bucket, remove_bucket. */
  readonly bucketId?: number | 'first' | 'last' | 'all'
}

export class Bucket {
  packets = 0
  bytes = 0
  readonly id: number
  readonly weight: number
  readonly watchPort: number | null
  readonly watchGroup: number | null
  readonly actions: readonly OfAction[]

  constructor(spec: BucketSpec) {
    this.id = spec.id
    this.weight = spec.weight
    this.watchPort = spec.watchPort
    this.watchGroup = spec.watchGroup
    this.actions = spec.actions
  }
}

export class Group {
  readonly buckets: Bucket[]
  readonly type: GroupType
  readonly selectionMethod: string
  readonly id: number

  constructor(
    spec: GroupSpec,
    readonly createdUs: number,
  ) {
    this.id = spec.id
    this.type = spec.type
    this.selectionMethod = spec.selectionMethod
    this.buckets = spec.buckets.map((bucket) => new Bucket(bucket))
  }
}
