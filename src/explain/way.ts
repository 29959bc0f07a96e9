// A packet's whole way as data: where it was, what was decided there and by which object, and how it ended. Texts, JSON, the map and the packet
// view are made from this one value.

import type { FdbEntry } from '../kernel/dev/fdb.js'
import type { Neighbour4 } from '../kernel/neigh.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { Connection } from '../kernel/netfilter/connection.js'
import type { Rule as NetfilterRule } from '../kernel/netfilter/rule.js'
import type { Chain, Table } from '../kernel/netfilter/table.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Route } from '../kernel/route-entry.js'
import type { Rule as PolicyRule } from '../kernel/rule.js'
import type { OfBridge } from '../ovs/bridge.js'
import type { Flow } from '../ovs/flow.js'
import type { DropReason } from '../trace/drop-reason.js'
import type { TraceKind } from '../trace/packet-trace.js'
import type { EthernetFrame } from '../wire/ethernet.js'

export type WayRole = 'request' | 'reply' | 'error' | 'arp' | 'other'
export type HopKind = 'device' | 'linux-bridge' | 'ovs-bridge' | 'ip' | 'wire' | 'tunnel' | 'socket'

/** What a step points at: the thing itself, so that who asks (`lab who`, the map) can go on from it. */
export type StepObject =
  | { readonly kind: 'device'; readonly device: NetDevice }
  | {
      readonly kind: 'rule'
      readonly netns: NetNamespace
      readonly table: Table
      readonly chain: Chain
      readonly number: number
      readonly rule: NetfilterRule
    }
  | { readonly kind: 'policy'; readonly netns: NetNamespace; readonly table: Table; readonly chain: Chain }
  | { readonly kind: 'policy-rule'; readonly netns: NetNamespace; readonly rule: PolicyRule }
  /** `rule`: the policy rule that led to the route's table; null: no lookup was needed. */
  | { readonly kind: 'route'; readonly netns: NetNamespace; readonly route: Route; readonly rule: PolicyRule | null }
  | { readonly kind: 'neighbour'; readonly netns: NetNamespace; readonly neighbour: Neighbour4 }
  | { readonly kind: 'fdb'; readonly bridge: NetDevice; readonly entry: FdbEntry }
  | { readonly kind: 'flow'; readonly bridge: OfBridge; readonly table: number; readonly flow: Flow }
  | { readonly kind: 'connection'; readonly netns: NetNamespace; readonly connection: Connection }
  | { readonly kind: 'sysctl'; readonly netns: NetNamespace; readonly key: string; readonly value: string }

export interface Step {
  readonly kind: TraceKind
  /** What was at work: `route`, `POSTROUTING nat`, `table 60`. */
  readonly label: string
  /** One line, summary level. */
  readonly text: string
  /** Nothing was decided: shown in full only. */
  readonly minor: boolean
  /** What was tried before and did not match, as the real tools print it. */
  readonly passed: readonly string[]
  /** The rules, flows, routes that decided, as the real tools print them. */
  readonly detail: readonly string[]
  /** What shows it in real life, complete with `ip netns exec NS`; null: nothing does. */
  readonly command: string | null
  readonly object: StepObject | null
  /** Equal when the step changed nothing. */
  readonly before: EthernetFrame
  readonly after: EthernetFrame
}

export interface Hop {
  readonly node: string
  /** '' is the node's own. */
  readonly netns: string
  /** Device, bridge, wire; of `ip` and `socket` hops the namespace ('' again the node's own). */
  readonly place: string
  readonly kind: HopKind
  readonly atUs: number
  readonly before: EthernetFrame
  readonly after: EthernetFrame
  readonly steps: readonly Step[]
}

/** The object at fault, and how one finds it. */
export interface Fault {
  /** Which family of diagnosis named it: `proxy-arp-off`, `firewall-drop` ... */
  readonly id: string
  readonly node: string
  readonly netns: string
  /** The rule, flow, device or sysctl, as text. */
  readonly object: string
  /** A sentence that a learner understands. */
  readonly why: string
  /** The command that would show it. */
  readonly command: string
  /** Second guesses. */
  readonly likely: readonly string[]
}

export type EndKind =
  /** A socket or protocol took it. */
  | 'delivered'
  /** It was taken and something was sent back. */
  | 'answered'
  /** The last device has nothing of the lab behind it. */
  | 'left-lab'
  /** A flood that nobody took. */
  | 'flooded-no-taker'
  /** It waits: in a queue, for a neighbour, for fragments. */
  | 'pending'

export type End =
  /** `lastDrop`: what a flow did to the copy that came furthest. */
  | { readonly kind: EndKind; readonly sentence: string; readonly lastDrop?: Fault }
  | { readonly kind: 'dropped'; readonly reason: DropReason; readonly sentence: string; readonly fault: Fault }

export interface Way {
  /** Of the packet's trace. */
  readonly id: number
  readonly role: WayRole
  readonly atUs: number
  readonly hops: readonly Hop[]
  readonly end: End
  /** The other copies of floods and mirrors. */
  readonly branches: readonly Way[]
  /** The way of the packet that made the kernel send this one (an ARP question for a held packet, an answer, an error); null: a program or a timer. */
  readonly cause: number | null
}
