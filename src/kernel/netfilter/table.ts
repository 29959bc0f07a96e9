// A table and its chains as the kernel keeps them, and an edit that replaces them as a whole or not at all.
import { Copied } from '../../sim/copied.js'
import { KernelError } from '../errno.js'
import { ChainIndex, INDEX_FROM } from './chain-index.js'
import type { PolicyHit } from './evaluate.js'
import type { ExtensionSpec, RulePlace } from './extension.js'
import type { Hook, HookState } from './hook-state.js'
import { hookNumber } from './hook-state.js'
import type { Netfilter } from './hooks.js'
import type { Rule } from './rule.js'
import { ACT } from './rule.js'

export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security'

export type Policy = 'ACCEPT' | 'DROP'

export class Chain extends Copied {
  packets = 0
  bytes = 0
  private index: ChainIndex | null = null
  private indexed = false
  /** What the last trace was told of its policy. */
  policyHit: PolicyHit | null = null
  /** Of a base chain as it stands: the rules that every packet passes until its end; null: a packet may fare otherwise. See `straightOf`. */
  straight: readonly Rule[] | null = null

  constructor(
    public name: string,
    /** null: made by a user. */
    public policy: Policy | null,
    public rules: readonly Rule[] = [],
  ) {
    super()
  }

  replaceRules(rules: readonly Rule[]): void {
    this.rules = rules
    this.index = null
    this.indexed = false
  }

  /** The rules that can match this packet, in order. */
  candidates(state: HookState): readonly Rule[] {
    if (!this.indexed) {
      this.indexed = true
      const index = this.rules.length < INDEX_FROM ? null : new ChainIndex(this.rules)
      this.index = index !== null && index.restShare < 0.8 ? index : null
    }
    return this.index === null ? this.rules : this.index.candidates(state)
  }
}

/** More rules than this one after the other are walked. */
const LONGEST_STRAIGHT = 64

/**
 * Tables of an agent that has nothing to say yet are skeletons: every rule jumps to the next empty chain, and all that comes of it is
 * counters and the policy. Their rules in the order of the walk; false: some rule asks, decides or does something.
 */
function isStraight(chain: Chain, chains: ReadonlyMap<string, Chain>, into: Rule[]): boolean {
  for (const rule of chain.rules) {
    if (!rule.isPlain || into.length >= LONGEST_STRAIGHT) return false
    into.push(rule)
    if (rule.act === ACT.none) continue
    if (rule.act !== ACT.jump) return false
    if (!isStraight(rule.chainIn(chains), chains, into)) return false
  }
  return true
}

export class Table extends Copied {
  /** Built-in chains first, in the order of the hooks; then the users' chains. */
  chains = new Map<string, Chain>()
  /** Where packets of a hook start, as `basesIn` had it. */
  private readonly bases: (Chain | null)[] = [null, null, null, null, null]
  private basesIn: ReadonlyMap<string, Chain> | null = null

  constructor(
    readonly netfilter: Netfilter,
    readonly name: TableName,
    readonly hooks: readonly Hook[],
  ) {
    super()
    for (const hook of hooks) this.chains.set(hook, new Chain(hook, 'ACCEPT'))
  }

  /** The built-in chain of a hook, without a look into the map for each packet. */
  baseOf(hook: Hook): Chain {
    if (this.basesIn !== this.chains) {
      this.basesIn = this.chains
      for (const each of this.hooks) {
        const base = this.chains.get(each)!
        this.bases[hookNumber(each)] = base
        const rules: Rule[] = []
        base.straight = isStraight(base, this.chains, rules) ? rules : null
      }
    }
    return this.bases[hookNumber(hook)]!
  }

  /** Built-in chains in the hooks' order, then the users' by name, as libiptc lists them. */
  list(): Chain[] {
    const builtin = this.hooks.map((hook) => this.chains.get(hook)!)
    const own = [...this.chains.values()].filter((chain) => chain.policy === null)
    return [...builtin, ...own.sort((a, b) => (a.name < b.name ? -1 : 1))]
  }
}

/** A chain while it is edited; `rules` is the kernel's own list until it is changed. */
export class ChainDraft {
  private touchedRules: Rule[] | null = null
  policy: Policy | null
  /** null: leave the kernel's counters alone. */
  counters: { packets: number; bytes: number } | null = null

  constructor(
    readonly origin: Chain | null,
    public name: string,
  ) {
    this.policy = origin === null ? null : origin.policy
  }

  get rules(): readonly Rule[] {
    return this.touchedRules ?? this.origin?.rules ?? []
  }

  get touched(): boolean {
    return this.touchedRules !== null
  }

  /** The list to change. */
  writable(): Rule[] {
    this.touchedRules ??= [...this.rules]
    return this.touchedRules
  }
}

/** Counters of rules that an edit sets; applied with the commit. */
interface CounterChange {
  readonly rule: Rule
  readonly packets: number
  readonly bytes: number
}

/** What libiptc does: take a copy, change it, hand the whole back. */
export class TableEdit {
  readonly chains = new Map<string, ChainDraft>()
  private readonly counterChanges: CounterChange[] = []

  constructor(
    readonly table: Table,
    /** Tools since 1.8 hand the policies back without their counters, so that every change sets them to zero. */
    private readonly zeroPolicies = false,
  ) {
    for (const chain of table.list()) this.chains.set(chain.name, new ChainDraft(chain, chain.name))
  }

  list(): ChainDraft[] {
    const all = [...this.chains.values()]
    const own = all.filter((chain) => chain.policy === null)
    return [...all.filter((chain) => chain.policy !== null), ...own.sort((a, b) => (a.name < b.name ? -1 : 1))]
  }

