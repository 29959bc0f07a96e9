// A match: what a flow asks of a key, as value and mask over the same words.
import { copyOf, FLOW_WORDS, type FlowKey, newKey } from './flow-key.js'

export interface Match {
  /** Zero where the mask is zero. */
  readonly key: FlowKey
  /** Ones where the key counts. */
  readonly mask: FlowKey
}

/** Matches every packet. */
export function matchAll(): Match {
  return { key: newKey(), mask: newKey() }
}

export function matches(match: Match, key: FlowKey): boolean {
  const want = match.key
  const mask = match.mask
  for (let i = 0; i < FLOW_WORDS; i++) if (((key[i]! ^ want[i]!) & mask[i]!) !== 0) return false
  return true
}

export function sameMatch(a: Match, b: Match): boolean {
  for (let i = 0; i < FLOW_WORDS; i++) if (a.key[i] !== b.key[i] || a.mask[i] !== b.mask[i]) return false
  return true
}

/** Every packet that `narrow` matches is matched by `wide` too: how `del-flows` and `mod-flows` choose without --strict. */
export function subsumes(wide: Match, narrow: Match): boolean {
  for (let i = 0; i < FLOW_WORDS; i++) {
    const mask = wide.mask[i]!
    if ((narrow.mask[i]! & mask) !== mask || ((narrow.key[i]! ^ wide.key[i]!) & mask) !== 0) return false
  }
  return true
}

/** Some packet is matched by both. */
export function overlaps(a: Match, b: Match): boolean {
  for (let i = 0; i < FLOW_WORDS; i++) if (((a.key[i]! ^ b.key[i]!) & a.mask[i]! & b.mask[i]!) !== 0) return false
  return true
}

export function copyMatch(match: Match): Match {
  return { key: copyOf(match.key), mask: copyOf(match.mask) }
}
