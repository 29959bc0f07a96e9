// What differs between the neutron releases, as plain data: an agent asks here at the line where its text differs. Each agent's part is
// its own section; own words for what the project's history shows (control-plane facts).

export type NeutronRelease = 'icehouse' | 'stein' | 'ussuri'

export interface ReleaseProfile {
  readonly name: NeutronRelease
  readonly server: ServerProfile
  readonly l2: L2Profile
  readonly firewall: FirewallProfile
  readonly iptables: IptablesProfile
  readonly l3: L3Profile
  readonly dhcp: DhcpProfile
}

export type QuotaResource = 'network' | 'subnet' | 'port' | 'router' | 'floatingip' | 'security_group' | 'security_group_rule'

/** neutron-server and nova's side of it. */
export interface ServerProfile {
  /** Next free address ascending, or one of the first `window` free ones by chance. */
  readonly ipam: { readonly kind: 'ascending' } | { readonly kind: 'window'; readonly window: number }
  /** Segment ids: the lowest free one, or any free one. */
  readonly segments: 'lowest' | 'any'
  /** Networks have an MTU: the underlay's less the tunnel's headers. Without, everything is 1500. */
  readonly hasMtu: boolean
  /** Rules that name a group are handed out as one rule for each member's address; later agents get the members apart (ipset). */
  readonly expandsRemoteGroups: boolean
  /** DHCP answers: from the DHCP port's address behind the group's rules, or to the port's own address in front of them. */
  readonly dhcpRule: 'from-server-last' | 'to-port-first'
  /** device_owner of a server's port. */
  readonly computeOwner: string
  readonly defaultGroupDescription: string
  /** Rows show project_id, times, revisions and tags. */
  readonly hasProjectKeys: boolean
  readonly quotas: readonly (readonly [QuotaResource, number])[]
  /** Routers may be distributed. */
  readonly dvr: boolean
}

export interface L2Profile {
  /** OVSDB and OpenFlow are spoken natively: commands stand for the calls, rows of the agents' controller and manager are there. */
  readonly native: boolean
  readonly tables: BrTunTables
  /** Random cookies per bridge; 0x0 without. */
  readonly cookies: boolean
  /** br-tun is deleted and made anew at each start. */
  readonly recreatesBrTun: boolean
  readonly secureBrTun: boolean
  /** Options of a tunnel port beside in_key, out_key, local_ip, remote_ip. */
  readonly tunnelOptions: readonly (readonly [name: string, value: string])[]
  /** OpenFlow that the bridges speak. */
  readonly protocols: readonly string[]
  /** The ports to other bridges say that they do not flood multicast reports. */
  readonly setsReportFlood: boolean
  /** Its dictionaries keep the order in which things came, where those of Python 2 have one of their own. */
  readonly python3: boolean
  /** enable_distributed_routing: DVR MACs, the tables that put them in and take them out. */
  readonly dvr: boolean
  /** How a provider bridge hangs on br-int. */
  readonly providerLink: 'veth' | 'patch'
}

export interface BrTunTables {
  readonly dvrProcess: number | null
  readonly patchLvToTun: number
  readonly greTunToLv: number
  readonly vxlanTunToLv: number
  readonly dvrNotLearn: number | null
  readonly learnFromTun: number
  readonly ucastToTun: number
  readonly arpResponder: number | null
  readonly floodToTun: number
  /** On br-int: tells an OVS restart. */
  readonly canary: number
}

export interface FirewallProfile {
  /** INVALID is dropped first in i and o chains, or behind the group's rules. */
  readonly invalidFirst: boolean
  readonly usesIpset: boolean
  /** Zones of conntrack by raw rules, from this number on; null: none. */
  readonly firstZone: number | null
  /** Comments of the rules that set zones name the whole port; before Train its first four letters were taken for `tap`. */
  readonly namesWholePort: boolean
}

export interface IptablesProfile {
  readonly comments: boolean
}

