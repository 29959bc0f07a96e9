// A lost packet ends in its reason, the object at fault, and the command that shows it: each on a router between two namespaces.
import { expect, test } from 'vitest'
import type { Explanation } from '../../src/explain/probe.js'
import { ip } from '../kernel/lab.js'
import { routerLab } from '../kernel/router.js'
import { probe } from './world.js'

function told({ verdict, fault }: Explanation): object {
  return fault === null ? { verdict } : { verdict, id: fault.id, netns: fault.netns, object: fault.object, command: fault.command }
}

test('a healthy path has no fault', () => {
  const { kernel } = routerLab()
  expect(told(probe(kernel, 'client', '10.0.2.2'))).toEqual({ verdict: 'answered' })
})

test('forwarding is off', () => {
  const { kernel, router } = routerLab()
  router.sysctl.write('net.ipv4.ip_forward', '0')
  expect(told(probe(kernel, 'client', '10.0.2.2'))).toEqual({
    verdict: 'lost',
    id: 'forwarding-off',
    netns: 'router',
    object: 'net.ipv4.ip_forward = 0 (eth0)',
    command: 'ip netns exec router sysctl net.ipv4.ip_forward',
  })
})

test('the reverse path filter drops, and the way back is told', () => {
  const { kernel, client, router, c, r0 } = routerLab()
  router.sysctl.write('net.ipv4.conf.all.rp_filter', '1')
  router.fib.add({ dst: ip('10.0.1.2'), length: 32, nexthops: [{ dev: null, via: ip('10.0.2.2') }] }, 'add')
  const fault = {
    id: 'rp-filter',
    netns: 'router',
    object: 'net.ipv4.conf.eth0.rp_filter',
    command: 'ip netns exec router sysctl net.ipv4.conf.eth0.rp_filter net.ipv4.conf.all.rp_filter',
  }
  // The question for the router's own address is filtered already.
  expect(told(probe(kernel, 'client', '10.0.2.2'))).toEqual({ verdict: 'refused', ...fault })
  client.neigh.set(c, ip('10.0.1.1'), { lladdr: r0.mac, state: 'PERMANENT' }, 'replace')
  const explanation = probe(kernel, 'client', '10.0.2.2')
  expect(told(explanation)).toEqual({ verdict: 'lost', ...fault })
  expect(explanation.fault!.likely).toEqual(['the way back: 10.0.1.2 via 10.0.2.2 dev eth1'])
})

test('no route, neither at the sender nor on the way', () => {
  const { kernel } = routerLab()
  expect(told(probe(kernel, 'router', '9.9.9.9'))).toEqual({
    verdict: 'lost',
    id: 'no-route',
    netns: 'router',
    object: 'no route to 9.9.9.9',
    command: 'ip netns exec router ip route get 9.9.9.9',
  })
  expect(told(probe(kernel, 'client', '9.9.9.9'))).toEqual({
    verdict: 'refused',
    id: 'no-route',
    netns: 'router',
    object: 'no route to 9.9.9.9',
    command: 'ip netns exec router ip route get 9.9.9.9 from 10.0.1.2 iif eth0',
  })
})

test('the time to live runs out', () => {
  const { kernel } = routerLab()
  expect(told(probe(kernel, 'client', '10.0.2.2', { ttl: 1 }))).toMatchObject({ verdict: 'refused', id: 'ttl-expired', netns: 'router' })
})

test('too long for the next link, and not to be fragmented', () => {
  const { kernel, r1 } = routerLab()
  r1.setMtu(1000)
  expect(told(probe(kernel, 'client', '10.0.2.2', { size: 1200, df: true }))).toEqual({
    verdict: 'refused',
    id: 'mtu',
    netns: 'router',
    object: 'eth1 mtu 1000',
    command: 'ip netns exec router ip link show eth1',
  })
})

test('nobody has the address', () => {
  const { kernel } = routerLab()
  expect(told(probe(kernel, 'client', '10.0.2.99'))).toEqual({
    verdict: 'refused',
    id: 'arp-unanswered',
    netns: 'router',
    object: '10.0.2.99 dev eth1',
    command: 'ip netns exec router ip neigh show dev eth1',
  })
})

