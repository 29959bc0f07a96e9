// Policy routing rules (`ip rule`), IPv4: the table of rules and what one rule matches.

import type { Ipv4Prefix } from '../addr/ipv4.js'
import { maskOf } from '../addr/ipv4.js'
import { Copied } from '../sim/copied.js'
import { KernelError } from './errno.js'
import type { FlowKey } from './flow.js'
import type { NetNamespace } from './netns.js'
import { TABLE_DEFAULT, TABLE_LOCAL, TABLE_MAIN } from './route-entry.js'
import { RuleIndex, RuleWalk } from './rule-index.js'

export type RuleAction = 'lookup' | 'goto' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit'

export interface RuleFields {
  preference?: number
  action?: RuleAction
  table?: number
  gotoTarget?: number
  invert?: boolean
  src?: Ipv4Prefix | null
  dst?: Ipv4Prefix | null
  tos?: number
  fwmark?: number
  fwmask?: number
  iif?: string | null
  oif?: string | null
  uidRange?: readonly [number, number] | null
  ipProto?: number
  sport?: readonly [number, number] | null
  dport?: readonly [number, number] | null
  suppressPrefixLength?: number
  suppressIfGroup?: number
  protocol?: number
}

const RTPROT_BOOT = 3

export class Rule extends Copied {
  readonly preference: number
  readonly action: RuleAction
  /** Of action lookup; 0 otherwise. */
  readonly table: number
  /** Of action goto; 0 otherwise. */
  readonly gotoTarget: number
  readonly invert: boolean
  readonly src: Ipv4Prefix | null
  readonly dst: Ipv4Prefix | null
  readonly tos: number
  readonly fwmark: number
  readonly fwmask: number
  readonly iif: string | null
  readonly oif: string | null
  readonly uidRange: readonly [number, number] | null
  readonly ipProto: number
  readonly sport: readonly [number, number] | null
  readonly dport: readonly [number, number] | null
  /** -1: none. */
  readonly suppressPrefixLength: number
  readonly suppressIfGroup: number
  readonly protocol: number

  constructor(fields: RuleFields, preference: number) {
    super()
    this.preference = preference
    this.action = fields.action ?? 'lookup'
    this.table = fields.table ?? 0
    this.gotoTarget = fields.gotoTarget ?? 0
    this.invert = fields.invert ?? false
    this.src = fields.src ?? null
    this.dst = fields.dst ?? null
    this.tos = fields.tos ?? 0
    this.fwmark = (fields.fwmark ?? 0) >>> 0
    this.fwmask = (fields.fwmask ?? (this.fwmark !== 0 ? 0xffffffff : 0)) >>> 0
    this.iif = fields.iif ?? null
    this.oif = fields.oif ?? null
    this.uidRange = fields.uidRange ?? null
    this.ipProto = fields.ipProto ?? 0
    this.sport = fields.sport ?? null
    this.dport = fields.dport ?? null
    this.suppressPrefixLength = fields.suppressPrefixLength ?? -1
    this.suppressIfGroup = fields.suppressIfGroup ?? -1
    this.protocol = fields.protocol ?? RTPROT_BOOT
  }
}

/** fib_rule_match and fib4_rule_match. */
export function ruleMatches(rule: Rule, flow: FlowKey, netns: NetNamespace): boolean {
  return matchesSelectors(rule, flow, netns) !== rule.invert
}

function matchesSelectors(rule: Rule, flow: FlowKey, netns: NetNamespace): boolean {
  if (rule.iif !== null && (flow.iif ?? netns.loopback) !== netns.deviceByName(rule.iif)) return false
  if (rule.oif !== null && (flow.oif === null || flow.oif !== netns.deviceByName(rule.oif))) return false
  if (((rule.fwmark ^ flow.mark) & rule.fwmask) !== 0) return false
  if (rule.src !== null && ((flow.src ^ rule.src.address) & maskOf(rule.src.length)) !== 0) return false
  if (rule.dst !== null && ((flow.dst ^ rule.dst.address) & maskOf(rule.dst.length)) !== 0) return false
  if (rule.tos !== 0 && rule.tos !== flow.tos) return false
  if (rule.ipProto !== 0 && rule.ipProto !== flow.proto) return false
  if (rule.uidRange !== null && (flow.uid < rule.uidRange[0] || flow.uid > rule.uidRange[1])) return false
  if (rule.sport !== null && (flow.sport < rule.sport[0] || flow.sport > rule.sport[1])) return false
  return rule.dport === null || (flow.dport >= rule.dport[0] && flow.dport <= rule.dport[1])
}

export class RuleTable extends Copied {
  private readonly rules: Rule[]
  private index: RuleIndex | null = null
  /** More (or less) than the three rules every namespace begins with. */
  hasCustom = false
  /** Some rule looks at ports, protocol or uid: lookups cannot be cached by addresses alone. */
  looksDeep = false

  constructor(readonly netns: NetNamespace) {
    super()
    const kernel = 2
    this.rules = [
      new Rule({ table: TABLE_LOCAL, protocol: kernel }, 0),
      new Rule({ table: TABLE_MAIN, protocol: kernel }, 32766),
      new Rule({ table: TABLE_DEFAULT, protocol: kernel }, 32767),
    ]
  }

  /** Sorted by preference. */
  list(): readonly Rule[] {
    return this.rules
  }

