// Sends one probe through a copy of the world and explains what became of it.

import type { Kernel } from '../kernel/kernel.js'
import type { Simulation } from '../kernel/simulation.js'
import type { Fault, Way } from './way.js'

/** A world that nobody else uses: a copy, or a lab booted for the probe. */
export interface ProbeWorld {
  readonly sim: Simulation
  /** By node name. */
  readonly kernels: ReadonlyMap<string, Kernel>
}

export interface ProbeRequest {
  readonly from: { readonly node: string; readonly netns: string }
  readonly to: number
  readonly proto: 'icmp' | 'tcp' | 'udp'
  readonly dport?: number
  readonly sport?: number
  /** Bytes of payload. */
  readonly size?: number
  readonly df?: boolean
  readonly ttl?: number
  readonly source?: number
}

export type Verdict = 'answered' | 'delivered' | 'refused' | 'lost'

export interface Explanation {
  readonly request: ProbeRequest
  /** The long forms that names stood for. */
  readonly resolved: readonly string[]
  /** Cause first. */
  readonly ways: readonly Way[]
  readonly verdict: Verdict
  /** null: nothing is wrong. */
  readonly fault: Fault | null
  /** Of virtual time, until it was decided. */
  readonly seconds: number
}

export function explainProbe(_world: ProbeWorld, _request: ProbeRequest, _resolved: readonly string[] = []): Explanation {
  throw new Error('explainProbe: being built')
}
