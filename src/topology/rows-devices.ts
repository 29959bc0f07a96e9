// The picture at its finest: every device in the box of its namespace or bridge.
import { type Container, containersOf, ownDevices } from './containers.js'
import { type DiagramRow, placeKey } from './rows.js'
import type { Topology, TopologyBridge, TopologyDevice, TopologyNamespace, TopologyNode, TopologyPort } from './topology.js'

export function deviceRows(topology: Topology): DiagramRow[] {
  return topology.nodes
    .filter(({ kind }) => kind !== 'switch')
    .flatMap((node) => {
      const boxes = containersOf(topology, node, false).flatMap((container) => boxRows(node, container))
      const own = node.namespaces.find(({ name }) => name === '')
      const devices = own === undefined ? [] : ownDevices(node, own).map((device) => deviceRow(node, '', device, 0))
      return [nodeTop(node), ...boxes, ...devices, nodeBottom(node)]
    })
}

export function nodeTop(node: TopologyNode): DiagramRow {
  const parts = node.parent === null ? [] : [`server on ${node.parent}`]
  return { ...blank('node-top', node), label: node.name, parts, keys: [placeKey({ node: node.name, netns: '', device: '' })] }
}

export function nodeBottom(node: TopologyNode): DiagramRow {
  return blank('node-bottom', node)
}

function blank(kind: DiagramRow['kind'], node: TopologyNode, depth: 0 | 1 = 0): DiagramRow {
  return { kind, depth, node: node.name, label: '', parts: [], isDown: false, keys: [] }
}

function boxRows(node: TopologyNode, container: Container): DiagramRow[] {
  switch (container.kind) {
    case 'namespace':
      return [namespaceTop(node, container.namespace), ...namespaceDevices(node, container.namespace), blank('box-bottom', node, 1)]
    case 'bridge':
      return [
        bridgeTop(node, container.bridge),
        ...container.bridge.ports.map((port) => portRow(node, container.bridge, port)),
        blank('box-bottom', node, 1),
      ]
    case 'guest':
      return []
  }
}

function namespaceTop(node: TopologyNode, { name }: TopologyNamespace): DiagramRow {
  return { ...blank('box-top', node, 1), label: name, parts: ['namespace'], keys: [placeKey({ node: node.name, netns: name, device: '' })] }
}

function namespaceDevices(node: TopologyNode, namespace: TopologyNamespace): DiagramRow[] {
  return ownDevices(node, namespace).map((device) => deviceRow(node, namespace.name, device, 1))
}

export function bridgeTop(node: TopologyNode, bridge: TopologyBridge): DiagramRow {
  const where = bridge.netns === '' ? [] : [`in ${bridge.netns}`]
  return {
    ...blank('box-top', node, 1),
    label: bridge.name,
    parts: [bridge.kind === 'ovs' ? 'OVS bridge' : 'bridge', ...bridge.addresses, ...where],
    // An OVS bridge forwards whether its own device is up or not.
    isDown: bridge.kind === 'linux' && !bridge.isUp,
    keys: [placeKey({ node: node.name, netns: bridge.netns, device: bridge.name })],
  }
}

function portRow(node: TopologyNode, bridge: TopologyBridge, port: TopologyPort): DiagramRow {
  const device = port.device !== null && port.device.netns === bridge.netns ? deviceAt(node, port.device.netns, port.name) : null
  const row = device === null ? null : deviceRow(node, bridge.netns, device, 1)
  return {
    ...blank('entry', node, 1),
    label: port.name,
    parts: [port.vlan, port.detail, ...(row?.parts ?? [])].filter(
      (part, at, all) => part !== null && part !== '' && all.indexOf(part) === at,
    ) as string[],
    isDown: row?.isDown ?? false,
    keys: [placeKey({ node: node.name, netns: bridge.netns, device: port.name })],
  }
}

function deviceAt(node: TopologyNode, netns: string, name: string): TopologyDevice | null {
  return node.namespaces.find((each) => each.name === netns)?.devices.find((device) => device.name === name) ?? null
}

function addressesOf({ kind, addresses }: TopologyDevice): readonly string[] {
  return kind === 'loopback' ? addresses.filter((address) => address !== '127.0.0.1/8') : addresses
}

function hardware({ kind, mac, mtu }: TopologyDevice): string[] {
  return kind === 'loopback' ? [] : [...(mtu === 1500 ? [] : [`mtu ${mtu}`]), mac]
}

export function deviceRow(node: TopologyNode, netns: string, device: TopologyDevice, depth: 0 | 1): DiagramRow {
  const state = !device.isUp ? ['DOWN'] : device.hasCarrier || device.kind === 'bridge' ? [] : ['no carrier']
  return {
    ...blank('entry', node, depth),
    label: device.lower === null ? device.name : `${device.name}@${device.lower}`,
    parts: [...state, ...(device.vlan === null ? [] : [device.vlan]), ...addressesOf(device), ...hardware(device)],
    isDown: state.length > 0,
    keys: [placeKey({ node: node.name, netns, device: device.name })],
  }
}
