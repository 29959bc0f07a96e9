import { expect, test } from 'vitest'
import type { NetDevice } from '../../src/kernel/netdev.js'
import { newPacket } from '../../src/kernel/packet.js'
import { ARP_REPLY, ARP_REQUEST, ArpPacket } from '../../src/wire/arp.js'
import { ETHERTYPE_ARP, EthernetFrame } from '../../src/wire/ethernet.js'
import { address, Capture, ip, link, mac, newKernel, ping, route, run } from './lab.js'
import { routerLab } from './router.js'

const STRANGER = mac('02:00:00:00:00:77')

function inject(dev: NetDevice, operation: number, sender: string, target: string, to: number): void {
  const payload = new ArpPacket({ operation, senderMac: STRANGER, senderIp: ip(sender), targetMac: 0, targetIp: ip(target) })
  dev.receive(newPacket(dev.netns.kernel.sim, dev, new EthernetFrame({ dst: to, src: STRANGER, type: ETHERTYPE_ARP, payload })))
}

const BROADCAST = 0xffffffffffff

function lab() {
  const kernel = newKernel()
  const a = kernel.initNetns
  const b = kernel.createNetns('b')
  const [left, right] = link(a, 'v0', '10.0.0.1/24', b, 'v1', '10.0.0.2/24')
  return { kernel, a, b, left, right, capture: new Capture(left) }
}

test('an asker is learned STALE, a stranger that announces itself is not', () => {
  const { kernel, a, left } = lab()
  inject(left, ARP_REQUEST, '10.0.0.50', '10.0.0.1', BROADCAST)
  inject(left, ARP_REPLY, '10.0.0.60', '10.0.0.60', BROADCAST)
  inject(left, ARP_REQUEST, '10.0.0.61', '10.0.0.9', BROADCAST)
  run(kernel, 0.1)
  expect(a.neigh.list().map((entry) => [entry.address, entry.state])).toEqual([[ip('10.0.0.50'), 'STALE']])
})

test('a gratuitous reply changes a known entry, to STALE', () => {
  const { kernel, a, left } = lab()
  ping(a, '10.0.0.2')
  run(kernel, 2)
  expect(a.neigh.lookup(left, ip('10.0.0.2'))!.state).toBe('REACHABLE')
  inject(left, ARP_REPLY, '10.0.0.2', '10.0.0.2', BROADCAST)
  expect(a.neigh.lookup(left, ip('10.0.0.2'))!.state).toBe('STALE')
  expect(a.neigh.lookup(left, ip('10.0.0.2'))!.lladdr).toBe(STRANGER)
})

test('with arp_accept a stranger is learned', () => {
  const { a, left } = lab()
  a.sysctl.write('net.ipv4.conf.v0.arp_accept', '1')
  inject(left, ARP_REPLY, '10.0.0.60', '10.0.0.60', BROADCAST)
  expect(a.neigh.list().map((entry) => entry.state)).toEqual(['STALE'])
})

test('reachable, stale, delay, probe: a silent neighbour fails after three questions', () => {
  const { kernel, a, right, left, capture } = lab()
  ping(a, '10.0.0.2')
  run(kernel, 50)
  const entry = a.neigh.lookup(left, ip('10.0.0.2'))!
  expect(entry.state).toBe('STALE')
  right.netns.sysctl.write('net.ipv4.conf.v1.arp_ignore', '8')
  ping(a, '10.0.0.2')
  expect(entry.state).toBe('DELAY')
  capture.frames.length = 0
  run(kernel, 5.5)
  expect(entry.state).toBe('PROBE')
  const at = capture.lines().indexOf('out arp who-has 10.0.0.2 tell 10.0.0.1')
  expect(capture.frames[at]!.frame.dst).toBe(right.mac)
  run(kernel, 3)
  expect(entry.state).toBe('FAILED')
})

test('any local address is answered on any device, unless arp_ignore says otherwise', () => {
  const { kernel, b, left, capture } = lab()
  b.loopback.setUp()
  address(b.loopback, '10.99.0.1/32')
  route(left.netns, '10.99.0.0/16', { dev: left })
  ping(left.netns, '10.99.0.1')
  run(kernel, 1)
  expect(capture.lines().includes('in arp 10.99.0.1 is-at')).toBe(true)
  left.netns.neigh.flushDevice(left, 'all')
  capture.frames.length = 0
  b.sysctl.write('net.ipv4.conf.all.arp_ignore', '1')
  ping(left.netns, '10.99.0.1')
  run(kernel, 1)
  expect(capture.lines().some((line) => line.includes('is-at'))).toBe(false)
})

test('proxy_arp answers after a random wait for what lies behind another device, a unicast question at once', () => {
  const { kernel, client, router, c } = routerLab()
  route(client, '10.0.2.0/24', { dev: c })
  const capture = new Capture(c)
  ping(client, '10.0.2.2')
  run(kernel, 2.5)
  expect(capture.lines().some((line) => line.includes('is-at'))).toBe(false)
  run(kernel, 2)
  router.sysctl.write('net.ipv4.conf.eth0.proxy_arp', '1')
  capture.frames.length = 0
  ping(client, '10.0.2.2')
  run(kernel, 0.001)
  expect(capture.lines()).toEqual(['out arp who-has 10.0.2.2 tell 10.0.1.2'])
  run(kernel, 0.8)
  expect(capture.lines().slice(1)).toEqual([
    'in arp 10.0.2.2 is-at',
    'out 10.0.1.2 > 10.0.2.2 ttl 64 icmp 8/0',
    'in 10.0.2.2 > 10.0.1.2 ttl 63 icmp 0/0',
  ])
  router.sysctl.write('net.ipv4.ip_forward', '0')
  client.neigh.flushDevice(c, 'all')
  capture.frames.length = 0
  ping(client, '10.0.2.2')
  run(kernel, 1.5)
  expect(capture.lines().some((line) => line.includes('is-at'))).toBe(false)
})

test('a new MAC on the device forgets its neighbours', () => {
  const { kernel, a, left } = lab()
  ping(a, '10.0.0.2')
  run(kernel, 1)
  left.setMac(mac('02:11:22:33:44:55'))
  expect(a.neigh.list()).toEqual([])
})
