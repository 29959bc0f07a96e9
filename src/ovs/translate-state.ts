// What a translation knows while it runs, and how parts of it are put aside and back.
import type { TunnelKey } from '../kernel/tunnel-key.js'
import type { NatAction, OfAction } from './actions/action.js'
import type { OfBridge } from './bridge.js'
import type { Credit } from './credit.js'
import type { DpAction } from './dp-action.js'
import type { Flow } from './flow.js'
import type { FlowKey } from './flow-key.js'
import { W } from './flow-key.js'
import type { FlowTable } from './flow-table.js'
import type { FrozenState } from './frozen-state.js'
import type { Mirror } from './mirror.js'
import { OFPP_UNSET } from './port-numbers.js'
import type { OfPort } from './ports.js'
import { giveBack, takeCopy } from './spare-keys.js'
import type { TraceReport } from './trace-report.js'
import type { NativeRoute } from './tunnel-native.js'
import { initWildcards } from './wildcards.js'

export const MAX_DEPTH = 64
export const MAX_RESUBMITS = MAX_DEPTH * MAX_DEPTH

/** Why a translation ends in a drop. */
export type TranslateError =
  | 'Recursion too deep'
  | 'Too many resubmits'
  | 'Stack too deep'
  | 'No recirculation context'
  | 'Recirculation conflict'
  | 'Unmatched bridge'
  | 'Unsupported packet type'
  | 'Forwarding disabled'
  | 'Too many MPLS labels'

export interface RecircRequest {
  readonly id: number
  readonly key: FlowKey
  readonly zone: number
  readonly nat: NatAction | null
}

export interface SavedState {
  readonly key: FlowKey
  readonly stack: readonly bigint[]
  readonly actionSet: readonly OfAction[]
  readonly hasGroup: boolean
  readonly table: number
  readonly rule: Flow | null
  readonly isLast: boolean
  readonly conntracked: boolean
}

export interface TranslateInput {
  readonly bridge: OfBridge
  /** With OpenFlow port numbers. It is copied. */
  readonly key: FlowKey
  /** Where the packet came in; null: nowhere that exists. */
  readonly port: OfPort | null
  readonly frozen: FrozenState | null
  readonly nowUs: number
  /** There is a packet, so flows are learned: remarks say so. */
  readonly learns: boolean
  readonly sink: TraceReport | null
  readonly recircs: RecircRequest[] | null
  /** Instead of looking table 0 up (packet-out). */
  readonly actions?: readonly OfAction[]
}

/** What most translations have nothing of is made when there is something. */
const NONE: readonly never[] = []
const NO_MIRRORS: ReadonlySet<Mirror> = new Set()

export abstract class TranslationState {
  readonly key: FlowKey
  readonly base: FlowKey
  wildcards: FlowKey
  actions: DpAction[] = []
  credits: Credit[] = []
  /** Ids of frozen states that `actions` name. */
  recircIds: readonly number[] = NONE
  bridge: OfBridge
  table = 0
  rule: Flow | null = null
  depth = 0
  resubmits = 0
  exited = false
  /** The rest of this list of actions is not executed (dec_ttl). */
  stopped = false
  error: TranslateError | null = null
  /** The action at work is the last of all. */
  isLast = false
  actionSet: readonly OfAction[] = NONE
  protected setHasGroup = false
  private lastTunnel: TunnelKey | null = null
  stack: bigint[] = []
  conntracked = false
  /** MACs that NORMAL would learn. */
  seenMacs: readonly { readonly bridge: OfBridge; readonly mac: number; readonly vlan: number; readonly port: OfPort }[] = NONE
  learns: boolean
  readonly nowUs: number
  /** What ofproto/trace wants to know; null: nobody asks. */
  readonly sink: TraceReport | null
  readonly recircs: RecircRequest[] | null
  readonly originalTunnelDst: number
  /** Questions for neighbours that a tunnel waits for. */
  arpRequests: readonly NativeRoute[] = NONE
  /** ARP that passes a bridge with a tunnel's address. */
  snoops: readonly { readonly bridge: OfBridge; readonly key: FlowKey }[] = NONE
  /** Flows that will be learned: their tables look at their masks already. */
  pupils: readonly { readonly table: FlowTable; readonly mask: FlowKey }[] = NONE
  /** Mirrors that have this packet already. */
  mirrored: ReadonlySet<Mirror> = NO_MIRRORS
  /** Outputs are cut to that length; 0: they are not. */
  snapLength = 0
  /** A label was popped: what is behind it is not known yet. */
  wasMpls = false
  /** Why the datapath cannot do it alone. */
  slow: readonly string[] = NONE
  /** The lists that are being executed, innermost last, and how far each has come; for what branches. */
  lists: (readonly OfAction[])[] = []
  reached: number[] = []

