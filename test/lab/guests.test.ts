// Servers of a cloud come into the lab as nodes and leave it again, shells and all.
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

test('a booted server is a node with a shell; deleted it is gone, and nothing of it is left on its host', async () => {
  const lab = await Lab.boot(await loadScenario('flat-dhcp'))
  expect(lab.bootFailures).toEqual([])
  const changes: string[] = []
  lab.subscribe((event) => {
    if (event.type === 'node-added' || event.type === 'node-removed') changes.push(`${event.type} ${event.node}`)
  })
  await lab.run('controller-1', 'nova boot --image cirros --flavor 1 web')
  await lab.advance(30)
  expect(changes).toEqual(['node-added web'])
  const host = ['compute-1', 'compute-2'].find((name) => lab.node(name)?.machine.kernel.initNetns.deviceByName('vnet0') !== null)!
  const shell = lab.openShell('web')
  await lab.untilPrompt(shell)
  expect([shell.prompt, shell.isClosed]).toEqual(['$ ', false])
  expect((await lab.run('web', 'ip route')).stdout).toContain('default via 10.0.0.1 dev eth0')
  await lab.run('controller-1', 'nova delete web')
  await lab.advance(30)
  expect(changes).toEqual(['node-added web', 'node-removed web'])
  expect([shell.isClosed, lab.node('web')]).toEqual([true, null])
  expect(lab.node(host)?.machine.kernel.initNetns.deviceByName('vnet0')).toBe(null)
  expect((await lab.run('web', 'true')).exitCode).toBe(2)
})

test('a session with servers is resumed with them', async () => {
  const scenario = await loadScenario('flat-dhcp')
  const lab = await Lab.boot(scenario)
  await lab.run('controller-1', 'nova boot --image cirros --flavor 1 web')
  await lab.advance(30)
  const again = await Lab.resume(scenario, lab.journal)
  expect(again.nodes.map((node) => node.name)).toEqual(lab.nodes.map((node) => node.name))
  expect(await again.run('web', 'ip addr')).toEqual(await lab.run('web', 'ip addr'))
})
