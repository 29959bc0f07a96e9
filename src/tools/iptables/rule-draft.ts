// A rule while it is typed: header, extensions and target, until it is checked and becomes rules.
import type { AddressMask } from '../../kernel/netfilter/arguments.js'
import type { Match, Target } from '../../kernel/netfilter/extension.js'
import { ExtensionDraft } from '../../kernel/netfilter/extension.js'
import { MatchUse, Rule, RuleHeader } from '../../kernel/netfilter/rule.js'
import type { RuleTarget } from '../../kernel/netfilter/rule.js'

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
  counters: { packets: number; bytes: number } | null = null

  /** One rule for each pair of source and destination. */
  rules(target: RuleTarget): Rule[] {
    const rules: Rule[] = []
    for (const source of this.sources ?? [ANY]) {
      for (const destination of this.destinations ?? [ANY]) {
        const header = this.header.copy()
        header.src = source.address
        header.srcMask = source.mask
        header.dst = destination.address
        header.dstMask = destination.mask
        const rule = new Rule(
          header,
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
}

const ANY: AddressMask = { address: 0, mask: 0 }
