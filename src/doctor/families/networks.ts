// Each network that a node has ports of: rows that translate between its local VLAN and its segment, in and out, and where it floods.

import { formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { BR_INT, BR_TUN, L2_AGENT } from '../../cloud/neutron/names.js'
import type { Network } from '../../cloud/neutron/objects.js'
import { nextTable, outputsOf, tunnelKeySet, vlanSet } from '../flow-words.js'
import type { Checklist, Spot } from '../item.js'
import { addressedTo, localVlan, providerLink } from '../local-vlan.js'
import { type NeutronView, networkRef } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { remotesOf, tunnelPortTo } from './tunnels.js'

export function examineNetworks(view: NeutronView, list: Checklist): void {
  for (const { host } of view.agents('Open vSwitch agent')) {
    const node = view.host(host)
    if (node === null || node.bridge(BR_INT) === null) continue
    for (const network of view.networksOn(host)) examineNetwork(view, node, network, list)
  }
}

function examineNetwork(view: NeutronView, node: NodeView, network: Network, list: Checklist): void {
  const spot = view.spot(node, L2_AGENT, [networkRef(network)])
  const vlan = localVlan(view, node, node.machine.hostname, network)
  if (vlan === null) return
  const { networkType: type } = network
  if ((type === 'gre' || type === 'vxlan') && node.bridge(BR_TUN) !== null) examineTunnelRows(view, node, network, vlan, spot, list)
  else examineProviderRows(view, node, network, vlan, spot, list)
}

function examineTunnelRows(view: NeutronView, node: NodeView, network: Network, vlan: number, spot: Spot, list: Checklist): void {
  const { tables } = view.profile.l2
  const { name, segmentationId: segment } = network
  const table = network.networkType === 'gre' ? tables.greTunToLv : tables.vxlanTunToLv
  const rows = node.flows(BR_TUN, `table=${table},tun_id=${segment}`).map((flow) => node.actions(BR_TUN, flow))
  const tag = rows.map(vlanSet).find((one) => one !== null)
  const onwards = tables.dvrNotLearn !== null && view.cloud.mode === 'dvr' ? tables.dvrNotLearn : tables.learnFromTun
  list.add(spot, {
    wanted: `what comes out of a tunnel with key ${segment} gets VLAN ${vlan} (network ${name})`,
    found:
      tag === vlan ? null : rows.length === 0 ? 'no such row' : tag === undefined ? `a row that says ${rows[0]}` : `it gets VLAN ${tag}`,
    place: BR_TUN,
    command: `ovs-ofctl dump-flows ${BR_TUN} table=${table},tun_id=${segment}`,
  })
  if (tag === vlan)
    list.add(spot, {
      wanted: `what comes out of a tunnel with key ${segment} goes on to table ${onwards}`,
      found: rows.some((row) => nextTable(row) === onwards) ? null : `a row that says ${rows[0]}`,
      place: BR_TUN,
      command: `ovs-ofctl dump-flows ${BR_TUN} table=${table},tun_id=${segment}`,
    })
  examineFlood(view, node, network, vlan, spot, list)
}

function examineFlood(view: NeutronView, node: NodeView, network: Network, vlan: number, spot: Spot, list: Checklist): void {
  const { tables } = view.profile.l2
  const host = node.machine.hostname
  const remotes = remotesOf(view, host, network.networkType as 'gre' | 'vxlan', network)
  const rows = node.flows(BR_TUN, `table=${tables.floodToTun},dl_vlan=${vlan}`).map((flow) => node.actions(BR_TUN, flow))
  const command = `ovs-ofctl dump-flows ${BR_TUN} table=${tables.floodToTun},dl_vlan=${vlan}`
  const row = rows.find((one) => outputsOf(one).length > 0) ?? null
  for (const [remoteHost, address] of remotes) {
    const port = tunnelPortTo(node, network.networkType, address)
    const reaches = row !== null && port !== null && outputsOf(row).includes(port.ofport)
    list.add(spot, {
      wanted: `broadcasts of VLAN ${vlan} (network ${network.name}) are flooded to ${remoteHost}`,
      found: reaches ? null : row === null ? 'no row floods it' : `it is flooded to port ${outputsOf(row).join(', ') || 'none'}`,
      place: BR_TUN,
      command,
    })
  }
  if (row !== null)
    list.add(spot, {
      wanted: `what is flooded of VLAN ${vlan} carries key ${network.segmentationId}`,
      found: tunnelKeySet(row) === network.segmentationId ? null : `key ${tunnelKeySet(row) ?? 'unset'}`,
      place: BR_TUN,
      command,
    })
  examineKnown(view, node, network, vlan, list)
  if (view.configuration(host, 'l2_population') === true) examinePopulation(view, node, network, vlan, list)
}

/** Rows for a MAC, learned or written, that lead to another host than the port's. */
function examineKnown(view: NeutronView, node: NodeView, network: Network, vlan: number, list: Checklist): void {
  const ports = new Map(view.portsOfNetwork(network.id).map((port) => [formatMac(port.mac), port]))
  const rows = node.flows(BR_TUN, `table=${view.profile.l2.tables.ucastToTun}`).map((flow) => ({ flow, ...addressedTo(node, flow) }))
  const written = new Set(rows.filter(({ flow }) => flow.hardTimeout === 0).map(({ mac, vlan: own }) => `${mac} ${own}`))
  for (const { flow, mac, vlan: own } of rows) {
    const port = mac === null || own !== vlan ? undefined : ports.get(mac)
    const outputs = outputsOf(node.actions(BR_TUN, flow))
    if (port === undefined || port.vifType === 'distributed' || outputs.length === 0 || view.hostsOf(port).length === 0) continue
    // What was learned before a server moved decides nothing where a written row comes first, or the server is here.
    if (flow.hardTimeout > 0 && (port.hostId === node.machine.hostname || written.has(`${mac} ${own}`))) continue
    const end = view.configuration(port.hostId, 'tunneling_ip')
    const tunnel = typeof end === 'string' ? tunnelPortTo(node, network.networkType, parseIpv4(end) ?? 0) : null
    list.add(view.spot(node, L2_AGENT, view.objectsOf(port)), {
      wanted: `no row sends frames for ${mac} elsewhere than to ${port.hostId}`,
      found: tunnel !== null && outputs.every((output) => output === tunnel.ofport) ? null : `one sends them to port ${outputs.join(', ')}`,
      place: BR_TUN,
      command: `ovs-ofctl dump-flows ${BR_TUN} table=${flow.table},dl_dst=${mac}`,
    })
  }
}

/** l2population: where each port of the network on another host lives, and who answers ARP for it. */
function examinePopulation(view: NeutronView, node: NodeView, network: Network, vlan: number, list: Checklist): void {
  const host = node.machine.hostname
  const { tables } = view.profile.l2
  for (const port of view.portsOfNetwork(network.id)) {
    if (port.status !== 'ACTIVE' || port.hostId === host || port.hostId === '' || view.deviceOf(port) === null) continue
    if (port.vifType === 'distributed') continue
    const end = view.configuration(port.hostId, 'tunneling_ip')
    const tunnel = typeof end === 'string' ? tunnelPortTo(node, network.networkType, parseIpv4(end) ?? 0) : null
    const mac = formatMac(port.mac)
    const match = `table=${tables.ucastToTun},dl_vlan=${vlan},dl_dst=${mac}`
    const rows = node.flows(BR_TUN, `${match}`).filter(({ hardTimeout }) => hardTimeout === 0)
    const outputs = rows.flatMap((flow) => outputsOf(node.actions(BR_TUN, flow)))
    list.add(view.spot(node, L2_AGENT, view.objectsOf(port)), {
      wanted: `frames for ${mac} in VLAN ${vlan} go to ${port.hostId}`,
      found:
        tunnel !== null && outputs.includes(tunnel.ofport)
          ? null
          : outputs.length === 0
            ? 'no row sends them'
            : `they go to port ${outputs.join(', ')}`,
      place: BR_TUN,
      command: `ovs-ofctl dump-flows ${BR_TUN} ${match}`,
    })
    if (tables.arpResponder === null || view.configuration(host, 'arp_responder_enabled') !== true) continue
    for (const { address } of port.fixedIps) {
      const question = `table=${tables.arpResponder},arp,dl_vlan=${vlan},arp_tpa=${formatIpv4(address)}`
      const answers = node.flows(BR_TUN, question).map((flow) => node.actions(BR_TUN, flow))
      list.add(view.spot(node, L2_AGENT, view.objectsOf(port)), {
        wanted: `ARP for ${formatIpv4(address)} in VLAN ${vlan} is answered with ${mac}`,
        found: answers.some((row) => row.includes(mac) || row.includes(`0x${port.mac.toString(16)}`))
          ? null
          : answers.length === 0
            ? 'nothing answers'
            : 'another MAC is answered',
        place: BR_TUN,
        command: `ovs-ofctl dump-flows ${BR_TUN} ${question}`,
      })
    }
  }
}

function examineProviderRows(view: NeutronView, node: NodeView, network: Network, vlan: number, spot: Spot, list: Checklist): void {
  const link = providerLink(view, node, node.machine.hostname, network)
  if (link === null) return
  const { networkType: type, segmentationId: segment, name } = network
  const seen = type === 'flat' ? 'without a tag' : `with VLAN ${segment}`
  const tags = link.into.map((flow) => vlanSet(node.actions(BR_INT, flow)))
  const intPort = node.port(BR_INT, link.intDevice)?.ofport ?? link.intDevice
  const physPort = node.port(link.bridge, link.physDevice)?.ofport ?? link.physDevice
  list.add(spot, {
    wanted: `what comes by ${link.intDevice} ${seen} gets VLAN ${vlan} (network ${name})`,
    found: tags.includes(vlan) ? null : tags.length === 0 ? 'no such row' : `it gets VLAN ${tags[0] ?? 'unset'}`,
    place: BR_INT,
    command: `ovs-ofctl dump-flows ${BR_INT} table=0,in_port=${intPort}`,
  })
  const outward = node.flows(link.bridge, `dl_vlan=${vlan}`).map((flow) => vlanSet(node.actions(link.bridge, flow)))
  const isRight = outward.includes(type === 'flat' ? 0 : segment)
  list.add(spot, {
    wanted: `what leaves VLAN ${vlan} (network ${name}) by ${link.bridge} goes ${seen}`,
    found: isRight
      ? null
      : outward.every((set) => set === null)
        ? 'no such row'
        : `it goes with VLAN ${outward.find((set) => set !== null)}`,
    place: link.bridge,
    command: `ovs-ofctl dump-flows ${link.bridge} in_port=${physPort}`,
  })
}
