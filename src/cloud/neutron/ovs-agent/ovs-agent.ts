// neutron-openvswitch-agent: wires the ports that appear on br-int, and the tunnels and provider networks behind them.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { Agent } from '../../agent.js'
import type { Port } from '../objects.js'
import type { AgentContext, CloudAgent, FdbEntry, L2AgentRpc } from '../rpc.js'

export class OvsAgent implements CloudAgent, L2AgentRpc {
  readonly agent: Agent

  constructor(private readonly context: AgentContext) {
    this.agent = new Agent('neutron-openvswitch-agent', context.machine, ['/usr/bin/python', '/usr/bin/neutron-openvswitch-agent'])
  }

  async start(): Promise<void> {}
  settled(): Promise<void> {
    return this.agent.settled()
  }

  portUpdate(_port: Port): void {}
  portDelete(_portId: string): void {}
  networkDelete(_networkId: string): void {}
  securityGroupsRuleUpdated(_groupIds: readonly string[]): void {}
  securityGroupsMemberUpdated(_groupIds: readonly string[]): void {}
  securityGroupsProviderUpdated(): void {}
  tunnelUpdate(_remoteIp: Ipv4Address, _type: 'gre' | 'vxlan'): void {}
  tunnelDelete(_remoteIp: Ipv4Address, _type: 'gre' | 'vxlan'): void {}
  fdbAdd(_entries: readonly FdbEntry[]): void {}
  fdbRemove(_entries: readonly FdbEntry[]): void {}
}
