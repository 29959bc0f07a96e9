// East-west traffic of a distributed router: two networks, two hosts. Each direction is routed on the sender's host, crosses the tunnel with
// the host's own MAC as its source, and gets the router's MAC back in front of the VM; no switch learns either of them where it is not.
import { expect, test } from 'vitest'
import type { Lab } from '../../src/lab/lab.js'
import { bootDvr } from './dvr-variation.js'
import { namedFlows } from './named-flows.js'
import { loss, out } from './variation.js'

const NETWORKS = [
  { name: 'net1', type: 'vxlan', segment: 11, subnets: [{ name: 'sub1', cidr: '10.1.0.0/24' }] },
  { name: 'net2', type: 'vxlan', segment: 22, subnets: [{ name: 'sub2', cidr: '10.2.0.0/24' }] },
]
const ROUTER = 'a321f5b4-f57a-4c06-a4e6-95836cdc16ca'
const ROUTERS = [
  {
    name: 'r',
    id: ROUTER,
    external: { network: 'floating', address: '100.122.0.60' },
    interfaces: [
      { subnet: 'sub1', 'port-id': '1f6b0aa3-3d8e-4b57-9c20-f1e6d4a7b895', mac: 'fa:16:3e:00:01:01' },
      { subnet: 'sub2', 'port-id': '2a7c1bb4-4e9f-4c68-8d31-02f7e5b8c9a6', mac: 'fa:16:3e:00:02:01' },
    ],
  },
]
const PORT_A = 'aaaaaaaa-0a8e-4b57-9c20-f1e6d4a7b895'
const PORT_B = 'bbbbbbbb-0b9f-4c68-8d31-02f7e5b8c9a6'
const A = {
  name: 'a',
  host: 'c1',
  boot: true,
  nics: [{ network: 'net1', 'port-id': PORT_A, mac: 'fa:16:3e:00:01:0a', address: '10.1.0.10' }],
}
const B = {
  name: 'b',
  host: 'c2',
  boot: true,
  nics: [{ network: 'net2', 'port-id': PORT_B, mac: 'fa:16:3e:00:02:0b', address: '10.2.0.11' }],
}

const NAMES: readonly (readonly [mac: string, name: string])[] = [
  ['fa:16:3e:00:01:0a', 'A'],
  ['fa:16:3e:00:02:0b', 'B'],
  ['fa:16:3e:00:01:01', 'qr1'],
  ['fa:16:3e:00:02:01', 'qr2'],
  ['fa:16:3f:00:00:01', 'host1'],
  ['fa:16:3f:00:00:02', 'host2'],
]

function boot(flags: Readonly<Record<string, unknown>> = {}): Promise<Lab> {
  return bootDvr({ computes: 2, networks: NETWORKS, routers: ROUTERS, servers: [A, B], flags })
}

/** A place to listen: `tcpdump`'s words behind the interface. */
interface Ear {
  readonly name: string
  readonly node: string
  readonly netns?: string
  readonly device: string
  readonly filter: string
}

const INNER = 'udp port 4789'

const EARS: readonly Ear[] = [
  { name: 'qvoA', node: 'c1', device: 'qvoaaaaaaaa-0a', filter: 'icmp' },
  { name: 'c1 qr1', node: 'c1', netns: `qrouter-${ROUTER}`, device: 'qr-1f6b0aa3-3d', filter: 'icmp' },
  { name: 'c1 qr2', node: 'c1', netns: `qrouter-${ROUTER}`, device: 'qr-2a7c1bb4-4e', filter: 'icmp' },
  { name: 'c1 wire', node: 'c1', device: 'eth1', filter: INNER },
  { name: 'c2 wire', node: 'c2', device: 'eth1', filter: INNER },
  { name: 'c2 qr1', node: 'c2', netns: `qrouter-${ROUTER}`, device: 'qr-1f6b0aa3-3d', filter: 'icmp' },
  { name: 'c2 qr2', node: 'c2', netns: `qrouter-${ROUTER}`, device: 'qr-2a7c1bb4-4e', filter: 'icmp' },
  { name: 'qvoB', node: 'c2', device: 'qvobbbbbbbb-0b', filter: 'icmp' },
]

