// Policy routing rules (`ip rule`), IPv4.
import type { Ipv4Prefix } from '../addr/ipv4.js'
import type { NetNamespace } from './netns.js'

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

export class Rule {
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
  constructor(fields: RuleFields) {
    this.preference = fields.preference ?? 0
    this.action = fields.action ?? 'lookup'
    this.table = fields.table ?? 0
    this.gotoTarget = fields.gotoTarget ?? 0
    this.invert = fields.invert ?? false
    this.src = fields.src ?? null
    this.dst = fields.dst ?? null
    this.tos = fields.tos ?? 0
    this.fwmark = fields.fwmark ?? 0
    this.fwmask = fields.fwmask ?? (this.fwmark !== 0 ? 0xffffffff : 0)
    this.iif = fields.iif ?? null
    this.oif = fields.oif ?? null
    this.uidRange = fields.uidRange ?? null
    this.ipProto = fields.ipProto ?? 0
    this.sport = fields.sport ?? null
    this.dport = fields.dport ?? null
    this.suppressPrefixLength = fields.suppressPrefixLength ?? -1
    this.suppressIfGroup = fields.suppressIfGroup ?? -1
    this.protocol = fields.protocol ?? 3
  }
}

export class RuleTable {
  constructor(readonly netns: NetNamespace) {}

  /** Sorted by preference. */
  list(): readonly Rule[] {
    throw new Error('not built yet')
  }

  /** Without a preference it takes one below the lowest that is not 0. */
  add(_fields: RuleFields): Rule {
    throw new Error('not built yet')
  }

  /** Deletes the first rule that matches all fields given. */
  delete(_fields: RuleFields): Rule {
    throw new Error('not built yet')
  }

  /** The `iif`/`oif` device of the rule does not exist (now). */
  isDetached(_rule: Rule, _which: 'iif' | 'oif'): boolean {
    throw new Error('not built yet')
  }

  /** A goto whose target preference has no rule. */
  isUnresolved(_rule: Rule): boolean {
    throw new Error('not built yet')
  }
}
