// Flows of one mask by the words that they match: a hash table in one row of numbers, so that a lookup touches little memory however
// many flows there are, and a copy of it is one block.
import { Copied } from '../sim/copied.js'
import type { Flow } from './flow.js'
import type { FlowKey } from './flow-key.js'

const SMALLEST = 8

export class FlowIndex extends Copied {
  /** A slot has the hash and the masked words; what counts as taken is in `flows`. */
  private slots: Int32Array
  /** The flow of the highest priority in each slot; others with the same match are below it. */
  private flows: (Flow | null)[]
  private taken = 0
  private readonly stride: number

  constructor(
    private readonly words: readonly number[],
    private readonly masks: Int32Array,
  ) {
    super()
    this.stride = words.length + 1
    this.slots = new Int32Array(SMALLEST * this.stride)
    this.flows = new Array<Flow | null>(SMALLEST).fill(null)
  }

  find(key: FlowKey, hash: number): Flow | null {
    return this.flows[this.slotFor(key, hash)]!
  }

  /** The slot of this match, or the empty one where it would go. */
  private slotFor(key: FlowKey, hash: number): number {
    const { flows } = this
    const last = flows.length - 1
    let slot = spread(hash) & last
    while (flows[slot] !== null && !this.agrees(slot, key, hash)) slot = (slot + 1) & last
    return slot
  }

  private agrees(slot: number, key: FlowKey, hash: number): boolean {
    const { words, masks, slots } = this
    const at = slot * this.stride
    if (slots[at] !== hash) return false
    for (let i = 0; i < words.length; i++) if ((key[words[i]!]! & masks[i]!) !== slots[at + 1 + i]) return false
    return true
  }

  insert(flow: Flow, hash: number): void {
    if (2 * (this.taken + 1) > this.flows.length) this.resize(2 * this.flows.length)
    const { key } = flow.match
    const slot = this.slotFor(key, hash)
    const head = this.flows[slot]!
    if (head === null) {
      this.taken++
      this.write(slot, key, hash)
    }
    this.flows[slot] = filedUnder(head, flow)
  }

  remove(flow: Flow, hash: number): void {
    const slot = this.slotFor(flow.match.key, hash)
    const head = this.flows[slot]!
    if (head === null) return
    const left = without(head, flow)
    this.flows[slot] = left
    if (left !== null) return
    this.taken--
    this.close(slot)
  }

  list(): Flow[] {
    const all: Flow[] = []
    for (const head of this.flows) for (let flow = head; flow !== null; flow = flow.below) all.push(flow)
    return all
  }

  private write(slot: number, key: FlowKey, hash: number): void {
    const { words, masks, slots } = this
    const at = slot * this.stride
    slots[at] = hash
    for (let i = 0; i < words.length; i++) slots[at + 1 + i] = key[words[i]!]! & masks[i]!
  }

  private resize(length: number): void {
    const { flows, slots, stride } = this
    this.flows = new Array<Flow | null>(length).fill(null)
    this.slots = new Int32Array(length * stride)
    for (let slot = 0; slot < flows.length; slot++) if (flows[slot] !== null) this.move(slots, slot, flows[slot]!)
  }

  private move(from: Int32Array, slot: number, head: Flow): void {
    const hash = from[slot * this.stride]!
    const to = this.slotFor(head.match.key, hash)
    this.flows[to] = head
    this.write(to, head.match.key, hash)
  }

  /** Those behind an emptied slot that were pushed over it move up. */
  private close(emptied: number): void {
    const { flows, slots, stride } = this
    const last = flows.length - 1
    let hole = emptied
    for (let slot = (hole + 1) & last; flows[slot] !== null; slot = (slot + 1) & last) {
      const home = spread(slots[slot * stride]!) & last
      if (((slot - home) & last) < ((slot - hole) & last)) continue
      flows[hole] = flows[slot]!
      slots.copyWithin(hole * stride, slot * stride, (slot + 1) * stride)
      flows[slot] = null
      hole = slot
    }
  }
}

function spread(hash: number): number {
  return hash ^ (hash >>> 16)
}

/** Highest priority first; of equal ones the older. */
function filedUnder(head: Flow | null, flow: Flow): Flow {
  if (head === null || head.priority < flow.priority) {
    flow.below = head
    return flow
  }
  let above = head
  while (above.below !== null && above.below.priority >= flow.priority) above = above.below
  flow.below = above.below
  above.below = flow
  return head
}

function without(head: Flow, flow: Flow): Flow | null {
  if (head === flow) {
    const { below } = flow
    flow.below = null
    return below
  }
  for (let above = head; above.below !== null; above = above.below) {
    if (above.below !== flow) continue
    above.below = flow.below
    flow.below = null
    break
  }
  return head
}
