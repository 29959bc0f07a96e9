// A bridge's port: what `ip -d link` shows of it and `ip link set PORT type bridge_slave` changes.

import { UsageError, type Words, wrongArgument } from '../../../grammar/keyword.js'
import { ownOf } from '../../../grammar/own-of.js'
import { BridgeDevice } from '../../../kernel/dev/bridge.js'
import type { BridgePort } from '../../../kernel/dev/bridge-port.js'
import type { NetDevice } from '../../../kernel/netdev.js'
import { Decimal, type Row } from '../json.js'
import type { LinkKind } from '../link-kind.js'
import { parseU32 } from '../names.js'
import { parseOnOff } from '../run.js'
import { bridgeIdText, rowText } from './bridge.js'

export function portOf(dev: NetDevice): BridgePort | null {
  return dev.master instanceof BridgeDevice ? dev.master.portOf(dev) : null
}

export function readPort(port: BridgePort): Row {
  const id = bridgeIdText(port.bridge.bridgeId.priority, port.bridge.bridgeId.mac)
  return {
    state: port.state,
    priority: port.priority,
    cost: port.pathCost,
    hairpin: port.hairpin,
    guard: port.guard,
    root_block: port.rootBlock,
    fastleave: port.fastLeave,
    learning: port.learning,
    flood: port.flood,
    id: `0x${port.id.toString(16)}`,
    no: `0x${port.number.toString(16)}`,
    designated_port: port.id,
    designated_cost: 0,
    bridge_id: id,
    root_id: id,
    hold_timer: new Decimal(0),
    message_age_timer: new Decimal(0),
    forward_delay_timer: new Decimal(0),
    topology_change_ack: 0,
    config_pending: 0,
    proxy_arp: port.proxyArp,
    proxy_arp_wifi: false,
    multicast_router: 1,
    mcast_flood: port.multicastFlood,
    bcast_flood: port.broadcastFlood,
    mcast_to_unicast: false,
    neigh_suppress: port.neighSuppress,
    group_fwd_mask: '0',
    group_fwd_mask_str: '0x0',
    vlan_tunnel: false,
    isolated: port.isolated,
    locked: false,
  }
}

const TEXT_NAMES: Readonly<Record<string, string>> = {
  id: 'port_id',
  no: 'port_no',
  bridge_id: 'designated_bridge',
  root_id: 'designated_root',
  multicast_router: 'mcast_router',
}

function portText(data: Row): string {
  const renamed: Record<string, Row[string]> = {}
  for (const [key, value] of Object.entries(data)) {
    renamed[ownOf(TEXT_NAMES, key) ?? key] = value
    if (key === 'multicast_router') renamed['mcast_fast_leave'] = data['fastleave']
  }
  return rowText(renamed)
}

type Switch =
  | 'hairpin'
  | 'guard'
  | 'rootBlock'
  | 'fastLeave'
  | 'learning'
  | 'flood'
  | 'multicastFlood'
  | 'broadcastFlood'
  | 'neighSuppress'
  | 'proxyArp'
  | 'isolated'

/** Words of `ip link set type bridge_slave` and of `bridge link set`. */
export const PORT_SWITCHES: Readonly<Record<string, Switch>> = {
  hairpin: 'hairpin',
  guard: 'guard',
  root_block: 'rootBlock',
  fastleave: 'fastLeave',
  learning: 'learning',
  flood: 'flood',
  mcast_flood: 'multicastFlood',
  bcast_flood: 'broadcastFlood',
  neigh_suppress: 'neighSuppress',
  proxy_arp: 'proxyArp',
  isolated: 'isolated',
  mcast_fast_leave: 'fastLeave',
}

function parse(words: Words): ((port: BridgePort) => void)[] {
  const changes: ((port: BridgePort) => void)[] = []
  for (; !words.isDone; words.advance()) {
    const name = words.current
    const key = ownOf(PORT_SWITCHES, name)
    if (key !== undefined) {
      const on = parseOnOff(name, words.next())
      changes.push((port) => (port[key] = on))
    } else if (name === 'cost' || name === 'priority') {
      const value = parseU32(words.next())
      if (value === null) throw wrongArgument(words.current, `${name} is invalid`)
      changes.push((port) => (name === 'cost' ? (port.pathCost = value) : (port.priority = value)))
    } else if (name === 'fdb_flush') changes.push((port) => port.bridge.fdb.flushPort(port, false))
    else throw new UsageError(`bridge_slave: unknown option "${name}"?\n${USAGE}`, 1)
  }
  return changes
}

const USAGE = `Usage: ... bridge_slave [ fdb_flush ]\n                        [ priority PRIO ]\n                        [ cost COST ]${Object.keys(
  PORT_SWITCHES,
)
  .map((name) => `\n                        [ ${name} {on | off} ]`)
  .join('')}`

export const bridgeSlaveKind: LinkKind = {
  name: 'bridge',
  isKindOf: (dev) => dev.master instanceof BridgeDevice,
  read(dev) {
    const port = portOf(dev)
    return port === null ? {} : readPort(port)
  },
  text: portText,
  parseSet(words) {
    const changes = parse(words)
    return (dev) => {
      const port = portOf(dev)
      if (port !== null) for (const change of changes) change(port)
    }
  },
}
