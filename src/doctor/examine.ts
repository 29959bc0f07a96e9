// All that the API wants, looked for on the nodes, family by family.
import { cloudOn } from '../cloud/registry.js'
import type { Machine } from '../node/machine.js'
import { examineDhcp } from './families/dhcp.js'
import { examineDvrFlows } from './families/dvr-flows.js'
import { examineDvrRouters } from './families/dvr-routers.js'
import { examineFilters } from './families/filters.js'
import { examineFipNamespaces } from './families/fip-namespaces.js'
import {
  examineFlatDhcp,
  examineFlatFloating,
  examineFlatNeighbours,
  examineFlatNetwork,
  examineFlatServers,
  examineFlatServices,
  FlatView,
} from './families/flat-dhcp.js'
import { examineForeignRules } from './families/foreign-rules.js'
import { examineLeftovers } from './families/leftovers.js'
import { examineNetworks } from './families/networks.js'
import { examineNeutronNeighbours } from './families/neutron-neighbours.js'
import { examineProviderBridges } from './families/provider-bridges.js'
import { examineRouters } from './families/routers.js'
import { examineServerPorts } from './families/server-ports.js'
import { examineAgents, examineServices } from './families/services.js'
import { examineSnatNamespaces } from './families/snat-namespaces.js'
import { examineTunnels } from './families/tunnels.js'
import { Checklist, type Item } from './item.js'
import { NeutronView } from './neutron-view.js'

type Family<View> = readonly [name: string, examine: (view: View, list: Checklist) => void]

const NEUTRON: readonly Family<NeutronView>[] = [
  ['services', (view, list) => examineServices(view.nodes.values(), list)],
  ['agents', examineAgents],
  ['NICs of servers', examineServerPorts],
  ['tunnels', examineTunnels],
  ['networks on the switches', examineNetworks],
  ['security groups', examineFilters],
  ['DHCP', examineDhcp],
  ['provider bridges', examineProviderBridges],
  ['routers', examineRouters],
  ['distributed routers', examineDvrRouters],
  ['fip namespaces', examineFipNamespaces],
  ['snat namespaces', examineSnatNamespaces],
  ['flows of distributed routers', examineDvrFlows],
  ['leftovers', examineLeftovers],
  ['rules of others', examineForeignRules],
  ['neighbours', examineNeutronNeighbours],
]

const FLAT: readonly Family<FlatView>[] = [
  ['services', examineFlatServices],
  ['the flat network', examineFlatNetwork],
  ['DHCP', examineFlatDhcp],
  ['floating IPs', examineFlatFloating],
  ['servers', examineFlatServers],
  ['neighbours', examineFlatNeighbours],
]

/** null: there is no cloud in the lab. */
export function examine(machines: readonly Machine[]): Item[] | null {
  const cloud = machines.map(cloudOn).find((one) => one !== null) ?? null
  if (cloud === null) return null
  if (cloud.mode === 'flat-dhcp') return walk(FLAT, new FlatView(machines, cloud))
  return walk(NEUTRON, new NeutronView(machines, cloud))
}

function walk<View>(families: readonly Family<View>[], view: View): Item[] {
  const list = new Checklist()
  for (const [name, look] of families) {
    list.family = name
    look(view, list)
  }
  return list.items
}
