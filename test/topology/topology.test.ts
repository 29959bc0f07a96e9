// The model: what is read from the running state, whoever made it.
import { beforeAll, expect, test } from 'vitest'
import type { Lab } from '../../src/lab/lab.js'
import { aroundNode, type Topology } from '../../src/topology/topology.js'
import { someLab, topologyIn } from './some-lab.js'

let lab: Lab
let topology: Topology
beforeAll(async () => {
  lab = await someLab()
  topology = topologyIn(lab)
})

const linkTexts = ({ links }: Topology): string[] =>
  links.map(({ a, b, kind, label }) =>
    `${kind} ${[a, b].map((place) => [place.node, place.netns, place.device].filter((part) => part !== '').join(' ')).join(' - ')} ${label}`.trim(),
  )

test('every link that somebody made is there, once', () => {
  expect(linkTexts(topology)).toEqual([
    'wire left eth0 - under under',
    'wire right eth0 - under under',
    'wire far eth0 - under under',
    'wire left eth1 - out out',
    'veth left r0 - left red r1',
    'vlan left eth0.20 - left eth0 vlan 20',
    'patch left pb - left pa',
    'port left red in0 - left in0',
    'tunnel left vx - right vx5 vxlan 5',
  ])
})

test('bridges have their ports with tags, patches and tunnels', () => {
  expect(topology.nodes[0]!.bridges).toEqual([
    {
      name: 'br0',
      netns: '',
      kind: 'linux',
      isUp: true,
      addresses: [],
      ports: [{ name: 'r0', vlan: null, device: { node: 'left', netns: '', device: 'r0' }, kind: 'device', detail: '' }],
    },
    {
      name: 'br-a',
      netns: '',
      kind: 'ovs',
      isUp: false,
      addresses: [],
      ports: [
        { name: 'in0', vlan: 'tag 7', device: { node: 'left', netns: 'red', device: 'in0' }, kind: 'device', detail: '' },
        { name: 'pa', vlan: null, device: null, kind: 'patch', detail: 'patch to pb' },
      ],
    },
    {
      name: 'br-b',
      netns: '',
      kind: 'ovs',
      isUp: false,
      addresses: [],
      ports: [
        { name: 'pb', vlan: null, device: null, kind: 'patch', detail: 'patch to pa' },
        { name: 'vx', vlan: null, device: null, kind: 'tunnel', detail: 'vxlan any > 10.0.0.2' },
        { name: 'eth1', vlan: null, device: { node: 'left', netns: '', device: 'eth1' }, kind: 'device', detail: '' },
      ],
    },
  ])
})

test('devices tell state, addresses, VLAN and what they stand on', () => {
  const [left] = topology.nodes
  const red = left!.namespaces.find(({ name }) => name === 'red')!
  expect(red.devices.map(({ name, isUp, addresses, mac, vlan }) => [name, isUp, addresses, mac, vlan])).toEqual([
    ['lo', false, [], '00:00:00:00:00:00', null],
    ['r1', true, ['192.168.1.1/24'], '02:00:00:00:01:01', null],
    ['in0', false, [], '02:00:00:00:01:07', 'tag 7'],
  ])
  const vlan = left!.namespaces[0]!.devices.find(({ name }) => name === 'eth0.20')!
  expect([vlan.kind, vlan.lower, vlan.vlan]).toEqual(['vlan', 'eth0', 'id 20'])
})

test('both ends of a tunnel, whatever they are made of, are one link', async () => {
  await lab.run('left', 'ip link add t0 type gretap remote 10.0.0.2 local 10.0.0.1')
  await lab.run('right', 'ip link add t9 type gretap remote 10.0.0.1 local 10.0.0.2')
  expect(linkTexts(topologyIn(lab)).filter((text) => text.startsWith('tunnel'))).toEqual([
    'tunnel left vx - right vx5 vxlan 5',
    'tunnel left t0 - right t9 gre',
  ])
  await lab.run('left', 'ip link del t0')
  await lab.run('right', 'ip link del t9')
})

test('a node alone keeps what is plugged into it', () => {
  const around = aroundNode(topology, 'right')!
  expect(around.nodes.map(({ name }) => name)).toEqual(['right', 'under'])
  // What leads away stays, so that one sees which way is out.
  expect(linkTexts(around)).toEqual(['wire right eth0 - under under', 'tunnel left vx - right vx5 vxlan 5'])
  expect(aroundNode(topology, 'nowhere')).toBeNull()
})

test('what is deleted is gone at once', async () => {
  await lab.run('left', 'ip link add x0 type veth peer name x1')
  expect(linkTexts(topologyIn(lab))).toContain('veth left x1 - left x0')
  await lab.run('left', 'ip link del x0')
  expect(linkTexts(topologyIn(lab))).not.toContain('veth left x1 - left x0')
})
