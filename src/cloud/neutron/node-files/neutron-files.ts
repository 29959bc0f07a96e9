// /etc/neutron of a node.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { dhcpSettings } from '../dhcp-agent/settings.js'
import type { NodeFacts } from './facts.js'
import { DHCP_FILE, L3_FILE, METADATA_FILE, ML2_FILE, ovsAgentFile } from './facts.js'
import { type IniFile, type IniValues, iniText } from './ini.js'

const DRIVER = 'neutron.agent.linux.interface.OVSInterfaceDriver'

/** Path and text of each file that the node's services read. */
export function neutronFiles(facts: NodeFacts): (readonly [path: string, text: string])[] {
  const has = (service: string): boolean => facts.services.includes(service)
  const files: (readonly [string, IniFile])[] = []
  if (facts.services.some((service) => service.startsWith('neutron-'))) files.push(['/etc/neutron/neutron.conf', neutronConf(facts)])
  const { l2 } = facts.profile
  if (has('neutron-server') || (has('neutron-openvswitch-agent') && !l2.native)) files.push([ML2_FILE, ml2Conf(facts)])
  if (has('neutron-openvswitch-agent') && l2.native) files.push([ovsAgentFile(facts.profile), [...ovsSections(facts), firewall(facts)]])
  if (has('neutron-l3-agent')) files.push([L3_FILE, l3Conf(facts)])
  if (has('neutron-dhcp-agent')) files.push([DHCP_FILE, dhcpConf(facts)])
  if (has('neutron-metadata-agent')) files.push([METADATA_FILE, metadataConf(facts)])
  return files.map(([path, file]) => [path, iniText(file)])
}

function isIcehouse({ profile }: NodeFacts): boolean {
  return profile.name === 'icehouse'
}

function neutronConf(facts: NodeFacts): IniFile {
  const { controller } = facts
  const plugin: IniValues = [
    ['core_plugin', 'ml2'],
    ['service_plugins', 'router'],
    ['auth_strategy', 'keystone'],
  ]
  if (isIcehouse(facts)) {
    return [
      [
        'DEFAULT',
        [
          ['verbose', 'True'],
          ['debug', 'True'],
          ...plugin,
          ['allow_overlapping_ips', 'True'],
          ['rpc_backend', 'neutron.openstack.common.rpc.impl_kombu'],
          ['rabbit_host', controller],
          ['agent_down_time', '75'],
          ['dhcp_lease_duration', facts.config.flags.get('dhcp_lease_duration') ?? '86400'],
        ],
      ],
      ['agent', [['root_helper', 'sudo /usr/bin/neutron-rootwrap /etc/neutron/rootwrap.conf']]],
      ['keystone_authtoken', [['auth_uri', `http://${controller}:5000`], ...icehouseAccount(controller)]],
    ]
  }
  return [
    [
      'DEFAULT',
      [
        ['debug', 'True'],
        ...plugin,
        ['allow_overlapping_ips', 'true'],
        ['transport_url', `rabbit://openstack:RABBIT_PASS@${controller}`],
        ['global_physnet_mtu', facts.config.flags.get('global_physnet_mtu') ?? '1500'],
      ],
    ],
    ['agent', [['root_helper', 'sudo neutron-rootwrap /etc/neutron/rootwrap.conf']]],
    [
      'keystone_authtoken',
      [
        ['www_authenticate_uri', `http://${controller}:5000`],
        ['auth_url', `http://${controller}:5000`],
      ],
    ],
    ['oslo_concurrency', [['lock_path', '/var/lib/neutron/tmp']]],
  ]
}

function icehouseAccount(controller: string): IniValues {
  return [
    ['auth_host', controller],
    ['auth_protocol', 'http'],
    ['auth_port', '35357'],
    ['admin_tenant_name', 'service'],
    ['admin_user', 'neutron'],
  ]
}

