// Writes the file of a cloud of any size: an Ussuri DVR cloud as a provider runs it, each server with a floating IP.
//
// A hundred servers a tenant, each tenant with a network and a router of its own, spread over the hosts of one aggregate of a hundred:
// what a host sees of the cloud stays the same from a hundred hosts on.

export interface CloudSize {
  readonly computes: number
  /** On each compute node. */
  readonly servers: number
  /** Servers of a tenant. */
  readonly perTenant?: number
  /** Whether nodes are made when they are touched, or with the lab. */
  readonly wake?: 'boot' | 'touch'
}

const AGGREGATE = 100

export function generateCloud(size: CloudSize): string {
  const cloud = new GeneratedCloud(size)
  return `${cloud.lines().join('\n')}\n`
}

export function computeName(i: number): string {
  return `compute${String(i).padStart(4, '0')}`
}

export function networkName(a: number): string {
  return `network${String(a + 1).padStart(2, '0')}`
}

export function serverName(i: number): string {
  return `vm${String(i).padStart(5, '0')}`
}

class GeneratedCloud {
  private readonly perTenant: number
  private readonly tenants: number

  constructor(private readonly size: CloudSize) {
    this.perTenant = size.perTenant ?? 100
    this.tenants = Math.ceil((size.computes * size.servers) / this.perTenant)
  }

  lines(): string[] {
    return [
      ...this.head(),
      'nodes:',
      ...this.controller(),
      ...this.networkNodes().flatMap((a) => agentNode(networkName(a), `3c:fd:fe:00:${pair(1 + a)}`, `10.16.0.${101 + a}`)),
      ...this.computes().flatMap((i) => this.compute(i)),
      ...this.outside(),
      'cloud:',
      '  release: ussuri',
      '  mode: dvr',
      `  wake: ${this.size.wake ?? 'touch'}`,
      ...this.agents(),
      ...this.networks(),
      ...this.ports(),
      ...this.routers(),
      ...this.groups(),
      ...IMAGES,
      ...this.servers(),
      ...this.floatingIps(),
      ...FLAGS,
    ]
  }

  /** Host `i`'s `k`th server is of this tenant: each host has servers of several, each tenant is on all hosts of its aggregate. */
  private tenantOf(i: number, k: number): number {
    const aggregate = Math.floor(i / AGGREGATE)
    const first = Math.floor((aggregate * AGGREGATE * this.size.servers) / this.perTenant)
    const hosts = Math.min(AGGREGATE, this.size.computes - aggregate * AGGREGATE)
    const own = Math.max(1, Math.ceil((hosts * this.size.servers) / this.perTenant))
    return first + ((i * this.size.servers + k) % own)
  }

  private computes(): number[] {
    return Array.from({ length: this.size.computes }, (_, i) => i)
  }

  private head(): string[] {
    return [
      `title: A cloud of ${this.size.computes} compute nodes`,
      `summary: Ussuri with distributed routers, ${this.size.servers} servers on each node, ${this.tenants} tenants, a floating IP for each server.`,
      'clock: 2021-08-18T07:30:00Z',
      'image: ubuntu-18.04',
      'seed: scale',
      'wires:',
      '  underlay: { delay: 40us, mtu: 1600 }',
      '  trunk: { delay: 40us, trunk: [20, 30] }',
    ]
  }

  private controller(): string[] {
    return [
      '  mgt01:',
      '    services: [ssh]',
      '    nics: [{ name: eno1, mac: "3c:fd:fe:00:00:10", wire: underlay }]',
      '    addresses: { eno1: [10.16.0.10/16 brd +] }',
      '    files:',
      '      - path: /etc/environment',
      '        content: |',
      ...ENVIRONMENT.map((line) => `          ${line}`),
    ]
  }

  private networkNodes(): number[] {
    return Array.from({ length: Math.ceil(this.size.computes / AGGREGATE) }, (_, i) => i)
  }

  private compute(i: number): string[] {
    return agentNode(computeName(i), `3c:fd:fe:${pair(1 + (i >> 8))}:${pair(i)}`, underlayAddress(i))
  }

