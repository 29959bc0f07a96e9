// Distributed routers on a compute node: what stands in their namespaces at first and after each event, and that packets pass.
import { expect, test } from 'vitest'
import { NOT_DISTRIBUTED } from '../../src/cloud/neutron/rpc.js'
import {
  AGENT_PORT,
  arp,
  type DvrLab,
  type DvrOptions,
  dvrLab,
  EXTERNAL,
  FIP,
  floating,
  hostAt,
  INSIDE,
  NETWORKS,
  natOf,
  PRIORITIES,
  QROUTER,
  ROUTER,
  router,
  SECOND,
  SNAT_INSIDE,
  SNAT_SECOND,
  started,
  waysOf,
} from './dvr-l3-lab.js'

const FIRST = floating('fip-1', '100.122.0.145', '192.168.3.69')
const OTHER = floating('fip-2', '100.122.0.146', '192.168.2.48')

/** compute03 as the document has it. */
const DOCUMENT: DvrOptions = {
  flags: [['dvr_snat_guard', 'subnets']],
  files: { [NETWORKS]: `${ROUTER},169.254.74.216/31\n`, [PRIORITIES]: '100.122.0.145,51869\n' },
  pins: {
    'rfp-b6a86b9f-6/mac': '56:fe:b9:c3:13:1c',
    'fpr-b6a86b9f-6/mac': '1a:cb:46:80:fd:cd',
    'fpr-b6a86b9f-6/ifindex': '33',
  },
}

/** Priorities are drawn. */
function masked(text: string): string {
  return text.replace(/^\d{5}:/gm, 'P:')
}

async function namespacesOf(lab: DvrLab): Promise<string[]> {
  return (await lab.out('ip netns list | cut -d" " -f1 | sort'))
    .trim()
    .split('\n')
    .filter((name) => name !== '')
}

async function failures(lab: DvrLab): Promise<string[]> {
  return lab.machine.agentLog.filter(({ exitCode }) => exitCode !== 0).map(({ argv }) => argv.join(' '))
}

test("the document's router and its way out, whole", async () => {
  const lab = await dvrLab([router({ floatingIps: [FIRST] })], DOCUMENT)
  expect(await failures(lab)).toEqual([])
  expect(
    (await lab.inside(QROUTER, 'ip a')).replace(/^ +valid_lft.*\n/gm, ''),
  ).toBe(`1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
    inet6 ::1/128 scope host 
2: tunl0@NONE: <NOARP> mtu 1480 qdisc noop state DOWN group default qlen 1000
    link/ipip 0.0.0.0 brd 0.0.0.0
3: rfp-b6a86b9f-6@if33: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 56:fe:b9:c3:13:1c brd ff:ff:ff:ff:ff:ff link-netns ${FIP}
    inet 169.254.74.216/31 scope global rfp-b6a86b9f-6
    inet6 fe80::54fe:b9ff:fec3:131c/64 scope link 
5: qr-1f6b0aa3-3d: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UP group default qlen 1000
    link/ether fa:16:3e:ff:d5:8b brd ff:ff:ff:ff:ff:ff
    inet 192.168.0.1/16 brd 192.168.255.255 scope global qr-1f6b0aa3-3d
    inet6 fe80::f816:3eff:feff:d58b/64 scope link 
`)
  expect(
    (await lab.inside(FIP, 'ip a')).replace(/^ +valid_lft.*\n/gm, ''),
  ).toBe(`1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
    inet6 ::1/128 scope host 
2: tunl0@NONE: <NOARP> mtu 1480 qdisc noop state DOWN group default qlen 1000
    link/ipip 0.0.0.0 brd 0.0.0.0
6: fg-2417e6fb-ee: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UP group default qlen 1000
    link/ether fa:16:3e:23:e6:31 brd ff:ff:ff:ff:ff:ff
    inet 100.122.0.53/16 brd 100.122.255.255 scope global fg-2417e6fb-ee
    inet6 fe80::f816:3eff:fe23:e631/64 scope link 
33: fpr-b6a86b9f-6@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 1a:cb:46:80:fd:cd brd ff:ff:ff:ff:ff:ff link-netns ${QROUTER}
    inet 169.254.74.217/31 scope global fpr-b6a86b9f-6
    inet6 fe80::18cb:46ff:fe80:fdcd/64 scope link 
`)
})