/** One ping from A to B, as each ear hears it: `source > destination [vni] ttl`. */
async function walk(lab: Lab): Promise<Record<string, string[]>> {
  for (const [i, { node, netns, device, filter }] of EARS.entries()) {
    const inside = netns === undefined ? '' : `ip netns exec ${netns} `
    await out(lab, node, `${inside}tcpdump -envl -i ${device} ${filter} > /tmp/ear${i} 2> /dev/null &`)
  }
  await out(lab, 'a', 'ping -c 1 10.2.0.11')
  const heard: Record<string, string[]> = {}
  for (const [i, { name, node }] of EARS.entries()) {
    await out(lab, node, 'sleep 1; pkill tcpdump; true')
    heard[name] = frames(await out(lab, node, `cat /tmp/ear${i}`))
  }
  return heard
}

/** The innermost frames that carry ICMP, by the names of their MACs. */
function frames(text: string): string[] {
  const found: string[] = []
  let vni = ''
  let macs = ''
  let ttl = ''
  for (const line of text.split('\n')) {
    vni = /vni (\d+)/.exec(line)?.[1] ?? vni
    const [, source, destination] = /(fa:16:3[ef]:\S+) > (fa:16:3[ef]:[0-9a-f:]+)/.exec(line) ?? []
    if (source !== undefined) macs = `${named(source)} > ${named(destination!)}`
    ttl = /ttl (\d+)/.exec(line)?.[1] ?? ttl
    if (line.includes('ICMP echo')) found.push(`${macs}${vni === '' ? '' : ` vni ${vni}`} ttl ${ttl}`)
  }
  return found
}

function named(mac: string): string {
  return NAMES.find(([known]) => known === mac)?.[1] ?? mac
}

const WALK = {
  qvoA: ['A > qr1 ttl 64', 'qr1 > A ttl 63'],
  'c1 qr1': ['A > qr1 ttl 64'],
  'c1 qr2': ['qr2 > B ttl 63'],
  'c1 wire': ['host1 > B vni 22 ttl 63', 'host2 > A vni 11 ttl 63'],
  'c2 wire': ['host1 > B vni 22 ttl 63', 'host2 > A vni 11 ttl 63'],
  'c2 qr1': ['qr1 > A ttl 63'],
  'c2 qr2': ['B > qr2 ttl 64'],
  qvoB: ['qr2 > B ttl 63', 'B > qr2 ttl 64'],
}

/** MACs that the switch of a node has learnt, by bridge, and those of the tunnel bridge's table. */
async function learnt(lab: Lab, node: string): Promise<string> {
  const bridges = ['br-int', 'br-tun', 'br-ex'].map((bridge) => `ovs-appctl fdb/show ${bridge}`).join('; ')
  return out(lab, node, `${bridges}; ovs-ofctl dump-flows br-tun table=20 | grep hard_timeout`)
}

test.each([
  ['with l2population', {}],
  ['without', { l2population: false, arp_responder: false }],
] as const)(
  'the MACs of a packet and of its answer, %s',
  async (_name, flags) => {
    const lab = await boot(flags)
    expect(await loss(lab, 'a', '10.2.0.11')).toBe('0% packet loss')
    expect(await walk(lab)).toEqual(WALK)
    // No host has learnt a host's MAC, nor the router's own anywhere but at home.
    for (const node of ['ctl', 'c1', 'c2']) expect(await learnt(lab, node)).not.toContain('fa:16:3f')
    const away = await out(lab, 'c1', 'ovs-appctl fdb/show br-int | grep -E "fa:16:3e:00:0[12]:01"')
    const home = await out(lab, 'c1', 'ovs-vsctl get Interface qr-1f6b0aa3-3d ofport; ovs-vsctl get Interface qr-2a7c1bb4-4e ofport')
    const ports = away
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[0])
    expect(home.trim().split('\n')).toEqual(expect.arrayContaining(ports))
  },
  120_000,
)

/** Rows about a MAC: `TABLE match actions`, ports of the bridge by name. */
async function rowsOf(lab: Lab, node: string, bridge: string, mac: string): Promise<string[]> {
  return (await namedFlows(lab, node, bridge)).filter((row) => row.includes(mac))
}

async function cloudCli(lab: Lab, line: string): Promise<string> {
  return out(lab, 'ctl', line)
}

