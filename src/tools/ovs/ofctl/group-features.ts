// dump-group-features: every kind of group can do the same, and what that is hangs on the version that is spoken.
import type { OpenFlowVersion } from '../../../ovs/version.js'
import { head } from './messages.js'
import type { OfctlRun } from './run.js'

const ADDRESSES = 'mod_dl_src mod_dl_dst mod_nw_src mod_nw_dst mod_nw_tos'
const OF10 = `output enqueue set_vlan_vid set_vlan_pcp strip_vlan ${ADDRESSES} mod_tp_src mod_tp_dst`
const OF11 =
  `output group set_vlan_vid set_vlan_pcp strip_vlan push_vlan ${ADDRESSES} mod_nw_ecn mod_nw_ttl mod_tp_src mod_tp_dst dec_ttl ` +
  'set_mpls_label set_mpls_tc set_mpls_ttl dec_mpls_ttl push_mpls pop_mpls set_queue'
const OXM = 'output group set_field strip_vlan push_vlan mod_nw_ttl dec_ttl set_mpls_ttl dec_mpls_ttl push_mpls pop_mpls set_queue'

function actionsOf(version: OpenFlowVersion): string {
  if (version === '1.0') return OF10
  return version === '1.1' ? OF11 : OXM
}

export function dumpGroupFeatures(run: OfctlRun, [name = '']: readonly string[]): number {
  const version = run.versionWith(run.bridge(name))
  const prefix = version === '1.0' || version === '1.1' ? 'NXST' : 'OFPST'
  const kinds = ['all', 'select', 'indirect', 'fast failover']
  const lines = kinds.flatMap((kind) => [`    ${kind} group:`, '       max_groups=0xffffff00', `       actions: ${actionsOf(version)}`])
  run.proc.out(`${head(`${prefix}_GROUP_FEATURES reply`, version, 2)}\n`)
  run.proc.out(` Group table:\n    Types:  0xf\n    Capabilities:  0x7\n${lines.map((line) => `${line}\n`).join('')}`)
  return 0
}
