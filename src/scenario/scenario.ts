// What a scenario file says, once read and checked: values with their units, nothing optional left open.
import type { MacAddress } from '../addr/mac.js'
import type { CloudSpec } from '../cloud/spec.js'
import type { ServiceName } from './service-names.js'

/**
 *   nodes --- nics ---> wires          setup (typed on the nodes when all stands)
 *     |                                expect (probes of `netlab validate`)
 *     +-- cloud (agents type commands on the nodes)
 */
export interface Scenario {
  readonly name: string
  /** Where it was read from; null for one that was made in memory. */
  readonly file: string | null
  readonly title: string
  readonly summary: string
  /** What the clocks of all nodes show when the lab opens, microseconds since 1970 UTC. */
  readonly clockUs: number
  readonly seed: string
  readonly nodes: readonly NodeSpec[]
  readonly wires: readonly WireSpec[]
  readonly cloud: CloudSpec | null
  /** What no command can say (a random MAC, a row's uuid): name of the draw to its value. */
  readonly pins: ReadonlyMap<string, string>
  readonly setup: readonly SetupStep[]
  readonly expect: readonly ProbeSpec[]
}

export interface NodeSpec {
  readonly name: string
  /** Name of the image: it fixes kernel and tool versions. */
  readonly image: string
  /** Versions that are not the image's. */
  readonly tools: ReadonlyMap<string, string>
  readonly hostname: string
  /** Who logs in when a person opens a terminal there. Scripts are always root. */
  readonly user: string
  readonly iptables: 'legacy' | 'nft'
  readonly nics: readonly NicSpec[]
  readonly addresses: readonly AddressSpec[]
  readonly routes: readonly RouteSpec[]
  readonly sysctl: ReadonlyMap<string, string>
  readonly files: readonly FileSpec[]
  readonly services: readonly ServiceName[]
  /** Of Open vSwitch, as its database has kept them. */
  /** Of the kernel; loaded once the NICs are there. */
  readonly modules: readonly string[]
  readonly bridges: readonly BridgeSpec[]
}

export interface BridgeSpec {
  readonly name: string
  readonly ports: readonly string[]
}

export interface NicSpec {
  readonly name: string
  /** null: drawn from the seed. */
  readonly mac: MacAddress | null
  readonly wire: string
  /** Access VLAN on a trunk wire, null on a plain one. */
  readonly vlan: number | null
  readonly ifindex: number | null
  readonly mtu: number | null
  readonly up: boolean
  readonly driver: string
  readonly resources: { readonly interrupt: number; readonly base: number } | null
}

export interface AddressSpec {
  readonly device: string
  /** As typed after `ip addr add`, without the device: `10.0.0.1/24`, `10.0.0.1/24 brd +`. */
  readonly words: readonly string[]
}

export interface RouteSpec {
  /** As typed after `ip route add`: `default via 10.0.0.1`, `10.7.2.0/24 via 10.7.1.2 table 200`. */
  readonly words: readonly string[]
}

export interface FileSpec {
  readonly path: string
  readonly content: string
  readonly mode: number | null
}

export type WireKind = 'segment' | 'veth'

export interface WireSpec {
  readonly name: string
  /** segment: physical NICs on a shared medium. veth: exactly two NICs, the two ends of one veth pair. */
  readonly kind: WireKind
  readonly delayUs: number
  /** 0 <= loss < 1 */
  readonly loss: number
  readonly mtu: number
  /** VLAN ids that the wire carries tagged; empty means untagged only. */
  readonly trunk: readonly number[]
}

/** Raw commands on a node, one shell line each. */
export interface SetupStep {
  readonly node: string
  readonly lines: readonly string[]
}

export interface ProbeSpec {
  readonly node: string
  readonly run: string
  readonly exit: number
  /** Each of these must stand in standard output. */
  readonly stdout: readonly string[]
  /** None of these may. */
  readonly absent: readonly string[]
  /** Where the file says so, for the message of a failed probe. */
  readonly at: { readonly line: number; readonly column: number }
}
