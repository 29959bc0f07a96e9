// The network node of distributed routers: the snat namespace at first and after each event, and that packets pass.
import { expect, test } from 'vitest'
import type { DvrLab } from './dvr-l3-lab.js'
import {
  dvrLab,
  FIP,
  floating,
  hostAt,
  INSIDE,
  NETWORKS,
  natOf,
  QROUTER,
  ROUTER,
  router,
  SECOND,
  SNAT,
  SNAT_INSIDE,
  SNAT_SECOND,
  started,
  waysOf,
} from './dvr-l3-lab.js'

const CENTRAL = floating('fip-9', '100.122.0.147', '192.168.3.70', { host: null, isCentral: true })
const NO_GATEWAY = { gateway: null, gatewayHost: null, snatInterfaces: [], agentGatewayPort: null }

async function networkNode(...routers: Parameters<typeof router>): Promise<DvrLab> {
  return dvrLab([router(...routers)], { mode: 'dvr_snat' })
}

async function namespacesOf(lab: DvrLab): Promise<string[]> {
  return (await lab.out('ip netns list | cut -d" " -f1 | sort')).trim().split('\n')
}

const NAT = `-A neutron-l3-agent-POSTROUTING ! -o qg-3c90be12-5a -m conntrack ! --ctstate DNAT -j ACCEPT
-A neutron-l3-agent-snat -j neutron-l3-agent-float-snat
-A neutron-l3-agent-snat -o qg-3c90be12-5a -j SNAT --to-source 100.122.0.60 --random-fully
-A neutron-l3-agent-snat -m mark ! --mark 0x2/0xffff -m conntrack --ctstate DNAT -j SNAT --to-source 100.122.0.60 --random-fully
`

test('namespaces of the network node: all of a compute node, and the translation', async () => {
  const lab = await networkNode()
  expect(await namespacesOf(lab)).toEqual([FIP, QROUTER, SNAT])
  expect(
    (await lab.inside(SNAT, 'ip a show up')).replace(/^ +(valid_lft|inet6).*\n/gm, ''),
  ).toBe(`1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
7: sg-7a6e45d1-0c: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UP group default qlen 1000
    link/ether fa:16:3e:5e:01:0b brd ff:ff:ff:ff:ff:ff
    inet 192.168.0.11/16 brd 192.168.255.255 scope global sg-7a6e45d1-0c
8: qg-3c90be12-5a: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UP group default qlen 1000
    link/ether fa:16:3e:aa:10:60 brd ff:ff:ff:ff:ff:ff
    inet 100.122.0.60/16 brd 100.122.255.255 scope global qg-3c90be12-5a
`)
  expect(await waysOf(lab, SNAT)).toBe(`default via 100.122.255.254 dev qg-3c90be12-5a proto static
100.122.0.0/16 dev qg-3c90be12-5a proto kernel scope link src 100.122.0.60
192.168.0.0/16 dev sg-7a6e45d1-0c proto kernel scope link src 192.168.0.11
`)
  expect(await natOf(lab, SNAT)).toBe(NAT)
  expect(await lab.inside(SNAT, 'sysctl net.ipv4.ip_forward net.ipv4.ip_nonlocal_bind net.netfilter.nf_conntrack_tcp_loose')).toBe(
    'net.ipv4.ip_forward = 1\nnet.ipv4.ip_nonlocal_bind = 0\nnet.netfilter.nf_conntrack_tcp_loose = 0\n',
  )
  expect(await lab.inside(QROUTER, 'ip rule')).toContain('3232235521:	from 192.168.0.1/16 lookup 3232235521\n')
})

test('SNAT can be off', async () => {
  const { gateway } = router()
  const lab = await networkNode({ gateway: { ...gateway!, enableSnat: false } })
  expect(await natOf(lab, SNAT)).toBe(NAT.replace(/^.*-o qg-3c90be12-5a -j SNAT.*\n/m, ''))
})

test('a floating address of a port that is on no host is served here, and moves to its host later', async () => {
  const lab = await networkNode()
  await lab.tell(router({ floatingIps: [CENTRAL] }))
  expect(await natOf(lab, SNAT)).toBe(`-A neutron-l3-agent-OUTPUT -d 100.122.0.147/32 -j DNAT --to-destination 192.168.3.70
${NAT.replace('-A neutron-l3-agent-snat -j', '-A neutron-l3-agent-PREROUTING -d 100.122.0.147/32 -j DNAT --to-destination 192.168.3.70\n-A neutron-l3-agent-float-snat -s 192.168.3.70/32 -j SNAT --to-source 100.122.0.147 --random-fully\n-A neutron-l3-agent-snat -j')}`)
  expect(await lab.inside(SNAT, 'ip -4 -o addr show dev qg-3c90be12-5a')).toContain('inet 100.122.0.147/32 brd 100.122.0.147 scope global')
  expect(await natOf(lab, QROUTER)).not.toContain('100.122.0.147')
  expect(lab.told.statuses).toEqual(['fip-9 ACTIVE'])
  lab.typed()
  await lab.tell(router({ floatingIps: [] }))
  expect(await natOf(lab, SNAT)).toBe(NAT)
  expect(await lab.inside(SNAT, 'ip -4 -o addr show dev qg-3c90be12-5a')).not.toContain('100.122.0.147')
  expect(lab.typed().filter((line) => line.includes('conntrack -D'))).toEqual([
    '# conntrack -D -d 100.122.0.147',
    '# conntrack -D -q 100.122.0.147',
  ])
  expect(lab.told.statuses).toEqual(['fip-9 ACTIVE', 'fip-9 DOWN'])
})

