// Conntrack sees whole packets only: fragments wait here until all have come.
import type { HookFunction, HookState, Verdict } from './hook-state.js'
import { PRIORITY } from './hook-state.js'

function defragment(state: HookState): Verdict {
  if (!state.ip.isFragment) return 'ACCEPT'
  const { pkt } = state
  if (!state.netns.reassembly.add(pkt, 'conntrack')) return 'STOLEN'
  state.reread()
  return 'ACCEPT'
}

export const defragHook: HookFunction = { name: 'defrag', priority: PRIORITY.defrag, run: defragment }
