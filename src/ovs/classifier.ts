// Tuple-space search: flows with the same mask share a hash table, so that a lookup costs one probe for each mask, however many flows there are.
import { Copied } from '../sim/copied.js'
import { ETHERTYPE_IPV4 } from '../wire/ethernet.js'
import type { Flow } from './flow.js'
import { FlowIndex } from './flow-index.js'
import type { FlowKey } from './flow-key.js'
import { FLOW_WORDS, W } from './flow-key.js'
import { MaskMap } from './mask-map.js'
import { PortTrie, PrefixTrie, prefixLength } from './prefix-trie.js'

/** Lookup goes by stages (metadata, Ethernet, network, transport): who fails early has looked at little, and the cached result stays wide. */
const STAGES = 4

function stageOf(word: number): number {
  if (word >= W.ETH_DST && word <= W.VLAN_TPID2) return 1
  if (word === W.MPLS_LSE || word >= W.MPLS_LSE2) return 1
  if (word >= W.NW_SRC && word <= W.NW_FRAG) return 2
  if (word >= W.IPV6_SRC && word <= W.IPV6_LABEL) return 2
  if (word === W.CT_NW_SRC || word === W.CT_NW_DST || (word >= W.CT_IPV6_SRC && word < W.MPLS_LSE)) return 2
  if (word >= W.TP_SRC && word <= W.ARP_THA + 1) return 3
  if (word >= W.ND_TARGET && word <= W.ND_OPTIONS_TYPE) return 3
  if (word === W.CT_TP_SRC || word === W.CT_TP_DST) return 3
  return 0
}

const STAGE_OF = Uint8Array.from({ length: FLOW_WORDS }, (_, word) => stageOf(word))

function step(hash: number, value: number): number {
  const mixed = Math.imul(value, 0x9e3779b1)
  return Math.imul((hash ^ mixed ^ (mixed >>> 15)) | 0, 0x85ebca6b) ^ (hash >>> 13)
}

export class Subtable extends Copied {
  /** Words of the mask that are not zero, by stage. */
  readonly words: readonly number[]
  private readonly masks: Int32Array
  /** Where each stage ends in `words`; stages without words are left out. */
  private readonly ends: readonly number[]
  private readonly index: FlowIndex
  /** For all stages but the last: how many entries have this hash of their words so far. */
  private readonly stages: readonly Map<number, number>[]
  maxPriority = -1
  size = 0
  private readonly priorities = new Map<number, number>()
  /** Length of the prefix that the mask is on the field of each trie; 0: not one. */
  readonly prefixes: number[] = []
  private readonly ports: PortTrie | null

  constructor(
    readonly mask: FlowKey,
    tries: readonly PrefixTrie[],
  ) {
    super()
    const words: number[] = []
    const ends: number[] = []
    for (let stage = 0; stage < STAGES; stage++) {
      const before = words.length
      for (let word = 0; word < FLOW_WORDS; word++) if (STAGE_OF[word] === stage && mask[word] !== 0) words.push(word)
      if (words.length > before) ends.push(words.length)
    }
    this.words = words
    this.ends = ends.length === 0 ? [0] : ends
    this.masks = Int32Array.from(words, (word) => mask[word]!)
    this.index = new FlowIndex(words, this.masks)
    this.stages = this.ends.slice(1).map(() => new Map<number, number>())
    for (const trie of tries) this.prefixes.push(prefixLength(mask[trie.word]!))
    this.ports = mask[W.TP_SRC] === 0 && mask[W.TP_DST] === 0 ? null : new PortTrie(mask)
  }

  private hashUpTo(key: FlowKey, from: number, to: number, basis: number): number {
    const { words, masks } = this
    let hash = basis
    for (let i = from; i < to; i++) hash = step(hash, key[words[i]!]! & masks[i]!)
    return hash
  }

  /**
   * The flow here that matches, others with the same match below it; `wildcards` learns what was looked at. No stage or trie turns away what is here:
   * they are asked only when nothing is.
   */
  find(key: FlowKey, wildcards: FlowKey | null, tries: readonly TrieLookup[]): Flow | null {
    const flow = this.index.find(key, this.hashUpTo(key, 0, this.words.length, 0))
    if (wildcards === null) return flow
    if (flow === null) return this.refuse(key, wildcards, tries)
    this.look(this.words.length, wildcards)
    return flow
  }

  /** No flow here matches: as little as tells it is looked at. */
  private refuse(key: FlowKey, wildcards: FlowKey, tries: readonly TrieLookup[]): null {
    const { ends } = this
    let hash = 0
    let at = 0
    for (let stage = 0; stage < ends.length; stage++) {
      const end = ends[stage]!
      if (this.trieRefuses(at, end, wildcards, tries)) return this.look(at, wildcards)
      hash = this.hashUpTo(key, at, end, hash)
      at = end
      if (stage < this.stages.length && !this.stages[stage]!.has(hash)) return this.look(at, wildcards)
    }
    return this.ports === null ? this.look(at, wildcards) : this.lookWithPorts(key, wildcards, this.ports)
  }

