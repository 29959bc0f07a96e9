// Flows that teach, age and count, on virtual time.
import { expect, test } from 'vitest'
import type { OfBridge } from '../../src/ovs/bridge.js'
import { parseFlow } from '../../src/ovs/flow-text.js'
import { textContext } from '../../src/ovs/flow-text-error.js'
import { formatMatch } from '../../src/ovs/match-text.js'
import { Capture, ping, run } from '../kernel/lab.js'
import { flowMod, switchLab } from './datapath-lab.js'

const text = textContext('3.1.0')

function addFlow(bridge: OfBridge, source: string): void {
  const flow = parseFlow(source, 'add', text)
  flowMod(bridge, { ...flow, command: 'add', cookie: flow.cookie ?? 0n, table: flow.table ?? 0 })
}

function listed(bridge: OfBridge, table: number): string[] {
  const { nowUs } = bridge.vswitch
  return bridge
    .flows()
    .filter((flow) => flow.table === table)
    .map((flow) => `${formatMatch(flow.match, text)} n=${flow.packets} age=${Math.floor((nowUs - flow.modifiedUs) / 1e6)}`)
    .sort()
}

const LEARN = 'learn(table=20,hard_timeout=300,priority=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])'

function tunnelLike() {
  const lab = switchLab(3, { failMode: 'secure' })
  for (const [i, { dev }] of lab.ends.entries()) dev.setMac(0x020000000001 + i)
  addFlow(lab.bridge, `table=0,priority=1,actions=${LEARN},resubmit(,20)`)
  addFlow(lab.bridge, 'table=20,priority=0,actions=flood')
  return lab
}

test('a learned flow is there after the first packet, and gone 300 s after the last one that taught it', () => {
  const { kernel, bridge, ends } = tunnelLike()
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 1)
  expect(listed(bridge, 20).filter((line) => line.startsWith('dl_dst')).length).toBe(2)
  run(kernel, 200)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 20)
  // Taught again at 201 s and a few seconds later, when the neighbours checked each other.
  run(kernel, 270)
  expect(listed(bridge, 20).filter((line) => line.startsWith('dl_dst')).length).toBe(2)
  run(kernel, 25)
  expect(listed(bridge, 20).filter((line) => line.startsWith('dl_dst'))).toEqual([])
})

test('learned flows carry the traffic: the third host sees the first frame only', () => {
  const { kernel, bridge, ends } = tunnelLike()
  const third = new Capture(ends[2]!.dev)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 1)
  expect(third.lines()).toEqual(['in arp who-has 10.0.0.2 tell 10.0.0.1'])
  expect(bridge.flows().find((flow) => flow.table === 0)!.packets).toBe(4)
})

test('idle flows end when nobody used them for so long; counters are right whenever they are read', () => {
  const { kernel, bridge, ends } = switchLab(2, { failMode: 'secure' })
  addFlow(bridge, 'priority=5,idle_timeout=10,icmp,actions=normal')
  addFlow(bridge, 'priority=1,actions=normal')
  for (let i = 0; i < 4; i++) {
    ping(ends[0]!.netns, '10.0.0.2')
    run(kernel, 8)
  }
  expect(bridge.flows().find((flow) => flow.priority === 5)!.packets).toBe(8)
  expect(bridge.flows().find((flow) => flow.priority === 5)!.bytes).toBe(8 * 98)
  run(kernel, 1)
  expect(bridge.flows().some((flow) => flow.priority === 5)).toBe(true)
  run(kernel, 1.5)
  expect(bridge.flows().some((flow) => flow.priority === 5)).toBe(false)
})

