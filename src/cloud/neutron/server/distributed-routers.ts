// What a distributed router has beside a router of one host: a port in its snat namespace for each inner subnet, and a port outside on
// each host that serves floating IPs.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { MacAddress } from '../../../addr/mac.js'
import type { Port, Router } from '../objects.js'
import { OWNER } from '../objects.js'
import type { ServerContext } from './context.js'
import type { Ports } from './ports.js'

/** The documents' values for a port in the snat namespace. */
export interface CentralPortInput {
  readonly portId?: string
  readonly mac?: MacAddress
  readonly address?: Ipv4Address
}

export class DistributedRouters {
  /** What a scenario says of the ports in snat namespaces, by router and subnet; each is taken once. */
  readonly wanted = new Map<string, CentralPortInput>()

  constructor(
    private readonly server: ServerContext,
    private readonly ports: Ports,
  ) {}

  /** Postcondition: a distributed router with a way out has a port in its snat namespace for each inner subnet, any other has none. */
  settle(router: Router): void {
    const subnets = router.distributed && router.gateway !== null ? this.innerSubnets(router) : []
    const central = this.server.db.portsOfDevice(router.id, OWNER.centralizedSnat)
    for (const port of central) if (!subnets.includes(subnetOf(port))) this.ports.remove(port)
    for (const subnetId of subnets) if (!central.some((port) => subnetOf(port) === subnetId)) this.addCentral(router, subnetId)
  }

  /** The ports that hosts have on an external network go with the last router that leaves by it. */
  gatewayGone(networkId: string): void {
    const { db, notifier } = this.server
    const ports = db.portsOf(networkId)
    if (ports.some(({ deviceOwner }) => deviceOwner === OWNER.routerGateway)) return
    const own = ports.filter(({ deviceOwner }) => deviceOwner === OWNER.agentGateway)
    for (const port of own) this.ports.remove(port)
    if (own.length > 0) notifier.fipNamespaceUnneeded(networkId)
  }

  /** Its interfaces become the other kind; it is placed anew. */
  convert(router: Router, distributed: boolean): void {
    const { db } = this.server
    if (router.adminStateUp) {
      throw this.bad(
        "Cannot change the 'distributed' attribute of active routers. Please set router admin_state_up to False prior to upgrade",
      )
    }
    const interfaces = db.interfacesOf(router.id)
    router.distributed = distributed
    router.host = null
    for (const port of interfaces) this.ports.makeInterface(port, distributed)
    this.settle(router)
  }

  private addCentral(router: Router, subnetId: string): void {
    const key = `${router.id} ${subnetId}`
    const { portId, mac, address } = this.wanted.get(key) ?? {}
    this.wanted.delete(key)
    this.ports.create({
      networkId: this.server.db.subnets.get(subnetId)!.networkId,
      tenantId: '',
      deviceId: router.id,
      deviceOwner: OWNER.centralizedSnat,
      fixedIps: [{ subnetId, ...(address === undefined ? {} : { address }) }],
      ...(portId === undefined ? {} : { id: portId }),
      ...(mac === undefined ? {} : { mac }),
    })
  }

  private innerSubnets(router: Router): string[] {
    return this.server.db.interfacesOf(router.id).map(subnetOf)
  }

  private bad(message: string): Error {
    return this.server.refuse.error('BadRequest', { resource: 'router', message })
  }
}

function subnetOf(port: Port): string {
  return port.fixedIps[0]!.subnetId
}
