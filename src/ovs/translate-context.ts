// What an action may do while a packet (or a question of ofproto/trace) runs through the tables: the actions are written against this.
import type { Bundle, ControllerAction, CtAction, LearnAction, OfAction } from './actions/action.js'
import type { Field, Subfield } from './fields.js'
import type { FlowKey } from './flow-key.js'

export interface TranslateContext {
  /** The fields as they are now; actions change them through `write`, or directly when they also `unwildcard` what they looked at. */
  readonly key: FlowKey
  /** The result depends on this field: cached results hold only for packets that agree on it. */
  unwildcard(field: Field): void
  /** Value of a part of a field; unwildcards it. */
  read(part: Subfield): bigint
  /** Unwildcards as a set action does (the commit compares with what the packet had). */
  write(part: Subfield, value: bigint): void

  output(port: number, maxLength: number): void
  outputReg(part: Subfield, maxLength: number): void
  outputTrunc(port: number, maxLength: number): void
  controller(action: ControllerAction): void
  enqueue(port: number, queue: number): void
  setQueue(queue: number | null): void
  /** null: the current in_port, the current table. */
  resubmit(port: number | null, table: number | null, withCt: boolean): void
  gotoTable(table: number): void
  learn(action: LearnAction): void
  ct(action: CtAction): void
  ctClear(): void
  group(id: number): void
  bundle(action: Bundle): void
  /** False: the TTL ran out, the rest of the list is not executed. */
  decTtl(controllers: readonly number[]): boolean
  pushVlan(tpid: number): void
  popVlan(): void
  pushMpls(type: number): void
  popMpls(type: number): void
  /** The bits of `mask` of the outermost label's entry. */
  setMpls(value: number, mask: number): void
  decMplsTtl(): boolean
  stackPush(part: Subfield): void
  stackPop(part: Subfield): void
  /** fin_timeout: shorter timeouts for the flow when a TCP packet with FIN or RST passes. */
  finTimeout(idle: number, hard: number): void
  exit(): void
  /** The packet goes back to the datapath; what is left is done when it returns. */
  recirculate(): void
  clone(actions: readonly OfAction[]): void
  writeActions(actions: readonly OfAction[]): void
  clearActions(): void
  meter(id: number): void
  checkPktLarger(length: number, dst: Subfield): void
  /** A remark under the action's line of a trace. */
  report(text: string): void
  /** The remark `REG0[] is now 0x1`, of actions that compute a value (move, pop). */
  reportSubfield(part: Subfield): void
}
