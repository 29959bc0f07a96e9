// Configuration files of a node: written from the cloud's settings, read again by a service that is started.
import { expect, test } from 'vitest'
import { parseIpv4 } from '../../src/addr/ipv4.js'
import { DHCP_FILE, L3_FILE, ovsAgentFile } from '../../src/cloud/neutron/node-files/facts.js'
import { iniText, readIni } from '../../src/cloud/neutron/node-files/ini.js'
import { readNodeFiles, writeNodeFiles } from '../../src/cloud/neutron/node-files/node-files.js'
import type { NeutronRelease } from '../../src/cloud/neutron/release.js'
import { profileOf } from '../../src/cloud/neutron/release.js'
import type { AgentConfig } from '../../src/cloud/neutron/rpc.js'
import { OneMachine } from '../tools/util/one-machine.js'

const CONFIG: AgentConfig = {
  localIp: parseIpv4('10.0.0.5'),
  tunnelTypes: ['vxlan', 'gre'],
  bridgeMappings: new Map([['extnet', 'br-ex']]),
  externalBridge: null,
  l2population: true,
  arpResponder: false,
  agentMode: 'legacy',
  dvr: false,
  flags: new Map([['enable_isolated_metadata', 'True']]),
}

test.each<[NeutronRelease, string]>([
  ['icehouse', 'ubuntu-14.04'],
  ['stein', 'centos-7'],
])('%s: what is written is what is read', (release, image) => {
  const { machine } = new OneMachine(image)
  const profile = profileOf(release)!
  writeNodeFiles(machine, {
    profile,
    services: [
      'neutron-server',
      'neutron-openvswitch-agent',
      'neutron-l3-agent',
      'neutron-dhcp-agent',
      'neutron-metadata-agent',
      'nova-api',
    ],
    config: CONFIG,
    controller: '192.0.2.1',
    address: '192.0.2.1',
    tenantType: 'vxlan',
    tunnelRange: [1, 1000],
    flatNetworks: ['extnet'],
  })
  const { flags, ...rest } = readNodeFiles(machine, profile, CONFIG)
  const { flags: _, ...was } = CONFIG
  expect(rest).toEqual(was)
  expect(flags.get('enable_isolated_metadata')).toBe('true')
  expect(machine.files.read('/root/openrc')).toContain('export OS_USERNAME=admin\n')

  machine.files.write(DHCP_FILE, '[DEFAULT]\ndnsmasq_config_file=/etc/neutron/dnsmasq.conf\n')
  machine.files.write(L3_FILE, '[DEFAULT]\n# external_network_bridge =\nexternal_network_bridge = br-out\n')
  machine.files.write(ovsAgentFile(profile), '[ovs]\nlocal_ip = 10.0.0.6\n[agent]\ntunnel_types = gre\n')
  const now = readNodeFiles(machine, profile, CONFIG)
  expect(now.flags.get('dnsmasq_config_file')).toBe('/etc/neutron/dnsmasq.conf')
  expect([now.externalBridge, now.localIp, now.tunnelTypes, now.bridgeMappings.size]).toEqual(['br-out', parseIpv4('10.0.0.6'), ['gre'], 0])
})

test('sections, comments and quotes', () => {
  expect([...readIni('[a]\n k = v # w\n;x = 1\n[b]\nk: "quoted"\nnonsense\n')]).toEqual([
    ['a/k', 'v # w'],
    ['b/k', 'quoted'],
  ])
  expect(
    iniText([
      ['a', [['k', 'v']]],
      ['empty', []],
    ]),
  ).toMatch(/\n\[a\]\nk = v\n$/)
})