  private outside(): string[] {
    return [
      '  l3-switch:',
      '    nics:',
      '      - { name: Vlan20, mac: "00:1e:08:0e:bc:45", wire: trunk, vlan: 20 }',
      '      - { name: Vlan30, mac: "00:1e:08:0e:bc:45", wire: trunk, vlan: 30 }',
      '    addresses: { Vlan20: [100.122.255.254/16 brd +], Vlan30: [100.121.255.254/16 brd +] }',
      '    sysctl: { net.ipv4.ip_forward: 1 }',
      '  outside:',
      '    nics: [{ name: eth0, mac: "02:00:00:c7:9f:75", wire: trunk, vlan: 30 }]',
      '    addresses: { eth0: [100.121.0.75/16 brd +] }',
      '    routes: [100.122.0.0/16 via 100.121.255.254 dev eth0]',
      '    services: [ssh, http]',
    ]
  }

  private agents(): string[] {
    const network = 'neutron-openvswitch-agent, neutron-l3-agent, neutron-dhcp-agent, neutron-metadata-agent'
    const compute = 'libvirtd, nova-compute, neutron-openvswitch-agent, neutron-l3-agent, neutron-metadata-agent'
    const tail = (mac: string, address: string): string =>
      `dvr-mac: "fa:16:3f:${mac}", local-ip: ${address}, bridge-mappings: { external: br-ex }`
    return [
      '  agents:',
      '    - { node: mgt01, services: [keystone, glance-api, neutron-server, nova-api, nova-scheduler, nova-conductor] }',
      ...this.networkNodes().map(
        (a) =>
          `    - { node: ${networkName(a)}, services: [${network}], agent-mode: dvr_snat, ${tail(`00:00:${pair(1 + a)}`, `10.16.0.${101 + a}`)} }`,
      ),
      ...this.computes().map(
        (i) =>
          `    - { node: ${computeName(i)}, services: [${compute}], agent-mode: dvr, ${tail(`01:${pair(i >> 8)}:${pair(i)}`, underlayAddress(i))} }`,
      ),
    ]
  }

  private networks(): string[] {
    const lines = [
      '  networks:',
      '    - name: floating',
      `      id: ${uuid('e7cb', 0)}`,
      '      type: vlan',
      '      segment: 20',
      '      physical-network: external',
      '      external: true',
      '      mtu: 1500',
      '      subnets: [{ name: floating-subnet, cidr: 100.122.0.0/16, gateway: 100.122.255.254, dhcp: false, pools: [100.122.0.50-100.122.254.254] }]',
    ]
    for (let t = 0; t < this.tenants; t++) {
      const subnet = `{ name: ${subnetName(t)}, cidr: 10.${100 + (t >> 8)}.${t & 255}.0/24 }`
      lines.push(`    - { name: net${t}, id: ${uuid('7f6d', t)}, type: vxlan, segment: ${100 + t}, subnets: [${subnet}] }`)
    }
    return lines
  }

  /** What agents would draw, in the order in which they happened to ask. */
  private ports(): string[] {
    const lines = ['  ports:']
    for (let i = 0; i < this.size.computes; i++) {
      const end = `mac: "fa:16:3e:c0:${pair(i >> 8)}:${pair(i)}", address: 100.122.${220 + Math.floor(i / 250)}.${1 + (i % 250)}, host: ${computeName(i)}`
      lines.push(`    - { id: ${uuid('2417', i)}, network: floating, owner: "network:floatingip_agent_gateway", ${end} }`)
    }
    for (let t = 0; t < this.tenants; t++) {
      const end = `mac: "fa:16:3e:d0:${pair(t >> 8)}:${pair(t)}", address: 10.${100 + (t >> 8)}.${t & 255}.2, host: ${this.networkNodeOf(t)}`
      lines.push(`    - { id: ${uuid('0b6e', t)}, network: net${t}, owner: "network:dhcp", ${end} }`)
    }
    return lines
  }

  /** One for each aggregate. */
  private networkNodeOf(t: number): string {
    return networkName(Math.floor((t * this.perTenant) / (AGGREGATE * this.size.servers)))
  }

  private routers(): string[] {
    const lines = ['  routers:']
    for (let t = 0; t < this.tenants; t++) {
      const external = `{ network: floating, address: ${gatewayAddress(t)} }`
      const ends = `external: ${external}, interfaces: [{ subnet: ${subnetName(t)} }]`
      lines.push(`    - { name: router${t}, id: ${uuid('b6a8', t)}, host: ${this.networkNodeOf(t)}, ${ends} }`)
    }
    return lines
  }

