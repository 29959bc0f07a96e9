// The catalogue on the Icehouse cloud.
import { expect, test } from 'vitest'
import { fitting, proveCatalogue } from './proofs.js'

const lab = proveCatalogue('legacy-l3', {
  node: 'network',
  // One that has udhcpc.
  line: 'nova boot --image cirros --flavor 1 --nic net-id=224f79e0-8068-4ef7-8c79-2326bc0cf5c4 vm2; sleep 60',
})

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
