// What others see of the OVS agent: its command line in `ps`, its row in `neutron agent-list`.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { agentCommandLine } from '../command-lines.js'
import { BR_INT } from '../names.js'
import { ovsAgentFile } from '../node-files/facts.js'
import type { AgentConfig, AgentContext, AgentReport, ReportedContext } from '../rpc.js'

const BINARY = 'neutron-openvswitch-agent'

export function commandLine({ profile }: AgentContext): string[] {
  return agentCommandLine(BINARY, ovsAgentFile(profile), profile)
}

export function reportOf({ host, config, profile }: ReportedContext, isAlive: () => boolean): AgentReport {
  const configurations = {
    bridge_mappings: Object.fromEntries(config.bridgeMappings),
    tunnel_types: config.tunnelTypes,
    tunneling_ip: config.localIp === null ? '' : formatIpv4(config.localIp),
    l2_population: config.l2population,
    ...(profile.l2.native ? { arp_responder_enabled: hasArpResponder(config), integration_bridge: BR_INT } : {}),
    ...(profile.l2.dvr ? { enable_distributed_routing: config.dvr } : {}),
  }
  return { type: 'Open vSwitch agent', binary: BINARY, topic: 'N/A', host, configurations, isAlive }
}

/** It needs what l2population tells. Tunnels of a distributed router need its table even so: the agent switches it on. */
export function hasArpResponder({ arpResponder, l2population, dvr, localIp, tunnelTypes }: AgentConfig): boolean {
  return (arpResponder && l2population) || (dvr && localIp !== null && tunnelTypes.length > 0)
}
