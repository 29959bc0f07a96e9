// The catalogue on the cloud with distributed routers.
import { expect, test } from 'vitest'
import { fitting, proveCatalogue } from './proofs.js'

const lab = proveCatalogue('dvr-fip')

test('what fits', () => {
  expect(fitting(lab()).map(({ id }) => id)).toMatchInlineSnapshot(`
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
