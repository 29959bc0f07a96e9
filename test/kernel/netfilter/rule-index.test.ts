// The index of a long chain finds what a plain walk finds, in the same order.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChainIndex } from '../../../src/kernel/netfilter/chain-index.js'
import type { HookState } from '../../../src/kernel/netfilter/hook-state.js'
import { physdevMatch } from '../../../src/kernel/netfilter/matches/physdev.js'
import { MatchUse, Rule, RuleHeader } from '../../../src/kernel/netfilter/rule.js'

interface Spec {
  src: number | null
  dst: number | null
  prefix: boolean
  invert: boolean
  inDev: string
  outDev: string
  physIn: string | null
}

const devices = ['', 'eth0', 'tap1', 'tap2', 'tap+']
const spec: fc.Arbitrary<Spec> = fc.record({
  src: fc.option(fc.integer({ min: 1, max: 6 })),
  dst: fc.option(fc.integer({ min: 1, max: 6 })),
  prefix: fc.boolean(),
  invert: fc.boolean(),
  inDev: fc.constantFrom(...devices),
  outDev: fc.constantFrom(...devices),
  physIn: fc.option(fc.constantFrom('vnet0', 'vnet1', 'vnet+')),
})

function ruleOf(each: Spec): Rule {
  const header = new RuleHeader()
  const mask = each.prefix ? -2 : -1
  if (each.src !== null) {
    header.src = each.src & mask
    header.srcMask = mask
    header.invSrc = each.invert
  }
  if (each.dst !== null) {
    header.dst = each.dst & mask
    header.dstMask = mask
  }
  header.inDev = each.inDev
  header.outDev = each.outDev
  const matches = each.physIn === null ? [] : [physdevUse(each.physIn, each.invert)]
  return new Rule(header, matches, { kind: 'none' })
}

function physdevUse(name: string, inverted: boolean): MatchUse {
  const params = { in: { value: name, inverted }, out: null, isIn: null, isOut: null, isBridged: null }
  const use = new MatchUse(physdevMatch, params)
  use.test = physdevMatch.compile(params, null as never)
  return use
}

const packet = fc.record({
  src: fc.integer({ min: 1, max: 7 }),
  dst: fc.integer({ min: 1, max: 7 }),
  inDev: fc.constantFrom(null, 'eth0', 'tap1', 'tap3'),
  outDev: fc.constantFrom(null, 'eth0', 'tap2'),
  physIn: fc.constantFrom(null, 'vnet0', 'vnet1', 'vnet2'),
})

const named = (name: string | null) => (name === null ? null : { name })

test('candidates of the index that match = rules of the chain that match', () => {
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 40 }), fc.array(packet, { minLength: 1, maxLength: 10 }), (specs, packets) => {
      const rules = specs.map(ruleOf)
      const index = new ChainIndex(rules)
      for (const each of packets) {
        const state = {
          ip: { src: each.src, dst: each.dst, proto: 6, fragOffset: 0 },
          inDev: named(each.inDev),
          outDev: named(each.outDev),
          pkt: { physIn: named(each.physIn), physOut: null },
        } as unknown as HookState
        const plain = rules.filter((rule) => rule.test(state))
        const indexed = index.candidates(state).filter((rule) => rule.test(state))
        expect(indexed.map((rule) => rules.indexOf(rule))).toEqual(plain.map((rule) => rules.indexOf(rule)))
      }
    }),
    { numRuns: 300 },
  )
})

test("a chain of one rule a host is not walked: only that host's rule is tested", () => {
  const rules = Array.from({ length: 500 }, (_each, i) =>
    ruleOf({ src: null, dst: i + 1, prefix: false, invert: false, inDev: '', outDev: '', physIn: null }),
  )
  const state = {
    ip: { src: 9, dst: 77, proto: 6, fragOffset: 0 },
    inDev: null,
    outDev: null,
    pkt: { physIn: null, physOut: null },
  } as unknown as HookState
  expect(new ChainIndex(rules).candidates(state)).toEqual([rules[76]])
})