  addChain(name: string): void {
    this.chains.set(name, new ChainDraft(null, name))
  }

  /** Jumps follow the chain to its new name. */
  renameChain(from: string, to: string): void {
    const chain = this.chains.get(from)!
    this.chains.delete(from)
    chain.name = to
    this.chains.set(to, chain)
    for (const each of this.chains.values()) {
      each.rules.forEach((rule, at) => {
        if (rule.target.kind === 'chain' && rule.target.chain === from) each.writable()[at] = rule.withTarget({ ...rule.target, chain: to })
      })
    }
  }

  setCounters(rule: Rule, packets: number, bytes: number): void {
    this.counterChanges.push({ rule, packets, bytes })
  }

  /** How many rules jump to the chain. */
  references(name: string): number {
    let count = 0
    for (const chain of this.chains.values())
      for (const rule of chain.rules) if (rule.target.kind === 'chain' && rule.target.chain === name) count++
    return count
  }

  /** Throws KernelError and changes nothing when the kernel would refuse the table. */
  commit(): void {
    const reach = this.reach()
    for (const chain of this.chains.values()) this.checkChain(chain, reach.get(chain.name) ?? NO_HOOKS)
    this.attachAll()
    const { table } = this
    const next = new Map<string, Chain>()
    for (const draft of this.chains.values()) {
      if (this.zeroPolicies && draft.policy !== null) draft.counters ??= { packets: 0, bytes: 0 }
      next.set(draft.name, applyDraft(draft))
    }
    table.chains = next
    for (const change of this.counterChanges) {
      change.rule.packets = change.packets
      change.rule.bytes = change.bytes
    }
  }

  private attachAll(): void {
    const { netfilter, chains } = this.table
    const before = new Set<Rule>()
    const after = new Set<Rule>()
    const kept = new Set<Chain>()
    for (const draft of this.chains.values()) {
      if (draft.origin !== null) kept.add(draft.origin)
      if (draft.touched || draft.origin === null) for (const rule of draft.rules) after.add(rule)
      if (draft.touched && draft.origin !== null) for (const rule of draft.origin.rules) before.add(rule)
    }
    for (const chain of chains.values()) if (!kept.has(chain)) for (const rule of chain.rules) before.add(rule)
    // New rules first: the last rule that needs conntrack may be replaced by another without a gap.
    for (const rule of after) if (!before.has(rule)) rule.attach(netfilter)
    for (const rule of before) if (!after.has(rule)) rule.detach(netfilter)
  }

  private checkChain(chain: ChainDraft, hooks: readonly Hook[]): void {
    for (const rule of chain.rules) {
      const { protocol, invProtocol } = rule.header
      const { netfilter, name } = this.table
      const place: RulePlace = { table: name, hooks, protocol, protocolInverted: invProtocol, netfilter }
      for (const use of rule.matches) checkExtension('match', use.spec, use.params, place)
      if (rule.target.kind !== 'extension') continue
      checkExtension('target', rule.target.spec, rule.target.params, place)
      const complaint = rule.target.spec.checkRule?.(rule.savedMatches(), rule.target.params) ?? null
      if (complaint !== null) {
        netfilter.log(6, complaint)
        throw new KernelError('EINVAL')
      }
    }
  }

  /** For each chain the hooks it can be reached from; a circle is refused (ELOOP). */
  private reach(): Map<string, Hook[]> {
    const reach = new Map<string, Hook[]>()
    for (const hook of this.table.hooks) {
      const done = new Set<string>()
      this.visit(hook, new Set(), done)
      for (const name of done) {
        const hooks = reach.get(name)
        if (hooks === undefined) reach.set(name, [hook])
        else hooks.push(hook)
      }
    }
    return reach
  }

  private visit(name: string, path: Set<string>, done: Set<string>): void {
    if (path.has(name)) throw new KernelError('ELOOP')
    if (done.has(name)) return
    path.add(name)
    for (const rule of this.chains.get(name)?.rules ?? []) if (rule.target.kind === 'chain') this.visit(rule.target.chain, path, done)
    path.delete(name)
    done.add(name)
  }
}

const NO_HOOKS: readonly Hook[] = []

function applyDraft(draft: ChainDraft): Chain {
  const chain = draft.origin ?? new Chain(draft.name, null)
  chain.name = draft.name
  chain.policy = draft.policy
  if (draft.touched) chain.replaceRules(draft.rules)
  if (draft.counters !== null) {
    chain.packets = draft.counters.packets
    chain.bytes = draft.counters.bytes
  }
  return chain
}

/** xt_check_match and xt_check_target: each refusal leaves a line in the kernel log. */
function checkExtension(kind: 'match' | 'target', spec: ExtensionSpec<unknown>, params: unknown, place: RulePlace): void {
  const complain = (text: string): never => {
    place.netfilter.log(6, text)
    throw new KernelError('EINVAL')
  }
  const label = `x_tables: ip_tables: ${spec.name} ${kind}:`
  if (spec.tables !== undefined && !spec.tables.includes(place.table))
    complain(`${label} only valid in ${spec.tables[0]} table, not ${place.table}`)
  const { hooks, protocols } = spec
  if (hooks !== undefined && place.hooks.some((hook) => !hooks.includes(hook)))
    complain(`${label} used from hooks ${place.hooks.join('/')}, but only valid from ${hooks.join('/')}`)
  if (protocols !== undefined && (!protocols.includes(place.protocol) || place.protocolInverted))
    complain(`${label} only valid for protocol ${protocols[0]}`)
  const complaint = spec.check?.(params, place) ?? null
  if (complaint !== null) complain(complaint)
}
