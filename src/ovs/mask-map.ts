// A map whose keys are masks of flows.
import { Copied } from '../sim/copied.js'
import type { FlowKey } from './flow-key.js'

interface Entry<T> {
  readonly mask: FlowKey
  readonly value: T
}

export class MaskMap<T> extends Copied {
  private readonly buckets = new Map<number, Entry<T>[]>()
  /** Whoever asks with the very mask that was added need not have it read. */
  private readonly byIdentity = new Map<FlowKey, T>()

  get(mask: FlowKey): T | undefined {
    const known = this.byIdentity.get(mask)
    if (known !== undefined) return known
    const bucket = this.buckets.get(hashOf(mask))
    if (bucket !== undefined) for (const entry of bucket) if (isSame(entry.mask, mask)) return entry.value
    return undefined
  }

  /** Precondition: it has none yet, and `mask` stays as it is. */
  add(mask: FlowKey, value: T): void {
    this.byIdentity.set(mask, value)
    const hash = hashOf(mask)
    const bucket = this.buckets.get(hash)
    if (bucket === undefined) this.buckets.set(hash, [{ mask, value }])
    else bucket.push({ mask, value })
  }

  delete(mask: FlowKey): void {
    const hash = hashOf(mask)
    const all = this.buckets.get(hash) ?? []
    for (const entry of all) if (isSame(entry.mask, mask)) this.byIdentity.delete(entry.mask)
    const left = all.filter((entry) => !isSame(entry.mask, mask))
    if (left.length === 0) this.buckets.delete(hash)
    else this.buckets.set(hash, left)
  }
}

function hashOf(mask: FlowKey): number {
  let hash = 0
  for (let word = 0; word < mask.length; word++) {
    const value = mask[word]!
    if (value !== 0) hash = (Math.imul(hash ^ value, 0x9e3779b1) + word) | 0
  }
  return hash
}

function isSame(a: FlowKey, b: FlowKey): boolean {
  for (let word = 0; word < a.length; word++) if (a[word] !== b[word]) return false
  return true
}
