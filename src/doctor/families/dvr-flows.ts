// Flows of distributed routers: what a host's routers send leaves with the host's own MAC, comes in unlearnt elsewhere, and gets the router's
// MAC back in front of the server.
import { formatMac } from '../../addr/mac.js'
import { BR_INT, BR_TUN, L2_AGENT } from '../../cloud/neutron/names.js'
import type { Network, Port } from '../../cloud/neutron/objects.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import { nextTable, outputsOf, sourceSet } from '../flow-words.js'
import type { Checklist, Spot } from '../item.js'
import { localVlan } from '../local-vlan.js'
import { agentRef, type NeutronView } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'

/** Of br-int. */
const TO_SRC_MAC = 1
const TRANSIENT = 60

interface Row {
  readonly bridge: string
  /** As a filter of dump-flows. */
  readonly match: string
  readonly what: string
  fits(actions: string): boolean
}

export function examineDvrFlows(view: NeutronView, list: Checklist): void {
  const macs = new Map(view.cloud.neutron.dvrPorts.allMacs().map(({ host, mac }) => [host, formatMac(mac)]))
  for (const { host } of view.agents('Open vSwitch agent')) {
    const node = view.host(host)
    const own = macs.get(host)
    if (node === null || own === undefined || node.bridge(BR_TUN) === null) continue
    for (const [other, mac] of macs) if (other !== host) examineOther(view, node, { host: other, mac }, list)
    for (const network of view.networksOn(host)) examineRouted(view, node, network, own, list)
  }
}

function examineOther(view: NeutronView, node: NodeView, { host, mac }: { host: string; mac: string }, list: Checklist): void {
  const row = view.agentOn('Open vSwitch agent', host)
  const spot = view.spot(node, L2_AGENT, row === null ? [] : [agentRef(row)])
  const patchInt = node.port(BR_TUN, 'patch-int')?.ofport
  const { dvrNotLearn } = view.profile.l2.tables
  expectRow(
    node,
    spot,
    {
      bridge: BR_TUN,
      match: `table=${dvrNotLearn},dl_src=${mac}`,
      what: `frames of ${host}'s routers (${mac}) are not learnt`,
      fits: (actions) => patchInt !== undefined && outputsOf(actions).includes(patchInt),
    },
    list,
  )
  expectRow(
    node,
    spot,
    {
      bridge: BR_INT,
      match: `table=0,dl_src=${mac}`,
      what: `frames of ${host}'s routers (${mac}) go to table ${TO_SRC_MAC}`,
      fits: (actions) => nextTable(actions) === TO_SRC_MAC,
    },
    list,
  )
}

/** On a network that a distributed router of this host has an interface on. */
function examineRouted(view: NeutronView, node: NodeView, network: Network, own: string, list: Checklist): void {
  const host = node.machine.hostname
  const vlan = localVlan(view, node, host, network)
  const { networkType: type } = network
  if (vlan === null || (type !== 'gre' && type !== 'vxlan')) return
  const ports = view.portsOn(host, network.id)
  for (const router of ports.filter(({ deviceOwner }) => deviceOwner === OWNER.distributedInterface)) {
    examineInterface(view, node, router, { vlan, own }, list)
    const subnets = new Set(router.fixedIps.map(({ subnetId }) => subnetId))
    for (const port of ports)
      if (isServed(port) && port.fixedIps.some(({ subnetId }) => subnets.has(subnetId)))
        examineServed(view, node, port, { router, vlan }, list)
  }
}

function isServed({ deviceOwner }: Port): boolean {
  return deviceOwner.startsWith('compute:') || deviceOwner === OWNER.dhcp || deviceOwner === OWNER.centralizedSnat
}

function examineInterface(
  view: NeutronView,
  node: NodeView,
  port: Port,
  { vlan, own }: { vlan: number; own: string },
  list: Checklist,
): void {
  const spot = view.spot(node, L2_AGENT, view.objectsOf(port))
  const { dvrProcess } = view.profile.l2.tables
  const mac = formatMac(port.mac)
  expectRow(
    node,
    spot,
    {
      bridge: BR_TUN,
      match: `table=${dvrProcess},dl_vlan=${vlan},dl_src=${mac}`,
      what: `what the router sends (${mac}) leaves as ${own}`,
      fits: (actions) => sourceSet(actions) === own,
    },
    list,
  )
  expectRow(
    node,
    spot,
    {
      bridge: BR_TUN,
      match: `table=${dvrProcess},dl_vlan=${vlan},dl_dst=${mac}`,
      what: `frames for the router (${mac}) stay on the host`,
      fits: (actions) => actions === 'drop',
    },
    list,
  )
}

function examineServed(
  view: NeutronView,
  node: NodeView,
  port: Port,
  { router, vlan }: { router: Port; vlan: number },
  list: Checklist,
): void {
  const spot = view.spot(node, L2_AGENT, view.objectsOf(port))
  const [mac, gateway] = [formatMac(port.mac), formatMac(router.mac)]
  const match = `dl_vlan=${vlan},dl_dst=${mac}`
  const ofport = node.port(BR_INT, view.deviceOf(port)!)?.ofport
  expectRow(
    node,
    spot,
    {
      bridge: BR_INT,
      match: `table=${TO_SRC_MAC},${match}`,
      what: `what routers of other hosts send to ${mac} comes from ${gateway}`,
      fits: (actions) => sourceSet(actions) === gateway,
    },
    list,
  )
  expectRow(
    node,
    spot,
    {
      bridge: BR_INT,
      match: `table=${TRANSIENT},${match}`,
      what: `what routers of other hosts send to ${mac} goes to its port`,
      fits: (actions) => ofport !== undefined && outputsOf(actions).includes(ofport),
    },
    list,
  )
}

function expectRow(node: NodeView, spot: Spot, row: Row, list: Checklist): void {
  const rows = node.flows(row.bridge, row.match).map((flow) => node.actions(row.bridge, flow))
  list.add(spot, {
    wanted: row.what,
    found: rows.some((actions) => row.fits(actions)) ? null : rows.length === 0 ? 'no such row' : `a row that says ${rows[0]}`,
    place: row.bridge,
    command: `ovs-ofctl dump-flows ${row.bridge} ${row.match}`,
  })
}
