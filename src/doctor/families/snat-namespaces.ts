// The snat namespace of a distributed router on its gateway's host: where servers without a floating IP leave.
import { formatIpv4 } from '../../addr/ipv4.js'
import { deviceName, L3_AGENT, snatNetns } from '../../cloud/neutron/names.js'
import type { FloatingIp, Router } from '../../cloud/neutron/objects.js'
import { OWNER } from '../../cloud/neutron/objects.js'
import { floatingOf, hostOfFloating } from '../dvr-hosts.js'
import { expectHostAddress, expectRouting, expectTranslations } from '../expect.js'
import type { Checklist, Spot } from '../item.js'
import { type NeutronView, routerRef } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { examineAgentPort } from './agent-port.js'
import { examineExtraRoutes, examineWayOut } from './routers.js'

export function examineSnatNamespaces(view: NeutronView, list: Checklist): void {
  for (const router of view.db.routers.values()) {
    const node = router.distributed && router.host !== null && router.gateway !== null ? view.host(router.host) : null
    if (node !== null && router.adminStateUp) examineNamespace(view, node, router, list)
  }
}

function examineNamespace(view: NeutronView, node: NodeView, router: Router, list: Checklist): void {
  const netns = snatNetns(router.id)
  const outside = view.spot(node, L3_AGENT, [routerRef(router)])
  const spot = expectRouting(node, outside, netns, list)
  if (spot === null) return
  for (const port of view.db.portsOfDevice(router.id, OWNER.centralizedSnat))
    examineAgentPort(view, node, port, { spot: { ...spot, objects: view.objectsOf(port) }, device: deviceName('sg-', port.id) }, list)
  const gateway = view.db.ports.get(router.gateway!.portId)
  if (gateway === undefined) return
  const device = examineWayOut(view, node, router, { spot, gateway }, list)
  examineExtraRoutes(node, router.routes, spot, list)
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
  const own: Spot = { ...spot, objects: view.floatingObjects(row) }
  const [outside, inside] = [formatIpv4(row.address), formatIpv4(row.fixedIp!)]
  expectHostAddress(node, own, { device, address: row.address }, list)
  expectTranslations(node, own, { outside, inside }, list)
}