test('rules, tables, neighbours and translations of the document', async () => {
  const lab = await dvrLab([router({ floatingIps: [FIRST] })], DOCUMENT)
  expect(await lab.inside(QROUTER, 'ip rule')).toBe(`0:	from all lookup local
32766:	from all lookup main
32767:	from all lookup default
51869:	from 192.168.3.69 lookup 16
3232235521:	from 192.168.0.1/16 lookup 3232235521
`)
  expect(await waysOf(lab, QROUTER)).toBe(`51869: from 192.168.3.69 lookup 16
3232235521: from 192.168.0.1/16 lookup 3232235521
default via 192.168.0.11 dev qr-1f6b0aa3-3d table 3232235521 proto static
default via 169.254.74.217 dev rfp-b6a86b9f-6 table 16 proto static
169.254.74.216/31 dev rfp-b6a86b9f-6 proto kernel scope link src 169.254.74.216
192.168.0.0/16 dev qr-1f6b0aa3-3d proto kernel scope link src 192.168.0.1
`)
  expect(await lab.inside(QROUTER, 'ip neigh')).toBe(`169.254.74.217 dev rfp-b6a86b9f-6 lladdr 1a:cb:46:80:fd:cd PERMANENT 
192.168.0.11 dev qr-1f6b0aa3-3d lladdr fa:16:3e:5e:01:0b PERMANENT 
192.168.0.2 dev qr-1f6b0aa3-3d lladdr fa:16:3e:0d:02:02 PERMANENT 
192.168.3.69 dev qr-1f6b0aa3-3d lladdr fa:16:3e:a4:58:8d PERMANENT 
`)
  expect(await lab.inside(QROUTER, 'iptables -S -t nat')).toBe(`-P PREROUTING ACCEPT
-P INPUT ACCEPT
-P OUTPUT ACCEPT
-P POSTROUTING ACCEPT
-N neutron-l3-agent-OUTPUT
-N neutron-l3-agent-POSTROUTING
-N neutron-l3-agent-PREROUTING
-N neutron-l3-agent-float-snat
-N neutron-l3-agent-snat
-N neutron-postrouting-bottom
-A PREROUTING -j neutron-l3-agent-PREROUTING
-A OUTPUT -j neutron-l3-agent-OUTPUT
-A POSTROUTING -j neutron-l3-agent-POSTROUTING
-A POSTROUTING -j neutron-postrouting-bottom
-A neutron-l3-agent-POSTROUTING -d 192.168.0.0/16 -j ACCEPT
-A neutron-l3-agent-PREROUTING -d 169.254.169.254/32 -i qr-+ -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9697
-A neutron-l3-agent-PREROUTING -d 100.122.0.145/32 -i rfp-b6a86b9f-6 -j DNAT --to-destination 192.168.3.69
-A neutron-l3-agent-float-snat -s 192.168.3.69/32 -j SNAT --to-source 100.122.0.145 --random-fully
-A neutron-l3-agent-snat -j neutron-l3-agent-float-snat
-A neutron-postrouting-bottom -m comment --comment "Perform source NAT on outgoing traffic." -j neutron-l3-agent-snat
`)
  expect(await waysOf(lab, FIP)).toBe(`2852014809: from all iif fpr-b6a86b9f-6 lookup 2852014809
default via 100.122.255.254 dev fg-2417e6fb-ee table 2852014809 proto static
100.122.0.0/16 dev fg-2417e6fb-ee proto kernel scope link src 100.122.0.53
100.122.0.145 via 169.254.74.216 dev fpr-b6a86b9f-6 proto static
169.254.74.216/31 dev fpr-b6a86b9f-6 proto kernel scope link src 169.254.74.217
`)
  expect(await natOf(lab, FIP)).toBe('-A neutron-l3-agent-snat -j neutron-l3-agent-float-snat\n')
  expect(await lab.inside(FIP, 'iptables -S -t raw')).toMatch(/-A neutron-l3-agent-PREROUTING -j CT --notrack\n$/)
  expect(await lab.inside(FIP, 'sysctl net.ipv4.conf.fg-2417e6fb-ee.proxy_arp net.ipv4.ip_nonlocal_bind net.ipv4.ip_forward')).toBe(
    'net.ipv4.conf.fg-2417e6fb-ee.proxy_arp = 1\nnet.ipv4.ip_nonlocal_bind = 1\nnet.ipv4.ip_forward = 1\n',
  )
  expect(await lab.inside(QROUTER, 'sysctl net.ipv4.conf.all.send_redirects net.ipv4.conf.qr-1f6b0aa3-3d.send_redirects')).toBe(
    'net.ipv4.conf.all.send_redirects = 0\nnet.ipv4.conf.qr-1f6b0aa3-3d.send_redirects = 0\n',
  )
  expect(lab.told.statuses).toEqual(['fip-1 ACTIVE'])
})

