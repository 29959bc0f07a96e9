// Translation: runs a flow key through the tables and gathers datapath actions, what was looked at, and whom to credit.
// Nothing is changed by it; a packet, a cached result's check and ofproto/trace all use this one.

import type { TunnelKey } from '../kernel/tunnel-key.js'
import { executeActionSet } from './action-set.js'
import type { Bundle, ControllerAction, CtAction, LearnAction, NatAction, OfAction } from './actions/action.js'
import { translateAction } from './actions/kinds.js'
import type { OfBridge } from './bridge.js'
import { commitKey } from './commit.js'
import type { Credit } from './credit.js'
import type { DpAction } from './dp-action.js'
import type { Field, Subfield } from './fields.js'
import { coverField, coverSubfield, getSubfield, setSubfield } from './fields.js'
import type { Flow } from './flow.js'
import type { FlowKey } from './flow-key.js'
import { FRAG_ANY, W } from './flow-key.js'
import type { FlowTable } from './flow-table.js'
import type { FrozenState } from './frozen-state.js'
import { METADATA_WORDS } from './frozen-state.js'
import { composeLearn } from './learn-exec.js'
import { OFPP_IN_PORT, OFPP_UNSET } from './port-numbers.js'
import type { OfPort } from './ports.js'
import type { TraceReport } from './trace-report.js'
import { checkPktLarger } from './translate-check-pkt.js'
import { cloneActions } from './translate-clone.js'
import type { TranslateContext } from './translate-context.js'
import { composeController, composeCt } from './translate-ct.js'
import { runGroup } from './translate-group.js'
import { composeOutput, outputTo, patchOutput } from './translate-output.js'
import type { NativeRoute } from './tunnel-native.js'
import { finishWildcards, initWildcards, isIp } from './wildcards.js'

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

export interface RecircRequest {
  readonly id: number
  readonly key: FlowKey
  readonly zone: number
  readonly nat: NatAction | null
}

export interface SavedState {
  readonly key: FlowKey
  readonly stack: readonly bigint[]
  readonly actionSet: OfAction[]
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

export class Translation implements TranslateContext {
  readonly key: FlowKey
  readonly base: FlowKey
  readonly original: FlowKey
  wildcards: FlowKey
  actions: DpAction[] = []
  credits: Credit[] = []
  /** Ids of frozen states that `actions` name. */
  readonly recircIds: number[] = []
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
  actionSet: OfAction[] = []
  private setHasGroup = false
  private lastTunnel: TunnelKey | null = null
  stack: bigint[] = []
  conntracked = false
  /** MACs that NORMAL would learn. */
  readonly seenMacs: { readonly bridge: OfBridge; readonly mac: number; readonly vlan: number; readonly port: OfPort }[] = []
  learns: boolean
  readonly nowUs: number
  /** What ofproto/trace wants to know; null: nobody asks. */
  readonly sink: TraceReport | null
  readonly recircs: RecircRequest[] | null
  readonly originalTunnelDst: number
  /** Questions for neighbours that a tunnel waits for. */
  readonly arpRequests: NativeRoute[] = []
  /** ARP that passes a bridge with a tunnel's address. */
  readonly snoops: { readonly bridge: OfBridge; readonly key: FlowKey }[] = []
  /** Flows that will be learned: their tables look at their masks already. */
  readonly pupils: { readonly table: FlowTable; readonly mask: FlowKey }[] = []
  /** Why the datapath cannot do it alone. */
  readonly slow = new Set<string>()
  /** Actions left of the lists that are being executed, innermost last; for what branches. */
  rest: (readonly OfAction[])[] = []

  constructor(private readonly input: TranslateInput) {
    this.key = input.key.slice()
    this.key[W.ACTSET_OUTPUT] = OFPP_UNSET
    this.base = this.key.slice()
    this.original = this.key.slice()
    for (let word = W.TUN_ID; word <= W.TUN_FLAGS; word++) this.base[word] = 0
    this.wildcards = initWildcards(input)
    this.bridge = input.bridge
    this.learns = input.learns
    this.nowUs = input.nowUs
    this.sink = input.sink
    this.recircs = input.recircs
    this.originalTunnelDst = input.key[W.TUN_DST]!
  }

