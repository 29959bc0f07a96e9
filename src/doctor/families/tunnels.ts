// Tunnels between the hosts, the patch ports to br-int, and the rows of br-tun that every network shares.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import { BR_INT, BR_TUN, L2_AGENT } from '../../cloud/neutron/names.js'
import type { Network } from '../../cloud/neutron/objects.js'
import type { OfPort } from '../../ovs/ports.js'
import { nextTable } from '../flow-words.js'
import type { Checklist } from '../item.js'
import { agentRef, type NeutronView, networkRef } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'

type TunnelType = 'gre' | 'vxlan'

/** Outer IP, UDP and VXLAN or GRE headers, and the Ethernet header inside. */
const VXLAN_OVERHEAD = 50
const GRE_OVERHEAD = 42

/** The hosts that a tunnel of that type must lead to, with their addresses; with l2population those that have ports of the network. */
export function remotesOf(view: NeutronView, host: string, type: TunnelType, network: Network | null): Map<string, Ipv4Address> {
  const remotes = new Map<string, Ipv4Address>()
  const isPopulated = view.configuration(host, 'l2_population') === true
  for (const row of view.agents('Open vSwitch agent')) {
    const end = row.configurations['tunneling_ip']
    const types = row.configurations['tunnel_types']
    if (row.host === host || typeof end !== 'string' || end === '' || !Array.isArray(types) || !types.includes(type)) continue
    if (isPopulated && !sharedBy(view, host, row.host, network, type)) continue
    const address = parseIpv4(end)
    if (address !== null) remotes.set(row.host, address)
  }
  return remotes
}

function sharedBy(view: NeutronView, host: string, other: string, network: Network | null, type: TunnelType): boolean {
  const networks = network === null ? view.networksOn(host).filter(({ networkType }) => networkType === type) : [network]
  return networks.some(({ id }) => view.portsOn(other, id).some(({ status, vifType }) => status === 'ACTIVE' && vifType !== 'distributed'))
}

export function tunnelPortTo(node: NodeView, type: string, remote: Ipv4Address): OfPort | null {
  return node.bridge(BR_TUN)?.portList.find((port) => port.kind === type && port.tunnel?.remote === remote) ?? null
}

export function examineTunnels(view: NeutronView, list: Checklist): void {
  for (const row of view.agents('Open vSwitch agent')) {
    const node = view.host(row.host)
    const types = row.configurations['tunnel_types']
    if (node === null || !Array.isArray(types) || types.length === 0) continue
    examinePatch(view, node, list)
    examineEnd(view, node, list)
    for (const type of types as TunnelType[]) {
      for (const [host, address] of remotesOf(view, row.host, type, null)) examineTunnel(view, node, type, { host, address }, list)
    }
  }
}

/** The host's own end: its address stands on a card that is up. */
function examineEnd(view: NeutronView, node: NodeView, list: Checklist): void {
  const end = String(view.configuration(node.machine.hostname, 'tunneling_ip'))
  const address = parseIpv4(end)
  const card = node.netns('')?.devices.find(({ addresses }) => addresses.some(({ local }) => local === address))
  const found =
    card === undefined ? 'no device has it' : !card.isUp ? `${card.name} is down` : card.carrier ? null : `${card.name} has no carrier`
  list.add(view.spot(node, 'the administrator', []), {
    wanted: `tunnels end at ${end}, an address of a card that is up`,
    found,
    place: card?.name ?? end,
    command: 'ip addr',
  })
  if (card === undefined || !view.profile.server.hasMtu) return
  const carried = view.networksOn(node.machine.hostname).filter(({ networkType: type }) => type === 'gre' || type === 'vxlan')
  const needed = Math.max(0, ...carried.map(({ mtu, networkType: type }) => mtu + (type === 'gre' ? GRE_OVERHEAD : VXLAN_OVERHEAD)))
  if (carried.length === 0) return
  list.add(view.spot(node, 'the administrator', carried.map(networkRef)), {
    wanted: `${card.name} takes packets of ${needed} bytes: the networks' MTU and the tunnel's headers`,
    found: card.mtu >= needed ? null : `MTU ${card.mtu}`,
    place: card.name,
    command: `ip link show ${card.name}`,
  })
}