const NAT_WITHOUT = '-A neutron-l3-agent-PREROUTING -d 169.254.169.254/32 -i qr-+ -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9697\n'

test('floating addresses come, move to another port, and go', async () => {
  const lab = await dvrLab([router()])
  // The way out stands before anybody uses it.
  expect(await waysOf(lab, FIP)).toMatch(/^2852018311: from all iif fpr-b6a86b9f-6 lookup 2852018311\n/)
  expect(await natOf(lab, QROUTER)).toBe(NAT_WITHOUT)
  lab.typed()
  await lab.tell(router({ floatingIps: [FIRST] }))
  expect(await natOf(lab, QROUTER)).toBe(`-A neutron-l3-agent-POSTROUTING ! -o rfp-b6a86b9f-6 -m conntrack ! --ctstate DNAT -j ACCEPT
${NAT_WITHOUT}-A neutron-l3-agent-PREROUTING -d 100.122.0.145/32 -i rfp-b6a86b9f-6 -j DNAT --to-destination 192.168.3.69
-A neutron-l3-agent-float-snat -s 192.168.3.69/32 -j SNAT --to-source 100.122.0.145 --random-fully
-A neutron-l3-agent-snat -j neutron-l3-agent-float-snat
`)
  expect(masked(await lab.inside(QROUTER, 'ip rule'))).toContain('P:	from 192.168.3.69 lookup 16\n')
  expect(await lab.inside(FIP, 'ip route get 100.122.0.145')).toMatch(
    /^100\.122\.0\.145 via 169\.254\.88\.134 dev fpr-b6a86b9f-6 src 169\.254\.88\.135/,
  )
  expect(lab.typed().filter((line) => line.includes('100.122.0.145') && line.includes('arping'))).toHaveLength(6)
  await lab.tell(router({ floatingIps: [{ ...FIRST, fixedIp: OTHER.fixedIp }] }))
  expect(await natOf(lab, QROUTER)).toContain('-s 192.168.2.48/32 -j SNAT --to-source 100.122.0.145')
  expect(masked(await waysOf(lab, QROUTER))).toMatch(/^P: from 192\.168\.2\.48 lookup 16\n3232235521:/)
  lab.typed()
  await lab.tell(router())
  expect(await natOf(lab, QROUTER)).toBe(NAT_WITHOUT)
  expect(await waysOf(lab, QROUTER)).toMatch(/^3232235521: from 192\.168\.0\.1\/16 lookup 3232235521\n/)
  expect(await lab.inside(FIP, 'ip route')).not.toContain('100.122.0.145')
  expect(lab.typed().filter((line) => line.includes('conntrack -D'))).toEqual([
    '# conntrack -D -d 100.122.0.145',
    '# conntrack -D -q 100.122.0.145',
  ])
  expect(await lab.out(`cat ${PRIORITIES}`)).toBe('')
  expect(lab.told.statuses).toEqual(['fip-1 ACTIVE', 'fip-1 ACTIVE', 'fip-1 DOWN'])
})

test("what is served elsewhere is nobody's business here", async () => {
  const lab = await dvrLab([
    router({
      floatingIps: [{ ...FIRST, host: 'compute04' }, floating('fip-3', '100.122.0.147', '192.168.3.70', { host: null, isCentral: true })],
    }),
  ])
  expect(await lab.inside(QROUTER, 'ip rule')).not.toContain('lookup 16')
  expect(await natOf(lab, QROUTER)).not.toContain('100.122')
  expect(lab.told.statuses).toEqual([])
})

