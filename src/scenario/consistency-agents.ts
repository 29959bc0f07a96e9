// Who does what in a cloud: releases, flags, and the agents with the nodes that they run on.
import { holds } from '../addr/ranges.js'
import type { Findings } from './findings.js'
import type { ScenarioData } from './schema.js'
import type { CloudData } from './schema-cloud.js'

type Agent = CloudData['agents'][number]
type Node = ScenarioData['nodes'][string]
type Path = readonly PropertyKey[]

const RELEASES: Readonly<Record<CloudData['mode'], readonly string[]>> = {
  'flat-dhcp': ['essex'],
  'legacy-l3': ['icehouse', 'stein'],
  dvr: ['ussuri'],
}

const NOVA = ['nova-api', 'nova-scheduler', 'libvirtd', 'nova-compute']

const NEUTRON = [
  ...['keystone', 'glance-api', 'neutron-server', 'nova-conductor', ...NOVA],
  ...['neutron-openvswitch-agent', 'neutron-l3-agent', 'neutron-dhcp-agent', 'neutron-metadata-agent'],
]

const SERVICES: Readonly<Record<CloudData['mode'], readonly string[]>> = {
  'flat-dhcp': [...NOVA, 'nova-network'],
  'legacy-l3': NEUTRON,
  dvr: NEUTRON,
}

/** Without them there is nothing that a request could go to; any other may be missing, as on a cloud where it does not run. */
const NEEDED: Readonly<Record<CloudData['mode'], readonly string[]>> = {
  'flat-dhcp': ['nova-api', 'nova-network'],
  'legacy-l3': ['neutron-server'],
  dvr: ['neutron-server'],
}

/** Of these a cloud has one. */
const SINGLE = ['keystone', 'glance-api', 'neutron-server', 'nova-api', 'nova-scheduler', 'nova-conductor', 'nova-network']

const PLUGS_PORTS = ['neutron-openvswitch-agent', 'neutron-l3-agent', 'neutron-dhcp-agent']

interface Flag {
  readonly kind: 'boolean' | 'number' | 'text' | 'tunnel types' | 'network type' | 'range' | 'VLAN ranges' | 'guard'
  /** The releases that know it; all when absent. */
  readonly releases?: readonly string[]
  readonly since?: string
}

const QUOTAS = ['instances', 'network', 'subnet', 'port', 'router', 'floatingip', 'security_group', 'security_group_rule']

const NEUTRON_FLAGS: Readonly<Record<string, Flag>> = {
  l2population: { kind: 'boolean' },
  arp_responder: { kind: 'boolean', releases: ['stein', 'ussuri'], since: 'Juno' },
  router_distributed: { kind: 'boolean', releases: ['ussuri'], since: 'Juno' },
  dvr_snat_guard: { kind: 'guard', releases: ['ussuri'], since: 'Juno' },
  tunnel_types: { kind: 'tunnel types' },
  tenant_network_types: { kind: 'network type' },
  tunnel_id_ranges: { kind: 'range' },
  network_vlan_ranges: { kind: 'VLAN ranges' },
  global_physnet_mtu: { kind: 'number', releases: ['stein', 'ussuri'], since: 'Mitaka' },
  ...Object.fromEntries(QUOTAS.map((name) => [`quota_${name}`, { kind: 'number' }] as const)),
  project_id: { kind: 'text' },
  admin_user: { kind: 'text' },
  admin_password: { kind: 'text' },
  dhcp_domain: { kind: 'text' },
  dns_domain: { kind: 'text' },
  dhcp_lease_duration: { kind: 'number' },
  dnsmasq_dns_servers: { kind: 'text' },
  dnsmasq_config_file: { kind: 'text' },
  enable_isolated_metadata: { kind: 'boolean' },
  force_metadata: { kind: 'boolean', releases: ['stein', 'ussuri'], since: 'Mitaka' },
  enable_qemu_monitor_announce_self: { kind: 'boolean', releases: ['ussuri'], since: 'Ussuri' },
  nova_metadata_host: { kind: 'text' },
  nova_metadata_ip: { kind: 'text' },
  nova_metadata_port: { kind: 'number' },
  metadata_proxy_shared_secret: { kind: 'text' },
}

