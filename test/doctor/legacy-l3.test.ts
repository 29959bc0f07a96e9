// `lab doctor` as a learner meets it, on the Icehouse cloud.
import { beforeAll, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/legacy-l3.yaml'))
}, 60_000)

const out = async (node: string, line: string): Promise<string> => {
  const { stdout, stderr, exitCode } = await lab.run(node, line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
}

test('short when all is well', async () => {
  expect(await out('network', 'lab doctor')).toMatch(/^\d{3} things checked, all right\n$/)
  expect(await out('network', 'lab doctor compute')).toMatch(/^\d+ things checked, all right\n$/)
})

test('what is missing: for which object, what is there instead, how it is seen, whose work it is', async () => {
  await out('compute', 'ovs-vsctl set Port qvo8cbe7bb6-18 tag=7')
  const text = `compute
  MISS qvo8cbe7bb6-18 has tag 4, the local VLAN of network private1
       found   tag 7
       for     port 10.10.10.7 (8cbe7bb6-18d9-4455-abce-473ebe5a9591), server vm1 (3b1de5c2-52f0-4e0b-9e5f-4a1f6f2b7c01)
       look    ovs-vsctl get Port qvo8cbe7bb6-18 tag    (on compute)
       work of neutron-openvswitch-agent
`
  const [, whole] = /^([\s\S]*?)\d+ things checked, 1 not as the API wants it\nexit 1\n$/.exec(await out('network', 'lab doctor')) ?? []
  expect(whole).toBe(text)
  expect(await out('vm1', 'lab doctor network')).toMatch(/all right\n$/)
  await out('compute', 'ovs-vsctl set Port qvo8cbe7bb6-18 tag=4')
})

test('about one object: by name, id, beginning of the id, address', async () => {
  await out('network', 'ip netns exec qrouter-040c1455-6096-4806-ba91-fec64cdaed81 ip addr del 192.168.0.3/32 dev qg-6f726a6c-41')
  for (const name of ['vm3', 'a6f975bb-605b-4f36-ad3f-669ccdab5fe5', 'a6f975bb', '192.168.0.3'])
    expect(await out('network', `lab doctor --about ${name}`), name).toContain(
      'MISS qg-6f726a6c-41 has 192.168.0.3/32\n       found   no such address\n',
    )
  expect(await out('network', 'lab doctor --about vm1')).toMatch(/^\d+ things checked, all right\n$/)
  await out(
    'network',
    'ip netns exec qrouter-040c1455-6096-4806-ba91-fec64cdaed81 ip addr add 192.168.0.3/32 brd 192.168.0.3 dev qg-6f726a6c-41',
  )
  expect(await out('network', 'lab doctor --about vm9')).toBe(
    'lab: doctor: the API has nothing called "vm9" that a node would have; expected a name, an id or an address\nexit 2\n',
  )
})

test('as data, and in full', async () => {
  const { checked, missing, items } = JSON.parse(await out('network', 'lab doctor --json --about vm1')) as {
    checked: number
    missing: number
    items: Record<string, unknown>[]
  }
  expect([checked, missing]).toEqual([items.length, 0])
  expect(items.find(({ place }) => place === 'tap8cbe7bb6-18')).toMatchObject({
    family: 'NICs of servers',
    node: 'compute',
    netns: '',
    wanted: 'tap8cbe7bb6-18 is up',
    found: null,
    ok: true,
    command: 'ip link show tap8cbe7bb6-18',
    agent: 'nova-compute',
  })
  expect(await out('network', 'lab doctor -v compute')).toContain('\ntunnels\n  ok   compute: patch-tun joins br-int to patch-int\n')
})

test('wrong words', async () => {
  expect(await out('network', 'lab doctor --abuot x')).toBe('lab: doctor: unknown option --abuot; expected --about, --json or -v\nexit 2\n')
  expect(await out('network', 'lab doctor computer')).toContain('computer')
  expect(await out('network', 'lab doctor --about')).toBe('lab: doctor: nothing follows --about\nexit 2\n')
})

test('what somebody put in front of the agents and what a stopped service is', async () => {
  const netns = 'qdhcp-224f79e0-8068-4ef7-8c79-2326bc0cf5c4'
  await out('network', `ip netns exec ${netns} iptables -I INPUT -p udp --dport 67 -j DROP`)
  expect(await out('network', 'lab doctor network')).toContain(`found   -A INPUT -p udp -m udp --dport 67 -j DROP`)
  await out('network', `ip netns exec ${netns} iptables -D INPUT 1`)
  await out('network', 'stop neutron-l3-agent')
  const text = await out('network', 'lab doctor network')
  expect(text).toContain('MISS neutron-l3-agent runs\n       found   no process\n')
  expect(text).toContain('MISS L3 agent reports to neutron-server\n')
  await out('network', 'start neutron-l3-agent; sleep 10')
  expect(await out('network', 'lab doctor')).toMatch(/all right\n$/)
})