test('subnets come and go; neighbours are told one by one', async () => {
  const lab = await dvrLab([router()])
  const both = {
    interfaces: [INSIDE, SECOND],
    snatInterfaces: [SNAT_INSIDE, SNAT_SECOND],
    arpEntries: new Map([[SECOND.addresses[0]!.subnetId, [arp('10.30.0.21', 'fa:16:3e:77:03:21', SECOND)]]]),
  }
  await lab.tell(router(both))
  expect(await waysOf(lab, QROUTER)).toBe(`169738241: from 10.30.0.1/24 lookup 169738241
3232235521: from 192.168.0.1/16 lookup 3232235521
default via 10.30.0.11 dev qr-d25b8f04-6e table 169738241 proto static
default via 192.168.0.11 dev qr-1f6b0aa3-3d table 3232235521 proto static
default via 169.254.88.135 dev rfp-b6a86b9f-6 table 16 proto static
10.30.0.0/24 dev qr-d25b8f04-6e proto kernel scope link src 10.30.0.1
169.254.88.134/31 dev rfp-b6a86b9f-6 proto kernel scope link src 169.254.88.134
192.168.0.0/16 dev qr-1f6b0aa3-3d proto kernel scope link src 192.168.0.1
`)
  lab.agent.addArpEntry(ROUTER, arp('10.30.0.22', 'fa:16:3e:77:03:22', SECOND))
  lab.agent.delArpEntry(ROUTER, arp('192.168.0.2', 'fa:16:3e:0d:02:02'))
  await lab.after(lab.agent)
  expect(
    await lab.inside(QROUTER, 'ip neigh show nud permanent | grep -v ^169 | sort'),
  ).toBe(`10.30.0.11 dev qr-d25b8f04-6e lladdr fa:16:3e:5e:03:0b PERMANENT 
10.30.0.21 dev qr-d25b8f04-6e lladdr fa:16:3e:77:03:21 PERMANENT 
10.30.0.22 dev qr-d25b8f04-6e lladdr fa:16:3e:77:03:22 PERMANENT 
192.168.0.11 dev qr-1f6b0aa3-3d lladdr fa:16:3e:5e:01:0b PERMANENT 
192.168.3.69 dev qr-1f6b0aa3-3d lladdr fa:16:3e:a4:58:8d PERMANENT 
`)
  await lab.tell(router())
  expect(await waysOf(lab, QROUTER)).not.toContain('10.30')
  expect(await lab.inside(QROUTER, 'ip -o link')).not.toContain('qr-d25b8f04-6e')
  expect(await failures(lab)).toEqual([])
})

test('a neighbour told of before its subnet is there waits for it', async () => {
  const lab = await dvrLab([router()])
  lab.agent.addArpEntry(ROUTER, arp('10.30.0.22', 'fa:16:3e:77:03:22', SECOND))
  await lab.after(lab.agent)
  await lab.tell(router({ interfaces: [INSIDE, SECOND], snatInterfaces: [SNAT_INSIDE, SNAT_SECOND] }))
  expect(await lab.inside(QROUTER, 'ip neigh')).toContain('10.30.0.22 dev qr-d25b8f04-6e lladdr fa:16:3e:77:03:22 PERMANENT')
})

test('the gateway goes and comes back; without one there are no policy rules', async () => {
  const lab = await dvrLab([router({ floatingIps: [FIRST] })])
  await lab.tell(router({ floatingIps: [FIRST] }))
  await lab.tell(router({ gateway: null, gatewayHost: null, snatInterfaces: [], agentGatewayPort: null }))
  expect(await waysOf(lab, QROUTER)).toBe('192.168.0.0/16 dev qr-1f6b0aa3-3d proto kernel scope link src 192.168.0.1\n')
  expect(await natOf(lab, QROUTER)).toBe(NAT_WITHOUT)
  expect(await waysOf(lab, FIP)).toBe('100.122.0.0/16 dev fg-2417e6fb-ee proto kernel scope link src 100.122.0.53\n')
  expect(await lab.inside(FIP, 'ip -o link')).not.toContain('fpr-')
  expect(await lab.out(`cat ${NETWORKS} ${PRIORITIES}`)).toBe('')
  lab.agent.fipnamespaceDeletedOnExtNet(EXTERNAL)
  await lab.after(lab.agent)
  expect(await namespacesOf(lab)).toEqual([QROUTER])
  // Somebody's rule in a router without gateway is taken for an old one.
  await lab.inside(QROUTER, 'ip rule add from 10.1.1.1 lookup 77 pref 77')
  await lab.tell(router({ gateway: null, gatewayHost: null, snatInterfaces: [], agentGatewayPort: null }))
  expect(await lab.inside(QROUTER, 'ip rule')).not.toContain('77')
  await lab.tell(router({ floatingIps: [FIRST] }))
  expect(masked(await waysOf(lab, QROUTER))).toMatch(/^P: from 192\.168\.3\.69 lookup 16\n3232235521: from 192\.168\.0\.1\/16/)
  expect(await lab.inside(FIP, 'ip route')).toContain('100.122.0.145 via 169.254.88.134 dev fpr-b6a86b9f-6')
  expect(await failures(lab)).toEqual(['conntrack'].map((word) => expect.stringContaining(word)).flatMap((each) => [each, each]))
})