/** What a value of each kind looks like, and how it is told. */
const KINDS: Readonly<Record<Flag['kind'], { readonly pattern: RegExp; readonly expected: string }>> = {
  boolean: { pattern: /^(true|false)$/i, expected: 'true or false' },
  number: { pattern: /^-?\d+$/, expected: 'a whole number' },
  text: { pattern: /^/, expected: 'text' },
  'tunnel types': { pattern: /^((gre|vxlan)(,(gre|vxlan))*)?$/, expected: 'gre, vxlan or "gre,vxlan"; "" for no tunnels' },
  'network type': { pattern: /^(local|vlan|gre|vxlan)$/, expected: 'local, vlan, gre or vxlan' },
  guard: { pattern: /^(rfp|subnets)$/, expected: 'rfp or subnets' },
  range: { pattern: /^\d+:\d+$/, expected: 'FIRST:LAST such as 1:1000' },
  'VLAN ranges': {
    pattern: /^[^:,\s]+(:\d+:\d+)?(,[^:,\s]+(:\d+:\d+)?)*$/,
    expected: 'PHYSICAL-NETWORK[:FIRST:LAST],... such as physnet1:100:199',
  },
}

export function checkAgents(findings: Findings, cloud: CloudData, nodes: ScenarioData['nodes']): void {
  findings.known(['cloud', 'release'], 'release', cloud.release, RELEASES[cloud.mode])
  const seen = new Map<string, string>()
  const single = new Map<string, string>()
  const ends = new Map<string, string>()
  const names = new Set(Object.keys(nodes))
  cloud.agents.forEach((agent, i) => {
    const path = ['cloud', 'agents', i]
    if (!findings.known([...path, 'node'], 'node', agent.node, names)) return
    findings.once(seen, agent.node, [...path, 'node'], `the node "${agent.node}"`)
    agent.services.forEach((service, j) => {
      findings.known([...path, 'services', j], 'service', service, SERVICES[cloud.mode])
      if (SINGLE.includes(service)) findings.once(single, service, [...path, 'services', j], `the service ${service}`)
    })
    if (agent['local-ip'] !== null) findings.once(ends, agent['local-ip'], [...path, 'local-ip'], `the tunnel end ${agent['local-ip']}`)
    checkAgent(findings, agent, nodes[agent.node]!, path)
  })
  const running = new Set(cloud.agents.flatMap(({ services }) => services))
  for (const service of NEEDED[cloud.mode]) {
    if (!running.has(service)) findings.add(['cloud', 'agents'], `no node runs ${service}; expected one with it under services`)
  }
}

function checkAgent(findings: Findings, agent: Agent, node: Node, path: Path): void {
  const { services } = agent
  const plugs = services.find((service) => PLUGS_PORTS.includes(service))
  if (plugs !== undefined && !node.services.includes('openvswitch')) {
    findings.add([...path, 'services'], `${plugs} needs "openvswitch" under nodes.${agent.node}.services`)
  }
  if (services.includes('nova-compute') && !services.includes('libvirtd')) {
    findings.add([...path, 'services'], 'nova-compute needs libvirtd beside it')
  }
  const localIp = agent['local-ip']
  const mode = agent['agent-mode']
  if (mode !== 'legacy' && !services.includes('neutron-l3-agent'))
    findings.add([...path, 'agent-mode'], 'is the L3 agent\'s; "neutron-l3-agent" is not among the services')
  const own = Object.values(node.addresses).flat()
  if (localIp !== null && !own.some((text) => addressOf(text) === localIp)) {
    findings.add(
      [...path, 'local-ip'],
      `${localIp} is no address of node "${agent.node}" (${own.map(addressOf).join(', ') || 'it has none'})`,
    )
  }
  const bridges = Object.keys(node.bridges)
  for (const [physical, bridge] of Object.entries(agent['bridge-mappings'])) {
    findings.known([...path, 'bridge-mappings', physical], 'bridge', bridge, bridges)
  }
  const external = agent['external-bridge']
  if (external !== null && external !== 'none') findings.known([...path, 'external-bridge'], 'bridge', external, bridges)
}

function addressOf(words: string): string {
  return words.trim().split(/[\s/]/)[0]!
}

export function checkNeutronFlags(findings: Findings, cloud: CloudData): void {
  for (const [name, value] of Object.entries(cloud.flags)) {
    const path = ['cloud', 'flags', name]
    if (!findings.known(path, 'flag', name, Object.keys(NEUTRON_FLAGS))) continue
    const { kind, releases, since } = NEUTRON_FLAGS[name]!
    const { pattern, expected } = KINDS[kind]
    if (!pattern.test(String(value))) findings.add(path, `expected ${expected}, found "${value}"`)
    if (releases?.includes(cloud.release) === false && String(value).toLowerCase() !== 'false') {
      findings.add(path, `${name} is there from ${since} on; ${cloud.release} does not know it`)
    }
  }
}

/** Nodes whose `service` runs, by name. */
export function nodesWith(cloud: CloudData, service: string): string[] {
  return cloud.agents.filter(({ services }) => services.includes(service)).map(({ node }) => node)
}

/** Which of `ranges` holds the address. */
export function rangeOf<T extends { readonly cidr: string }>(ranges: readonly T[], address: string): T | null {
  return ranges.find(({ cidr }) => holds(cidr, address)) ?? null
}
