// One running lab: boots a scenario, owns its nodes, shells, time and journal; the only thing that tui/ and lesson/ hold in hand.
import type { Simulation } from '../kernel/simulation.js'
import type { Machine } from '../node/machine.js'
import type { Scenario } from '../scenario/scenario.js'
import type { Journal } from './journal.js'
import type { LabListener } from './lab-event.js'
import type { LabShell, OpenShellOptions } from './lab-shell.js'
import type { Pacer } from './pacer.js'
import type { RunResult } from './result.js'
import type { LabWord } from './words.js'

export interface BootOptions {
  readonly seed?: string
  /** Gives every node the tool versions of this image. */
  readonly image?: string
}

export interface RunOptions {
  readonly stepLimitSeconds?: number
}

export interface LabNode {
  readonly name: string
  readonly machine: Machine
}

export interface LabApi {
  readonly scenario: Scenario
  readonly seed: string
  readonly sim: Simulation
  readonly nodes: readonly LabNode[]
  readonly pace: Pacer
  readonly journal: Journal
  readonly words: Map<string, LabWord>
  /** Virtual microseconds since the lab opened. */
  readonly nowUs: number
  /** What the nodes' clocks show, microseconds since 1970 UTC. */
  readonly clockUs: number
  node(name: string): LabNode | null
  openShell(node: string, options?: OpenShellOptions): LabShell
  run(node: string, line: string, options?: RunOptions): Promise<RunResult>
  subscribe(listener: LabListener): () => void
  reset(): Promise<void>
  undo(): Promise<boolean>
  close(): void
}
export type Lab = LabApi
