// The snat namespace of a distributed router on its gateway's host: where servers without a floating IP leave.
import { formatIpv4 } from '../../addr/ipv4.js'
import { BR_INT, deviceName, L3_AGENT, snatNetns } from '../../cloud/neutron/names.js'
import type { FloatingIp, Router } from '../../cloud/neutron/objects.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import { floatingOf, hostOfFloating } from '../dvr-hosts.js'
import type { Checklist, Spot } from '../item.js'
import { floatingRef, type NeutronView, routerRef } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { examinePort } from './dhcp.js'
import { examineDefaultRoute, examineForwarding, examineSnat, expectNat } from './routers.js'

export function examineSnatNamespaces(view: NeutronView, list: Checklist): void {
  for (const router of view.db.routers.values()) {
    const node = router.distributed && router.host !== null && router.gateway !== null ? view.host(router.host) : null
    if (node !== null && router.adminStateUp) examineNamespace(view, node, router, list)
  }
}

function examineNamespace(view: NeutronView, node: NodeView, router: Router, list: Checklist): void {
  const netns = snatNetns(router.id)
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
  for (const port of view.db.portsOfDevice(router.id, OWNER.centralizedSnat))
    examinePort(view, node, port, { spot: { ...spot, objects: view.objectsOf(port) }, device: deviceName('sg-', port.id) }, list)
  const gateway = view.db.ports.get(router.gateway!.portId)
  if (gateway === undefined) return
  const device = deviceName('qg-', gateway.id)
  const own = { ...spot, objects: [...view.objectsOf(gateway), routerRef(router)] }
  examinePort(view, node, gateway, { spot: own, device, bridge: view.externalBridge(router.host!) ?? BR_INT }, list)
  examineDefaultRoute(view, node, gateway, { spot: own, device }, list)
  const address = gateway.fixedIps[0]?.address
  if (address !== undefined && router.gateway!.enableSnat) examineSnat(view, node, router, { spot: own, device, address }, list)
  for (const row of floatingOf(view, router))
    if (hostOfFloating(view, row)?.isCentral === true) examineCentral(view, node, row, { spot, device }, list)
}

/** A floating IP whose server's host cannot serve it. */
function examineCentral(
  view: NeutronView,
  node: NodeView,
  row: FloatingIp,
  { spot, device }: { spot: Spot; device: string },
  list: Checklist,
): void {
  const port = view.db.ports.get(row.portId!)
  const own: Spot = { ...spot, objects: [floatingRef(row), ...(port === undefined ? [] : view.objectsOf(port))] }
  const [outside, inside] = [formatIpv4(row.address), formatIpv4(row.fixedIp!)]
  const has = node.device(spot.netns, device)?.addresses.some(({ local }) => local === row.address) === true
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
    'float-snat',
    { words: `-s ${inside} -j SNAT --to ${outside}`, what: `packets from ${inside} leave as ${outside}` },
    list,
  )
}
