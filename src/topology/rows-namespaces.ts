// The picture in between: a row for each namespace, bridge and server, and for each device of the node itself.
import { type Container, containersOf, ownDevices } from './containers.js'
import { type DiagramRow, placeKey } from './rows.js'
import { deviceRow, nodeBottom, nodeTop } from './rows-devices.js'
import type { Topology, TopologyNode } from './topology.js'

export function namespaceRows(topology: Topology): DiagramRow[] {
  return topology.nodes
    .filter(({ kind, parent }) => kind !== 'switch' && (parent === null || !topology.nodes.some(({ name }) => name === parent)))
    .flatMap((node) => {
      const rows = containersOf(topology, node, true).map((container) => containerRow(node, container))
      const own = node.namespaces.find(({ name }) => name === '')
      const devices = own === undefined ? [] : ownDevices(node, own).map((device) => withoutMac(deviceRow(node, '', device, 0)))
      return [nodeTop(node), ...rows, ...devices, nodeBottom(node)]
    })
}

function withoutMac(row: DiagramRow): DiagramRow {
  return { ...row, parts: row.parts.filter((part) => !/^([\da-f]{2}:){5}/.test(part)) }
}

function containerRow(node: TopologyNode, container: Container): DiagramRow {
  const base = { kind: 'entry', depth: 0, node: node.name, isDown: false } as const
  const at = (netns: string, device: string): string => placeKey({ node: node.name, netns, device })
  switch (container.kind) {
    case 'namespace': {
      const { namespace } = container
      const devices = ownDevices(node, namespace)
      const addresses = devices.flatMap((device) => device.addresses)
      return {
        ...base,
        label: namespace.name,
        parts: addresses.length > 0 ? addresses : [count(devices.length, 'device')],
        keys: [at(namespace.name, ''), ...devices.map(({ name }) => at(namespace.name, name))],
      }
    }
    case 'bridge': {
      const { bridge } = container
      return {
        ...base,
        label: bridge.name,
        parts: [bridge.kind === 'ovs' ? 'OVS bridge' : 'bridge', ...bridge.addresses, count(bridge.ports.length, 'port')],
        isDown: bridge.kind === 'linux' && !bridge.isUp,
        keys: [at(bridge.netns, bridge.name), ...bridge.ports.map(({ name }) => at(bridge.netns, name))],
      }
    }
    case 'guest':
      return { ...base, label: container.guest.name, parts: ['server', ...addressesOf(container.guest)], keys: guestKeys(container.guest) }
  }
}

/** Every place of a server: it is one row. */
export function guestKeys(guest: TopologyNode): string[] {
  const devices = guest.namespaces.flatMap(({ name: netns, devices }) => devices.map(({ name }) => ({ netns, device: name })))
  return [{ netns: '', device: '' }, ...devices].map((place) => placeKey({ node: guest.name, ...place }))
}

export function addressesOf(node: TopologyNode): string[] {
  return node.namespaces
    .filter(({ name }) => name === '')
    .flatMap(({ devices }) => devices.filter(({ kind }) => kind !== 'loopback').flatMap(({ addresses }) => addresses))
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
