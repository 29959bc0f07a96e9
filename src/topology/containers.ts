// What a node consists of in a picture: its namespaces and bridges, ordered so that what is linked stands close: servers above, NICs below.
import type { Place, Topology, TopologyBridge, TopologyDevice, TopologyNamespace, TopologyNode } from './topology.js'

export type Container =
  | { readonly kind: 'namespace'; readonly namespace: TopologyNamespace }
  | { readonly kind: 'bridge'; readonly bridge: TopologyBridge }
  | { readonly kind: 'guest'; readonly guest: TopologyNode }

/** Devices of a namespace that stand on their own: no ports of a bridge beside them, no bridges, no plain lo. */
export function ownDevices(node: TopologyNode, namespace: TopologyNamespace): TopologyDevice[] {
  const bridges = new Set(node.bridges.filter((bridge) => bridge.netns === namespace.name).map(({ name }) => name))
  const own = namespace.devices.filter((device) => device.bridge === null && !bridges.has(device.name) && !isPlainLoopback(device))
  // A VLAN stands behind the device that it is on.
  const uppers = own.filter(({ lower }) => own.some(({ name }) => name === lower))
  return own
    .filter((device) => !uppers.includes(device))
    .flatMap((device) => [device, ...uppers.filter(({ lower }) => lower === device.name)])
}

function isPlainLoopback({ kind, addresses }: TopologyDevice): boolean {
  return kind === 'loopback' && addresses.every((address) => address === '127.0.0.1/8')
}

/** Of a node without its own namespace: that one's devices stand in the node's box. */
export function containersOf(topology: Topology, node: TopologyNode, withGuests: boolean): Container[] {
  const guests = withGuests ? topology.nodes.filter(({ parent }) => parent === node.name) : []
  const containers: Container[] = [
    ...guests.map((guest) => ({ kind: 'guest' as const, guest })),
    ...node.namespaces.filter(({ name }) => name !== '').map((namespace) => ({ kind: 'namespace' as const, namespace })),
    ...node.bridges.map((bridge) => ({ kind: 'bridge' as const, bridge })),
  ]
  return ordered(topology, node, containers)
}

function holds(container: Container, place: Place, node: TopologyNode): boolean {
  if (container.kind === 'guest') return place.node === container.guest.name
  if (place.node !== node.name) return false
  if (container.kind === 'bridge') {
    const { bridge } = container
    return bridge.netns === place.netns && (bridge.name === place.device || bridge.ports.some((port) => port.name === place.device))
  }
  if (container.namespace.name !== place.netns) return false
  return !node.bridges.some((bridge) => bridge.netns === place.netns && bridge.ports.some((port) => port.name === place.device))
}

/** Depth first from what has the way out, the deepest first. */
function ordered(topology: Topology, node: TopologyNode, containers: readonly Container[]): Container[] {
  const at = (place: Place): number => containers.findIndex((container) => holds(container, place, node))
  const neighbours = containers.map(() => new Set<number>())
  const ways = new Map<number, number>()
  for (const { a, b, kind } of topology.links) {
    const [one, other] = [at(a), at(b)]
    if (one >= 0 && other >= 0 && one !== other) {
      neighbours[one]!.add(other)
      neighbours[other]!.add(one)
    } else if (one !== other && (a.node === node.name || b.node === node.name)) {
      const inner = one >= 0 ? one : other
      ways.set(inner, Math.max(ways.get(inner) ?? 0, kind === 'wire' ? 3 : kind === 'tunnel' ? 2 : 1))
    }
  }
  const roots = containers.map((_, index) => index).sort((one, other) => (ways.get(other) ?? 0) - (ways.get(one) ?? 0))
  const seen = new Set<number>()
  const list: number[] = []
  const visit = (index: number): void => {
    if (seen.has(index)) return
    seen.add(index)
    for (const next of [...neighbours[index]!].sort((one, other) => one - other)) if ((ways.get(next) ?? 0) < 2) visit(next)
    list.push(index)
  }
  // What has the way out stands below what it reaches, what has none above all.
  const groups = roots.map((root) => {
    const from = list.length
    visit(root)
    return { isLinked: ways.has(root), members: list.slice(from) }
  })
  const [linked, apart] = [groups.filter(({ isLinked }) => isLinked), groups.filter(({ isLinked }) => !isLinked)]
  return [...apart, ...linked].flatMap(({ members }) => members).map((index) => containers[index]!)
}
