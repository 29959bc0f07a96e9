// Random commands in a lab between copies of it: no copy hears of what happens later, nor the lab of what happens in one.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { difference, rootsOfCopy, rootsOfLab, walk } from './world-graph.js'
import { probe } from './world-probes.js'

const scenario = join(dirname(fileURLToPath(import.meta.url)), '../../scenarios/legacy-l3.yaml')

/** Of all kinds: addresses, routes, rules, neighbours, netfilter with memory, bridges, flows, sockets, namespaces. */
const LINES: readonly (readonly [string, string])[] = [
  ['vm1', 'ping -c 1 -W 1 192.168.0.100'],
  ['vm1', 'ping -c 2 -W 1 10.10.10.1'],
  ['vm2', 'ping -c 1 -W 1 -s 2000 192.168.0.100'],
  ['network', 'ip netns add red; ip link add va type veth peer name vb netns red; ip link set va up; ip -n red link set vb up'],
  ['network', 'ip addr add 10.99.0.1/24 dev va; ip -n red addr add 10.99.0.2/24 dev vb; ping -c 1 -W 1 10.99.0.2'],
  ['network', 'ip route add 10.98.0.0/16 via 10.99.0.2; ip rule add from 10.98.0.0/16 lookup 77 pref 500'],
  ['network', 'ip neigh replace 10.99.0.9 lladdr 02:00:00:00:00:09 dev va; ip neigh flush dev va'],
  ['network', 'ip netns del red'],
  [
    'network',
    'iptables -A INPUT -p icmp -m limit --limit 5/s -j ACCEPT; iptables -A INPUT -m statistic --mode nth --every 3 --packet 0 -j ACCEPT',
  ],
  ['network', 'iptables -A INPUT -m recent --name seen --set; iptables -A INPUT -p tcp -m connlimit --connlimit-above 9 -j REJECT'],
  ['network', 'iptables -A INPUT -m hashlimit --hashlimit-upto 5/s --hashlimit-mode srcip --hashlimit-name h -j ACCEPT; iptables -F INPUT'],
  [
    'network',
    'ovs-ofctl add-flow br-int "table=9,idle_timeout=20,actions=NORMAL"; ovs-vsctl add-br br-new; ovs-vsctl add-port br-new p1 -- set interface p1 type=internal',
  ],
  ['network', 'ovs-vsctl del-br br-new; ovs-appctl fdb/flush br-int'],
  ['network', 'sysctl -w net.ipv4.ip_forward=0; sysctl -w net.ipv4.tcp_fin_timeout=30; sysctl -w net.ipv4.ip_forward=1'],
  ['external', 'nc -l -p 5555 > /dev/null & sleep 1'],
  ['vm1', 'echo hello | nc -w 1 192.168.0.100 5555'],
  ['network', 'tcpdump -c 1 -i eth0 > /dev/null 2>&1 & sleep 1'],
  ['compute', 'ip link set eth0 down; sleep 1; ip link set eth0 up'],
  ['network', 'ip link add vx0 type vxlan id 7 remote 10.10.100.140 dstport 4789 dev eth1; ip link set vx0 up; ip link del vx0'],
  ['network', 'sleep 40'],
]

interface Kept {
  readonly copy: ReturnType<Lab['copyWorld']>
  readonly lines: readonly string[]
}

test('older copies stand as they were', { timeout: 120_000 }, async () => {
  const loaded = await loadScenario(scenario)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(LINES.length - 1), { minLength: 3, maxLength: 8 }), async (picks) => {
      const lab = await Lab.boot(loaded)
      const kept: Kept[] = []
      for (const [turn, pick] of picks.entries()) {
        const [node, line] = LINES[pick]!
        await lab.run(node, line)
        const copy = lab.copyWorld()
        kept.push({ copy, lines: walk(rootsOfCopy(copy)).lines })
        const probed = lab.copyWorld()
        const before = walk(rootsOfLab(lab)).lines
        probe(probed, { pairs: 8, offset: turn })
        expect(difference(before, walk(rootsOfLab(lab)).lines)).toEqual([])
      }
      for (const { copy, lines } of kept) expect(difference(lines, walk(rootsOfCopy(copy)).lines)).toEqual([])
      expect(lab.takeBugs()).toEqual([])
      lab.close()
    }),
    { numRuns: 8, seed: 20 },
  )
})
