// Which hosts a distributed router lives on, and which of them serves a floating IP.
import type { FloatingIp, Port, Router, Subnet } from '../cloud/neutron/objects.js'
import { OWNER } from '../cloud/neutron/objects.js'
import type { NeutronView } from './neutron-view.js'

/** Owners of ports that want their subnet's router on their own host. */
function isServed({ deviceOwner }: Port): boolean {
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

/** Where the floating IP's server is, when that host serves floating IPs; else the snat namespace's host. */
export function hostOfFloating(view: NeutronView, row: FloatingIp): { readonly host: string; readonly isCentral: boolean } | null {
  const port = row.portId === null ? undefined : view.db.ports.get(row.portId)
  const router = row.routerId === null ? undefined : view.db.routers.get(row.routerId)
  if (port === undefined || router === undefined) return null
  const mode = modeOf(view, port.hostId)
  if (port.hostId !== '' && (mode === 'dvr' || mode === 'dvr_snat')) return { host: port.hostId, isCentral: false }
  return router.host === null ? null : { host: router.host, isCentral: true }
}

export function floatingOf(view: NeutronView, router: Router): FloatingIp[] {
  return [...view.db.floatingIps.values()].filter((row) => row.routerId === router.id && row.portId !== null && row.fixedIp !== null)
}
