// A router that lives on one host: namespace, devices, default route, source NAT, floating IPs, forwarding, the metadata proxy.
import { formatIpv4 } from '../../addr/ipv4.js'
import { BR_INT, deviceName, L3_AGENT, l3Chain, routerNetns } from '../../cloud/neutron/names.js'
import type { FloatingIp, Port, Router } from '../../cloud/neutron/objects.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import { TABLE_MAIN } from '../../kernel/route-entry.js'
import type { Checklist, Spot } from '../item.js'
import { floatingRef, type NeutronView, routerRef } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { sameRule } from '../rule-words.js'
import { examinePort } from './dhcp.js'

export function examineRouters(view: NeutronView, list: Checklist): void {
  for (const router of view.db.routers.values()) {
    const node = router.host === null || router.distributed ? null : view.host(router.host)
    if (node !== null && router.adminStateUp) examineRouter(view, node, router, list)
  }
}

function examineRouter(view: NeutronView, node: NodeView, router: Router, list: Checklist): void {
  const netns = routerNetns(router.id)
  const outside = view.spot(node, L3_AGENT, [routerRef(router)])
  list.add(outside, {
    wanted: `namespace ${netns}`,
    found: node.netns(netns) === null ? 'no such namespace' : null,
    place: netns,
    command: 'ip netns',
  })
  if (node.netns(netns) === null) return
  const spot = { ...outside, netns }
  examineForwarding(node, spot, list)
  for (const port of view.db.portsOfDevice(router.id, OWNER.routerInterface)) {
    if (port.adminStateUp)
      examinePort(view, node, port, { spot: { ...spot, objects: view.objectsOf(port) }, device: deviceName('qr-', port.id) }, list)
  }
  examineMetadata(view, node, router, outside, list)
  const gateway = router.gateway === null ? undefined : view.db.ports.get(router.gateway.portId)
  if (gateway !== undefined) examineGateway(view, node, router, { spot, gateway }, list)
  examineExtraRoutes(node, router, spot, list)
}

export function examineForwarding(node: NodeView, spot: Spot, list: Checklist): void {
  const value = node.sysctl(spot.netns, 'net.ipv4.ip_forward')
  list.add(spot, {
    wanted: `${spot.netns} forwards packets`,
    found: value === '1' ? null : `net.ipv4.ip_forward = ${value}`,
    place: 'net.ipv4.ip_forward',
    command: 'sysctl net.ipv4.ip_forward',
  })
  const dropping = node.netns(spot.netns)?.netfilter.tables.peek('filter')?.chains.get('FORWARD')?.policy === 'DROP'
  list.add(spot, {
    wanted: 'the chain FORWARD lets packets through',
    found: dropping ? 'its policy is DROP' : null,
    place: 'FORWARD',
    command: 'iptables -S FORWARD',
  })
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
  const device = deviceName('qg-', gateway.id)
  const objects = [...view.objectsOf(gateway), routerRef(router)]
  const bridge = view.externalBridge(router.host!) ?? BR_INT
  examinePort(view, node, gateway, { spot: { ...spot, objects }, device, bridge }, list)
  examineDefaultRoute(view, node, gateway, { spot: { ...spot, objects }, device }, list)
  const address = gateway.fixedIps[0]?.address
  if (address !== undefined && router.gateway!.enableSnat)
    examineSnat(view, node, router, { spot: { ...spot, objects }, device, address }, list)
  const floating = [...view.db.floatingIps.values()].filter(({ routerId, fixedIp }) => routerId === router.id && fixedIp !== null)
  for (const row of floating) examineFloating(view, node, row, { spot, device }, list)
}

export function examineDefaultRoute(
  view: NeutronView,
  node: NodeView,
  gateway: Port,
  { spot, device }: { spot: Spot; device: string },
  list: Checklist,
): void {
  for (const { subnetId } of gateway.fixedIps) {
    const via = view.db.subnets.get(subnetId)?.gatewayIp ?? null
    if (via === null) continue
    const hop = node.route(spot.netns, TABLE_MAIN, { address: 0, length: 0 })?.nexthops[0]
    list.add(spot, {
      wanted: `default via ${formatIpv4(via)} dev ${device}`,
      found:
        hop === undefined
          ? 'no default route'
          : hop.via === via && hop.dev?.name === device
            ? null
            : `default via ${hop.via === null ? '-' : formatIpv4(hop.via)} dev ${hop.dev?.name ?? '-'}`,
      place: 'main',
      command: 'ip route show default',
    })
  }
}

export function examineSnat(
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
    expectNat(node, spot, 'snat', { words, what: 'servers without a floating IP leave by the gateway address' }, list)
}

function examineFloating(
  view: NeutronView,
  node: NodeView,
  row: FloatingIp,
  { spot, device }: { spot: Spot; device: string },
  list: Checklist,
): void {
  const port = row.portId === null ? undefined : view.db.ports.get(row.portId)
  const own: Spot = { ...spot, objects: [floatingRef(row), ...(port === undefined ? [] : view.objectsOf(port))] }
  const [outside, inside] = [formatIpv4(row.address), formatIpv4(row.fixedIp!)]
  const dev = node.device(spot.netns, device)
  const has = dev?.addresses.some(({ local }) => local === row.address) === true
  list.add(own, {
    wanted: `${device} has ${outside}/32`,
    found: has ? null : 'no such address',
    place: device,
    command: `ip addr show ${device}`,
  })
  expectNat(
    node,
    own,
    'PREROUTING',
    { words: `-d ${outside} -j DNAT --to ${inside}`, what: `packets for ${outside} go to ${inside}` },
    list,
  )
  expectNat(
    node,
    own,
    'OUTPUT',
    { words: `-d ${outside} -j DNAT --to ${inside}`, what: `packets of the router itself for ${outside} go to ${inside}` },
    list,
  )
  expectNat(
    node,
    own,
    'float-snat',
    { words: `-s ${inside} -j SNAT --to ${outside}`, what: `packets from ${inside} leave as ${outside}` },
    list,
  )
}

export function expectNat(node: NodeView, spot: Spot, name: string, rule: { words: string; what: string }, list: Checklist): void {
  const chain = l3Chain(name)
  const has = node.hasRule(spot.netns, 'nat', chain, rule.words)
  list.add(spot, {
    wanted: `${rule.what}: -A ${chain} ${rule.words}`,
    found: has === null ? `no chain ${chain}` : has ? null : 'no such rule',
    place: chain,
    command: `iptables -t nat -S ${chain}`,
  })
}

export function examineExtraRoutes(node: NodeView, router: Router, spot: Spot, list: Checklist): void {
  for (const { destination, nextHop } of router.routes) {
    const route = node.route(spot.netns, TABLE_MAIN, destination)
    const via = route?.nexthops[0]?.via ?? null
    const to = `${formatIpv4(destination.address)}/${destination.length}`
    list.add(spot, {
      wanted: `route ${to} via ${formatIpv4(nextHop)}`,
      found: route === null ? 'no such route' : via === nextHop ? null : `it goes via ${via === null ? '-' : formatIpv4(via)}`,
      place: 'main',
      command: `ip route show ${to}`,
    })
  }
}
