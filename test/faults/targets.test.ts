// Whom a fault hits when it is named.
import { expect, test } from 'vitest'
import { FAULTS } from '../../src/faults/catalogue.js'
import { FaultWorld } from '../../src/faults/world.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

test('of several L3 agents the one stops that serves the server that is named', async () => {
  const lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
  const world = new FaultWorld(lab.nodes.map(({ machine }) => machine))
  const fault = FAULTS.find(({ id }) => id === 'agent.down')
  const nodeFor = (name: string | null): string | undefined => {
    const plan = fault?.plan(world, name)
    return plan === undefined || typeof plan === 'string' ? plan : plan.place.node
  }
  expect([nodeFor('vm48'), nodeFor('vm21'), nodeFor('vm9')]).toEqual([
    'compute04',
    'compute03',
    'no server "vm9" runs here (de0b0af2-0d1d-4e33-b297-ff2352b3f402-master-2, vm32, vm48, vm21)',
  ])
  lab.close()
}, 60_000)
