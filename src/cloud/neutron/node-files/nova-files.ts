// /etc/nova of a node, and the credentials that operators source.
import type { NodeFacts } from './facts.js'
import { type IniFile, type IniValues, iniText } from './ini.js'

export function novaFiles(facts: NodeFacts): (readonly [path: string, text: string])[] {
  if (!facts.services.some((service) => service.startsWith('nova-'))) return []
  const files: (readonly [string, string])[] = [
    ['/etc/nova/nova.conf', iniText(facts.profile.name === 'icehouse' ? icehouse(facts) : stein(facts))],
  ]
  if (facts.profile.name === 'icehouse' && facts.services.includes('nova-compute'))
    files.push([
      '/etc/nova/nova-compute.conf',
      iniText([
        ['DEFAULT', [['compute_driver', 'libvirt.LibvirtDriver']]],
        ['libvirt', [['virt_type', 'qemu']]],
      ]),
    ])
  return files
}

function icehouse(facts: NodeFacts): IniFile {
  const { controller, address } = facts
  const values: IniValues = [
    ['dhcpbridge_flagfile', '/etc/nova/nova.conf'],
    ['logdir', '/var/log/nova'],
    ['state_path', '/var/lib/nova'],
    ['verbose', 'True'],
    ['my_ip', address],
    ['rpc_backend', 'rabbit'],
    ['rabbit_host', controller],
    ['glance_host', controller],
    ['auth_strategy', 'keystone'],
    ['network_api_class', 'nova.network.neutronv2.api.API'],
    ['neutron_url', `http://${controller}:9696`],
    ['neutron_auth_strategy', 'keystone'],
    ['neutron_admin_tenant_name', 'service'],
    ['neutron_admin_username', 'neutron'],
    ['neutron_admin_auth_url', `http://${controller}:35357/v2.0`],
    ['linuxnet_interface_driver', 'nova.network.linux_net.LinuxOVSInterfaceDriver'],
    ['firewall_driver', 'nova.virt.firewall.NoopFirewallDriver'],
    ['security_group_api', 'neutron'],
    ...metadata(facts, 'neutron_metadata_proxy_shared_secret', 'service_neutron_metadata_proxy'),
  ]
  return [
    ['DEFAULT', values],
    [
      'keystone_authtoken',
      [
        ['auth_host', controller],
        ['auth_protocol', 'http'],
        ['auth_port', '35357'],
      ],
    ],
  ]
}

function stein(facts: NodeFacts): IniFile {
  const { controller, address } = facts
  return [
    [
      'DEFAULT',
      [
        ['my_ip', address],
        ['transport_url', `rabbit://openstack:RABBIT_PASS@${controller}`],
        ['use_neutron', 'true'],
        ['firewall_driver', 'nova.virt.firewall.NoopFirewallDriver'],
      ],
    ],
    ['glance', [['api_servers', `http://${controller}:9292`]]],
    ['keystone_authtoken', [['auth_url', `http://${controller}:5000/v3`]]],
    [
      'neutron',
      [
        ['url', `http://${controller}:9696`],
        ['auth_url', `http://${controller}:5000`],
        ...metadata(facts, 'metadata_proxy_shared_secret', 'service_metadata_proxy'),
      ],
    ],
    ['libvirt', facts.services.includes('nova-compute') ? [['virt_type', 'qemu']] : []],
  ]
}

/** Only the node of nova's API serves metadata. */
function metadata({ services, config }: NodeFacts, secret: string, on: string): IniValues {
  if (!services.includes('nova-api')) return []
  return [
    [on, 'True'],
    [secret, config.flags.get('metadata_proxy_shared_secret') ?? ''],
  ]
}

/** Files that set the clients' variables, by the names that the installation guides and packstack give them. */
export function credentials(facts: NodeFacts): (readonly [path: string, text: string])[] {
  const { flags } = facts.config
  const user = flags.get('admin_user') ?? 'admin'
  const password = flags.get('admin_password') ?? 'openstack'
  if (facts.profile.name === 'icehouse') {
    const text = exports([
      ['OS_TENANT_NAME', 'admin'],
      ['OS_USERNAME', user],
      ['OS_PASSWORD', password],
      ['OS_AUTH_URL', `http://${facts.controller}:5000/v2.0/`],
    ])
    return ['openrc', 'admin-openrc.sh', 'keystonerc_admin'].map((name) => [`/root/${name}`, text])
  }
  const text = exports([
    ['OS_USERNAME', user],
    ['OS_PASSWORD', password],
    ['OS_AUTH_URL', `http://${facts.controller}:5000/v3`],
    ['OS_PROJECT_NAME', 'admin'],
    ['OS_USER_DOMAIN_NAME', 'Default'],
    ['OS_PROJECT_DOMAIN_NAME', 'Default'],
    ['OS_IDENTITY_API_VERSION', '3'],
  ])
  const prompt = "export PS1='[\\u@\\h \\W(keystone_admin)]\\$ '\n"
  return [
    ['/root/admin-openrc', text],
    ['/root/openrc', text],
    ['/root/keystonerc_admin', `unset OS_SERVICE_TOKEN\n${text}${prompt}`],
  ]
}

function exports(values: IniValues): string {
  return values.map(([name, value]) => `export ${name}=${value}\n`).join('')
}
