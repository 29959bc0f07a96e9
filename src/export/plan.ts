// What the exported script builds, as plain data: read from a booted lab, written as bash. Nothing here knows bash.
//
//   Scenario + Machines --readPlan--> ExportPlan --scriptOf--> bash: frame/*.bash (written by hand) + data (tables, replay)
import type { AgentCause } from '../node/machine.js'

export interface ExportPlan {
  /** The scenario's; also the name of what `up` makes: ${XDG_RUNTIME_DIR:-/run}/netlab/NAME. */
  readonly name: string
  readonly title: string
  readonly nodes: readonly NodePlan[]
  /** Segments: Linux bridges in the fabric. A veth wire is not here, it is one pair from node to node. */
  readonly wires: readonly WirePlan[]
  readonly replay: readonly Step[]
  /** What is known now to be otherwise on a real machine. */
  readonly told: readonly Told[]
}

export interface NodePlan {
  readonly name: string
  readonly hostname: string
  readonly image: string
  /** Versions of the image's tools, by name. */
  readonly tools: ReadonlyMap<string, string>
  readonly iptables: 'legacy' | 'nft'
  /** Node of the hypervisor; null for a node of the scenario. */
  readonly host: string | null
  readonly services: readonly string[]
  /** Settings of its distribution, made before its NICs come. */
  readonly sysctl: ReadonlyMap<string, string>
  readonly nics: readonly NicPlan[]
}

export interface NicPlan {
  readonly name: string
  readonly mac: string
  readonly mtu: number
  readonly ifindex: number
  /** Where its other end is. */
  readonly plug: Plug
}

export type Plug =
  /** A port of a segment's bridge; `vlans`: one of an access port, several of a trunk port, none on a plain wire. */
  | { readonly kind: 'segment'; readonly wire: string; readonly mtu: number; readonly vlans: readonly number[]; readonly isAccess: boolean }
  /** The other end of a veth pair; it stands with the NIC that comes first. */
  | { readonly kind: 'veth'; readonly node: string; readonly nic: NicPlan }
  /** The end of a veth pair whose other end stands with the NIC that came first. */
  | { readonly kind: 'second' }
  /** Behind a tap of the hypervisor: plugged by `plug_tap` when the replay makes the tap. */
  | { readonly kind: 'tap'; readonly node: string; readonly tap: string }

export interface WirePlan {
  readonly name: string
  readonly isTagged: boolean
}

/** One command of the agent log, or what is done instead. */
export interface Step {
  /** From 1, over all nodes in order of time: the name of the step in `log`. */
  readonly number: number
  readonly node: string
  readonly atUs: number
  readonly clockUs: number
  readonly cause: AgentCause
  readonly argv: readonly string[]
  readonly stdin: string
  readonly exitCode: number
  /** null: typed as it stands. */
  readonly instead: Instead | null
}

/** What is done instead of a command that only stands for something, or that cannot be had. */
export interface Instead {
  /**
   * `node`: bash in the node, which may call the functions that `node_words` lists (frame/node.bash). `host`: bash of the script itself, when
   * all earlier steps of the node are over; it may call all functions of frame/*.bash, e.g. `plug_tap NODE TAP GUEST NIC`.
   */
  readonly where: 'node' | 'host'
  /** Empty: nothing is done. */
  readonly script: string
  /** A few words for the log: `the metadata service is a stand-in`. */
  readonly what: string
}

/** `cannot be had here: WHAT (WHY); instead: INSTEAD`. No `|` and no line ends in it. */
export interface Told {
  readonly what: string
  readonly why: string
  /** null: left out. */
  readonly instead: string | null
}
