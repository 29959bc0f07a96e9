// What the catalogue breaks on the cloud with distributed routers, explain names: the reason, the place and the object; and nothing on the healthy way.
import { beforeAll, expect, test } from 'vitest'
import { type ExplainOptions, explain } from '../../src/explain/explain.js'
import type { Explanation } from '../../src/explain/probe.js'
import { faultNamed } from '../../src/faults/catalogue.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { missing, planOf, typed } from '../faults/proofs.js'

const FLOATING = '100.122.0.145'
const QROUTER = 'qrouter-b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'
const FIP = 'fip-e7cb8424-51e4-429a-8020-76e651877db3'

const IN: ExplainOptions = { from: 'sdata', to: FLOATING }
const OUT: ExplainOptions = { from: 'master-2', to: '100.121.0.75' }
const BIG: ExplainOptions = { from: 'master-2', to: '192.168.3.32', size: 1472, df: true }
const SSH: ExplainOptions = { from: 'sdata', to: FLOATING, proto: 'tcp', dport: 22 }

interface Named {
  readonly id: string
  readonly node: string
  readonly netns: string
  readonly object: RegExp
}

/** Fault, the probe that meets it, what must be named, and whether doctor sees a difference to what the API wants. */
const TEN: readonly (readonly [fault: string, ask: ExplainOptions, named: Named])[] = [
  ['fip.proxy-arp-off', IN, { id: 'proxy-arp-off', node: 'compute03', netns: FIP, object: /fg-2417e6fb-ee.*proxy_arp/ }],
  ['fip.host-route-missing', IN, { id: 'host-route-missing', node: 'compute03', netns: FIP, object: /100\.122\.0\.145/ }],
  ['vlan.local-mismatch', OUT, { id: 'wrong-tag', node: 'compute03', netns: '', object: /qvo5d3c1a7e-20/ }],
  ['fip.rule-missing', OUT, { id: 'policy-rule-missing', node: 'compute03', netns: QROUTER, object: /from 192\.168\.3\.69 lookup 16/ }],
  ['fip.iif-rule-missing', IN, { id: 'policy-rule-missing', node: 'compute03', netns: FIP, object: /lookup 2852014809/ }],
  ['router.no-forward', OUT, { id: 'forwarding-off', node: 'compute03', netns: QROUTER, object: /forward/ }],
  ['rp-filter.strict', IN, { id: 'rp-filter', node: 'compute03', netns: QROUTER, object: /rfp-b6a86b9f-6.*rp_filter/ }],
  ['sg.missing-ingress', IN, { id: 'firewall-drop', node: 'compute03', netns: '', object: /neutron-openvswi-(i5d3c1a7e-2|sg-fallback)/ }],
  ['neigh.stale', IN, { id: 'stale-neighbour', node: 'l3-switch', netns: '', object: /100\.122\.0\.145/ }],
  ['mtu.underlay', BIG, { id: 'mtu', node: 'compute03', netns: '', object: /enp175s0f0|vxlan|1500/ }],
  ['fip.dnat-missing', IN, { id: 'nat-half', node: 'compute03', netns: QROUTER, object: /DNAT --to-destination 192\.168\.3\.69/ }],
  ['fip.snat-missing', OUT, { id: 'nat-half', node: 'compute03', netns: QROUTER, object: /SNAT --to-source 100\.122\.0\.145/ }],
]

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
  // Everybody has spoken to everybody once: what is remembered must not hide a fault.
  for (const { from, to } of [IN, OUT, BIG]) await lab.run(from, `ping -c 1 ${to}`)
}, 60_000)

function asked(options: ExplainOptions): Explanation {
  return explain(lab.copyWorld(), new Map(lab.nodes.map(({ name, machine }) => [name, machine])), options)
}

test('nothing is wrong on the healthy way', () => {
  for (const options of [IN, OUT, BIG, SSH]) {
    const { verdict, fault } = asked(options)
    expect({ to: options.to, verdict, fault }).toEqual({ to: options.to, verdict: 'answered', fault: null })
  }
  expect(missing(lab)).toEqual([])
})

test.each(TEN)('%s', async (id, options, named) => {
  const plan = planOf(lab, faultNamed(id)!, id.startsWith('fip.') || id === 'neigh.stale' || id === 'rp-filter.strict' ? FLOATING : null)
  if (typeof plan === 'string') throw new Error(plan)
  await typed(lab, plan.breaks)
  const { fault } = asked(options)
  const found = missing(lab)
  await typed(lab, plan.fix)
  expect(fault).toMatchObject({ node: named.node, netns: named.netns, id: named.id })
  expect(fault!.object).toMatch(named.object)
  expect(fault!.why.length).toBeGreaterThan(20)
  expect(fault!.command).not.toBe('')
  expect(found.length, 'doctor sees it, too').toBeGreaterThan(0)
  expect(asked(options).fault, 'after the fix').toBe(null)
})
