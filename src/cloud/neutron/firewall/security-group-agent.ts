// What the L2 agent remembers of its ports' security groups between two rounds of its loop, and when it filters anew.
import type { Agent } from '../../agent.js'
import type { AgentContext } from '../rpc.js'
import { HybridFirewall } from './hybrid-firewall.js'

export class SecurityGroupAgent {
  private readonly firewall: HybridFirewall
  /** Ports whose rules are to be made again at the next round; all of them when `everything` is set. */
  private readonly stale = new Set<string>()
  private everything = false
  /** Groups whose members the rules of a port name. */
  private readonly sources = new Map<string, ReadonlySet<string>>()

  constructor(
    agent: Agent,
    private readonly context: AgentContext,
  ) {
    this.firewall = new HybridFirewall(agent, context.profile)
  }

  /** True: there is something to do. */
  rulesUpdated(groupIds: readonly string[]): boolean {
    return this.mark((portId) => this.firewall.ports.get(portId)!.securityGroups.some((id) => groupIds.includes(id)))
  }

  membersUpdated(groupIds: readonly string[]): boolean {
    return this.mark((portId) => groupIds.some((id) => this.sources.get(portId)?.has(id) === true))
  }

  providerUpdated(): boolean {
    if (this.firewall.ports.size === 0) return false
    this.everything = true
    return true
  }

  async setUpFilters(added: readonly string[], updated: readonly string[]): Promise<void> {
    if (added.length > 0) await this.filter(added)
    const again = this.everything ? [...this.firewall.ports.keys()] : [...new Set([...updated, ...this.stale])]
    this.everything = false
    this.stale.clear()
    const known = again.filter((id) => this.firewall.ports.has(id) && !added.includes(id))
    if (known.length > 0) await this.filter(known)
  }

  async removeFilters(portIds: readonly string[]): Promise<void> {
    await this.firewall.remove(portIds)
    for (const id of portIds) this.sources.delete(id)
  }

  private async filter(portIds: readonly string[]): Promise<void> {
    const info = await this.context.plugin.securityGroupInfoForPorts(portIds)
    const groups = new Set(info.members.keys())
    for (const { portId } of info.ports) this.sources.set(portId, groups)
    await this.firewall.refresh(info, portIds)
  }

  private mark(isMeant: (portId: string) => boolean): boolean {
    const meant = [...this.firewall.ports.keys()].filter(isMeant)
    for (const id of meant) this.stale.add(id)
    return meant.length > 0
  }
}
