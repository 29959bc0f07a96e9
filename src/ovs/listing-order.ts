// The order of a listing of flows: as the classifier keeps them, by kinds of match, the kind with the highest priority first.

import type { Flow } from './flow.js'
import { FLOW_WORDS } from './flow-key.js'

interface Kind {
  readonly flows: Flow[]
  top: number
}

/** `flows` table by table, each in the order in which its flows were added. */
export function listingOrder(flows: readonly Flow[]): Flow[] {
  const tables = new Map<number, Map<string, Kind>>()
  for (const flow of flows) {
    let kinds = tables.get(flow.table)
    if (kinds === undefined) tables.set(flow.table, (kinds = new Map()))
    const key = kindOf(flow)
    const kind = kinds.get(key)
    if (kind === undefined) kinds.set(key, { flows: [flow], top: flow.priority })
    else {
      kind.flows.push(flow)
      if (flow.priority > kind.top) kind.top = flow.priority
    }
  }
  return [...tables.values()].flatMap((kinds) => [...kinds.values()].sort((a, b) => b.top - a.top).flatMap((kind) => kind.flows))
}

function kindOf({ match }: Flow): string {
  let key = ''
  for (let i = 0; i < FLOW_WORDS; i++) if (match.mask[i] !== 0) key += `${i}:${match.mask[i]},`
  return key
}
