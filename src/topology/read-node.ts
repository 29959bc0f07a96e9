// One machine as the picture shows it: its namespaces with their devices, its Linux and OVS bridges with their ports.
import { formatIpv4 } from '../addr/ipv4.js'
import { formatIpv6, isLinkLocalIpv6 } from '../addr/ipv6.js'
import { formatMac } from '../addr/mac.js'
import { BridgeDevice } from '../kernel/dev/bridge.js'
import { VlanDevice } from '../kernel/dev/vlan.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Machine } from '../node/machine.js'
import type { OfBridge } from '../ovs/bridge.js'
import { OFPP_LOCAL } from '../ovs/port-numbers.js'
import type { OfPort, VlanConfig } from '../ovs/ports.js'
import { vswitchOn } from '../ovs/registry.js'
import type { Place, TopologyBridge, TopologyDevice, TopologyNamespace, TopologyNode, TopologyPort } from './topology.js'

/** Devices that Open vSwitch and modules keep for themselves. */
const INSIDE = new Set(['ovs-system', 'ovs-netdev', 'gre0', 'gretap0', 'erspan0', 'tunl0', 'sit0', 'ip6tnl0'])

export function readNode(machine: Machine): TopologyNode {
  const { kernel } = machine
  const ports = ovsPorts(machine)
  return {
    name: machine.name,
    kind: machine.parent === null ? 'host' : 'guest',
    parent: machine.parent?.name ?? null,
    namespaces: [...kernel.namespaces].map((netns) => readNamespace(netns, ports)),
    bridges: [...linuxBridges(kernel.namespaces), ...ovsBridges(machine)],
  }
}

/** The name under which `ip netns` knows it; '' of the machine's own. */
export function netnsName(netns: NetNamespace): string {
  return netns.isInit || netns.name !== '' ? netns.name : `net:[${netns.id}]`
}

export function placeOf(dev: NetDevice): Place {
  return { node: dev.netns.kernel.name, netns: netnsName(dev.netns), device: dev.name }
}

function ovsPorts(machine: Machine): Map<NetDevice, OfPort> {
  const ports = new Map<NetDevice, OfPort>()
  for (const bridge of vswitchOn(machine.kernel)?.bridges.values() ?? [])
    for (const port of bridge.ports.values()) if (port.dev !== null && port.ofport !== OFPP_LOCAL) ports.set(port.dev, port)
  return ports
}

function readNamespace(netns: NetNamespace, ports: ReadonlyMap<NetDevice, OfPort>): TopologyNamespace {
  const devices = netns.devices.filter((dev) => !isInside(dev)).map((dev) => readDevice(dev, ports.get(dev) ?? null))
  return { name: netnsName(netns), devices }
}

function isInside(dev: NetDevice): boolean {
  return INSIDE.has(dev.name) || /^(gre|vxlan|genev|geneve)_sys/.test(dev.name)
}

function readDevice(dev: NetDevice, port: OfPort | null): TopologyDevice {
  const ovsBridgeName = port !== null && dev.netns.isInit ? port.bridge.name : null
  return {
    name: dev.name,
    kind: dev.kind,
    isUp: dev.isUp,
    hasCarrier: dev.carrier,
    addresses: addressesOf(dev),
    mac: formatMac(dev.mac),
    mtu: dev.mtu,
    bridge: ovsBridgeName ?? (dev.master instanceof BridgeDevice ? dev.master.name : null),
    vlan: dev instanceof VlanDevice ? `id ${dev.vid}` : port === null ? null : vlanText(port.vlan),
    lower: dev instanceof VlanDevice ? dev.lower.name : null,
  }
}

function addressesOf(dev: NetDevice): string[] {
  return [
    ...dev.addresses.map((address) =>
      address.peer === address.local
        ? `${formatIpv4(address.local)}/${address.length}`
        : `${formatIpv4(address.local)} peer ${formatIpv4(address.peer)}/${address.length}`,
    ),
    ...dev.addresses6
      .filter(({ address }) => !isLinkLocalIpv6(address) && address !== 1n)
      .map(({ address, length }) => `${formatIpv6(address)}/${length}`),
  ]
}

function linuxBridges(namespaces: Iterable<NetNamespace>): TopologyBridge[] {
  const bridges = [...namespaces].flatMap((netns) => netns.devices.filter((dev) => dev instanceof BridgeDevice))
  return bridges.map((bridge) => ({
    name: bridge.name,
    netns: netnsName(bridge.netns),
    kind: 'linux',
    isUp: bridge.isUp,
    addresses: addressesOf(bridge),
    ports: bridge.ports.map(({ dev, state }) => ({
      name: dev.name,
      vlan: null,
      device: placeOf(dev),
      kind: 'device',
      detail: state === 'forwarding' || state === 'disabled' ? '' : state,
    })),
  }))
}

/** By name, as `ovs-vsctl list-br` has them. */
function ovsBridges(machine: Machine): TopologyBridge[] {
  const bridges = [...(vswitchOn(machine.kernel)?.bridges.values() ?? [])]
  return bridges.sort((one, other) => (one.name < other.name ? -1 : 1)).map((bridge) => ovsBridge(bridge, machine))
}

function ovsBridge(bridge: OfBridge, machine: Machine): TopologyBridge {
  return {
    name: bridge.name,
    netns: '',
    kind: 'ovs',
    isUp: bridge.local.isUp,
    addresses: addressesOf(bridge.local),
    ports: [...bridge.ports.values()].filter(({ ofport }) => ofport !== OFPP_LOCAL).map((port) => ovsPort(port, machine)),
  }
}

function ovsPort(port: OfPort, machine: Machine): TopologyPort {
  const vlan = vlanText(port.vlan)
  if (port.dev !== null) return { name: port.name, vlan, device: { ...placeOf(port.dev), node: machine.name }, kind: 'device', detail: '' }
  if (port.kind === 'patch') return { name: port.name, vlan, device: null, kind: 'patch', detail: `patch to ${port.peer ?? 'nowhere'}` }
  return { name: port.name, vlan, device: null, kind: 'tunnel', detail: tunnelText(port) }
}

function tunnelText({ kind, tunnel }: OfPort): string {
  const end = (address: number | 'flow' | null | undefined): string =>
    address === null || address === undefined ? 'any' : address === 'flow' ? 'flow' : formatIpv4(address)
  return `${kind} ${end(tunnel?.local)} > ${end(tunnel?.remote)}`
}

function vlanText({ mode, tag, trunks }: VlanConfig): string | null {
  const list = trunks === null ? '' : ` trunks ${trunks.join(',')}`
  if (tag === null) return list === '' ? null : list.trim()
  return `tag ${tag}${mode === 'access' ? '' : ` ${mode}${list}`}`
}
