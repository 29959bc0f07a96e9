import { expect, test } from 'vitest'
import { BROADCAST_MAC } from '../../src/addr/mac.js'
import { setMacWords, W } from '../../src/ovs/flow-key.js'
import { matchAll } from '../../src/ovs/match.js'
import { OFPP_LOCAL, OFPP_NORMAL } from '../../src/ovs/port-numbers.js'
import { address, Capture, ping, run } from '../kernel/lab.js'
import { flowMod, internalHost, switchLab } from './datapath-lab.js'

test('a standalone bridge learns from the first frame: the third host sees only the flood', () => {
  const { kernel, ends, bridge } = switchLab(3)
  const third = new Capture(ends[2]!.dev)
  const first = new Capture(ends[0]!.dev)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel)
  expect(third.lines()).toEqual(['in arp who-has 10.0.0.2 tell 10.0.0.1'])
  expect(first.lines()).toEqual([
    'out arp who-has 10.0.0.2 tell 10.0.0.1',
    'in arp 10.0.0.2 is-at',
    'out 10.0.0.1 > 10.0.0.2 ttl 64 icmp 8/0',
    'in 10.0.0.2 > 10.0.0.1 ttl 64 icmp 0/0',
  ])
  expect(bridge.macTable.list().map((entry) => [entry.port.name, entry.vlan])).toEqual([
    ['p1', 0],
    ['p2', 0],
  ])
  expect(bridge.flows().map((flow) => [flow.packets, flow.bytes])).toEqual([[4, 280]])
})

test('MACs age after 300 s without packets, and not while there are some', () => {
  const { kernel, ends, bridge, vswitch } = switchLab(2)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 200)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 200)
  vswitch.settle()
  expect(bridge.macTable.size).toBe(2)
  run(kernel, 310)
  vswitch.settle()
  expect(bridge.macTable.size).toBe(0)
  expect(bridge.macTable.expired).toBe(2)
})

test('access ports of one VLAN talk, those of two do not; the LOCAL port is a trunk', () => {
  const { kernel, bridge } = switchLab(0)
  const a = internalHost(bridge, 'a', '10.0.0.1/24', { vlan: { mode: 'access', tag: 10, trunks: null, priorityTags: 'never' } })
  const b = internalHost(bridge, 'b', '10.0.0.2/24', { vlan: { mode: 'access', tag: 10, trunks: null, priorityTags: 'never' } })
  const c = internalHost(bridge, 'c', '10.0.0.3/24', { vlan: { mode: 'access', tag: 20, trunks: null, priorityTags: 'never' } })
  bridge.local.setUp()
  const seen = [a, b, c].map(({ dev }) => new Capture(dev))
  const local = new Capture(bridge.local)
  ping(a.netns, '10.0.0.2')
  ping(a.netns, '10.0.0.3')
  run(kernel, 0.5)
  expect(seen.map((capture) => capture.lines().length)).toEqual([5, 5, 0])
  expect(local.frames.map(({ frame }) => frame.vlans.map((tag) => tag.tci))).toEqual([[10], [10]])
})

test('a patch between two bridges is crossed in one translation', () => {
  const { kernel, bridge, vswitch, ends } = switchLab(1)
  const other = vswitch.addBridge({ name: 'br1', datapathType: 'system', failMode: 'standalone' })
  const far = internalHost(other, 'far', '10.0.0.9/24')
  const out = bridge.addPort({ name: 'to-br1', kind: 'patch', peer: 'to-br0' })
  other.addPort({ name: 'to-br0', kind: 'patch', peer: 'to-br1' })
  ping(ends[0]!.netns, '10.0.0.9')
  run(kernel)
  ping(ends[0]!.netns, '10.0.0.9')
  run(kernel)
  vswitch.settle()
  expect(other.macTable.list().map((entry) => entry.port.name)).toEqual(['to-br0', 'far'])
  expect([out.ownStats.txPackets, out.ownStats.rxPackets]).toEqual([3, 3])
  expect(far.dev.stats.rxPackets).toBe(3)
  expect(bridge.flows()[0]!.packets).toBe(6)
})

test('a device that moves to another namespace is no port any more', () => {
  const { kernel, bridge, ends, host } = switchLab(2)
  host.moveDevice(ends[1]!.end, kernel.createNetns('elsewhere'))
  expect(bridge.portList.map((port) => port.name)).toEqual(['br0', 'p1'])
  expect([ends[1]!.end.rxHandler, ends[1]!.end.master]).toEqual([null, null])
  expect(ends[0]!.end.master!.name).toBe('ovs-system')
})

test('a secure bridge without flows drops; flows by priority, and a lower one behind them', () => {
  const { kernel, bridge, ends } = switchLab(2, { failMode: 'secure' })
  const second = new Capture(ends[1]!.dev)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 0.5)
  expect(second.lines()).toEqual([])
  flowMod(bridge, { priority: 1, actions: [{ type: 'output', port: OFPP_NORMAL, maxLength: 0 }] })
  const broadcast = matchAll()
  setMacWords(broadcast.key, W.ETH_DST, BROADCAST_MAC)
  setMacWords(broadcast.mask, W.ETH_DST, BROADCAST_MAC)
  flowMod(bridge, { priority: 10, match: broadcast, actions: [{ type: 'output', port: OFPP_LOCAL, maxLength: 0 }] })
  address(bridge.local, '10.0.0.100/24')
  bridge.local.setUp()
  ping(ends[0]!.netns, '10.0.0.100')
  run(kernel, 0.4)
  expect(bridge.local.stats.rxPackets).toBeGreaterThan(0)
  expect(second.lines()).toEqual(['in arp 10.0.0.100 is-at'])
  expect(kernel.sim.ledger.made + kernel.sim.ledger.cloned).toBe(
    kernel.sim.ledger.delivered + kernel.sim.ledger.held + kernel.sim.ledger.droppedTotal,
  )
})