test('subnets come and go', async () => {
  const lab = await networkNode()
  await lab.tell(router({ interfaces: [INSIDE, SECOND], snatInterfaces: [SNAT_INSIDE, SNAT_SECOND] }))
  expect(await lab.inside(SNAT, 'ip route')).toContain('10.30.0.0/24 dev sg-38c1e9a6-5d proto kernel scope link src 10.30.0.11')
  expect(await lab.inside(SNAT, 'iptables -S neutron-l3-agent-scope')).toContain('-o sg-38c1e9a6-5d')
  await lab.tell(router())
  expect(await lab.inside(SNAT, 'ip route')).not.toContain('10.30')
  expect(await lab.inside(SNAT, 'ip -o link')).not.toContain('sg-38c1e9a6-5d')
})

test('the gateway goes, comes back, is on another host and here again', async () => {
  const lab = await networkNode(NO_GATEWAY)
  expect(await namespacesOf(lab)).toEqual([QROUTER])
  await lab.tell(router())
  expect(await namespacesOf(lab)).toEqual([FIP, QROUTER, SNAT])
  expect(await lab.inside(SNAT, 'sysctl net.netfilter.nf_conntrack_tcp_loose')).toBe('net.netfilter.nf_conntrack_tcp_loose = 0\n')
  await lab.tell(router(NO_GATEWAY))
  expect(await namespacesOf(lab)).toEqual([FIP, QROUTER])
  await lab.tell(router())
  expect(await natOf(lab, SNAT)).toBe(NAT)
  await lab.tell(router({ gatewayHost: 'network02' }))
  expect(await namespacesOf(lab)).toEqual([FIP, QROUTER])
  await lab.tell(router())
  expect(await natOf(lab, SNAT)).toBe(NAT)
  lab.agent.routerDeleted(ROUTER)
  await lab.after(lab.agent)
  expect(await namespacesOf(lab)).toEqual([FIP])
  expect(await lab.out('ip -o link | cut -d: -f2')).toBe(' lo\n br-int\n br-ex\n tunl0@NONE\n')
})

test('a new agent leaves everything as it is, and clears an snat namespace without gateway', async () => {
  const lab = await networkNode({ floatingIps: [CENTRAL] })
  const before = [await waysOf(lab, SNAT), await natOf(lab, SNAT), await lab.inside(SNAT, 'ip a'), await waysOf(lab, QROUTER)]
  lab.agent.agent.proc.kill('KILL')
  const again = await started(lab, [router({ floatingIps: [CENTRAL] })], 'dvr_snat')
  expect([await waysOf(again, SNAT), await natOf(again, SNAT), await again.inside(SNAT, 'ip a'), await waysOf(again, QROUTER)]).toEqual(
    before,
  )
  again.agent.agent.proc.kill('KILL')
  const third = await started(lab, [router(NO_GATEWAY)], 'dvr_snat')
  expect(await namespacesOf(third)).toEqual([QROUTER])
})

test('what has no floating address leaves by the snat namespace', async () => {
  const lab = await networkNode({ floatingIps: [CENTRAL] })
  await hostAt(lab, { namespace: SNAT, device: 'qg-3c90be12-5a' }, 'switch', [
    'ip link set eth0 address 00:1e:08:0e:bc:45 up',
    'ip addr add 100.122.255.254/16 dev eth0',
    'ip link set lo up',
    'ip addr add 100.121.0.75/32 dev lo',
  ])
  await hostAt(lab, { namespace: SNAT, device: 'sg-7a6e45d1-0c' }, 'vm', [
    'ip link set eth0 up',
    'ip addr add 192.168.3.70/16 dev eth0',
    'ip addr add 192.168.3.71/16 dev eth0',
    // As the qrouter of its host would.
    'ip route add default via 192.168.0.11',
  ])
  expect(await lab.inside('vm', 'ping -c 1 -I 192.168.3.71 100.121.0.75')).toContain('icmp_seq=1 ttl=63')
  expect(await lab.inside(SNAT, 'conntrack -L -p icmp 2>/dev/null | grep -c "src=192.168.3.71 dst=100.121.0.75.*dst=100.122.0.60"')).toBe(
    '1\n',
  )
  expect(await lab.inside('switch', 'ping -c 1 -I 100.121.0.75 100.122.0.147')).toContain('icmp_seq=1 ttl=63')
})

test('live migration: the source forgets, the destination has a pair and a priority of its own', async () => {
  const row = floating('fip-1', '100.122.0.145', '192.168.3.69')
  const source = await dvrLab([router({ floatingIps: [row] })])
  const files = { [NETWORKS]: 'other,169.254.88.134/31\n' }
  const destination = await dvrLab([router({ floatingIps: [{ ...row, host: 'compute04' }] })], { files })
  expect(await destination.inside(QROUTER, 'ip rule')).not.toContain('lookup 16')
  await source.tell(router({ floatingIps: [] }))
  await destination.tell(router({ floatingIps: [row] }))
  expect(await source.inside(FIP, 'ip route')).not.toContain('100.122.0.145')
  expect(await source.inside(QROUTER, 'ip rule')).not.toContain('lookup 16')
  expect(await natOf(source, QROUTER)).not.toContain('100.122.0.145')
  expect(await destination.inside(FIP, 'ip route')).toContain('100.122.0.145 via 169.254.112.144 dev fpr-b6a86b9f-6 proto static')
  expect(await destination.inside(QROUTER, 'ip rule')).toMatch(/^\d{5}:\tfrom 192\.168\.3\.69 lookup 16$/m)
  expect(await destination.inside(FIP, 'ip rule')).toContain('2852024465:	from all iif fpr-b6a86b9f-6 lookup 2852024465')
  expect(destination.typed().filter((line) => /arping.* 100\.122\.0\.145/.test(line))).toHaveLength(6)
})
