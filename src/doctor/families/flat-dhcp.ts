// nova-network's flat network: bridge, gateway address, DHCP, NAT of fixed and floating addresses, the chains of each instance.
import { formatIpv4, formatPrefix } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { hypervisorOn } from '../../cloud/nova/hypervisor.js'
import type { FloatingAddress, Server } from '../../cloud/nova/objects.js'
import { isGroup } from '../../cloud/nova/objects.js'
import type { FlatDhcpConfig } from '../../cloud/nova-network/config.js'
import type { FlatDhcpCloud } from '../../cloud/nova-network/flat-dhcp.js'
import type { Machine } from '../../node/machine.js'
import { expectForwarding, expectHostAddress, expectRule } from '../expect.js'
import type { Checklist, ObjectRef, Spot } from '../item.js'
import { NodeView } from '../node-view.js'
import { examineNeighbours } from './neighbours.js'
import { upness } from './server-ports.js'

const NETWORK = 'nova-network'
const COMPUTE = 'nova-compute'

export class FlatView {
  readonly nodes: readonly NodeView[]
  readonly config: FlatDhcpConfig

  constructor(
    machines: readonly Machine[],
    readonly cloud: FlatDhcpCloud,
  ) {
    this.nodes = machines.map((machine) => new NodeView(machine))
    this.config = cloud.config
  }

  /** Where nova-network is: the node that has its chains or should. */
  get networkNode(): NodeView | null {
    return this.nodes.find(({ machine }) => machine === this.cloud.networkMachine) ?? null
  }

  hypervisors(): NodeView[] {
    return this.nodes.filter(({ machine }) => hypervisorOn(machine) !== null)
  }

  objectsOf(server: Server): ObjectRef[] {
    return [{ kind: 'server', id: server.id, name: server.name }]
  }
}

/** The services that the scenario's cloud is made of; upstart has no jobs for them here. */
export function examineFlatServices(view: FlatView, list: Checklist): void {
  for (const { node: name, services } of view.cloud.api.spec.agents) {
    const node = view.nodes.find((one) => one.name === name)
    for (const service of services) {
      if (node === undefined || !service.startsWith('nova-')) continue
      const runs = node.processes('', `/usr/bin/${service}`).length > 0
      list.add(
        { node: name, netns: '', agent: service, objects: [] },
        { wanted: `${service} runs`, found: runs ? null : 'no process', place: service, command: `pgrep -af ${service}` },
      )
    }
  }
}

export function examineFlatNetwork(view: FlatView, list: Checklist): void {
  const node = view.networkNode
  if (node === null) return
  const { config } = view
  const network: ObjectRef = { kind: 'network', id: '1', name: config.label }
  const spot: Spot = { node: node.name, netns: '', agent: NETWORK, objects: [network] }
  examineBridge(node, config, spot, list)
  const gateway = `${formatIpv4(config.gateway)}/${config.cidr.length}`
  const addresses = (node.device('', config.bridge)?.addresses ?? []).map(({ local, length }) => formatPrefix({ address: local, length }))
  list.add(spot, {
    wanted: `${config.bridge} has the gateway's address ${gateway}`,
    found: addresses.includes(gateway) ? null : 'no such address',
    place: config.bridge,
    command: `ip addr show ${config.bridge}`,
  })
  expectForwarding(node, spot, list)
  const fixed = formatPrefix(config.fixedRange)
  const rules: readonly (readonly [chain: string, words: string, what: string])[] = [
    ['snat', `-s ${fixed} -j SNAT --to ${formatIpv4(config.routingSource)}`, "servers without a floating IP leave by the node's address"],
    ['POSTROUTING', `-s ${fixed} -d ${formatIpv4(config.metadataHost)} -j ACCEPT`, 'what goes to the metadata service keeps its source'],
    ['POSTROUTING', `-s ${fixed} -d ${fixed} -m conntrack ! --ctstate DNAT -j ACCEPT`, 'what stays in the network keeps its source'],
    [
      'PREROUTING',
      `-d 169.254.169.254 -p tcp --dport 80 -j DNAT --to ${formatIpv4(config.metadataHost)}:${config.metadataPort}`,
      'metadata is found',
    ],
  ]
  for (const [chain, words, what] of rules) expectRule(node, spot, { table: 'nat', chain: `${NETWORK}-${chain}`, words, what }, list)
  for (const port of [67, 53])
    for (const protocol of ['udp', 'tcp'])
      expectRule(
        node,
        spot,
        {
          table: 'filter',
          chain: `${NETWORK}-INPUT`,
          words: `-i ${config.bridge} -p ${protocol} --dport ${port} -j ACCEPT`,
          what: 'DHCP and DNS questions come in',
        },
        list,
      )
}