  run(): this {
    const { input, sink } = this
    sink?.enter('bridge', `bridge("${this.bridge.name}")`)
    let actions = input.actions ?? null
    if (input.frozen !== null) actions = this.thaw(input.frozen)
    else if (this.key[W.RECIRC_ID] !== 0) {
      sink?.error(`Recirculation context not found for ID ${(this.key[W.RECIRC_ID]! >>> 0).toString(16)}`)
      this.error = 'No recirculation context'
      return this.finish()
    }
    if (actions === null) {
      const rule = this.lookup(this.table, this.key[W.IN_PORT]!)
      this.rule = rule
      this.enterTable(rule, this.table)
      actions = rule.actions
    }
    const { port } = input
    if (input.frozen === null && port?.tunnel != null) this.credits.push({ type: 'ports', tx: null, rx: port })
    if (this.takesCongestion() && (port === null || !port.config.noReceive)) {
      this.execute(actions, true)
      if (this.error === null) this.executeSet()
    }
    return this.finish()
  }

  /** Congestion marked on the outer header goes to the inner one; a packet that cannot carry the mark is dropped. */
  private takesCongestion(): boolean {
    const { key } = this
    if (key[W.TUN_DST] === 0 || (key[W.TUN_TOS]! & 3) !== 3 || !isIp(key)) return true
    if ((key[W.NW_TOS]! & 3) === 0) return false
    key[W.NW_TOS]! |= 3
    return true
  }

  private thaw(frozen: FrozenState): readonly OfAction[] | null {
    const { sink } = this
    const before = sink?.at
    sink?.enter('thaw', 'thaw')
    this.bridge = frozen.bridge
    this.table = frozen.table
    sink?.thaw(`Resuming from table ${frozen.table}`)
    this.conntracked = frozen.conntracked
    if (!frozen.conntracked) this.clearConntrack()
    METADATA_WORDS.forEach((word, i) => {
      this.key[word] = frozen.metadata[i]!
    })
    this.stack = [...frozen.stack]
    if (frozen.actionSet.length > 0) {
      sink?.thaw(`Restoring action set: ${sink.words.actions(frozen.actionSet, this.bridge)}`)
      this.writeActions(frozen.actionSet)
    }
    if (frozen.actions.length > 0) sink?.thaw(`Restoring actions: ${sink.words.actions(frozen.actions, this.bridge)}`)
    if (sink !== null && before !== undefined) sink.at = before
    return frozen.actions.length > 0 ? frozen.actions : null
  }

  private finish(): this {
    finishWildcards(this)
    if (this.error !== null) this.actions = []
    const last = this.actions.at(-1)
    if (last?.type === 'clone') this.actions.splice(-1, 1, ...last.actions)
    return this
  }

  /** Executes a list. */
  execute(actions: readonly OfAction[], isLast: boolean): void {
    const { sink } = this
    if (actions.length === 0) {
      sink?.plain('drop')
      return
    }
    for (let i = 0; i < actions.length; i++) {
      if (this.error !== null || this.exited) break
      const action = actions[i]!
      sink?.plain(sink.words.action(action, this.bridge))
      this.isLast = isLast && i === actions.length - 1 && this.actionSet.length === 0
      this.rest.push(i === actions.length - 1 ? NO_ACTIONS : actions.slice(i + 1))
      if (action.type === 'output_trunc') this.outputTrunc(action.port, action.maxLength)
      else translateAction(action, this)
      if (action.type === 'move') this.reportSubfield(action.dst)
      if (setsNetwork(action) && isIp(this.key)) this.wildcards[W.NW_PROTO] = 0xff
      this.rest.pop()
      if (!this.stopped) continue
      this.stopped = false
      break
    }
  }

