// What a scenario's `cloud:` says, as plain values; scenario/ reads and checks the file, this is the shape that comes out.

export type CloudMode = 'flat-dhcp' | 'legacy-l3' | 'dvr'

/** When machines that run agents alone are made: with the lab, or when somebody touches them. */
export type CloudWake = 'boot' | 'touch'

export interface CloudSpec {
  readonly release: string
  readonly mode: CloudMode
  readonly wake: CloudWake
  readonly networks: readonly CloudNetwork[]
  readonly routers: readonly CloudRouter[]
  /** Ports beside those that networks, routers and servers bring. */
  readonly ports: readonly CloudPort[]
  readonly floatingIps: readonly CloudFloatingIp[]
  readonly agents: readonly CloudAgent[]
  readonly servers: readonly CloudServer[]
  readonly images: readonly CloudImage[]
  readonly flavors: readonly CloudFlavor[]
  readonly floatingPools: readonly CloudPool[]
  readonly securityGroups: readonly CloudSecurityGroup[]
  /** Flags of the release's configuration file, as it writes them. */
  readonly flags: ReadonlyMap<string, string>
}

export interface CloudNetwork {
  readonly name: string
  readonly id: string | null
  /** nova-network: the network's one range. */
  readonly cidr: string | null
  readonly bridge: string | null
  readonly device: string | null
  readonly gateway: string | null
  readonly dns: readonly string[]
  /** neutron: provider:network_type; null: the first tunnel type of the agents. */
  readonly type: 'local' | 'flat' | 'vlan' | 'gre' | 'vxlan' | null
  readonly segment: number | null
  readonly physicalNetwork: string | null
  readonly external: boolean
  readonly shared: boolean
  readonly mtu: number | null
  readonly subnets: readonly CloudSubnet[]
}

export interface CloudSubnet {
  readonly name: string
  readonly id: string | null
  readonly cidr: string
  /** null: the first host; `none`: there is none. */
  readonly gateway: string | null
  readonly dhcp: boolean
  readonly dns: readonly string[]
  /** `10.0.0.2-10.0.0.254`; empty: all but the gateway. */
  readonly pools: readonly string[]
  /** `10.9.0.0/24 via 10.0.0.5` */
  readonly hostRoutes: readonly string[]
}

export interface CloudRouter {
  readonly name: string
  readonly id: string | null
  /** The node of the L3 agent; null: it is scheduled. */
  readonly host: string | null
  /** null: as the mode has it. */
  readonly distributed: boolean | null
  readonly external: CloudRouterGateway | null
  readonly interfaces: readonly CloudRouterInterface[]
}

export interface CloudRouterGateway {
  /** By name or id, as all references here. */
  readonly network: string
  readonly address: string | null
  readonly portId: string | null
  readonly mac: string | null
}

export interface CloudRouterInterface {
  readonly subnet: string
  /** null: the subnet's gateway. */
  readonly address: string | null
  readonly portId: string | null
  readonly mac: string | null
  /** Distributed: its port in the snat namespace. */
  readonly snat: CloudCentralPort | null
  /** A port that was made first and attached by its id has groups like any other. */
  readonly groups: readonly string[]
  /** False: no agent could take the port when the router was placed. */
  readonly bound: boolean
}

export interface CloudCentralPort {
  readonly address: string | null
  readonly portId: string | null
  readonly mac: string | null
}

export interface CloudPort {
  readonly name: string
  readonly id: string | null
  readonly network: string
  readonly mac: string | null
  readonly address: string | null
  readonly owner: string
  readonly device: string
  readonly host: string | null
  readonly groups: readonly string[] | null
}

export interface CloudFloatingIp {
  readonly address: string
  readonly id: string | null
  readonly network: string
  /** The server it leads to, null for one that is free. */
  readonly server: string | null
  readonly portId: string | null
  readonly mac: string | null
}

export interface CloudAgent {
  readonly node: string
  readonly services: readonly string[]
  /** Own end of the tunnels. */
  readonly localIp: string | null
  /** Physical network to bridge. */
  readonly bridgeMappings: ReadonlyMap<string, string>
  /** null: as the release has it; `none`: external ports hang on br-int. */
  readonly externalBridge: string | null
  /** agent_mode of the L3 agent, and what the host's OVS agent has to do with it. */
  readonly agentMode: AgentMode
  /** DVR: null is drawn. */
  readonly dvrMac: string | null
  /** Availability zone of nova-compute; null: nova. */
  readonly zone: string | null
}

export type AgentMode = 'legacy' | 'dvr' | 'dvr_snat'

/** A server the documents know: booting one of this name takes these values instead of drawn ones. */
export interface CloudServer {
  readonly name: string
  readonly id: string | null
  /** What the lab calls its machine; null: as it is named. */
  readonly node: string | null
  readonly host: string | null
  readonly mac: string | null
  readonly address: string | null
  /** Decimal instance id; libvirt's name is instance-%08x of it. */
  readonly number: number | null
  readonly boot: boolean
  /** By name or id; null: the first. */
  readonly image: string | null
  readonly flavor: string | null
  /** Booted from a volume that was made of the image. */
  readonly volume: boolean
  readonly metadata: ReadonlyMap<string, string>
  /** What cloud-init runs at the first boot. */
  readonly userData: string | null
  readonly groups: readonly string[]
  /** neutron: its NICs. */
  readonly nics: readonly CloudNic[]
  readonly services: readonly GuestService[]
}

/** What a server's owner may run in it: a small web server that says who asked. */
export type GuestService = 'http'

export interface CloudNic {
  readonly network: string
  readonly portId: string | null
  readonly mac: string | null
  readonly address: string | null
}

export interface CloudImage {
  readonly name: string
  readonly id: string | null
  /** Image of the emulated node, see node/image.ts. */
  readonly image: string
}

export interface CloudFlavor {
  readonly id: string
  readonly name: string
  readonly ramMb: number
  readonly diskGb: number
  readonly vcpus: number
}

export interface CloudPool {
  readonly name: string
  readonly device: string | null
  readonly cidr: string
}

export interface CloudSecurityGroup {
  readonly name: string
  readonly id: string | null
  readonly description: string
  /** All that it has; neutron's groups begin with the usual ones when there is no `rules` at all (null). */
  readonly rules: readonly CloudSecurityRule[] | null
}

export interface CloudSecurityRule {
  /** icmp, tcp, udp or a number; null: any. */
  readonly protocol: string | null
  readonly from: number
  readonly to: number
  readonly cidr: string | null
  readonly id: string | null
  readonly direction: 'ingress' | 'egress'
  readonly ethertype: 'IPv4' | 'IPv6'
  readonly remoteGroup: string | null
}
