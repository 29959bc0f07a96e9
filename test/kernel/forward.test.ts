import { expect, test } from 'vitest'
import { BridgeDevice } from '../../src/kernel/dev/bridge.js'
import type { NetDevice } from '../../src/kernel/netdev.js'
import type { NetNamespace } from '../../src/kernel/netns.js'
import { routeOutput } from '../../src/kernel/route.js'
import { RouteResult } from '../../src/kernel/route-result.js'
import { address, Capture, ip, link, ping, route, run } from './lab.js'
import { routerLab } from './router.js'

function withoutArp(capture: Capture): string[] {
  return capture.lines().filter((line) => !line.includes('arp'))
}

test('a router lowers the ttl once each way', () => {
  const lab = routerLab()
  const capture = new Capture(lab.s)
  const back = new Capture(lab.c)
  expect(ping(lab.client, '10.0.2.2')).toBe(null)
  run(lab.kernel)
  expect(withoutArp(capture)).toEqual(['in 10.0.1.2 > 10.0.2.2 ttl 63 icmp 8/0', 'out 10.0.2.2 > 10.0.1.2 ttl 64 icmp 0/0'])
  expect(withoutArp(back)).toEqual(['out 10.0.1.2 > 10.0.2.2 ttl 64 icmp 8/0', 'in 10.0.2.2 > 10.0.1.2 ttl 63 icmp 0/0'])
})

test('ttl 1 is answered by the router, with tos 0xc0', () => {
  const lab = routerLab()
  const capture = new Capture(lab.c)
  ping(lab.client, '10.0.2.2', { ttl: 1 })
  run(lab.kernel)
  expect(withoutArp(capture)).toEqual(['out 10.0.1.2 > 10.0.2.2 ttl 1 icmp 8/0', 'in 10.0.1.1 > 10.0.1.2 ttl 64 icmp 11/0'])
  const answer = capture.frames.at(-1)!.frame.payload
  expect(answer instanceof Uint8Array || answer.kind !== 'ipv4' ? 0 : answer.tos).toBe(0xc0)
})

test('six errors at once, then one a second', () => {
  const lab = routerLab()
  const capture = new Capture(lab.c)
  ping(lab.client, '10.0.2.2')
  run(lab.kernel)
  for (let i = 0; i < 20; i++) ping(lab.client, '10.0.2.2', { ttl: 1 })
  run(lab.kernel, 0.1)
  expect(capture.lines().filter((line) => line.includes('icmp 11/0')).length).toBe(6)
  for (let i = 0; i < 20; i++) {
    ping(lab.client, '10.0.2.2', { ttl: 1 })
    run(lab.kernel, 0.25)
  }
  expect(capture.lines().filter((line) => line.includes('icmp 11/0')).length).toBe(10)
})

test('no route, unreachable, prohibit, blackhole, as the sender sees them', () => {
  const lab = routerLab()
  route(lab.router, '10.1.0.0/16', { type: 'unreachable' })
  route(lab.router, '10.2.0.0/16', { type: 'prohibit' })
  route(lab.router, '10.3.0.0/16', { type: 'blackhole' })
  const capture = new Capture(lab.c)
  for (const dst of ['10.1.0.1', '10.2.0.1', '10.3.0.1', '10.4.0.1']) ping(lab.client, dst)
  run(lab.kernel)
  expect(withoutArp(capture).filter((line) => line.startsWith('in'))).toEqual([
    'in 10.0.1.1 > 10.0.1.2 ttl 64 icmp 3/1',
    'in 10.0.1.1 > 10.0.1.2 ttl 64 icmp 3/13',
    'in 10.0.1.1 > 10.0.1.2 ttl 64 icmp 3/0',
  ])
})

test('an unresolved neighbour: three requests, then host unreachable from the router', () => {
  const lab = routerLab()
  const capture = new Capture(lab.r1)
  const back = new Capture(lab.c)
  ping(lab.client, '10.0.2.99')
  run(lab.kernel, 2.9)
  expect(capture.lines()).toEqual(Array(3).fill('out arp who-has 10.0.2.99 tell 10.0.2.1'))
  expect(back.lines().some((line) => line.includes('icmp 3/1'))).toBe(false)
  run(lab.kernel, 0.2)
  expect(withoutArp(back).at(-1)).toBe('in 10.0.1.1 > 10.0.1.2 ttl 64 icmp 3/1')
  expect(lab.router.neigh.lookup(lab.r1, ip('10.0.2.99'))!.state).toBe('FAILED')
})

test('too big for the next link with DF: frag needed, and the sender remembers the MTU', () => {
  const lab = routerLab()
  lab.r1.setMtu(1400)
  const capture = new Capture(lab.c)
  ping(lab.client, '10.0.2.2', { size: 1472, df: true })
  run(lab.kernel)
  expect(withoutArp(capture)).toEqual(['out 10.0.1.2 > 10.0.2.2 ttl 64 icmp 8/0', 'in 10.0.1.1 > 10.0.1.2 ttl 64 icmp 3/4'])
  const answer = routeOutput(lab.client, { dst: ip('10.0.2.2') })
  expect(answer instanceof RouteResult ? [answer.mtu(lab.kernel.sim.nowUs), answer.pmtu] : answer).toEqual([1400, 1400])
  run(lab.kernel, 601)
  const later = routeOutput(lab.client, { dst: ip('10.0.2.2') })
  expect(later instanceof RouteResult ? later.mtu(lab.kernel.sim.nowUs) : later).toBe(1500)
})

