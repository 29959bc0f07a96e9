// A set as CPython 3.8 to 3.12 keeps one: which member `pop` gives out follows from the members' hashes and from what came and went.
// Members are the numbers 0, 1, 2 ... of a fixed list of hashes. CPython's published hash of tuples, probing and growth.

const EMPTY = -1
const DUMMY = -2
const LINEAR_PROBES = 9
const FIRST_SIZE = 8

/** 64 bit hashes in two halves. */
export interface Hashes {
  readonly low: Uint32Array
  readonly high: Uint32Array
}

export class Python3Set {
  private slots = new Int32Array(FIRST_SIZE).fill(EMPTY)
  /** Slots that are or were taken. */
  private fill = 0
  private used = 0
  private finger = 0
  private passed = -1

  constructor(private readonly hashes: Hashes) {}

  get size(): number {
    return this.used
  }

  copy(): Python3Set {
    const copy = new Python3Set(this.hashes)
    copy.slots = this.slots.slice()
    copy.fill = this.fill
    copy.used = this.used
    copy.finger = this.finger
    return copy
  }

  add(member: number): void {
    const { slots } = this
    const at = this.find(member)
    if (slots[at] === member) return
    this.used++
    if (this.passed >= 0) {
      slots[this.passed] = member
      return
    }
    slots[at] = member
    this.fill++
    if (this.fill * 5 >= (slots.length - 1) * 3) this.resize(this.used * (this.used > 50_000 ? 2 : 4))
  }

  delete(member: number): void {
    const at = this.find(member)
    if (this.slots[at] !== member) return
    this.slots[at] = DUMMY
    this.used--
  }

  /** Null: there is none. */
  pop(): number | null {
    if (this.used === 0) return null
    const mask = this.slots.length - 1
    let at = this.finger & mask
    while (this.slots[at]! < 0) at = (at + 1) & mask
    const member = this.slots[at]!
    this.slots[at] = DUMMY
    this.used--
    this.finger = at + 1
    return member
  }

  /** The member's slot, or the first one on its way that was never taken; `passed` is the last one before it that was left, or -1. */
  private find(member: number): number {
    const { slots } = this
    const mask = slots.length - 1
    let low = this.hashes.low[member]!
    let high = this.hashes.high[member]!
    let i = low & mask
    this.passed = -1
    for (;;) {
      const last = i + LINEAR_PROBES <= mask ? i + LINEAR_PROBES : i
      for (let slot = i; slot <= last; slot++) {
        const there = slots[slot]
        if (there === EMPTY || there === member) return slot
        if (there === DUMMY) this.passed = slot
      }
      low = ((low >>> 5) | (high << 27)) >>> 0
      high >>>= 5
      i = (i * 5 + 1 + low) & mask
    }
  }

  private resize(minimum: number): void {
    let size = FIRST_SIZE
    while (size <= minimum) size *= 2
    const before = this.slots
    this.slots = new Int32Array(size).fill(EMPTY)
    this.fill = this.used
    for (const member of before) if (member >= 0) this.slots[this.find(member)] = member
  }
}

/** Hashes of the tuples (`first`, x, y) for `count` pairs of numbers below 2 ** 32, as CPython makes them since 3.8 (xxHash). */
export function tupleHashes(first: number, count: number, pairOf: (i: number) => readonly [number, number]): Hashes {
  const hashes = { low: new Uint32Array(count), high: new Uint32Array(count) }
  const state = new TupleHash()
  for (let i = 0; i < count; i++) {
    const [x, y] = pairOf(i)
    state.begin()
    state.take(first)
    state.take(x)
    state.take(y)
    state.end(3)
    hashes.low[i] = state.low
    hashes.high[i] = state.high
  }
  return hashes
}

const PRIME_1 = [0x9e3779b1, 0x85ebca87] as const
const PRIME_2 = [0xc2b2ae3d, 0x27d4eb4f] as const
const PRIME_5 = [0x27d4eb2f, 0x165667c5] as const
const LENGTH_SALT = 3_527_539

/** Arithmetic modulo 2 ** 64 in halves: BigInt is too slow for pools of thousands. */
class TupleHash {
  low = 0
  high = 0

  begin(): void {
    this.high = PRIME_5[0]
    this.low = PRIME_5[1]
  }

  take(lane: number): void {
    const { low, high } = this
    this.low = lane
    this.high = 0
    this.multiply(PRIME_2)
    this.plus(high, low)
    this.rotate31()
    this.multiply(PRIME_1)
  }

  /** A hash of -1 would stand for an error; no pair of addresses comes near it. */
  end(length: number): void {
    this.plus(PRIME_5[0], (length ^ PRIME_5[1] ^ LENGTH_SALT) >>> 0)
  }

  private plus(high: number, low: number): void {
    const sum = this.low + low
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) >>> 0
    this.low = sum >>> 0
  }

  private rotate31(): void {
    const { low, high } = this
    this.high = ((high << 31) | (low >>> 1)) >>> 0
    this.low = ((low << 31) | (high >>> 1)) >>> 0
  }

  private multiply([high, low]: readonly [number, number]): void {
    const a0 = this.low & 0xffff
    const a1 = this.low >>> 16
    const b0 = low & 0xffff
    const b1 = low >>> 16
    const lowest = a0 * b0
    const middle = a1 * b0 + (lowest >>> 16)
    const middle2 = a0 * b1 + (middle % 0x10000)
    const carried = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(middle2 / 0x10000)
    this.high = (carried + Math.imul(this.low, high) + Math.imul(this.high, low)) >>> 0
    this.low = (((middle2 & 0xffff) << 16) | (lowest & 0xffff)) >>> 0
  }
}
