// The indexes of routes and rules against plain scans, on random tables; the seed is fast-check's and is printed on failure.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskOf } from '../../src/addr/ipv4.js'
import { FibTable } from '../../src/kernel/fib-table.js'
import { FlowKey } from '../../src/kernel/flow.js'
import { Nexthop, Route } from '../../src/kernel/route-entry.js'
import type { Rule, RuleFields } from '../../src/kernel/rule.js'
import { ruleMatches } from '../../src/kernel/rule.js'
import { lookupTables } from '../../src/kernel/rule-lookup.js'
import { newKernel } from './lab.js'

// Few distinct bits, so that prefixes nest and collide.
const anAddress = fc
  .tuple(fc.constantFrom(0x0a000000, 0x0a010000, 0x0a010200, 0xc0a80000), fc.integer({ min: 0, max: 255 }))
  .map(([high, low]) => high | low)
const aLength = fc.constantFrom(0, 8, 15, 16, 23, 24, 31, 32)

const aRoute = fc.record({
  address: anAddress,
  length: aLength,
  tos: fc.constantFrom(0, 0, 0, 0x10),
  priority: fc.integer({ min: 0, max: 3 }),
  dead: fc.boolean(),
})

function scan(routes: readonly Route[], dst: number, tos: number): Route | null {
  let best: Route | null = null
  for (const route of routes) {
    if (((route.dst ^ dst) & maskOf(route.length)) !== 0 || (route.tos !== 0 && route.tos !== tos) || route.nexthops[0]!.dead) continue
    if (best === null || isBetter(route, best)) best = route
  }
  return best
}

function isBetter(a: Route, b: Route): boolean {
  if (a.length !== b.length) return a.length > b.length
  if (a.tos !== b.tos) return a.tos > b.tos
  return a.priority < b.priority
}

test('the longest prefix, as a scan finds it', () => {
  fc.assert(
    fc.property(
      fc.array(aRoute, { maxLength: 60 }),
      fc.array(fc.tuple(anAddress, fc.constantFrom(0, 0x10)), { minLength: 1, maxLength: 30 }),
      (specs, flows) => {
        const table = new FibTable(254)
        for (const spec of specs) {
          const nexthop = new Nexthop(null, null)
          nexthop.dead = spec.dead
          const route = new Route({
            dst: spec.address & maskOf(spec.length),
            length: spec.length,
            tos: spec.tos,
            priority: spec.priority,
            nexthops: [nexthop],
          })
          const at = table.position(route.dst, route.length, route.tos, route.priority)
          const taken = table.routes[at]
          if (taken?.dst === route.dst && taken.length === route.length && taken.tos === route.tos && taken.priority === route.priority)
            continue
          table.insert(route, at)
          // The index is there from the first lookup on and follows the edits.
          table.lookup(new FlowKey(route.dst), false)
          if (spec.priority === 3 && spec.address % 3 === 0) table.remove(table.routes[Math.abs(spec.address) % table.routes.length]!)
        }
        for (const [dst, tos] of flows) {
          const flow = new FlowKey(dst)
          flow.tos = tos
          expect(table.lookup(flow, false)?.route ?? null).toBe(scan(table.routes, dst, tos))
        }
      },
    ),
    { numRuns: 300 },
  )
})

const aRule = fc.record({
  preference: fc.integer({ min: 1, max: 40 }),
  src: fc.option(fc.record({ address: anAddress, length: aLength })),
  dst: fc.option(fc.record({ address: anAddress, length: aLength })),
  fwmark: fc.constantFrom(0, 0, 1, 2),
  fwmask: fc.constantFrom(0xffffffff, 0x1),
  invert: fc.boolean(),
  gotoTarget: fc.constantFrom(0, 0, 0, 20, 33),
  table: fc.integer({ min: 100, max: 140 }),
})

test('rules are walked in the order of preference, goto included, as a scan does', () => {
  const kernel = newKernel()
  fc.assert(
    fc.property(
      fc.array(aRule, { maxLength: 40 }),
      fc.array(fc.tuple(anAddress, anAddress, fc.constantFrom(0, 1, 2)), { minLength: 1, maxLength: 20 }),
      (specs, flows) => {
        const netns = kernel.createNetns('t')
        for (const spec of specs) addRule(netns.rules, spec)
        for (const [src, dst, mark] of flows) {
          const flow = new FlowKey(dst)
          flow.src = src
          flow.mark = mark
          const visited: Rule[] = []
          const walk = netns.rules.walk(flow)
          for (let rule = walk.next(); rule !== null; rule = walk.next()) {
            if (!ruleMatches(rule, flow, netns)) continue
            visited.push(rule)
            if (rule.action === 'goto' && !netns.rules.isUnresolved(rule)) walk.jumpTo(rule.gotoTarget)
          }
          expect(visited).toEqual(scanRules(netns.rules.list(), flow, (rule) => ruleMatches(rule, flow, netns)))
        }
        kernel.destroyNetns(netns)
      },
    ),
    { numRuns: 200 },
  )
})

function addRule(rules: { add(fields: RuleFields): Rule }, spec: RuleFields): void {
  const jumps = spec.gotoTarget! > spec.preference!
  const prefix = (p: { address: number; length: number } | null | undefined) =>
    p == null ? null : { address: p.address & maskOf(p.length), length: p.length }
  try {
    rules.add({
      preference: spec.preference,
      action: jumps ? 'goto' : 'lookup',
      gotoTarget: jumps ? spec.gotoTarget : 0,
      table: jumps ? 0 : spec.table,
      src: prefix(spec.src),
      dst: prefix(spec.dst),
      fwmark: spec.fwmark,
      fwmask: spec.fwmark === 0 ? 0 : spec.fwmask,
      invert: spec.invert,
    })
  } catch {
    // The same rule twice: EEXIST.
  }
}

function scanRules(rules: readonly Rule[], _flow: FlowKey, matches: (rule: Rule) => boolean): Rule[] {
  const visited: Rule[] = []
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i]!
    if (!matches(rule)) continue
    visited.push(rule)
    if (rule.action !== 'goto') continue
    const target = rules.findIndex((other) => other.preference === rule.gotoTarget)
    if (target >= 0) i = target - 1
  }
  return visited
}

test('of ten thousand `from` rules a packet meets only those for its source', () => {
  const netns = newKernel().initNetns
  for (let i = 0; i < 10_000; i++) netns.rules.add({ preference: 100 + i, src: { address: 0x0b000000 + i, length: 32 }, table: 100 })
  const flow = new FlowKey(0x0a000001)
  flow.src = 0x0b000007
  const met: number[] = []
  const walk = netns.rules.walk(flow)
  for (let rule = walk.next(); rule !== null; rule = walk.next()) met.push(rule.preference)
  expect(met).toEqual([0, 107, 32766, 32767])
  expect(lookupTables(netns, flow)).toBe('ENETUNREACH')
})