test('ct: new connections by one side only, answers pass, the other side is refused', () => {
  const { kernel, bridge, ends } = switchLab(2, { failMode: 'secure' })
  addFlow(bridge, 'table=0,priority=10,arp,actions=normal')
  addFlow(bridge, 'table=0,priority=5,ip,ct_state=-trk,actions=ct(table=1,zone=7)')
  addFlow(bridge, 'table=1,priority=5,in_port=1,ip,ct_state=+trk+new,actions=ct(commit,zone=7),normal')
  addFlow(bridge, 'table=1,priority=5,ip,ct_state=+trk+est,actions=normal')
  const [one, two] = ends.map(({ dev }) => new Capture(dev))
  ping(ends[1]!.netns, '10.0.0.1')
  run(kernel, 0.5)
  expect(one!.lines().filter((line) => line.includes('icmp'))).toEqual([])
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 0.5)
  expect(one!.lines().filter((line) => line.includes('icmp'))).toEqual([
    'out 10.0.0.1 > 10.0.0.2 ttl 64 icmp 8/0',
    'in 10.0.0.2 > 10.0.0.1 ttl 64 icmp 0/0',
  ])
  expect(two!.lines().filter((line) => line.includes('in 10.0.0.1')).length).toBe(1)
  expect(kernel.initNetns.netfilter.conntrack.list().map((each) => each.zone.original)).toEqual([7])
})

test('ct with nat: the source is translated on the way out and put back on the way in', () => {
  const { kernel, bridge, ends } = switchLab(2, { failMode: 'secure' })
  addFlow(bridge, 'table=0,priority=10,arp,actions=normal')
  addFlow(bridge, 'table=0,priority=5,in_port=1,ip,actions=ct(commit,zone=1,nat(src=10.0.0.77),table=1)')
  addFlow(bridge, 'table=0,priority=5,in_port=2,ip,actions=ct(zone=1,nat,table=2)')
  addFlow(bridge, 'table=1,ip,actions=output:2')
  addFlow(bridge, 'table=2,ip,ct_state=+est+rpl,actions=output:1')
  // Somebody has to answer for 10.0.0.77.
  addFlow(
    bridge,
    'table=0,priority=20,arp,arp_tpa=10.0.0.77,in_port=2,arp_op=1,actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],mod_dl_src:02:00:00:00:00:77,load:2->NXM_OF_ARP_OP[],move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],load:0x020000000077->NXM_NX_ARP_SHA[],load:0x0a00004d->NXM_OF_ARP_SPA[],move:NXM_OF_ARP_TPA[]->NXM_OF_ARP_TPA[],load:0x0a000002->NXM_OF_ARP_TPA[],in_port',
  )
  const far = new Capture(ends[1]!.dev)
  const near = new Capture(ends[0]!.dev)
  ends[0]!.dev.promiscuity++
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 1)
  expect(far.lines().filter((line) => line.includes('icmp'))).toEqual([
    'in 10.0.0.77 > 10.0.0.2 ttl 64 icmp 8/0',
    'out 10.0.0.2 > 10.0.0.77 ttl 64 icmp 0/0',
  ])
  expect(near.lines().filter((line) => line.includes('icmp 0/0'))).toEqual(['in 10.0.0.2 > 10.0.0.1 ttl 64 icmp 0/0'])
})

test('after a long silence the first answer teaches at once, and the second question is not flooded', () => {
  const { kernel, bridge, ends } = switchLab(3)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 400)
  bridge.vswitch.settle()
  expect(bridge.macTable.list()).toEqual([])
  const third = new Capture(ends[2]!.dev)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 1)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 1)
  expect(third.lines().length).toBe(1)
  // The same when the table is emptied while the datapath's flows are fresh.
  bridge.macTable.flush()
  for (let i = 0; i < 2; i++) {
    ping(ends[0]!.netns, '10.0.0.2')
    run(kernel, 1)
  }
  expect(third.lines().length).toBe(2)
})

test('packets that are counted late do not move a MAC back to where it was', () => {
  const { bridge, ends } = switchLab(2)
  const table = bridge.macTable
  const [old, now] = ends.map(({ port }) => port) as [(typeof ends)[0]['port'], (typeof ends)[0]['port']]
  table.learn(0x020000000099, 0, old, 1_000_000, false)
  table.learn(0x020000000099, 0, now, 3_000_000, false)
  expect(table.learn(0x020000000099, 0, old, 2_000_000, false)).toBe(false)
  expect(table.find(0x020000000099, 0, 3_000_000)?.port).toBe(now)
})
