// VLAN, flat and local networks: the rows at both ends of a provider bridge's link, and a physical host on the same wire.
import { describe, expect, test } from 'vitest'
import { bootVariation, external, loss, out } from './variation.js'

const NETWORKS = [
  { name: 'prov', type: 'vlan', segment: 100, 'physical-network': 'data', subnets: [{ name: 'prov-s', cidr: '10.100.0.0/24' }] },
  { name: 'plain', type: 'flat', 'physical-network': 'data', subnets: [{ name: 'plain-s', cidr: '10.50.0.0/24' }] },
  { name: 'tenant', subnets: [{ name: 'tenant-s', cidr: '10.60.0.0/24' }] },
  { name: 'here', type: 'local', subnets: [{ name: 'here-s', cidr: '10.70.0.0/24' }] },
]
const ROUTER = {
  name: 'r',
  external: { network: 'ext-net', address: '192.168.100.20' },
  interfaces: [{ subnet: 'prov-s' }, { subnet: 'tenant-s' }],
}
const SERVERS = [
  { name: 'p1', host: 'c1', boot: true, nics: [{ network: 'prov' }] },
  { name: 'f1', host: 'c1', boot: true, nics: [{ network: 'plain' }] },
  { name: 't1', host: 'c2', boot: true, nics: [{ network: 'tenant' }] },
  { name: 'l1', host: 'c1', boot: true, nics: [{ network: 'here' }] },
]
/** One on VLAN 100, one that sends without a tag. */
const HOSTS = {
  tagged: {
    nics: [{ name: 'eth0', wire: 'data', vlan: 100 }],
    addresses: { eth0: ['10.100.0.200/24'] },
    routes: ['default via 10.100.0.1'],
  },
  untagged: { nics: [{ name: 'eth0', wire: 'data' }], addresses: { eth0: ['10.50.0.200/24'] } },
}
const FLAGS = { tunnel_types: '', tenant_network_types: 'vlan', network_vlan_ranges: 'data:100:102' }

/** The rows of a bridge's first table as `priority,match actions`, without counters. */
function rows(bridge: string, inPort: number): string {
  return `ovs-ofctl dump-flows ${bridge} table=0 | grep -o 'priority=.*' | grep in_port=${inPort}`
}

describe.each(['icehouse', 'stein'] as const)('%s', (release) => {
  test('VMs on provider networks reach physical hosts, and routed ones too', async () => {
    const networks = [{ ...external(release), ...(release === 'icehouse' ? { type: 'local' } : {}) }, ...NETWORKS]
    const lab = await bootVariation({ release, computes: 2, networks, routers: [ROUTER], servers: SERVERS, flags: FLAGS, data: HOSTS })
    expect(await loss(lab, 'p1', '10.100.0.200')).toBe('0% packet loss')
    expect(await loss(lab, 'f1', '10.50.0.200')).toBe('0% packet loss')
    expect(await loss(lab, 't1', '10.100.0.200')).toBe('0% packet loss')
    expect(await loss(lab, 'p1', '8.8.8.8')).toBe('0% packet loss')
    expect(await loss(lab, 'tagged', '192.168.100.20')).toBe('0% packet loss')
    // Nobody serves the local network on this node.
    expect(await out(lab, 'l1', 'ip -4 -o addr show eth0')).toBe('')
    // The tenant's network got a VLAN that no other one asks for.
    expect(await out(lab, 'c2', 'ovs-ofctl dump-flows br-data | grep -o mod_vlan_vid:10[0-9]')).toMatch(/^mod_vlan_vid:10[12]\n$/)
    const { into, out: outOf, rest } = ROWS[release]
    expect(await out(lab, 'c1', rows('br-int', 1))).toBe(into)
    expect(await out(lab, 'c1', rows('br-data', 2))).toBe(outOf)
    const link = 'ip -d -o link show int-br-data 2>&1 | grep -c veth; ovs-vsctl get Interface int-br-data type'
    expect(await out(lab, 'c1', link)).toBe(rest)
  }, 60_000)
})

const ROWS = {
  icehouse: {
    into: [
      'priority=3,in_port=1,dl_vlan=100 actions=mod_vlan_vid:1,NORMAL',
      'priority=3,in_port=1,vlan_tci=0x0000 actions=mod_vlan_vid:2,NORMAL',
      'priority=2,in_port=1 actions=drop',
      '',
    ].join('\n'),
    out: [
      'priority=4,in_port=2,dl_vlan=1 actions=mod_vlan_vid:100,NORMAL',
      'priority=4,in_port=2,dl_vlan=2 actions=strip_vlan,NORMAL',
      'priority=2,in_port=2 actions=drop',
      '',
    ].join('\n'),
    rest: '1\n""\n',
  },
  stein: {
    into: [
      'priority=2,in_port=1 actions=drop',
      'priority=3,in_port=1,dl_vlan=100 actions=mod_vlan_vid:1,resubmit(,60)',
      'priority=3,in_port=1,vlan_tci=0x0000/0x1fff actions=mod_vlan_vid:2,resubmit(,60)',
      '',
    ].join('\n'),
    out: [
      'priority=4,in_port=2,dl_vlan=1 actions=mod_vlan_vid:100,NORMAL',
      'priority=4,in_port=2,dl_vlan=2 actions=strip_vlan,NORMAL',
      'priority=2,in_port=2 actions=drop',
      '',
    ].join('\n'),
    rest: '0\npatch\n',
  },
} as const
