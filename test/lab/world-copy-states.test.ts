// States that scenarios do not come up in: each can be copied, and packets in the copy leave the lab alone.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { difference, rootsOfLab, walk } from './world-graph.js'
import { probe } from './world-probes.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

const LINES: readonly string[] = [
  'ip netns add red; ip link add va type veth peer name vb netns red; ip link set va up; ip -n red link set vb up; ip -n red link set lo up',
  'ip addr add 10.99.0.1/24 dev va; ip -n red addr add 10.99.0.2/24 dev vb; ip -6 addr add fd00::1/64 dev va; ping -c 2 10.99.0.2',
  'iptables -A INPUT -p icmp -m limit --limit 5/s -j ACCEPT; iptables -A INPUT -m statistic --mode nth --every 3 --packet 0 -j ACCEPT',
  'iptables -A INPUT -m recent --name seen --set; iptables -A INPUT -p tcp -m connlimit --connlimit-above 9 -j REJECT',
  'iptables -A INPUT -m hashlimit --hashlimit-upto 5/s --hashlimit-mode srcip --hashlimit-name h -j ACCEPT',
  'ipset create s1 hash:ip; ipset add s1 10.99.0.2; iptables -I INPUT -m set --match-set s1 src -j ACCEPT',
  'iptables -t nat -A POSTROUTING -o va -j MASQUERADE; ip netns exec red ping -c 2 -s 3000 10.99.0.1',
  'ip netns exec red sh -c "nc -l -p 5555 > /dev/null & sleep 1"; (sleep 5; echo hi) | nc 10.99.0.2 5555 & sleep 1',
  'ip netns exec red tcpdump -n -i vb > /tmp/x 2>&1 & sleep 1; arping -c 1 -I va 10.99.0.2',
  'ip monitor > /tmp/m & conntrack -E > /tmp/c & sleep 1',
  'ip link add link va name va.5 type vlan id 5; ip link add br9 type bridge stp_state 1; ip link set br9 up; ip link set va.5 master br9; ip link set va.5 up',
  'ip tunnel add t1 mode ipip remote 10.99.0.2 local 10.99.0.1; ip link set t1 up; ip tunnel add t2 mode gre remote 10.99.0.2 local 10.99.0.1; ip link set t2 up',
  'ip link add vx0 type vxlan id 7 remote 10.99.0.2 dstport 4790 dev va; ip link set vx0 up; ip addr add 172.29.0.1/24 dev vx0 valid_lft 100 preferred_lft 50',
  'ip link add d0 type dummy; ip link set d0 up; ip tuntap add tap9 mode tap; ip link set tap9 up; ip rule add from 10.99.0.2 lookup 77',
  'ovs-vsctl add-br b9; ovs-vsctl add-port b9 p1 -- set interface p1 type=internal; ip link set p1 up; ip addr add 10.97.0.1/24 dev p1',
  'ovs-vsctl add-bond b9 bond0 e1 e2 -- set interface e1 type=internal -- set interface e2 type=internal; ovs-vsctl set port bond0 bond_updelay=5000; ip link set e1 up',
  'ovs-ofctl -O OpenFlow13 add-group b9 group_id=1,type=select,bucket=output:p1; ovs-ofctl add-flow b9 "priority=9,icmp,idle_timeout=90,actions=ct(commit,zone=5),NORMAL"',
  'ovs-vsctl -- --id=@p get port p1 -- --id=@m create mirror name=m0 select-all=true output-port=@p -- set bridge b9 mirrors=@m; ping -c 1 -W 1 10.97.0.2',
  'ovs-vsctl add-br un -- set bridge un datapath_type=netdev; ovs-vsctl add-port un g0 -- set interface g0 type=gre options:remote_ip=10.99.0.2',
  'ping -i 0.2 10.99.0.77 > /dev/null & sleep 0.5; sysctl -w net.ipv4.tcp_fin_timeout=30 net.ipv4.ip_forward=1',
  'ip netns del red; sleep 3',
]

test('every state can be copied, and stays apart', { timeout: 120_000 }, async () => {
  const lab = await Lab.boot(await loadScenario(join(root, 'scenarios/sandbox.yaml')))
  for (const [turn, line] of LINES.entries()) {
    const { exitCode, stderr } = await lab.run('sandbox', line)
    expect.soft(exitCode === 0 || line.includes('-W 1') ? '' : stderr, line).toBe('')
    const before = walk(rootsOfLab(lab)).lines
    probe(lab.copyWorld(), { pairs: 12, offset: turn })
    expect(difference(before, walk(rootsOfLab(lab)).lines), line).toEqual([])
  }
})

test('with rules that remember: the same frames in the copy and in the lab', async () => {
  const lab = await Lab.boot(await loadScenario(join(root, 'scenarios/sandbox.yaml')))
  for (const line of LINES.slice(0, 7)) await lab.run('sandbox', line)
  const there = probe(lab.copyWorld(), { pairs: 30, offset: 0 })
  const here = probe(
    { sim: lab.sim, kernels: new Map(lab.nodes.map(({ name, machine }) => [name, machine.kernel])) },
    { pairs: 30, offset: 0 },
  )
  expect(difference(there, here)).toEqual([])
  expect(there.length).toBeGreaterThan(10)
})

test('no table beside the objects: a copier would not find it', () => {
  // Keys of these are tables and types of columns of a schema, which never change.
  const allowed = new Set(['src/ovs/db/datum.ts', 'src/ovs/db/commit.ts'])
  const folders = ['src/kernel', 'src/ovs', 'src/sim', 'src/wire']
  const files = folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((file) => `${folder}/${String(file)}`))
  const found = files.filter((file) => file.endsWith('.ts') && /new WeakMap|new WeakSet/.test(readFileSync(join(root, file), 'utf8')))
  expect(found.filter((file) => !allowed.has(file))).toEqual([])
})
