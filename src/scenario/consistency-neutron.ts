// What neutron's tables would refuse, told where it stands in the file: names, segments, ranges, addresses, ids.
import { holds, overlap } from '../addr/ranges.js'
import { nodesWith, rangeOf } from './consistency-agents.js'
import type { Findings } from './findings.js'
import type { CloudData } from './schema-cloud.js'

type Network = CloudData['networks'][number]
type Router = CloudData['routers'][number]
type Subnet = Network['subnets'][number]
type Path = readonly PropertyKey[]

interface NeutronCheck {
  readonly findings: Findings
  readonly cloud: CloudData
  /** Names and ids that others refer by. */
  readonly handles: { readonly networks: ReadonlySet<string>; readonly subnets: ReadonlySet<string>; readonly groups: ReadonlySet<string> }
  readonly networks: ReadonlyMap<string, Network>
  readonly servers: ReadonlyMap<string, CloudData['servers'][number]>
  /** Nodes by what runs there. */
  readonly nodes: ReadonlyMap<string, ReadonlySet<string>>
  /** What may stand once, by kind. */
  readonly ids: Map<string, string>
  readonly macs: Map<string, string>
  readonly addresses: Map<string, string>
  readonly segments: Map<string, string>
}

export function checkNeutron(findings: Findings, cloud: CloudData, macs: Map<string, string>): void {
  const handles = {
    networks: new Set(handlesOf(cloud.networks)),
    subnets: new Set(handlesOf(cloud.networks.flatMap((network) => network.subnets))),
    groups: new Set(['default', ...handlesOf(cloud['security-groups'])]),
  }
  const check: NeutronCheck = {
    findings,
    cloud,
    handles,
    macs,
    networks: firstByHandle(cloud.networks),
    servers: firstByName(cloud.servers),
    nodes: new Map(
      ['nova-compute', 'neutron-openvswitch-agent', 'neutron-l3-agent'].map((name) => [name, new Set(nodesWith(cloud, name))]),
    ),
    ids: new Map(),
    addresses: new Map(),
    segments: new Map(),
  }
  cloud.networks.forEach((network, i) => void checkNetwork(check, network, ['cloud', 'networks', i]))
  cloud['security-groups'].forEach((group, i) => void checkGroup(check, group, ['cloud', 'security-groups', i]))
  cloud.ports.forEach((port, i) => void checkPort(check, port, ['cloud', 'ports', i]))
  cloud.routers.forEach((router, i) => void checkRouter(check, router, ['cloud', 'routers', i]))
  cloud.servers.forEach((server, i) => void checkServer(check, server, ['cloud', 'servers', i]))
  cloud['floating-ips'].forEach((row, i) => void checkFloatingIp(check, row, ['cloud', 'floating-ips', i]))
}

// --- networks

function checkNetwork(check: NeutronCheck, network: Network, path: Path): void {
  const { findings, cloud } = check
  onceId(check, 'network', network.id, path)
  checkSegment(check, network, path)
  for (const key of ['cidr', 'bridge', 'device', 'gateway'] as const) {
    if (network[key] !== null) findings.add([...path, key], `${key} of a network is nova-network's; neutron has it under subnets`)
  }
  if (network.dns.length > 0) findings.add([...path, 'dns'], "dns of a network is nova-network's; neutron has it under subnets")
  if (network.mtu !== null && cloud.release === 'icehouse') findings.add([...path, 'mtu'], 'networks have an MTU from Mitaka on')
  network.subnets.forEach((subnet, j) => {
    const at = [...path, 'subnets', j]
    onceId(check, 'subnet', subnet.id, at)
    const other = network.subnets.slice(0, j).find(({ cidr }) => overlap(cidr, subnet.cidr))
    if (other !== undefined) findings.add([...at, 'cidr'], `${subnet.cidr} shares addresses with ${other.cidr}; expected ranges apart`)
    checkSubnet(findings, subnet, at)
  })
}

function checkSegment({ findings, cloud, segments }: NeutronCheck, network: Network, path: Path): void {
  const { type, segment, 'physical-network': physical } = network
  const known = new Set(cloud.agents.flatMap((agent) => Object.keys(agent['bridge-mappings'])))
  for (const row of String(cloud.flags['network_vlan_ranges'] ?? '').split(',')) if (row !== '') known.add(row.split(':')[0]!)
  const needsPhysical = type === 'flat' || type === 'vlan'
  if (needsPhysical && physical === null) findings.add(path, `missing; a ${type} network needs "physical-network"`)
  if (physical !== null) {
    if (type === null) findings.add([...path, 'physical-network'], 'goes with "type: flat" or "type: vlan"')
    else if (!needsPhysical) findings.add([...path, 'physical-network'], `a ${type} network has none; expected one with type flat or vlan`)
    else findings.known([...path, 'physical-network'], 'physical network', physical, known)
  }
  if (segment !== null && (type === 'flat' || type === 'local')) findings.add([...path, 'segment'], `a ${type} network has no number`)
  if (segment !== null && type === 'vlan' && segment > 4094) findings.add([...path, 'segment'], `${segment} is no VLAN id of 1 to 4094`)
  const key = type === 'flat' ? `flat ${physical}` : segment === null ? null : `${type ?? 'tenant'} ${physical ?? ''} ${segment}`
  const what = type === 'flat' ? `the physical network ${physical} without a tag` : `${type ?? 'segment'} ${segment}`
  if (key !== null && (type !== 'flat' || physical !== null)) findings.once(segments, key, path, what)
}

