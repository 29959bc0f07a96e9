// The rows of neutron's database: what its API shows (there in snake_case) and what the agents are told.
import type { Ipv4Address, Ipv4Prefix } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'

export type NetworkType = 'local' | 'flat' | 'vlan' | 'gre' | 'vxlan'

export type Status = 'ACTIVE' | 'DOWN' | 'BUILD' | 'ERROR' | 'N/A'

export interface Network {
  readonly id: string
  name: string
  readonly tenantId: string
  adminStateUp: boolean
  status: Status
  shared: boolean
  external: boolean
  readonly networkType: NetworkType
  readonly physicalNetwork: string | null
  readonly segmentationId: number | null
  /** 1500 for releases that know none. */
  mtu: number
  readonly createdUs: number
}

export interface AddressPool {
  readonly first: Ipv4Address
  readonly last: Ipv4Address
}

export interface HostRoute {
  readonly destination: Ipv4Prefix
  readonly nextHop: Ipv4Address
}

export interface Subnet {
  readonly id: string
  readonly networkId: string
  name: string
  readonly tenantId: string
  readonly cidr: Ipv4Prefix
  gatewayIp: Ipv4Address | null
  enableDhcp: boolean
  pools: readonly AddressPool[]
  dns: readonly Ipv4Address[]
  hostRoutes: readonly HostRoute[]
  readonly createdUs: number
}

export interface FixedIp {
  readonly subnetId: string
  readonly address: Ipv4Address
}

export interface AddressPair {
  readonly mac: MacAddress
  readonly prefix: Ipv4Prefix
}

export const OWNER = {
  dhcp: 'network:dhcp',
  routerInterface: 'network:router_interface',
  distributedInterface: 'network:router_interface_distributed',
  centralizedSnat: 'network:router_centralized_snat',
  agentGateway: 'network:floatingip_agent_gateway',
  routerGateway: 'network:router_gateway',
  floatingIp: 'network:floatingip',
} as const

/** Device id of a DHCP port that waits for the agent which takes it. */
export const RESERVED_DHCP_PORT = 'reserved_dhcp_port'

export type VifType = 'unbound' | 'ovs' | 'binding_failed' | 'distributed'

export interface Port {
  readonly id: string
  readonly networkId: string
  name: string
  readonly tenantId: string
  mac: MacAddress
  fixedIps: readonly FixedIp[]
  deviceId: string
  /** `compute:nova`, one of OWNER, or empty. */
  deviceOwner: string
  /** binding:host_id; empty while unbound. */
  hostId: string
  vifType: VifType
  status: Status
  adminStateUp: boolean
  /** Ids. */
  securityGroups: readonly string[]
  allowedAddressPairs: readonly AddressPair[]
  portSecurity: boolean
  /** Of a distributed router's interface: how it fares on each host that has the router. */
  readonly distributedBindings: Map<string, Status>
  /** binding:profile: the server is on its way to this host. */
  migratingTo: string | null
  /** Live migration: bindings to other hosts than the one that counts. */
  readonly inactiveBindings: Map<string, VifType>
  readonly createdUs: number
}

export interface RouterGateway {
  readonly networkId: string
  readonly portId: string
  enableSnat: boolean
}

export interface Router {
  readonly id: string
  name: string
  readonly tenantId: string
  adminStateUp: boolean
  status: Status
  gateway: RouterGateway | null
  routes: readonly HostRoute[]
  distributed: boolean
  readonly ha: boolean
  /** Host of the L3 agent that has it, with DVR of its snat namespace; null while none. */
  host: string | null
  readonly createdUs: number
}

export interface FloatingIp {
  readonly id: string
  readonly tenantId: string
  readonly address: Ipv4Address
  /** The external network. */
  readonly networkId: string
  /** Owner network:floatingip on the external network. */
  readonly floatingPortId: string
  portId: string | null
  fixedIp: Ipv4Address | null
  routerId: string | null
  status: Status
  readonly createdUs: number
}

export interface SecurityGroup {
  readonly id: string
  name: string
  description: string
  readonly tenantId: string
  readonly rules: SecurityGroupRule[]
  readonly createdUs: number
}

export type Direction = 'ingress' | 'egress'
export type EtherType = 'IPv4' | 'IPv6'

export interface SecurityGroupRule {
  readonly id: string
  readonly groupId: string
  readonly tenantId: string
  readonly direction: Direction
  readonly ethertype: EtherType
  /** tcp, udp, icmp ... or a number; null: any. */
  readonly protocol: string | null
  /** ICMP: the type. */
  readonly portMin: number | null
  /** ICMP: the code. */
  readonly portMax: number | null
  /** As given, IPv4 or IPv6: 10.0.0.0/24. */
  readonly remotePrefix: string | null
  readonly remoteGroupId: string | null
  readonly createdUs: number
}

export interface AgentRow {
  readonly id: string
  /** `Open vSwitch agent`, `L3 agent`, `DHCP agent`, `Metadata agent` */
  readonly type: string
  /** `neutron-openvswitch-agent` ... */
  readonly binary: string
  readonly host: string
  readonly topic: string
  adminStateUp: boolean
  readonly configurations: Readonly<Record<string, unknown>>
  readonly startedUs: number
  /** An agent that lives reports in time; one that was killed does not. */
  isAlive(): boolean
}