export interface L3Profile {
  /** The bridge that external devices hang on when the scenario names none; null: br-int. */
  readonly externalBridge: string | null
  /** Links, addresses and namespaces are set over netlink (pyroute2): `ip` stands for the calls. */
  readonly netlink: boolean
  /** A port of the agents carries the dead VLAN until the L2 agent binds it, and the network's MTU is set on its device. */
  readonly deadUntilBound: boolean
  /** Of a router's namespace, beside forwarding. */
  readonly routerSysctls: readonly string[]
  /** Otherwise a deleted router leaves its empty namespace behind. */
  readonly deletesNamespaces: boolean
  /** Metadata: a rule for 127.0.0.1, or marks in mangle and a drop for what has none. */
  readonly metadataRules: 'loopback' | 'mark'
  readonly metadataProxy: 'python' | 'haproxy'
  /** haproxy takes away what a guest says of its router or network before it says it itself. */
  readonly strictProxyHeaders: boolean
  /** Source NAT: a rule for each internal address, or one for what leaves by the gateway. */
  readonly snat: 'per-port' | 'outgoing'
  readonly addressScopes: boolean
  /** Removed ports are unplugged before new ones are plugged. */
  readonly oldPortsFirst: boolean
  readonly defaultRoute: 'route-add' | 'ip-replace'
  /** Routes that the agent makes say so: `proto static`. */
  readonly routeProtocol: 'static' | null
  /** Source ports are drawn: --random-fully. */
  readonly randomFully: boolean
  /** Router namespaces on each host that needs them, fip and snat namespaces. */
  readonly dvr: boolean
  /** Rounds of two gratuitous ARPs (-U, -A), two seconds apart. */
  readonly gratuitousRounds: number
  /** When each of them gives up. */
  readonly arpingSeconds: '1.5' | '2'
}

export interface DhcpProfile {
  /** dnsmasq's tag of a subnet: tag0, tag1 ... or subnet-ID. */
  readonly tags: 'number' | 'subnet-id'
  /** dnsmasq keeps its leases in a file that the agent seeds, and is bound dynamically. */
  readonly leaseFile: boolean
  /** A rule in mangle fills in the UDP checksums of the answers. */
  readonly checksumFill: boolean
  readonly deletesNamespaces: boolean
  /** Classless routes: to metadata by the gateway, to the network's other subnets, and the default one among them. */
  readonly routesInOptions: boolean
  /** Among them the network's other subnets first. */
  readonly subnetRoutesFirst: boolean
  /** --conf-file when none is set: empty is the system's own. */
  readonly configFile: string
  readonly domain: string
}

const ICEHOUSE: ReleaseProfile = {
  name: 'icehouse',
  server: {
    ipam: { kind: 'ascending' },
    segments: 'lowest',
    hasMtu: false,
    expandsRemoteGroups: true,
    dhcpRule: 'from-server-last',
    computeOwner: 'compute:None',
    defaultGroupDescription: 'default',
    hasProjectKeys: false,
    quotas: [
      ['network', 10],
      ['subnet', 10],
      ['port', 50],
      ['router', 10],
      ['floatingip', 50],
      ['security_group', 10],
      ['security_group_rule', 100],
    ],
    dvr: false,
  },
  l2: {
    native: false,
    tables: {
      dvrProcess: null,
      patchLvToTun: 1,
      greTunToLv: 2,
      vxlanTunToLv: 3,
      dvrNotLearn: null,
      learnFromTun: 10,
      ucastToTun: 20,
      arpResponder: null,
      floodToTun: 21,
      canary: 22,
    },
    cookies: false,
    recreatesBrTun: true,
    secureBrTun: false,
    tunnelOptions: [],
    protocols: [],
    setsReportFlood: false,
    python3: false,
    dvr: false,
    providerLink: 'veth',
  },
  firewall: { invalidFirst: true, usesIpset: false, firstZone: null, namesWholePort: false },
  iptables: { comments: false },
  l3: {
    externalBridge: 'br-ex',
    netlink: false,
    deadUntilBound: false,
    routerSysctls: [],
    deletesNamespaces: false,
    metadataRules: 'loopback',
    metadataProxy: 'python',
    strictProxyHeaders: false,
    snat: 'per-port',
    addressScopes: false,
    oldPortsFirst: false,
    defaultRoute: 'route-add',
    routeProtocol: null,
    randomFully: false,
    dvr: false,
    gratuitousRounds: 0,
    arpingSeconds: '1.5',
  },
  dhcp: {
    tags: 'number',
    leaseFile: false,
    checksumFill: false,
    deletesNamespaces: false,
    routesInOptions: false,
    subnetRoutesFirst: false,
    configFile: '',
    domain: 'openstacklocal',
  },
}

