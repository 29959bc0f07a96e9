import { expect, test } from 'vitest'
import { address, Capture, newKernel, ping, run, vethPair } from './lab.js'

test('two namespaces with a veth: ARP, then echo and reply', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const b = kernel.createNetns('b')
  const [left, right] = vethPair(a, 'v0', b, 'v1')
  address(left, '10.0.0.1/24')
  address(right, '10.0.0.2/24')
  left.conf6.disable_ipv6 = 1
  right.conf6.disable_ipv6 = 1
  left.setUp()
  right.setUp()
  const capture = new Capture(left)
  expect(ping(a, '10.0.0.2')).toBe(null)
  run(kernel)
  expect(capture.lines()).toEqual([
    'out arp who-has 10.0.0.2 tell 10.0.0.1',
    'in arp 10.0.0.2 is-at',
    'out 10.0.0.1 > 10.0.0.2 ttl 64 icmp 8/0',
    'in 10.0.0.2 > 10.0.0.1 ttl 64 icmp 0/0',
  ])
  expect(a.neigh.list().map((entry) => entry.state)).toEqual(['REACHABLE'])
  expect(b.neigh.list().map((entry) => entry.state)).toEqual(['DELAY'])
})
