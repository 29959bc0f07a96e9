// The catalogue on the cloud with distributed routers.
import { beforeAll, expect, test } from 'vitest'
import { FAULTS } from '../../src/faults/catalogue.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { fitting, planOf, prove } from './proofs.js'

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
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
      "l2pop.hole",
      "arp-responder.wrong-mac",
      "learn.stale",
      "dvr.mac-flows",
      "mtu.underlay",
      "link.down",
      "sg.missing-ingress",
      "sg.order",
      "sg.jump-missing",
      "sg.antispoof",
      "bridge-nf.off",
      "router.no-forward",
      "snat.missing",
      "br-ex.no-uplink",
      "fip.dnat-missing",
      "fip.snat-missing",
      "fip.answered-twice",
      "neigh.stale",
      "fip.rule-missing",
      "fip.iif-rule-missing",
      "fip.proxy-arp-off",
      "fip.host-route-missing",
      "fip.table-missing",
      "fip.no-forward",
      "rp-filter.strict",
      "fip.pair-down",
      "dhcp.dead",
      "dhcp.firewall",
      "metadata.redirect",
      "agent.down",
      "healthy",
    ]
  `)
})
