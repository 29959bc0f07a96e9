// A small cloud with distributed routers: a node for the APIs, DHCP and snat namespaces, compute nodes, a host outside on VLAN 20; tests
// fill in networks, routers and servers.
import type { Lab } from '../../src/lab/lab.js'
import { bootRow, CONTROL, DEFAULT_GROUP, NETWORK, type Row } from './variation.js'

export interface DvrVariation {
  readonly computes: number
  readonly networks: readonly Row[]
  readonly routers: readonly Row[]
  readonly servers: readonly Row[]
  readonly flags?: Row
  readonly more?: Row
  /** Beside the one outside, on the wire between the provider bridges. */
  readonly vlans?: readonly number[]
}

const COMPUTE = 'libvirtd nova-compute neutron-openvswitch-agent neutron-l3-agent neutron-metadata-agent'

const LOGIN = `OS_USERNAME=admin
OS_PASSWORD=openstack
OS_PROJECT_NAME=admin
OS_USER_DOMAIN_NAME=Default
OS_PROJECT_DOMAIN_NAME=Default
OS_IDENTITY_API_VERSION=3
OS_AUTH_URL=http://192.168.10.10:5000/v3
`

/** On VLAN 20, with addresses for floating IPs. */
export const FLOATING: Row = {
  name: 'floating',
  type: 'vlan',
  segment: 20,
  'physical-network': 'extnet',
  external: true,
  subnets: [
    { name: 'floating-subnet', cidr: '100.122.0.0/16', gateway: '100.122.255.254', dhcp: false, pools: ['100.122.0.50-100.122.0.250'] },
  ],
}

export function bootDvr(variation: DvrVariation): Promise<Lab> {
  return bootRow(scenarioOf(variation))
}

function scenarioOf({ computes, networks, routers, servers, flags, more, vlans = [] }: DvrVariation): Row {
  const names = ['ctl', ...Array.from({ length: computes }, (_, i) => `c${i + 1}`)]
  return {
    title: 'A cloud of its own',
    clock: '2021-08-18T00:00:00Z',
    image: 'ubuntu-20.04',
    wires: { management: {}, tunnels: { mtu: 1600 }, outside: { trunk: [20, ...vlans] } },
    nodes: { ...Object.fromEntries(names.map((name, i) => [name, nodeOf(i)])), ext: OUTSIDE },
    cloud: {
      release: 'ussuri',
      mode: 'dvr',
      agents: names.map((node, i) => ({
        node,
        services: `${i === 0 ? `${CONTROL} ${NETWORK}` : COMPUTE}`.split(' '),
        'agent-mode': i === 0 ? 'dvr_snat' : 'dvr',
        'dvr-mac': `fa:16:3f:00:00:0${i}`,
        'local-ip': `10.0.7.${10 + i}`,
        'bridge-mappings': { extnet: 'br-ex' },
      })),
      networks: [FLOATING, ...networks],
      routers,
      servers,
      images: [{ name: 'cirros', image: 'cirros-0.5' }],
      flavors: [{ id: 1, name: 'm1.tiny', ram: 512, disk: 1, vcpus: 1 }],
      'security-groups': [DEFAULT_GROUP],
      flags: {
        project_id: '6f70656e737461636b0000000001ce42',
        router_distributed: true,
        l2population: true,
        arp_responder: true,
        network_vlan_ranges: 'extnet:20:200',
        global_physnet_mtu: 1550,
        ...flags,
      },
      ...more,
    },
  }
}

const OUTSIDE: Row = {
  nics: [{ name: 'eth0', wire: 'outside', vlan: 20 }],
  addresses: { eth0: ['100.122.255.254/16'], lo: ['8.8.8.8/32'] },
  sysctl: { 'net.ipv4.ip_forward': 1 },
}

function nodeOf(i: number): Row {
  return {
    services: ['openvswitch'],
    bridges: { 'br-int': [], 'br-ex': ['eth2'] },
    nics: [
      { name: 'eth0', wire: 'management' },
      { name: 'eth1', wire: 'tunnels', mtu: 1600 },
      { name: 'eth2', wire: 'outside' },
    ],
    addresses: { eth0: [`192.168.10.${10 + i}/24`], eth1: [`10.0.7.${10 + i}/24`] },
    sysctl: { 'net.ipv4.ip_forward': 1, 'net.ipv4.conf.all.rp_filter': 0, 'net.ipv4.conf.default.rp_filter': 0 },
    files: [{ path: '/etc/environment', content: LOGIN }],
  }
}