function examineTunnel(
  view: NeutronView,
  node: NodeView,
  type: TunnelType,
  to: { host: string; address: Ipv4Address },
  list: Checklist,
): void {
  const row = view.agentOn('Open vSwitch agent', to.host)
  const spot = view.spot(node, L2_AGENT, row === null ? [] : [agentRef(row)])
  const port = tunnelPortTo(node, type, to.address)
  const own = view.configuration(node.machine.hostname, 'tunneling_ip')
  list.add(spot, {
    wanted: `${BR_TUN} has a ${type} port to ${to.host} (${formatIpv4(to.address)})`,
    found: port === null ? 'none' : null,
    place: BR_TUN,
    command: 'ovs-vsctl show',
  })
  if (port === null) return
  const local = port.tunnel?.local
  list.add(spot, {
    wanted: `${port.name} sends from ${String(own)}`,
    found:
      typeof local === 'number' && formatIpv4(local) === own
        ? null
        : `it sends from ${typeof local === 'number' ? formatIpv4(local) : 'any address'}`,
    place: port.name,
    command: `ovs-vsctl get Interface ${port.name} options`,
  })
  const table = type === 'gre' ? view.profile.l2.tables.greTunToLv : view.profile.l2.tables.vxlanTunToLv
  const rows = node.flows(BR_TUN, `table=0,in_port=${port.ofport}`).map((flow) => nextTable(node.actions(BR_TUN, flow)))
  list.add(spot, {
    wanted: `what comes by ${port.name} goes to table ${table}`,
    found: rows.includes(table) ? null : 'no such row',
    place: BR_TUN,
    command: `ovs-ofctl dump-flows ${BR_TUN} table=0,in_port=${port.ofport}`,
  })
}

function examinePatch(view: NeutronView, node: NodeView, list: Checklist): void {
  const spot = view.spot(node, L2_AGENT, [])
  for (const [bridge, name, peer] of [
    [BR_INT, 'patch-tun', 'patch-int'],
    [BR_TUN, 'patch-int', 'patch-tun'],
  ] as const) {
    const port = node.port(bridge, name)
    list.add(spot, {
      wanted: `${name} joins ${bridge} to ${peer}`,
      found: port === null ? 'no such port' : port.peer === peer ? null : `its peer is ${port.peer ?? 'none'}`,
      place: name,
      command: `ovs-vsctl get Interface ${name} options`,
    })
  }
  const patchInt = node.port(BR_TUN, 'patch-int')
  if (patchInt === null) return
  const { tables } = view.profile.l2
  const first = view.cloud.mode === 'dvr' && tables.dvrProcess !== null ? tables.dvrProcess : tables.patchLvToTun
  const rows: readonly (readonly [match: string, table: number, what: string])[] = [
    [`table=0,in_port=${patchInt.ofport}`, first, 'what comes from br-int'],
    [`table=${tables.patchLvToTun},dl_dst=00:00:00:00:00:00/01:00:00:00:00:00`, tables.ucastToTun, 'unicasts'],
    [`table=${tables.patchLvToTun},dl_dst=01:00:00:00:00:00/01:00:00:00:00:00`, tables.floodToTun, 'broadcasts'],
    [`table=${tables.ucastToTun}`, tables.floodToTun, 'unicasts of which nothing is known'],
  ]
  for (const [match, table, what] of rows) {
    const found = node.flows(BR_TUN, match).some((flow) => nextTable(node.actions(BR_TUN, flow)) === table)
    const command = `ovs-ofctl dump-flows ${BR_TUN} ${match}`
    list.add(spot, {
      wanted: `${what} go to table ${table} of ${BR_TUN}`.replace('what comes from br-int go', 'what comes from br-int goes'),
      found: found ? null : 'no such row',
      place: BR_TUN,
      command,
    })
  }
  const learns = node.flows(BR_TUN, `table=${tables.learnFromTun}`).some((flow) => node.actions(BR_TUN, flow).includes('learn('))
  list.add(spot, {
    wanted: `table ${tables.learnFromTun} of ${BR_TUN} learns where frames came from and hands them to br-int`,
    found: learns ? null : 'no such row',
    place: BR_TUN,
    command: `ovs-ofctl dump-flows ${BR_TUN} table=${tables.learnFromTun}`,
  })
}
