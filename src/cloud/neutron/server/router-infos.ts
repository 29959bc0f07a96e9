// What an L3 agent is told of a router: its ports, floating IPs and, with DVR, what its host needs of it.
import type { FloatingIp, Port, Router } from '../objects.js'
import { OWNER } from '../objects.js'
import { type ArpEntry, NOT_DISTRIBUTED, type RouterFloatingIp, type RouterInfo, type RouterPort } from '../rpc.js'
import { isInterface } from './database.js'
import { isDvrMode, l3AgentOn } from './dvr-ports.js'
import type { NeutronApi } from './neutron-api.js'

export class RouterInfos {
  constructor(private readonly api: NeutronApi) {}

  /** Binds the router's ports to where they belong, too. */
  of(router: Router, host: string): RouterInfo {
    const { db } = this.api
    const gatewayPort = router.gateway === null ? undefined : db.ports.get(router.gateway.portId)
    const inner = db.interfacesOf(router.id)
    const outer = gatewayPort === undefined ? [] : [gatewayPort]
    if (!router.distributed) for (const port of [...inner, ...outer]) this.bind(port, host)
    return {
      id: router.id,
      name: router.name,
      adminStateUp: router.adminStateUp,
      gateway: gatewayPort === undefined ? null : { ...this.port(gatewayPort), enableSnat: router.gateway!.enableSnat },
      interfaces: inner.map((port) => this.port(port)),
      routes: router.routes,
      floatingIps: this.floatingIpsFor(router, host),
      ...(router.distributed ? this.distributed(router, host, outer, inner) : NOT_DISTRIBUTED),
    }
  }

  port(port: Port): RouterPort {
    const { db } = this.api
    return {
      id: port.id,
      networkId: port.networkId,
      mac: port.mac,
      adminStateUp: port.adminStateUp,
      mtu: db.networks.get(port.networkId)!.mtu,
      addresses: port.fixedIps.map(({ address, subnetId }) => {
        const subnet = db.subnets.get(subnetId)!
        return { address, subnetId, cidr: subnet.cidr, gatewayIp: subnet.gatewayIp }
      }),
    }
  }

  private distributed(router: Router, host: string, outer: readonly Port[], inner: readonly Port[]): typeof NOT_DISTRIBUTED {
    const central = outer.length === 0 ? [] : this.api.db.portsOfDevice(router.id, OWNER.centralizedSnat)
    for (const port of inner) if (!port.distributedBindings.has(host)) port.distributedBindings.set(host, 'DOWN')
    if (router.host !== null) for (const port of [...outer, ...central]) this.bind(port, router.host)
    return {
      distributed: true,
      gatewayHost: outer.length === 0 ? null : router.host,
      snatInterfaces: central.map((port) => this.port(port)),
      agentGatewayPort: this.agentGateway(router, host),
      arpEntries: new Map(inner.flatMap(({ fixedIps }) => fixedIps.map(({ subnetId }) => [subnetId, this.arpEntries(subnetId)]))),
    }
  }

  private bind(port: Port, host: string): void {
    if (port.hostId !== host || port.vifType === 'binding_failed') this.api.ports.bind(port, host)
  }

  /** With DVR a host serves those of its own ports; what is bound nowhere is served where the snat namespace is. */
  private floatingIpsFor(router: Router, host: string): RouterFloatingIp[] {
    const rows = this.api.db.floatingIps.ofRouter(router.id)
    const all = rows.map((row) => this.floatingIp(row, router, host))
    return router.distributed ? all.filter((row) => (row.isCentral ? router.host === host : row.host === host)) : all
  }

  private floatingIp(row: FloatingIp, router: Router, asking: string): RouterFloatingIp {
    const port = this.api.db.ports.get(row.portId!)
    const host = port?.migratingTo === asking ? asking : port?.hostId || null
    return {
      id: row.id,
      address: row.address,
      fixedIp: row.fixedIp!,
      portId: row.portId!,
      host,
      isCentral: router.distributed && host === null,
    }
  }

  private agentGateway({ gateway }: Router, host: string): RouterPort | null {
    if (gateway === null) return null
    const { db, dvrPorts } = this.api
    const agent = l3AgentOn(db.agents, host)
    const isThere = dvrPorts.gatewayOn(gateway.networkId, host) !== null
    const port = isThere && agent !== null && isDvrMode(agent) ? dvrPorts.agentGateway(gateway.networkId, host) : null
    return port === null ? null : this.port(port)
  }

  private arpEntries(subnetId: string): ArpEntry[] {
    return this.api.db.portsOnSubnet(subnetId).flatMap((port) => {
      const own = isInterface(port) ? [] : port.fixedIps.filter((fixed) => fixed.subnetId === subnetId)
      if (own.length === 0) return []
      const shared = port.allowedAddressPairs.filter(({ prefix }) => prefix.length === 32)
      return [
        ...own.map(({ address }) => ({ subnetId, address, mac: port.mac })),
        ...shared.map(({ prefix, mac }) => ({ subnetId, address: prefix.address, mac })),
      ]
    })
  }
}
