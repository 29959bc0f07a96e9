// All OpenFlow actions as data. What is written in a flow, what travels in a message and what the switch keeps are lists of these.
import type { Ipv4Address } from '../../addr/ipv4.js'
import type { Ipv6Address } from '../../addr/ipv6.js'
import type { Field, Subfield } from '../fields.js'
import type { LearnMasks } from '../learn-masks.js'
import type { HeaderAction } from './header-action.js'

/** `maxLength` counts only for CONTROLLER. */
export interface OutputAction {
  readonly type: 'output'
  readonly port: number
  readonly maxLength: number
}

/** `output(port=1,max_len=100)`: cuts the packet. */
export interface OutputTrunc {
  readonly type: 'output_trunc'
  readonly port: number
  readonly maxLength: number
}

export interface OutputReg {
  readonly type: 'output_reg'
  readonly source: Subfield
  readonly maxLength: number
}

export type PacketInReason = 'no_match' | 'action' | 'invalid_ttl' | 'action_set' | 'group' | 'packet_out'

export interface ControllerAction {
  readonly type: 'controller'
  readonly maxLength: number
  readonly controllerId: number
  readonly reason: PacketInReason
  readonly userdata: Uint8Array | null
  readonly pause: boolean
  readonly meter: number | null
}

export interface Enqueue {
  readonly type: 'enqueue'
  readonly port: number
  readonly queue: number
}

/** Both `bundle` (dst null) and `bundle_load`. */
export interface Bundle {
  readonly type: 'bundle'
  readonly fields: HashFields
  readonly basis: number
  readonly algorithm: 'hrw' | 'active_backup'
  readonly memberType: string
  readonly members: readonly number[]
  readonly dst: Subfield | null
}

export type HashFields = 'eth_src' | 'symmetric_l4' | 'symmetric_l3l4' | 'symmetric_l3l4+udp' | 'symmetric_l3' | 'nw_src' | 'nw_dst'

/** Parsed and printed; the switch refuses to run it (not emulated). */
export interface Multipath {
  readonly type: 'multipath'
  readonly fields: HashFields
  readonly basis: number
  readonly algorithm: 'modulo_n' | 'hash_threshold' | 'hrw' | 'iter_hash'
  readonly links: number
  readonly argument: number
  readonly dst: Subfield
}

export interface GroupAction {
  readonly type: 'group'
  readonly id: number
}

/** `value` and `mask` have the field's width. `vlan_vid` counts with its presence bit (0x1000). */
export interface SetFieldAction {
  readonly type: 'set_field'
  readonly field: Field
  readonly value: bigint
  readonly mask: bigint
}

/** `load:VALUE->FIELD[A..B]`, at most 64 bits each. */
export interface LoadAction {
  readonly type: 'load'
  readonly dst: Subfield
  readonly value: bigint
}

export interface MoveAction {
  readonly type: 'move'
  readonly source: Subfield
  readonly dst: Subfield
}

export interface PushAction {
  readonly type: 'push'
  readonly part: Subfield
}

export interface PopAction {
  readonly type: 'pop'
  readonly part: Subfield
}

/** `wide`: written as set_tunnel64, or too long for 32 bits. */
export interface SetTunnel {
  readonly type: 'set_tunnel'
  readonly id: bigint
  readonly wide: boolean
}

export interface SetQueue {
  readonly type: 'set_queue'
  readonly queue: number
}

export interface PopQueue {
  readonly type: 'pop_queue'
}

export interface FinTimeout {
  readonly type: 'fin_timeout'
  readonly idle: number
  readonly hard: number
}

/** null: the current in_port, the current table. */
export interface Resubmit {
  readonly type: 'resubmit'
  readonly port: number | null
  readonly table: number | null
  readonly withCt: boolean
}

export type LearnSpec =
  /** FIELD=FIELD: the new flow matches on what the packet holds. */
  | { readonly kind: 'match_field'; readonly source: Subfield; readonly dst: Subfield }
  | { readonly kind: 'match_value'; readonly value: bigint; readonly dst: Subfield }
  /** load:FIELD->FIELD: the new flow loads what the packet holds. */
  | { readonly kind: 'load_field'; readonly source: Subfield; readonly dst: Subfield }
  | { readonly kind: 'load_value'; readonly value: bigint; readonly dst: Subfield }
  | { readonly kind: 'output'; readonly source: Subfield }

