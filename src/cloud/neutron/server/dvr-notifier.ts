// What neutron-server tells the L3 agents of distributed routers: which host needs one from now on or no longer, who has which address.
import { contains } from '../../../addr/ipv4.js'
import type { FixedIp, Port, Router } from '../objects.js'
import { OWNER } from '../objects.js'
import type { ArpEntry, L3AgentRpc } from '../rpc.js'
import type { NeutronDatabase } from './database.js'
import { DvrPlaces, isDvrServiced } from './dvr-places.js'
import type { DvrPorts } from './dvr-ports.js'
import { l3AgentOn } from './dvr-ports.js'
import type { MessageBus } from './message-bus.js'
import type { PortBefore } from './notifier.js'

export class DvrNotifier {
  readonly places: DvrPlaces

  constructor(
    private readonly db: NeutronDatabase,
    private readonly bus: MessageBus,
    private readonly dvrPorts: DvrPorts,
  ) {
    this.places = new DvrPlaces(db)
  }

  portCreated(port: Port): void {
    if (!isDvrServiced(port.deviceOwner)) return
    this.serve(port, port.hostId)
    this.addArp(port)
  }

  portUpdated(port: Port, before: PortBefore): void {
    const isBound = port.hostId !== '' && port.hostId !== before.host
    const hasLeft = before.host !== '' && port.hostId !== before.host
    if (hasLeft) this.left(port, before.host)
    const target = port.migratingTo ?? (isBound ? port.hostId : null)
    if (target !== null && isDvrServiced(port.deviceOwner)) {
      if (port.migratingTo !== null) this.giveGateways(port, target)
      else if (before.host === '') this.leaveCentre(port)
      this.serve(port, target)
      this.addArp(port)
    } else if (port.allowedAddressPairs.length > 0 && port.hostId !== '') {
      if (port.adminStateUp) this.addArp(port)
      else if (before.adminStateUp) this.delArp({ ...port, fixedIps: [] })
    } else if (port.mac !== before.mac || port.fixedIps !== before.fixedIps) {
      this.delArp({ ...port, mac: before.mac, fixedIps: before.fixedIps.filter((old) => !port.fixedIps.includes(old)) })
      this.addArp(port)
    }
  }

  portDeleted(port: Port): void {
    this.delArp(port)
    this.removeRouters(this.places.leaving(port, port.hostId), port.hostId)
  }

  /** The agent of the port's host, or of the snat namespace for a port that is bound nowhere. */
  floatingIpChanged(router: Router, portId: string): void {
    const port = this.db.ports.get(portId)
    const hosts = new Set([port?.hostId || router.host, port?.migratingTo ?? null])
    for (const host of hosts) if (host !== null) this.tell(host, (agent) => agent.routersUpdated([router.id]))
  }

  /** Postcondition: the hosts that had the router for that subnet alone have it no more, nor those that it led to. */
  interfaceRemoved(router: Router, subnetIds: readonly string[], connectedBefore: readonly string[]): void {
    const hosts = new Set([...this.places.hostsOn(subnetIds), ...connectedBefore.flatMap((id) => [...this.places.hostsOf(id)])])
    for (const host of hosts) {
      const gone = [router.id, ...connectedBefore].filter((id) => {
        const row = this.db.routers.get(id)
        return row !== undefined && !this.places.isOn(row, host)
      })
      this.removeRouters(gone, host)
    }
  }

  fipNamespaceUnneeded(networkId: string): void {
    for (const host of this.bus.l3.keys()) this.tell(host, (agent) => agent.fipnamespaceDeletedOnExtNet(networkId))
  }

  /** Floating IPs of a port that was bound nowhere were served where the snat namespace is. */
  private leaveCentre(port: Port): void {
    for (const { routerId, networkId } of this.db.floatingIpsOf(port.id)) {
      const router = routerId === null ? undefined : this.db.routers.get(routerId)
      if (router?.distributed !== true) continue
      this.dvrPorts.agentGateway(networkId, port.hostId)
      if (router.host !== null && router.host !== port.hostId) this.tell(router.host, (agent) => agent.routersUpdated([router.id]))
    }
  }

  private left(port: Port, host: string): void {
    const gone = this.places.leaving(port, host)
    this.removeRouters(gone, host)
    const routers = this.db.floatingIpsOf(port.id).flatMap(({ routerId }) => routerId ?? [])
    for (const id of routers) {
      const isDistributed = this.db.routers.get(id)?.distributed === true
      if (isDistributed && !gone.includes(id)) this.tell(host, (agent) => agent.routersUpdated([id]))
    }
  }

  /** The host gets the routers of the port's subnets. */
  private serve(port: Port, host: string): void {
    if (host === '' || l3AgentOn(this.db.agents, host) === null) return
    const own = this.places.routersOfPort(port)
    const all = [...new Set([...own, ...own.flatMap((id) => this.places.connected(id))])]
    if (all.length > 0) this.tell(host, (agent) => agent.routersUpdated(all))
  }

  private giveGateways(port: Port, host: string): void {
    for (const { networkId, routerId } of this.db.floatingIpsOf(port.id)) {
      if (routerId !== null && this.db.routers.get(routerId)?.distributed === true) this.dvrPorts.agentGateway(networkId, host)
    }
  }

  private removeRouters(routerIds: readonly string[], host: string): void {
    for (const id of routerIds) {
      for (const port of this.db.portsOfDevice(id, OWNER.distributedInterface)) port.distributedBindings.delete(host)
      this.tell(host, (agent) => agent.routerRemovedFromAgent(id))
    }
  }

  private addArp(port: Port): void {
    this.arp(port, (agent, routerId, entry) => agent.addArpEntry(routerId, entry))
  }

  private delArp(port: Port): void {
    this.arp(port, (agent, routerId, entry) => agent.delArpEntry(routerId, entry))
  }

  private arp(port: Port, say: (agent: L3AgentRpc, routerId: string, entry: ArpEntry) => void): void {
    for (const { subnetId, address } of [...port.fixedIps, ...this.shared(port)]) {
      for (const routerId of this.places.routersOn([subnetId])) {
        const router = this.db.routers.get(routerId)
        if (router === undefined) continue
        const entry = { subnetId, address, mac: port.mac }
        for (const host of this.places.allHosts(router)) this.tell(host, (agent) => say(agent, routerId, entry))
      }
    }
  }

  /** Single addresses of its allowed pairs: who has one of them may be another port next, which then says so. */
  private shared({ networkId, allowedAddressPairs }: Port): FixedIp[] {
    const subnets = this.db.subnetsOf(networkId)
    return allowedAddressPairs.flatMap(({ prefix: { address, length } }) => {
      const subnet = length === 32 ? subnets.find(({ cidr }) => contains(cidr, address)) : undefined
      return subnet === undefined ? [] : [{ subnetId: subnet.id, address }]
    })
  }

  private tell(host: string, say: (agent: L3AgentRpc) => void): void {
    if (!this.bus.l3.has(host)) return
    this.bus.cast(() => {
      const agent = this.bus.l3.get(host)
      if (agent !== undefined) say(agent)
    })
  }
}
