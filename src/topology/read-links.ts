// What joins the devices of the lab: cables and segments, veth pairs, patch ports, ports of switches in namespaces, tunnels.
import type { Ipv4Address } from '../addr/ipv4.js'
import { IpTunnelDevice } from '../kernel/dev/ip-tunnel.js'
import { PhysicalDevice } from '../kernel/dev/physical.js'
import { TapDevice } from '../kernel/dev/tap.js'
import { VethDevice } from '../kernel/dev/veth.js'
import { VlanDevice } from '../kernel/dev/vlan.js'
import { VxlanDevice } from '../kernel/dev/vxlan.js'
import { NetDevice } from '../kernel/netdev.js'
import type { Wire } from '../kernel/wire.js'
import type { Machine } from '../node/machine.js'
import { vswitchOn } from '../ovs/registry.js'
import { placeOf } from './read-node.js'
import type { LinkKind, Place, TopologyLink, TopologyNode } from './topology.js'

/** One end of a tunnel: where it is, and between which addresses. */
interface TunnelEnd {
  readonly place: Place
  readonly kind: string
  /** null: the packet says, or there is none. */
  readonly vni: number | null
  /** 0: any. */
  readonly local: Ipv4Address
  readonly remote: Ipv4Address
}

export function readLinks(
  machines: readonly Machine[],
  nodes: readonly TopologyNode[],
): { switches: TopologyNode[]; links: TopologyLink[] } {
  const devices = machines.flatMap((machine) => [...machine.kernel.namespaces].flatMap((netns) => netns.devices))
  const wires = wireLinks(devices, new Set(machines.map(({ name }) => name)))
  return {
    switches: wires.switches,
    links: [
      ...wires.links,
      ...vethLinks(devices),
      ...vlanLinks(devices),
      ...patchLinks(machines),
      ...portLinks(nodes),
      ...tunnelLinks(machines, devices),
    ],
  }
}

function wireLinks(devices: readonly NetDevice[], names: ReadonlySet<string>): { switches: TopologyNode[]; links: TopologyLink[] } {
  const wires = new Set(devices.flatMap((dev) => (dev instanceof PhysicalDevice && dev.wire !== null ? [dev.wire] : [])))
  const switches: TopologyNode[] = []
  const links: TopologyLink[] = []
  for (const wire of wires) {
    const ends = wire.ends.filter((end) => end instanceof NetDevice)
    const [first, second] = ends
    if (ends.length === 2 && wire.ends.length === 2) links.push(cable(wire, first!, second!))
    if (ends.length === 2 && wire.ends.length === 2) continue
    const name = names.has(wire.name) ? `${wire.name} (wire)` : wire.name
    switches.push({ name, kind: 'switch', parent: null, namespaces: [], bridges: [] })
    for (const end of ends) links.push({ a: placeOf(end), b: { node: name, netns: '', device: '' }, kind: 'wire', label: wireLabel(wire) })
  }
  return { switches, links }
}

function cable(wire: Wire, first: NetDevice, second: NetDevice): TopologyLink {
  const kind: LinkKind = first instanceof TapDevice || second instanceof TapDevice ? 'tap' : 'wire'
  const [a, b] = first instanceof TapDevice ? [first, second] : [second, first]
  return { a: placeOf(a), b: placeOf(b), kind, label: kind === 'tap' ? '' : wireLabel(wire) }
}

function wireLabel(wire: Wire): string {
  return `${wire.name}${wire.isCut ? ' (cut)' : ''}`
}

function vethLinks(devices: readonly NetDevice[]): TopologyLink[] {
  const seen = new Set<NetDevice>()
  const links: TopologyLink[] = []
  for (const dev of devices) {
    if (!(dev instanceof VethDevice) || dev.peer === null || seen.has(dev)) continue
    seen.add(dev.peer)
    links.push({ a: placeOf(dev), b: placeOf(dev.peer), kind: 'veth', label: '' })
  }
  return links
}

