// Networks as real clouds have them: two of one range, two ranges on one, without router, without DHCP, without gateway; ports with more than one address.
import { beforeAll, describe, expect, test } from 'vitest'
import type { Lab } from '../../src/lab/lab.js'
import { bootVariation, external, loss, out } from './variation.js'

const NETWORKS = [
  { name: 'n1', subnets: [{ name: 'n1-s', cidr: '10.5.0.0/24' }] },
  { name: 'n2', subnets: [{ name: 'n2-s', cidr: '10.5.0.0/24' }] },
  {
    name: 'two',
    subnets: [
      { name: 'two-a', cidr: '10.6.0.0/24' },
      { name: 'two-b', cidr: '10.7.0.0/24', dns: ['9.9.9.9'], 'host-routes': ['10.99.0.0/16 via 10.7.0.9'] },
    ],
  },
  { name: 'alone', subnets: [{ name: 'alone-s', cidr: '10.8.0.0/24' }] },
  { name: 'still', subnets: [{ name: 'still-s', cidr: '10.9.0.0/24', dhcp: false }] },
  { name: 'inner', subnets: [{ name: 'inner-s', cidr: '10.11.0.0/24', gateway: 'none', 'host-routes': ['10.12.0.0/16 via 10.11.0.7'] }] },
]
const ROUTERS = [
  {
    name: 'r1',
    external: { network: 'ext-net', address: '192.168.100.20' },
    interfaces: [{ subnet: 'n1-s' }, { subnet: 'two-a' }, { subnet: 'two-b' }],
  },
  { name: 'r2', external: { network: 'ext-net', address: '192.168.100.21' }, interfaces: [{ subnet: 'n2-s' }] },
]
const FLOATING = [
  { address: '192.168.100.31', network: 'ext-net', server: 'o1' },
  { address: '192.168.100.32', network: 'ext-net', server: 'o2' },
]

function vm(name: string, network: string, address?: string): Record<string, unknown> {
  return { name, host: 'c1', boot: true, nics: [{ network, ...(address === undefined ? {} : { address }) }] }
}

let lab: Lab
const on = (node: string, line: string): Promise<string> => out(lab, node, line)

async function boot(release: 'icehouse' | 'stein'): Promise<void> {
  lab = await bootVariation({
    release,
    computes: 1,
    networks: [external(release), ...NETWORKS],
    routers: ROUTERS,
    servers: [
      ...[vm('o1', 'n1', '10.5.0.5'), vm('o2', 'n2', '10.5.0.5'), vm('a', 'two', '10.6.0.5'), vm('b', 'two', '10.7.0.8')],
      ...[vm('alone1', 'alone', '10.8.0.5'), vm('still1', 'still'), vm('inner1', 'inner', '10.11.0.5')],
    ],
    flags: { enable_isolated_metadata: true },
    more: { 'floating-ips': FLOATING },
  })
}

/** One range behind two routers: each VM has its own way out, its own address in and its own metadata. */
async function testTwins(): Promise<void> {
  for (const vmName of ['o1', 'o2']) expect(await loss(lab, vmName, '8.8.8.8')).toBe('0% packet loss')
  expect(await on('o1', 'wget -q -O - http://169.254.169.254/latest/meta-data/public-ipv4')).toBe('192.168.100.31')
  expect(await on('o2', 'wget -q -O - http://169.254.169.254/latest/meta-data/public-ipv4')).toBe('192.168.100.32')
  expect(await loss(lab, 'o1', '192.168.100.32')).toBe('0% packet loss')
}