test('a VM that moves takes its rows along; those of the others point to its new host', async () => {
  const lab = await bootDvr({ computes: 3, networks: NETWORKS, routers: ROUTERS, servers: [A, B] })
  const mac = B.nics[0]!.mac
  const [one, two, three] = ['0a00070b', '0a00070c', '0a00070d'] as const
  const served = (vlan: string) => [
    `1 priority=20,dl_vlan=${vlan},dl_dst=${mac} actions=mod_dl_src:fa:16:3e:00:02:01,resubmit(,60)`,
    `60 priority=20,dl_vlan=${vlan},dl_dst=${mac} actions=strip_vlan,output:qvobbbbbbbb-0b`,
  ]
  const remote = (vlan: string, end: string) =>
    `20 priority=2,dl_vlan=${vlan},dl_dst=${mac} actions=strip_vlan,load:0x16->NXM_NX_TUN_ID[],output:vxlan-${end}`
  expect((await rowsOf(lab, 'c2', 'br-int', mac)).filter((row) => /^(1|60) /.test(row))).toEqual(served('net2'))
  expect(await rowsOf(lab, 'c1', 'br-tun', mac)).toContainEqual(remote('net2', two))
  expect(await cloudCli(lab, 'nova live-migration b c3; sleep 60; nova show b | grep -o "c3 "')).toContain('c3')
  expect(await loss(lab, 'a', '10.2.0.11')).toBe('0% packet loss')
  expect((await rowsOf(lab, 'c3', 'br-int', mac)).filter((row) => /^(1|60) /.test(row))).toEqual(served('net2'))
  expect((await rowsOf(lab, 'c1', 'br-tun', mac)).filter((row) => row.startsWith('20 priority=2'))).toEqual([remote('net2', three)])
  expect((await rowsOf(lab, 'ctl', 'br-tun', mac)).filter((row) => row.startsWith('20 priority=2'))).toEqual([remote('net2', three)])
  // Nothing of the networks is left where it came from.
  expect(await rowsOf(lab, 'c2', 'br-int', mac)).toEqual([])
  expect((await namedFlows(lab, 'c2', 'br-tun')).filter((row) => row.includes('dl_vlan'))).toEqual([])
  expect(await out(lab, 'c2', 'ovs-vsctl list-ports br-tun; ip netns | grep -c qrouter')).toBe('patch-int\n0\nexit 1\n')
  // On to where A is: both are at home there, the tunnel has no part in it. What qemu announces comes before the port is wired, as it does in
  // that release; the VM is heard when it speaks.
  await cloudCli(lab, 'nova live-migration b c1; sleep 60')
  expect(await loss(lab, 'b', '10.2.0.1')).toBe('0% packet loss')
  expect(await loss(lab, 'a', '10.2.0.11')).toBe('0% packet loss')
  expect((await rowsOf(lab, 'c1', 'br-int', mac)).filter((row) => /^(1|60) /.test(row))).toEqual(served('net2'))
  expect((await rowsOf(lab, 'c1', 'br-tun', mac)).filter((row) => row.startsWith('20 priority=2'))).toEqual([])
  expect((await rowsOf(lab, 'ctl', 'br-tun', mac)).filter((row) => row.startsWith('20 priority=2'))).toEqual([remote('net2', one)])
}, 180_000)

const VLANS = NETWORKS.map((network, i) => ({ ...network, type: 'vlan', 'physical-network': 'extnet', segment: 100 + i }))

test('a distributed router between two VLANs: the same over the wires of the provider network', async () => {
  const lab = await bootDvr({ computes: 2, networks: VLANS, routers: ROUTERS, servers: [A, B], vlans: [100, 101] })
  expect(await loss(lab, 'a', '10.2.0.11')).toBe('0% packet loss')
  for (const node of ['c1', 'c2']) await out(lab, node, 'tcpdump -envl -i eth2 vlan and icmp > /tmp/wire 2> /dev/null &')
  await out(lab, 'a', 'ping -c 1 10.2.0.11')
  for (const node of ['c1', 'c2']) {
    const heard = await out(lab, node, 'sleep 1; pkill tcpdump; cat /tmp/wire')
    expect(heard.match(/vlan \d+/g)).toEqual(['vlan 101', 'vlan 100'])
    expect(frames(heard)).toEqual(['host1 > B ttl 63', 'host2 > A ttl 63'])
  }
  // A host's own MAC passes its own br-ex, and the switches between; br-int never sees one.
  for (const node of ['c1', 'c2']) expect(await out(lab, node, 'ovs-appctl fdb/show br-int')).not.toContain('fa:16:3f')
  expect(await out(lab, 'c1', 'ovs-appctl fdb/show br-ex')).not.toContain('fa:16:3f:00:00:02')
}, 120_000)
