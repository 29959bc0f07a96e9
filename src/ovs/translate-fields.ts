// What actions do to tags, and what they look at by doing so.
import type { OfAction } from './actions/action.js'
import type { FlowKey } from './flow-key.js'
import { VLAN_CFI, W } from './flow-key.js'

/** A tag without number and priority outside of those that are there. */
export function pushTag(key: FlowKey, wildcards: FlowKey, tpid: number): void {
  wildcards[W.VLAN_TCI] = 0xffff
  key[W.VLAN_TCI2] = key[W.VLAN_TCI]!
  key[W.VLAN_TPID2] = key[W.VLAN_TPID]!
  key[W.VLAN_TPID] = tpid
  key[W.VLAN_TCI] = VLAN_CFI
}

export function popTag(key: FlowKey, wildcards: FlowKey): void {
  wildcards[W.VLAN_TCI] = 0xffff
  key[W.VLAN_TCI] = key[W.VLAN_TCI2]!
  key[W.VLAN_TPID] = key[W.VLAN_TPID2]!
  key[W.VLAN_TCI2] = 0
  key[W.VLAN_TPID2] = 0
}

export function lookAt(wildcards: FlowKey, mask: FlowKey): void {
  for (let word = 0; word < mask.length; word++) wildcards[word]! |= mask[word]!
}

const OF_NETWORK = new Set(['arp', 'ipv4', 'ipv6', 'ip', 'tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'nd', 'nd_solicit', 'nd_advert'])

/** Whether there is something to set depends on the protocol. */
export function setsNetwork(action: OfAction): boolean {
  switch (action.type) {
    case 'mod_nw_src':
    case 'mod_nw_dst':
    case 'mod_nw_tos':
    case 'mod_nw_ecn':
    case 'mod_nw_ttl':
    case 'mod_tp_src':
    case 'mod_tp_dst':
      return true
    case 'set_field':
      return OF_NETWORK.has(action.field.prereq)
    default:
      return false
  }
}
