// The picture from afar: nodes with the devices that lead out of them, and the servers that run on them.
import { ownDevices } from './containers.js'
import { type DiagramRow, placeKey } from './rows.js'
import { nodeBottom, nodeTop } from './rows-devices.js'
import { addressesOf, count, guestKeys } from './rows-namespaces.js'
import type { Topology, TopologyDevice, TopologyNode } from './topology.js'

export function nodeRows(topology: Topology): DiagramRow[] {
  const guestsOf = (host: string): TopologyNode[] => topology.nodes.filter(({ parent }) => parent === host)
  return topology.nodes
    .filter(({ kind, parent }) => kind !== 'switch' && (parent === null || !topology.nodes.some(({ name }) => name === parent)))
    .flatMap((node) => {
      const guests = guestsOf(node.name).map((guest) => guestRow(node, guest))
      return [{ ...nodeTop(node), parts: insideOf(node) }, ...guests, ...outward(topology, node), nodeBottom(node)]
    })
}

function insideOf(node: TopologyNode): string[] {
  const namespaces = node.namespaces.length - 1
  const parts = [
    ...(namespaces === 0 ? [] : [count(namespaces, 'namespace')]),
    ...(node.bridges.length === 0 ? [] : [count(node.bridges.length, 'bridge')]),
  ]
  return parts.length === 0 ? [] : [parts.join(', ')]
}

function guestRow(node: TopologyNode, guest: TopologyNode): DiagramRow {
  return {
    kind: 'entry',
    depth: 0,
    node: node.name,
    label: guest.name,
    parts: ['server', ...addressesOf(guest)],
    isDown: false,
    keys: guestKeys(guest),
  }
}

/** Devices that lead to other nodes, wherever on the node they are, and addresses that the node has beside them. */
function outward(topology: Topology, node: TopologyNode): DiagramRow[] {
  const linked = topology.links.filter(
    ({ a, b, kind }) => a.node !== b.node && (kind === 'wire' || kind === 'veth') && (a.node === node.name || b.node === node.name),
  )
  const isLinked = (netns: string, device: string): boolean =>
    linked.some(({ a, b }) => [a, b].some((place) => place.node === node.name && place.netns === netns && place.device === device))
  return node.namespaces.flatMap((namespace) => {
    const own = new Set(ownDevices(node, namespace).map(({ name }) => name))
    return namespace.devices
      .filter(
        (device) =>
          isLinked(namespace.name, device.name) ||
          (namespace.name === '' && own.has(device.name) && device.kind !== 'veth' && device.addresses.length > 0),
      )
      .map((device) => outwardRow(node, namespace.name, device))
  })
}

function outwardRow(node: TopologyNode, netns: string, device: TopologyDevice): DiagramRow {
  const bridge = node.bridges.find((each) => each.name === device.bridge && each.netns === netns)
  const state = device.isUp ? [] : ['DOWN']
  const inside = bridge === undefined ? [] : [`in ${bridge.name}`, ...bridge.addresses]
  return {
    kind: 'entry',
    depth: 0,
    node: node.name,
    label: device.name,
    parts: [...state, ...device.addresses.filter((address) => address !== '127.0.0.1/8'), ...inside, ...(netns === '' ? [] : [netns])],
    isDown: !device.isUp,
    keys: [placeKey({ node: node.name, netns, device: device.name })],
  }
}
