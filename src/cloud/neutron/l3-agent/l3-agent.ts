// neutron-l3-agent: keeps the routers that the server gives to this host.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { Agent } from '../../agent.js'
import { agentCommandLine } from '../command-lines.js'
import { MetadataProxy } from '../metadata/proxy-process.js'
import { L3_AGENT } from '../names.js'
import { L3_FILE } from '../node-files/facts.js'
import type { AgentContext, AgentReport, ArpEntry, CloudAgent, L3AgentRpc, ReportedContext, RouterInfo } from '../rpc.js'
import { type DvrHost, DvrRouter } from './dvr-router.js'
import { FipNamespace } from './fip-namespace.js'
import { LegacyRouter } from './router.js'
import type { Router } from './router-host.js'
import { removeStale } from './stale-namespaces.js'

export class L3Agent implements CloudAgent, L3AgentRpc, DvrHost {
  readonly agent: Agent
  readonly routers = new Map<string, Router>()
  /** By external network. */
  private readonly fipNamespaces = new Map<string, FipNamespace>()
  private readonly updated = new Set<string>()
  private readonly removed = new Set<string>()
  private readonly beside = new Set<Promise<void>>()

  constructor(readonly context: AgentContext) {
    this.agent = new Agent(L3_AGENT, context.machine, agentCommandLine(L3_AGENT, L3_FILE, context.profile))
  }

  start(): Promise<void> {
    const { plugin, host } = this.context
    return this.agent.enqueue('neutron-l3-agent starts', null, async () => {
      await plugin.reportAgent(l3Report(this.context, () => !this.agent.proc.isDone))
      const existing = [...this.agent.machine.netnsNames.keys()]
      const routers = (await plugin.syncRouters(host)).filter(({ adminStateUp }) => adminStateUp)
      await this.agent.each(routers, (info) => this.processRouter(info))
      if (this.context.profile.l3.dvr) await removeStale(this, this.proxy(), routers, existing)
    })
  }

  async settled(): Promise<void> {
    await this.agent.settled()
    while (this.beside.size > 0) await Promise.all(this.beside)
  }

  aside(work: () => Promise<void>): void {
    const done = work().catch(() => {})
    this.beside.add(done)
    void done.then(() => this.beside.delete(done))
  }

  // --- from the server

  routersUpdated(routerIds: readonly string[]): void {
    for (const id of routerIds) this.updated.add(id)
    this.wake(`routers updated: ${routerIds.join(', ')}`, routerIds[0] ?? null)
  }

  routerAddedToAgent(routerIds: readonly string[]): void {
    this.routersUpdated(routerIds)
  }

  routerDeleted(routerId: string): void {
    this.removed.add(routerId)
    this.wake(`router ${routerId} deleted`, routerId)
  }

  routerRemovedFromAgent(routerId: string): void {
    this.removed.add(routerId)
    this.wake(`router ${routerId} taken from this agent`, routerId)
  }

  addArpEntry(routerId: string, entry: ArpEntry): void {
    this.changeNeighbour(routerId, entry, 'add')
  }

  delArpEntry(routerId: string, entry: ArpEntry): void {
    this.changeNeighbour(routerId, entry, 'del')
  }

  private changeNeighbour(routerId: string, entry: ArpEntry, change: 'add' | 'del'): void {
    const event = `${change === 'add' ? 'add' : 'delete'} ARP entry ${formatIpv4(entry.address)}`
    const work = async (): Promise<void> => this.routers.get(routerId)?.setNeighbour(entry, change)
    this.agent.enqueue(event, routerId, work).catch(() => {})
  }

  fipnamespaceDeletedOnExtNet(networkId: string): void {
    const work = (): Promise<void> => this.fipNamespace(networkId).delete()
    this.agent.enqueue(`no router leaves by network ${networkId}`, networkId, work).catch(() => {})
  }

  fipNamespace(networkId: string): FipNamespace {
    const present = this.fipNamespaces.get(networkId)
    if (present !== undefined && !present.isGone) return present
    const made = new FipNamespace(networkId, this)
    this.fipNamespaces.set(networkId, made)
    return made
  }

  private wake(event: string, object: string | null): void {
    this.agent.enqueue(event, object, () => this.work()).catch(() => {})
  }

  /** All that was asked for so far in one go: later messages about the same routers then find nothing to do. */
  private async work(): Promise<void> {
    const ids = [...this.updated]
    this.updated.clear()
    if (ids.length > 0) {
      const routers = await this.context.plugin.syncRouters(this.context.host, ids)
      const active = routers.filter(({ adminStateUp }) => adminStateUp)
      // A router that is down, or another's by now, is not among them.
      for (const id of ids) if (!active.some((info) => info.id === id)) this.removed.add(id)
      await this.agent.each(active, (info) => this.processRouter(info))
    }
    const gone = [...this.removed]
    this.removed.clear()
    await this.agent.each(gone, (id) => this.removeRouter(id))
  }

  private async processRouter(info: RouterInfo): Promise<void> {
    let router = this.routers.get(info.id)
    if (router !== undefined && router instanceof DvrRouter !== info.distributed) {
      await this.removeRouter(info.id)
      router = undefined
    }
    if (router === undefined) {
      router = info.distributed ? new DvrRouter(info.id, this, this.proxy()) : new LegacyRouter(info.id, this, this.proxy())
      this.routers.set(info.id, router)
      await router.create(info)
    }
    const statuses = await router.process(info)
    if (statuses.size > 0) await this.context.plugin.updateFloatingIpStatuses(info.id, statuses)
  }

  private proxy(): MetadataProxy {
    return new MetadataProxy(this.agent, this.context.profile)
  }

  private async removeRouter(id: string): Promise<void> {
    const router = this.routers.get(id)
    if (router === undefined) return
    this.routers.delete(id)
    await router.delete()
  }
}

/** Its row in `openstack network agent list`. */
export function l3Report({ host, config, profile }: ReportedContext, isAlive: () => boolean): AgentReport {
  const driver = 'neutron.agent.linux.interface.OVSInterfaceDriver'
  const agent_mode = config.agentMode
  const old = {
    router_id: '',
    gateway_external_network_id: '',
    handle_internal_only_routers: true,
    use_namespaces: true,
    external_network_bridge: config.externalBridge ?? '',
    interface_driver: driver,
    agent_mode,
  }
  const configurations = profile.l3.dvr
    ? { agent_mode, handle_internal_only_routers: true, interface_driver: driver, log_agent_heartbeats: false, extensions: [] }
    : old
  return { type: 'L3 agent', binary: L3_AGENT, topic: 'l3_agent', host, configurations, isAlive }
}
