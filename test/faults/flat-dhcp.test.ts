// The catalogue on nova-network's cloud, with a server booted.
import { expect, test } from 'vitest'
import { FAULTS } from '../../src/faults/catalogue.js'
import { fitting, planOf, proveCatalogue } from './proofs.js'

const lab = proveCatalogue('flat-dhcp', {
  node: 'controller-1',
  line: 'nova boot --image cirros --flavor 1 a; sleep 60',
})

test('what fits, and what the others say', () => {
  expect(fitting(lab()).map(({ id }) => id)).toEqual(['flatdhcp.bridge-ip', 'flatdhcp.bridge-nic'])
  const tag = FAULTS.find(({ id }) => id === 'port.tag-4095')!
  expect(planOf(lab(), tag)).toBe('no server runs here')
})
