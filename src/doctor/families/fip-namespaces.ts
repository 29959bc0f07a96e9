// The fip namespace of each host and external network: its own address, ARP answered for floating IPs, routes to the routers and out.
import { formatIpv4 } from '../../addr/ipv4.js'
import { deviceName, fipNetns, L3_AGENT, pairName } from '../../cloud/neutron/names.js'
import type { Port, Router } from '../../cloud/neutron/objects.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import { floatingOf, hostsOfRouter, isServedOn } from '../dvr-hosts.js'
import { expectPolicyRule, expectRoute, expectRouting } from '../expect.js'
import type { Checklist, Spot } from '../item.js'
import { type NeutronView, networkRef, routerRef } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { examineAgentPort } from './agent-port.js'
import { examineReversePath, pairAddress } from './dvr-routers.js'

export function examineFipNamespaces(view: NeutronView, list: Checklist): void {
  for (const port of view.db.ports.values()) {
    const node = port.deviceOwner === OWNER.agentGateway ? view.host(port.hostId) : null
    if (node !== null) examineNamespace(view, node, port, list)
  }
}

function examineNamespace(view: NeutronView, node: NodeView, port: Port, list: Checklist): void {
  const routers = [...view.db.routers.values()].filter(
    (router) => router.distributed && router.gateway?.networkId === port.networkId && hostsOfRouter(view, router).includes(port.hostId),
  )
  if (routers.length === 0) return
  const netns = fipNetns(port.networkId)
  const network = view.db.networks.get(port.networkId)
  const outside = view.spot(node, L3_AGENT, [...(network === undefined ? [] : [networkRef(network)]), ...view.objectsOf(port)])
  const spot = expectRouting(node, outside, netns, list)
  if (spot === null) return
  const fg = deviceName('fg-', port.id)
  examineReversePath(node, spot, list)
  examineAgentPort(view, node, port, { spot, device: fg }, list)
  examineProxyArp(node, spot, fg, list)
  examineOwnAddresses(node, spot, { fg, port }, list)
  for (const router of routers) examineRouter(view, node, router, { spot, fg, port }, list)
}

/** With an address of its own fg- answers at once, and takes what is for a server for its own. */
function examineOwnAddresses(node: NodeView, spot: Spot, { fg, port }: { fg: string; port: Port }, list: Checklist): void {
  const own = new Set(port.fixedIps.map(({ address }) => address))
  const others = (node.device(spot.netns, fg)?.addresses ?? []).filter(({ local }) => !own.has(local)).map(({ local }) => formatIpv4(local))
  list.add(spot, {
    wanted: `${fg} has no address but the host's own`,
    found: others.length === 0 ? null : others.join(', '),
    place: fg,
    command: `ip addr show ${fg}`,
  })
}

function examineProxyArp(node: NodeView, spot: Spot, fg: string, list: Checklist): void {
  const dev = node.device(spot.netns, fg)
  if (dev === null) return
  const isOn = dev.conf.proxy_arp !== 0 || dev.netns.confAll.proxy_arp !== 0
  list.add(spot, {
    wanted: `${fg} answers ARP for floating IPs`,
    found: isOn ? null : 'proxy_arp = 0',
    place: fg,
    command: `sysctl net.ipv4.conf.${fg}.proxy_arp`,
  })
}

function examineRouter(
  view: NeutronView,
  node: NodeView,
  router: Router,
  at: { spot: Spot; fg: string; port: Port },
  list: Checklist,
): void {
  const { fg, port } = at
  const spot: Spot = { ...at.spot, objects: [routerRef(router), ...at.spot.objects] }
  const fpr = pairName('fpr-', router.id)
  const address = pairAddress(node, spot.netns, fpr)
  if (address === null) return
  const table = address >>> 0
  expectPolicyRule(
    node,
    spot,
    { words: `from all iif ${fpr} lookup ${table}`, fits: (rule) => rule.iif === fpr && rule.table === table },
    list,
  )
  for (const { subnetId } of port.fixedIps) {
    const via = view.db.subnets.get(subnetId)?.gatewayIp ?? null
    if (via !== null) expectRoute(node, spot, { table, via, device: fg }, list)
  }
  for (const row of floatingOf(view, router)) {
    if (!isServedOn(view, node, row)) continue
    const own: Spot = { ...spot, objects: [...view.floatingObjects(row), ...spot.objects] }
    expectRoute(node, own, { to: { address: row.address, length: 32 }, via: (address - 1) | 0, device: fpr }, list)
  }
}
