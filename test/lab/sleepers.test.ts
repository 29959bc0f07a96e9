import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { parseScenario } from '../../src/scenario/parse.js'
import type { Scenario } from '../../src/scenario/scenario.js'
import { type CloudSize, computeName, generateCloud } from '../bench/generate-cloud.js'

/**
 * What the tools show of a node. Left out: the numbers of packets and processes, what switches learned, and in which order the hosts
 * happened to hear of each other: it numbers the ports of tunnels.
 */
const LOOKS = [
  'ip -d -o link | sort; ip -o addr; ip netns',
  'for n in $(ip netns | cut -d" " -f1); do ip -n $n -o addr; ip -n $n rule; ip -n $n route show table all; ip -n $n neigh show nud permanent; done',
  'for n in $(ip netns | cut -d" " -f1); do ip netns exec $n iptables-save; done | grep -v "^#" | sed "s/\\[.*\\]//"',
  'iptables-save | grep -v "^#" | sed "s/\\[.*\\]//" | sort; ipset save; brctl show',
  '(ovs-vsctl show; ovs-vsctl --columns=name,type,external_ids,options -f csv list Interface; ovs-vsctl -f csv --columns=name,tag,other_config list Port) | sort',
  'for b in br-int br-tun br-ex; do ovs-ofctl --no-stats --names dump-flows $b | grep -v hard_timeout; done',
  'find /var/lib/neutron /var/lib/nova /etc/neutron /etc/nova -type f ! -name leases | sort | xargs md5sum',
  'sort /var/lib/neutron/dhcp/*/leases',
]

/** NETLAB_RUNS asks for more and larger clouds than the default tests have time for. */
const RUNS = Number(process.env.NETLAB_RUNS ?? 1)
const WIDTH = RUNS > 1 ? 3 : 2

function scenarioOf(size: CloudSize): Scenario {
  const { scenario, problems } = parseScenario(generateCloud(size), 'scale.yaml', 'scale')
  expect(problems).toEqual([])
  return scenario!
}

/** Lines, and the actions of a flow, in an order of their own. */
function inOrder(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.split(',').sort().join(','))
    .sort()
}

async function looksOf(lab: Lab, nodes: readonly string[]): Promise<Record<string, string[]>> {
  const looks: Record<string, string[]> = {}
  for (const node of nodes) for (const line of LOOKS) looks[`${node}: ${line}`] = inOrder((await lab.run(node, line)).stdout)
  return looks
}

/** A node with a command of the scenario's own does not sleep: the same cloud, booted by all its agents at once. */
function wideAwake(scenario: Scenario, nodes: readonly string[]): Scenario {
  return { ...scenario, setup: nodes.map((node) => ({ node, lines: ['true'] })) }
}

test('random clouds: whoever wakes first, a woken node is what it would have been', async () => {
  const size = fc.record({
    computes: fc.integer({ min: 2, max: WIDTH }),
    servers: fc.integer({ min: 1, max: WIDTH - 1 }),
    perTenant: fc.integer({ min: 2, max: 4 }),
  })
  const cloud = size.chain((of) => {
    const nodes = ['network01', ...Array.from({ length: of.computes }, (_, i) => computeName(i))]
    return fc.record({ of: fc.constant(of), order: fc.shuffledSubarray(nodes, { minLength: nodes.length }) })
  })
  await fc.assert(
    fc.asyncProperty(cloud, async ({ of, order }) => {
      const scenario = scenarioOf(of)
      const lab = await Lab.boot(scenario)
      expect([...lab.asleep].sort()).toEqual([...order].sort())
      for (const node of order) await lab.wake(node)
      const awake = await Lab.boot(wideAwake(scenario, order))
      expect(awake.asleep).toEqual([])
      expect(await looksOf(lab, order)).toEqual(await looksOf(awake, order))
      expect([...lab.bootFailures, ...lab.takeBugs()]).toEqual([])
    }),
    { numRuns: RUNS, seed: 4 },
  )
}, 60_000)

