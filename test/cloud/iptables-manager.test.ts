import { expect, test } from 'vitest'
import { commandsBetween } from '../../src/cloud/iptables-diff.js'
import { IptablesManager } from '../../src/cloud/iptables-manager.js'
import { mergeCounting, mergePlain, mergeSorted } from '../../src/cloud/iptables-merge.js'

const EMPTY = ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', 'COMMIT']

test('the agent that applied last stands first in the shared chains', () => {
  const api = new IptablesManager('nova-api', 'essex')
  const network = new IptablesManager('nova-network', 'essex')
  const lines = mergePlain(mergePlain(EMPTY, api.filter), network.filter)
  expect(lines.filter((line) => /^-A (INPUT|FORWARD|OUTPUT|nova-filter-top)/.test(line))).toEqual([
    '-A FORWARD -j nova-filter-top',
    '-A OUTPUT -j nova-filter-top',
    '-A nova-filter-top -j nova-network-local',
    '-A INPUT -j nova-network-INPUT',
    '-A OUTPUT -j nova-network-OUTPUT',
    '-A FORWARD -j nova-network-FORWARD',
    '-A nova-filter-top -j nova-api-local',
    '-A INPUT -j nova-api-INPUT',
    '-A OUTPUT -j nova-api-OUTPUT',
    '-A FORWARD -j nova-api-FORWARD',
  ])
  expect(lines.filter((line) => line.startsWith(':nova-filter-top'))).toEqual([':nova-filter-top - [0:0]'])
})

test('applying twice changes nothing', () => {
  const manager = new IptablesManager('nova-compute', 'essex')
  manager.filter.addChain('sg-fallback')
  manager.filter.addRule('sg-fallback', '-j DROP')
  const once = mergePlain(EMPTY, manager.filter)
  expect(mergePlain(once, manager.filter)).toEqual(once)
  expect(commandsBetween(once, mergeSorted(once, manager.filter))).toEqual([])
})

test('a removed chain takes its rules and the jumps to it along', () => {
  const manager = new IptablesManager('nova-compute', 'essex')
  const before = mergePlain(EMPTY, manager.filter)
  manager.filter.addChain('inst-9')
  manager.filter.addRule('inst-9', '-j DROP')
  manager.filter.addRule('local', '-d 10.0.0.2/32 -j $inst-9')
  expect(mergePlain(EMPTY, manager.filter)).toContain('-A nova-compute-local -d 10.0.0.2/32 -j nova-compute-inst-9')
  manager.filter.removeChain('inst-9')
  expect(mergePlain(EMPTY, manager.filter)).toEqual(before)
})

test('names are cut: sixteen characters of the program, eleven of a chain in neutron', () => {
  const { filter } = new IptablesManager('neutron-openvswitch-agent', 'icehouse')
  expect(filter.agent).toBe('neutron-openvswi')
  filter.addChain('i8cbe7bb6-18d')
  filter.addRule('local', '-j $i8cbe7bb6-18d')
  expect(mergeCounting(EMPTY, filter)).toContain('[0:0] -A neutron-openvswi-local -j neutron-openvswi-i8cbe7bb6-1')
})

test('Icehouse keeps the counters of what stays', () => {
  const { filter } = new IptablesManager('neutron-l3-agent', 'icehouse')
  const saved = mergeCounting(EMPTY, filter).map((line) => line.replace(/^\[0:0\] (.*-j neutron-l3-agent-INPUT)$/, '[7:588] $1'))
  filter.addRule('INPUT', '-d 127.0.0.1/32 -p tcp -m tcp --dport 9697 -j ACCEPT')
  const lines = mergeCounting(saved, filter)
  expect(lines).toContain('[7:588] -A INPUT -j neutron-l3-agent-INPUT')
  expect(lines).toContain('[0:0] -A neutron-l3-agent-INPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 9697 -j ACCEPT')
})

test('Stein changes only what differs, where it differs', () => {
  const { filter } = new IptablesManager('neutron-openvswitch-agent', 'stein', { stateless: true })
  const before = mergeSorted(EMPTY, filter)
  filter.addChain('sg-chain')
  filter.addRule('sg-chain', '-j ACCEPT')
  filter.addRule('FORWARD', '-m physdev --physdev-out tapa --physdev-is-bridged -j $sg-chain', { top: true, comment: 'To the chain.' })
  const after = mergeSorted(before, filter)
  expect(commandsBetween(before, after)).toEqual([
    ':neutron-openvswi-sg-chain - [0:0]',
    '-I neutron-openvswi-FORWARD 1 -m physdev --physdev-out tapa --physdev-is-bridged -m comment --comment "To the chain." -j neutron-openvswi-sg-chain',
    '-I neutron-openvswi-sg-chain 1 -j ACCEPT',
  ])
  expect(commandsBetween(after, before)).toEqual([
    '-D neutron-openvswi-FORWARD 1',
    '-D neutron-openvswi-sg-chain 1',
    '-X neutron-openvswi-sg-chain',
  ])
  expect(commandsBetween([':c', '-A c 1', '-A c 2', '-A c 3'], [':c', '-A c 1', '-A c 4', '-A c 3', '-A c 5'])).toEqual([
    '-D c 2',
    '-I c 2 4',
    '-I c 4 5',
  ])
})
