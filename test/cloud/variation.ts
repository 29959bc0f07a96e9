// Clouds that no document shows: one node for everything but the VMs, compute nodes, a host outside; tests fill in networks and servers.
import { Lab } from '../../src/lab/lab.js'
import { parseScenario } from '../../src/scenario/parse.js'
import { formatProblem } from '../../src/scenario/problem.js'

export type Row = Readonly<Record<string, unknown>>

export interface Variation {
  readonly release: 'icehouse' | 'stein'
  readonly computes: number
  readonly networks: readonly Row[]
  readonly routers?: readonly Row[]
  readonly servers: readonly Row[]
  readonly flags?: Row
  readonly more?: Row
  /** A NIC in br-data on every node of the cloud, on a wire with VLANs 100 to 102, and who else is on it. */
  readonly data?: Row
  /** Services that no node runs. */
  readonly without?: readonly string[]
}

export const CONTROL = 'keystone glance-api neutron-server nova-api nova-scheduler nova-conductor'
export const NETWORK = 'neutron-openvswitch-agent neutron-l3-agent neutron-dhcp-agent neutron-metadata-agent'
const COMPUTE = 'libvirtd nova-compute neutron-openvswitch-agent'

/** Lets ping, ssh and members of the group in. */
export const DEFAULT_GROUP = {
  name: 'default',
  rules: [{ protocol: 'icmp' }, { protocol: 'tcp', from: 22, to: 22 }, { 'remote-group': 'default' }, { direction: 'egress' }],
}

export async function bootVariation(variation: Variation): Promise<Lab> {
  return bootRow(scenarioOf(variation))
}

export async function bootRow(row: Row): Promise<Lab> {
  const { scenario, problems } = parseScenario(JSON.stringify(row), 'variation.yaml', 'variation')
  if (scenario === null) throw new Error(problems.map(formatProblem).join('\n'))
  return Lab.boot(scenario)
}

export async function out(lab: Lab, node: string, line: string): Promise<string> {
  const { stdout, stderr, exitCode } = await lab.run(node, line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
}

/** What `ping` says of the loss. */
export async function loss(lab: Lab, node: string, address: string): Promise<string> {
  return /\d+% packet loss/.exec(await out(lab, node, `ping -c 1 -W 1 ${address}`))?.[0] ?? 'nothing said'
}

export function external(release: Variation['release']): Row {
  const provider = release === 'stein' ? { type: 'flat', 'physical-network': 'extnet' } : {}
  const subnets = [{ name: 'ext-subnet', cidr: '192.168.100.0/24', dhcp: false, pools: ['192.168.100.20-192.168.100.99'] }]
  return { name: 'ext-net', external: true, subnets, ...provider }
}

function scenarioOf({ release, computes, networks, routers, servers, flags, more, data, without = [] }: Variation): Row {
  const isOld = release === 'icehouse'
  const names = ['ctl', ...Array.from({ length: computes }, (_, i) => `c${i + 1}`)]
  const nodes = names.map((name, i) => [name, nodeOf(name, i, { isOld, hasData: data !== undefined })] as const)
  return {
    title: 'A cloud of its own',
    clock: '2015-01-01T00:00:00Z',
    image: isOld ? 'ubuntu-14.04' : 'centos-7',
    wires: { management: {}, tunnels: {}, outside: {}, data: { trunk: [100, 101, 102] } },
    nodes: { ...Object.fromEntries(nodes), ext: OUTSIDE, ...data },
    cloud: {
      release,
      mode: 'legacy-l3',
      agents: names.map((node, i) => agentOf(node, i, { isOld, hasData: data !== undefined, without })),
      networks,
      routers: routers ?? [],
      servers,
      images: [{ name: 'cirros', image: isOld ? 'cirros-0.3' : 'cirros-0.5' }],
      flavors: [{ id: 1, name: 'm1.tiny', ram: 512, disk: 1, vcpus: 1 }],
      'security-groups': [DEFAULT_GROUP],
      flags: { project_id: '6f70656e737461636b0000000001ce42', ...flags },
      ...more,
    },
  }
}

const OUTSIDE = {
  nics: [{ name: 'eth0', wire: 'outside' }],
  addresses: { eth0: ['192.168.100.1/24'], lo: ['8.8.8.8/32'] },
  sysctl: { 'net.ipv4.ip_forward': 1 },
}

interface Kind {
  readonly isOld: boolean
  readonly hasData: boolean
}

interface AgentKind extends Kind {
  readonly without: readonly string[]
}

function nodeOf(name: string, i: number, { isOld, hasData }: Kind): Row {
  const login = isOld
    ? 'OS_TENANT_NAME=admin\nOS_AUTH_URL=http://192.168.10.10:5000/v2.0/\n'
    : 'OS_PROJECT_NAME=admin\nOS_USER_DOMAIN_NAME=Default\nOS_PROJECT_DOMAIN_NAME=Default\nOS_IDENTITY_API_VERSION=3\nOS_AUTH_URL=http://192.168.10.10:5000/v3\n'
  const wires = ['management', 'tunnels', ...(hasData ? ['data'] : []), ...(name === 'ctl' ? ['outside'] : [])]
  return {
    services: ['openvswitch'],
    bridges: {
      'br-int': [],
      ...(hasData ? { 'br-data': ['eth2'] } : {}),
      ...(name === 'ctl' ? { 'br-ex': [`eth${wires.length - 1}`] } : {}),
    },
    nics: wires.map((wire, nic) => ({ name: `eth${nic}`, wire })),
    addresses: { eth0: [`192.168.10.${10 + i}/24`], eth1: [`10.0.7.${10 + i}/24`] },
    sysctl: { 'net.ipv4.ip_forward': 1, 'net.ipv4.conf.all.rp_filter': 0, 'net.ipv4.conf.default.rp_filter': 0 },
    files: [{ path: '/etc/environment', content: `OS_USERNAME=admin\nOS_PASSWORD=openstack\n${login}` }],
  }
}

function agentOf(node: string, i: number, { isOld, hasData, without }: AgentKind): Row {
  const isControl = node === 'ctl'
  const mappings = { ...(hasData ? { data: 'br-data' } : {}), ...(isControl && !isOld ? { extnet: 'br-ex' } : {}) }
  const services = (isControl ? `${CONTROL} ${NETWORK}` : COMPUTE).split(' ').filter((service) => !without.includes(service))
  return { node, services, 'local-ip': `10.0.7.${10 + i}`, 'bridge-mappings': mappings }
}
