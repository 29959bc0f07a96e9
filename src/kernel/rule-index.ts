// Finds the rules that could match a flow without walking all of them: ten thousand `from X` rules cost what ten do.
import { maskOf } from '../addr/ipv4.js'
import type { FlowKey } from './flow.js'
import type { Rule } from './rule.js'

type Positions = number[]

/**
 * Every rule stands in one list by the first of these it has: source prefix, destination prefix, mark under the full mask.
 * Inverted rules and all others stand in `rest`. Lists hold positions in the order of preference.
 */
export class RuleIndex {
  readonly bySource = new Map<number, Map<number, Positions>>()
  readonly byDestination = new Map<number, Map<number, Positions>>()
  readonly byMark = new Map<number, Positions>()
  readonly rest: Positions = []

  constructor(readonly rules: readonly Rule[]) {
    for (let i = 0; i < rules.length; i++) this.enter(rules[i]!, i)
  }

  private enter(rule: Rule, at: number): void {
    if (rule.invert) this.rest.push(at)
    else if (rule.src !== null && rule.src.length > 0)
      push(inner(this.bySource, rule.src.length), rule.src.address & maskOf(rule.src.length), at)
    else if (rule.dst !== null && rule.dst.length > 0)
      push(inner(this.byDestination, rule.dst.length), rule.dst.address & maskOf(rule.dst.length), at)
    else if (rule.fwmask === 0xffffffff) push(this.byMark, rule.fwmark, at)
    else this.rest.push(at)
  }

  /** The lists that a rule for this flow can be in. */
  listsFor(flow: FlowKey): Positions[] {
    const lists: Positions[] = []
    if (this.rest.length > 0) lists.push(this.rest)
    for (const [length, map] of this.bySource) {
      const list = map.get(flow.src & maskOf(length))
      if (list !== undefined) lists.push(list)
    }
    for (const [length, map] of this.byDestination) {
      const list = map.get(flow.dst & maskOf(length))
      if (list !== undefined) lists.push(list)
    }
    const list = this.byMark.get(flow.mark >>> 0)
    if (list !== undefined) lists.push(list)
    return lists
  }
}

function inner(maps: Map<number, Map<number, Positions>>, length: number): Map<number, Positions> {
  let map = maps.get(length)
  if (map === undefined) {
    map = new Map()
    maps.set(length, map)
  }
  return map
}

function push(map: Map<number, Positions>, key: number, at: number): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [at])
  else list.push(at)
}

/** Goes through the candidate lists of one flow in the order of preference. */
export class RuleWalk {
  private readonly lists: Positions[]
  private readonly cursors: number[]

  constructor(
    private readonly index: RuleIndex,
    flow: FlowKey,
  ) {
    this.lists = index.listsFor(flow)
    this.cursors = new Array<number>(this.lists.length).fill(0)
  }

  next(): Rule | null {
    let best = -1
    let bestAt = Number.MAX_SAFE_INTEGER
    for (let i = 0; i < this.lists.length; i++) {
      const at = this.lists[i]![this.cursors[i]!]
      if (at === undefined || at >= bestAt) continue
      best = i
      bestAt = at
    }
    if (best < 0) return null
    this.cursors[best]!++
    return this.index.rules[bestAt]!
  }

  /** `goto`: the next rule is the first of that preference. */
  jumpTo(preference: number): void {
    for (let i = 0; i < this.lists.length; i++) {
      const list = this.lists[i]!
      while (this.cursors[i]! < list.length && this.index.rules[list[this.cursors[i]!]!]!.preference < preference) this.cursors[i]!++
    }
  }
}
