// Every flow of every bridge of dvr-fip's nodes, whole, and what a switch does with packets that show what the rows are for.
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { namedFlows } from './named-flows.js'
import { loss, out } from './variation.js'

const GOLDEN = readFileSync(new URL('../golden/neutron/dvr-fip-flows.txt', import.meta.url), 'utf8')

/** The lines behind `== NODE BRIDGE`. */
function golden(node: string, bridge: string): string[] {
  const [, text = ''] = GOLDEN.split(`== ${node} ${bridge}\n`)
  return text.split('\n\n')[0]!.trimEnd().split('\n')
}

/** Floods into tunnels in no particular order: the tunnels came as their ends were heard of. */
function inOrder(row: string): string {
  const [match, actions = ''] = row.split(' actions=')
  const parts = actions.split(',')
  const outputs = parts.filter((part) => part.startsWith('output:vxlan')).sort()
  return outputs.length < 2 ? row : `${match} actions=${[...parts.filter((part) => !outputs.includes(part)), ...outputs].join(',')}`
}

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
}, 60_000)

const NODES = ['compute03', 'compute04', 'network01'] as const
const BRIDGES = ['br-int', 'br-tun', 'br-ex'] as const

test.each(NODES.flatMap((node) => BRIDGES.map((bridge) => [node, bridge] as const)))('%s %s', async (node, bridge) => {
  expect((await namedFlows(lab, node, bridge)).map(inOrder)).toEqual(golden(node, bridge))
})

const QROUTER = 'qrouter-b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'

test('nobody learns the MAC of a host, nor a router where it is not', async () => {
  expect(await loss(lab, 'vm21', '10.30.0.1')).toBe('0% packet loss')
  expect(await loss(lab, 'vm32', '192.168.3.69')).toBe('0% packet loss')
  for (const node of NODES) {
    const shows = BRIDGES.map((bridge) => `ovs-appctl fdb/show ${bridge}`).join('; ')
    expect(await out(lab, node, `${shows}; ovs-ofctl dump-flows br-tun table=20 | grep hard_timeout`)).not.toContain('fa:16:3f')
  }
  const router = await out(lab, 'compute03', 'ovs-appctl fdb/show br-int | grep fa:16:3e:ff:d5:8b')
  expect(router.trim().split(/\s+/)[0]).toBe((await out(lab, 'compute03', 'ovs-vsctl get Interface qr-1f6b0aa3-3d ofport')).trim())
})

test('a router that asks for an address is answered by its own host, under the name of the host', async () => {
  // Without the entry that the L3 agent made; the responder of br-tun knows the address.
  await out(lab, 'compute03', `ip netns exec ${QROUTER} ip neigh del 192.168.3.32 dev qr-1f6b0aa3-3d`)
  const before = await packets('compute03', 'br-int', 3, 'fa:16:3f:11:03:03')
  await out(lab, 'compute03', 'tcpdump -nl -i enp175s0f0 udp port 4789 > /tmp/tunnel 2> /dev/null &')
  await out(lab, 'compute03', `ip netns exec ${QROUTER} ping -c 1 -W 1 192.168.3.32; pkill tcpdump`)
  expect(await out(lab, 'compute03', `ip netns exec ${QROUTER} ip neigh show 192.168.3.32`)).toContain('lladdr fa:16:3e:30:a4:a9 REACHABLE')
  expect((await packets('compute03', 'br-int', 3, 'fa:16:3f:11:03:03')) - before).toBe(1)
  const tunnel = await out(lab, 'compute03', 'grep -c "ARP, Request who-has 192.168.3.32 " /tmp/tunnel; grep -c "ICMP echo" /tmp/tunnel')
  // The echo goes; its answer is for the router of the VM's own host.
  expect(tunnel).toBe('0\n1\n')
})

async function packets(node: string, bridge: string, table: number, text: string): Promise<number> {
  const flows = await out(lab, node, `ovs-ofctl dump-flows ${bridge} table=${table} | grep ${text} | grep dl_vlan=1,`)
  return Number(/n_packets=(\d+)/.exec(flows)?.[1])
}

