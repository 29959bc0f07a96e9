// Walks a packet through the chains of one table (Linux: ipt_do_table).
import type { HookState, Verdict } from './hook-state.js'
import type { Rule } from './rule.js'
import type { Chain, Table } from './table.js'

/** Where the walk goes on after a user chain. */
interface Frame {
  readonly chain: Chain
  readonly rules: readonly Rule[]
  readonly at: number
}

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
  let chain = base
  let rules = chain.candidates(state)
  let at = 0
  let stack: Frame[] | null = null
  for (;;) {
    if (at >= rules.length) {
      const frame: Frame | undefined = stack?.pop()
      if (frame === undefined) return policy(table, base, state)
      chain = frame.chain
      rules = frame.rules
      at = frame.at
      continue
    }
    const rule = rules[at++]!
    if (!rule.test(state)) {
      if (state.hotDrop) return 'DROP'
      continue
    }
    rule.packets++
    rule.bytes += state.ip.length
    if (state.pkt.trace !== null) note(state, { table, chain, rule, rules: chain.rules })
    const target = rule.target
    switch (target.kind) {
      case 'none':
        break
      case 'chain': {
        const next = rule.chainIn(table.chains)
        if (!target.goto) {
          stack ??= []
          stack.push({ chain, rules, at })
        }
        chain = next
        rules = next.candidates(state)
        at = 0
        break
      }
      case 'standard':
        if (target.verdict === 'ACCEPT') return 'ACCEPT'
        // Nobody listens on the packet queues of a lab: QUEUE loses the packet, as on Linux.
        if (target.verdict !== 'RETURN') return 'DROP'
        at = rules.length
        break
      case 'extension': {
        const verdict = rule.apply!(state)
        if (verdict === 'CONTINUE') break
        if (verdict !== 'RETURN') return verdict
        at = rules.length
      }
    }
  }
}

function note({ pkt }: HookState, hit: RuleHit): void {
  pkt.trace?.add('rule', hit.chain, pkt.frame, hit)
}

function policy(table: Table, chain: Chain, state: HookState): Verdict {
  chain.packets++
  chain.bytes += state.ip.length
  const { pkt } = state
  if (pkt.trace !== null) pkt.trace.add('policy', chain, pkt.frame, { table, chain } satisfies PolicyHit)
  return chain.policy === 'DROP' ? 'DROP' : 'ACCEPT'
}
