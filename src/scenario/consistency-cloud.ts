// What a schema cannot see in the `cloud:` part: names that must exist, ranges that must lie in each other or apart.
import { holds, overlap } from '../addr/ranges.js'
import { IMAGE_NAMES } from '../node/images.js'
import { checkAgents, checkNeutronFlags } from './consistency-agents.js'
import { checkNeutron } from './consistency-neutron.js'
import type { Findings } from './findings.js'
import type { ScenarioData } from './schema.js'
import type { CloudData } from './schema-cloud.js'

export function checkCloud(findings: Findings, data: ScenarioData, macs: Map<string, string>): void {
  const cloud = data.cloud
  if (cloud === null) return
  const nodes = new Set(Object.keys(data.nodes))
  checkAgents(findings, cloud, data.nodes)
  const names = new Map<string, string>([...nodes].map((name) => [name, `the node "${name}"`]))
  cloud.images.forEach((image, i) => void findings.known(['cloud', 'images', i, 'image'], 'image', image.image, IMAGE_NAMES))
  cloud.servers.forEach((server, i) => {
    const path = ['cloud', 'servers', i]
    findings.once(
      names,
      server.node ?? server.name,
      [...path, server.node === null ? 'name' : 'node'],
      `the name "${server.node ?? server.name}"`,
    )
    if (server.mac !== null) findings.once(macs, server.mac.toLowerCase(), [...path, 'mac'], `the MAC address ${server.mac}`)
    if (server.host !== null) findings.known([...path, 'host'], 'node', server.host, nodes)
  })
  if (cloud.mode === 'flat-dhcp') checkFlat(findings, cloud)
  else {
    checkNeutronFlags(findings, cloud)
    checkNeutron(findings, cloud, macs)
  }
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
  cloud['security-groups'].forEach(({ rules }, i) => {
    rules?.forEach(({ protocol }, j) => {
      if (protocol === null || /^\d/.test(protocol)) {
        findings.add(
          ['cloud', 'security-groups', i, 'rules', j],
          'nova-network has rules for icmp, tcp and udp; expected one under "protocol"',
        )
      }
    })
  })
  cloud.servers.forEach(({ address }, i) => {
    if (address === null || networks.some(({ cidr }) => cidr !== '' && holds(cidr, address))) return
    findings.add(
      ['cloud', 'servers', i, 'address'],
      `${address} lies in no network of the cloud (${networks.map(({ cidr }) => cidr).join(', ')})`,
    )
  })
}
