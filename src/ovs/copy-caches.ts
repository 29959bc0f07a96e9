// Datapath caches in copies: flows that the next look at them would only forget are left out, which is most of them in a quiet lab.
import type { Copier, CopyRules } from '../sim/copier.js'
import type { Credit } from './credit.js'
import { MAX_IDLE_US } from './datapath.js'
import type { DpAction } from './dp-action.js'
import { MaskMap } from './mask-map.js'
import { MaskTable, Megaflow, MegaflowCache } from './megaflow.js'

export function cacheRules(rules: CopyRules): CopyRules {
  rules.fields(MegaflowCache, { hints: copyHints, tables: copyTables, byMask: copyByMask, size: countAll })
  rules.fields(MaskTable, { words: 'share', masks: 'share', untagged: 'share', flows: copyFlows, size: countTable })
  return rules.fields(Megaflow, { next: copyChain, recircIds: 'share', actions: copyActions, credits: copyCredits })
}

/** Idle, nothing to tell, nothing held: the datapath treats it as if it were not there. */
function isKept(flow: Megaflow, nowUs: number): boolean {
  return flow.isAlive && (nowUs - flow.usedUs <= MAX_IDLE_US || flow.hasNews || flow.recircIds.length > 0)
}

function copyChain(value: unknown, copier: Copier): Megaflow | null {
  let flow = value as Megaflow | null
  while (flow !== null && !isKept(flow, copier.nowUs)) flow = flow.next
  return flow === null ? null : copier.copy(flow)
}

function copyFlows(value: unknown, copier: Copier): Map<number, Megaflow> {
  const kept = new Map<number, Megaflow>()
  for (const [hash, first] of value as ReadonlyMap<number, Megaflow>) {
    const flow = copyChain(first, copier)
    if (flow !== null) kept.set(hash, flow)
  }
  return kept
}

function countKept(table: MaskTable, nowUs: number): number {
  let count = 0
  for (const first of table.flows.values()) {
    for (let flow: Megaflow | null = first; flow !== null; flow = flow.next) if (isKept(flow, nowUs)) count++
  }
  return count
}

function countTable(_size: unknown, copier: Copier, owner: object): number {
  return countKept(owner as MaskTable, copier.nowUs)
}

function countAll(_size: unknown, copier: Copier, owner: object): number {
  return (owner as MegaflowCache).allTables.reduce((sum, table) => sum + countKept(table, copier.nowUs), 0)
}

function keptTables(tables: readonly MaskTable[], copier: Copier): MaskTable[] {
  return tables.filter((table) => countKept(table, copier.nowUs) > 0)
}

function copyTables(value: unknown, copier: Copier): MaskTable[] {
  return keptTables(value as MaskTable[], copier).map((table) => copier.copy(table))
}

function copyByMask(_map: unknown, copier: Copier, owner: object): MaskMap<MaskTable> {
  const map = new MaskMap<MaskTable>()
  for (const table of keptTables((owner as MegaflowCache).allTables, copier)) map.add(table.mask, copier.copy(table))
  return map
}

function copyHints(value: unknown, copier: Copier): (Megaflow | null)[] {
  const hints = (value as (Megaflow | null)[]).slice()
  for (let i = 0; i < hints.length; i++) {
    const flow = hints[i]!
    if (flow !== null) hints[i] = isKept(flow, copier.nowUs) ? copier.copy(flow) : null
  }
  return hints
}

function copyActions(value: unknown, copier: Copier): unknown {
  return (value as readonly DpAction[]).map((action) => copyAction(action, copier))
}

/** Few actions name a port. */
function copyAction(action: DpAction, copier: Copier): DpAction {
  switch (action.type) {
    case 'output':
    case 'tnl_pop':
      return { type: action.type, port: copier.copy(action.port) }
    case 'tnl_push':
    case 'clone':
    case 'check_pkt_len':
      return copier.copy(action)
    default:
      return action
  }
}

function copyCredits(value: unknown, copier: Copier): unknown {
  return (value as readonly Credit[]).map((credit) => copyCredit(credit, copier))
}

/** Whom it names is copied; what was to be learned stays as it is. */
function copyCredit(credit: Credit, copier: Copier): Credit {
  const twin: Record<string, unknown> = { ...credit }
  for (const name in twin) {
    const value = twin[name]
    if (name !== 'mod' && typeof value === 'object' && value !== null) twin[name] = copier.copy(value)
  }
  return twin as unknown as Credit
}
