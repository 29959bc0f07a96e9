// set_field in OpenFlow 1.0 and 1.1: by the older actions where there is one.
import { VLAN_CFI } from '../flow-key.js'
import type { OfAction, SetFieldAction } from './action.js'
import type { Wire } from './kind.js'

/** Null: nothing older says it, it goes as loads. */
export function legacyActions(a: SetFieldAction, wire: Wire): readonly OfAction[] | null {
  const number = Number(a.value & 0xffffffffffffn)
  const pushes = wire.openflow === '1.0'
  switch (a.field.name) {
    case 'vlan_tci':
      return legacyTci(number, pushes)
    case 'vlan_vid':
      return [{ type: 'mod_vlan_vid', vid: number & 0xfff, pushes, flowHasVlan: true }]
    case 'vlan_pcp':
      return [{ type: 'mod_vlan_pcp', pcp: number, pushes, flowHasVlan: true }]
    case 'eth_src':
      return [{ type: 'mod_dl_src', mac: number }]
    case 'eth_dst':
      return [{ type: 'mod_dl_dst', mac: number }]
    case 'ip_src':
      return [{ type: 'mod_nw_src', address: number | 0 }]
    case 'ip_dst':
      return [{ type: 'mod_nw_dst', address: number | 0 }]
    case 'nw_tos':
      return [{ type: 'mod_nw_tos', tos: number }]
    case 'ip_dscp':
      return [{ type: 'mod_nw_tos', tos: number << 2 }]
    case 'nw_ecn':
      return wire.nested([{ type: 'mod_nw_ecn', ecn: number }])
    case 'tcp_src':
    case 'udp_src':
      return [{ type: 'mod_tp_src', port: number, proto: a.field.name === 'tcp_src' ? 6 : 17 }]
    case 'tcp_dst':
    case 'udp_dst':
      return [{ type: 'mod_tp_dst', port: number, proto: a.field.name === 'tcp_dst' ? 6 : 17 }]
    default:
      return null
  }
}

function legacyTci(tci: number, pushes: boolean): readonly OfAction[] {
  if ((tci & VLAN_CFI) === 0) return [{ type: 'strip_vlan', pop: !pushes }]
  return [
    ...(pushes ? [] : [{ type: 'push_vlan', tpid: 0x8100 } as const]),
    { type: 'mod_vlan_vid', vid: tci & 0xfff, pushes, flowHasVlan: false },
    { type: 'mod_vlan_pcp', pcp: tci >>> 13, pushes, flowHasVlan: false },
  ]
}