function checkSubnet(findings: Findings, subnet: Subnet, path: Path): void {
  const { cidr, gateway, pools } = subnet
  if (gateway !== null && gateway !== 'none' && !holds(cidr, gateway))
    findings.add([...path, 'gateway'], `${gateway} does not lie in ${cidr}`)
  pools.forEach((pool, i) => {
    const ends = pool.split('-')
    const outside = ends.find((address) => !holds(cidr, address))
    if (outside !== undefined) findings.add([...path, 'pools', i], `${outside} does not lie in ${cidr}`)
  })
}

// --- ports and what has them

interface PortLike {
  readonly network: string
  readonly 'port-id'?: string | null
  readonly id?: string | null
  readonly mac: string | null
  readonly address: string | null
}

/** False when the network is not known: the rest would say it once more. */
function checkPortLike(check: NeutronCheck, port: PortLike, path: Path): boolean {
  const { findings, handles } = check
  const key = port.id === undefined ? 'port-id' : 'id'
  onceId(check, 'port', port[key] ?? null, path, key)
  if (port.mac !== null) findings.once(check.macs, port.mac.toLowerCase(), [...path, 'mac'], `the MAC address ${port.mac}`)
  if (!findings.known([...path, 'network'], 'network', port.network, handles.networks)) return false
  if (port.address !== null) checkAddress(check, port.network, port.address, [...path, 'address'])
  return true
}

function checkAddress(check: NeutronCheck, wanted: string, address: string, path: Path): void {
  const { findings } = check
  const network = check.networks.get(wanted)!
  if (rangeOf(network.subnets, address) === null) {
    const ranges = network.subnets.map(({ cidr }) => cidr).join(', ')
    findings.add(path, `${address} lies in no subnet of network "${network.name}" (${ranges === '' ? 'it has none' : ranges})`)
    return
  }
  findings.once(check.addresses, `${check.cloud.networks.indexOf(network)} ${address}`, path, `the address ${address}`)
}

function checkPort(check: NeutronCheck, port: CloudData['ports'][number], path: Path): void {
  checkPortLike(check, port, path)
  checkGroups(check, port.groups ?? [], path)
  if (port.host !== null) knownHost(check, port.host, 'neutron-openvswitch-agent', path)
}

function checkRouter(check: NeutronCheck, router: Router, path: Path): void {
  const { findings, handles, cloud } = check
  onceId(check, 'router', router.id, path)
  if (router.host !== null) knownHost(check, router.host, 'neutron-l3-agent', path)
  if (router.distributed !== null && cloud.mode !== 'dvr') findings.add([...path, 'distributed'], 'goes with "mode: dvr"')
  const { external } = router
  const at = [...path, 'external']
  if (external !== null && checkPortLike(check, external, at)) mustBeExternal(check, external.network, at)
  router.interfaces.forEach((row, j) => {
    const here = [...path, 'interfaces', j]
    onceId(check, 'port', row['port-id'], here, 'port-id')
    if (row.mac !== null) findings.once(check.macs, row.mac.toLowerCase(), [...here, 'mac'], `the MAC address ${row.mac}`)
    checkGroups(check, row.groups, here)
    checkCentral(check, router, row, here)
    if (!findings.known([...here, 'subnet'], 'subnet', row.subnet, handles.subnets)) return
    const subnet = cloud.networks.flatMap(({ subnets }) => subnets).find(({ name, id }) => name === row.subnet || id === row.subnet)!
    if (row.address !== null && !holds(subnet.cidr, row.address)) {
      findings.add([...here, 'address'], `${row.address} does not lie in ${subnet.cidr}`)
    }
    if (row.address === null && subnet.gateway === 'none') {
      findings.add(here, `missing; subnet "${row.subnet}" has no gateway, so the interface needs "address"`)
    }
  })
}

