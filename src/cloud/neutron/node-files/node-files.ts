// Configuration files of a cloud's node: written from the scenario when the lab opens, read again when a service is started.

import { parseIpv4 } from '../../../addr/ipv4.js'
import type { Machine } from '../../../node/machine.js'
import { parentPath } from '../../../node/path.js'
import type { AgentMode } from '../../spec.js'
import type { ReleaseProfile } from '../release.js'
import type { AgentConfig } from '../rpc.js'
import type { NodeFacts } from './facts.js'
import { DHCP_FILE, L3_FILE, METADATA_FILE, ML2_FILE, ovsAgentFile } from './facts.js'
import { readIni } from './ini.js'
import { neutronFiles } from './neutron-files.js'
import { credentials, novaFiles } from './nova-files.js'

export function writeNodeFiles({ files }: Machine, facts: NodeFacts): void {
  for (const [path, text] of [...neutronFiles(facts), ...novaFiles(facts), ...credentials(facts)]) {
    if (files.exists(path)) continue
    files.mkdir(parentPath(path), { parents: true })
    files.write(path, text)
  }
  const isServer = facts.services.includes('neutron-server') && facts.profile.l2.native
  if (isServer && !files.exists('/etc/neutron/plugin.ini')) files.symlink(ML2_FILE, '/etc/neutron/plugin.ini')
}

/** Settings that the agents take from DEFAULT of their files. */
const FLAGS: readonly (readonly [path: string, keys: readonly string[]])[] = [
  [
    DHCP_FILE,
    [
      'dhcp_domain',
      'dns_domain',
      'dhcp_lease_duration',
      'enable_isolated_metadata',
      'force_metadata',
      'dnsmasq_dns_servers',
      'dnsmasq_config_file',
    ],
  ],
  [METADATA_FILE, ['nova_metadata_host', 'nova_metadata_ip', 'nova_metadata_port', 'metadata_proxy_shared_secret']],
  ['/etc/neutron/neutron.conf', ['dhcp_lease_duration', 'dns_domain']],
]

/** What the files on the node say now; what they do not say is as it was. */
export function readNodeFiles({ files }: Machine, profile: ReleaseProfile, was: AgentConfig): AgentConfig {
  const read = (path: string): Map<string, string> => (files.isFile(path) ? readIni(files.read(path)) : new Map())
  const flags = new Map(was.flags)
  for (const [path, keys] of FLAGS) {
    const values = read(path)
    for (const key of keys) {
      const value = values.get(`DEFAULT/${key}`)
      if (value !== undefined) flags.set(key, value)
    }
  }
  const ovs = read(ovsAgentFile(profile))
  const types = ovs.get('agent/tunnel_types')
  const mappings = ovs.get('ovs/bridge_mappings')
  const bridge = read(L3_FILE).get('DEFAULT/external_network_bridge')
  return {
    localIp: parseIpv4(ovs.get('ovs/local_ip') ?? '') ?? (ovs.size === 0 ? was.localIp : null),
    tunnelTypes: types === undefined ? was.tunnelTypes : names(types).filter((type) => type === 'gre' || type === 'vxlan'),
    bridgeMappings: mappings === undefined ? (ovs.size === 0 ? was.bridgeMappings : new Map()) : new Map(names(mappings).map(pair)),
    externalBridge: bridge === undefined ? was.externalBridge : bridge === '' ? null : bridge,
    l2population: isTrue(ovs.get('agent/l2_population'), was.l2population),
    arpResponder: isTrue(ovs.get('agent/arp_responder'), was.arpResponder),
    agentMode: modeOf(read(L3_FILE).get('DEFAULT/agent_mode'), was.agentMode),
    dvr: isTrue(ovs.get('agent/enable_distributed_routing'), was.dvr),
    flags,
  }
}

function modeOf(text: string | undefined, was: AgentMode): AgentMode {
  return text === 'legacy' || text === 'dvr' || text === 'dvr_snat' ? text : was
}

function names(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function pair(mapping: string): [string, string] {
  const [network, bridge] = mapping.split(':')
  return [network!, bridge ?? '']
}

function isTrue(value: string | undefined, otherwise: boolean): boolean {
  return value === undefined ? otherwise : value.toLowerCase() === 'true'
}
