// The way from a machine's card to its switch: tap, Linux bridge, veth pair, port. Where it is broken, nothing passes and nothing tells.
import { BridgePort } from '../../kernel/dev/bridge-port.js'
import { TapDevice } from '../../kernel/dev/tap.js'
import { VethDevice } from '../../kernel/dev/veth.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { Wire } from '../../kernel/wire.js'
import { DevicePort } from '../../ovs/device-port.js'
import { OvsInternalDevice } from '../../ovs/internal-device.js'
import { isTunnelKind } from '../../ovs/tunnel.js'
import type { VSwitch } from '../../ovs/vswitch.js'
import { inNetns } from '../lines.js'
import type { Fault } from '../way.js'
import { netnsText } from './world.js'

interface Break {
  readonly dev: NetDevice
  readonly what: string
  readonly command: string
}

/** null: it is whole, or none that this knows. */
export function brokenWiring(dev: NetDevice): Fault | null {
  const found = breakOf(dev)
  if (found === null) return null
  const { netns, name } = found.dev
  return {
    id: 'unplugged',
    node: netns.kernel.name,
    netns: netns.name,
    object: `${name} ${found.what}`,
    why: `Between ${netnsText(dev.netns)} and the switch lies ${name}, which ${found.what}: what is sent there goes nowhere.`,
    command: inNetns(netns, found.command),
    likely: [],
  }
}

function breakOf(dev: NetDevice): Break | null {
  if (dev instanceof OvsInternalDevice) {
    return dev.port === null ? { dev, what: 'is a port of no switch', command: 'ovs-vsctl show' } : null
  }
  const tap = tapOf(dev)
  if (tap === null) return null
  if (!tap.isUp) return down(tap)
  if (tap.rxHandler instanceof DevicePort) return null
  if (!(tap.rxHandler instanceof BridgePort)) return { dev: tap, what: 'is in no bridge', command: 'brctl show' }
  const { bridge } = tap.rxHandler
  const pairs = bridge.ports.map((port) => port.dev).filter((each): each is VethDevice => each instanceof VethDevice)
  // Bridges of nova-network end in a card.
  const [pair] = pairs
  if (pair === undefined)
    return bridge.ports.length > 1 ? null : { dev: bridge, what: `has no port but ${tap.name}`, command: 'brctl show' }
  if (!pair.isUp) return down(pair)
  const { peer } = pair
  if (peer === null) return null
  if (!peer.isUp) return down(peer)
  return peer.rxHandler === null ? { dev: peer, what: 'is a port of no switch', command: `ovs-vsctl port-to-br ${peer.name}` } : null
}

function down(dev: NetDevice): Break {
  return { dev, what: 'is down', command: `ip link show ${dev.name}` }
}

/** The hypervisor's end of a guest's card. */
function tapOf(dev: NetDevice): TapDevice | null {
  const wire = (dev as unknown as { wire?: Wire | null }).wire ?? null
  const other = wire?.ends.find((end) => end instanceof TapDevice)
  return other instanceof TapDevice ? other : null
}

/** A bridge that is only joined to other bridges of the same switch leads nowhere. */
export function missingUplink(vswitch: VSwitch): Fault | null {
  for (const bridge of vswitch.bridges.values()) {
    const others = bridge.portList.filter(({ kind }) => kind !== 'patch')
    const leadsOut = others.some(({ kind }) => isTunnelKind(kind) || kind === 'system')
    const joins = others.length < bridge.portList.length
    const isEmpty = others.every(({ name }) => name === bridge.name)
    // Joined to others, with no port of its own; or with ports of routers, and joined to nothing.
    if (leadsOut || (joins ? !isEmpty : isEmpty)) continue
    return {
      id: 'no-uplink',
      node: vswitch.kernel.name,
      netns: '',
      object: `${bridge.name} has no port that leads out of ${vswitch.kernel.name}`,
      why: `No network card is a port of ${bridge.name}: nothing gets out of this host by it, or in.`,
      command: `ovs-vsctl list-ports ${bridge.name}`,
      likely: [],
    }
  }
  return null
}