function examineBridge(node: NodeView, config: FlatDhcpConfig, spot: Spot, list: Checklist): void {
  const { bridge, flatInterface } = config
  list.add(spot, {
    wanted: `bridge ${bridge} is up`,
    found: upness(node.linuxBridge(bridge)),
    place: bridge,
    command: `ip link show ${bridge}`,
  })
  const dev = node.device('', flatInterface)
  list.add(spot, { wanted: `${flatInterface} is up`, found: upness(dev), place: flatInterface, command: `ip link show ${flatInterface}` })
  list.add(spot, {
    wanted: `${flatInterface} is a port of ${bridge}`,
    found: dev?.master?.name === bridge ? null : dev?.master == null ? 'a port of nothing' : `a port of ${dev.master.name}`,
    place: bridge,
    command: `brctl show ${bridge}`,
  })
}

export function examineFlatDhcp(view: FlatView, list: Checklist): void {
  const node = view.networkNode
  if (node === null) return
  const { config, cloud } = view
  const path = `${config.networksPath}/nova-${config.bridge}.conf`
  const spot: Spot = { node: node.name, netns: '', agent: NETWORK, objects: [{ kind: 'network', id: '1', name: config.label }] }
  const runs = node.processes('', 'dnsmasq', path).length > 0
  list.add(spot, {
    wanted: `dnsmasq serves ${config.bridge}`,
    found: runs ? null : 'no process',
    place: 'dnsmasq',
    command: 'pgrep -af dnsmasq',
  })
  const lines = (node.file(path) ?? '').split('\n')
  for (const server of cloud.api.servers) {
    if (server.fixed === null) continue
    const [mac, address] = [formatMac(server.fixed.mac), formatIpv4(server.fixed.address)]
    const known = lines.some((line) => line.startsWith(`${mac},`) && line.endsWith(`,${address}`))
    list.add(
      { ...spot, objects: view.objectsOf(server) },
      {
        wanted: `dnsmasq knows ${mac} as ${address}`,
        found: known ? null : 'no line in its hosts file',
        place: path,
        command: `grep ${mac} ${path}`,
      },
    )
  }
}

export function examineFlatFloating(view: FlatView, list: Checklist): void {
  const node = view.networkNode
  if (node === null) return
  for (const row of view.cloud.api.network.floating) if (row.server?.fixed != null) examineFloating(view, node, row, row.server, list)
}

function examineFloating(view: FlatView, node: NodeView, row: FloatingAddress, server: Server, list: Checklist): void {
  const [outside, inside] = [formatIpv4(row.address), formatIpv4(server.fixed!.address)]
  const device = view.config.publicInterface
  const spot: Spot = {
    node: node.name,
    netns: '',
    agent: NETWORK,
    objects: [{ kind: 'floating IP', id: outside, name: outside }, ...view.objectsOf(server)],
  }
  expectHostAddress(node, spot, { device, address: row.address }, list)
  const rules = [
    ['PREROUTING', `-d ${outside} -j DNAT --to ${inside}`, `packets for ${outside} go to ${inside}`],
    ['OUTPUT', `-d ${outside} -j DNAT --to ${inside}`, `packets of the node itself for ${outside} go to ${inside}`],
    ['float-snat', `-s ${inside} -j SNAT --to ${outside}`, `packets from ${inside} leave as ${outside}`],
  ] as const
  for (const [chain, words, what] of rules) expectRule(node, spot, { table: 'nat', chain: `${NETWORK}-${chain}`, words, what }, list)
}

