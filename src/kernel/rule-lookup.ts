// From a flow to a route: rules by preference, each naming a table (Linux: fib_rules_lookup, fib4_rule_action).
import type { Errno } from './errno.js'
import type { FibMatch } from './fib-table.js'
import type { FlowKey } from './flow.js'
import type { NetNamespace } from './netns.js'
import { TABLE_DEFAULT, TABLE_LOCAL, TABLE_MAIN } from './route-entry.js'
import type { Rule } from './rule.js'
import { ruleMatches } from './rule.js'

/** The route, or the errno: ENETUNREACH none, EINVAL blackhole, EHOSTUNREACH unreachable, EACCES prohibit. */
export function lookupTables(netns: NetNamespace, flow: FlowKey, ignoreLinkdown = false): FibMatch | Errno {
  const { rules, fib } = netns
  if (!rules.hasCustom) {
    return (
      answerOf(fib.table(TABLE_LOCAL)!.lookup(flow, ignoreLinkdown)) ??
      answerOf(fib.table(TABLE_MAIN)!.lookup(flow, ignoreLinkdown)) ??
      answerOf(fib.table(TABLE_DEFAULT)?.lookup(flow, ignoreLinkdown) ?? null) ??
      'ENETUNREACH'
    )
  }
  const walk = rules.walk(flow)
  for (let rule = walk.next(); rule !== null; rule = walk.next()) {
    if (!ruleMatches(rule, flow, netns)) continue
    if (rule.action === 'goto') {
      if (!rules.isUnresolved(rule)) walk.jumpTo(rule.gotoTarget)
      continue
    }
    const answer = actOn(netns, rule, flow, ignoreLinkdown)
    if (answer !== null) return answer
  }
  return 'ENETUNREACH'
}

/** The rule whose table (or action) decides about a flow; for who explains, the lookup itself does not keep it. */
export function chosenBy(netns: NetNamespace, flow: FlowKey): Rule | null {
  const { rules } = netns
  const walk = rules.walk(flow)
  for (let rule = walk.next(); rule !== null; rule = walk.next()) {
    if (!ruleMatches(rule, flow, netns)) continue
    if (rule.action === 'goto') {
      if (!rules.isUnresolved(rule)) walk.jumpTo(rule.gotoTarget)
    } else if (actOn(netns, rule, flow, false) !== null) return rule
  }
  return null
}

function actOn(netns: NetNamespace, rule: Rule, flow: FlowKey, ignoreLinkdown: boolean): FibMatch | Errno | null {
  switch (rule.action) {
    case 'lookup': {
      const table = netns.fib.table(rule.table)
      const match = table === null ? null : table.lookup(flow, ignoreLinkdown)
      if (match !== null && isSuppressed(rule, match)) return null
      return answerOf(match)
    }
    case 'unreachable':
      return 'ENETUNREACH'
    case 'prohibit':
      return 'EACCES'
    case 'blackhole':
      return 'EINVAL'
    case 'nop':
    case 'goto':
      return null
  }
}

/** What the route's type says; null goes on with the next rule (throw). */
function answerOf(match: FibMatch | null): FibMatch | Errno | null {
  if (match === null) return null
  switch (match.route.type) {
    case 'throw':
      return null
    case 'blackhole':
      return 'EINVAL'
    case 'unreachable':
      return 'EHOSTUNREACH'
    case 'prohibit':
      return 'EACCES'
    case 'nat':
      return 'EINVAL'
    case 'unicast':
    case 'local':
    case 'broadcast':
    case 'anycast':
    case 'multicast':
      return match
  }
}

/** fib4_rule_suppress. */
function isSuppressed(rule: Rule, match: FibMatch): boolean {
  if (rule.suppressPrefixLength >= 0 && match.route.length <= rule.suppressPrefixLength) return true
  return rule.suppressIfGroup !== -1 && match.nexthop?.dev?.group === rule.suppressIfGroup
}
