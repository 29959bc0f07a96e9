// The OpenFlow action set: whatever order actions were written in, they are executed in one fixed order.
import type { OfAction } from './actions/action.js'

/** What of the set comes out as a list; an output is nothing beside a group. */
export function executeActionSet(set: readonly OfAction[]): OfAction[] {
  const list: OfAction[] = []
  const last = (match: (action: OfAction) => boolean): OfAction | null => {
    for (let i = set.length - 1; i >= 0; i--) if (match(set[i]!)) return set[i]!
    return null
  }
  const put = (...types: readonly string[]): void => {
    const found = last((action) => types.includes(action.type))
    if (found !== null) list.push(found)
  }
  put('strip_vlan')
  put('pop_mpls')
  put('push_mpls')
  put('push_vlan')
  put('dec_ttl')
  put('dec_mpls_ttl')
  list.push(...set.filter((action) => action.type === 'load' || action.type === 'move' || action.type === 'set_field'))
  put('mod_dl_dst')
  put('mod_dl_src')
  put('mod_vlan_vid')
  put('mod_vlan_pcp')
  put('mod_nw_dst')
  put('mod_nw_src')
  put('mod_nw_tos')
  put('mod_nw_ecn')
  put('mod_nw_ttl')
  put('mod_tp_dst')
  put('mod_tp_src')
  put('set_mpls_label')
  put('set_mpls_tc')
  put('set_mpls_ttl')
  put('set_queue')
  put('set_tunnel')
  const group = last((action) => action.type === 'group')
  const output = last((action) => action.type === 'output')
  const resubmit = last((action) => action.type === 'resubmit')
  const ct = last((action) => action.type === 'ct')
  const final = group ?? output ?? resubmit ?? ct
  if (final === null) return []
  list.push(final)
  return list
}
