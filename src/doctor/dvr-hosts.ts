// Which hosts a distributed router lives on, and which of them serves a floating IP.
import type { FloatingIp, Port, Router, Subnet } from '../cloud/neutron/objects.js'
import { OWNER } from '../cloud/neutron/objects.js'
import type { NeutronView } from './neutron-view.js'
import type { NodeView } from './node-view.js'

/** Owners of ports that want their subnet's router on their own host. */
export function isServed({ deviceOwner }: Port): boolean {
  return deviceOwner.startsWith('compute:') || deviceOwner === OWNER.dhcp
}

export function interfacesOf(view: NeutronView, router: Router): Port[] {
  return view.db.portsOfDevice(router.id, OWNER.distributedInterface)
}

export function subnetsOf(view: NeutronView, router: Router): Subnet[] {
  const ids = new Set(interfacesOf(view, router).flatMap(({ fixedIps }) => fixedIps.map(({ subnetId }) => subnetId)))
  return [...ids].flatMap((id) => view.db.subnets.get(id) ?? [])
}

export function modeOf(view: NeutronView, host: string): unknown {
  return view.configuration(host, 'agent_mode', 'L3 agent')
}

export function hostsOfRouter(view: NeutronView, router: Router): string[] {
  const subnets = new Set(subnetsOf(view, router).map(({ id }) => id))
  const hosts = new Set<string>()
  for (const port of view.db.ports.values()) {
    if (isServed(port) && port.hostId !== '' && port.fixedIps.some(({ subnetId }) => subnets.has(subnetId))) hosts.add(port.hostId)
  }
  if (router.host !== null) hosts.add(router.host)
  return [...hosts].filter((host) => view.host(host) !== null && /^dvr/.test(String(modeOf(view, host))))
}

/** The host's own port on an external network: its fip namespace has it. */
export function agentGatewayOn(view: NeutronView, networkId: string, host: string): Port | null {
  const ports = view.portsOfNetwork(networkId)
  return ports.find(({ deviceOwner, hostId }) => deviceOwner === OWNER.agentGateway && hostId === host) ?? null
}

/** Where the floating IP's server is, when that host serves floating IPs; else the snat namespace's host. */
export function hostOfFloating(view: NeutronView, row: FloatingIp): { readonly host: string; readonly isCentral: boolean } | null {
  const port = row.portId === null ? undefined : view.db.ports.get(row.portId)
  const router = row.routerId === null ? undefined : view.db.routers.get(row.routerId)
  if (port === undefined || router === undefined) return null
  const mode = modeOf(view, port.hostId)
  if (port.hostId !== '' && (mode === 'dvr' || mode === 'dvr_snat')) return { host: port.hostId, isCentral: false }
  return router.host === null ? null : { host: router.host, isCentral: true }
}

/** By the fip namespace of the node, not by a snat namespace. */
export function isServedOn(view: NeutronView, node: NodeView, row: FloatingIp): boolean {
  const place = hostOfFloating(view, row)
  return place !== null && !place.isCentral && place.host === node.machine.hostname
}

export function floatingOf(view: NeutronView, router: Router): FloatingIp[] {
  return [...view.db.floatingIps.values()].filter((row) => row.routerId === router.id && row.portId !== null && row.fixedIp !== null)
}
