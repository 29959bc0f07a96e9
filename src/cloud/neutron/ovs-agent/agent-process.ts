// What others see of the OVS agent: its command line in `ps`, its row in `neutron agent-list`.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { agentCommandLine } from '../command-lines.js'
import { ovsAgentFile } from '../node-files/facts.js'
import type { AgentContext, AgentReport } from '../rpc.js'
import { BR_INT } from './pipeline.js'

const BINARY = 'neutron-openvswitch-agent'

export function commandLine({ profile }: AgentContext): string[] {
  return agentCommandLine(BINARY, ovsAgentFile(profile), profile)
}

export function reportOf({ host, config, profile }: AgentContext, isAlive: () => boolean): AgentReport {
  const configurations = {
    bridge_mappings: Object.fromEntries(config.bridgeMappings),
    tunnel_types: config.tunnelTypes,
    tunneling_ip: config.localIp === null ? '' : formatIpv4(config.localIp),
    l2_population: config.l2population,
    ...(profile.l2.native ? { arp_responder_enabled: config.arpResponder && config.l2population, integration_bridge: BR_INT } : {}),
  }
  return { type: 'Open vSwitch agent', binary: BINARY, topic: 'N/A', host, configurations, isAlive }
}