function vlanLinks(devices: readonly NetDevice[]): TopologyLink[] {
  return devices.flatMap((dev) =>
    dev instanceof VlanDevice ? [{ a: placeOf(dev), b: placeOf(dev.lower), kind: 'vlan' as const, label: `vlan ${dev.vid}` }] : [],
  )
}

function patchLinks(machines: readonly Machine[]): TopologyLink[] {
  const links: TopologyLink[] = []
  for (const { name: node, kernel } of machines) {
    const ports = [...(vswitchOn(kernel)?.bridges.values() ?? [])]
      .flatMap((bridge) => [...bridge.ports.values()])
      .filter(({ kind }) => kind === 'patch')
    for (const port of ports) {
      const peer = ports.find((each) => each.name === port.peer && each.peer === port.name)
      if (peer !== undefined && ports.indexOf(port) < ports.indexOf(peer))
        links.push({ a: { node, netns: '', device: port.name }, b: { node, netns: '', device: peer.name }, kind: 'patch', label: '' })
    }
  }
  return links
}

/** An internal port whose device was moved into a namespace. */
function portLinks(nodes: readonly TopologyNode[]): TopologyLink[] {
  return nodes.flatMap(({ name: node, bridges }) =>
    bridges.flatMap(({ kind, netns, ports }) =>
      kind === 'linux'
        ? []
        : ports.flatMap(({ name, device }) =>
            device === null || device.netns === netns
              ? []
              : [{ a: device, b: { node, netns, device: name }, kind: 'port' as const, label: '' }],
          ),
    ),
  )
}

function tunnelLinks(machines: readonly Machine[], devices: readonly NetDevice[]): TopologyLink[] {
  const ends = [...ovsTunnelEnds(machines), ...deviceTunnelEnds(devices)]
  const owners = new Map<Ipv4Address, string>()
  for (const dev of devices) for (const { local } of dev.addresses) if (dev.kind !== 'loopback') owners.set(local, dev.netns.kernel.name)
  const links: TopologyLink[] = []
  for (const [at, end] of ends.entries()) {
    const far = owners.get(end.remote)
    const there = ends.findIndex(
      (other) => other.place.node === far && other.kind === end.kind && owners.get(other.remote) === end.place.node && fits(end, other),
    )
    if (there > at)
      links.push({ a: end.place, b: ends[there]!.place, kind: 'tunnel', label: end.vni === null ? end.kind : `${end.kind} ${end.vni}` })
  }
  return links
}

function fits(one: TunnelEnd, other: TunnelEnd): boolean {
  if (one.vni !== null && other.vni !== null && one.vni !== other.vni) return false
  return (one.local === 0 || one.local === other.remote) && (other.local === 0 || other.local === one.remote)
}

function ovsTunnelEnds(machines: readonly Machine[]): TunnelEnd[] {
  return machines.flatMap(({ name: node, kernel }) =>
    [...(vswitchOn(kernel)?.bridges.values() ?? [])].flatMap((bridge) =>
      [...bridge.ports.values()].flatMap(({ name, kind, tunnel }) => {
        if (tunnel === null || typeof tunnel.remote !== 'number') return []
        const local = typeof tunnel.local === 'number' ? tunnel.local : 0
        return [
          {
            place: { node, netns: '', device: name },
            kind,
            vni: typeof tunnel.inKey === 'bigint' ? Number(tunnel.inKey) : null,
            local,
            remote: tunnel.remote,
          },
        ]
      }),
    ),
  )
}

function deviceTunnelEnds(devices: readonly NetDevice[]): TunnelEnd[] {
  return devices.flatMap((dev): TunnelEnd[] => {
    if (dev instanceof VxlanDevice && !dev.config.external)
      return [{ place: placeOf(dev), kind: 'vxlan', vni: dev.config.vni, local: dev.config.local, remote: dev.config.remote }]
    if (dev instanceof IpTunnelDevice && dev.config.remote !== 0)
      return [
        {
          place: placeOf(dev),
          kind: dev.config.mode === 'gretap' ? 'gre' : dev.config.mode,
          vni: null,
          local: dev.config.local,
          remote: dev.config.remote,
        },
      ]
    return []
  })
}