  /** No flow here: of the ports, a few leading bits have told. */
  private lookWithPorts(key: FlowKey, wildcards: FlowKey, ports: PortTrie): null {
    const src = wildcards[W.TP_SRC]!
    const dst = wildcards[W.TP_DST]!
    this.look(this.words.length, wildcards)
    const told = ports.told(key)
    wildcards[W.TP_SRC] = src | (told >>> 16)
    wildcards[W.TP_DST] = dst | (told & 0xffff)
    return null
  }

  /** Without a match: the words so far have decided it. */
  private look(end: number, wildcards: FlowKey): null {
    for (let i = 0; i < end; i++) wildcards[this.words[i]!]! |= this.masks[i]!
    return null
  }

  private trieRefuses(from: number, to: number, wildcards: FlowKey, tries: readonly TrieLookup[]): boolean {
    for (let i = 0; i < tries.length; i++) {
      const length = this.prefixes[i]!
      if (length === 0) continue
      const word = tries[i]!.trie.word
      let here = false
      for (let at = from; at < to; at++) here ||= this.words[at] === word
      if (here && tries[i]!.refuses(length, wildcards)) return true
    }
    return false
  }

  insert(flow: Flow): void {
    const key = flow.match.key
    let hash = 0
    let at = 0
    for (let stage = 0; stage < this.ends.length; stage++) {
      hash = this.hashUpTo(key, at, this.ends[stage]!, hash)
      at = this.ends[stage]!
      const counts = this.stages[stage]
      if (counts !== undefined) counts.set(hash, (counts.get(hash) ?? 0) + 1)
    }
    this.ports?.insert(key)
    this.index.insert(flow, hash)
    this.size++
    this.priorities.set(flow.priority, (this.priorities.get(flow.priority) ?? 0) + 1)
    if (flow.priority > this.maxPriority) this.maxPriority = flow.priority
  }

  remove(flow: Flow): void {
    const key = flow.match.key
    let hash = 0
    let at = 0
    for (let stage = 0; stage < this.ends.length; stage++) {
      hash = this.hashUpTo(key, at, this.ends[stage]!, hash)
      at = this.ends[stage]!
      const counts = this.stages[stage]
      if (counts === undefined) continue
      const left = counts.get(hash)! - 1
      if (left === 0) counts.delete(hash)
      else counts.set(hash, left)
    }
    this.index.remove(flow, hash)
    this.ports?.remove(key)
    this.size--
    this.forgetPriority(flow.priority)
  }

  private forgetPriority(priority: number): void {
    const left = this.priorities.get(priority)! - 1
    if (left > 0) this.priorities.set(priority, left)
    else {
      this.priorities.delete(priority)
      if (priority === this.maxPriority) this.maxPriority = Math.max(-1, ...this.priorities.keys())
    }
  }

  list(): Flow[] {
    return this.index.list().sort((a, b) => a.filed - b.filed)
  }

  /** The flow of exactly this match and priority. */
  exact(key: FlowKey, priority: number): Flow | null {
    let flow = this.index.find(key, this.hashUpTo(key, 0, this.words.length, 0))
    while (flow !== null && flow.priority !== priority) flow = flow.below
    return flow
  }
}

/** One trie, asked at most once in a lookup. */
class TrieLookup extends Copied {
  private bits = -1
  private lengths = 0
  private value = 0

  constructor(readonly trie: PrefixTrie) {
    super()
  }

  begin(key: FlowKey): void {
    this.value = key[this.trie.word]!
    this.bits = -1
  }

  /** No prefix of this length can match; the bits that tell are noted. */
  refuses(length: number, wildcards: FlowKey): boolean {
    if (this.bits < 0) {
      const found = this.trie.lookup(this.value)
      this.bits = found.bits
      this.lengths = found.lengths
    }
    if ((this.lengths & (1 << (length - 1))) !== 0) return false
    const mask = this.bits === 0 ? 0 : -1 << (32 - this.bits)
    if (this.bits <= length) {
      wildcards[this.trie.word]! |= mask
      return true
    }
    return (wildcards[this.trie.word]! & mask) === mask
  }
}

const NO_TRIES: readonly TrieLookup[] = []

export class Classifier extends Copied {
  /** Highest priorities first, so that a lookup can stop early. */
  private readonly subtables: Subtable[] = []
  private readonly byMask = new MaskMap<Subtable>()
  /** IPv4 prefixes are looked up in tries before their subtables are. */
  private readonly tries = [new PrefixTrie(W.NW_DST), new PrefixTrie(W.NW_SRC)]
  private readonly lookups = this.tries.map((trie) => new TrieLookup(trie))
  size = 0
  private conjunctions = 0
  /** Prefixes in the tries. */
  private prefixed = 0