function ml2Conf(facts: NodeFacts): IniFile {
  const types = facts.config.tunnelTypes
  const range = facts.tunnelRange.join(':')
  const drivers = facts.config.l2population ? 'openvswitch,l2population' : 'openvswitch'
  const local = [...new Set(['flat', 'vlan', ...types])].join(',')
  return [
    [
      'ml2',
      [
        ['type_drivers', local],
        ['tenant_network_types', facts.tenantType],
        ['mechanism_drivers', drivers],
        ...(isIcehouse(facts) ? [] : ([['extension_drivers', 'port_security']] as const)),
      ],
    ],
    ['ml2_type_flat', facts.flatNetworks.length === 0 ? [] : [['flat_networks', facts.flatNetworks.join(',')]]],
    ['ml2_type_vlan', vlanRanges(facts)],
    ['ml2_type_gre', types.includes('gre') ? [['tunnel_id_ranges', range]] : []],
    ['ml2_type_vxlan', types.includes('vxlan') ? [['vni_ranges', range]] : []],
    ...(isIcehouse(facts) ? ovsSections(facts) : []),
    firewall(facts),
  ]
}

function vlanRanges({ config }: NodeFacts): IniValues {
  const ranges = config.flags.get('network_vlan_ranges')
  return ranges === undefined ? [] : [['network_vlan_ranges', ranges]]
}

/** What the OVS agent reads. */
function ovsSections({ config, profile }: NodeFacts): IniFile {
  const { localIp, tunnelTypes, bridgeMappings } = config
  const mappings = [...bridgeMappings].map((pair) => pair.join(':')).join(',')
  const isOld = !profile.l2.native
  const switches: IniValues = [
    ...(localIp === null ? [] : ([['local_ip', formatIpv4(localIp)]] as const)),
    ...(isOld ? ([['enable_tunneling', 'True']] as const) : []),
    ...(isOld && tunnelTypes.length > 0 ? ([['tunnel_type', tunnelTypes[0]!]] as const) : []),
    ...(mappings === '' ? [] : ([['bridge_mappings', mappings]] as const)),
  ]
  const agent: IniValues = [
    ['tunnel_types', tunnelTypes.join(',')],
    ['l2_population', String(config.l2population)],
    ...(config.arpResponder ? ([['arp_responder', 'true']] as const) : []),
    ...(config.dvr ? ([['enable_distributed_routing', 'True']] as const) : []),
  ]
  return [
    ['ovs', switches],
    ['agent', agent],
  ]
}

function firewall(facts: NodeFacts): IniFile[number] {
  const driver = isIcehouse(facts) ? 'neutron.agent.linux.iptables_firewall.OVSHybridIptablesFirewallDriver' : 'iptables_hybrid'
  return [
    'securitygroup',
    [
      ['firewall_driver', driver],
      ['enable_security_group', 'True'],
    ],
  ]
}

function l3Conf(facts: NodeFacts): IniFile {
  const bridge: IniValues = [['external_network_bridge', facts.config.externalBridge ?? '']]
  const mode: IniValues = facts.config.agentMode === 'legacy' ? [] : [['agent_mode', facts.config.agentMode]]
  if (!isIcehouse(facts)) return [['DEFAULT', [['interface_driver', 'openvswitch'], ...mode, ...bridge]]]
  return [['DEFAULT', [['interface_driver', DRIVER], ['use_namespaces', 'True'], ...bridge]]]
}

function dhcpConf(facts: NodeFacts): IniFile {
  const settings = dhcpSettings(facts.profile.dhcp, facts.config)
  const values: [string, string][] = [
    ['interface_driver', isIcehouse(facts) ? DRIVER : 'openvswitch'],
    ['dhcp_driver', 'neutron.agent.linux.dhcp.Dnsmasq'],
    ['enable_isolated_metadata', String(settings.isolatedMetadata)],
    ['dnsmasq_config_file', settings.configFile],
  ]
  if (isIcehouse(facts)) values.push(['use_namespaces', 'True'], ['dhcp_domain', settings.domain])
  if (settings.dnsServers.length > 0) values.push(['dnsmasq_dns_servers', settings.dnsServers.join(',')])
  return [['DEFAULT', values]]
}

function metadataConf(facts: NodeFacts): IniFile {
  const { flags } = facts.config
  const host = flags.get('nova_metadata_host') ?? flags.get('nova_metadata_ip') ?? '127.0.0.1'
  return [
    [
      'DEFAULT',
      [
        [isIcehouse(facts) ? 'nova_metadata_ip' : 'nova_metadata_host', host],
        ['nova_metadata_port', flags.get('nova_metadata_port') ?? '8775'],
        ['metadata_proxy_shared_secret', flags.get('metadata_proxy_shared_secret') ?? ''],
        ...(isIcehouse(facts) ? ([['auth_url', `http://${facts.controller}:5000/v2.0`]] as const) : []),
      ],
    ],
  ]
}
