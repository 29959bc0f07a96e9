// Processes of the cloud: agents that the API counts on, its own services, Open vSwitch.
import { cloudServicesOn } from '../../cloud/services.js'
import { openvswitchOn } from '../../node/daemons/openvswitch.js'
import type { Checklist } from '../item.js'
import { agentRef, type NeutronView } from '../neutron-view.js'
import type { NodeView } from '../node-view.js'

export function examineServices(nodes: Iterable<NodeView>, list: Checklist): void {
  for (const node of nodes) {
    const { machine } = node
    for (const { name, process } of cloudServicesOn(machine)) {
      list.add(
        { node: node.name, netns: '', agent: name, objects: [] },
        { wanted: `${name} runs`, found: process() === null ? 'no process' : null, place: name, command: `pgrep -af ${name}` },
      )
    }
    const ovs = openvswitchOn(machine)
    if (ovs === null) continue
    for (const [name, process] of [
      ['ovsdb-server', ovs.ovsdbServer],
      ['ovs-vswitchd', ovs.vswitchd],
    ] as const) {
      list.add(
        { node: node.name, netns: '', agent: 'openvswitch', objects: [] },
        { wanted: `${name} runs`, found: process === null ? 'no process' : null, place: name, command: 'ovs-vsctl show' },
      )
    }
  }
}

export function examineAgents(view: NeutronView, list: Checklist): void {
  for (const row of view.db.agents.values()) {
    const node = view.host(row.host)
    list.add(
      { node: node?.name ?? row.host, netns: '', agent: row.binary, objects: [agentRef(row)] },
      {
        wanted: `${row.type} reports to neutron-server`,
        found: row.isAlive() ? null : 'it does not: agent-list shows xxx',
        place: row.binary,
        command: `pgrep -af ${row.binary}`,
      },
    )
  }
}