function checkCentral(
  { findings, cloud, ids, macs }: NeutronCheck,
  router: Router,
  { snat }: Router['interfaces'][number],
  path: Path,
): void {
  if (snat === null) return
  if (cloud.mode !== 'dvr' || router.distributed === false)
    findings.add([...path, 'snat'], 'only a distributed router has ports in a snat namespace')
  if (snat['port-id'] !== null)
    findings.once(ids, `port ${snat['port-id']}`, [...path, 'snat', 'port-id'], `the port id ${snat['port-id']}`)
  if (snat.mac !== null) findings.once(macs, snat.mac.toLowerCase(), [...path, 'snat', 'mac'], `the MAC address ${snat.mac}`)
}

function checkServer(check: NeutronCheck, server: CloudData['servers'][number], path: Path): void {
  const { findings, cloud } = check
  onceId(check, 'server', server.id, path)
  for (const key of ['mac', 'address'] as const) {
    if (server[key] !== null) findings.add([...path, key], `${key} of a server is nova-network's; neutron has it under nics`)
  }
  if (server.host !== null) knownHost(check, server.host, 'nova-compute', path)
  server.nics.forEach((nic, j) => void checkPortLike(check, nic, [...path, 'nics', j]))
  checkGroups(check, server.groups, path)
  if (server.image !== null) findings.known([...path, 'image'], 'image', server.image, handlesOf(cloud.images))
  if (server.flavor !== null) findings.known([...path, 'flavor'], 'flavor', server.flavor, handlesOf(cloud.flavors))
  if (!server.boot) return
  if (cloud.images.length === 0) findings.add([...path, 'boot'], 'needs an image under cloud.images')
  if (cloud.flavors.length === 0) findings.add([...path, 'boot'], 'needs a flavor under cloud.flavors')
  if (server.nics.length === 0) findings.add([...path, 'boot'], 'needs a network under "nics"')
}

function checkFloatingIp(check: NeutronCheck, row: CloudData['floating-ips'][number], path: Path): void {
  const { findings } = check
  onceId(check, 'floating IP', row.id, path)
  const { id: _, ...port } = row
  if (checkPortLike(check, port, path)) mustBeExternal(check, row.network, path)
  if (row.server === null) return
  const server = check.servers.get(row.server)
  if (server === undefined) return void findings.known([...path, 'server'], 'server', row.server, check.servers.keys())
  if (!server.boot) findings.add([...path, 'server'], `"${row.server}" is not booted with the lab; expected one with "boot: true"`)
}

function checkGroup(check: NeutronCheck, group: CloudData['security-groups'][number], path: Path): void {
  const { findings, handles } = check
  onceId(check, 'security group', group.id, path)
  group.rules?.forEach((rule, i) => {
    const at = [...path, 'rules', i]
    const remote = rule['remote-group']
    if (remote !== null) findings.known([...at, 'remote-group'], 'security group', remote, handles.groups)
    if (remote !== null && rule.cidr !== null) findings.add(at, 'a rule has "cidr" or "remote-group", not both')
    if (rule.protocol === null && (rule.from >= 0 || rule.to >= 0)) findings.add(at, 'ports need "protocol"')
    if (rule.protocol !== 'icmp' && rule.protocol !== null && rule.from > rule.to) findings.add([...at, 'to'], 'lies below "from"')
  })
}

// --- small things

function handlesOf(rows: readonly { readonly name: string; readonly id: string | null }[]): string[] {
  return rows.flatMap(({ name, id }) => (id === null ? [name] : [name, id])).filter((text) => text !== '')
}

function firstByName<T extends { readonly name: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.name, row] as const).reverse())
}

/** By name or id. */
function firstByHandle(rows: readonly Network[]): Map<string, Network> {
  return new Map(rows.flatMap((row) => handlesOf([row]).map((handle) => [handle, row] as const)).reverse())
}

function checkGroups({ findings, handles }: NeutronCheck, groups: readonly string[], path: Path): void {
  groups.forEach((group, i) => void findings.known([...path, 'groups', i], 'security group', group, handles.groups))
}

function onceId({ findings, ids }: NeutronCheck, kind: string, id: string | null, path: Path, key = 'id'): void {
  if (id !== null) findings.once(ids, `${kind} ${id}`, [...path, key], `the ${kind} id ${id}`)
}

function knownHost({ findings, nodes }: NeutronCheck, host: string, service: string, path: Path): void {
  const known = nodes.get(service)
  if (known?.has(host) === true) return
  findings.add([...path, 'host'], `"${host}" does not run ${service} (known: ${[...(known ?? [])].join(', ') || 'there is none'})`)
}

function mustBeExternal({ findings, networks }: NeutronCheck, wanted: string, path: Path): void {
  const network = networks.get(wanted)!
  if (!network.external) findings.add([...path, 'network'], `network "${network.name}" is not external; expected one with "external: true"`)
}
