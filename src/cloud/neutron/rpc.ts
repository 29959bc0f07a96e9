// What goes over the message queue between neutron-server and the agents, and between nova and its computes.
import type { Ipv4Address, Ipv4Prefix } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import type { Machine } from '../../node/machine.js'
import type { CloudHost } from '../host.js'
import type { Server } from '../nova/objects.js'
import type { AgentMode } from '../spec.js'
import type { AddressPair, Direction, EtherType, FixedIp, HostRoute, Network, NetworkType, Port, Subnet } from './objects.js'
import type { ReleaseProfile } from './release.js'

// --- what an agent is made with

export interface AgentConfig {
  /** Own address of the tunnels; null: no tunnels. */
  readonly localIp: Ipv4Address | null
  readonly tunnelTypes: readonly ('gre' | 'vxlan')[]
  /** Physical network to bridge. */
  readonly bridgeMappings: ReadonlyMap<string, string>
  /** external_network_bridge; null: external devices hang on br-int and leave by a provider bridge. */
  readonly externalBridge: string | null
  readonly l2population: boolean
  readonly arpResponder: boolean
  /** agent_mode of this host's L3 agent. */
  readonly agentMode: AgentMode
  /** enable_distributed_routing of this host's OVS agent. */
  readonly dvr: boolean
  /** Flags of the configuration files, as the scenario has them. */
  readonly flags: ReadonlyMap<string, string>
}

/** Everything that an agent gets; it starts its own process (cloud/agent.ts) on `machine`. */
export interface AgentContext {
  readonly machine: Machine
  /** The name that the host goes by in the API: its host name. */
  readonly host: string
  readonly profile: ReleaseProfile
  readonly config: AgentConfig
  readonly plugin: PluginRpc
}

/** What an agent's report is made of. */
export type ReportedContext = Pick<AgentContext, 'host' | 'profile' | 'config'>

export interface ComputeContext extends AgentContext {
  /** Where guests come and go. */
  readonly lab: CloudHost
}

/** A part of the cloud with a process of its own. */
export interface CloudAgent {
  /** Resolves when what it does at start is done. */
  start(): Promise<void>
  /** Resolves when all that was asked of it so far is done. */
  settled(): Promise<void>
}

// --- server -> agents. Each call only queues work.

export interface L2AgentRpc {
  portUpdate(port: Port): void
  portDelete(portId: string): void
  networkDelete(networkId: string): void
  securityGroupsRuleUpdated(groupIds: readonly string[]): void
  securityGroupsMemberUpdated(groupIds: readonly string[]): void
  /** The addresses of DHCP servers changed (releases with rules from the server's address). */
  securityGroupsProviderUpdated(): void
  tunnelUpdate(remoteIp: Ipv4Address, type: 'gre' | 'vxlan'): void
  tunnelDelete(remoteIp: Ipv4Address, type: 'gre' | 'vxlan'): void
  /** l2population. */
  fdbAdd(entries: readonly FdbEntry[]): void
  fdbRemove(entries: readonly FdbEntry[]): void
  fdbChangeAddresses(change: FdbAddresses): void
  /** DVR: all hosts' addresses, whenever a new host has got one. */
  dvrMacAddressUpdate(entries: readonly DvrMac[]): void
  /** Live migration: the port's binding to this host is the one that counts from now on, or no longer. */
  bindingActivate(portId: string): void
  bindingDeactivate(portId: string): void
}

/** The address that a host's routers send from, so that no switch learns the routers' own one in several places. */
export interface DvrMac {
  readonly host: string
  readonly mac: MacAddress
}

/** What one remote host has of a network. */
export interface FdbEntry {
  readonly networkId: string
  readonly networkType: 'gre' | 'vxlan'
  readonly segmentationId: number
  readonly remoteIp: Ipv4Address
  /** True: the flood entry (00:00:00:00:00:00, 0.0.0.0) is in it: flood to this host from now on, or no longer. */
  readonly flood: boolean
  readonly ports: readonly { readonly mac: MacAddress; readonly address: Ipv4Address }[]
}

/** A port on another host has other addresses now. */
export interface FdbAddresses {
  readonly networkId: string
  readonly mac: MacAddress
  readonly before: readonly Ipv4Address[]
  readonly after: readonly Ipv4Address[]
}

export interface L3AgentRpc {
  routersUpdated(routerIds: readonly string[]): void
  routerDeleted(routerId: string): void
  routerAddedToAgent(routerIds: readonly string[]): void
  routerRemovedFromAgent(routerId: string): void
  /** DVR: who has an address on a subnet of the router. */
  addArpEntry(routerId: string, entry: ArpEntry): void
  delArpEntry(routerId: string, entry: ArpEntry): void
  /** No router of this host leaves by the external network any more. */
  fipnamespaceDeletedOnExtNet(networkId: string): void
}

export interface ArpEntry {
  readonly subnetId: string
  readonly address: Ipv4Address
  readonly mac: MacAddress
}

