// Seeded chance: the only source of randomness below lab/ (splitmix32 over a hashed seed).

import { Copied } from './copied.js'

export class Random extends Copied {
  private state: number

  constructor(seed: string | number) {
    super()
    this.state = hash(String(seed))
  }

  /** An unsigned 32-bit number. */
  uint32(): number {
    this.state = (this.state + 0x9e3779b9) | 0
    let z = this.state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }

  /** 0 <= result < bound */
  below(bound: number): number {
    return Math.floor((this.uint32() / 0x100000000) * bound)
  }

  /** low <= result <= high */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** An own stream for a part of the lab, so that one part's draws do not shift another's. */
  fork(name: string): Random {
    return new Random(`${this.state >>> 0}/${name}`)
  }

  /** A random version-4 UUID (RFC 9562). */
  uuid(): string {
    const hex = [this.uint32(), this.uint32(), this.uint32(), this.uint32()].map((n) => n.toString(16).padStart(8, '0')).join('')
    const variant = '89ab'[Number.parseInt(hex[16]!, 16) & 3]!
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h | 0
}
