// The catalogue on the Stein cloud.
import { beforeAll, expect, test } from 'vitest'
import { FAULTS } from '../../src/faults/catalogue.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { fitting, planOf, prove } from './proofs.js'

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/legacy-l3-vxlan.yaml'))
}, 60_000)

test.each(FAULTS.map((fault) => [fault.id, fault] as const))('%s', async (_id, fault) => {
  if (typeof planOf(lab, fault) === 'string') return
  await prove(lab, fault, fault.id !== 'healthy')
})

test('what fits', () => {
  expect(fitting(lab).map(({ id }) => id)).toMatchInlineSnapshot(`
    [
      "port.tag-4095",
      "vlan.local-mismatch",
      "port.unplugged",
      "port.bridge-left",
      "port.pair-down",
      "tun.peer-missing",
      "vlan.row-wrong",
      "tun.key-wrong",
      "learn.stale",
      "mtu.underlay",
      "link.down",
      "sg.jump-missing",
      "sg.antispoof",
      "bridge-nf.off",
      "dhcp.dead",
      "dhcp.firewall",
      "metadata.redirect",
      "agent.down",
      "healthy",
    ]
  `)
})
