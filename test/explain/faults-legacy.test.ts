// What the catalogue breaks on the cloud with routers on one host: explain names the reason and the object, at both ends of a tunnel.
import { beforeAll, expect, test } from 'vitest'
import type { ExplainOptions } from '../../src/explain/explain.js'
import { faultNamed } from '../../src/faults/catalogue.js'
import type { Lab } from '../../src/lab/lab.js'
import { planOf, typed } from '../faults/proofs.js'
import { boot, explainIn } from './world.js'

const OUT: ExplainOptions = { from: 'vm1', to: '8.8.8.8' }
const IN: ExplainOptions = { from: 'external', to: '192.168.0.3' }

let lab: Lab

beforeAll(async () => {
  lab = await boot('legacy-l3')
}, 60_000)

test.each([
  ['port.tag-4095', OUT, 'dead-vlan', /qvo8cbe7bb6-18 .*tag 4095/],
  ['port.unplugged', OUT, 'unplugged', /qvo8cbe7bb6-18 is a port of no switch/],
  ['port.bridge-left', OUT, 'unplugged', /tap8cbe7bb6-18 is in no bridge/],
  ['vlan.local-mismatch', OUT, 'wrong-tag', /qvo8cbe7bb6-18/],
  ['vlan.row-wrong', OUT, 'wrong-vlan-mapping', /table=2, .*tun_id=0x1 actions=mod_vlan_vid/],
  ['tun.peer-missing', OUT, 'tunnel-missing', /no tunnel port of br-tun to network/],
  ['sg.missing-ingress', IN, 'firewall-drop', /sg-fallback rule 1 DROP/],
  ['router.no-forward', OUT, 'forwarding-off', /ip_forward = 0/],
  ['snat.missing', OUT, 'nat-half', /no SNAT for 10\.10\.10\.7/],
  ['fip.dnat-missing', IN, 'nat-half', /DNAT --to-destination 10\.10\.20\.7/],
  ['br-ex.no-uplink', OUT, 'no-uplink', /br-ex has no port that leads out of network/],
  ['neigh.stale', IN, 'stale-neighbour', /192\.168\.0\.3 dev eth0 lladdr/],
] as const)('%s', async (id, options, named, object) => {
  const plan = planOf(lab, faultNamed(id)!, null)
  if (typeof plan === 'string') throw new Error(plan)
  await typed(lab, plan.breaks)
  const { fault } = explainIn(lab, options)
  await typed(lab, plan.fix)
  expect({ id: fault?.id, object: fault?.object }).toEqual({ id: named, object: expect.stringMatching(object) })
  expect(explainIn(lab, options).fault, 'after the fix').toBe(null)
})
