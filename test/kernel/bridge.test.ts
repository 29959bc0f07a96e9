import { expect, test } from 'vitest'
import { BridgeDevice } from '../../src/kernel/dev/bridge.js'
import { PhysicalDevice } from '../../src/kernel/dev/physical.js'
import { TapDevice } from '../../src/kernel/dev/tap.js'
import { VlanDevice } from '../../src/kernel/dev/vlan.js'
import { Kernel } from '../../src/kernel/kernel.js'
import type { NetNamespace } from '../../src/kernel/netns.js'
import { Simulation } from '../../src/kernel/simulation.js'
import { Wire } from '../../src/kernel/wire.js'
import { address, Capture, errorOf, link, mac, newKernel, ping, run, vethPair } from './lab.js'

function newBridge(netns: NetNamespace, name: string): BridgeDevice {
  const bridge = new BridgeDevice(netns, name, mac('fe:ff:ff:ff:ff:fe'))
  netns.addDevice(bridge)
  bridge.conf6.disable_ipv6 = 1
  bridge.setUp()
  return bridge
}

function bridgeLab(count: number) {
  const kernel = newKernel()
  const host = kernel.initNetns
  const bridge = newBridge(host, 'br0')
  const ends = Array.from({ length: count }, (_, i) => {
    const netns = kernel.createNetns(`n${i + 1}`)
    const [dev, port] = link(netns, 'eth0', `10.0.0.${i + 1}/24`, host, `p${i + 1}`, null)
    bridge.addPort(port)
    return { netns, dev, port }
  })
  return { kernel, host, bridge, ends }
}

test('a bridge learns from the first frame: the third host sees only the flood', () => {
  const { kernel, ends } = bridgeLab(3)
  const third = new Capture(ends[2]!.dev)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel)
  expect(third.lines()).toEqual(['in arp who-has 10.0.0.2 tell 10.0.0.1'])
})

test('entries age, and the next frame floods again', () => {
  const { kernel, bridge, ends } = bridgeLab(3)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel, 1)
  expect(bridge.fdb.list().filter((entry) => !entry.isLocal).length).toBe(2)
  run(kernel, 305)
  expect(bridge.fdb.list().filter((entry) => !entry.isLocal).length).toBe(0)
})

test('the bridge has the lowest MAC of its ports until it is set by hand', () => {
  const { bridge, ends } = bridgeLab(3)
  expect(bridge.mac).toBe(Math.min(...ends.map((end) => end.port.mac)))
  const lowest = ends.find((end) => end.port.mac === bridge.mac)!
  bridge.removePort(lowest.port)
  expect(bridge.mac).toBe(Math.min(...ends.filter((end) => end !== lowest).map((end) => end.port.mac)))
  bridge.setMac(mac('02:00:00:00:00:99'))
  bridge.addPort(lowest.port)
  expect(bridge.mac).toBe(mac('02:00:00:00:00:99'))
})

test('the bridge device itself is a host on the bridge', () => {
  const { kernel, host, bridge, ends } = bridgeLab(2)
  address(bridge, '10.0.0.254/24')
  const capture = new Capture(bridge)
  expect(ping(host, '10.0.0.2')).toBe(null)
  run(kernel)
  expect(capture.lines()).toEqual([
    'out arp who-has 10.0.0.2 tell 10.0.0.254',
    'in arp 10.0.0.2 is-at',
    'out 10.0.0.254 > 10.0.0.2 ttl 64 icmp 8/0',
    'in 10.0.0.2 > 10.0.0.254 ttl 64 icmp 0/0',
  ])
  capture.frames.length = 0
  ping(ends[0]!.netns, '10.0.0.254')
  run(kernel)
  expect(capture.lines().length).toBe(4)
})

test('a port forwards only while device and bridge are up; the carrier of the bridge follows', () => {
  const { kernel, bridge, ends } = bridgeLab(2)
  expect([bridge.carrier, bridge.operState]).toEqual([true, 'up'])
  ends[1]!.port.setDown()
  expect(bridge.portOf(ends[1]!.port)!.state).toBe('disabled')
  ends[0]!.port.setDown()
  expect([bridge.carrier, bridge.operState]).toEqual([false, 'down'])
  ends[0]!.port.setUp()
  ends[1]!.port.setUp()
  expect(bridge.carrier).toBe(true)
  ping(ends[0]!.netns, '10.0.0.2')
  run(kernel)
  expect(kernel.sim.ledger.dropped.get('BRIDGE_PORT_STATE')).toBe(undefined)
})

