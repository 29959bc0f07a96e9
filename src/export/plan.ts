// What the exported script builds, as plain data: read from a booted lab, written as bash. Nothing here knows bash.
//
//   Scenario + Machines --readPlan--> ExportPlan --scriptOf--> bash: frame/*.bash (written by hand) + data (tables, replay)
import type { AgentCause } from '../node/machine.js'

export interface ExportPlan {
  /** The scenario's; also the name of what `up` makes: nl-NAME-..., ${XDG_RUNTIME_DIR:-/run}/netlab/NAME. */
  readonly name: string
  readonly title: string
  readonly nodes: readonly NodePlan[]
  /** Segments: Linux bridges in the fabric. A veth wire is not here, it is one pair from node to node. */
  readonly wires: readonly WirePlan[]
  readonly replay: readonly Step[]
  readonly wanted: readonly WantedTool[]
  /** What the script tries before it builds. */
  readonly needs: readonly Need[]
  /** What is known now to be otherwise on a real machine. */
  readonly told: readonly Told[]
}

export interface NodePlan {
  readonly name: string
  readonly hostname: string
  readonly image: string
  readonly iptables: 'legacy' | 'nft'
  /** Node of the hypervisor; null for a node of the scenario. */
  readonly host: string | null
  readonly services: readonly string[]
  readonly nics: readonly NicPlan[]
  /** Made and deleted again so that the next device gets the number that it has in the lab. */
  readonly burnIfindexTo: number
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
  /** A port of a segment's bridge; `vlan`: of an access port. */
  | { readonly kind: 'segment'; readonly wire: string; readonly vlan: number | null }
  /** The other end of a veth pair; null: the NIC that was made first makes both. */
  | { readonly kind: 'veth'; readonly node: string; readonly nic: string }
  /** Behind a tap of the hypervisor, see guests. */
  | { readonly kind: 'tap'; readonly node: string; readonly tap: string }

export interface WirePlan {
  readonly name: string
  readonly mtu: number
  readonly trunk: readonly number[]
  readonly delayUs: number
  readonly loss: number
}

/** One command of the agent log, or what is done instead. */
export interface Step {
  /** From 1, over all nodes in order of time: the name of the step in `log`. */
  readonly number: number
  readonly node: string
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
   * `node`: bash in the node, after the functions of frame/node.bash. `host`: bash of the script itself, when all earlier steps of the node are
   * over; it may call the functions of frame/*.bash (`plug_tap NODE TAP GUEST NIC MAC`). Empty: nothing is done.
   */
  readonly where: 'node' | 'host'
  readonly script: string
  /** One of Told, by its `what`; null: too small to be told. */
  readonly told: string | null
}

/** `cannot be had here: WHAT (WHY); instead: INSTEAD`. */
export interface Told {
  readonly what: string
  readonly why: string
  /** null: left out. */
  readonly instead: string | null
}

export interface WantedTool {
  readonly node: string
  readonly tool: string
  readonly version: string
}

export interface Need {
  /** `tool` NAME: a program. `link` KIND: `ip link add type KIND`. `match`/`target` NAME: of iptables. */
  readonly kind: 'tool' | 'link' | 'match' | 'target'
  readonly name: string
  /** Steps that use it. */
  readonly uses: number
  /** Without it nothing is built. */
  readonly essential: boolean
}