  /** Each tenant has one of its own: its members are let in from each other. */
  private groups(): string[] {
    const lines = ['  security-groups:']
    for (let t = 0; t < this.tenants; t++) {
      const ssh = '{ direction: ingress, protocol: tcp, from: 22, to: 22, cidr: 0.0.0.0/0 }'
      const rules = `{ direction: ingress, remote-group: tenant${t} }, { direction: egress }, { direction: ingress, protocol: icmp, cidr: 0.0.0.0/0 }, ${ssh}`
      lines.push(`    - { name: tenant${t}, rules: [${rules}] }`)
    }
    return lines
  }

  private servers(): string[] {
    const lines = ['  servers:']
    for (let i = 0; i < this.size.computes; i++) {
      for (let k = 0; k < this.size.servers; k++) {
        const n = i * this.size.servers + k
        const t = this.tenantOf(i, k)
        lines.push(
          `    - { name: ${serverName(n)}, host: ${computeName(i)}, boot: true, groups: [tenant${t}], nics: [{ network: net${t} }] }`,
        )
      }
    }
    return lines
  }

  private floatingIps(): string[] {
    const lines = ['  floating-ips:']
    for (let n = 0; n < this.size.computes * this.size.servers; n++)
      lines.push(`    - { address: ${floatingAddress(n)}, network: floating, server: ${serverName(n)} }`)
    return lines
  }
}

const ENVIRONMENT = [
  'OS_USERNAME=admin',
  'OS_PASSWORD=openstack',
  'OS_PROJECT_NAME=admin',
  'OS_USER_DOMAIN_NAME=Default',
  'OS_PROJECT_DOMAIN_NAME=Default',
  'OS_AUTH_URL=http://10.16.0.10:5000/v3',
  'OS_IDENTITY_API_VERSION=3',
]

const IMAGES = ['  images: [{ name: cirros, image: cirros-0.5 }]', '  flavors: [{ id: 1, name: m1.tiny, ram: 512, disk: 1, vcpus: 1 }]']

const FLAGS = [
  '  flags:',
  '    router_distributed: true',
  '    l2population: true',
  '    arp_responder: true',
  '    tunnel_types: vxlan',
  '    tunnel_id_ranges: 1:4000',
  '    network_vlan_ranges: external:20:30',
  '    global_physnet_mtu: 1550',
  '    dhcp_lease_duration: -1',
  '    enable_isolated_metadata: true',
  '    nova_metadata_host: 10.16.0.10',
  '    metadata_proxy_shared_secret: secret',
  // One project has them all here; -1 would be no limit.
  '    quota_instances: 1000000',
  '    quota_port: -1',
  '    quota_network: -1',
  '    quota_subnet: -1',
  '    quota_router: -1',
  '    quota_floatingip: -1',
  '    project_id: 70726f6a656374206f662061646d696e',
]

function agentNode(name: string, mac: string, address: string): string[] {
  return [
    `  ${name}:`,
    '    services: [openvswitch, ssh]',
    '    modules: [nf_conntrack]',
    '    bridges: { br-int: [], br-ex: [eth1] }',
    `    nics: [{ name: eth0, mac: "${mac}:00", wire: underlay, mtu: 1600 }, { name: eth1, mac: "${mac}:01", wire: trunk }]`,
    `    addresses: { eth0: [${address}/16 brd +] }`,
    '    sysctl: { net.ipv4.ip_forward: 1, net.ipv4.conf.all.rp_filter: 0, net.ipv4.conf.default.rp_filter: 0 }',
  ]
}

function underlayAddress(i: number): string {
  return `10.16.${1 + (i >> 7)}.${(i & 127) + 1}`
}

export function floatingAddress(n: number): string {
  return `100.122.${1 + Math.floor(n / 250)}.${1 + (n % 250)}`
}

/** Above those of the servers. */
function gatewayAddress(t: number): string {
  return `100.122.${200 + Math.floor(t / 250)}.${1 + (t % 250)}`
}

function subnetName(t: number): string {
  return `subnet${t}`
}

function pair(n: number): string {
  return (n & 255).toString(16).padStart(2, '0')
}

/** Devices are named by its first eleven characters. */
function uuid(head: string, n: number): string {
  return `${head}${n.toString(16).padStart(4, '0')}-0000-4000-8000-000000000000`
}