test('what a bridge refuses as a port', () => {
  const { host, bridge, ends } = bridgeLab(1)
  const other = newBridge(host, 'br1')
  expect(errorOf(() => bridge.addPort(other))).toBe('ELOOP: Can not enslave a bridge to a bridge')
  expect(errorOf(() => other.addPort(ends[0]!.port))).toBe('EBUSY: Device or resource busy')
  expect(errorOf(() => bridge.addPort(host.loopback))).toBe('EINVAL: Invalid argument')
})

test('VLAN devices talk through a trunk, each in its own tag', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const b = kernel.createNetns('b')
  const [left, right] = link(a, 'v0', null, b, 'v1', null)
  const vlan = (netns: NetNamespace, lower: typeof left, vid: number, own: string): VlanDevice => {
    const dev = new VlanDevice(netns, `${lower.name}.${vid}`, lower, vid)
    dev.attach()
    netns.addDevice(dev)
    dev.conf6.disable_ipv6 = 1
    address(dev, own)
    dev.setUp()
    return dev
  }
  vlan(a, left, 10, '10.0.10.1/24')
  vlan(b, right, 10, '10.0.10.2/24')
  vlan(b, right, 20, '10.0.20.2/24')
  const capture = new Capture(right)
  ping(a, '10.0.10.2')
  run(kernel)
  expect(capture.frames.map(({ frame }) => frame.vlans[0]?.tci)).toEqual([10, 10, 10, 10])
  expect(errorOf(() => new VlanDevice(b, 'x', right, 10).attach())).toBe('EEXIST: File exists')
  right.setMac(mac('02:00:00:00:00:77'))
  expect(b.deviceByName('v1.10')!.mac).toBe(right.mac)
  right.setDown()
  expect(b.deviceByName('v1.10')!.isUp).toBe(false)
  right.setUp()
  expect([b.deviceByName('v1.10')!.isUp, b.deviceByName('v1.10')!.operState]).toEqual([true, 'up'])
})

test('two machines on a wire: access ports and a trunk', () => {
  const sim = new Simulation(1)
  const wire = new Wire(sim, 'w', { delayUs: 500 })
  const machine = (name: string, own: string | null, port: { access?: number; trunk?: number[] }): PhysicalDevice => {
    const kernel = new Kernel(sim, name)
    const nic = new PhysicalDevice(kernel.initNetns, 'eth0', kernel.randomMac(''))
    kernel.initNetns.addDevice(nic)
    nic.conf6.disable_ipv6 = 1
    nic.plugInto(wire, port)
    if (own !== null) address(nic, own)
    nic.setUp()
    return nic
  }
  const a = machine('a', '10.0.0.1/24', { access: 10 })
  const b = machine('b', '10.0.0.2/24', { access: 10 })
  const c = machine('c', '10.0.0.3/24', { access: 20 })
  const trunk = machine('t', null, { trunk: [10, 20] })
  const seen = new Capture(trunk)
  const other = new Capture(c)
  ping(a.netns, '10.0.0.2')
  run(a.netns.kernel)
  expect(other.lines()).toEqual([])
  expect(seen.lines()).toEqual(['in arp who-has 10.0.0.2 tell 10.0.0.1'])
  expect(seen.frames[0]!.frame.vlans[0]!.tci).toBe(10)
  expect(b.netns.neigh.list().length).toBe(1)
})

test('a tap without a reader has no carrier; what the reader writes comes in', () => {
  const kernel = newKernel()
  const host = kernel.initNetns
  const tap = new TapDevice(host, 'tap0', kernel.randomMac(''))
  host.addDevice(tap)
  tap.setUp()
  expect([tap.carrier, tap.operState]).toEqual([false, 'down'])
  const read: number[] = []
  tap.open({ fromTap: (pkt) => read.push(pkt.frame.type) })
  expect([tap.carrier, tap.operState]).toEqual([true, 'up'])
  run(kernel, 0.1)
  expect(read.every((type) => type === 0x86dd)).toBe(true)
  tap.close()
  expect(tap.operState).toBe('down')
})

test('groups asked for behind the ports are heard from their reports', () => {
  const kernel = newKernel()
  const host = kernel.initNetns
  const bridge = newBridge(host, 'br0')
  const b = kernel.createNetns('b')
  const [dev, port] = vethPair(b, 'eth0', host, 'p1')
  dev.setMac(mac('02:00:00:00:00:07'))
  bridge.addPort(port)
  port.conf6.disable_ipv6 = 1
  dev.setUp()
  port.setUp()
  run(kernel, 3)
  expect(bridge.groups.list(kernel.sim.nowUs)).toEqual([{ port: 'p1', group: 'ff02::1:ff00:7' }])
  run(kernel, 300)
  expect(bridge.groups.list(kernel.sim.nowUs)).toEqual([])
})
