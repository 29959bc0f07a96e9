// The catalogue on the Icehouse cloud.
import { beforeAll, expect, test } from 'vitest'
import { FAULTS } from '../../src/faults/catalogue.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { fitting, planOf, prove } from './proofs.js'

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/legacy-l3.yaml'))
  // One that has udhcpc.
  await lab.run('network', 'nova boot --image cirros --flavor 1 --nic net-id=224f79e0-8068-4ef7-8c79-2326bc0cf5c4 vm2; sleep 60')
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
      "link.down",
      "sg.missing-ingress",
      "sg.order",
      "sg.jump-missing",
      "sg.antispoof",
      "bridge-nf.off",
      "router.no-forward",
      "router.interface-down",
      "router.default-route",
      "snat.missing",
      "br-ex.no-uplink",
      "fip.dnat-missing",
      "fip.address-missing",
      "neigh.stale",
      "dhcp.dead",
      "dhcp.firewall",
      "metadata.redirect",
      "agent.down",
      "healthy",
    ]
  `)
})
