// Translation: runs a flow key through the tables and gathers datapath actions, what was looked at, and whom to credit.
// Nothing is changed by it; a packet, a cached result's check and ofproto/trace all use this one.

import { executeActionSet } from './action-set.js'
import type { Bundle, ControllerAction, CtAction, LearnAction, OfAction } from './actions/action.js'
import { translateAction } from './actions/kinds.js'
import { commitKey } from './commit.js'
import type { Field, Subfield } from './fields.js'
import { coverField, coverSubfield, getSubfield, setSubfield } from './fields.js'
import type { Flow } from './flow.js'
import { FRAG_ANY, W } from './flow-key.js'
import { composeLearn } from './learn-exec.js'
import { OFPP_IN_PORT, OFPP_UNSET } from './port-numbers.js'
import type { OfPort } from './ports.js'
import { checkPktLarger } from './translate-check-pkt.js'
import { cloneActions } from './translate-clone.js'
import type { TranslateContext } from './translate-context.js'
import { composeController, composeCt } from './translate-ct.js'
import { lookAt, popTag, pushTag, setsNetwork } from './translate-fields.js'
import { recirculate, thaw } from './translate-freeze.js'
import { runGroup } from './translate-group.js'
import { mirrorIngress } from './translate-mirror.js'
import { decLabelTtl, popLabel, pushLabel, recirculatesAfterPop, setLabelBits } from './translate-mpls.js'
import { composeOutput, outputReg, outputTo, outputTrunc, patchOutput } from './translate-output.js'
import { MAX_DEPTH, MAX_RESUBMITS, TranslationState } from './translate-state.js'
import { finishWildcards, isIp } from './wildcards.js'

export class Translation extends TranslationState implements TranslateContext {
  run(): this {
    const { input, sink } = this
    sink?.enter('bridge', `bridge("${this.bridge.name}")`)
    let actions = input.actions ?? null
    if (input.frozen !== null) actions = thaw(this, input.frozen)
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
    if (this.takesCongestion() && (port === null || !port.config.noReceive) && (input.frozen !== null || mirrorIngress(this, port))) {
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
      if (this.wasMpls && recirculatesAfterPop(this, actions.slice(i))) break
      sink?.plain(sink.words.action(action, this.bridge))
      this.isLast = isLast && i === actions.length - 1 && this.actionSet.length === 0
      this.lists.push(actions)
      this.reached.push(i + 1)
      if (action.type === 'output_trunc') this.outputTrunc(action.port, action.maxLength)
      else translateAction(action, this)
      if (action.type === 'move') this.reportSubfield(action.dst)
      if (setsNetwork(action) && isIp(this.key)) this.wildcards[W.NW_PROTO] = 0xff
      this.lists.pop()
      this.reached.pop()
      if (!this.stopped) continue
      this.stopped = false
      break
    }
  }

  /** The action set, at the end of a pipeline. */
  executeSet(): void {
    if (this.actionSet.length === 0) return
    const list = executeActionSet(this.actionSet)
    this.actionSet = NO_ACTIONS
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
    if ((key[W.NW_FRAG]! & FRAG_ANY) === 0 || bridge.fragments === 'nx-match') found = table.lookup(key, wildcards)
    else if (bridge.fragments === 'drop') found = bridge.dropFragments
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
    this.credits.push({ type: 'flow', bridge, flow, table, matched: found !== null })
    return flow
  }

  private enterTable(flow: Flow, table: number): void {
    const { sink } = this
    if (sink === null) return
    if (sink.old !== null) return sink.enter('table', sink.old.rule(this, flow))
    const number = `${table}`.padStart(2)
    // Behind a patch port the other bridge's own flow is not known for what it is.
    if (flow === this.input.bridge.noMatch) sink.enter('table', `${number}. No match.`)
    else if (flow === this.bridge.dropFragments) {
      sink.enter('table', `${number}. Packets are IP fragments and the fragment handling mode is "drop".`)
    } else sink.enter('table', `${number}. ${sink.words.flow(flow, this.bridge)}`)
  }

  /** Nothing goes deeper or longer than the limits; the first that is met ends the translation. */
  hasRoom(): boolean {
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
    outputReg(this, part, maxLength)
  }

  outputTrunc(port: number, maxLength: number): void {
    outputTrunc(this, port, maxLength)
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
    pushTag(this.key, this.wildcards, tpid)
  }

  popVlan(): void {
    popTag(this.key, this.wildcards)
  }

  pushMpls(type: number): void {
    pushLabel(this, type)
  }

  popMpls(type: number): void {
    popLabel(this, type)
  }

  setMpls(value: number, mask: number): void {
    setLabelBits(this, value, mask)
  }

  decMplsTtl(): boolean {
    return decLabelTtl(this)
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
    this.slowFor('fin_timeout')
    this.credits.push({ type: 'fin', flow: rule, idle, hard })
  }

  exit(): void {
    this.exited = true
  }

  recirculate(): void {
    recirculate(this, [])
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
    this.actionSet = [...this.actionSet, ...actions]
    this.reportSet('is')
  }

  clearActions(): void {
    this.reportSet('was')
    this.actionSet = NO_ACTIONS
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