test('without DF the router cuts and the receiver puts together', () => {
  const lab = routerLab()
  lab.r1.setMtu(600)
  lab.s.setMtu(600)
  const capture = new Capture(lab.s)
  const back = new Capture(lab.c)
  ping(lab.client, '10.0.2.2', { size: 1200 })
  run(lab.kernel)
  expect(withoutArp(capture).map((line) => line.replace(/ ttl.*/, ''))).toEqual([
    'in 10.0.1.2 > 10.0.2.2',
    'in 10.0.1.2 > 10.0.2.2',
    'in 10.0.1.2 > 10.0.2.2',
    'out 10.0.2.2 > 10.0.1.2',
    'out 10.0.2.2 > 10.0.1.2',
    'out 10.0.2.2 > 10.0.1.2',
  ])
  expect(withoutArp(back).filter((line) => line.startsWith('in')).length).toBe(3)
  expect(lab.kernel.sim.ledger.held).toBe(0)
})

test('a missing fragment: the rest is given up after 30 s', () => {
  const lab = routerLab()
  lab.r1.setMtu(600)
  lab.s.setMtu(600)
  let count = 0
  const receive = lab.s.receive.bind(lab.s)
  lab.s.receive = (pkt) => {
    const payload = pkt.frame.payload
    if (!(payload instanceof Uint8Array) && payload.kind === 'ipv4' && ++count === 2) return lab.s.netns.protocols.ipv6(pkt)
    receive(pkt)
  }
  const capture = new Capture(lab.s)
  ping(lab.client, '10.0.2.2', { size: 1200 })
  run(lab.kernel, 31)
  expect(withoutArp(capture).at(-1)).toBe('out 10.0.2.2 > 10.0.1.2 ttl 64 icmp 11/1')
  expect(lab.kernel.sim.ledger.dropped.get('FRAG_REASM_TIMEOUT')).toBe(2)
})

test('without ip_forward the packet ends silently', () => {
  const lab = routerLab()
  lab.router.sysctl.write('net.ipv4.ip_forward', '0')
  const capture = new Capture(lab.c)
  ping(lab.client, '10.0.2.2')
  run(lab.kernel)
  expect(withoutArp(capture)).toEqual(['out 10.0.1.2 > 10.0.2.2 ttl 64 icmp 8/0'])
  expect(lab.kernel.sim.ledger.dropped.get('IP_NOT_FOR_US')).toBe(1)
})

test('rp_filter 1 wants the way back through the same device, 2 any way back', () => {
  const lab = routerLab()
  const capture = new Capture(lab.s)
  // The client sends with a source that the router would answer by eth1.
  const spoof = (src: string): void => {
    lab.client.sysctl.write('net.ipv4.ip_nonlocal_bind', '1')
    lab.client.fib.addQuietly({
      dst: ip(src),
      length: 32,
      type: 'local',
      table: 255,
      scope: 254,
      nexthops: [{ dev: lab.client.loopback, via: null }],
    })
    ping(lab.client, '10.0.2.2', { src })
    run(lab.kernel)
  }
  spoof('10.0.2.77')
  expect(withoutArp(capture).length).toBeGreaterThan(0)
  capture.frames.length = 0
  lab.router.sysctl.write('net.ipv4.conf.all.rp_filter', '1')
  spoof('10.0.2.78')
  expect(withoutArp(capture)).toEqual([])
  expect(lab.kernel.sim.ledger.dropped.get('IP_RPFILTER')).toBe(1)
  lab.router.sysctl.write('net.ipv4.conf.all.rp_filter', '2')
  spoof('10.0.2.79')
  expect(withoutArp(capture).length).toBeGreaterThan(0)
  // No route to the source at all: both modes drop.
  spoof('172.16.0.1')
  expect(lab.kernel.sim.ledger.dropped.get('IP_RPFILTER')).toBe(2)
})

test('a better way on the same link: redirect, the host asks for the new gateway, then follows', () => {
  const lab = routerLab()
  const other = lab.kernel.createNetns('other')
  const bridge = new BridgeDevice(lab.kernel.initNetns, 'br0', 0x020000000001)
  lab.kernel.initNetns.addDevice(bridge)
  bridge.conf6.disable_ipv6 = 1
  bridge.setUp()
  const attach = (netns: NetNamespace, own: string): NetDevice => {
    const [dev, port] = link(netns, 'lan', own, lab.kernel.initNetns, `p-${netns.name}`, null)
    bridge.addPort(port)
    return dev
  }
  attach(lab.client, '10.7.0.2/24')
  attach(lab.router, '10.7.0.1/24')
  const far = attach(other, '10.7.0.3/24')
  address(far, '10.9.0.1/32')
  route(lab.client, '10.9.0.0/16', { via: '10.7.0.1' })
  route(lab.router, '10.9.0.0/16', { via: '10.7.0.3' })
  lab.router.deviceByName('lan')!.conf.forwarding = 1
  const gateways: string[] = []
  for (let i = 0; i < 4; i++) {
    ping(lab.client, '10.9.0.1')
    run(lab.kernel, 1)
    const answer = routeOutput(lab.client, { dst: ip('10.9.0.1') })
    gateways.push(answer instanceof RouteResult ? ((answer.via ?? 0) >>> 0).toString(16) : answer)
  }
  expect(gateways).toEqual(['a070001', 'a070003', 'a070003', 'a070003'])
})