export interface LearnAction {
  readonly type: 'learn'
  readonly table: number
  readonly priority: number
  readonly idleTimeout: number
  readonly hardTimeout: number
  readonly finIdleTimeout: number
  readonly finHardTimeout: number
  readonly cookie: bigint
  readonly sendFlowRem: boolean
  readonly deleteLearned: boolean
  /** 0: no limit. */
  readonly limit: number
  readonly resultDst: Subfield | null
  readonly specs: readonly LearnSpec[]
  /** What `specs` read of the packet, and match on. */
  readonly masks: LearnMasks
}

export interface Conjunction {
  readonly type: 'conjunction'
  readonly id: number
  readonly clause: number // 0-based
  readonly clauses: number
}

export interface NoteAction {
  readonly type: 'note'
  readonly bytes: Uint8Array
}

export interface ExitAction {
  readonly type: 'exit'
}

export interface DebugRecirc {
  readonly type: 'debug_recirc'
}

export interface SampleAction {
  readonly type: 'sample'
  readonly probability: number
  readonly collectorSet: number
  readonly domain: number
  readonly point: number
  readonly samplingPort: number | null
  readonly direction: 'default' | 'ingress' | 'egress'
}

/** Range of addresses and ports; address kind by `family`, 0: none given. */
export interface NatSpec {
  readonly kind: 'src' | 'dst' | null
  readonly family: 0 | 4 | 6
  readonly addressMin: Ipv4Address | Ipv6Address
  /** Equal to `addressMin` when one address is given. */
  readonly addressMax: Ipv4Address | Ipv6Address
  /** 0: no ports. */
  readonly portMin: number
  readonly portMax: number
  readonly persistent: boolean
  readonly hash: boolean
  readonly random: boolean
}

export interface NatAction extends NatSpec {
  readonly type: 'nat'
}

export interface CtAction {
  readonly type: 'ct'
  readonly commit: boolean
  readonly force: boolean
  /** Recirculates into this table; null: the packet goes on without waiting. */
  readonly table: number | null
  readonly zone: number | Subfield
  readonly alg: string | null
  readonly nat: NatAction | null
  /** Actions of exec(): they set ct_mark and ct_label. */
  readonly exec: readonly OfAction[]
}

export interface CtClear {
  readonly type: 'ct_clear'
}

export interface CloneAction {
  readonly type: 'clone'
  readonly actions: readonly OfAction[]
}

export interface CheckPktLarger {
  readonly type: 'check_pkt_larger'
  readonly length: number
  readonly dst: Subfield
}

export interface DeleteField {
  readonly type: 'delete_field'
  readonly field: Field
}

export interface MeterAction {
  readonly type: 'meter'
  readonly id: number
}

export interface ClearActions {
  readonly type: 'clear_actions'
}

export interface WriteActions {
  readonly type: 'write_actions'
  readonly actions: readonly OfAction[]
}

export interface WriteMetadata {
  readonly type: 'write_metadata'
  readonly value: bigint
  readonly mask: bigint
}

export interface GotoTable {
  readonly type: 'goto_table'
  readonly table: number
}

export type OfAction =
  | OutputAction
  | OutputTrunc
  | OutputReg
  | ControllerAction
  | Enqueue
  | Bundle
  | Multipath
  | GroupAction
  | SetFieldAction
  | LoadAction
  | MoveAction
  | PushAction
  | PopAction
  | HeaderAction
  | SetTunnel
  | SetQueue
  | PopQueue
  | FinTimeout
  | Resubmit
  | LearnAction
  | Conjunction
  | NoteAction
  | ExitAction
  | DebugRecirc
  | SampleAction
  | NatAction
  | CtAction
  | CtClear
  | CloneAction
  | CheckPktLarger
  | DeleteField
  | MeterAction
  | ClearActions
  | WriteActions
  | WriteMetadata
  | GotoTable

export type ActionType = OfAction['type']
