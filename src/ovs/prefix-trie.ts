// A trie of the IPv4 prefixes that flows match: tells which lengths can match an address, and how many of its bits decide that.
import { Copied } from '../sim/copied.js'
import type { FlowKey } from './flow-key.js'
import { W } from './flow-key.js'

/** Length of a mask that is a prefix; 0: it is not one. */
export function prefixLength(mask: number): number {
  if (mask === 0) return 0
  const zeros = 32 - Math.clz32(~mask)
  return (mask | 0) === (zeros === 32 ? 0 : -1 << zeros) ? 32 - zeros : 0
}

class Node extends Copied {
  zero: Node | null = null
  one: Node | null = null
  /** Flows whose prefix ends here. */
  rules = 0
}

export interface TrieResult {
  /** Leading bits that have to be the same for the same answer. */
  readonly bits: number
  /** Bit N-1: there is a prefix of length N that matches. */
  readonly lengths: number
}

export class PrefixTrie extends Copied {
  private root = new Node()

  constructor(
    /** The word of the flow key. */
    readonly word: number,
  ) {
    super()
  }

  insert(value: number, length: number): void {
    let node = this.root
    for (let i = 0; i < length; i++) {
      const one = ((value >>> (31 - i)) & 1) === 1
      const next: Node = (one ? node.one : node.zero) ?? new Node()
      if (one) node.one = next
      else node.zero = next
      node = next
    }
    node.rules++
  }

  remove(value: number, length: number): void {
    this.removeFrom(this.root, value, length, 0)
  }

  /** True: the node is of no use any more. */
  private removeFrom(node: Node, value: number, length: number, depth: number): boolean {
    if (depth === length) node.rules--
    else {
      const one = ((value >>> (31 - depth)) & 1) === 1
      const next = one ? node.one : node.zero
      if (next !== null && this.removeFrom(next, value, length, depth + 1)) {
        if (one) node.one = null
        else node.zero = null
      }
    }
    return node.rules === 0 && node.zero === null && node.one === null
  }

  lookup(value: number): TrieResult {
    let node = this.root
    let lengths = 0
    let depth = 0
    for (;;) {
      if (depth > 0 && node.rules > 0) lengths |= 1 << (depth - 1)
      if (depth === 32) return { bits: 32, lengths }
      const one = ((value >>> (31 - depth)) & 1) === 1
      const next = one ? node.one : node.zero
      if (next === null) {
        // The next bit tells this way from the other, if there is another.
        const other = one ? node.zero : node.one
        return { bits: other === null ? depth : depth + 1, lengths }
      }
      node = next
      depth++
    }
  }
}

/** The transport ports of flows with one mask, source above destination in one word of 32 bits. */
export class PortTrie extends Copied {
  private readonly trie = new PrefixTrie(W.TP_SRC)
  private readonly mask: number
  private readonly length: number

  constructor(mask: FlowKey) {
    super()
    this.mask = joined(mask)
    this.length = 32 - trailingZeros(this.mask)
  }

  insert(key: FlowKey): void {
    this.trie.insert(joined(key) & this.mask, this.length)
  }

  remove(key: FlowKey): void {
    this.trie.remove(joined(key) & this.mask, this.length)
  }

  /** The bits that tell the packet's ports from those of the flows. */
  told(key: FlowKey): number {
    const { bits } = this.trie.lookup(joined(key) & this.mask)
    return bits === 0 ? 0 : this.mask & (-1 << (32 - bits))
  }
}

function joined(key: FlowKey): number {
  return (key[W.TP_SRC]! << 16) | (key[W.TP_DST]! & 0xffff)
}

function trailingZeros(word: number): number {
  return word === 0 ? 32 : 31 - Math.clz32(word & -word)
}
