// The catalogue on nova-network's cloud, with a server booted.
import { beforeAll, expect, test } from 'vitest'
import { FAULTS } from '../../src/faults/catalogue.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { fitting, planOf, prove } from './proofs.js'

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/flat-dhcp.yaml'))
  await lab.run('controller-1', 'nova boot --image cirros --flavor 1 a; sleep 60')
}, 60_000)

test.each(FAULTS.map((fault) => [fault.id, fault] as const))('%s', async (_id, fault) => {
  if (typeof planOf(lab, fault) === 'string') return
  await prove(lab, fault, true)
})

test('what fits, and what the others say', () => {
  expect(fitting(lab).map(({ id }) => id)).toEqual(['flatdhcp.bridge-ip', 'flatdhcp.bridge-nic'])
  const tag = FAULTS.find(({ id }) => id === 'port.tag-4095')!
  expect(planOf(lab, tag)).toBe('no server runs here')
})
