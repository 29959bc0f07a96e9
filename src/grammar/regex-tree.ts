// A regular expression of JavaScript's syntax as a tree.

export type RegexNode =
  | { readonly kind: 'empty' }
  | { readonly kind: 'char'; readonly matches: (code: number) => boolean }
  | { readonly kind: 'edge'; readonly edge: string }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly index: number; readonly node: RegexNode }
  | { readonly kind: 'back'; readonly index: number }
  | { readonly kind: 'look'; readonly node: RegexNode; readonly isBehind: boolean; readonly isNegated: boolean }
  | { readonly kind: 'repeat'; readonly node: RegexNode; readonly min: number; readonly max: number; readonly isLazy: boolean }

/** `source` is known to be sound: JavaScript's own engine has taken it. `flags` without g and y. */
export function parsePattern(source: string, flags: string): { node: RegexNode; groups: number } {
  const reader = new TreeReader(source, flags)
  return { node: reader.choice(), groups: reader.groups }
}

const EMPTY: RegexNode = { kind: 'empty' }
const LOOKS = [
  ['(?=', false, false],
  ['(?!', false, true],
  ['(?<=', true, false],
  ['(?<!', true, true],
] as const

class TreeReader {
  groups = 0
  private at = 0

  constructor(
    private readonly source: string,
    private readonly flags: string,
  ) {}

  choice(): RegexNode {
    const parts = [this.sequence()]
    while (this.take('|')) parts.push(this.sequence())
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts }
  }

  private sequence(): RegexNode {
    const parts: RegexNode[] = []
    while (this.at < this.source.length && !'|)'.includes(this.source[this.at]!)) parts.push(this.repeated(this.atom()))
    return parts.length === 0 ? EMPTY : parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }
  }

  private repeated(node: RegexNode): RegexNode {
    const match = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})/.exec(this.source.slice(this.at, this.at + 24))
    if (match === null) return node
    this.at += match[0].length
    const [whole, low, comma, high] = match
    const min = whole === '+' ? 1 : Number(low ?? 0)
    const isOpen = whole === '*' || whole === '+' || (comma !== undefined && high === '')
    const max = whole === '?' ? 1 : isOpen ? Number.POSITIVE_INFINITY : comma === undefined ? min : Number(high)
    return { kind: 'repeat', node, min, max, isLazy: this.take('?') }
  }

  private atom(): RegexNode {
    const c = this.source[this.at]!
    if (c === '(') return this.group()
    if (c === '^' || c === '$') {
      this.at++
      return { kind: 'edge', edge: c }
    }
    const edge = /^\\[bB]/.exec(this.source.slice(this.at, this.at + 2))
    if (edge !== null) {
      this.at += 2
      return { kind: 'edge', edge: edge[0] }
    }
    const back = /^\\([1-9]\d*)/.exec(this.source.slice(this.at, this.at + 6))
    if (back !== null) {
      this.at += back[0].length
      return { kind: 'back', index: Number(back[1]) }
    }
    return { kind: 'char', matches: this.oneOf(this.takeSet()) }
  }

  private group(): RegexNode {
    for (const [opening, isBehind, isNegated] of LOOKS)
      if (this.take(opening)) return { kind: 'look', node: this.closed(), isBehind, isNegated }
    if (this.take('(?:')) return this.closed()
    const named = /^\(\?<\w+>/.exec(this.source.slice(this.at))
    this.at += named === null ? 1 : named[0].length
    const index = ++this.groups
    return { kind: 'group', index, node: this.closed() }
  }

  private closed(): RegexNode {
    const node = this.choice()
    this.take(')')
    return node
  }

  /** The source of what stands for one character. */
  private takeSet(): string {
    const match = /^(?:\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[A-Za-z]|.)|\[(?:\\.|[^\]\\])*\]|[\s\S])/s.exec(this.source.slice(this.at))!
    this.at += match[0].length
    return match[0]
  }

  /** JavaScript's own engine says which characters it stands for; the answers for ASCII are kept. */
  private oneOf(set: string): (code: number) => boolean {
    const regex = new RegExp(`^${set}$`, this.flags.replace('m', ''))
    const known = new Int8Array(128)
    return (code) => {
      if (code >= 128) return regex.test(String.fromCharCode(code))
      if (known[code] === 0) known[code] = regex.test(String.fromCharCode(code)) ? 1 : -1
      return known[code] === 1
    }
  }

  private take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false
    this.at += text.length
    return true
  }
}
