// Label stacks in a flow key: up to three entries, the outermost first.
import type { FlowKey } from './flow-key.js'
import { W } from './flow-key.js'

export const MAX_LABELS = 3
/** Bottom of the stack. */
export const MPLS_BOS = 0x100
export const MPLS_TTL = 0xff
export const LSE_WORDS: readonly number[] = [W.MPLS_LSE, W.MPLS_LSE2, W.MPLS_LSE2 + 1]

export function isMplsType(type: number): boolean {
  return type === 0x8847 || type === 0x8848
}

export function lseAt(key: FlowKey, i: number): number {
  return key[LSE_WORDS[i]!]!
}

/** How many entries there are, to the bottom of the stack or as far as there is something; `wildcards`: the bits that were looked at for it. */
export function countLabels(key: FlowKey, wildcards: FlowKey | null): number {
  if (!isMplsType(key[W.ETH_TYPE]!)) return 0
  for (let i = 0; i < MAX_LABELS; i++) {
    if (wildcards !== null) wildcards[LSE_WORDS[i]!]! |= MPLS_BOS
    if ((lseAt(key, i) & MPLS_BOS) !== 0) return i + 1
  }
  let count = 0
  while (count < MAX_LABELS && lseAt(key, count) !== 0) count++
  return count
}

export function shiftIn(key: FlowKey, lse: number): void {
  for (let i = MAX_LABELS - 1; i > 0; i--) key[LSE_WORDS[i]!] = lseAt(key, i - 1)
  key[W.MPLS_LSE] = lse
}

export function shiftOut(key: FlowKey): void {
  for (let i = 1; i < MAX_LABELS; i++) key[LSE_WORDS[i - 1]!] = lseAt(key, i)
  key[LSE_WORDS[MAX_LABELS - 1]!] = 0
}

/** `label=100,tc=0,ttl=64,bos=1` */
export function lseText(lse: number): string {
  return `label=${lse >>> 12},tc=${(lse >>> 9) & 7},ttl=${lse & MPLS_TTL},bos=${(lse >>> 8) & 1}`
}

export function maskedLseText(lse: number, mask: number): string {
  const label = `label=${lse >>> 12}/0x${(mask >>> 12).toString(16)}`
  const tc = `tc=${(lse >>> 9) & 7}/${((mask >>> 9) & 7).toString(16)}`
  return `${label},${tc},ttl=${lse & MPLS_TTL}/0x${(mask & MPLS_TTL).toString(16)},bos=${(lse >>> 8) & 1}/${(mask >>> 8) & 1}`
}
