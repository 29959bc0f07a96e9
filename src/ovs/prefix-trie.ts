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

/** Nodes with one way on and no flow are left out: a node stands for all bits up to its own. */
class Node extends Copied {
  zero: Node | null = null
  one: Node | null = null
  /** Flows whose prefix ends here. */
  rules = 0

  constructor(
    /** Leading `length` bits of all below. */
    readonly value: number,
    readonly length: number,
  ) {
    super()
  }
}

export interface TrieResult {
  /** Leading bits that have to be the same for the same answer. */
  readonly bits: number
  /** Bit N-1: there is a prefix of length N that matches. */
  readonly lengths: number
}

export class PrefixTrie extends Copied {
  private readonly root = new Node(0, 0)

  constructor(
    /** The word of the flow key. */
    readonly word: number,
  ) {
    super()
  }

  insert(value: number, length: number): void {
    let node = this.root
    while (node.length < length) {
      const next = childOf(node, value)
      if (next === null) {
        node = adopt(node, new Node(leading(value, length), length))
        break
      }
      const same = Math.min(sameBits(value, next), length)
      if (same < next.length) {
        // The ways part, or the prefix ends, between the two nodes.
        const between = adopt(node, new Node(leading(value, same), same))
        adopt(between, next)
        node = same === length ? between : adopt(between, new Node(leading(value, length), length))
        break
      }
      node = next
    }
    node.rules++
  }

  remove(value: number, length: number): void {
    let above = this.root
    let node = this.root
    let upper = this.root
    while (node.length < length) {
      upper = above
      above = node
      node = childOf(node, value)!
    }
    node.rules--
    if (node.rules > 0 || node === this.root) return
    shorten(above, node)
    if (above !== this.root && above.rules === 0) shorten(upper, above)
  }

  lookup(value: number): TrieResult {
    let node = this.root
    let lengths = 0
    for (;;) {
      const depth = node.length
      if (depth > 0 && node.rules > 0) lengths |= 1 << (depth - 1)
      if (depth === 32) return { bits: 32, lengths }
      const next = childOf(node, value)
      if (next === null) {
        // The next bit tells this way from the other, if there is another.
        return { bits: node.zero === null && node.one === null ? depth : depth + 1, lengths }
      }
      const same = sameBits(value, next)
      if (same < next.length) return { bits: same + 1, lengths }
      node = next
    }
  }
}

function leading(value: number, bits: number): number {
  return bits === 0 ? 0 : value & (-1 << (32 - bits))
}

/** How many leading bits `value` has in common with what is below `node`, as far as that is one. */
function sameBits(value: number, node: Node): number {
  return Math.min(Math.clz32(value ^ node.value), node.length)
}

function childOf(node: Node, value: number): Node | null {
  return ((value >>> (31 - node.length)) & 1) === 1 ? node.one : node.zero
}

function adopt(parent: Node, child: Node): Node {
  if (((child.value >>> (31 - parent.length)) & 1) === 1) parent.one = child
  else parent.zero = child
  return child
}

/** Takes a node without flows of its own out, unless ways part there. */
function shorten(parent: Node, node: Node): void {
  if (node.zero !== null && node.one !== null) return
  const only = node.zero ?? node.one
  if (only !== null) adopt(parent, only)
  else if (parent.zero === node) parent.zero = null
  else parent.one = null
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
