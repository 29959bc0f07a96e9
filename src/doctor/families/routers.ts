// A router that lives on one host: namespace, devices, default route, source NAT, floating IPs, forwarding, the metadata proxy.
import { formatIpv4 } from '../../addr/ipv4.js'
import { BR_INT, deviceName, L3_AGENT, l3Chain, routerNetns } from '../../cloud/neutron/names.js'
import type { FloatingIp, HostRoute, Port, Router } from '../../cloud/neutron/objects.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import { expectHostAddress, expectRoute, expectRouting, expectRule, expectTranslations } from '../expect.js'
import type { Checklist, Spot } from '../item.js'
import { type NeutronView, routerRef } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { sameRule } from '../rule-words.js'
import { examineAgentPort } from './agent-port.js'

export function examineRouters(view: NeutronView, list: Checklist): void {
  for (const router of view.db.routers.values()) {
    const node = router.host === null || router.distributed ? null : view.host(router.host)
    if (node !== null && router.adminStateUp) examineRouter(view, node, router, list)
  }
}

function examineRouter(view: NeutronView, node: NodeView, router: Router, list: Checklist): void {
  const netns = routerNetns(router.id)
  const outside = view.spot(node, L3_AGENT, [routerRef(router)])
  const spot = expectRouting(node, outside, netns, list)
  if (spot === null) return
  for (const port of view.db.portsOfDevice(router.id, OWNER.routerInterface)) {
    if (port.adminStateUp)
      examineAgentPort(view, node, port, { spot: { ...spot, objects: view.objectsOf(port) }, device: deviceName('qr-', port.id) }, list)
  }
  examineMetadata(view, node, router, outside, list)
  const gateway = router.gateway === null ? undefined : view.db.ports.get(router.gateway.portId)
  if (gateway !== undefined) examineGateway(view, node, router, { spot, gateway }, list)
  examineExtraRoutes(node, router.routes, spot, list)
}

export function examineMetadata(view: NeutronView, node: NodeView, router: Router, spot: Spot, list: Checklist): void {
  const program = view.profile.l3.metadataProxy === 'python' ? 'neutron-ns-metadata-proxy' : 'haproxy'
  const netns = routerNetns(router.id)
  list.add(spot, {
    wanted: `${program} answers for metadata in ${netns}`,
    found: node.processes(netns, program, router.id).length > 0 ? null : 'no process',
    place: program,
    command: `pgrep -af ${program}.*${router.id.slice(0, 11)}`,
  })
  const words = '-d 169.254.169.254 -p tcp --dport 80 -j REDIRECT --to 9697'
  const rules = node.chain(netns, 'nat', l3Chain('PREROUTING')) ?? []
  const has = rules.some((rule) => sameRule(rule.replace(' -i qr-+', ''), words))
  list.add(
    { ...spot, netns },
    {
      wanted: `requests for metadata are redirected to port 9697`,
      found: has ? null : 'no such rule',
      place: l3Chain('PREROUTING'),
      command: `iptables -t nat -S ${l3Chain('PREROUTING')}`,
    },
  )
}

function examineGateway(
  view: NeutronView,
  node: NodeView,
  router: Router,
  { spot, gateway }: { spot: Spot; gateway: Port },
  list: Checklist,
): void {
  const device = examineWayOut(view, node, router, { spot, gateway }, list)
  const floating = [...view.db.floatingIps.values()].filter(({ routerId, fixedIp }) => routerId === router.id && fixedIp !== null)
  for (const row of floating) examineFloating(view, node, row, { spot, device }, list)
}

/** The port outside with its default route and source NAT, in the namespace of a router or of its snat; its device. */
export function examineWayOut(
  view: NeutronView,
  node: NodeView,
  router: Router,
  { spot, gateway }: { spot: Spot; gateway: Port },
  list: Checklist,
): string {
  const device = deviceName('qg-', gateway.id)
  const own = { ...spot, objects: [...view.objectsOf(gateway), routerRef(router)] }
  examineAgentPort(view, node, gateway, { spot: own, device, bridge: view.externalBridge(router.host!) ?? BR_INT }, list)
  examineDefaultRoute(view, node, gateway, { spot: own, device }, list)
  const address = gateway.fixedIps[0]?.address
  if (address !== undefined && router.gateway!.enableSnat) examineSnat(view, node, router, { spot: own, device, address }, list)
  return device
}

function examineDefaultRoute(
  view: NeutronView,
  node: NodeView,
  gateway: Port,
  { spot, device }: { spot: Spot; device: string },
  list: Checklist,
): void {
  for (const { subnetId } of gateway.fixedIps) {
    const via = view.db.subnets.get(subnetId)?.gatewayIp ?? null
    if (via !== null) expectRoute(node, spot, { via, device }, list)
  }
}

function examineSnat(
  view: NeutronView,
  node: NodeView,
  router: Router,
  at: { spot: Spot; device: string; address: number },
  list: Checklist,
): void {
  const { spot, device } = at
  const to = formatIpv4(at.address)
  const perPort = view.profile.l3.snat === 'per-port'
  const inner = view.db.portsOfDevice(router.id, OWNER.routerInterface)
  const wanted = perPort
    ? inner.flatMap((port) =>
        port.fixedIps
          .slice(0, 1)
          .map(
            ({ address, subnetId }) => `-s ${formatIpv4(address)}/${view.db.subnets.get(subnetId)?.cidr.length ?? 32} -j SNAT --to ${to}`,
          ),
      )
    : [`-o ${device} -j SNAT --to ${to}`]
  for (const words of wanted)
    expectRule(
      node,
      spot,
      { table: 'nat', chain: l3Chain('snat'), words, what: 'servers without a floating IP leave by the gateway address' },
      list,
    )
}

function examineFloating(
  view: NeutronView,
  node: NodeView,
  row: FloatingIp,
  { spot, device }: { spot: Spot; device: string },
  list: Checklist,
): void {
  const own: Spot = { ...spot, objects: view.floatingObjects(row) }
  const [outside, inside] = [formatIpv4(row.address), formatIpv4(row.fixedIp!)]
  expectHostAddress(node, own, { device, address: row.address }, list)
  expectTranslations(node, own, { outside, inside }, list)
  const words = `-d ${outside} -j DNAT --to ${inside}`
  const what = `packets of the router itself for ${outside} go to ${inside}`
  expectRule(node, own, { table: 'nat', chain: l3Chain('OUTPUT'), words, what }, list)
}

export function examineExtraRoutes(node: NodeView, routes: readonly HostRoute[], spot: Spot, list: Checklist): void {
  for (const { destination, nextHop } of routes) expectRoute(node, spot, { to: destination, via: nextHop }, list)
}
