// An OpenFlow bridge: its ports, tables, groups and MAC table, and what controllers and commands may change.
import type { Packet } from '../kernel/packet.js'
import type { OfAction } from './actions/action.js'
import type { Flow, FlowFlags } from './flow.js'
import type { OvsInternalDevice } from './internal-device.js'
import type { Match } from './match.js'
import type { OfPort, PortSpec } from './ports.js'
import type { VSwitch } from './vswitch.js'

export type FailMode = 'standalone' | 'secure'
export type DatapathType = 'system' | 'netdev'

export interface FlowMod {
  readonly command: 'add' | 'modify' | 'modify_strict' | 'delete' | 'delete_strict'
  /** null: all tables (delete and modify). */
  readonly table: number | null
  readonly match: Match
  readonly priority: number
  /** New cookie of an add or modify. */
  readonly cookie: bigint
  /** Selects flows by cookie in modify and delete; mask 0: all. */
  readonly cookieMatch: bigint
  readonly cookieMask: bigint
  readonly idleTimeout: number
  readonly hardTimeout: number
  readonly importance: number
  readonly flags: FlowFlags
  readonly actions: readonly OfAction[]
  /** delete: only flows that output here; null: any. */
  readonly outPort: number | null
  readonly outGroup: number | null
}

export interface FlowFilter {
  readonly table: number | null
  readonly match: Match
  readonly cookie: bigint
  readonly cookieMask: bigint
  readonly outPort: number | null
  readonly outGroup: number | null
}

export interface Bucket {
  readonly id: number
  readonly weight: number
  readonly watchPort: number | null
  readonly watchGroup: number | null
  readonly actions: readonly OfAction[]
}

export type GroupType = 'all' | 'select' | 'indirect' | 'fast_failover'

export interface GroupSpec {
  readonly id: number
  readonly type: GroupType
  readonly buckets: readonly Bucket[]
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

export interface BridgeSpec {
  readonly name: string
  readonly datapathType: DatapathType
  readonly failMode: FailMode
}

export abstract class OfBridge {
  abstract readonly vswitch: VSwitch
  abstract readonly name: string
  abstract readonly datapathType: DatapathType
  /** 48 bits of a MAC under 16 of an implementer number; settable. */
  abstract datapathId: bigint
  /** Change it with `setFailMode`: it makes or removes the flows of the standalone mode. */
  abstract readonly failMode: FailMode
  abstract readonly ports: ReadonlyMap<number, OfPort>
  abstract readonly local: OvsInternalDevice
  abstract setFailMode(mode: FailMode): void
  /** KernelError ENODEV when a system port's device is not there, EBUSY/EEXIST as the datapath answers. */
  abstract addPort(spec: PortSpec): OfPort
  /** Internal devices go away; others are let go. */
  abstract removePort(port: OfPort): void
  abstract portByName(name: string): OfPort | null
  /** After `port.vlan`, `port.peer`, `port.tunnel` were changed: what was cached is forgotten. */
  abstract portChanged(port: OfPort): void
  /** Throws OfError. */
  abstract flowMod(mod: FlowMod): void
  /** In the order `ovs-ofctl dump-flows` prints: by table, as the switch walks them. Counters are up to date. */
  abstract flows(filter?: FlowFilter): Flow[]
  abstract groupMod(mod: GroupMod): void
  abstract readonly groups: ReadonlyMap<number, GroupSpec>
  /** A frame comes in by a port. */
  abstract receive(pkt: Packet, port: OfPort): void
}