const STEIN: ReleaseProfile = {
  name: 'stein',
  server: {
    ipam: { kind: 'window', window: 1000 },
    segments: 'any',
    hasMtu: true,
    expandsRemoteGroups: false,
    dhcpRule: 'to-port-first',
    computeOwner: 'compute:nova',
    defaultGroupDescription: 'Default security group',
    hasProjectKeys: true,
    quotas: [
      ['network', 100],
      ['subnet', 100],
      ['port', 500],
      ['router', 10],
      ['floatingip', 50],
      ['security_group', 10],
      ['security_group_rule', 100],
    ],
    dvr: false,
  },
  l2: {
    native: true,
    tables: {
      dvrProcess: 1,
      patchLvToTun: 2,
      greTunToLv: 3,
      vxlanTunToLv: 4,
      dvrNotLearn: 9,
      learnFromTun: 10,
      ucastToTun: 20,
      arpResponder: 21,
      floodToTun: 22,
      canary: 23,
    },
    cookies: true,
    recreatesBrTun: false,
    secureBrTun: true,
    tunnelOptions: [
      ['df_default', 'true'],
      ['egress_pkt_mark', '0'],
    ],
    protocols: ['OpenFlow10', 'OpenFlow13'],
    setsReportFlood: false,
    python3: false,
    dvr: false,
    providerLink: 'patch',
  },
  firewall: { invalidFirst: false, usesIpset: true, firstZone: 4097, namesWholePort: false },
  iptables: { comments: true },
  l3: {
    externalBridge: null,
    netlink: true,
    deadUntilBound: true,
    routerSysctls: ['net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2', 'net.ipv6.conf.all.forwarding=1'],
    deletesNamespaces: true,
    metadataRules: 'mark',
    metadataProxy: 'haproxy',
    strictProxyHeaders: false,
    snat: 'outgoing',
    addressScopes: true,
    oldPortsFirst: true,
    defaultRoute: 'ip-replace',
    routeProtocol: null,
    randomFully: false,
    dvr: false,
    gratuitousRounds: 3,
    arpingSeconds: '1.5',
  },
  dhcp: {
    tags: 'subnet-id',
    leaseFile: true,
    checksumFill: true,
    deletesNamespaces: true,
    routesInOptions: true,
    subnetRoutesFirst: false,
    configFile: '',
    domain: 'openstacklocal',
  },
}

const USSURI: ReleaseProfile = {
  ...STEIN,
  name: 'ussuri',
  server: { ...STEIN.server, dvr: true },
  firewall: { ...STEIN.firewall, namesWholePort: true },
  l2: { ...STEIN.l2, protocols: ['OpenFlow10', 'OpenFlow13', 'OpenFlow14'], setsReportFlood: true, python3: true, dvr: true },
  l3: { ...STEIN.l3, routeProtocol: 'static', randomFully: true, dvr: true, arpingSeconds: '2', strictProxyHeaders: true },
  dhcp: { ...STEIN.dhcp, subnetRoutesFirst: true, configFile: '/dev/null' },
}

const PROFILES: Readonly<Record<NeutronRelease, ReleaseProfile>> = { icehouse: ICEHOUSE, stein: STEIN, ussuri: USSURI }

/** Null for a release that is not emulated. */
export function profileOf(release: string): ReleaseProfile | null {
  return Object.hasOwn(PROFILES, release) ? PROFILES[release as NeutronRelease] : null
}