test('a router that is taken away leaves nothing; the fip namespace goes when nobody leaves by the network', async () => {
  const lab = await dvrLab([router({ floatingIps: [FIRST] })])
  lab.agent.routerRemovedFromAgent(ROUTER)
  await lab.after(lab.agent)
  expect(await namespacesOf(lab)).toEqual([FIP])
  expect(await waysOf(lab, FIP)).toBe('100.122.0.0/16 dev fg-2417e6fb-ee proto kernel scope link src 100.122.0.53\n')
  lab.agent.fipnamespaceDeletedOnExtNet(EXTERNAL)
  await lab.after(lab.agent)
  expect(await namespacesOf(lab)).toEqual([])
  expect(await lab.out('ip -o link | cut -d: -f2')).toBe(' lo\n br-int\n br-ex\n tunl0@NONE\n')
  expect(
    await lab.out(`cat ${NETWORKS} ${PRIORITIES}; ls /var/lib/neutron/ns-metadata-proxy /var/lib/neutron/external/pids; pgrep haproxy`),
  ).toBe('/var/lib/neutron/external/pids:\n\n/var/lib/neutron/ns-metadata-proxy:\n')
})

test('a new agent changes no number, sends nobody away, and clears what is not here any more', async () => {
  const lab = await dvrLab([router({ floatingIps: [FIRST, OTHER] })])
  const before = [await waysOf(lab, QROUTER), await waysOf(lab, FIP), await natOf(lab, QROUTER), await lab.inside(FIP, 'ip a')]
  const files = await lab.out(`cat ${NETWORKS} ${PRIORITIES}`)
  await lab.out('ip netns add qrouter-11111111-2222-3333-4444-555555555555; ip netns add fip-99999999-2222-3333-4444-555555555555')
  // While it was away OTHER went, and somebody left a rule.
  lab.agent.agent.proc.kill('KILL')
  await lab.inside(QROUTER, 'ip rule add from 192.168.9.9 lookup 16 pref 40000')
  lab.typed()
  const again = await started(lab, [router({ floatingIps: [FIRST, OTHER] })], 'dvr')
  expect([await waysOf(again, QROUTER), await waysOf(again, FIP), await natOf(again, QROUTER), await again.inside(FIP, 'ip a')]).toEqual(
    before,
  )
  expect(await lab.out(`cat ${NETWORKS} ${PRIORITIES}`)).toBe(files)
  expect(lab.typed().filter((line) => /rule|route |link add|ovs-vsctl/.test(line))).toEqual([
    `ip -n ${QROUTER} rule del from 192.168.9.9 lookup 16 priority 40000`,
  ])
  expect(
    (await lab.out('ip netns list'))
      .replace(/ \(id: \d+\)/g, '')
      .split('\n')
      .sort(),
  ).toEqual(['', FIP, QROUTER].sort())
})

test('a fip namespace that somebody deleted is made again with the next word of the server', async () => {
  const lab = await dvrLab([router({ floatingIps: [FIRST] })], DOCUMENT)
  const before = await waysOf(lab, FIP)
  await lab.out(`ip netns del ${FIP}`)
  await lab.tell(router({ floatingIps: [FIRST] }))
  expect(await waysOf(lab, FIP)).toBe(before)
  expect(await waysOf(lab, QROUTER)).toContain('default via 169.254.74.217 dev rfp-b6a86b9f-6 table 16 proto static')
})

test('a router of one host: as in Stein, its routes say who made them', async () => {
  const lab = await dvrLab([router({ ...NOT_DISTRIBUTED, floatingIps: [FIRST] })], { mode: 'legacy' })
  expect(await lab.inside(QROUTER, 'ip route')).toBe(`default via 100.122.255.254 dev qg-3c90be12-5a proto static 
100.122.0.0/16 dev qg-3c90be12-5a proto kernel scope link src 100.122.0.60 
192.168.0.0/16 dev qr-1f6b0aa3-3d proto kernel scope link src 192.168.0.1 
`)
  expect(await natOf(lab, QROUTER)).toContain(
    '-A neutron-l3-agent-float-snat -s 192.168.3.69/32 -j SNAT --to-source 100.122.0.145 --random-fully',
  )
  // Made distributed, it is another router; the translation goes to where the snat namespace is.
  await lab.tell(router({ floatingIps: [FIRST] }))
  expect(await lab.inside(QROUTER, 'ip -o link')).not.toContain('qg-')
  expect(await lab.inside(FIP, 'ip route')).toContain('100.122.0.145 via 169.254.88.134')
})

