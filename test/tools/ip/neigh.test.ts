// Neighbours, as iproute2 6.1 prints them on Linux 6.1.
import { expect, test } from 'vitest'
import { Bench } from './bench.js'

test('the address of a neighbour that failed is not told', async () => {
  const bench = new Bench().withoutIpv6()
  await bench.setup('ip link add e0 type veth peer name f0', 'ip link set e0 up', 'ip link set f0 up', 'ip addr add 10.9.9.1/24 dev e0')
  await bench.setup('ip neigh add 10.9.9.2 lladdr 02:00:00:00:00:02 dev e0 nud stale')
  expect(await bench.text('ip neigh')).toBe('10.9.9.2 dev e0 lladdr 02:00:00:00:00:02 STALE \n')
  await bench.setup('ip neigh change 10.9.9.2 dev e0 nud failed')
  expect(await bench.text('ip neigh')).toBe('10.9.9.2 dev e0 FAILED \n')
  expect(await bench.text('ip -j neigh')).toBe('[{"dst":"10.9.9.2","dev":"e0","state":["FAILED"]}]\n')
})
