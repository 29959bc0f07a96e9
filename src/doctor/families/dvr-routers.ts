// A distributed router on each of its hosts: namespace, interfaces, neighbours that never expire, the way to the snat namespace, the pair to
// the fip namespace, and per floating IP a policy rule and two translations.
import { contains, formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { deviceName, FLOATING_TABLE, fipNetns, L3_AGENT, pairName, routerNetns } from '../../cloud/neutron/names.js'
import type { FloatingIp, Port, Router } from '../../cloud/neutron/objects.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import type { Rule } from '../../kernel/rule.js'
import { agentGatewayOn, floatingOf, hostsOfRouter, interfacesOf, isServed, isServedOn, subnetsOf } from '../dvr-hosts.js'
import { expectPolicyRule, expectRoute, expectRouting, expectTranslations } from '../expect.js'
import type { Checklist, Spot } from '../item.js'
import { type NeutronView, routerRef } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { examineAgentPort } from './agent-port.js'
import { examineExtraRoutes, examineMetadata } from './routers.js'

export function examineDvrRouters(view: NeutronView, list: Checklist): void {
  for (const router of view.db.routers.values()) {
    if (!router.distributed || !router.adminStateUp) continue
    for (const host of hostsOfRouter(view, router)) examineOn(view, view.host(host)!, router, list)
  }
}

function examineOn(view: NeutronView, node: NodeView, router: Router, list: Checklist): void {
  const netns = routerNetns(router.id)
  const outside = view.spot(node, L3_AGENT, [routerRef(router)])
  const spot = expectRouting(node, outside, netns, list)
  if (spot === null) return
  examineReversePath(node, spot, list)
  for (const port of interfacesOf(view, router)) {
    if (!port.adminStateUp) continue
    const own = { ...spot, objects: view.objectsOf(port) }
    const device = deviceName('qr-', port.id)
    examineAgentPort(view, node, port, { spot: own, device }, list)
    examineArpEntries(view, node, port, { spot: own, device }, list)
    if (router.gateway !== null) examineSnatWay(view, node, router, { port, spot: own, device }, list)
  }
  examineMetadata(view, node, router, outside, list)
  const subnets = subnetsOf(view, router)
  // Those with a next hop outside stand in the fip and snat namespaces.
  const routes = router.routes.filter(({ nextHop }) => subnets.some(({ cidr }) => contains(cidr, nextHop)))
  examineExtraRoutes(node, routes, spot, list)
  if (router.gateway !== null && hasFip(view, node, router)) examineOutside(view, node, router, spot, list)
}

/** The pair is there as soon as the host has its own address on the external network. */
export function hasFip(view: NeutronView, node: NodeView, router: Router): boolean {
  return router.gateway !== null && agentGatewayOn(view, router.gateway.networkId, node.machine.hostname) !== null
}

/** With DVR a packet and its answer take different ways through the host. */
export function examineReversePath(node: NodeView, spot: Spot, list: Checklist): void {
  const netns = node.netns(spot.netns)
  if (netns === null) return
  for (const device of netns.devices) {
    if (!/^(rfp|fpr|fg|qr)-/.test(device.name)) continue
    const value = Math.max(netns.confAll.rp_filter, device.conf.rp_filter)
    list.add(spot, {
      wanted: `${device.name} takes packets whose answers would leave elsewhere`,
      found: value === 1 ? 'rp_filter = 1 (strict)' : null,
      place: device.name,
      command: `sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.${device.name}.rp_filter`,
    })
  }
}

function examineArpEntries(
  view: NeutronView,
  node: NodeView,
  own: Port,
  { spot, device }: { spot: Spot; device: string },
  list: Checklist,
): void {
  const dev = node.device(spot.netns, device)
  if (dev === null) return
  const subnets = new Set(own.fixedIps.map(({ subnetId }) => subnetId))
  for (const port of view.portsOfNetwork(own.networkId)) {
    // Agents are told of ports that a host serves; of others they know what was there when they asked.
    if (!isServed(port) && port.deviceOwner !== OWNER.centralizedSnat) continue
    for (const { address, subnetId } of port.fixedIps) {
      if (!subnets.has(subnetId)) continue
      const entry = dev.neighbours.get(address)
      const found =
        entry === undefined || entry.lladdr === null
          ? 'no entry'
          : entry.lladdr !== port.mac
            ? formatMac(entry.lladdr)
            : entry.state === 'PERMANENT'
              ? null
              : entry.state
      list.add(
        { ...spot, objects: [...view.objectsOf(port), ...spot.objects] },
        {
          wanted: `${device} knows ${formatIpv4(address)} for good as ${formatMac(port.mac)}`,
          found,
          place: device,
          command: `ip neigh show ${formatIpv4(address)} dev ${device}`,
        },
      )
    }
  }
}

/** Servers without a floating IP: a rule and a table of their own lead over the tenant's network to the snat namespace. */
function examineSnatWay(
  view: NeutronView,
  node: NodeView,
  router: Router,
  at: { port: Port; spot: Spot; device: string },
  list: Checklist,
): void {
  const { port, spot, device } = at
  for (const { address, subnetId } of port.fixedIps.slice(0, 1)) {
    const length = view.db.subnets.get(subnetId)?.cidr.length ?? 32
    const snat = view.db
      .portsOfDevice(router.id, OWNER.centralizedSnat)
      .find(({ fixedIps }) => fixedIps.some((fixed) => fixed.subnetId === subnetId))
    const via = snat?.fixedIps.find((fixed) => fixed.subnetId === subnetId)?.address
    if (via === undefined) continue
    const number = address >>> 0
    const from = `${formatIpv4(address)}/${length}`
    expectPolicyRule(
      node,
      spot,
      { words: `from ${from} lookup ${number}`, fits: (rule) => rule.table === number && rule.src !== null && rule.src.length === length },
      list,
    )
    expectRoute(node, spot, { table: number, via, device }, list)
  }
}

/** The router's end of the pair has the even address of 31 bits, the other end the next. */
export function pairAddress(node: NodeView, netns: string, device: string): number | null {
  return node.device(netns, device)?.addresses[0]?.local ?? null
}

function examineOutside(view: NeutronView, node: NodeView, router: Router, spot: Spot, list: Checklist): void {
  const [rfp, fpr] = [pairName('rfp-', router.id), pairName('fpr-', router.id)]
  const fip = fipNetns(router.gateway!.networkId)
  const [inner, outer] = [node.device(spot.netns, rfp), node.device(fip, fpr)]
  for (const [dev, name, netns] of [
    [inner, rfp, spot.netns],
    [outer, fpr, fip],
  ] as const) {
    const found = dev === null ? 'no such device' : dev.isUp ? null : 'it is down'
    list.add({ ...spot, netns }, { wanted: `${name} is up`, found, place: name, command: `ip link show ${name}` })
  }
  if (inner === null || outer === null) return
  const kept = keptPair(node, router)
  const own = pairAddress(node, spot.netns, rfp)
  const wanted = kept ?? own
  if (wanted === null)
    return list.add(spot, {
      wanted: `${rfp} has an address of 169.254.64.0/18`,
      found: 'no address',
      place: rfp,
      command: `ip addr show ${rfp}`,
    })
  list.add(spot, {
    wanted: `${rfp} has ${formatIpv4(wanted)}/31`,
    found: own === wanted ? null : own === null ? 'no address' : formatIpv4(own),
    place: rfp,
    command: `ip addr show ${rfp}`,
  })
  const other = pairAddress(node, fip, fpr)
  list.add(
    { ...spot, netns: fip },
    {
      wanted: `${fpr} has ${formatIpv4((wanted + 1) | 0)}/31`,
      found: other === ((wanted + 1) | 0) ? null : other === null ? 'no address' : formatIpv4(other),
      place: fpr,
      command: `ip addr show ${fpr}`,
    },
  )
  const floating = floatingOf(view, router).filter((row) => isServedOn(view, node, row))
  if (floating.length > 0) expectRoute(node, spot, { table: FLOATING_TABLE, via: (wanted + 1) | 0, device: rfp }, list)
  for (const row of floating) examineFloating(view, node, row, { spot, rfp }, list)
}

/** The agent's own memory of the pair: `ROUTER,169.254.74.216/31`. */
function keptPair(node: NodeView, router: Router): number | null {
  const line = (node.file('/var/lib/neutron/fip-linklocal-networks') ?? '').split('\n').find((one) => one.startsWith(`${router.id},`))
  return line === undefined ? null : parseIpv4(line.slice(router.id.length + 1).split('/')[0]!)
}

function examineFloating(
  view: NeutronView,
  node: NodeView,
  row: FloatingIp,
  { spot, rfp }: { spot: Spot; rfp: string },
  list: Checklist,
): void {
  const own: Spot = { ...spot, objects: [...view.floatingObjects(row), ...spot.objects] }
  const [outside, inside] = [formatIpv4(row.address), formatIpv4(row.fixedIp!)]
  const fits = (rule: Rule): boolean => rule.table === FLOATING_TABLE && rule.src?.address === row.fixedIp && rule.src.length === 32
  expectPolicyRule(node, own, { words: `from ${inside} lookup ${FLOATING_TABLE}`, fits }, list)
  expectTranslations(node, own, { outside, inside, device: rfp }, list)
}
