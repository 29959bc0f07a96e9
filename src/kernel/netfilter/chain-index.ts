// Finds the rules of a long chain that can match at all, so that unrelated rules cost a packet nothing.
import type { HookState } from './hook-state.js'
import type { Rule } from './rule.js'
import { exactAddress } from './rule.js'

/** Below this length a plain walk is as fast. */
export const INDEX_FROM = 8

/** Per bucket. */
const MAX_PAIRS = 32

/** Rules filed under one value of one field, by their position in the chain. */
class Bucket {
  readonly positions: number[] = []
  /** These and the rules without any key, in the chain's order; made at first use. */
  merged: readonly Rule[] | null = null
  /** With another bucket: of a bridged packet both ports may be known. */
  readonly pairs = new Map<Bucket, readonly Rule[]>()
}

/**
 * Each rule is filed under at most one exact value (address, device, bridge port), or among the rest.
 *
 *     packet -> buckets of its dst, src, in, out, physdevs -> merged with the rest by position -> rules to test
 */
export class ChainIndex {
  private readonly byAddress: Record<'dst' | 'src', Map<number, Bucket>> = { dst: new Map(), src: new Map() }
  private readonly byName: Record<'in' | 'out' | 'physIn' | 'physOut', Map<string, Bucket>> = {
    in: new Map(),
    out: new Map(),
    physIn: new Map(),
    physOut: new Map(),
  }
  private readonly rest: number[] = []
  private readonly restRules: readonly Rule[]

  constructor(private readonly rules: readonly Rule[]) {
    for (let position = 0; position < rules.length; position++) this.file(rules[position]!, position)
    this.restRules = this.rest.map((position) => rules[position]!)
  }

  /** Share of rules that a packet without any known value must be tested against: 1 means the index is useless. */
  get restShare(): number {
    return this.rest.length / this.rules.length
  }

  candidates(state: HookState): readonly Rule[] {
    const found = this.bucketsOf(state)
    if (found === null) return this.restRules
    if (found instanceof Bucket) {
      found.merged ??= this.merge([found])
      return found.merged
    }
    return found.length === 2 ? this.pair(found[0]!, found[1]!) : this.merge(found)
  }

  private pair(first: Bucket, second: Bucket): readonly Rule[] {
    let rules = first.pairs.get(second)
    if (rules === undefined) {
      rules = this.merge([first, second])
      if (first.pairs.size < MAX_PAIRS) first.pairs.set(second, rules)
    }
    return rules
  }

  private bucketsOf(state: HookState): Bucket | Bucket[] | null {
    const { pkt, inDev, outDev } = state
    const { byAddress, byName } = this
    let found: Bucket | Bucket[] | null = null
    if (byAddress.dst.size > 0) found = add(found, byAddress.dst.get(state.ip.dst))
    if (byAddress.src.size > 0) found = add(found, byAddress.src.get(state.ip.src))
    if (inDev !== null && byName.in.size > 0) found = add(found, byName.in.get(inDev.name))
    if (outDev !== null && byName.out.size > 0) found = add(found, byName.out.get(outDev.name))
    if (pkt.physIn !== null && byName.physIn.size > 0) found = add(found, byName.physIn.get(pkt.physIn.name))
    if (pkt.physOut !== null && byName.physOut.size > 0) found = add(found, byName.physOut.get(pkt.physOut.name))
    return found
  }

  private merge(buckets: readonly Bucket[]): Rule[] {
    const positions = [...this.rest]
    for (const bucket of buckets) positions.push(...bucket.positions)
    return positions.sort((a, b) => a - b).map((position) => this.rules[position]!)
  }

  private file(rule: Rule, position: number): void {
    const header = rule.header
    const dst = exactAddress(header.dst, header.dstMask, header.invDst)
    if (dst !== null) return put(this.byAddress.dst, dst, position)
    const src = exactAddress(header.src, header.srcMask, header.invSrc)
    if (src !== null) return put(this.byAddress.src, src, position)
    for (const use of rule.matches) {
      const key = use.spec.indexKey?.(use.params) ?? null
      if (key !== null) return put(this.byName[key.field], key.value, position)
    }
    if (isExactName(header.outDev, header.invOut)) return put(this.byName.out, header.outDev, position)
    if (isExactName(header.inDev, header.invIn)) return put(this.byName.in, header.inDev, position)
    this.rest.push(position)
  }
}

function add(found: Bucket | Bucket[] | null, bucket: Bucket | undefined): Bucket | Bucket[] | null {
  if (bucket === undefined) return found
  if (found === null) return bucket
  if (found instanceof Bucket) return [found, bucket]
  found.push(bucket)
  return found
}

function put<K>(map: Map<K, Bucket>, key: K, position: number): void {
  let bucket = map.get(key)
  if (bucket === undefined) map.set(key, (bucket = new Bucket()))
  bucket.positions.push(position)
}

function isExactName(name: string, inverted: boolean): boolean {
  return name !== '' && !inverted && !name.endsWith('+')
}
