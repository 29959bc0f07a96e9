import { expect, test } from 'vitest'
import { IptablesManager } from '../../src/cloud/iptables-manager.js'

const EMPTY = ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', 'COMMIT']

test('the agent that applied last stands first in the shared chains', () => {
  const api = new IptablesManager('nova-api', 'nova')
  const network = new IptablesManager('nova-network', 'nova')
  const lines = network.filter.merge(api.filter.merge(EMPTY))
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
  const manager = new IptablesManager('nova-compute', 'nova')
  manager.filter.addChain('sg-fallback')
  manager.filter.addRule('sg-fallback', '-j DROP')
  const once = manager.filter.merge(EMPTY)
  expect(manager.filter.merge(once)).toEqual(once)
})

test('a removed chain takes its rules and the jumps to it along', () => {
  const manager = new IptablesManager('nova-compute', 'nova')
  const before = manager.filter.merge(EMPTY)
  manager.filter.addChain('inst-9')
  manager.filter.addRule('inst-9', '-j DROP')
  manager.filter.addRule('local', '-d 10.0.0.2/32 -j $inst-9')
  expect(manager.filter.merge(EMPTY)).toContain('-A nova-compute-local -d 10.0.0.2/32 -j nova-compute-inst-9')
  manager.filter.removeChain('inst-9')
  expect(manager.filter.merge(EMPTY)).toEqual(before)
})

test('names are cut to sixteen characters', () => {
  expect(new IptablesManager('neutron-openvswitch-agent', 'neutron').filter.agent).toBe('neutron-openvswi')
})
