// Which hosts need a distributed router: those with a port that it serves, and those of routers that share a network with it.
import type { Port, Router } from '../objects.js'
import { OWNER } from '../objects.js'
import type { NeutronDatabase } from './database.js'

/** Ports that a router of their own host serves; with host_dvr_for_dhcp the DHCP servers' too. */
export function isDvrServiced(owner: string): boolean {
  return owner.startsWith('compute:') || owner === OWNER.dhcp
}

export class DvrPlaces {
  constructor(private readonly db: NeutronDatabase) {}

  /** Distributed routers with an interface on one of the subnets. */
  routersOn(subnetIds: readonly string[]): string[] {
    const found = new Set<string>()
    for (const port of this.db.portsOnSubnets(subnetIds)) if (port.deviceOwner === OWNER.distributedInterface) found.add(port.deviceId)
    return [...found]
  }

  routersOfPort({ fixedIps }: Port): string[] {
    return this.routersOn(fixedIps.map(({ subnetId }) => subnetId))
  }

  /** Hosts with ports that the router serves. */
  hostsOf(routerId: string): Set<string> {
    return this.hostsOn(this.innerSubnets(routerId))
  }

  hostsOn(subnetIds: readonly string[]): Set<string> {
    const hosts = new Set<string>()
    for (const port of this.db.portsOnSubnets(subnetIds)) {
      if (port.hostId !== '' && isDvrServiced(port.deviceOwner)) hosts.add(port.hostId)
    }
    return hosts
  }

  /** A server that is on its way to the host counts as there. */
  serves(routerId: string, host: string): boolean {
    const subnetIds = this.innerSubnets(routerId)
    for (const port of this.db.portsOnSubnets(subnetIds)) {
      const isThere = port.hostId === host || port.migratingTo === host
      if (isThere && isDvrServiced(port.deviceOwner)) return true
    }
    return false
  }

  /** Other distributed routers with an interface on a network of this one: what comes through both needs both on each host. */
  connected(routerId: string): string[] {
    const { db } = this
    const networks = new Set(db.portsOfDevice(routerId).map(({ networkId }) => networkId))
    const shared = [...db.routers.keys()].flatMap((id) => (id === routerId ? [] : db.portsOfDevice(id, OWNER.distributedInterface)))
    const ports = db.ports.inOrder(shared.filter(({ networkId }) => networks.has(networkId)))
    return [...new Set(ports.map(({ deviceId }) => deviceId))]
  }

  hostsOfConnected(routerId: string): Set<string> {
    return new Set(this.connected(routerId).flatMap((id) => [...this.hostsOf(id)]))
  }

  /** All that the router must be known on. */
  allHosts(router: Router): Set<string> {
    const hosts = new Set([...this.hostsOf(router.id), ...this.hostsOfConnected(router.id)])
    if (router.host !== null) hosts.add(router.host)
    return hosts
  }

  isOn(router: Router, host: string): boolean {
    if (router.host === host || this.serves(router.id, host)) return true
    return this.connected(router.id).some((id) => this.serves(id, host))
  }

  /** Routers that nothing on the host needs any more, now that `port` is not there. */
  leaving(port: Port, host: string): string[] {
    if (host === '' || !isDvrServiced(port.deviceOwner)) return []
    const own = this.routersOfPort(port)
    const all = [...new Set([...own, ...own.flatMap((id) => this.connected(id))])]
    return all.filter((id) => {
      const router = this.db.routers.get(id)
      return router !== undefined && !this.isOn(router, host)
    })
  }

  private innerSubnets(routerId: string): string[] {
    return this.db.portsOfDevice(routerId, OWNER.distributedInterface).flatMap(({ fixedIps }) => fixedIps.map(({ subnetId }) => subnetId))
  }
}
