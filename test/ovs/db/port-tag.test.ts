// A port's tag is changed: what was learned behind it is forgotten, the other ports keep theirs (as Open vSwitch 3.1.0 in a namespace).
import { expect, test } from 'vitest'
import { Lab } from '../../../src/lab/lab.js'
import { loadScenario } from '../../../src/scenario/library.js'

test('another tag forgets the MACs of that port alone', async () => {
  const lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'))
  const say = async (line: string) => (await lab.run('sandbox', line)).stdout
  await say('ip netns add a; ip netns add b; ip link add p1 type veth peer name e netns a; ip link add p2 type veth peer name e netns b')
  await say('ip -n a link set e up; ip -n b link set e up; ip link set p1 up; ip link set p2 up; sleep 3')
  await say('ip -n a addr add 10.0.0.1/24 dev e; ip -n b addr add 10.0.0.2/24 dev e')
  await say('ovs-vsctl add-br br0 -- add-port br0 p1 tag=10 -- add-port br0 p2 tag=10')
  await say('ip netns exec a ping -c 1 10.0.0.2')
  const rows = async () =>
    [...(await say('ovs-appctl fdb/show br0')).matchAll(/^ +(\d+) +(\d+) /gm)].map(([, port, vlan]) => `${port} ${vlan}`)
  expect((await rows()).sort()).toEqual(['1 10', '2 10'])
  await say('ovs-vsctl set Port p1 tag=20')
  const other = (await say('ovs-vsctl get Interface p2 ofport')).trim()
  expect(await rows()).toEqual([`${other} 10`])
})
