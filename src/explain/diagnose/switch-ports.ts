// Ports of a switch that are in the wrong VLAN, or in the dead one.
import type { NetDevice } from '../../kernel/netdev.js'
import type { OfPort } from '../../ovs/ports.js'
import { isTunnelKind } from '../../ovs/tunnel.js'
import { flowLine } from '../lines.js'
import type { Fault } from '../way.js'
import { switchPortOf } from './world.js'

const DEAD_VLAN = 4095

/** Neutron parks ports that are not (or no longer) wired in VLAN 4095, which no other port carries. */
export function deadPort(dev: NetDevice, who: string): Fault | null {
  const port = switchPortOf(dev)
  return port?.vlan.tag === DEAD_VLAN ? deadPortFault(port, who) : null
}

function deadPortFault(port: OfPort, who: string): Fault {
  return {
    id: 'dead-vlan',
    node: port.bridge.vswitch.kernel.name,
    netns: '',
    object: `port ${port.name} of ${port.bridge.name}: tag ${DEAD_VLAN}`,
    why: `${who} hangs on port ${port.name}, whose tag is ${DEAD_VLAN}, the dead VLAN: the agent parks ports there that it has not wired, and no other port carries it.`,
    command: `ovs-vsctl get port ${port.name} tag`,
    likely: [],
  }
}

/** Both hang on the same switch, in different VLANs. */
export function otherVlan(one: NetDevice, other: NetDevice): Fault | null {
  const [mine, port] = [switchPortOf(one), switchPortOf(other)]
  if (mine === null || port === null || mine.bridge !== port.bridge) return null
  if (mine.vlan.tag === port.vlan.tag || mine.vlan.tag === null || port.vlan.tag === null) return null
  const text = (each: OfPort): string => `${each.name} tag ${each.vlan.tag ?? 'none'}`
  return {
    id: 'wrong-tag',
    node: port.bridge.vswitch.kernel.name,
    netns: '',
    object: `${text(mine)}, ${text(port)}`,
    why: `Both ports are on ${port.bridge.name}, but in different VLANs: frames do not pass from one to the other.`,
    command: 'ovs-vsctl show',
    likely: [],
  }
}

/** No flow between the host's tunnels and its ports knows the VLAN of this port. */
export function unmappedVlan(port: OfPort): Fault | null {
  const { tag } = port.vlan
  const { vswitch } = port.bridge
  const tunnels = [...vswitch.bridges.values()].find((bridge) => bridge.portList.some(({ kind }) => isTunnelKind(kind)))
  if (tag === null || tunnels === undefined) return null
  const known = tunnels.flows().some((flow) => mentions(flowLine(tunnels, flow), tag))
  if (known) return null
  return {
    id: 'wrong-tag',
    node: vswitch.kernel.name,
    netns: '',
    object: `port ${port.name} of ${port.bridge.name}: tag ${tag}`,
    why: `Port ${port.name} is in VLAN ${tag}, and no flow of ${tunnels.name} knows VLAN ${tag}: what is sent there never leaves the host.`,
    command: `ovs-vsctl get port ${port.name} tag`,
    likely: [],
  }
}

function mentions(line: string, tag: number): boolean {
  return new RegExp(`(dl_vlan=|vlan_vid:)${tag}\\b|set_field:${4096 + tag}->vlan`).test(line)
}