let scenario: Scenario

beforeAll(() => {
  scenario = scenarioOf({ computes: 4, servers: 1, perTenant: 2 })
})

test('a cloud comes up with its controller alone, and its API shows all the others at work', async () => {
  const lab = await Lab.boot(scenario)
  expect(lab.nodes.map(({ name }) => name)).toEqual(['mgt01', 'l3-switch', 'outside'])
  const { stdout: servers } = await lab.run('mgt01', '. /etc/environment; openstack server list -c Name -c Status -f value')
  expect(servers).toBe('vm00000 ACTIVE\nvm00001 ACTIVE\nvm00002 ACTIVE\nvm00003 ACTIVE\n')
  const { stdout: computes } = await lab.run('mgt01', 'openstack compute service list --service nova-compute -c Host -c State -f value')
  expect(computes).toBe('compute0000 up\ncompute0001 up\ncompute0002 up\ncompute0003 up\n')
  const { stdout: agents } = await lab.run('mgt01', 'openstack network agent list -c Alive -f value | sort | uniq -c')
  expect(agents.trim()).toBe('16 True')
  expect(lab.asleep).toHaveLength(5)
}, 20_000)

test('a frame wakes whom it concerns, before it arrives, and nobody else', async () => {
  const lab = await Lab.boot(scenario)
  const before = lab.nowUs
  const { stdout } = await lab.run('outside', 'ping -c 1 100.122.1.3')
  expect(stdout).toMatch(/64 bytes from 100\.122\.1\.3: icmp_seq=1 ttl=61/)
  expect(lab.nowUs - before).toBeLessThan(2_000_000)
  // Its DHCP server was needed for what it had done.
  expect(lab.asleep).toEqual(['compute0000', 'compute0001', 'compute0003'])
  // ARP for a sleeping host is answered without it; a ping is not.
  expect((await lab.run('mgt01', 'arping -c 1 -I eno1 10.16.1.1')).stdout).toMatch(/reply from 10\.16\.1\.1 \[3C:FD:FE:01:00:00\]/)
  expect(lab.asleep).toHaveLength(3)
  expect((await lab.run('mgt01', 'ping -c 1 10.16.1.1')).stdout).toMatch(/64 bytes from 10\.16\.1\.1: icmp_seq=1 ttl=64/)
  expect(lab.asleep).toEqual(['compute0001', 'compute0003'])
}, 20_000)

test('a server is reached by its name, a session is repeated as it was, a command of nova wakes its host', async () => {
  const lab = await Lab.boot(scenario)
  expect(() => lab.openShell('compute0003')).toThrow(/sleeps/)
  expect((await lab.run('vm00003', 'hostname; ip -4 -o addr show eth0 | wc -l')).stdout).toBe('vm00003\n1\n')
  lab.openShell('compute0003').close()
  const again = await Lab.resume(scenario, lab.journal)
  expect(again.nodes.map(({ name }) => name)).toEqual(lab.nodes.map(({ name }) => name))
  expect(again.nowUs).toBe(lab.nowUs)
  await lab.run('mgt01', 'openstack server delete vm00001 --wait')
  const nodes = lab.nodes.map(({ name }) => name)
  expect(nodes).toContain('compute0001')
  expect(nodes).not.toContain('vm00001')
}, 30_000)

test('a probe in a copy wakes whom it comes by; the words say who sleeps', async () => {
  const lab = await Lab.boot(scenario)
  const { stdout } = await lab.run('outside', 'lab explain -q 100.122.1.2')
  expect(stdout).toMatch(/answered after/)
  expect(lab.asleep).toEqual(['compute0000', 'compute0002', 'compute0003'])
  expect((await lab.run('mgt01', 'lab wake compute0002 && lab wake')).stdout).toBe('compute0000\ncompute0003\n')
  expect((await lab.run('mgt01', 'lab doctor')).stdout).toMatch(
    /all right\nnot looked at: compute0000 and 1 more, which nobody has touched yet/,
  )
}, 20_000)
