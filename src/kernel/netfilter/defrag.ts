// Conntrack sees whole packets only: fragments wait here until all have come.
import type { HookState, Verdict } from './hook-state.js'

export function defragment(state: HookState): Verdict {
  if (!state.ip.isFragment) return 'ACCEPT'
  const { pkt } = state
  if (!state.netns.reassembly.add(pkt, 'conntrack')) return 'STOLEN'
  state.ip = pkt.ip
  return 'ACCEPT'
}
