// The order of the switch's own tables. The hashes and the order of ports were recorded from ovs-vswitchd 3.1 (amd64).
import { expect, test } from 'vitest'
import { hashName, inNameOrder } from '../../src/ovs/db/name-order.js'

test('names hash as lib/hash.c does it', () => {
  expect(['port1', 'vxlan0', 'gre0', 'br-tun', 'eth0', 'nic0'].map((name) => hashName(name).toString(16))).toEqual([
    'd07ebc40',
    '2ec2b67e',
    'ded8e433',
    'd13481f1',
    '277a4ca5',
    '9a328b66',
  ])
})

test('ports come by bucket, however they were given', () => {
  const order = ['port1', 'br-tun', 'vxlan0', 'gre0']
  for (const given of [order, [...order].reverse(), ['gre0', 'port1', 'vxlan0', 'br-tun']])
    expect(inNameOrder(given, (name) => name)).toEqual(order)
  expect(inNameOrder(['nic0', 'eth0'], (name) => name)).toEqual(['eth0', 'nic0'])
})

test('nobody is lost while the table grows', () => {
  const names = Array.from({ length: 100 }, (_, i) => `tap${i}`)
  expect([...inNameOrder(names, (name) => name)].sort()).toEqual([...names].sort())
})
