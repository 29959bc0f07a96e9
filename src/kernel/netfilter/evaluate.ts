// Walks a packet through the chains of one table (Linux: ipt_do_table).
import type { HookState, Verdict } from './hook-state.js'
import type { Rule } from './rule.js'
import { ACT } from './rule.js'
import type { Chain, Table } from './table.js'

/** Detail of a 'rule' trace event. */
export interface RuleHit {
  readonly table: Table
  readonly chain: Chain
  readonly rule: Rule
  /** The chain's rules as they were. */
  readonly rules: readonly Rule[]
}

export interface PolicyHit {
  readonly table: Table
  readonly chain: Chain
}

export function runTable(table: Table, state: HookState): Verdict {
  const base = table.baseOf(state.hook)
  const { straight } = base
  if (straight !== null && state.pkt.trace === null) {
    for (let i = 0; i < straight.length; i++) {
      const rule = straight[i]!
      rule.packets++
      rule.bytes += state.length
    }
    return policy(table, base, state)
  }
  const verdict = walk(table, base, state)
  return verdict === null ? policy(table, base, state) : verdict
}

/** One chain, and those it jumps to. null: its end was reached, or RETURN; the caller goes on behind its jump. */
function walk(table: Table, chain: Chain, state: HookState): Verdict | null {
  const rules = chain.candidates(state)
  for (let at = 0; at < rules.length; at++) {
    const rule = rules[at]!
    if (!rule.isPlain && !rule.test(state)) {
      if (state.hotDrop) return 'DROP'
      continue
    }
    rule.packets++
    rule.bytes += state.length
    if (state.pkt.trace !== null) noteRule(state, table, chain, rule)
    switch (rule.act) {
      case ACT.jump: {
        const next = rule.chainIn(table.chains)
        if (next.rules.length === 0) break
        const verdict = walk(table, next, state)
        if (verdict !== null) return verdict
        break
      }
      case ACT.goto:
        return walk(table, rule.chainIn(table.chains), state)
      case ACT.accept:
        return 'ACCEPT'
      case ACT.drop:
        return 'DROP'
      case ACT.return:
        return null
      case ACT.apply: {
        const verdict = rule.apply!(state)
        if (verdict === 'CONTINUE') break
        return verdict === 'RETURN' ? null : verdict
      }
    }
  }
  return null
}

/** Kept with the rule: a flood of traced packets would make the same hit for each of them. */
function noteRule({ pkt }: HookState, table: Table, chain: Chain, rule: Rule): void {
  const { rules } = chain
  let hit = rule.hit
  if (hit === null || hit.table !== table || hit.chain !== chain || hit.rules !== rules) rule.hit = hit = { table, chain, rule, rules }
  pkt.trace?.add('rule', chain, pkt.frame, hit)
}

function policy(table: Table, chain: Chain, state: HookState): Verdict {
  chain.packets++
  chain.bytes += state.length
  const { pkt } = state
  if (pkt.trace !== null) {
    if (chain.policyHit === null || chain.policyHit.table !== table) chain.policyHit = { table, chain }
    pkt.trace.add('policy', chain, pkt.frame, chain.policyHit)
  }
  return chain.policy === 'DROP' ? 'DROP' : 'ACCEPT'
}
