// What stands in for commands that only stand for something, or that a namespace cannot have: one file a family (substitutes-*.ts),
// listed in substitutes.ts. The first that answers has the command.
import type { Machine } from '../node/machine.js'
import type { Instead, NodePlan, Told } from './plan.js'

export interface SubstituteContext {
  /** All machines that the lab has now, guests too. */
  readonly machines: ReadonlyMap<string, Machine>
  readonly nodes: ReadonlyMap<string, NodePlan>
}

/** A command as the log has it. */
export interface Typed {
  readonly node: string
  readonly argv: readonly string[]
  readonly stdin: string
  readonly exitCode: number
  /** The call that it stands for, as the log says; null for one that was really typed. */
  readonly standsFor: string | null
}

export interface Substitute {
  readonly family: string
  /** What is told before the lab is built, once, when the family was used. */
  readonly told: readonly Told[]
  /** null: not of this family. */
  replace(typed: Typed, context: SubstituteContext): Instead | null
}
