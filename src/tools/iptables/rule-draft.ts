// A rule while it is typed: header, extensions and target, until it is checked and becomes rules.
import type { AddressMask } from '../../kernel/netfilter/arguments.js'
import type { ExtensionDraft, Match, Target } from '../../kernel/netfilter/extension.js'
import type { Prefix6, RuleTarget } from '../../kernel/netfilter/rule.js'
import { MatchUse, Rule, RuleHeader } from '../../kernel/netfilter/rule.js'

export class RuleDraft {
  readonly header = new RuleHeader()
  readonly matches: ExtensionDraft<Match>[] = []
  target: ExtensionDraft<Target> | null = null
  /** What stands behind -j or -g. */
  jump = ''
  isGoto = false
  /** Name of the protocol as typed, for loading its match. */
  protocolWord: string | null = null
  protocolMatchLoaded = false
  sources: readonly AddressMask[] | null = null
  destinations: readonly AddressMask[] | null = null
  sources6: readonly Prefix6[] | null = null
  destinations6: readonly Prefix6[] | null = null
  counters: { packets: number; bytes: number } | null = null

  get sourceCount(): number {
    return this.sources?.length ?? this.sources6?.length ?? 1
  }

  get destinationCount(): number {
    return this.destinations?.length ?? this.destinations6?.length ?? 1
  }

  /** One rule for each pair of source and destination. */
  rules(target: RuleTarget): Rule[] {
    const rules: Rule[] = []
    for (let s = 0; s < this.sourceCount; s++) {
      for (let d = 0; d < this.destinationCount; d++) {
        const rule = new Rule(
          this.headerFor(s, d),
          this.matches.map((draft) => new MatchUse(draft.spec, draft.params)),
          target,
        )
        if (this.counters !== null) {
          rule.packets = this.counters.packets
          rule.bytes = this.counters.bytes
        }
        rules.push(rule)
      }
    }
    return rules
  }

  private headerFor(s: number, d: number): RuleHeader {
    const header = this.header.copy()
    const source = this.sources?.[s] ?? ANY
    const destination = this.destinations?.[d] ?? ANY
    header.src = source.address
    header.srcMask = source.mask
    header.dst = destination.address
    header.dstMask = destination.mask
    header.src6 = this.sources6?.[s] ?? null
    header.dst6 = this.destinations6?.[d] ?? null
    return header
  }
}

const ANY: AddressMask = { address: 0, mask: 0 }