export interface DhcpAgentRpc {
  networkCreate(networkId: string): void
  networkUpdate(networkId: string): void
  networkDelete(networkId: string): void
  subnetCreate(subnetId: string, networkId: string): void
  subnetUpdate(subnetId: string, networkId: string): void
  subnetDelete(subnetId: string, networkId: string): void
  portCreate(port: Port): void
  portUpdate(port: Port): void
  portDelete(portId: string, networkId: string): void
}

/** A NIC that nova plugs for a server. */
export interface Vif {
  readonly portId: string
  readonly networkId: string
  readonly networkName: string
  readonly mac: MacAddress
  readonly fixedIps: readonly FixedIp[]
  readonly subnets: readonly Subnet[]
  readonly mtu: number
  /** Through a Linux bridge of its own, where iptables can see the frames. */
  readonly hybrid: boolean
}

/** What nova-compute says when neutron never told that a NIC is wired. */
export const NOT_WIRED = 'Virtual Interface creation failed'

/** A server on its way to another host, seen from there. */
export interface Landing {
  /** Its memory has come: it runs here now. */
  adopt(machine: Machine): void
}

/** nova-conductor -> nova-compute. */
export interface ComputeRpc {
  /** Resolves when the domain runs: plug, define, wait for network-vif-plugged of each NIC, resume. Rejects when it cannot. */
  spawn(server: Server, vifs: readonly Vif[]): Promise<void>
  destroy(server: Server): Promise<void>
  reboot(server: Server, hard: boolean): Promise<void>
  powerOff(server: Server): Promise<void>
  powerOn(server: Server): Promise<void>
  attachInterface(server: Server, vif: Vif): Promise<void>
  detachInterface(server: Server, portId: string): Promise<void>
  /** On the destination: plug the NICs, make a domain that waits. */
  preLiveMigration(server: Server, vifs: readonly Vif[]): Promise<Landing>
  /** On the source: copies the memory while the guest runs; `switchOver` is told when the guest stops here. */
  liveMigrate(server: Server, landing: Landing, switchOver: () => void): Promise<void>
  /** On the destination, behind it: has qemu say once more where the server is, in clouds that are set up so. */
  postLiveMigration(server: Server): void
  /** On the source, behind it: nothing of the server stays. On the destination when nothing came of it. */
  cleanUpMigration(server: Server): Promise<void>
  /** neutron-server tells nova that a port is wired. */
  vifPlugged(portId: string): void
  console(server: Server): string
  readonly host: string
  /** Processes alive: the scheduler counts on it. */
  readonly isAlive: boolean
}

// --- agents -> server. Each call takes a message's time there and back; agents make them inside their work.

export interface DeviceDetails {
  readonly portId: string
  readonly networkId: string
  readonly networkType: NetworkType
  readonly segmentationId: number | null
  readonly physicalNetwork: string | null
  readonly adminStateUp: boolean
  readonly mac: MacAddress
  readonly fixedIps: readonly FixedIp[]
  readonly deviceOwner: string
  readonly portSecurity: boolean
  readonly allowedAddressPairs: readonly AddressPair[]
}

export interface FirewallRule {
  readonly direction: Direction
  readonly ethertype: EtherType
  readonly protocol: string | null
  readonly portMin: number | null
  readonly portMax: number | null
  readonly sourcePortMin: number | null
  readonly sourcePortMax: number | null
  readonly sourcePrefix: string | null
  readonly destPrefix: string | null
  /** Releases with sets: the rule holds for this group's members. */
  readonly remoteGroupId: string | null
  /** Not of a group: lets DHCP answers in. */
  readonly isProvider: boolean
}

export interface FirewallPort {
  readonly portId: string
  /** tapXXXXXXXX-XX */
  readonly device: string
  readonly mac: MacAddress
  readonly fixedIps: readonly Ipv4Address[]
  readonly allowedAddressPairs: readonly AddressPair[]
  readonly deviceOwner: string
  readonly portSecurity: boolean
  readonly securityGroups: readonly string[]
  /** Of all its groups and the provider's, in the order of the release. */
  readonly rules: readonly FirewallRule[]
}

export interface SecurityGroupInfo {
  readonly ports: readonly FirewallPort[]
  /** Addresses of the members of each group that a rule names; by group id. */
  readonly members: ReadonlyMap<string, readonly Ipv4Address[]>
}

export interface RouterAddress {
  readonly address: Ipv4Address
  readonly subnetId: string
  /** Network of the subnet. */
  readonly cidr: Ipv4Prefix
  readonly gatewayIp: Ipv4Address | null
}

export interface RouterPort {
  readonly id: string
  readonly networkId: string
  readonly mac: MacAddress
  readonly adminStateUp: boolean
  readonly mtu: number
  readonly addresses: readonly RouterAddress[]
}

