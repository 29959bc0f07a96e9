// A lab with something of every kind in it: namespaces, both kinds of bridges, every kind of link, a device that is down.
import { Lab } from '../../src/lab/lab.js'
import { parseScenario } from '../../src/scenario/parse.js'
import { type Topology, topologyOf } from '../../src/topology/topology.js'

const SCENARIO = `title: Some of everything
clock: 2020-01-01T00:00:00Z
image: debian-12
nodes:
  left:
    services: [openvswitch]
    nics:
      - {name: eth0, mac: 02:00:00:00:00:01, wire: under}
      - {name: eth1, mac: 02:00:00:00:00:11, wire: out}
    addresses: {eth0: [10.0.0.1/24]}
  right:
    nics: [{name: eth0, mac: 02:00:00:00:00:02, wire: under}]
    addresses: {eth0: [10.0.0.2/24]}
  far:
    nics: [{name: eth0, mac: 02:00:00:00:00:03, wire: under}]
    addresses: {eth0: [10.0.0.3/24]}
wires:
  under: {}
  out: {}
`

const LEFT = [
  'ip netns add red',
  'ip link add r0 type veth peer name r1',
  'ip link set r1 netns red address 02:00:00:00:01:01',
  'ip netns exec red ip addr add 192.168.1.1/24 dev r1',
  'ip netns exec red ip link set r1 up',
  'ip link add br0 type bridge',
  'ip link set r0 master br0 address 02:00:00:00:01:00',
  'ip link set r0 up; ip link set br0 up',
  'ovs-vsctl add-br br-a -- add-br br-b',
  'ovs-vsctl add-port br-a in0 tag=7 -- set interface in0 type=internal',
  'ip link set in0 netns red; ip netns exec red ip link set in0 address 02:00:00:00:01:07',
  'ovs-vsctl add-port br-a pa -- set interface pa type=patch options:peer=pb',
  'ovs-vsctl add-port br-b pb -- set interface pb type=patch options:peer=pa',
  'ovs-vsctl add-port br-b vx -- set interface vx type=vxlan options:remote_ip=10.0.0.2 options:key=5',
  'ovs-vsctl add-port br-b eth1',
  'ip link add link eth0 name eth0.20 type vlan id 20',
  'ip link set eth0.20 up',
]
const RIGHT = [
  'ip link add vx5 type vxlan id 5 remote 10.0.0.1 dstport 4789 dev eth0',
  'ip link set vx5 address 02:00:00:00:02:05',
  'ip link set vx5 up',
]

export async function someLab(): Promise<Lab> {
  const { scenario, problems } = parseScenario(SCENARIO, 'some.yaml', 'some')
  if (scenario === null) throw new Error(JSON.stringify(problems))
  const lab = await Lab.boot(scenario)
  for (const line of LEFT) await must(lab, 'left', line)
  for (const line of RIGHT) await must(lab, 'right', line)
  return lab
}

async function must(lab: Lab, node: string, line: string): Promise<void> {
  const { exitCode, stderr } = await lab.run(node, line)
  if (exitCode !== 0) throw new Error(`${node}: ${line}: ${stderr}`)
}

export function topologyIn(lab: Lab): Topology {
  return topologyOf(lab.nodes.map(({ machine }) => machine))
}
