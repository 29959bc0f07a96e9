// `ip link add NAME type bridge ...`: the bridge's own settings.

import { formatMac } from '../../../addr/mac.js'
import { UsageError, type Words, wrongArgument } from '../../../grammar/keyword.js'
import { ownOf } from '../../../grammar/own-of.js'
import { BridgeDevice } from '../../../kernel/dev/bridge.js'
import { Decimal, type Row } from '../json.js'
import type { LinkKind } from '../link-kind.js'
import { parseU32 } from '../names.js'

const CENTISECOND_US = 10_000

/** `8000.2:0:0:0:0:fe`: octets without leading zeros. */
export function bridgeIdText(priority: number, mac: number): string {
  const octets = formatMac(mac).split(':')
  return `${priority.toString(16).padStart(4, '0')}.${octets.map((octet) => Number.parseInt(octet, 16).toString(16)).join(':')}`
}

export function readBridge(bridge: BridgeDevice): Row {
  const { priority, mac } = bridge.bridgeId
  const id = bridgeIdText(priority, mac)
  return {
    forward_delay: bridge.forwardDelayUs / CENTISECOND_US,
    hello_time: bridge.helloTimeUs / CENTISECOND_US,
    max_age: bridge.maxAgeUs / CENTISECOND_US,
    ageing_time: bridge.ageingUs / CENTISECOND_US,
    stp_state: bridge.stp ? 1 : 0,
    priority,
    vlan_filtering: bridge.vlanFiltering ? 1 : 0,
    vlan_protocol: '802.1Q',
    bridge_id: id,
    root_id: id,
    root_port: 0,
    root_path_cost: 0,
    topology_change: 0,
    topology_change_detected: 0,
    hello_timer: new Decimal(0),
    tcn_timer: new Decimal(0),
    topology_change_timer: new Decimal(0),
    gc_timer: new Decimal(0),
    vlan_default_pvid: 1,
    vlan_stats_enabled: 0,
    vlan_stats_per_port: 0,
    group_fwd_mask: `${bridge.groupForwardMask === 0 ? '0' : `0x${bridge.groupForwardMask.toString(16)}`}`,
    group_addr: '01:80:c2:00:00:00',
    mcast_snooping: bridge.multicastSnooping ? 1 : 0,
    no_linklocal_learn: 0,
    mcast_vlan_snooping: 0,
    mcast_router: 1,
    mcast_query_use_ifaddr: 0,
    mcast_querier: bridge.multicastQuerier ? 1 : 0,
    mcast_hash_elasticity: 16,
    mcast_hash_max: 4096,
    mcast_last_member_cnt: 2,
    mcast_startup_query_cnt: 2,
    mcast_last_member_intvl: 100,
    mcast_membership_intvl: 26000,
    mcast_querier_intvl: 25500,
    mcast_query_intvl: 12500,
    mcast_query_response_intvl: 1000,
    mcast_startup_query_intvl: 3124,
    mcast_stats_enabled: 0,
    mcast_igmp_version: 2,
    mcast_mld_version: 1,
    nf_call_iptables: 0,
    nf_call_ip6tables: 0,
    nf_call_arptables: 0,
  }
}

/** Where the text's word is not JSON's. */
const TEXT_NAMES: Readonly<Record<string, string>> = {
  root_id: 'designated_root',
  group_addr: 'group_address',
  mcast_last_member_cnt: 'mcast_last_member_count',
  mcast_startup_query_cnt: 'mcast_startup_query_count',
  mcast_last_member_intvl: 'mcast_last_member_interval',
  mcast_membership_intvl: 'mcast_membership_interval',
  mcast_querier_intvl: 'mcast_querier_interval',
  mcast_query_intvl: 'mcast_query_interval',
  mcast_query_response_intvl: 'mcast_query_response_interval',
  mcast_startup_query_intvl: 'mcast_startup_query_interval',
}

export function rowText(data: Row): string {
  let text = ''
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined) continue
    const shown =
      value instanceof Decimal ? value.toString().padStart(7) : typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)
    text += `${ownOf(TEXT_NAMES, key) ?? key} ${shown} `
  }
  return text
}

