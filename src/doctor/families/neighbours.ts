// Neighbour entries that say something else than the API: who remembers an old MAC sends into nowhere.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { contains, formatIpv4 } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import { formatMac } from '../../addr/mac.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { Checklist, ObjectRef } from '../item.js'
import type { NodeView } from '../node-view.js'

/** Who has an address on a segment: by the address, within the prefix that the asking device must have. */
export interface Neighbouring {
  readonly address: Ipv4Address
  readonly mac: MacAddress
  /** Other MACs that may answer for it on this node, such as a host's own router. */
  readonly also: readonly MacAddress[]
  readonly objects: readonly ObjectRef[]
  /** Whether a device of a node is on the segment that the address is on. */
  isNear(node: NodeView, device: NetDevice): boolean
}

export function examineNeighbours(nodes: Iterable<NodeView>, known: readonly Neighbouring[], list: Checklist): void {
  const byAddress = new Map<Ipv4Address, Neighbouring[]>()
  for (const row of known) byAddress.set(row.address, [...(byAddress.get(row.address) ?? []), row])
  for (const node of nodes) {
    for (const netns of node.machine.kernel.namespaces) {
      for (const device of netns.devices) examineDevice(node, device, byAddress, list)
    }
  }
}

function examineDevice(node: NodeView, device: NetDevice, known: ReadonlyMap<Ipv4Address, readonly Neighbouring[]>, list: Checklist): void {
  for (const entry of device.neighbours.values()) {
    if (entry.lladdr === null || entry.state === 'FAILED' || entry.state === 'INCOMPLETE' || entry.state === 'NONE') continue
    const row = known.get(entry.address)?.find((one) => one.isNear(node, device))
    if (row === undefined || !device.addresses.some(({ local, length }) => contains({ address: local, length }, entry.address))) continue
    // Told by the other host that answered for the address before this one; the way to it does not lead over this device.
    if (row.mac === device.mac) continue
    const netns = device.netns.name
    const text = formatIpv4(entry.address)
    const isRight = entry.lladdr === row.mac || row.also.includes(entry.lladdr)
    list.add(
      { node: node.name, netns, agent: entry.state === 'PERMANENT' ? 'who set it' : 'ARP', objects: row.objects },
      {
        wanted: `${device.name} knows ${text} by ${formatMac(row.mac)}`,
        found: isRight ? null : `${formatMac(entry.lladdr)} (${entry.state})`,
        place: device.name,
        command: `ip neigh show ${text} dev ${device.name}`,
      },
    )
  }
}
