// One pass of a packet through one table of netfilter, told by the rules that had a say.
import type { PolicyHit, RuleHit } from '../kernel/netfilter/evaluate.js'
import type { NatNote } from '../kernel/netfilter/nat.js'
import type { Rule } from '../kernel/netfilter/rule.js'
import type { Chain } from '../kernel/netfilter/table.js'
import type { HookNote } from '../kernel/trace-notes.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import { ICMP_ECHO, ICMP_ECHO_REPLY } from '../wire/icmp.js'
import { ipOf } from './frame-text.js'
import type { StepFields } from './hop-writer.js'
import { inNetns, ipText, netfilterLine } from './lines.js'
import type { StepObject } from './way.js'

export class TablePass {
  readonly hits: RuleHit[] = []
  policy: PolicyHit | null = null

  constructor(readonly note: HookNote) {}

  get table(): string {
    return (this.hits[0] ?? this.policy)?.table.name ?? ''
  }

  get isEmpty(): boolean {
    return this.hits.length === 0 && this.policy === null
  }

  /** With what NAT then did, when the table is nat. */
  fields(nat: { readonly note: NatNote; readonly after: EthernetFrame } | null): StepFields {
    const kept = keptHits(this.hits)
    const last = kept.at(-1) ?? null
    let text = kept.filter(decides).map(hitText).join(' -> ')
    if (this.policy !== null && (text === '' || this.policy.chain.policy === 'DROP'))
      text += `${text === '' ? '' : '; '}policy ${this.policy.chain.policy}`
    if (nat !== null) text += `${text === '' ? '' : ': '}${changeText(nat.note.before, nat.after)}`
    return {
      kind: nat !== null ? 'nat' : this.policy !== null ? 'policy' : 'rule',
      label: `${this.note.hook} ${this.table}`,
      text,
      minor: nat === null && kept.length === 0 && this.policy?.chain.policy !== 'DROP',
      passed: this.passedLines(),
      detail: [...kept.map((hit) => netfilterLine(hit.chain, hit.rule)), ...(this.policy === null ? [] : [policyLine(this.policy)])],
      command: this.command(last),
      object: this.object(last),
    }
  }

  private command(last: RuleHit | null): string {
    const chain = last?.chain ?? this.policy?.chain
    return listCommand(this.note, this.table, chain?.name ?? this.note.hook)
  }

  private object(last: RuleHit | null): StepObject | null {
    const { netns } = this.note
    if (last !== null && (this.policy === null || this.policy.chain.policy === 'ACCEPT')) {
      return { kind: 'rule', netns, table: last.table, chain: last.chain, number: numberOf(last), rule: last.rule }
    }
    return this.policy === null ? null : { kind: 'policy', netns, table: this.policy.table, chain: this.policy.chain }
  }

  /** Rules that were tried and did not match, chain by chain. */
  private passedLines(): string[] {
    const lines: string[] = []
    const at = new Map<Chain, number>()
    const pass = (chain: Chain, rules: readonly Rule[], end: number): void => {
      for (const rule of rules.slice(at.get(chain) ?? 0, end)) lines.push(netfilterLine(chain, rule))
      at.set(chain, end)
    }
    for (const [i, hit] of this.hits.entries()) {
      const index = hit.rules.indexOf(hit.rule)
      pass(hit.chain, hit.rules, index)
      at.set(hit.chain, index + 1)
      if (hit.rule.target.kind !== 'chain') continue
      const into = hit.table.chains.get(hit.rule.target.chain)
      if (into !== undefined && this.hits[i + 1]?.chain !== into) pass(into, into.rules, into.rules.length)
    }
    if (this.policy !== null) pass(this.policy.chain, this.policy.chain.rules, this.policy.chain.rules.length)
    return lines
  }
}

export function listCommand(note: HookNote, table: string, chain: string): string {
  const tableWords = table === 'filter' || table === '' ? '' : `-t ${table} `
  return inNetns(note.netns, `iptables ${tableWords}-nvL ${chain} --line-numbers`)
}

/** From 1, as --line-numbers counts. */
export function numberOf(hit: RuleHit): number {
  return hit.rules.indexOf(hit.rule) + 1
}

function policyLine({ chain }: PolicyHit): string {
  return `-P ${chain.name} ${chain.policy}`
}

export function hitText(hit: RuleHit): string {
  const { target } = hit.rule
  const place = `${hit.chain.name} rule ${numberOf(hit)}`
  switch (target.kind) {
    case 'standard':
      return `${place} ${target.verdict}`
    case 'extension':
      return `${place} ${target.spec.name}`
    case 'none':
    case 'chain':
      return place
  }
}

function decides({ rule }: RuleHit): boolean {
  return rule.target.kind === 'standard' || rule.target.kind === 'extension'
}

/** Rules that decided something, and the jumps that led to them; jumps into chains that decided nothing are left out. */
export function keptHits(hits: readonly RuleHit[]): RuleHit[] {
  const kept = hits.map(decides)
  for (let i = hits.length - 1; i >= 0; i--) {
    const { target } = hits[i]!.rule
    if (target.kind !== 'chain') continue
    for (let k = i + 1; k < hits.length && hits[k]!.chain !== hits[i]!.chain; k++) {
      if (kept[k] && hits[k]!.chain.name === target.chain) kept[i] = true
    }
  }
  return hits.filter((_, i) => kept[i])
}

/** `192.168.3.69 -> 100.122.0.145`, with ports where they change too. */
export function changeText(before: EthernetFrame, after: EthernetFrame): string {
  const [old, now] = [ipOf(before), ipOf(after)]
  if (old === null || now === null) return ''
  const parts: string[] = []
  if (old.src !== now.src || portOf(old.payload, 'sport') !== portOf(now.payload, 'sport')) parts.push(endText(old, now, 'src', 'sport'))
  if (old.dst !== now.dst || portOf(old.payload, 'dport') !== portOf(now.payload, 'dport')) parts.push(endText(old, now, 'dst', 'dport'))
  if (parts.length > 0) return parts.join(', ')
  return isError(now.payload) ? 'the packet that the error quotes is translated too' : 'nothing to change'
}

/** ICMP messages other than echo carry the beginning of the packet they are about. */
function isError(payload: object): boolean {
  const { kind, type } = payload as { kind?: string; type?: number }
  return kind === 'icmp' && type !== ICMP_ECHO && type !== ICMP_ECHO_REPLY
}

interface Ends {
  readonly src: number
  readonly dst: number
  readonly payload: object
}

function endText(old: Ends, now: Ends, end: 'src' | 'dst', port: 'sport' | 'dport'): string {
  const ports = [portOf(old.payload, port), portOf(now.payload, port)]
  const text = (ip: Ends, number: number | undefined): string => `${ipText(ip[end])}${ports[0] === ports[1] ? '' : `:${number}`}`
  return `${end === 'src' ? 'source' : 'destination'} ${text(old, ports[0])} -> ${text(now, ports[1])}`
}

function portOf(payload: object, port: 'sport' | 'dport'): number | undefined {
  return (payload as { sport?: number; dport?: number })[port]
}