export interface RouterFloatingIp {
  readonly id: string
  readonly address: Ipv4Address
  readonly fixedIp: Ipv4Address
  readonly portId: string
  /** DVR: where the port is; null when it is bound nowhere. */
  readonly host: string | null
  /** DVR: served in the snat namespace, as the port's own host cannot. */
  readonly isCentral: boolean
}

export interface RouterInfo {
  readonly id: string
  readonly name: string
  readonly adminStateUp: boolean
  readonly gateway: (RouterPort & { readonly enableSnat: boolean }) | null
  /** In the order in which they were added. */
  readonly interfaces: readonly RouterPort[]
  readonly floatingIps: readonly RouterFloatingIp[]
  readonly routes: readonly HostRoute[]
  readonly distributed: boolean
  /** DVR: the host of the snat namespace. */
  readonly gatewayHost: string | null
  /** DVR: network:router_centralized_snat, one for each internal port. */
  readonly snatInterfaces: readonly RouterPort[]
  /** DVR: this host's network:floatingip_agent_gateway on the router's external network. */
  readonly agentGatewayPort: RouterPort | null
  /** DVR: who is on the router's subnets, by subnet; other routers' interfaces are not among them. */
  readonly arpEntries: ReadonlyMap<string, readonly ArpEntry[]>
}

/** What a router has that is on one host. */
export const NOT_DISTRIBUTED: Pick<RouterInfo, 'distributed' | 'gatewayHost' | 'snatInterfaces' | 'agentGatewayPort' | 'arpEntries'> = {
  distributed: false,
  gatewayHost: null,
  snatInterfaces: [],
  agentGatewayPort: null,
  arpEntries: new Map(),
}

export interface NetworkInfo {
  readonly network: Network
  readonly subnets: readonly Subnet[]
  readonly ports: readonly Port[]
}

export interface AgentReport {
  readonly type: string
  readonly binary: string
  readonly topic: string
  readonly host: string
  readonly configurations: Readonly<Record<string, unknown>>
  isAlive(): boolean
}

export interface DvrSubnet {
  readonly subnetId: string
  readonly networkId: string
  readonly cidr: Ipv4Prefix
  readonly gatewayIp: Ipv4Address | null
  /** Of the distributed router's interface that has the gateway's address; null while there is none. */
  readonly gatewayMac: MacAddress | null
}

export interface PluginRpc {
  /** First state report: from here on the server sends to the agent. */
  reportAgent(report: AgentReport): Promise<void>

  /** `device` is a port id or the beginning of one (11 characters, behind tap, qvo ...). Null: not known or not bound to this host. */
  getDeviceDetails(device: string, host: string): Promise<DeviceDetails | null>
  getDevicesDetails(devices: readonly string[], host: string): Promise<readonly (DeviceDetails | null)[]>
  updateDeviceUp(portId: string, host: string): Promise<void>
  updateDeviceDown(portId: string, host: string): Promise<void>
  /** Tells all others of this end; returns the ends known so far, this one among them. */
  tunnelSync(ip: Ipv4Address, type: 'gre' | 'vxlan', host: string): Promise<readonly Ipv4Address[]>
  securityGroupInfoForPorts(portIds: readonly string[]): Promise<SecurityGroupInfo>

  syncRouters(host: string, routerIds?: readonly string[]): Promise<readonly RouterInfo[]>
  updateFloatingIpStatuses(routerId: string, statuses: ReadonlyMap<string, 'ACTIVE' | 'DOWN' | 'ERROR'>): Promise<void>

  /** DVR: this host's port on the external network; made when it is not there yet. Null: the network is none, or gives no address. */
  getAgentGatewayPort(networkId: string, host: string): Promise<RouterPort | null>
  getPortsOnSubnet(subnetId: string): Promise<readonly Port[]>
  /** DVR: ports of servers, DHCP and the like that are bound to this host. */
  getPortsOnHostBySubnet(host: string, subnetId: string): Promise<readonly Port[]>
  getSubnetForDvr(subnetId: string): Promise<DvrSubnet | null>
  /** This host's address; drawn and told to all others when it is asked for the first time. */
  getDvrMacAddress(host: string): Promise<MacAddress>
  getDvrMacAddresses(): Promise<readonly DvrMac[]>

  /** Networks whose DHCP this host serves. */
  getActiveNetworks(host: string): Promise<readonly NetworkInfo[]>
  getNetworkInfo(networkId: string): Promise<NetworkInfo | null>
  /** The agent's own port on the network: the one it has, a reserved one, or a new one; addresses in its subnets with DHCP. */
  createDhcpPort(networkId: string, deviceId: string, host: string): Promise<Port | null>
  releaseDhcpPort(networkId: string, deviceId: string): Promise<void>

  /** Metadata agent: ports with this fixed address on the network, or on the networks of the router. */
  portsByAddress(address: Ipv4Address, on: { readonly routerId: string } | { readonly networkId: string }): Promise<readonly Port[]>
}
