// Which MAC stands for which address in a cloud with neutron: ports for their own, gateways for floating IPs.
import { contains, type Ipv4Address } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import { deviceName } from '../../cloud/neutron/names.js'
import type { FloatingIp, Port } from '../../cloud/neutron/objects.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { agentGatewayOn } from '../dvr-hosts.js'
import type { Checklist } from '../item.js'
import type { NeutronView } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { examineNeighbours, type Neighbouring } from './neighbours.js'

export function examineNeutronNeighbours(view: NeutronView, list: Checklist): void {
  const known = [...view.db.ports.values()].flatMap((port) => neighbourings(view, port))
  const floating = [...view.db.floatingIps.values()].flatMap((row) => floatingNeighbour(view, row) ?? [])
  examineNeighbours(view.nodes.values(), [...floating, ...known], list)
}

function neighbourings(view: NeutronView, port: Port): Neighbouring[] {
  // Agents' gateways and floating IPs have ports of their own whose MAC nobody uses.
  if (port.deviceOwner === OWNER.floatingIp) return []
  return port.fixedIps.map(({ address }) => ({
    address,
    mac: port.mac,
    also: [...(view.cloud.mode === 'dvr' ? dvrMacs(view) : []), ...sharersOf(view, port.networkId, address)],
    objects: view.objectsOf(port),
    isNear: (node, device) => isOnNetwork(view, port.networkId, node, device),
  }))
}

/** Ports that may take the address over: allowed address pairs. */
function sharersOf(view: NeutronView, networkId: string, address: Ipv4Address): MacAddress[] {
  return view
    .portsOfNetwork(networkId)
    .flatMap(({ allowedAddressPairs }) => allowedAddressPairs.flatMap(({ prefix, mac }) => (contains(prefix, address) ? [mac] : [])))
}

function floatingNeighbour(view: NeutronView, row: FloatingIp): Neighbouring | null {
  const mac = floatingMac(view, row)
  if (mac === null) return null
  return {
    address: row.address,
    mac,
    also: [],
    objects: view.floatingObjects(row),
    isNear: (node, device) => isOnNetwork(view, row.networkId, node, device),
  }
}

/** Who answers for a floating IP outside: the router's gateway, with DVR the fg- device of the server's host. */
export function floatingMac(view: NeutronView, row: FloatingIp): MacAddress | null {
  const router = row.routerId === null ? undefined : view.db.routers.get(row.routerId)
  const port = row.portId === null ? undefined : view.db.ports.get(row.portId)
  if (router === undefined || port === undefined) return null
  if (router.distributed) {
    const gateway = agentGatewayOn(view, row.networkId, port.hostId)
    if (gateway !== null) return gateway.mac
  }
  return router.gateway === null ? null : (view.db.ports.get(router.gateway.portId)?.mac ?? null)
}

function dvrMacs(view: NeutronView): MacAddress[] {
  return [...view.db.ports.values()].filter(({ deviceOwner }) => deviceOwner === OWNER.distributedInterface).map(({ mac }) => mac)
}

/** Its MAC is a port's of the network; or it is no device of the cloud's at all, and the network is an external one. */
function isOnNetwork(view: NeutronView, networkId: string, node: NodeView, device: NetDevice): boolean {
  const own = [...view.db.ports.values()].find(({ mac, id }) => mac === device.mac || namesOf(id).includes(device.name))
  if (own !== undefined) return own.networkId === networkId
  return node.machine.parent === null && view.db.networks.get(networkId)?.external === true
}

function namesOf(id: string): string[] {
  return [deviceName('tap', id), deviceName('qr-', id), deviceName('qg-', id), deviceName('sg-', id), deviceName('fg-', id)]
}
