// Filters as trees of tests over the bytes of a packet: how they run, and whether they can pass anything at all.
import type { VlanTag } from '../../../wire/ethernet.js'

export interface FilterPacket {
  /** As far as captured; in a live capture without the outermost VLAN tag, which the kernel keeps beside the frame. */
  readonly bytes: Uint8Array
  /** On the wire. */
  readonly length: number
  /** The tag beside the frame, null when there is none and when reading a file. */
  readonly tag: VlanTag | null
  readonly outgoing: boolean
  readonly ifindex: number
}

/** One packet being tested. */
export class Run {
  packet!: FilterPacket
  /** Offsets that are known only when a packet is there (tags, Geneve). */
  readonly registers = new Int32Array(16)

  /** A read past the captured bytes ends the whole filter with "no", as in BPF. */
  load(at: number, size: number): number {
    const bytes = this.packet.bytes
    if (at < 0 || at + size > bytes.length) throw OUT_OF_BYTES
    if (size === 1) return bytes[at]!
    if (size === 2) return (bytes[at]! << 8) | bytes[at + 1]!
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  }
}

class OutOfBytes extends Error {}
export const OUT_OF_BYTES = new OutOfBytes('read past the packet')

/** Unsigned comparison with a constant; `set`: any of these bits. */
export type Comparison = 'eq' | 'gt' | 'ge' | 'set'

export type Test =
  | { readonly kind: 'and' | 'or'; readonly a: Test; readonly b: Test }
  | { readonly kind: 'not'; readonly a: Test }
  | { readonly kind: 'constant'; readonly value: boolean }
  | {
      readonly kind: 'compare'
      /** What is read: equal keys are equal values. */
      readonly key: string
      readonly read: (run: Run) => number
      readonly comparison: Comparison
      readonly value: number
    }
  /** Sets registers for the tests behind it; always passes. */
  | { readonly kind: 'step'; readonly step: (run: Run) => void }

export function and(a: Test, b: Test): Test {
  return { kind: 'and', a, b }
}

export function or(a: Test, b: Test): Test {
  return { kind: 'or', a, b }
}

export function not(a: Test): Test {
  return { kind: 'not', a }
}

export function constant(value: boolean): Test {
  return { kind: 'constant', value }
}

export function anyOf(tests: readonly Test[]): Test {
  return tests.reduce(or)
}

export function compare(key: string, read: (run: Run) => number, comparison: Comparison, value: number): Test {
  return { kind: 'compare', key, read, comparison, value: value >>> 0 }
}

/** The test as one function. */
export function compileTest(test: Test): (run: Run) => boolean {
  switch (test.kind) {
    case 'and': {
      const a = compileTest(test.a)
      const b = compileTest(test.b)
      return (run) => a(run) && b(run)
    }
    case 'or': {
      const a = compileTest(test.a)
      const b = compileTest(test.b)
      return (run) => a(run) || b(run)
    }
    case 'not': {
      const a = compileTest(test.a)
      return (run) => !a(run)
    }
    case 'constant':
      return () => test.value
    case 'step':
      return (run) => {
        test.step(run)
        return true
      }
    case 'compare':
      return compileComparison(test.read, test.comparison, test.value)
  }
}

function compileComparison(read: (run: Run) => number, comparison: Comparison, value: number): (run: Run) => boolean {
  switch (comparison) {
    case 'eq':
      return (run) => read(run) === value
    case 'gt':
      return (run) => read(run) > value
    case 'ge':
      return (run) => read(run) >= value
    case 'set':
      return (run) => (read(run) & value) !== 0
  }
}

/** Ways that are tried before a filter is believed to pass something. */
const PATIENCE = 20000

/**
 * False when the filter contradicts itself ("ip and arp"), which libpcap refuses. As libpcap does, only equal reads
 * are held against each other: a value that equals 1 does not equal 2, and the same test gives the same answer.
 */
export function canPass(test: Test): boolean {
  const search = new Search()
  return search.reach(test, true, () => true)
}

class Search {
  private readonly equals = new Map<string, number>()
  private readonly answers = new Map<string, boolean>()
  private steps = 0

  /** Is there a way to bring `test` to `wanted` after which `next` is reached? */
  reach(test: Test, wanted: boolean, next: () => boolean): boolean {
    if (++this.steps > PATIENCE) return true
    switch (test.kind) {
      case 'constant':
        return test.value === wanted && next()
      case 'step':
        return wanted && next()
      case 'not':
        return this.reach(test.a, !wanted, next)
      case 'and':
        if (wanted) return this.reach(test.a, true, () => this.reach(test.b, true, next))
        return this.reach(test.a, false, next) || this.reach(test.a, true, () => this.reach(test.b, false, next))
      case 'or':
        if (!wanted) return this.reach(test.a, false, () => this.reach(test.b, false, next))
        return this.reach(test.a, true, next) || this.reach(test.a, false, () => this.reach(test.b, true, next))
      case 'compare':
        return this.assume(test, wanted, next)
    }
  }

  private assume(test: Extract<Test, { kind: 'compare' }>, wanted: boolean, next: () => boolean): boolean {
    const { key, comparison, value } = test
    const question = `${key} ${comparison} ${value}`
    const answer = this.answers.get(question)
    if (answer !== undefined) return answer === wanted && next()
    const equal = comparison === 'eq' ? this.equals.get(key) : undefined
    if (equal !== undefined) return (equal === value) === wanted && next()
    this.answers.set(question, wanted)
    if (comparison === 'eq' && wanted) this.equals.set(key, value)
    const reached = next()
    this.answers.delete(question)
    if (comparison === 'eq' && wanted) this.equals.delete(key)
    return reached
  }
}
