// A frame that is flooded because nobody has learned its MAC, and dropped by a flow where its owner is: the flow is at fault, not the flood.
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

test('the copy that came to the other host tells why', async () => {
  const lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
  await lab.run('network01', 'ovs-ofctl del-flows br-int "table=1,dl_dst=fa:16:3e:5e:03:0b"')
  await lab.run('compute03', 'ovs-appctl fdb/flush br-int')
  const { stdout } = await lab.run('mgt01', 'lab explain -q --from server=vm21 --to 100.121.0.75 | sed -n "/^lost/,$ p"')
  lab.close()
  expect(stdout.replace(/cookie=\w+/, 'cookie=C')).toBe(`lost
  where   network01
  fault   br-int table 1: cookie=C, table=1, priority=1 actions=drop
  why     The OpenFlow flow that matches drops the packet.
  look    ovs-ofctl dump-flows br-int table=1
`)
}, 60_000)