test('a router that left while the agent was away: its rule in the fip namespace stays, as on the host of the document', async () => {
  const other = { ...router(), id: 'b9b7d98f-6d5e-4f0a-9c3b-1e7a2f648d05', interfaces: [SECOND], snatInterfaces: [SNAT_SECOND] }
  const lab = await dvrLab([router(), other])
  lab.agent.agent.proc.kill('KILL')
  const again = await started(lab, [router()], 'dvr')
  expect(await namespacesOf(again)).toEqual([FIP, QROUTER])
  expect((await again.inside(FIP, 'ip rule')).split('\n').slice(3)).toEqual([
    '2852018311:\tfrom all iif fpr-b6a86b9f-6 lookup 2852018311',
    '2852024465:\tfrom all iif fpr-b9b7d98f-6 [detached] lookup 2852024465',
    '',
  ])
  // Its pair is kept for it, too.
  expect(await lab.out(`cat ${NETWORKS}`)).toBe(`${ROUTER},169.254.88.134/31\n${other.id},169.254.112.144/31\n`)
})

test('extra routes stand where their next hop can be', async () => {
  const lab = await dvrLab([router()])
  const [inside, outside] = [
    { destination: { address: 0x0a630000, length: 16 }, nextHop: INSIDE.addresses[0]!.address + 9 },
    { destination: { address: 0x0a640000, length: 16 }, nextHop: AGENT_PORT.addresses[0]!.address + 9 },
  ]
  await lab.tell(router({ routes: [inside, outside] }))
  expect(await lab.inside(QROUTER, 'ip route')).toContain('10.99.0.0/16 via 192.168.0.10 dev qr-1f6b0aa3-3d')
  expect(await lab.inside(FIP, 'ip route show table 2852018311')).toBe(
    'default via 100.122.255.254 dev fg-2417e6fb-ee proto static \n10.100.0.0/16 via 100.122.0.62 dev fg-2417e6fb-ee \n',
  )
  await lab.tell(router())
  expect(await lab.inside(QROUTER, 'ip route')).not.toContain('10.99')
  expect(await lab.inside(FIP, 'ip route show table 2852018311')).not.toContain('10.100')
})

test('out and in by a floating address, through both namespaces', async () => {
  const lab = await dvrLab([router({ floatingIps: [FIRST] })], DOCUMENT)
  await hostAt(lab, { namespace: QROUTER, device: 'qr-1f6b0aa3-3d' }, 'vm', [
    'ip link set eth0 address fa:16:3e:a4:58:8d up',
    'ip addr add 192.168.3.69/16 dev eth0',
    'ip route add default via 192.168.0.1',
  ])
  await hostAt(lab, { namespace: FIP, device: 'fg-2417e6fb-ee' }, 'switch', [
    'ip link set eth0 address 00:1e:08:0e:bc:45 up',
    'ip addr add 100.122.255.254/16 dev eth0',
    'ip link set lo up',
    'ip addr add 100.121.0.75/32 dev lo',
  ])
  // The switch has learnt the address from the announcements, or asks: the namespace answers for it.
  expect(await lab.inside('switch', 'ping -c 1 -I 100.121.0.75 100.122.0.145')).toMatch(/bytes from 100\.122\.0\.145: icmp_seq=1 ttl=62 /)
  expect(await lab.inside('switch', 'ip neigh show 100.122.0.145')).toContain('lladdr fa:16:3e:23:e6:31')
  expect(await lab.inside('vm', 'ping -c 1 100.121.0.75')).toMatch(/bytes from 100\.121\.0\.75: icmp_seq=1 ttl=62 /)
  expect(
    await lab.inside(QROUTER, 'conntrack -L -p icmp 2>/dev/null | grep -c "src=192.168.3.69 dst=100.121.0.75.*dst=100.122.0.145"'),
  ).toBe('1\n')
  expect(await lab.inside(QROUTER, 'ping -c 1 -W 1 100.121.0.75')).toBe('ping: connect: Network is unreachable\n')
  await lab.tell(router())
  expect(await lab.inside('switch', 'ping -c 1 -W 1 -I 100.121.0.75 100.122.0.145')).toContain('100% packet loss')
})
