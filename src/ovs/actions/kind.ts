// What one kind of action knows: its text, its shape in messages, when it is refused, and what it does to a packet.
import type { FlowKey } from '../flow-key.js'
import type { TextContext } from '../flow-text-error.js'
import type { Protocols } from '../protocols.js'
import type { TranslateContext } from '../translate-context.js'
import { atLeast, type OpenFlowVersion, type OvsVersion } from '../version.js'
import type { OfAction } from './action.js'

export type Outer = 'ct' | 'clone' | 'write_actions'

/** Reading actions. */
export interface ActionParse {
  readonly text: TextContext
  /** Narrowed by what an action needs. */
  usable: Protocols
  /** Actions inside of this one. */
  nested(text: string, outer: Outer): OfAction[]
}

/** Whether actions make sense behind a match. */
export interface ActionCheck {
  /** What the match says, changed as the actions change it. */
  readonly key: FlowKey
  readonly mask: FlowKey
  /** Table of the flow; null: any. */
  readonly table: number | null
  usable: Protocols
  log(module: string, level: 'INFO' | 'WARN' | 'ERR', text: string): void
  nested(actions: readonly OfAction[]): readonly OfAction[]
}

/** A message in some version of OpenFlow, sent and read again. */
export interface Wire {
  readonly openflow: OpenFlowVersion
  readonly ovs: OvsVersion
  log(module: string, level: 'INFO' | 'WARN' | 'ERR', text: string): void
  nested(actions: readonly OfAction[]): readonly OfAction[]
}

export interface ActionKind<A extends OfAction> {
  format(action: A, text: TextContext, all: (actions: readonly OfAction[]) => string): string
  /** Throws OfError; gives back the action, completed by what the match says. */
  check?(action: A, check: ActionCheck): A
  /** Absent: it arrives as it was sent. */
  wire?(action: A, wire: Wire): readonly OfAction[]
  translate(action: A, x: TranslateContext): void
}

/** A keyword of flow text. */
export type ActionWord = (argument: string, parse: ActionParse) => OfAction | readonly OfAction[]
export type ActionWords = Readonly<Record<string, ActionWord>>

/** OpenFlow 1.2 brought set_field in place of many actions; Open vSwitch 2.1 began to send it for them. */
export function sendsSetField(wire: Wire): boolean {
  return wire.openflow >= '1.2' && atLeast(wire.ovs, '2.1')
}