  /** The action set, at the end of a pipeline. */
  executeSet(): void {
    if (this.actionSet.length === 0) return
    const list = executeActionSet(this.actionSet)
    this.actionSet = []
    this.setHasGroup = false
    if (list.length === 0) return
    const { sink } = this
    const before = sink?.at
    sink?.enter('table', '--. Executing action set:')
    this.execute(list, true)
    if (sink !== null && before !== undefined) sink.at = before
  }

  /** Transport ports are hidden from the tables in fragments: not all of them have any. */
  lookup(id: number, inPort: number): Flow {
    const { key, wildcards, bridge } = this
    const table = bridge.table(id)
    const port = key[W.IN_PORT]!
    key[W.IN_PORT] = inPort
    let found: Flow | null
    if ((key[W.NW_FRAG]! & FRAG_ANY) === 0) found = table.lookup(key, wildcards)
    else {
      const src = key[W.TP_SRC]!
      const dst = key[W.TP_DST]!
      key[W.TP_SRC] = 0
      key[W.TP_DST] = 0
      found = table.lookup(key, wildcards)
      key[W.TP_SRC] = src
      key[W.TP_DST] = dst
    }
    key[W.IN_PORT] = port
    for (const pupil of this.pupils) if (pupil.table === table) lookAt(wildcards, pupil.mask)
    const flow = found ?? bridge.noMatch
    this.credits.push({ type: 'flow', flow, table, matched: found !== null })
    return flow
  }

  private enterTable(flow: Flow, table: number): void {
    const { sink } = this
    if (sink === null) return
    const number = `${table}`.padStart(2)
    if (flow === this.bridge.noMatch) sink.enter('table', `${number}. No match.`)
    else sink.enter('table', `${number}. ${sink.words.flow(flow, this.bridge)}`)
  }

  private hasRoom(): boolean {
    if (this.depth >= MAX_DEPTH) {
      this.sink?.error(`over max translation depth ${MAX_DEPTH}`)
      this.error = 'Recursion too deep'
    } else if (this.resubmits >= MAX_RESUBMITS) {
      this.sink?.error(`over ${MAX_RESUBMITS} resubmit actions`)
      this.error = 'Too many resubmits'
    } else if (this.actions.length > 8192) {
      this.sink?.error('resubmits yielded over 64 kB of actions')
      this.exited = true
    } else if (this.stack.length >= 8192) {
      this.sink?.error('resubmits yielded over 64 kB of stack')
      this.error = 'Stack too deep'
    } else return true
    return false
  }

  /** Looks `id` up and executes what is found; `run` is another way of executing (a clone for the peer of a patch port). */
  tableAction(inPort: number, id: number, isLast: boolean, run?: (actions: readonly OfAction[]) => void): void {
    if (!this.hasRoom()) return
    const oldTable = this.table
    const oldRule = this.rule
    const deepens = id <= oldTable ? 1 : 0
    const before = this.sink?.at
    this.table = id
    const rule = this.lookup(id, inPort)
    this.enterTable(rule, id)
    this.resubmits++
    this.depth += deepens
    this.rule = rule
    if (run === undefined) this.execute(rule.actions, isLast)
    else run(rule.actions)
    this.rule = oldRule
    this.depth -= deepens
    this.table = oldTable
    if (this.sink !== null && before !== undefined) this.sink.at = before
  }

  compose(port: number, isLast: boolean): void {
    composeOutput(this, port, isLast)
  }

  patch(port: OfPort, peer: OfPort, isLast: boolean): void {
    patchOutput(this, port, peer, isLast)
  }

  commit(): void {
    commitKey(this)
  }

  /** Fields, stack and action set, to be put back behind something that works on a copy. */
  save(): SavedState {
    const { table, rule, isLast, conntracked } = this
    return {
      key: this.key.slice(),
      stack: [...this.stack],
      actionSet: this.actionSet,
      hasGroup: this.setHasGroup,
      table,
      rule,
      isLast,
      conntracked,
    }
  }