type Setting = (bridge: BridgeDevice, value: number) => void

const SETTINGS: Readonly<Record<string, Setting>> = {
  forward_delay: (bridge, value) => (bridge.forwardDelayUs = value * CENTISECOND_US),
  hello_time: (bridge, value) => (bridge.helloTimeUs = value * CENTISECOND_US),
  max_age: (bridge, value) => (bridge.maxAgeUs = value * CENTISECOND_US),
  ageing_time: (bridge, value) => bridge.setAgeing(value * CENTISECOND_US),
  stp_state: (bridge, value) => bridge.setStp(value !== 0),
  priority: (bridge, value) => (bridge.priority = value),
  vlan_filtering: (bridge, value) => (bridge.vlanFiltering = value !== 0),
  group_fwd_mask: (bridge, value) => (bridge.groupForwardMask = value),
  mcast_snooping: (bridge, value) => (bridge.multicastSnooping = value !== 0),
  mcast_querier: (bridge, value) => (bridge.multicastQuerier = value !== 0),
}

/** Real settings that change nothing here. */
const INERT: readonly string[] = [
  'vlan_protocol',
  'vlan_default_pvid',
  'vlan_stats_enabled',
  'vlan_stats_per_port',
  'mcast_router',
  'mcast_query_use_ifaddr',
  'mcast_hash_elasticity',
  'mcast_hash_max',
  'mcast_last_member_count',
  'mcast_startup_query_count',
  'mcast_last_member_interval',
  'mcast_membership_interval',
  'mcast_querier_interval',
  'mcast_query_interval',
  'mcast_query_response_interval',
  'mcast_startup_query_interval',
  'mcast_stats_enabled',
  'mcast_igmp_version',
  'mcast_mld_version',
  'nf_call_iptables',
  'nf_call_ip6tables',
  'nf_call_arptables',
  'group_address',
  'no_linklocal_learn',
  'mcast_vlan_snooping',
]

const USAGE = `Usage: ... bridge${Object.keys(SETTINGS)
  .map((name, i) => `${i === 0 ? ' ' : '\n                  '}[ ${name} ${name.toUpperCase()} ]`)
  .join('')}`

function parse(words: Words): ((bridge: BridgeDevice) => void)[] {
  const changes: ((bridge: BridgeDevice) => void)[] = []
  for (; !words.isDone; words.advance()) {
    const name = words.current
    const setting = ownOf(SETTINGS, name)
    if (setting === undefined) {
      if (name === 'fdb_flush') changes.push((bridge) => bridge.fdb.flushLearned())
      else if (INERT.includes(name)) throw new UsageError(`bridge: ${name}: not emulated by netlab`, 126)
      else throw new UsageError(`bridge: unknown command "${name}"?\n${USAGE}`, 1)
      continue
    }
    const value = parseU32(words.next())
    if (value === null) throw wrongArgument(words.current, `invalid ${name}`)
    if (name === 'vlan_filtering' && value !== 0)
      throw new UsageError('bridge: vlan_filtering 1: not emulated by netlab (use one bridge a VLAN)', 126)
    changes.push((bridge) => setting(bridge, value))
  }
  return changes
}

export const bridgeKind: LinkKind = {
  name: 'bridge',
  isKindOf: (dev) => dev instanceof BridgeDevice,
  read: (dev) => (dev instanceof BridgeDevice ? readBridge(dev) : {}),
  text: rowText,
  parseAdd(words) {
    const changes = parse(words)
    return (creation) => {
      const bridge = new BridgeDevice(
        creation.netns,
        creation.name ?? 'bridge%d',
        creation.mac ?? creation.netns.randomMac(creation.name ?? 'bridge%d'),
      )
      if (creation.mac !== null) {
        bridge.macSetByHand = true
        // br_stp_change_bridge_id: without a port that forwards there is no carrier from then on.
        bridge.selectCarrier(true)
      }
      for (const change of changes) change(bridge)
      return bridge
    }
  },
  parseSet(words) {
    const changes = parse(words)
    return (dev) => {
      if (dev instanceof BridgeDevice) for (const change of changes) change(dev)
    }
  },
}
