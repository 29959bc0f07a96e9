// Every mistake in the cloud of a scenario is told with its place and what was expected; what only neutron's tables see, too.
import { expect, test } from 'vitest'
import { proveScenario } from '../../src/lab/prove.js'
import { parseScenario } from '../../src/scenario/parse.js'
import { formatProblem } from '../../src/scenario/problem.js'

const CLOUD = `title: Cloud
image: ubuntu-14.04
wires: {under: {}, out: {}}
nodes:
  ctl:
    services: [openvswitch]
    bridges: {br-int: [], br-ex: [eth1]}
    nics: [{name: eth0, wire: under}, {name: eth1, wire: out}]
    addresses: {eth0: [10.0.7.10/24]}
  c1:
    services: [openvswitch]
    bridges: {br-int: []}
    nics: [{name: eth0, wire: under}]
    addresses: {eth0: [10.0.7.11/24]}
cloud:
  release: icehouse
  mode: legacy-l3
  agents:
    - {node: ctl, services: [neutron-server, neutron-openvswitch-agent, neutron-l3-agent], local-ip: 10.0.7.10}
    - {node: c1, services: [neutron-openvswitch-agent, nova-compute, libvirtd], local-ip: 10.0.7.11}
  networks:
    - {name: ext, external: true, subnets: [{name: ext-s, cidr: 192.168.0.0/24, dhcp: false}]}
    - {name: a, type: gre, segment: 5, subnets: [{name: a-s, cidr: 10.1.0.0/24}]}
    - {name: b, type: gre, segment: 6, subnets: [{name: b-s, cidr: 10.2.0.0/24, gateway: none}]}
  routers:
    - {name: r, host: ctl, external: {network: ext}, interfaces: [{subnet: a-s}]}
  images: [{name: cirros, image: cirros-0.3}]
  flavors: [{id: 1, name: tiny, ram: 64, disk: 1, vcpus: 1}]
  servers:
    - {name: vm, host: c1, boot: true, nics: [{network: a, address: 10.1.0.9, mac: fa:16:3e:00:00:01}]}
    - {name: vm2, host: c1, nics: [{network: b}]}
  floating-ips: [{address: 192.168.0.9, network: ext, server: vm}]
  flags: {l2population: true}
`

function problems(from = '', to = ''): string[] {
  expect(CLOUD).toContain(from)
  return parseScenario(CLOUD.replace(from, to), 'lab.yaml', 'lab').problems.map(formatProblem)
}

test('a right file has none', () => {
  expect(problems()).toEqual([])
})

test.each([
  ['an unknown release', 'release: icehouse', 'release: rocky', 'cloud.release: no release "rocky" (known: icehouse, stein)'],
  ['a mode of another release', 'mode: legacy-l3', 'mode: dvr', 'cloud.release: no release "icehouse" (known: ussuri)'],
  [
    'a misspelt service',
    'neutron-l3-agent',
    'neutron-l3agent',
    'cloud.agents[0].services[2]: no service "neutron-l3agent"; did you mean "neutron-l3-agent"? (known: keystone, glance-api, neutron-server, nova-conductor, nova-api, nova-scheduler, libvirtd, nova-compute, neutron-openvswitch-agent, neutron-l3-agent, neutron-dhcp-agent, neutron-metadata-agent)',
  ],
  ['no server', '[neutron-server, ', '[', 'cloud.agents: no node runs neutron-server; expected one with it under services'],
  [
    'an end of tunnels elsewhere',
    'local-ip: 10.0.7.11',
    'local-ip: 10.0.7.12',
    'cloud.agents[1].local-ip: 10.0.7.12 is no address of node "c1" (10.0.7.11)',
  ],
  [
    'a bridge that the node lacks',
    'local-ip: 10.0.7.11',
    'bridge-mappings: {data: br-data}',
    'cloud.agents[1].bridge-mappings.data: no bridge "br-data" (known: br-int)',
  ],
  [
    'an option of a later release',
    'l2population: true',
    'arp_responder: true',
    'cloud.flags.arp_responder: arp_responder is there from Juno on; icehouse does not know it',
  ],
  ['a flag with a wrong value', 'l2population: true', 'l2population: 2', 'cloud.flags.l2population: expected true or false, found "2"'],
  [
    'a number that is taken',
    'segment: 6',
    'segment: 5',
    'cloud.networks[2]: gre 5 is taken by cloud.networks[1]; expected one that is used once',
  ],
  [
    'a network without its wire',
    'type: gre, segment: 6',
    'type: vlan, segment: 6',
    'cloud.networks[2]: missing; a vlan network needs "physical-network"',
  ],
  ['an unknown network', '[{network: b}]', '[{network: c}]', 'cloud.servers[1].nics[0].network: no network "c" (known: ext, a, b)'],
  [
    'an address of another network',
    'address: 10.1.0.9',
    'address: 10.2.0.9',
    'cloud.servers[0].nics[0].address: 10.2.0.9 lies in no subnet of network "a" (10.1.0.0/24)',
  ],
  [
    'a host that boots nothing',
    'name: vm, host: c1',
    'name: vm, host: ctl',
    'cloud.servers[0].host: "ctl" does not run nova-compute (known: c1)',
  ],
  [
    'an interface without an address',
    '{subnet: a-s}',
    '{subnet: b-s}',
    'cloud.routers[0].interfaces[0]: missing; subnet "b-s" has no gateway, so the interface needs "address"',
  ],
  [
    'a gateway inside',
    'external: {network: ext}',
    'external: {network: a}',
    'cloud.routers[0].external.network: network "a" is not external; expected one with "external: true"',
  ],
  [
    'a protocol without its number',
    'routers:',
    'security-groups: [{name: web, rules: [{protocol: vrrp}]}]\n  routers:',
    'cloud.security-groups[0].rules[0].protocol: expected icmp or tcp or udp or a number, found "vrrp"',
  ],
  [
    'an unknown image',
    'cirros-0.3',
    'cirros-0.33',
    'cloud.images[0].image: no image "cirros-0.33"; did you mean "cirros-0.3"? (known: ubuntu-12.04, ubuntu-14.04, ubuntu-16.04, ubuntu-18.04, ubuntu-20.04, centos-7, debian-12, cirros-0.3, cirros-0.5)',
  ],
])('%s is told', (_, from, to, problem) => {
  const found = problems(from, to)
  expect(found[0]?.replace(/^lab\.yaml:\d+:\d+ /, '')).toBe(problem)
})

test("what only neutron's tables see is told before the lab opens", async () => {
  const text = CLOUD.replace('cidr: 10.1.0.0/24', 'cidr: 10.1.0.0/24, pools: [10.1.0.1-10.1.0.99]')
  const { scenario } = parseScenario(text, 'lab.yaml', 'lab')
  expect((await proveScenario(scenario!)).map(formatProblem)).toEqual([
    'lab.yaml:1:1: the lab does not boot: cloud.networks[1].subnets[0]: Gateway ip 10.1.0.1 conflicts with allocation pool 10.1.0.1-10.1.0.99',
  ])
})