test("ofproto/trace tells the DVR rows' story", async () => {
  const vm = 'in_port=qvo5d3c1a7e-20,dl_src=fa:16:3e:a4:58:8d'
  const arp = `arp,${vm},dl_dst=ff:ff:ff:ff:ff:ff,arp_op=1,arp_spa=192.168.3.69,arp_tpa=192.168.0.1,arp_sha=fa:16:3e:a4:58:8d`
  const asked = await out(lab, 'compute03', `ovs-appctl ofproto/trace br-int ${arp}`)
  // The router's address is asked for at home only.
  expect(asked).toMatch(/\n22\. arp,dl_vlan=1,arp_tpa=192\.168\.0\.1, priority 3, cookie 0x[0-9a-f]+\n {4,}drop\n/)
  const patch = await out(lab, 'compute04', 'ovs-vsctl get Interface patch-tun ofport')
  const routed = `in_port=${patch.trim()},dl_vlan=4,dl_src=fa:16:3f:11:03:03,dl_dst=fa:16:3e:30:a4:a9,icmp`
  const trace = await out(lab, 'compute04', `ovs-appctl ofproto/trace br-int ${routed}`)
  expect(
    trace
      .split('\n')
      .filter((line) => /^ *(\d+\.|set_field|resubmit|pop_vlan|output|goto)/.test(line))
      .map((line) => line.trim().replace(/, cookie.*/, '')),
  ).toEqual([
    `0. in_port=${patch.trim()},dl_src=fa:16:3f:11:03:03, priority 2`,
    'goto_table:1',
    '1. dl_vlan=4,dl_dst=fa:16:3e:30:a4:a9, priority 20',
    'set_field:fa:16:3e:ff:d5:8b->eth_src',
    'goto_table:60',
    '60. dl_vlan=4,dl_dst=fa:16:3e:30:a4:a9, priority 20',
    'pop_vlan',
    expect.stringMatching(/^output:\d+$/),
  ])
})

test('the second NIC: a provider VLAN through br-ex, tagged on the wire', async () => {
  await out(lab, 'compute03', 'tcpdump -enl -i enp175s0f1 vlan 1203 and icmp > /tmp/vlan 2> /dev/null &')
  expect(await loss(lab, 'master-2', '100.123.0.10')).toBe('0% packet loss')
  const heard = await out(lab, 'compute03', 'pkill tcpdump; cat /tmp/vlan')
  expect(heard.match(/vlan 1203, p 0, ethertype IPv4.*ICMP echo \w+/g)).toHaveLength(2)
  // Frames of other VLANs end at br-int.
  const before = await packets0('compute03')
  await out(lab, 'l3-switch', 'ping -c 1 -W 1 100.121.0.250 > /dev/null')
  expect(await packets0('compute03')).toBeGreaterThan(before)
})

async function packets0(node: string): Promise<number> {
  const flows = await out(lab, node, 'ovs-ofctl dump-flows br-int table=0 | grep "priority=2,in_port=1 actions=drop"')
  return Number(/n_packets=(\d+)/.exec(flows)?.[1])
}

test('an agent that is started again writes the same rows; its VMs hear nothing of it', async () => {
  await out(lab, 'vm32', 'ping -i 0.2 -c 100 -q 192.168.3.69 > /tmp/during &')
  await out(lab, 'compute03', 'systemctl restart neutron-openvswitch-agent; sleep 25')
  expect(await out(lab, 'vm32', 'grep -o "[0-9]* received" /tmp/during')).toBe('100 received\n')
  for (const bridge of BRIDGES) expect((await namedFlows(lab, 'compute03', bridge)).map(inOrder)).toEqual(golden('compute03', bridge))
  const cookies = await out(lab, 'compute03', 'ovs-ofctl dump-flows br-tun | grep -o "^ cookie=[0-9a-fx]*" | sort -u | wc -l')
  expect(cookies).toBe('1\n')
}, 60_000)

const KILL = 'kill -9 $(cat /var/run/openvswitch/ovs-vswitchd.pid); sleep 30'

test('a switch that was killed comes back with all rows where few ports of a network are', async () => {
  await out(lab, 'compute03', KILL)
  for (const bridge of BRIDGES) expect((await namedFlows(lab, 'compute03', bridge)).map(inOrder)).toEqual(golden('compute03', bridge))
}, 60_000)

test('where more are, those of the tunnels come with the next start of the agent', async () => {
  await out(lab, 'compute04', KILL)
  for (const bridge of ['br-int', 'br-ex'])
    expect((await namedFlows(lab, 'compute04', bridge)).map(inOrder)).toEqual(golden('compute04', bridge))
  // What the server told it once it does not tell again: agents until 2023 do not ask for it, and three ports are not a network's first.
  const tunnels = (await namedFlows(lab, 'compute04', 'br-tun')).map(inOrder)
  const missing = golden('compute04', 'br-tun').filter((row) => !tunnels.includes(row) && row.includes('dl_vlan=az2'))
  expect(missing.map((row) => row.split(' ')[0])).toEqual(['20', '20', '20', '21', '21', '21', '22'])
  expect(await loss(lab, 'vm32', '192.168.3.69')).toBe('100% packet loss')
  await out(lab, 'compute04', 'systemctl restart neutron-openvswitch-agent; sleep 10')
  for (const bridge of BRIDGES) expect((await namedFlows(lab, 'compute04', bridge)).map(inOrder)).toEqual(golden('compute04', bridge))
  expect(await loss(lab, 'vm32', '192.168.3.69')).toBe('0% packet loss')
}, 60_000)
