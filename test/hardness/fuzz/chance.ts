// Seeded choices of the generators.
import { Random } from '../../../src/sim/random.js'

export class Chance {
  private readonly random: Random

  constructor(seed: string) {
    this.random = new Random(seed)
    // The first draws of like seeds are alike.
    for (let i = 0; i < 4; i++) this.random.uint32()
  }

  uint32(): number {
    return this.random.uint32()
  }

  below(bound: number): number {
    return this.random.below(bound)
  }

  between(low: number, high: number): number {
    return this.random.between(low, high)
  }

  /** True in `percent` of a hundred cases. */
  percent(percent: number): boolean {
    return this.random.below(100) < percent
  }

  pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]!
  }

  /** As many as were drawn between `low` and `high`. */
  some<T>(low: number, high: number, make: () => T): T[] {
    return Array.from({ length: this.between(low, high) }, make)
  }

  /** A number of the kind that breaks things: borders of bytes, words and what is written about them. */
  number(): number {
    return this.percent(60) ? this.below(this.pick([3, 10, 256, 5000])) : this.pick(BORDERS)
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}

const BORDERS = [
  0,
  -1,
  1,
  7,
  8,
  15,
  16,
  31,
  32,
  33,
  63,
  64,
  65,
  127,
  128,
  129,
  253,
  254,
  255,
  256,
  1023,
  1024,
  4094,
  4095,
  4096,
  32767,
  32768,
  65534,
  65535,
  65536,
  0xffffff,
  0x1000000,
  0x7fffffff,
  0x80000000,
  0xffffffff,
  0x100000000,
  1e15,
  2 ** 53,
  1e300,
]
