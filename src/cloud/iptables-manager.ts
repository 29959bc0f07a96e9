// The rule book that every OpenStack agent keeps of its own iptables chains, and how it is merged into what the node has.
// nova wrote it, neutron forked it; this is the Essex behaviour (control plane facts: own words, read from the project's history).

export type IptablesTableName = 'filter' | 'nat'

interface ManagedRule {
  readonly chain: string
  /** Own chains carry the agent's name in front. */
  readonly wrap: boolean
  /** Top rules stay first: a copy that stands there already is taken out before. */
  readonly top: boolean
  /** Text behind the chain, `$name` standing for the agent's own chain of that name. */
  readonly text: string
}

/** Kernel chain names end at 28 characters and the longest suffix is `-POSTROUTING`: 16 are left for the agent. */
const WRAP_LENGTH = 16

export class ManagedTable {
  readonly chains: string[] = []
  readonly unwrappedChains: string[] = []
  private rules: ManagedRule[] = []

  constructor(readonly agent: string) {}

  addChain(name: string, wrap = true): void {
    const list = wrap ? this.chains : this.unwrappedChains
    if (!list.includes(name)) list.push(name)
  }

  /** Takes the chain's own rules and every rule that jumps to it with it. */
  removeChain(name: string): void {
    const at = this.chains.indexOf(name)
    if (at < 0) return
    this.chains.splice(at, 1)
    const jump = `-j ${this.agent}-${name}`
    this.rules = this.rules.filter((rule) => !(rule.wrap && rule.chain === name) && !this.expand(rule.text).endsWith(jump))
  }

  addRule(chain: string, text: string, options: { wrap?: boolean; top?: boolean } = {}): void {
    const rule = { chain, text, wrap: options.wrap ?? true, top: options.top ?? false }
    this.rules.push(rule)
  }

  removeRule(chain: string, text: string): void {
    const at = this.rules.findIndex((rule) => rule.chain === chain && rule.text === text)
    if (at >= 0) this.rules.splice(at, 1)
  }

  has(chain: string, text: string): boolean {
    return this.rules.some((rule) => rule.chain === chain && rule.text === text)
  }

  /** Removes the rules of a chain, not the chain. */
  emptyChain(name: string): void {
    this.rules = this.rules.filter((rule) => !(rule.wrap && rule.chain === name))
  }

  /**
   * `iptables-save` lines of one table in, lines for `iptables-restore` out: all that bears the agent's name goes, its own
   * chains and rules come in before the first rule that is left, and of equal lines only the last stays. Hence the agent
   * that applied last stands first.
   */
  merge(current: readonly string[]): string[] {
    let lines = current.filter((line) => !line.includes(this.agent))
    const own = this.rules.map((rule) => ({ top: rule.top, line: this.lineOf(rule) }))
    const tops = new Set(own.filter((rule) => rule.top).map((rule) => rule.line))
    lines = lines.filter((line) => !tops.has(line.trim()))
    const chainsBegin = lines.findIndex((line) => line.startsWith(':'))
    const afterChains = lines.findIndex((line, i) => i > chainsBegin && !line.startsWith(':'))
    lines.splice(
      afterChains,
      0,
      ...this.unwrappedChains.map((name) => `:${name} - [0:0]`),
      ...this.chains.map((name) => `:${this.agent}-${name} - [0:0]`),
      ...own.map((rule) => rule.line),
    )
    return keepLast(lines)
  }

  private lineOf(rule: ManagedRule): string {
    return `-A ${rule.wrap ? `${this.agent}-` : ''}${rule.chain} ${this.expand(rule.text)}`
  }

  private expand(text: string): string {
    return text.replace(/\$([\w-]+)/g, (_, name: string) => `${this.agent}-${name}`)
  }
}

function keepLast(lines: readonly string[]): string[] {
  const seen = new Set<string>()
  const kept: string[] = []
  for (const line of [...lines].reverse()) {
    const text = line.trim()
    if (text.startsWith('-A') || text.startsWith(':')) {
      const key = text.startsWith(':') ? text.split(' ')[0]! : text
      if (seen.has(key)) continue
      seen.add(key)
    }
    kept.push(line)
  }
  return kept.reverse()
}

/** The chains and jumps that each agent begins with: its wrapped copies of the built-in chains and the shared ones. */
export class IptablesManager {
  readonly filter: ManagedTable
  readonly nat: ManagedTable

  constructor(
    program: string,
    private readonly shared: 'nova' | 'neutron',
  ) {
    const agent = program.slice(0, WRAP_LENGTH)
    this.filter = new ManagedTable(agent)
    this.nat = new ManagedTable(agent)
    this.fillFilter()
    this.fillNat()
  }

  table(name: IptablesTableName): ManagedTable {
    return name === 'filter' ? this.filter : this.nat
  }

  private fillFilter(): void {
    const { filter } = this
    const top = `${this.shared}-filter-top`
    filter.addChain(top, false)
    filter.addRule('FORWARD', `-j ${top}`, { wrap: false, top: true })
    filter.addRule('OUTPUT', `-j ${top}`, { wrap: false, top: true })
    filter.addChain('local')
    filter.addRule(top, '-j $local', { wrap: false })
    for (const chain of ['INPUT', 'OUTPUT', 'FORWARD']) wrapBuiltin(filter, chain)
  }

  private fillNat(): void {
    const { nat } = this
    const bottom = `${this.shared}-postrouting-bottom`
    for (const chain of ['PREROUTING', 'OUTPUT', 'POSTROUTING']) wrapBuiltin(nat, chain)
    nat.addChain(bottom, false)
    nat.addRule('POSTROUTING', `-j ${bottom}`, { wrap: false })
    nat.addChain('snat')
    nat.addRule(bottom, '-j $snat', { wrap: false })
    nat.addChain('float-snat')
    nat.addRule('snat', '-j $float-snat')
  }
}

function wrapBuiltin(table: ManagedTable, chain: string): void {
  table.addChain(chain)
  table.addRule(chain, `-j $${chain}`, { wrap: false })
}
