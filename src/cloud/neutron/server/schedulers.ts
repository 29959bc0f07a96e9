// Which agent serves what: routers go to an L3 agent, networks to a DHCP agent, once and for all.
import type { AgentRow, Network, Router } from '../objects.js'
import { OWNER } from '../objects.js'
import type { NeutronDatabase } from './database.js'

export class Schedulers {
  /** Network to host. */
  private readonly dhcpHosts = new Map<string, string>()

  constructor(private readonly db: NeutronDatabase) {}

  /** True when the router got its host just now. */
  placeRouter(router: Router): boolean {
    if (router.host !== null) return false
    const load = (host: string): number => [...this.db.routers.values()].filter((row) => row.host === host).length
    router.host = this.leastLoaded('L3 agent', load, (agent) => canHave(agent, router))
    return router.host !== null
  }

  /** Routers without a host get one when an L3 agent that may have them asks for all of its own; gives those that went to others. */
  placeRoutersFor(host: string): Router[] {
    const agent = this.db.agents.on('L3 agent', host)
    if (agent === null) return []
    return [...this.db.routers.values()].filter((router) => canHave(agent, router) && this.placeRouter(router) && router.host !== host)
  }

  /** A network is served when one of its subnets has DHCP. True when it got its host just now. */
  placeNetwork(network: Network): boolean {
    if (this.dhcpHosts.has(network.id) || !this.db.subnetsOf(network.id).some(({ enableDhcp }) => enableDhcp)) return false
    const loads = [...this.dhcpHosts.values()]
    const host = this.hostOfDhcpPort(network) ?? this.leastLoaded('DHCP agent', (name) => loads.filter((row) => row === name).length)
    if (host === null) return false
    this.dhcpHosts.set(network.id, host)
    return true
  }

  /** Where a port is kept for its DHCP the network has been served before. */
  private hostOfDhcpPort({ id }: Network): string | null {
    for (const { deviceOwner, hostId } of this.db.ports.onNetwork(id)) {
      const agent = deviceOwner === OWNER.dhcp ? this.db.agents.on('DHCP agent', hostId) : null
      if (agent?.adminStateUp === true && agent.isAlive()) return hostId
    }
    return null
  }

  dhcpHost(networkId: string): string | null {
    return this.dhcpHosts.get(networkId) ?? null
  }

  networksOf(host: string): Network[] {
    return [...this.db.networks.values()].filter(({ id }) => this.dhcpHosts.get(id) === host)
  }

  forgetNetwork(networkId: string): void {
    this.dhcpHosts.delete(networkId)
  }

  private leastLoaded(
    type: AgentRow['type'],
    load: (host: string) => number,
    can: (agent: AgentRow) => boolean = () => true,
  ): string | null {
    let best: string | null = null
    for (const agent of this.db.agents.values()) {
      if (agent.type !== type || !agent.adminStateUp || !agent.isAlive() || !can(agent)) continue
      if (best === null || load(agent.host) < load(best)) best = agent.host
    }
    return best
  }
}

/** Compute nodes have routers because of their ports, not by schedule. */
function canHave({ configurations: { agent_mode: mode } }: AgentRow, router: Router): boolean {
  return mode === 'dvr_snat' || (mode !== 'dvr' && !router.distributed)
}