export function examineFlatServers(view: FlatView, list: Checklist): void {
  for (const node of view.hypervisors()) {
    const guests = [...hypervisorOn(node.machine)!.guests.values()].filter(({ server }) => server.status === 'ACTIVE')
    if (guests.length === 0) continue
    const host: Spot = { node: node.name, netns: '', agent: COMPUTE, objects: [] }
    examineBridge(node, view.config, host, list)
    for (const { server, nics, machine } of guests) {
      const spot: Spot = { ...host, objects: view.objectsOf(server) }
      for (const { tap, bridge } of nics) {
        const dev = node.device('', tap)
        list.add(spot, { wanted: `${tap} is up`, found: upness(dev), place: tap, command: `ip link show ${tap}` })
        list.add(spot, {
          wanted: `${tap} is a port of ${bridge}`,
          found: dev?.master?.name === bridge ? null : 'it is not',
          place: tap,
          command: `brctl show ${bridge}`,
        })
      }
      if (machine !== null) examineGuest(server, machine, list)
      examineChain(node, server, spot, list)
    }
  }
}

function examineGuest(server: Server, machine: Machine, list: Checklist): void {
  const dev = machine.kernel.initNetns.devices.find(({ mac }) => mac === server.fixed?.mac)
  const has = dev?.addresses.some(({ local }) => local === server.fixed?.address) === true
  const address = server.fixed === null ? '-' : formatIpv4(server.fixed.address)
  list.add(
    {
      node: machine.name,
      netns: '',
      agent: `the owner of ${server.name}`,
      objects: [{ kind: 'server', id: server.id, name: server.name }],
    },
    {
      wanted: `${dev?.name ?? 'a NIC'} of ${server.name} has the address ${address}`,
      found: has ? null : 'it has not',
      place: dev?.name ?? 'eth0',
      command: 'ip addr',
    },
  )
}

function examineChain(node: NodeView, server: Server, spot: Spot, list: Checklist): void {
  if (server.fixed === null) return
  const chain = `${COMPUTE}-inst-${server.instanceId}`
  const to = `-d ${formatIpv4(server.fixed.address)} -j ${chain}`
  expectRule(node, spot, { table: 'filter', chain: `${COMPUTE}-local`, words: to, what: `packets for ${server.name} find its chain` }, list)
  const wanted = [
    '-m state --state INVALID -j DROP',
    '-m state --state RELATED,ESTABLISHED -j ACCEPT',
    `-j ${COMPUTE}-provider`,
    `-j ${COMPUTE}-sg-fallback`,
  ]
  for (const group of server.securityGroups) {
    for (const { protocol, fromPort, toPort, source } of group.rules) {
      if (isGroup(source)) continue
      const from = source.length === 0 ? '' : `-s ${formatPrefix(source)} `
      const icmp = fromPort === -1 ? '' : ` --icmp-type ${fromPort}${toPort === -1 ? '' : `/${toPort}`}`
      const ports = fromPort === toPort ? ` --dport ${fromPort}` : ` -m multiport --dports ${fromPort}:${toPort}`
      wanted.push(`${from}-p ${protocol}${protocol === 'icmp' ? icmp : ports} -j ACCEPT`)
    }
  }
  for (const words of wanted) expectRule(node, spot, { table: 'filter', chain, words, what: `${server.name}'s chain` }, list)
}

export function examineFlatNeighbours(view: FlatView, list: Checklist): void {
  const known = view.cloud.api.servers.flatMap((server) =>
    server.fixed === null
      ? []
      : [{ address: server.fixed.address, mac: server.fixed.mac, also: [], objects: view.objectsOf(server), isNear: () => true }],
  )
  examineNeighbours(view.nodes, known, list)
}
