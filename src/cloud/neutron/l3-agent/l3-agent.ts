// neutron-l3-agent: keeps the routers that the server gives to this host.
import { Agent } from '../../agent.js'
import { agentCommandLine } from '../command-lines.js'
import { MetadataProxy } from '../metadata/proxy-process.js'
import { L3_FILE } from '../node-files/facts.js'
import type { AgentContext, ArpEntry, CloudAgent, L3AgentRpc, RouterInfo } from '../rpc.js'
import { LegacyRouter } from './router.js'
import type { RouterHost } from './router-host.js'

export class L3Agent implements CloudAgent, L3AgentRpc, RouterHost {
  readonly agent: Agent
  readonly routers = new Map<string, LegacyRouter>()
  private readonly updated = new Set<string>()
  private readonly removed = new Set<string>()
  private readonly beside = new Set<Promise<void>>()

  constructor(readonly context: AgentContext) {
    this.agent = new Agent('neutron-l3-agent', context.machine, agentCommandLine('neutron-l3-agent', L3_FILE, context.profile))
  }

  start(): Promise<void> {
    const { plugin, host } = this.context
    return this.agent.enqueue('neutron-l3-agent starts', null, async () => {
      await plugin.reportAgent(this.report())
      const routers = await plugin.syncRouters(host)
      await this.agent.each(
        routers.filter(({ adminStateUp }) => adminStateUp),
        (info) => this.processRouter(info),
      )
    })
  }

  private report(): Parameters<AgentContext['plugin']['reportAgent']>[0] {
    const { host, config } = this.context
    const configurations = {
      router_id: '',
      gateway_external_network_id: '',
      handle_internal_only_routers: true,
      use_namespaces: true,
      external_network_bridge: config.externalBridge ?? '',
      interface_driver: 'neutron.agent.linux.interface.OVSInterfaceDriver',
      agent_mode: config.agentMode,
    }
    const isAlive = (): boolean => !this.agent.proc.isDone
    return { type: 'L3 agent', binary: 'neutron-l3-agent', topic: 'l3_agent', host, configurations, isAlive }
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

  addArpEntry(_routerId: string, _entry: ArpEntry): void {}

  delArpEntry(_routerId: string, _entry: ArpEntry): void {}

  fipnamespaceDeletedOnExtNet(_networkId: string): void {}

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
    if (router === undefined) {
      router = new LegacyRouter(info.id, this, new MetadataProxy(this.agent, this.context.profile))
      this.routers.set(info.id, router)
      await router.create()
    }
    const statuses = await router.process(info)
    if (statuses.size > 0) await this.context.plugin.updateFloatingIpStatuses(info.id, statuses)
  }

  private async removeRouter(id: string): Promise<void> {
    const router = this.routers.get(id)
    if (router === undefined) return
    this.routers.delete(id)
    await router.delete()
  }
}
