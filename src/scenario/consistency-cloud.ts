// What a schema cannot see in the `cloud:` part: names that must exist, ranges that must lie in each other or apart.
import { holds, overlap } from '../addr/ranges.js'
import type { Findings } from './findings.js'
import type { ScenarioData } from './schema.js'
import type { CloudData } from './schema-cloud.js'

export function checkCloud(findings: Findings, data: ScenarioData, macs: Map<string, string>): void {
  const cloud = data.cloud
  if (cloud === null) return
  const nodes = Object.keys(data.nodes)
  cloud.agents.forEach((agent, i) => void findings.known(['cloud', 'agents', i, 'node'], 'node', agent.node, nodes))
  const names = new Map<string, string>(nodes.map((name) => [name, `the node "${name}"`]))
  cloud.servers.forEach((server, i) => {
    const path = ['cloud', 'servers', i]
    findings.once(names, server.name, [...path, 'name'], `the name "${server.name}"`)
    if (server.mac !== null) findings.once(macs, server.mac.toLowerCase(), [...path, 'mac'], `the MAC address ${server.mac}`)
    if (server.host !== null) findings.known([...path, 'host'], 'node', server.host, nodes)
  })
  if (cloud.mode === 'flat-dhcp') checkFlat(findings, cloud)
  else checkNeutron(findings, cloud, nodes)
}

/** nova-network: networks and pools may not share addresses; what belongs to a network lies in it. */
function checkFlat(findings: Findings, cloud: CloudData): void {
  const networks = cloud.networks.map(({ name, cidr, gateway }, i) => ({ name: `network "${name}"`, cidr: cidr ?? '', gateway, i }))
  for (const { cidr, i } of networks) {
    if (cidr === '') findings.add(['cloud', 'networks', i], 'missing; expected text under "cidr"')
  }
  const pools = cloud['floating-pools']
  const ranges = [
    ...networks.filter(({ cidr }) => cidr !== '').map(({ name, cidr, i }) => ({ name, cidr, path: ['cloud', 'networks', i, 'cidr'] })),
    ...pools.map(({ name, cidr }, i) => ({ name: `floating pool "${name}"`, cidr, path: ['cloud', 'floating-pools', i, 'cidr'] })),
  ]
  ranges.forEach((range, i) => {
    const other = ranges.slice(0, i).find(({ cidr }) => overlap(cidr, range.cidr))
    if (other !== undefined)
      findings.add(range.path, `${range.cidr} shares addresses with ${other.cidr} of ${other.name}; expected ranges apart`)
  })
  for (const { cidr, gateway, i } of networks) {
    if (gateway !== null && cidr !== '' && !holds(cidr, gateway)) {
      findings.add(['cloud', 'networks', i, 'gateway'], `${gateway} does not lie in ${cidr}`)
    }
  }
  cloud.servers.forEach(({ address }, i) => {
    if (address === null || networks.some(({ cidr }) => cidr !== '' && holds(cidr, address))) return
    findings.add(
      ['cloud', 'servers', i, 'address'],
      `${address} lies in no network of the cloud (${networks.map(({ cidr }) => cidr).join(', ')})`,
    )
  })
}

/** neutron: things refer to each other by name or id, and addresses lie in a subnet of their network. */
function checkNeutron(findings: Findings, cloud: CloudData, nodes: readonly string[]): void {
  const networks = handlesOf(cloud.networks)
  const subnets = handlesOf(cloud.networks.flatMap((network) => network.subnets))
  const groups = ['default', ...handlesOf(cloud['security-groups'])]
  const servers = cloud.servers.map(({ name }) => name)
  cloud.networks.forEach((network, i) => void checkSubnets(findings, network, i))
  cloud.routers.forEach((router, i) => {
    const path = ['cloud', 'routers', i]
    if (router.host !== null) findings.known([...path, 'host'], 'node', router.host, nodes)
    if (router.external !== null) findings.known([...path, 'external', 'network'], 'network', router.external.network, networks)
    router.interfaces.forEach((row, j) => {
      findings.known([...path, 'interfaces', j, 'subnet'], 'subnet', row.subnet, subnets)
      row.groups.forEach((group, k) => void findings.known([...path, 'interfaces', j, 'groups', k], 'security group', group, groups))
    })
  })
  cloud.ports.forEach((port, i) => void findings.known(['cloud', 'ports', i, 'network'], 'network', port.network, networks))
  cloud['floating-ips'].forEach((row, i) => {
    findings.known(['cloud', 'floating-ips', i, 'network'], 'network', row.network, networks)
    if (row.server !== null) findings.known(['cloud', 'floating-ips', i, 'server'], 'server', row.server, servers)
  })
  cloud.servers.forEach((server, i) => {
    server.nics.forEach((nic, j) => void findings.known(['cloud', 'servers', i, 'nics', j, 'network'], 'network', nic.network, networks))
    server.groups.forEach((group, j) => void findings.known(['cloud', 'servers', i, 'groups', j], 'security group', group, groups))
  })
}

function handlesOf(rows: readonly { readonly name: string; readonly id: string | null }[]): string[] {
  return rows.flatMap(({ name, id }) => (id === null ? [name] : [name, id])).filter((text) => text !== '')
}

function checkSubnets(findings: Findings, network: CloudData['networks'][number], i: number): void {
  const path = ['cloud', 'networks', i, 'subnets']
  network.subnets.forEach((subnet, j) => {
    const other = network.subnets.slice(0, j).find(({ cidr }) => overlap(cidr, subnet.cidr))
    if (other !== undefined) findings.add([...path, j, 'cidr'], `${subnet.cidr} shares addresses with ${other.cidr}; expected ranges apart`)
    if (subnet.gateway !== null && subnet.gateway !== 'none' && !holds(subnet.cidr, subnet.gateway)) {
      findings.add([...path, j, 'gateway'], `${subnet.gateway} does not lie in ${subnet.cidr}`)
    }
  })
}
