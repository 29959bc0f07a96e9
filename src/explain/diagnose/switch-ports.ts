// Ports of a switch that are in the wrong VLAN, or in the dead one.
import type { NetDevice } from '../../kernel/netdev.js'
import type { OfPort } from '../../ovs/ports.js'
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
