// Three compute nodes with l2population: tunnels and rows are there when ports need them, and go with them.
import { beforeAll, describe, expect, test } from 'vitest'
import type { Lab } from '../../src/lab/lab.js'
import { bootVariation, loss, out } from './variation.js'

const NETWORKS = [
  { name: 'a', segment: 5, subnets: [{ name: 'a-s', cidr: '10.1.0.0/24', pools: ['10.1.0.10-10.1.0.99'] }] },
  { name: 'b', segment: 6, subnets: [{ name: 'b-s', cidr: '10.2.0.0/24' }] },
]
const SERVERS = [
  { name: 'va1', host: 'c1', boot: true, nics: [{ network: 'a', address: '10.1.0.11', mac: 'fa:16:3e:00:00:11' }] },
  { name: 'va2', host: 'c2', boot: true, nics: [{ network: 'a', address: '10.1.0.12', mac: 'fa:16:3e:00:00:12' }] },
]

/** Rows of the tables on br-tun without counters. */
function rows(table: number): string {
  return `ovs-ofctl dump-flows br-tun table=${table} | grep priority=2, | sed 's/.*priority/priority/' | sort`
}

describe('Icehouse', () => {
  let lab: Lab
  const on = (node: string, line: string): Promise<string> => out(lab, node, line)
  beforeAll(async () => {
    const networks = NETWORKS.map((network) => ({ ...network, type: 'gre' }))
    const router = { name: 'r', interfaces: [{ subnet: 'a-s', mac: 'fa:16:3e:00:00:01' }, { subnet: 'b-s' }] }
    const ports = [{ network: 'a', owner: 'network:dhcp', mac: 'fa:16:3e:00:00:02', address: '10.1.0.99' }]
    const flags = { l2population: true }
    lab = await bootVariation({ release: 'icehouse', computes: 3, networks, routers: [router], servers: SERVERS, flags, more: { ports } })
  }, 60_000)

  test('a tunnel only to where a network has ports, a row for each of them', async () => {
    expect(await on('c1', 'ovs-vsctl list-ports br-tun')).toBe('gre-0a00070a\ngre-0a00070c\npatch-int\n')
    expect(await on('c3', 'ovs-vsctl list-ports br-tun')).toBe('patch-int\n')
    const ctl = (await on('c1', 'ovs-vsctl get Interface gre-0a00070a ofport')).trim()
    const c2 = (await on('c1', 'ovs-vsctl get Interface gre-0a00070c ofport')).trim()
    expect(await on('c1', rows(20))).toBe(
      [
        `priority=2,dl_vlan=1,dl_dst=fa:16:3e:00:00:01 actions=strip_vlan,set_tunnel:0x5,output:${ctl}`,
        `priority=2,dl_vlan=1,dl_dst=fa:16:3e:00:00:02 actions=strip_vlan,set_tunnel:0x5,output:${ctl}`,
        `priority=2,dl_vlan=1,dl_dst=fa:16:3e:00:00:12 actions=strip_vlan,set_tunnel:0x5,output:${c2}`,
        '',
      ].join('\n'),
    )
    expect(await on('c1', "ovs-ofctl dump-flows br-tun table=21 | grep -o 'dl_vlan.*'")).toBe(
      'dl_vlan=1 actions=strip_vlan,set_tunnel:0x5,output:2,output:3\n',
    )
    expect(await loss(lab, 'va1', '10.1.0.12')).toBe('0% packet loss')
  })

  test('an agent that was started anew is told all once more', async () => {
    const before = await on('ctl', rows(20))
    await on('ctl', 'service neutron-plugin-openvswitch-agent restart; sleep 20')
    expect(await on('ctl', rows(20))).toBe(before)
    expect(await loss(lab, 'va1', '10.1.0.1')).toBe('0% packet loss')
  })

  test('a host where nobody binds ports is passed over, or says so when it was asked for', async () => {
    const net = "$(neutron net-list | awk '/ b /{print $2}')"
    const boot = (name: string, more = ''): string => `nova boot --image cirros --flavor 1 --nic net-id=${net} ${more} ${name} > /dev/null`
    await on('c1', 'kill $(pgrep -f neutron-openvswitch-agent)')
    await on('ctl', `${boot('dead', '--availability-zone nova:c1')}; ${boot('b1')}; ${boot('b2')}; sleep 60`)
    expect(await on('ctl', 'nova show dead | grep -o "Unexpected vif_type=[a-z_]*"; nova show dead | grep -c "b network"')).toBe(
      'Unexpected vif_type=binding_failed\n0\nexit 1\n',
    )
    const hosts = await on('ctl', 'for vm in b1 b2; do nova show $vm | grep -o "hypervisor_hostname .*c[0-9]"; done')
    expect(hosts).not.toContain('c1')
    expect(await on('c3', 'ovs-vsctl list-ports br-tun')).toBe('gre-0a00070a\ngre-0a00070c\npatch-int\n')
    expect(await loss(lab, 'b1', '10.2.0.1')).toBe('0% packet loss')
    await on('ctl', 'nova delete dead b1 b2; sleep 20')
    expect(await on('c3', 'ovs-vsctl list-ports br-tun; ip -o link | grep -c -e qbr -e tap')).toBe('patch-int\n0\nexit 1\n')
    expect(await on('ctl', 'ovs-vsctl list-ports br-tun')).toBe('gre-0a00070b\ngre-0a00070c\npatch-int\n')
    expect(await on('ctl', rows(20))).not.toContain('set_tunnel:0x6')
  })
})

describe('Stein', () => {
  test('ARP is answered at home for every address that the server knows, also for one that changes', async () => {
    const networks = NETWORKS.map((network) => ({ ...network, type: 'vxlan' }))
    const flags = { l2population: true, arp_responder: true }
    const lab = await bootVariation({ release: 'stein', computes: 2, networks, servers: SERVERS, flags })
    const on = (node: string, line: string): Promise<string> => out(lab, node, line)
    const answers = "ovs-ofctl dump-flows br-tun table=21 | grep -o 'arp_tpa=[0-9.]* .*' | grep fa:16:3e:00:00:12"
    const answer = (address: string, hex: string): string =>
      `arp_tpa=${address} actions=load:0x2->NXM_OF_ARP_OP[],move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],load:0xfa163e000012->NXM_NX_ARP_SHA[],load:0x${hex}->NXM_OF_ARP_SPA[],move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],mod_dl_src:fa:16:3e:00:00:12,IN_PORT\n`
    expect(await on('c1', answers)).toBe(answer('10.1.0.12', 'a01000c'))
    await on(
      'ctl',
      'openstack port set --no-fixed-ip --fixed-ip subnet=a-s,ip-address=10.1.0.77 $(openstack port list --server va2 -f value -c ID)',
    )
    await on('ctl', 'sleep 10')
    expect(await on('c1', answers)).toBe(answer('10.1.0.77', 'a01004d'))
    await on('ctl', 'openstack server delete va2; sleep 20')
    expect(await on('c1', answers)).toBe('exit 1\n')
    expect(await on('c1', 'ovs-vsctl list-ports br-tun')).toBe('patch-int\nvxlan-0a00070a\n')
  }, 60_000)
})
