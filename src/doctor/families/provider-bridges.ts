// Provider and external bridges: the node's card is in them, and the pair of ports to br-int joins.
import { BR_INT, L2_AGENT } from '../../cloud/neutron/names.js'
import { PhysicalDevice } from '../../kernel/dev/physical.js'
import type { Checklist } from '../item.js'
import type { NeutronView } from '../neutron-view.js'
import { upness } from './server-ports.js'

export function examineProviderBridges(view: NeutronView, list: Checklist): void {
  for (const { host } of view.agents('Open vSwitch agent')) {
    const node = view.host(host)
    if (node === null) continue
    const mappings = (view.configuration(host, 'bridge_mappings') ?? {}) as Readonly<Record<string, string>>
    const external = view.externalBridge(host)
    for (const bridge of new Set([...Object.values(mappings), ...(external === null ? [] : [external])])) {
      const spot = view.spot(node, L2_AGENT, [])
      const found = node.bridge(bridge)
      list.add(spot, {
        wanted: `bridge ${bridge}`,
        found: found === null ? 'no such bridge' : null,
        place: bridge,
        command: 'ovs-vsctl list-br',
      })
      if (found === null) continue
      const cards = found.portList.filter(({ dev }) => dev instanceof PhysicalDevice)
      list.add(spot, {
        wanted: `a network card is a port of ${bridge}`,
        found: cards.length > 0 ? null : 'none is',
        place: bridge,
        command: `ovs-vsctl list-ports ${bridge}`,
      })
      for (const { name, dev } of cards)
        list.add(spot, { wanted: `${name} is up`, found: upness(dev), place: name, command: `ip link show ${name}` })
      if (!Object.values(mappings).includes(bridge)) continue
      for (const [on, name, peer] of [
        [BR_INT, `int-${bridge}`, `phy-${bridge}`],
        [bridge, `phy-${bridge}`, `int-${bridge}`],
      ] as const) {
        const port = node.port(on, name)
        const other = port?.peer ?? port?.dev?.linkPeer?.name ?? null
        list.add(spot, {
          wanted: `${name} joins ${on} to ${peer}`,
          found: port === null ? 'no such port' : other === peer ? null : `its peer is ${other ?? 'none'}`,
          place: name,
          command: `ovs-vsctl show`,
        })
      }
    }
  }
}