  restore(saved: SavedState): void {
    this.key.set(saved.key)
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
    this.actionSet = []
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

  unwildcard(field: Field): void {
    coverField(this.wildcards, field)
  }

  read(part: Subfield): bigint {
    coverSubfield(this.wildcards, part)
    return getSubfield(this.key, part)
  }

  write(part: Subfield, value: bigint): void {
    coverSubfield(this.wildcards, part)
    setSubfield(this.key, part, value)
  }

  output(port: number, maxLength: number): void {
    outputTo(this, port, maxLength)
  }

  outputReg(part: Subfield, maxLength: number): void {
    const port = getSubfield(this.key, part)
    if (port > 0xffffn) {
      this.sink?.warn(`output port ${port} is out of range`)
      return
    }
    this.sink?.detail(`output port is ${port}`)
    coverSubfield(this.wildcards, part)
    outputTo(this, Number(port), maxLength)
  }

  outputTrunc(port: number, maxLength: number): void {
    if (port === this.key[W.IN_PORT]) {
      this.sink?.warn('skipping output to input port')
      return
    }
    const target = this.bridge.ports.get(port === OFPP_IN_PORT ? this.key[W.IN_PORT]! : port)
    if (target === undefined || target.dpPort === null) {
      this.sink?.error(`output_trunc does not support patch port ${port}`)
      return
    }
    this.actions.push({ type: 'trunc', length: maxLength })
    outputTo(this, port, 0)
  }

  controller(action: ControllerAction): void {
    composeController(this, action.maxLength, action.reason, action.controllerId)
  }

  enqueue(port: number, queue: number): void {
    const target = port === OFPP_IN_PORT ? this.key[W.IN_PORT]! : port
    if (port !== OFPP_IN_PORT && target === this.key[W.IN_PORT]) return
    const before = this.key[W.SKB_PRIORITY]!
    this.key[W.SKB_PRIORITY] = this.bridge.queuePriority(queue)
    outputTo(this, port === OFPP_IN_PORT ? OFPP_IN_PORT : target, 0)
    this.key[W.SKB_PRIORITY] = before
  }

  setQueue(queue: number | null): void {
    this.key[W.SKB_PRIORITY] = queue === null ? this.original[W.SKB_PRIORITY]! : this.bridge.queuePriority(queue)
  }

  resubmit(port: number | null, table: number | null, withCt: boolean): void {
    const inPort = port === null || port === OFPP_IN_PORT ? this.key[W.IN_PORT]! : port
    if (withCt) {
      this.sink?.error('resubmit(ct) with non-tracked or non-IP packet!')
      return
    }
    this.tableAction(inPort, table ?? this.table, this.isLast)
  }

  gotoTable(table: number): void {
    this.tableAction(this.key[W.IN_PORT]!, table, this.isLast)
  }

  learn(action: LearnAction): void {
    composeLearn(this, action)
  }

  ct(action: CtAction): void {
    composeCt(this, action)
  }

  ctClear(): void {
    this.clearConntrack()
    this.actions.push({ type: 'ct_clear' })
  }

  group(id: number): void {
    runGroup(this, id)
  }

  bundle(action: Bundle): void {
    const live = action.members.find((number) => this.bridge.isLive(number))
    const port = live ?? 0xffff
    if (action.dst !== null) this.write(action.dst, BigInt(port))
    else if (live !== undefined) outputTo(this, port, 0)
  }

  decTtl(controllers: readonly number[]): boolean {
    const { key, wildcards } = this
    if (key[W.ETH_TYPE] !== 0x0800 && key[W.ETH_TYPE] !== 0x86dd) return true
    wildcards[W.NW_TTL] = 0xff
    wildcards[W.NW_PROTO] = 0xff
    if (key[W.NW_TTL]! > 1) {
      key[W.NW_TTL]!--
      return true
    }
    for (const id of controllers) composeController(this, 0xffff, 'invalid_ttl', id)
    this.sink?.warn(`IPv${key[W.ETH_TYPE] === 0x0800 ? 4 : 6} decrement TTL exception`)
    this.stopped = true
    return false
  }

  pushVlan(tpid: number): void {
    const { key, wildcards } = this
    wildcards[W.VLAN_TCI] = 0xffff
    key[W.VLAN_TCI2] = key[W.VLAN_TCI]!
    key[W.VLAN_TPID2] = key[W.VLAN_TPID]!
    key[W.VLAN_TPID] = tpid
    // The new tag takes the inner one's place of nothing: id 0, priority 0, present.
    key[W.VLAN_TCI] = (key[W.VLAN_TCI2]! & 0xefff) | 0x1000
    if ((key[W.VLAN_TCI2]! & 0x1000) === 0) key[W.VLAN_TCI] = 0x1000
  }

  popVlan(): void {
    const { key, wildcards } = this
    wildcards[W.VLAN_TCI] = 0xffff
    key[W.VLAN_TCI] = key[W.VLAN_TCI2]!
    key[W.VLAN_TPID] = key[W.VLAN_TPID2]!
    key[W.VLAN_TCI2] = 0
    key[W.VLAN_TPID2] = 0
  }

  stackPush(part: Subfield): void {
    this.stack.push(this.read(part))
  }

  stackPop(part: Subfield): void {
    const value = this.stack.pop()
    if (value === undefined) {
      this.sink?.error('stack underflow')
      return
    }
    this.write(part, value)
    this.reportSubfield(part)
  }

  finTimeout(idle: number, hard: number): void {
    const { key, wildcards, rule } = this
    wildcards[W.NW_PROTO] = 0xff
    if (key[W.NW_PROTO] !== 6 || rule === null) return
    this.slow.add('fin_timeout')
    this.credits.push({ type: 'fin', flow: rule, idle, hard })
  }

  exit(): void {
    this.exited = true
  }

  clone(actions: readonly OfAction[]): void {
    cloneActions(this, actions, this.isLast)
  }

  writeActions(actions: readonly OfAction[]): void {
    for (const action of actions) {
      if (this.setHasGroup) break
      if (action.type === 'output') this.key[W.ACTSET_OUTPUT] = action.port
      if (action.type !== 'group') continue
      this.key[W.ACTSET_OUTPUT] = OFPP_UNSET
      this.setHasGroup = true
    }
    this.actionSet.push(...actions)
    this.reportSet('is')
  }

  clearActions(): void {
    this.reportSet('was')
    this.actionSet = []
    this.setHasGroup = false
    this.key[W.ACTSET_OUTPUT] = OFPP_UNSET
  }

  private reportSet(verb: 'is' | 'was'): void {
    const { sink } = this
    if (sink === null) return
    const list = executeActionSet(this.actionSet)
    sink.detail(list.length === 0 ? `action set ${verb} empty` : `action set ${verb}: ${sink.words.actions(list, this.bridge)}`)
  }

  checkPktLarger(length: number, dst: Subfield): void {
    checkPktLarger(this, length, dst)
  }

  meter(_id: number): void {}

  report(text: string): void {
    this.sink?.detail(text)
  }

  reportSubfield(part: Subfield): void {
    this.sink?.detail(this.sink.words.subfieldNow(part, this.key))
  }
}

const NO_ACTIONS: readonly OfAction[] = []

function lookAt(wildcards: FlowKey, mask: FlowKey): void {
  for (let word = 0; word < mask.length; word++) wildcards[word]! |= mask[word]!
}

/** Whether there is something to set depends on the protocol. */
function setsNetwork(action: OfAction): boolean {
  switch (action.type) {
    case 'mod_nw_src':
    case 'mod_nw_dst':
    case 'mod_nw_tos':
    case 'mod_nw_ecn':
    case 'mod_nw_ttl':
    case 'mod_tp_src':
    case 'mod_tp_dst':
      return true
    case 'set_field':
      return ['arp', 'ipv4', 'ipv6', 'ip', 'tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'nd', 'nd_solicit', 'nd_advert'].includes(
        action.field.prereq,
      )
    default:
      return false
  }
}