describe('Icehouse', () => {
  beforeAll(() => boot('icehouse'), 60_000)

  test('two networks of one range', testTwins)

  test('two subnets on one network: a tag each for dnsmasq, an address each for its port', async () => {
    expect(await on('b', 'ip route; cat /etc/resolv.conf')).toBe(
      'default via 10.7.0.1 dev eth0 \n10.7.0.0/24 dev eth0  src 10.7.0.8 \nsearch openstacklocal\nnameserver 9.9.9.9\n',
    )
    expect(await loss(lab, 'a', '10.7.0.8')).toBe('0% packet loss')
    const netns = "ip netns exec qdhcp-$(neutron net-list | awk '/ two /{print $2}')"
    expect(await on('ctl', `${netns} ip -4 -o addr | awk '/tap/{print $4}'`)).toBe('10.6.0.2/24\n10.7.0.2/24\n169.254.169.254/16\n')
    expect(await on('ctl', "cat /var/lib/neutron/dhcp/$(neutron net-list | awk '/ two /{print $2}')/opts")).toBe(
      [
        'tag:tag0,option:router,10.6.0.1',
        'tag:tag1,option:dns-server,9.9.9.9',
        'tag:tag1,option:classless-static-route,10.99.0.0/16,10.7.0.9',
        'tag:tag1,249,10.99.0.0/16,10.7.0.9',
        'tag:tag1,option:router,10.7.0.1',
      ].join('\n'),
    )
  })

  test('a floating IP moves to another VM; a second fixed address has one of its own', async () => {
    const port = (name: string): string =>
      `$(neutron port-list -- --device_id $(nova list | awk '/ ${name} /{print $2}') | awk '/ip_address/{print $2}')`
    const ip = (address: string): string => `$(neutron floatingip-list | awk '/${address}/{print $2}')`
    await on('ctl', `neutron floatingip-disassociate ${ip('100.31')}; neutron floatingip-associate ${ip('100.31')} ${port('a')}; sleep 5`)
    expect(await loss(lab, 'ext', '192.168.100.31')).toBe('0% packet loss')
    expect(await on('a', 'wget -q -O - http://169.254.169.254/latest/meta-data/public-ipv4')).toBe('192.168.100.31')
    const subnet = "$(neutron subnet-list | awk '/ two-a /{print $2}')"
    const fixed = `--fixed-ips type=dict list=true subnet_id=${subnet},ip_address=10.6.0.5 subnet_id=${subnet},ip_address=10.6.0.55`
    expect(await on('ctl', `neutron port-update ${port('a')} ${fixed}`)).toMatch(/^Updated port: /)
    await on(
      'ctl',
      `F=$(neutron floatingip-create ext-net | awk '/ id /{print $4}'); neutron floatingip-associate --fixed-ip-address 10.6.0.55 $F ${port('a')}; sleep 5`,
    )
    await on('a', 'ip addr add 10.6.0.55/24 dev eth0')
    const second = (await on('ctl', "neutron floatingip-list | awk '/10.6.0.55/{print $6}'")).trim()
    expect(await loss(lab, 'ext', second)).toBe('0% packet loss')
    expect(await loss(lab, 'ext', '192.168.100.31')).toBe('0% packet loss')
  })

  test('all of it goes and leaves nothing but empty namespaces', async () => {
    await on('ctl', 'nova delete o1 o2 a b alone1 still1 inner1; sleep 40')
    await on('ctl', "for f in $(neutron floatingip-list | awk '/192/{print $2}'); do neutron floatingip-delete $f; done")
    await on(
      'ctl',
      "for r in r1 r2; do neutron router-gateway-clear $r; for p in $(neutron router-port-list $r | awk '/ip_add/{print $2}'); do neutron router-interface-delete $r port=$p; done; neutron router-delete $r; done",
    )
    await on('ctl', 'for n in n1 n2 two alone still inner; do neutron net-delete $n; done; sleep 20')
    expect(
      await on(
        'ctl',
        'neutron port-list; ovs-vsctl list-ports br-int; ls /var/lib/neutron/dhcp; ps ax -o args | grep -c -e [d]nsmasq -e [n]s-metadata',
      ),
    ).toBe('\npatch-tun\n0\nexit 1\n')
    expect(await on('ctl', 'for n in $(ip netns); do ip netns exec $n ip -o link; done | cut -d: -f2 | sort -u')).toBe(' lo\n')
    expect(await on('c1', 'ovs-vsctl list-ports br-int; ip -o link | grep -c -e tap -e q[bv]')).toBe('patch-tun\n0\nexit 1\n')
  })
})

describe('Stein', () => {
  beforeAll(() => boot('stein'), 60_000)

  test('two networks of one range', testTwins)

  test('two subnets on one network: clients are told that both are on the link', async () => {
    expect(await on('a', 'ip route')).toBe(
      'default via 10.6.0.1 dev eth0 \n10.6.0.0/24 dev eth0 scope link  src 10.6.0.5 \n10.7.0.0/24 dev eth0 scope link \n169.254.169.254 via 10.6.0.1 dev eth0 \n',
    )
    // The router's namespace took over that no source is checked: it answers from the other subnet's interface.
    expect(await loss(lab, 'a', '10.7.0.1')).toBe('0% packet loss')
    expect(await on('ctl', 'ip netns exec $(ip netns | grep -m 1 -o "qrouter-[^ ]*") sysctl -n net.ipv4.conf.default.rp_filter')).toBe(
      '0\n',
    )
  })

  test('without router or gateway the DHCP server stands for metadata; without DHCP there is no address', async () => {
    expect(await on('alone1', 'ip route | grep 169; wget -q -O - http://169.254.169.254/latest/meta-data/hostname')).toBe(
      '169.254.169.254 via 10.8.0.2 dev eth0 \nalone1.novalocal',
    )
    expect(await on('inner1', 'ip route; wget -q -O - http://169.254.169.254/latest/meta-data/hostname')).toBe(
      '10.11.0.0/24 dev eth0 scope link  src 10.11.0.5 \n10.12.0.0/16 via 10.11.0.7 dev eth0 \n169.254.169.254 via 10.11.0.1 dev eth0 \ninner1.novalocal',
    )
    expect(await on('still1', 'ip -4 -o addr show eth0')).toBe('')
  })

  test('an address pair lets a second address out, no port security any; a port that is down is on the dead VLAN', async () => {
    const port = (name: string): string => `$(openstack port list --server ${name} -f value -c ID)`
    await on('o1', 'ip addr add 10.5.0.88/24 dev eth0; ip addr add 10.5.0.89/24 dev eth0')
    await on('ctl', `openstack port set --allowed-address ip-address=10.5.0.88 ${port('o1')}; sleep 10`)
    expect(await on('o1', 'ping -c 1 -W 1 -I 10.5.0.88 10.5.0.1')).toContain(' 0% packet loss')
    expect(await on('o1', 'ping -c 1 -W 1 -I 10.5.0.89 10.5.0.1')).toContain('100% packet loss')
    await on('ctl', `openstack port set --no-allowed-address --no-security-group --disable-port-security ${port('o1')}; sleep 10`)
    expect(await on('o1', 'ping -c 1 -W 1 -I 10.5.0.89 10.5.0.1')).toContain(' 0% packet loss')
    await on('ctl', `openstack port set --disable ${port('o2')}; sleep 10`)
    expect(await on('c1', "ovs-vsctl show | grep -c 'tag: 4095'")).toBe('1\n')
    expect(await loss(lab, 'ext', '192.168.100.32')).toBe('100% packet loss')
    await on('ctl', `openstack port set --enable ${port('o2')}; sleep 10`)
    expect(await loss(lab, 'ext', '192.168.100.32')).toBe('0% packet loss')
  })
})