  insert(flow: Flow): void {
    if (isPart(flow)) this.conjunctions++
    let subtable = this.byMask.get(flow.match.mask)
    if (subtable === undefined) {
      subtable = new Subtable(flow.match.mask, this.tries)
      this.byMask.add(flow.match.mask, subtable)
      this.subtables.push(subtable)
    }
    subtable.insert(flow)
    this.size++
    for (let i = 0; i < this.tries.length; i++) {
      if (subtable.prefixes[i]! === 0) continue
      this.prefixed++
      this.tries[i]!.insert(flow.match.key[this.tries[i]!.word]!, subtable.prefixes[i]!)
    }
    this.sort()
  }

  remove(flow: Flow): void {
    const subtable = this.byMask.get(flow.match.mask)
    if (subtable === undefined) return
    subtable.remove(flow)
    if (isPart(flow)) this.conjunctions--
    this.size--
    for (let i = 0; i < this.tries.length; i++) {
      if (subtable.prefixes[i]! === 0) continue
      this.prefixed--
      this.tries[i]!.remove(flow.match.key[this.tries[i]!.word]!, subtable.prefixes[i]!)
    }
    if (subtable.size === 0) {
      this.byMask.delete(subtable.mask)
      this.subtables.splice(this.subtables.indexOf(subtable), 1)
    }
    this.sort()
  }

  /** Insertion sort: nearly always in order already. */
  private sort(): void {
    const { subtables } = this
    for (let i = 1; i < subtables.length; i++) {
      const moving = subtables[i]!
      let at = i
      for (; at > 0 && subtables[at - 1]!.maxPriority < moving.maxPriority; at--) subtables[at] = subtables[at - 1]!
      subtables[at] = moving
    }
  }

  /** As the switch walks them: masks with the highest priorities first. */
  *list(): Generator<Flow> {
    for (const subtable of this.subtables) yield* subtable.list()
  }

  exact(key: FlowKey, mask: FlowKey, priority: number): Flow | null {
    return this.byMask.get(mask)?.exact(key, priority) ?? null
  }

  lookup(key: FlowKey, wildcards: FlowKey | null): Flow | null {
    return this.conjunctions === 0 ? this.plain(key, wildcards) : this.conjunctive(key, wildcards)
  }

  /** Parts of conjunctions match for their conj_id only, when each clause has one that does. */
  private conjunctive(key: FlowKey, wildcards: FlowKey | null): Flow | null {
    const parts: Flow[] = []
    const hard = this.plain(key, wildcards, parts)
    const above = parts.filter((flow) => hard === null || flow.priority > hard.priority)
    for (const priority of [...new Set(above.map((flow) => flow.priority))].sort((a, b) => b - a)) {
      const id = completeConjunction(above.filter((flow) => flow.priority === priority))
      if (id === null) continue
      key[W.CONJ_ID] = id
      const found = this.plain(key, wildcards, [])
      key[W.CONJ_ID] = 0
      if (found !== null) return found
    }
    return hard
  }

  /** `parts`: collects flows that are parts of conjunctions; without it there are none. */
  private plain(key: FlowKey, wildcards: FlowKey | null, parts: Flow[] | null = null): Flow | null {
    // An ARP packet has its addresses in the same words, but the tries are of IPv4's.
    const isAsked = wildcards !== null && this.prefixed > 0 && key[W.ETH_TYPE] === ETHERTYPE_IPV4
    const tries = isAsked ? this.lookups : NO_TRIES
    for (let i = 0; i < tries.length; i++) tries[i]!.begin(key)
    let best: Flow | null = null
    let priority = -1
    for (const subtable of this.subtables) {
      if (subtable.maxPriority <= priority) break
      const found = subtable.find(key, wildcards, tries)
      const flow = parts === null ? found : withoutParts(found, parts)
      if (flow === null || flow.priority <= priority) continue
      best = flow
      priority = flow.priority
    }
    return best
  }
}

function isPart(flow: Flow): boolean {
  return flow.actions.length > 0 && flow.actions[0]!.type === 'conjunction'
}

/** The first that is no part of a conjunction; `parts` collects those that are. */
function withoutParts(head: Flow | null, parts: Flow[]): Flow | null {
  let whole: Flow | null = null
  for (let flow = head; flow !== null; flow = flow.below) {
    if (isPart(flow)) parts.push(flow)
    else whole ??= flow
  }
  return whole
}

/** The id of a conjunction whose clauses are all there. */
function completeConjunction(parts: readonly Flow[]): number | null {
  const found = new Map<number, Set<number>>()
  for (const part of parts) {
    for (const action of part.actions) {
      if (action.type !== 'conjunction') continue
      const clauses = found.get(action.id) ?? new Set<number>()
      found.set(action.id, clauses.add(action.clause))
      if (clauses.size === action.clauses) return action.id
    }
  }
  return null
}
