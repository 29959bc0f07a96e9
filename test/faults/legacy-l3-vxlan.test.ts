// The catalogue on the Stein cloud.
import { expect, test } from 'vitest'
import { fitting, proveCatalogue } from './proofs.js'

const lab = proveCatalogue('legacy-l3-vxlan')

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
