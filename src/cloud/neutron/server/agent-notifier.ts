// Sends what changed in neutron-server to the agents that it concerns.
import type { FixedIp, Port, Router } from '../objects.js'
import { OWNER } from '../objects.js'
import type { DhcpAgentRpc, L2AgentRpc } from '../rpc.js'
import type { NeutronDatabase } from './database.js'
import type { DvrNotifier } from './dvr-notifier.js'
import type { L2Population } from './l2-population.js'
import type { MessageBus } from './message-bus.js'
import type { Notifier, PortBefore } from './notifier.js'
import type { Schedulers } from './schedulers.js'

export class AgentNotifier implements Notifier {
  /** Rows that a scenario brings are not told to anybody: the agents ask for them when they start. */
  isQuiet = true
  /** The agent that makes a port by itself is not told of it. */
  isOwnPort = false
  db!: NeutronDatabase
  schedulers!: Schedulers
  /** Null for releases without distributed routers. */
  dvr: DvrNotifier | null = null
  /** Null without the mechanism driver. */
  l2population: L2Population | null = null

  constructor(
    private readonly bus: MessageBus,
    /** Releases where DHCP answers are let in by the server's address: its changes concern every port. */
    private readonly tellsProvider: boolean,
  ) {}

  networkChanged(what: 'create' | 'update' | 'delete', networkId: string): void {
    if (this.isQuiet) return
    if (what === 'delete') this.allL2((agent) => agent.networkDelete(networkId))
    this.toDhcp(networkId, (agent) => {
      if (what === 'create') agent.networkCreate(networkId)
      else if (what === 'update') agent.networkUpdate(networkId)
      else agent.networkDelete(networkId)
    })
    if (what === 'delete') this.schedulers.forgetNetwork(networkId)
  }

  subnetChanged(what: 'create' | 'update' | 'delete', subnetId: string, networkId: string): void {
    if (this.isQuiet) return
    this.placeNetwork(networkId)
    this.toDhcp(networkId, (agent) => {
      if (what === 'create') agent.subnetCreate(subnetId, networkId)
      else if (what === 'update') agent.subnetUpdate(subnetId, networkId)
      else agent.subnetDelete(subnetId, networkId)
    })
    // Routers learn a changed gateway or range from their next answer.
    if (what === 'update') this.routersUpdated(this.routersOn(subnetId))
  }

  portCreated(port: Port): void {
    if (this.isQuiet) return
    if (!this.isOwnPort) {
      this.placeNetwork(port.networkId)
      this.toDhcp(port.networkId, (agent) => agent.portCreate(port))
    }
    this.dvr?.portCreated(port)
  }

  portUpdated(port: Port, needsL2: boolean, before?: PortBefore): void {
    if (this.isQuiet) return
    if (needsL2) this.allL2((agent) => agent.portUpdate(port))
    if (!this.isOwnPort) this.toDhcp(port.networkId, (agent) => agent.portUpdate(port))
    if (needsL2 && port.deviceOwner.startsWith('network:router')) this.routersUpdated([port.deviceId])
    this.dvr?.portUpdated(port, before ?? { ...port, host: port.hostId })
  }

  portLeaves(port: Port): void {
    if (!this.isQuiet) this.l2population?.portDown(port)
  }

  bindingActivated({ id, hostId }: Port, before: string): void {
    if (this.isQuiet) return
    this.bus.cast(() => this.bus.l2.get(before)?.bindingDeactivate(id))
    this.bus.cast(() => this.bus.l2.get(hostId)?.bindingActivate(id))
  }

  addressesChanged(port: Port, before: readonly FixedIp[]): void {
    if (!this.isQuiet) this.l2population?.addressesChanged(port, before)
  }

  portDeleted(port: Port): void {
    if (this.isQuiet) return
    this.allL2((agent) => agent.portDelete(port.id))
    this.l2population?.portGone(port)
    if (!this.isOwnPort) this.toDhcp(port.networkId, (agent) => agent.portDelete(port.id, port.networkId))
    this.dvr?.portDeleted(port)
  }

  routersUpdated(routerIds: readonly string[]): void {
    if (this.isQuiet) return
    const byHost = new Map<string, string[]>()
    for (const id of routerIds) {
      const router = this.db.routers.get(id)
      if (router === undefined) continue
      this.schedulers.placeRouter(router)
      for (const host of this.hostsOf(router)) byHost.set(host, [...(byHost.get(host) ?? []), id])
    }
    for (const [host, ids] of byHost) this.bus.cast(() => this.bus.l3.get(host)?.routersUpdated(ids))
  }

  routerDeleted({ id, host, distributed }: Router): void {
    if (this.isQuiet) return
    const hosts = distributed ? [...this.bus.l3.keys()] : host === null ? [] : [host]
    for (const name of hosts) this.bus.cast(() => this.bus.l3.get(name)?.routerDeleted(id))
  }

  interfaceRemoved(router: Router, subnetIds: readonly string[], connected: readonly string[]): void {
    if (!this.isQuiet) this.dvr?.interfaceRemoved(router, subnetIds, connected)
  }

  floatingIpChanged(routerId: string, portId: string): void {
    if (this.isQuiet) return
    const router = this.db.routers.get(routerId)
    if (router?.distributed === true && this.dvr !== null) this.dvr.floatingIpChanged(router, portId)
    else this.routersUpdated([routerId])
  }

  fipNamespaceUnneeded(networkId: string): void {
    if (!this.isQuiet) this.dvr?.fipNamespaceUnneeded(networkId)
  }

  groupRulesUpdated(groupIds: readonly string[]): void {
    if (!this.isQuiet) this.allL2((agent) => agent.securityGroupsRuleUpdated(groupIds))
  }

  membersUpdated(port: Port, groupIds: readonly string[]): void {
    if (this.isQuiet) return
    if (port.deviceOwner === OWNER.dhcp) {
      if (this.tellsProvider) this.allL2((agent) => agent.securityGroupsProviderUpdated())
    } else if (groupIds.length > 0) this.allL2((agent) => agent.securityGroupsMemberUpdated(groupIds))
  }

  allL2(tell: (agent: L2AgentRpc) => void, but: string | null = null): void {
    for (const [host, agent] of this.bus.l2) if (host !== but) this.bus.cast(() => tell(agent))
  }

  private hostsOf(router: Router): Iterable<string> {
    if (router.distributed && this.dvr !== null) return this.dvr.places.allHosts(router)
    return router.host === null ? [] : [router.host]
  }

  private placeNetwork(networkId: string): void {
    const network = this.db.networks.get(networkId)
    if (network === undefined || !this.schedulers.placeNetwork(network)) return
    this.toDhcp(networkId, (agent) => agent.networkCreate(networkId))
  }

  private toDhcp(networkId: string, tell: (agent: DhcpAgentRpc) => void): void {
    const host = this.schedulers.dhcpHost(networkId)
    if (host === null) return
    this.bus.cast(() => {
      const agent = this.bus.dhcp.get(host)
      if (agent !== undefined) tell(agent)
    })
  }

  private routersOn(subnetId: string): string[] {
    const owners: readonly string[] = [OWNER.routerInterface, OWNER.distributedInterface, OWNER.routerGateway]
    return [...this.db.ports.values()]
      .filter((port) => owners.includes(port.deviceOwner) && port.fixedIps.some((fixed) => fixed.subnetId === subnetId))
      .map((port) => port.deviceId)
  }
}