  /** Without a preference it takes one below the second rule's (the lowest behind 0). */
  add(fields: RuleFields): Rule {
    const action = fields.action ?? 'lookup'
    if (action === 'goto' && (fields.gotoTarget ?? 0) === 0) throw new KernelError('EINVAL', 'Invalid goto target')
    const preference = fields.preference ?? this.defaultPreference()
    if (action === 'goto' && fields.gotoTarget! <= preference) throw new KernelError('EINVAL', 'Backward goto not supported')
    const rule = new Rule(fields, preference)
    let at = this.rules.length
    while (at > 0 && this.rules[at - 1]!.preference > preference) at--
    for (let i = at - 1; i >= 0 && this.rules[i]!.preference === preference; i--) {
      if (isSame(this.rules[i]!, rule)) throw new KernelError('EEXIST')
    }
    this.rules.splice(at, 0, rule)
    this.edited('new', rule)
    return rule
  }

  private defaultPreference(): number {
    const second = this.rules[1]
    return second !== undefined && second.preference > 0 ? second.preference - 1 : 0
  }

  /** Deletes the first rule that matches all fields given. ENOENT. */
  delete(fields: RuleFields): Rule {
    const at = this.rules.findIndex((rule) => fitsFields(rule, fields))
    if (at < 0) throw new KernelError('ENOENT')
    const [rule] = this.rules.splice(at, 1)
    this.edited('del', rule!)
    return rule!
  }

  private edited(change: 'new' | 'del', rule: Rule): void {
    this.index = null
    this.hasCustom = true
    this.looksDeep = change === 'new' ? this.looksDeep || isDeep(rule) : this.rules.some(isDeep)
    this.netns.fib.touch()
    const { events } = this.netns.kernel
    if (events.isWatched) events.emit({ kind: 'rule', change, netns: this.netns, rule })
  }

  /** The rules that could match, by preference. */
  walk(flow: FlowKey): RuleWalk {
    this.index ??= new RuleIndex(this.rules)
    return new RuleWalk(this.index, flow)
  }

  /** The `iif`/`oif` device of the rule does not exist (now). */
  isDetached(rule: Rule, which: 'iif' | 'oif'): boolean {
    const name = rule[which]
    return name !== null && this.netns.deviceByName(name) === null
  }

  /** A goto whose target preference has no rule. */
  isUnresolved(rule: Rule): boolean {
    return rule.action === 'goto' && !this.rules.some((other) => other.preference === rule.gotoTarget)
  }
}

function isDeep(rule: Rule): boolean {
  return rule.ipProto !== 0 || rule.sport !== null || rule.dport !== null || rule.uidRange !== null
}

function samePrefix(a: Ipv4Prefix | null, b: Ipv4Prefix | null): boolean {
  return a === null || b === null ? a === b : a.address === b.address && a.length === b.length
}

function sameRange(a: readonly [number, number] | null, b: readonly [number, number] | null): boolean {
  return a === null || b === null ? a === b : a[0] === b[0] && a[1] === b[1]
}

/** rule_exists */
function isSame(a: Rule, b: Rule): boolean {
  return (
    a.action === b.action &&
    a.table === b.table &&
    a.gotoTarget === b.gotoTarget &&
    a.invert === b.invert &&
    samePrefix(a.src, b.src) &&
    samePrefix(a.dst, b.dst) &&
    a.tos === b.tos &&
    a.fwmark === b.fwmark &&
    a.fwmask === b.fwmask &&
    a.iif === b.iif &&
    a.oif === b.oif &&
    sameRange(a.uidRange, b.uidRange) &&
    a.ipProto === b.ipProto &&
    sameRange(a.sport, b.sport) &&
    sameRange(a.dport, b.dport) &&
    a.suppressPrefixLength === b.suppressPrefixLength &&
    a.suppressIfGroup === b.suppressIfGroup &&
    a.protocol === b.protocol
  )
}

/** rule_find: only what was given is compared. */
function fitsFields(rule: Rule, fields: RuleFields): boolean {
  if (fields.preference !== undefined && fields.preference !== rule.preference) return false
  if (fields.action !== undefined && fields.action !== rule.action) return false
  if (fields.table !== undefined && fields.table !== 0 && fields.table !== rule.table) return false
  if (fields.src != null && !samePrefix(fields.src, rule.src)) return false
  if (fields.dst != null && !samePrefix(fields.dst, rule.dst)) return false
  if (fields.tos !== undefined && fields.tos !== 0 && fields.tos !== rule.tos) return false
  if (fields.fwmark !== undefined && fields.fwmark >>> 0 !== rule.fwmark) return false
  if (fields.fwmask !== undefined && fields.fwmask >>> 0 !== rule.fwmask) return false
  if (fields.iif != null && fields.iif !== rule.iif) return false
  if (fields.oif != null && fields.oif !== rule.oif) return false
  if (fields.uidRange != null && !sameRange(fields.uidRange, rule.uidRange)) return false
  if (fields.ipProto !== undefined && fields.ipProto !== 0 && fields.ipProto !== rule.ipProto) return false
  if (fields.sport != null && !sameRange(fields.sport, rule.sport)) return false
  if (fields.dport != null && !sameRange(fields.dport, rule.dport)) return false
  if (fields.suppressPrefixLength !== undefined && fields.suppressPrefixLength !== rule.suppressPrefixLength) return false
  if (fields.suppressIfGroup !== undefined && fields.suppressIfGroup !== rule.suppressIfGroup) return false
  if (fields.protocol !== undefined && fields.protocol !== 0 && fields.protocol !== rule.protocol) return false
  return fields.invert === undefined || fields.invert === rule.invert
}