  constructor(protected readonly input: TranslateInput) {
    this.key = takeCopy(input.key)
    this.key[W.ACTSET_OUTPUT] = OFPP_UNSET
    this.base = takeCopy(this.key)
    for (let word = W.TUN_ID; word <= W.TUN_FLAGS; word++) this.base[word] = 0
    this.wildcards = initWildcards(input)
    this.bridge = input.bridge
    this.learns = input.learns
    this.nowUs = input.nowUs
    this.sink = input.sink
    this.recircs = input.recircs
    this.originalTunnelDst = input.key[W.TUN_DST]!
  }

  /** The key as it came. */
  get original(): FlowKey {
    return this.input.key
  }

  slowFor(reason: string): void {
    if (!this.slow.includes(reason)) this.slow = [...this.slow, reason]
  }

  /** What is left of a list that is being executed. */
  restOf(depth: number): readonly OfAction[] {
    return this.lists[depth]?.slice(this.reached[depth]) ?? NONE
  }

  /** All that was asked of the translation has been read; its actions, credits and wildcards may stay in use. */
  release(): void {
    giveBack(this.key)
    giveBack(this.base)
  }

  /** As `release`, and its wildcards are not wanted either. */
  discard(): void {
    this.release()
    giveBack(this.wildcards)
  }

  /** Fields, stack and action set, to be put back behind something that works on a copy. */
  save(): SavedState {
    const { table, rule, isLast, conntracked } = this
    return {
      key: takeCopy(this.key),
      stack: this.stack.length === 0 ? NONE : [...this.stack],
      actionSet: this.actionSet,
      hasGroup: this.setHasGroup,
      table,
      rule,
      isLast,
      conntracked,
    }
  }

  /** Once for each `save`. */
  restore(saved: SavedState): void {
    this.key.set(saved.key)
    giveBack(saved.key)
    this.stack = [...saved.stack]
    this.actionSet = saved.actionSet
    this.setHasGroup = saved.hasGroup
    this.table = saved.table
    this.rule = saved.rule
    this.isLast = saved.isLast
    this.conntracked = saved.conntracked
  }

  /** A packet enters another bridge. */
  startPipeline(bridge: OfBridge): void {
    this.bridge = bridge
    this.actionSet = NONE
    this.setHasGroup = false
    this.stack = []
    this.key[W.ACTSET_OUTPUT] = OFPP_UNSET
  }

  /** The datapath still has this tunnel header from the output before. */
  sameTunnel(tunnel: TunnelKey): boolean {
    const last = this.lastTunnel
    this.lastTunnel = tunnel
    if (last === null || last.vni !== tunnel.vni || last.src !== tunnel.src || last.dst !== tunnel.dst) return false
    return last.flags === tunnel.flags && last.ttl === tunnel.ttl && last.tos === tunnel.tos && last.dstPort === tunnel.dstPort
  }

  clearConntrack(): void {
    this.conntracked = false
    const { key } = this
    key[W.CT_STATE] = 0
    key[W.CT_ZONE] = 0
    key[W.CT_MARK] = 0
    for (let word = W.CT_LABEL; word < W.CT_LABEL + 4; word++) key[word] = 0
    for (let word = W.CT_NW_PROTO; word < W.CT_IPV6_DST + 4; word++) key[word] = 0
  }
}
