// What the configuration files of a node are written from.
import type { ReleaseProfile } from '../release.js'
import type { AgentConfig } from '../rpc.js'

export interface NodeFacts {
  readonly profile: ReleaseProfile
  readonly services: readonly string[]
  readonly config: AgentConfig
  /** Where the APIs and the message queue are. */
  readonly controller: string
  /** This node's address on the network of the APIs. */
  readonly address: string
  readonly tenantType: string
  readonly tunnelRange: readonly [number, number]
  /** Physical networks that can be flat. */
  readonly flatNetworks: readonly string[]
}

export const L3_FILE = '/etc/neutron/l3_agent.ini'
export const DHCP_FILE = '/etc/neutron/dhcp_agent.ini'
export const METADATA_FILE = '/etc/neutron/metadata_agent.ini'
export const ML2_FILE = '/etc/neutron/plugins/ml2/ml2_conf.ini'

/** The OVS agent's own file; Icehouse packages let it read ML2's. */
export function ovsAgentFile({ l2 }: ReleaseProfile): string {
  return l2.native ? '/etc/neutron/plugins/ml2/openvswitch_agent.ini' : ML2_FILE
}
