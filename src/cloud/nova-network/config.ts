// The flags of a FlatDHCP cloud as values; what a scenario leaves out has the release's default.

import type { Ipv4Address, Ipv4Prefix } from '../../addr/ipv4.js'
import { networkOf, parseIpv4, parsePrefix } from '../../addr/ipv4.js'
import { CloudError } from '../cloud-error.js'
import type { CloudNetwork, CloudSpec } from '../spec.js'

export interface FlatDhcpConfig {
  readonly label: string
  readonly cidr: Ipv4Prefix
  readonly gateway: Ipv4Address
  readonly bridge: string
  readonly flatInterface: string
  readonly publicInterface: string
  readonly fixedRange: Ipv4Prefix
  readonly routingSource: Ipv4Address
  readonly metadataHost: Ipv4Address
  readonly metadataPort: number
  readonly dmz: readonly Ipv4Prefix[]
  readonly domain: string
  readonly leaseSeconds: number
  readonly allowSameNetTraffic: boolean
  readonly networksPath: string
  readonly instancesPath: string
  /** Freed at the latest so long after its server went, seconds. */
  readonly disassociateSeconds: number
}

/** Throws CloudError with the place when the scenario lacks what the release cannot do without. */
export function flatDhcpConfig(spec: CloudSpec): FlatDhcpConfig {
  const network = spec.networks[0]
  if (network === undefined) throw new CloudError('cloud.networks: a flat-dhcp cloud has exactly one network, found none')
  const flag = (name: string): string | undefined => spec.flags.get(name)
  const cidr = networkOf(prefix('cloud.networks[0].cidr', network.cidr ?? undefined))
  const myIp = address('cloud.flags.my_ip', flag('my_ip'))
  return {
    label: network.name,
    cidr,
    gateway: network.gateway === null ? (cidr.address + 1) | 0 : address('cloud.networks[0].gateway', network.gateway),
    bridge: network.bridge ?? flag('flat_network_bridge') ?? 'br100',
    flatInterface: device(network, flag('flat_interface')),
    publicInterface: flag('public_interface') ?? 'eth0',
    fixedRange: prefix('cloud.flags.fixed_range', flag('fixed_range') ?? network.cidr ?? undefined),
    routingSource: flag('routing_source_ip') === undefined ? myIp : address('cloud.flags.routing_source_ip', flag('routing_source_ip')),
    metadataHost: flag('metadata_host') === undefined ? myIp : address('cloud.flags.metadata_host', flag('metadata_host')),
    metadataPort: Number(flag('metadata_port') ?? 8775),
    dmz: (flag('dmz_cidr') ?? '10.128.0.0/24')
      .split(',')
      .filter(Boolean)
      .map((text) => prefix('cloud.flags.dmz_cidr', text)),
    domain: flag('dhcp_domain') ?? 'novalocal',
    leaseSeconds: Number(flag('dhcp_lease_time') ?? 120),
    allowSameNetTraffic: (flag('allow_same_net_traffic') ?? 'true').toLowerCase() === 'true',
    networksPath: flag('networks_path') ?? '/var/lib/nova/networks',
    instancesPath: flag('instances_path') ?? '/var/lib/nova/instances',
    disassociateSeconds: Number(flag('fixed_ip_disassociate_timeout') ?? 600),
  }
}

function device(network: CloudNetwork, flag: string | undefined): string {
  const name = network.device ?? flag
  if (name === undefined) throw new CloudError('cloud.networks[0].device: the flat interface is not named')
  return name
}

function address(where: string, text: string | undefined): Ipv4Address {
  const value = parseIpv4(text ?? '')
  if (value === null) throw new CloudError(`${where}: expected an IPv4 address, found ${text === undefined ? 'nothing' : `"${text}"`}`)
  return value
}

function prefix(where: string, text: string | undefined): Ipv4Prefix {
  const value = parsePrefix(text ?? '')
  if (value === null) {
    throw new CloudError(`${where}: expected a prefix such as 10.0.0.0/24, found ${text === undefined ? 'nothing' : `"${text}"`}`)
  }
  return value
}
