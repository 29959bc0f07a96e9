// The lab as a picture sees it: nodes, namespaces, devices, bridges and what joins them, read from the running state and never from a file.
import type { Machine } from '../node/machine.js'
import { readLinks } from './read-links.js'
import { readNode } from './read-node.js'

/** Where a device is; `netns` is '' in the machine's own namespace. The place of a bridge is its name. */
export interface Place {
  readonly node: string
  readonly netns: string
  readonly device: string
}

export type TopologyKind =
  | 'loopback'
  | 'physical'
  | 'veth'
  | 'bridge'
  | 'tap'
  | 'vlan'
  | 'dummy'
  | 'ovs-internal'
  | 'tunnel'
  | 'patch'
  | 'ovs-tunnel'

export interface TopologyDevice {
  readonly name: string
  readonly kind: TopologyKind
  readonly isUp: boolean
  /** Something is at the other end. */
  readonly hasCarrier: boolean
  /** With prefix length; link-local IPv6 left out. */
  readonly addresses: readonly string[]
  readonly mac: string
  readonly mtu: number
  /** The bridge of the same namespace that it is a port of. */
  readonly bridge: string | null
  /** `tag 4`, `trunk 1-3`: how its port of an OVS bridge treats VLANs; `id 20` of a VLAN device. */
  readonly vlan: string | null
  /** The device that it stands on. */
  readonly lower: string | null
}

export interface TopologyNamespace {
  /** '' is the machine's own. */
  readonly name: string
  readonly devices: readonly TopologyDevice[]
}

export interface TopologyPort {
  readonly name: string
  readonly vlan: string | null
  /** Where its device is; null: patch and tunnel ports have none. */
  readonly device: Place | null
  readonly kind: 'device' | 'patch' | 'tunnel'
  /** `gre 10.0.0.1 > 10.0.0.2`; '' when there is nothing to say. */
  readonly detail: string
}

export interface TopologyBridge {
  readonly name: string
  readonly netns: string
  readonly kind: 'linux' | 'ovs'
  readonly isUp: boolean
  readonly addresses: readonly string[]
  readonly ports: readonly TopologyPort[]
}

export interface TopologyNode {
  readonly name: string
  /** A switch is a segment that more than two ends are plugged into. */
  readonly kind: 'host' | 'guest' | 'switch'
  /** The hypervisor of a guest. */
  readonly parent: string | null
  readonly namespaces: readonly TopologyNamespace[]
  readonly bridges: readonly TopologyBridge[]
}

export type LinkKind = 'wire' | 'veth' | 'patch' | 'tunnel' | 'tap' | 'port' | 'vlan'

export interface TopologyLink {
  readonly a: Place
  readonly b: Place
  readonly kind: LinkKind
  readonly label: string
}

export interface Topology {
  readonly nodes: readonly TopologyNode[]
  readonly links: readonly TopologyLink[]
}

/** The machines of a lab in their order, guests in front of their hypervisors. */
export function topologyOf(machines: Iterable<Machine>): Topology {
  const ordered = withGuests([...machines])
  const nodes = ordered.map(readNode)
  const { switches, links } = readLinks(ordered, nodes)
  return { nodes: [...nodes, ...switches], links }
}

function withGuests(machines: readonly Machine[]): Machine[] {
  const guestsOf = (host: Machine): Machine[] =>
    machines.filter(({ parent }) => parent === host).flatMap((guest) => [...guestsOf(guest), guest])
  return machines.filter(({ parent }) => parent === null || !machines.includes(parent)).flatMap((host) => [...guestsOf(host), host])
}

/** One node, what runs on it, and what is plugged into it directly. Null: there is no such node. */
export function aroundNode(topology: Topology, name: string): Topology | null {
  const inner = new Set(topology.nodes.filter((node) => node.name === name || node.parent === name).map((node) => node.name))
  if (!inner.has(name)) return null
  const links = topology.links.filter(({ a, b }) => inner.has(a.node) || inner.has(b.node))
  const switches = new Set(topology.nodes.filter(({ kind }) => kind === 'switch').map((node) => node.name))
  const nodes = topology.nodes.filter(
    (node) => inner.has(node.name) || (switches.has(node.name) && links.some(({ a, b }) => a.node === node.name || b.node === node.name)),
  )
  // Links that lead away stay: they tell which way is out.
  return { nodes, links }
}
