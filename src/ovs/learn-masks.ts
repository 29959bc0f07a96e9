// What a learn() action reads of a packet and matches on, worked out once; and the flow that it made last: packets that differ in nothing
// that it reads teach the same.
import type { FlowMod } from './bridge.js'
import { FLOW_WORDS, type FlowKey, newKey } from './flow-key.js'

export type LearnedMod = FlowMod & { readonly table: number }

export class LearnMasks {
  readonly sources: FlowKey = newKey()
  readonly match: FlowKey = newKey()
  // Hidden from who compares actions by what they hold.
  #words: readonly number[] | null = null
  #values: readonly number[] = []
  #last: LearnedMod | null = null

  /** Words that are read of the packet. */
  get words(): readonly number[] {
    if (this.#words !== null) return this.#words
    const words: number[] = []
    for (let word = 0; word < FLOW_WORDS; word++) if (this.sources[word] !== 0) words.push(word)
    this.#words = words
    return words
  }

  /** The flow that a packet like this has taught last; null: it was another. */
  known(key: FlowKey): LearnedMod | null {
    const { words, sources } = this
    const values = this.#values
    for (let i = 0; i < words.length; i++) if ((key[words[i]!]! & sources[words[i]!]!) !== values[i]) return null
    return this.#last
  }

  keep(key: FlowKey, flow: LearnedMod): void {
    this.#values = this.words.map((word) => key[word]! & this.sources[word]!)
    this.#last = flow
  }
}