test('a neighbour entry that is no longer true', () => {
  const { kernel, router, r1 } = routerLab()
  router.neigh.set(r1, ip('10.0.2.2'), { lladdr: 0x020000000099, state: 'PERMANENT' }, 'replace')
  expect(told(probe(kernel, 'client', '10.0.2.2'))).toEqual({
    verdict: 'lost',
    id: 'stale-neighbour',
    netns: 'router',
    object: '10.0.2.2 dev eth1 lladdr 02:00:00:00:00:99 PERMANENT',
    command: 'ip netns exec router ip neigh show 10.0.2.2 dev eth1',
  })
})

test('arp_ignore keeps the owner silent', () => {
  const { kernel, server } = routerLab()
  server.sysctl.write('net.ipv4.conf.all.arp_ignore', '8')
  expect(told(probe(kernel, 'client', '10.0.2.2'))).toMatchObject({ id: 'arp-ignored', netns: 'server' })
})

test('a proxy with a host route, but proxy_arp off', () => {
  const { kernel, client, router, server } = routerLab()
  // 10.0.1.77 is behind the router, and the client takes it to be on its own link.
  server.fib.add({ dst: ip('10.0.1.77'), length: 32, type: 'local', nexthops: [{ dev: server.loopback, via: null }], table: 255 }, 'add')
  router.fib.add({ dst: ip('10.0.1.77'), length: 32, nexthops: [{ dev: null, via: ip('10.0.2.2') }] }, 'add')
  expect(told(probe(kernel, 'client', '10.0.1.77'))).toEqual({
    verdict: 'refused',
    id: 'proxy-arp-off',
    netns: 'router',
    object: 'net.ipv4.conf.eth0.proxy_arp = 0',
    command: 'ip netns exec router sysctl net.ipv4.conf.eth0.proxy_arp',
  })
  router.sysctl.write('net.ipv4.conf.eth0.proxy_arp', '1')
  client.neigh.flushDevice(client.deviceByName('eth0')!, 'all')
  expect(told(probe(kernel, 'client', '10.0.1.77'))).toEqual({ verdict: 'answered' })
})

test('the reply has no way back', () => {
  const { kernel, server } = routerLab()
  server.fib.delete({ dst: 0, length: 0 })
  expect(told(probe(kernel, 'client', '10.0.2.2'))).toEqual({
    verdict: 'lost',
    id: 'no-way-back',
    netns: 'server',
    object: 'no route to 10.0.1.2',
    command: 'ip netns exec server ip route get 10.0.1.2',
  })
})

test('nobody listens: refused by a reset or an error', () => {
  const { kernel } = routerLab()
  expect(told(probe(kernel, 'client', '10.0.2.2', { proto: 'tcp', dport: 81 }))).toEqual({
    verdict: 'refused',
    id: 'no-socket',
    netns: 'server',
    object: 'tcp port 81',
    command: 'ip netns exec server ss -tln',
  })
  expect(told(probe(kernel, 'client', '10.0.2.2', { proto: 'udp', dport: 53 }))).toMatchObject({
    verdict: 'refused',
    id: 'no-socket',
    object: 'udp port 53',
  })
})

test('a listener takes the handshake, a bound socket the datagram', () => {
  const { kernel, server } = routerLab()
  const tcp = server.sockets.tcp()
  tcp.bind(0, 80)
  tcp.listen(5)
  server.sockets.udp().bind(0, 53)
  const handshake = probe(kernel, 'client', '10.0.2.2', { proto: 'tcp', dport: 80 })
  expect(told(handshake)).toEqual({ verdict: 'answered' })
  expect(handshake.ways.filter(({ role }) => role !== 'arp').map(({ role, cause }) => [role, cause === null])).toEqual([
    ['request', true],
    ['reply', false],
    ['other', false],
  ])
  expect(told(probe(kernel, 'client', '10.0.2.2', { proto: 'udp', dport: 53 }))).toEqual({ verdict: 'delivered' })
})

test('a source that the sender does not have, a port that is taken', () => {
  const { kernel } = routerLab()
  expect(told(probe(kernel, 'client', '10.0.2.2', { source: ip('1.2.3.4') }))).toEqual({
    verdict: 'lost',
    id: 'no-such-source',
    netns: 'client',
    object: 'source 1.2.3.4',
    command: 'ip netns exec client ip addr',
  })
})
