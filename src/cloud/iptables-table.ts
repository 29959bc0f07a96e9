// The rule book that an OpenStack agent keeps of its own chains in one iptables table. nova wrote it, neutron forked it.

export type IptablesTableName = 'filter' | 'mangle' | 'nat' | 'raw'

export interface RuleOptions {
  /** Own chains carry the agent's name in front; a rule of a shared or built-in chain does not. Default true. */
  readonly wrap?: boolean
  /** Top rules stand before the others of the agent. */
  readonly top?: boolean
  /** Left out by releases that write none. */
  readonly comment?: string
  /** For `clearTag`. */
  readonly tag?: string
}

interface ManagedRule {
  readonly chain: string
  readonly wrap: boolean
  readonly top: boolean
  readonly text: string
  readonly tag: string | null
  /** As `iptables-save` prints it when the agent writes it the same way. */
  readonly line: string
}

export interface TableStyle {
  /** Agent's part of a chain name; kernel names end at 28 characters and the agent's takes up to 16 of them and a dash. */
  readonly chainLength: number
  readonly comments: boolean
}

export class ManagedTable {
  readonly chains: string[] = []
  readonly unwrappedChains: string[] = []
  private book: ManagedRule[] = []
  /** Lines without the agent's name that it wants gone at the next merge. */
  readonly doomed = new Set<string>()

  constructor(
    readonly agent: string,
    private readonly style: TableStyle = { chainLength: 28, comments: true },
  ) {}

  get rules(): readonly ManagedRule[] {
    return this.book
  }

  addChain(name: string, wrap = true): void {
    const list = wrap ? this.chains : this.unwrappedChains
    const cut = this.cut(name, wrap)
    if (!list.includes(cut)) list.push(cut)
  }

  hasChain(name: string): boolean {
    return this.chains.includes(this.cut(name, true))
  }

  /** Takes the chain's own rules and every rule that jumps to it with it. */
  removeChain(name: string): void {
    const cut = this.cut(name, true)
    const at = this.chains.indexOf(cut)
    if (at < 0) return
    this.chains.splice(at, 1)
    const jump = `-j ${this.agent}-${cut}`
    this.book = this.book.filter((rule) => !(rule.wrap && rule.chain === cut) && !rule.line.endsWith(jump))
  }

  /** `$name` in the text stands for the agent's own chain of that name. */
  addRule(chain: string, text: string, options: RuleOptions = {}): void {
    const wrap = options.wrap ?? true
    const cut = this.cut(chain, wrap)
    const line = `-A ${wrap ? `${this.agent}-` : ''}${cut} ${this.commented(this.expand(text), options.comment)}`
    const rule = { chain: cut, text, wrap, top: options.top ?? false, tag: options.tag ?? null, line }
    this.book.push(rule)
  }

  removeRule(chain: string, text: string, wrap = true): void {
    const cut = this.cut(chain, wrap)
    const rule = this.book.find((row) => row.chain === cut && row.text === text && row.wrap === wrap)
    if (rule === undefined) return
    this.book = this.book.filter((row) => row !== rule)
    if (!wrap) this.doomed.add(rule.line)
  }

  has(chain: string, text: string): boolean {
    const cut = this.cut(chain, true)
    return this.book.some((rule) => rule.chain === cut && rule.text === text)
  }

  /** Removes the rules of a chain, not the chain. */
  emptyChain(name: string): void {
    const cut = this.cut(name, true)
    this.book = this.book.filter((rule) => !(rule.wrap && rule.chain === cut))
  }

  clearTag(tag: string): void {
    this.book = this.book.filter((rule) => rule.tag !== tag)
  }

  /** Names of all chains as the kernel knows them, the shared ones first. */
  get chainNames(): string[] {
    return [...this.unwrappedChains, ...this.chains.map((name) => `${this.agent}-${name}`)]
  }

  private cut(name: string, wrap: boolean): string {
    return wrap ? name.slice(0, this.style.chainLength) : name.slice(0, 28)
  }

  private expand(text: string): string {
    return text.replace(/\$([\w-]+)/g, (_, name: string) => `${this.agent}-${this.cut(name, true)}`)
  }

  /** The comment goes right before the jump, where iptables-save prints it. */
  private commented(text: string, comment: string | undefined): string {
    if (comment === undefined || !this.style.comments) return text
    return commentedRule(text, comment)
  }
}

export function commentedRule(text: string, comment: string): string {
  const words = `-m comment --comment "${comment}"`
  const jump = text.startsWith('-j ') ? 0 : text.indexOf(' -j ') + 1
  return jump === 0 && !text.startsWith('-j ') ? `${text} ${words}` : `${text.slice(0, jump)}${words} ${text.slice(jump)}`
}
