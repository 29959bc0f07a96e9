// Finds a new route when OUTPUT changed what the old one was chosen by.
import { rerouteOutput } from '../route.js'
import { runTable } from './evaluate.js'
import type { HookState, Verdict } from './hook-state.js'
import type { Table } from './table.js'

/** mangle OUTPUT: mark, tos and addresses decide routes (ip_route_me_harder). */
export function mangleOutput(table: Table, state: HookState): Verdict {
  const { pkt, ip } = state
  const mark = pkt.mark
  const verdict = runTable(table, state)
  if (verdict !== 'ACCEPT') return verdict
  const now = state.ip
  if (pkt.mark === mark && now.src === ip.src && now.dst === ip.dst && now.tos === ip.tos) return 'ACCEPT'
  return reroute(state)
}

/** After DNAT: on the way in the route is not yet chosen, on the way out it must be chosen again. */
export function rerouteIfMoved(state: HookState): Verdict {
  if (state.hook === 'PREROUTING') {
    state.pkt.route = null
    return 'ACCEPT'
  }
  return state.hook === 'OUTPUT' ? reroute(state) : 'ACCEPT'
}

function reroute(state: HookState): Verdict {
  if (rerouteOutput(state.netns, state.pkt)) return 'ACCEPT'
  state.dropReason = 'IP_OUTNOROUTES'
  return 'DROP'
}
