import { expect, test } from 'vitest'
import { deleteIpv4Address } from '../../src/kernel/devinet.js'
import type { NetDevice } from '../../src/kernel/netdev.js'
import { address, errorOf, ip, link, newKernel, route, routes } from './lab.js'

function shown(dev: NetDevice): string[] {
  return dev.addresses.map((each) => `${(each.local >>> 0).toString(16)}/${each.length}${each.secondary ? ' secondary' : ''}`)
}

test('an address makes its local, broadcast and connected routes', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const b = kernel.createNetns('b')
  link(a, 'v0', '10.0.0.1/24', b, 'v1', null)
  expect(routes(a)).toEqual(['10.0.0.0/24 dev v0 src 10.0.0.1'])
  expect(routes(a, 255)).toEqual(['local 10.0.0.1/32 dev v0 src 10.0.0.1', 'broadcast 10.0.0.255/32 dev v0 src 10.0.0.1'])
  a.loopback.setUp()
  expect(routes(a, 255)).toEqual([
    'local 10.0.0.1/32 dev v0 src 10.0.0.1',
    'broadcast 10.0.0.255/32 dev v0 src 10.0.0.1',
    'local 127.0.0.0/8 dev lo src 127.0.0.1',
    'local 127.0.0.1/32 dev lo src 127.0.0.1',
    'broadcast 127.255.255.255/32 dev lo src 127.0.0.1',
  ])
})

test('/31 and /32 make no broadcast, /32 no connected route', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const [dev] = link(a, 'v0', '10.0.0.0/31', kernel.createNetns('b'), 'v1', null)
  address(dev, '10.9.9.9/32')
  expect(routes(a)).toEqual(['10.0.0.0/31 dev v0 src 10.0.0.0'])
  expect(routes(a, 255)).toEqual(['local 10.0.0.0/32 dev v0 src 10.0.0.0', 'local 10.9.9.9/32 dev v0 src 10.9.9.9'])
})

test('deleting a primary deletes its secondaries, or promotes one', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const [dev] = link(a, 'v0', '10.0.0.1/24', kernel.createNetns('b'), 'v1', null)
  address(dev, '10.0.0.2/24')
  address(dev, '10.0.0.3/24')
  address(dev, '10.1.0.1/24')
  expect(shown(dev)).toEqual(['a000001/24', 'a010001/24', 'a000002/24 secondary', 'a000003/24 secondary'])
  expect(errorOf(() => address(dev, '10.0.0.1/24'))).toBe('EEXIST: ipv4: Address already assigned')
  dev.conf.promote_secondaries = 1
  deleteIpv4Address(dev, ip('10.0.0.1'), 24)
  expect(shown(dev)).toEqual(['a010001/24', 'a000002/24', 'a000003/24 secondary'])
  expect(routes(a)).toEqual(['10.0.0.0/24 dev v0 src 10.0.0.2', '10.1.0.0/24 dev v0 src 10.1.0.1'])
  dev.conf.promote_secondaries = 0
  deleteIpv4Address(dev, ip('10.0.0.2'), 24)
  expect(shown(dev)).toEqual(['a010001/24'])
  expect(routes(a, 255)).toEqual(['local 10.1.0.1/32 dev v0 src 10.1.0.1', 'broadcast 10.1.0.255/32 dev v0 src 10.1.0.1'])
  expect(errorOf(() => deleteIpv4Address(dev, ip('10.0.0.2'), 24))).toBe('EADDRNOTAVAIL: ipv4: Address not found')
})

test('down takes the routes of the device, up brings back only the connected ones', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const [dev, peer] = link(a, 'v0', '10.0.0.1/24', kernel.createNetns('b'), 'v1', null)
  route(a, 'default', { via: '10.0.0.254' })
  dev.setDown()
  expect(routes(a)).toEqual([])
  expect(routes(a, 255)).toEqual(['local 10.0.0.1/32 dev v0 src 10.0.0.1'])
  dev.setUp()
  expect(routes(a)).toEqual(['10.0.0.0/24 dev v0 src 10.0.0.1'])
  peer.setDown()
  expect(routes(a)).toEqual(['10.0.0.0/24 dev v0 linkdown src 10.0.0.1'])
  expect(dev.operState).toBe('down')
  peer.setUp()
  expect(routes(a)).toEqual(['10.0.0.0/24 dev v0 src 10.0.0.1'])
})

test('the routes that prefer an address as source go with it', () => {
  const kernel = newKernel()
  const a = kernel.initNetns
  const [dev] = link(a, 'v0', '10.0.0.1/24', kernel.createNetns('b'), 'v1', null)
  address(dev, '10.5.0.1/24')
  route(a, '10.7.0.0/16', { via: '10.0.0.9', prefSrc: ip('10.5.0.1') })
  deleteIpv4Address(dev, ip('10.5.0.1'), 24)
  expect(routes(a)).toEqual(['10.0.0.0/24 dev v0 src 10.0.0.1'])
})
