// A fault of the catalogue: what a careless operator types, how it shows, what stays well, why, and what heals it. Data and sentences only;
// lab/ types the lines.
import type { FaultWorld } from './world.js'

export interface TypedLine {
  readonly node: string
  readonly line: string
}

/** A command that ends with 0 while all is well, and does not while the fault is there. */
export interface Probe extends TypedLine {
  /** `vm1 reaches 192.168.0.100` */
  readonly what: string
}

export interface FaultPlan {
  /** What it was applied to: `vm1`, `192.168.0.3`. */
  readonly target: string
  readonly breaks: readonly TypedLine[]
  readonly symptom: Probe
  /** Stays well while the fault is there. */
  readonly control: Probe
  /** Where the cause is: what an answer is scored on. */
  readonly place: { readonly node: string; readonly netns: string; readonly object: string }
  /** What shows the cause. */
  readonly look: TypedLine
  readonly fix: readonly TypedLine[]
}

export type FaultDomain =
  | 'ports'
  | 'tunnels'
  | 'security groups'
  | 'routers'
  | 'floating IPs'
  | 'DHCP and metadata'
  | 'hosts'
  | 'agents'
  | 'none'

export interface CatalogueFault {
  readonly id: string
  readonly domain: FaultDomain
  readonly title: string
  /** What may be named: a server, a floating IP. null: nothing. */
  readonly parameter: 'SERVER' | 'FLOATING-IP' | null
  /** Why it shows as it does: for who has given up or has found it. */
  readonly explain: string
  /** The wrong that somebody did, with `target` for what; a text says why it does not fit this lab. */
  plan(world: FaultWorld, target: string | null): FaultPlan | string
}

/** A plan for what `find` finds; what it says instead is why the fault does not fit this lab. */
export function planFor<Found>(
  find: (world: FaultWorld, target: string | null) => Found | string,
  make: (found: Found, world: FaultWorld) => FaultPlan | string,
): CatalogueFault['plan'] {
  return (world, target) => {
    const found = find(world, target)
    return typeof found === 'string' ? found : make(found, world)
  }
}

/** `ip netns exec NS COMMAND`, or the command alone. */
export function inNetns(netns: string, command: string): string {
  return netns === '' ? command : `ip netns exec ${netns} ${command}`
}
