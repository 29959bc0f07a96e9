import { expect, test } from 'vitest'
import { DummyDevice } from '../../src/kernel/dev/dummy.js'
import type { KernelEvent } from '../../src/kernel/events.js'
import { address, Capture, errorOf, link, newKernel, ping, route, routes, run, vethPair } from './lab.js'

test('each namespace counts its own interfaces, and a device that moves keeps its number when it is free', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const b = kernel.createNetns('b')
  vethPair(a, 'x0', a, 'x1')
  const [v0, v1] = vethPair(a, 'v0', a, 'v1')
  expect([v0.ifindex, v1.ifindex]).toEqual([4, 5])
  a.moveDevice(v1, b)
  expect(v1.ifindex).toBe(5)
  expect(a.idOf(b)).toBe(0)
  const other = new DummyDevice(b, 'd0', b.randomMac(''))
  b.addDevice(other)
  expect(other.ifindex).toBe(2)
  const back = new DummyDevice(a, 'd%d', a.randomMac(''))
  a.addDevice(back)
  expect([back.name, back.ifindex]).toEqual(['d0', 6])
  expect(errorOf(() => a.moveDevice(back, b))).toBe('EEXIST: An interface with the same name exists in the target netns')
  a.renameDevice(back, 'd2')
  a.moveDevice(back, b)
  expect([back.ifindex, b.deviceByName('d2')]).toEqual([6, back])
})

test('moving loses addresses, routes and up', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const b = kernel.createNetns('b')
  const [v0] = link(a, 'v0', '10.0.0.1/24', b, 'v1', '10.0.0.2/24')
  const c = kernel.createNetns('c')
  a.moveDevice(v0, c)
  expect([v0.addresses, v0.isUp, v0.qdisc, routes(a), routes(a, 255), routes(c)]).toEqual([[], false, 'noop', [], [], []])
})

test('a namespace that ends takes its veths and their peers along', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const b = kernel.createNetns('b')
  link(a, 'v0', '10.0.0.1/24', b, 'v1', '10.0.0.2/24')
  ping(a, '10.0.0.2')
  kernel.destroyNetns(b)
  run(kernel, 1)
  expect(a.devices.map((dev) => dev.name)).toEqual(['lo'])
  expect(routes(a)).toEqual([])
  expect(kernel.namespaces.size).toBe(1)
})

test('names: what is refused', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const dev = new DummyDevice(a, 'd0', a.randomMac(''))
  a.addDevice(dev)
  expect(errorOf(() => a.addDevice(new DummyDevice(a, 'd0', 1)))).toBe('EEXIST: File exists')
  expect(errorOf(() => a.renameDevice(dev, 'sixteen-is-toomany'))).toBe('EINVAL: Invalid argument')
  expect(errorOf(() => a.renameDevice(dev, 'a/b'))).toBe('EINVAL: Invalid argument')
  expect(errorOf(() => a.renameDevice(dev, 'lo'))).toBe('EEXIST: File exists')
})

test('sysctl: dots in names, all and default, refusals', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  a.addDevice(new DummyDevice(a, 'eth0.100', a.randomMac('')))
  a.sysctl.write('net.ipv4.conf.eth0/100.rp_filter', '2')
  expect(a.sysctl.read('net/ipv4/conf/eth0.100/rp_filter')).toBe('2')
  a.sysctl.write('net.ipv4.ip_forward', '1')
  expect(['all', 'default', 'lo', 'eth0/100'].map((name) => a.sysctl.read(`net.ipv4.conf.${name}.forwarding`))).toEqual([
    '1',
    '1',
    '1',
    '1',
  ])
  a.sysctl.write('net.ipv4.conf.default.proxy_arp', '1')
  a.addDevice(new DummyDevice(a, 'late', a.randomMac('')))
  expect([a.sysctl.read('net.ipv4.conf.late.proxy_arp'), a.sysctl.read('net.ipv4.conf.lo.proxy_arp')]).toEqual(['1', '0'])
  expect(errorOf(() => a.sysctl.write('net.ipv4.nothing', '1'))).toBe('ENOENT: No such file or directory')
  expect(errorOf(() => a.sysctl.write('net.ipv4.ip_default_ttl', '300'))).toBe('EINVAL: Invalid argument')
  expect(errorOf(() => a.sysctl.write('net.ipv4.ip_forward', 'on'))).toBe('EINVAL: Invalid argument')
  expect(a.sysctl.list('net.ipv4.conf.lo').slice(0, 2)).toEqual(['net.ipv4.conf.lo.accept_local', 'net.ipv4.conf.lo.accept_redirects'])
})

test('changes are told as they happen', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const b = kernel.createNetns('b')
  const told: string[] = []
  const stop = kernel.events.subscribe((event: KernelEvent) => told.push(`${event.netns.name} ${event.kind} ${event.change}`))
  const [v0] = link(a, 'v0', null, b, 'v1', null)
  told.length = 0
  address(v0, '10.0.0.1/24')
  route(a, 'default', { via: '10.0.0.9' })
  expect(told).toEqual([' addr new', ' route new', ' route new', ' route new', ' route new'])
  stop()
})

test('a silent neighbour of a local sender: host unreachable from oneself, over lo', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  a.loopback.setUp()
  link(a, 'v0', '10.0.0.1/24', kernel.createNetns('b'), 'v1', null)
  const capture = new Capture(a.loopback)
  ping(a, '10.0.0.9')
  run(kernel, 3.1)
  expect(capture.lines()).toEqual(['out 10.0.0.1 > 10.0.0.1 ttl 64 icmp 3/1', 'in 10.0.0.1 > 10.0.0.1 ttl 64 icmp 3/1'])
  expect(a.loopback.stats.rxBytes).toBe(112)
})
