// `lab doctor` on the cloud with distributed routers: nothing is wrong, also not after what its users do to it; what is left behind is seen.
import { beforeAll, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

const FIP = 'fip-e7cb8424-51e4-429a-8020-76e651877db3'

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
}, 60_000)

const out = async (node: string, line: string): Promise<string> => {
  const { stdout, stderr, exitCode } = await lab.run(node, line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
}

const doctor = (): Promise<string> => out('mgt01', 'lab doctor')

test('all is right when the lab opens', async () => {
  expect(await doctor()).toMatch(/^\d{3} things checked, all right\n$/)
})

test('a floating IP answered for on two hosts', async () => {
  await out('compute04', `ip netns exec ${FIP} ip route add 100.122.0.145 via 169.254.93.94 dev fpr-b6a86b9f-6`)
  expect(await doctor()).toContain(`compute04
  MISS 100.122.0.145 is served on the host of its server
       found   its server is on compute03, and this host answers for it, too
       for     floating IP 100.122.0.145 (6f0e9d3b-58a2-4c71-b4f6-e1d7a0c95328)
       look    ip netns exec ${FIP} ip route show 100.122.0.145    (on compute04)
       work of neutron-l3-agent
`)
  await out('compute04', `ip netns exec ${FIP} ip route del 100.122.0.145`)
})

test('a namespace of a router that is gone', async () => {
  await out('compute03', 'ip netns add qrouter-11111111-2222-3333-4444-555555555555')
  expect(await doctor()).toContain('found   the API has no such router')
  await out('compute03', 'ip netns del qrouter-11111111-2222-3333-4444-555555555555')
})

test('after servers, floating IPs and migrations all is right again', async () => {
  await out('mgt01', 'openstack server create --image cirros --flavor small --network az2 --wait new1; sleep 40')
  expect(await doctor()).toMatch(/all right\n$/)
  await out('mgt01', 'openstack server remove floating ip vm48 100.122.0.146; openstack server add floating ip new1 100.122.0.146; sleep 5')
  expect(await doctor()).toMatch(/all right\n$/)
  await out('mgt01', 'openstack server migrate --live-migration --host compute04 --wait ce0692bb-93d5-457b-b0d3-f940d6c70d0d; sleep 20')
  expect(await doctor()).toMatch(/all right\n$/)
  await out('mgt01', 'openstack server delete new1; sleep 10')
  expect(await doctor()).toMatch(/all right\n$/)
}, 60_000)
