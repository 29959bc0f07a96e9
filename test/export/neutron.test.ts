// What the script does instead of commands that only stand for something: of clouds with Open vSwitch, servers and agents.
import { beforeAll, expect, test } from 'vitest'
import type { ExportPlan, Step } from '../../src/export/plan.js'
import { readPlan } from '../../src/export/read-plan.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

let legacy: ExportPlan
let dvr: ExportPlan

beforeAll(async () => {
  legacy = await planOf('legacy-l3')
  dvr = await planOf('dvr-fip')
}, 60_000)

async function planOf(scenario: string): Promise<ExportPlan> {
  const lab = await Lab.boot(await loadScenario(`scenarios/${scenario}.yaml`))
  const plan = readPlan(lab.scenario, new Map(lab.nodes.map(({ name, machine }) => [name, machine])))
  lab.close()
  return plan
}

function insteadOf(plan: ExportPlan, node: string, beginning: string): string[] {
  return steps(plan, node, beginning).map(({ instead }) => instead?.script ?? 'as it stands')
}

function steps(plan: ExportPlan, node: string, beginning: string): Step[] {
  return plan.replay.filter((step) => step.node === node && step.argv.join(' ').includes(beginning))
}

test('a node with Open vSwitch starts it and gives the underlay address to a bridge', () => {
  expect(insteadOf(legacy, 'network', 'ip -batch -')[0]!.split('\n')).toEqual([
    expect.stringMatching(
      /^start_openvswitch 909c85d0-ff4e-446b-bf8a-9166f0fccd24 external_ids:system-id=\S+ system_type=Ubuntu system_version=14.04-trusty$/,
    ),
    "ip -batch - <<'INPUT'",
    'link set lo up',
    'link set eth0 up',
    'link set eth1 up',
    'link set eth2 up',
    'INPUT',
    'lay_underlay eth1 br-eth1',
    "ip -batch - <<'INPUT'",
    'addr add 192.168.232.139/24 brd + dev eth0',
    'addr add 10.10.100.139/24 brd + dev br-eth1',
    'INPUT',
  ])
})

test('bridges are of the userspace datapath and have the MAC of the lab; with a NIC they take its', () => {
  expect(insteadOf(legacy, 'compute', 'add-br br-int')[0]).toBe(
    'ovs-vsctl -- --may-exist add-br br-int -- set Bridge br-int datapath_type=netdev other_config:hwaddr=d2:2d:3d:fc:72:44',
  )
  expect(insteadOf(legacy, 'network', 'add-br br-ex')[0]).toContain(
    '--may-exist add-br br-ex -- set Bridge br-ex datapath_type=netdev -- --may-exist add-port br-ex eth2',
  )
  expect(insteadOf(dvr, 'compute03', 'add-br br-tun')[0]).not.toContain('datapath_type=system')
})

test('the agent is at the other end of controllers and managers', () => {
  expect(insteadOf(dvr, 'compute03', 'set-controller br-tun')[0]).toMatch(/^openflow_controller 127\.0\.0\.1 6633\novs-vsctl /)
  expect(insteadOf(dvr, 'compute03', 'create Manager')[0]).toMatch(/^database_client 127\.0\.0\.1 6640\novs-vsctl /)
})

test('a tap of a server is the other end of its NIC', () => {
  expect(insteadOf(legacy, 'compute', 'ip tuntap add dev tap8cbe7bb6-18')).toEqual([
    'plug_tap compute tap8cbe7bb6-18 vm1 eth0 fa:16:3e:32:28:af 1500 2',
  ])
  const vm1 = legacy.nodes.find(({ name }) => name === 'vm1')!
  expect([vm1.host, vm1.services, vm1.nics.map(({ name, plug }) => [name, plug])]).toEqual([
    'compute',
    ['http', 'ssh'],
    [['eth0', { kind: 'tap', node: 'compute', tap: 'tap8cbe7bb6-18' }]],
  ])
})

test('veth pairs have the addresses that permanent neighbours name', () => {
  const [script] = insteadOf(dvr, 'compute03', 'link add rfp-b6a86b9f-6')
  expect(script).toContain(
    'rfp-b6a86b9f-6 address 56:fe:b9:c3:13:1c type veth peer name fpr-b6a86b9f-6 address 1a:cb:46:80:fd:cd netns fip-',
  )
})

test('a VLAN device comes from the kernel or from a port of its own', () => {
  const [script] = insteadOf(dvr, 'serviceproxy01', 'type vlan')
  expect(script!.split('\n')[0]).toBe('plug_vlan serviceproxy01 enp4s0 enp4s0.1299 1299 02:00:00:c7:9f:c5')
  expect(script).toContain(
    '{ ip link show enp4s0.1299 >/dev/null 2>&1 || ip link add link enp4s0 name enp4s0.1299 type vlan id 1299; } && ip addr add',
  )
})

test('signals go to the process that wrote its number to the same file', () => {
  expect(insteadOf(legacy, 'network', 'kill -HUP')[0]).toBe(
    'kill -HUP "$(</var/lib/neutron/dhcp/224f79e0-8068-4ef7-8c79-2326bc0cf5c4/pid)"',
  )
})

test('metadata proxies listen where the agents have them listen', () => {
  const router = 'b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'
  expect(insteadOf(legacy, 'network', 'neutron-ns-metadata-proxy')[0]).toMatch(/^metadata_proxy qrouter-\S+ 0\.0\.0\.0 9697 \S+\.pid$/)
  expect(insteadOf(dvr, 'compute03', `haproxy -f /var/lib/neutron/ns-metadata-proxy/${router}.conf`)[0]).toBe(
    `metadata_proxy qrouter-${router} 0.0.0.0 9697 /var/lib/neutron/external/pids/${router}.pid.haproxy`,
  )
})

test('servers ask for their addresses behind all agents, and run what their owner wants', () => {
  const last = dvr.replay.slice(-7)
  expect(last.map(({ node, number }) => [node, number - dvr.replay.length])).toEqual([
    ['network01', -6],
    ['compute03', -5],
    ['compute04', -4],
    ...dvr.nodes.filter(({ host }) => host !== null).map(({ name }, i) => [name, i - 3]),
  ])
  expect(last[0]!.instead!.script).toBe('look_for 10.168.7.104 10.168.7.103')
  const [leases] = insteadOf(dvr, 'master-2', 'leases')
  expect(leases!.split('\n').slice(0, 4)).toEqual([
    'lease networkd ens3 192.168.3.69/16 192.168.0.1',
    'lease networkd ens4 100.123.2.16/16',
    "start_up /var/lib/cloud/instance/scripts/part-001 <<'SCRIPT'",
    '#!/bin/bash',
  ])
  expect(insteadOf(dvr, 'vm21', 'leases')).toEqual(['lease cirros eth0 10.30.0.21/24 10.30.0.1'])
})
