// A port of an agent's own in a namespace: device up, MAC, addresses, MTU, on the switch with its tag.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { BR_INT } from '../../cloud/neutron/names.js'
import type { Port } from '../../cloud/neutron/objects.js'
import type { Checklist, Spot } from '../item.js'
import type { NeutronView } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'
import { examineTag, mtuOf, upness } from './server-ports.js'

export function examineAgentPort(
  view: NeutronView,
  node: NodeView,
  port: Port,
  at: { spot: Spot; device: string; bridge?: string },
  list: Checklist,
): void {
  const { spot, device } = at
  const dev = node.device(spot.netns, device)
  list.add(spot, { wanted: `${device} is up`, found: upness(dev), place: device, command: `ip link show ${device}` })
  const bridge = at.bridge ?? BR_INT
  list.add(
    { ...spot, netns: '' },
    {
      wanted: `${device} is a port of ${bridge}`,
      found: node.port(bridge, device) === null ? 'it is not' : null,
      place: device,
      command: `ovs-vsctl list-ports ${bridge}`,
    },
  )
  if (bridge === BR_INT) examineTag(view, node, port, device, list)
  if (dev === null) return
  list.add(spot, {
    wanted: `${device} has MAC ${formatMac(port.mac)}`,
    found: dev.mac === port.mac ? null : formatMac(dev.mac),
    place: device,
    command: `ip link show ${device}`,
  })
  list.add(spot, mtuOf(view, port, dev))
  for (const { address, subnetId } of port.fixedIps) {
    const length = view.db.subnets.get(subnetId)?.cidr.length ?? 32
    const own = dev.addresses.find(({ local }) => local === address)
    list.add(spot, {
      wanted: `${device} has ${formatIpv4(address)}/${length}`,
      found: own === undefined ? 'no such address' : own.length === length ? null : `it has it with /${own.length}`,
      place: device,
      command: `ip addr show ${device}`,
    })
  }
}
