// dhcp_agent.ini as the DHCP agent reads it.
import type { DhcpProfile } from '../release.js'
import type { AgentConfig } from '../rpc.js'

export interface DhcpSettings {
  readonly profile: DhcpProfile
  readonly domain: string
  readonly leaseSeconds: number
  readonly isolatedMetadata: boolean
  readonly forceMetadata: boolean
  readonly dnsServers: readonly string[]
  readonly configFile: string
}

export function dhcpSettings(profile: DhcpProfile, { flags }: AgentConfig): DhcpSettings {
  const isTrue = (name: string): boolean => flags.get(name)?.toLowerCase() === 'true'
  return {
    profile,
    domain: flags.get('dhcp_domain') ?? flags.get('dns_domain') ?? profile.domain,
    leaseSeconds: Number(flags.get('dhcp_lease_duration') ?? 86_400),
    isolatedMetadata: isTrue('enable_isolated_metadata') || isTrue('force_metadata'),
    forceMetadata: isTrue('force_metadata'),
    dnsServers: (flags.get('dnsmasq_dns_servers') ?? '').split(',').filter((server) => server !== ''),
    configFile: flags.get('dnsmasq_config_file') || profile.configFile,
  }
}
