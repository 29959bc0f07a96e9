// What others see of the OVS agent: its command line in `ps`, its row in `neutron agent-list`.
import { formatIpv4 } from '../../../addr/ipv4.js'
import type { AgentContext, AgentReport } from '../rpc.js'
import { BR_INT } from './pipeline.js'

const BINARY = 'neutron-openvswitch-agent'
const LOG = '/var/log/neutron/openvswitch-agent.log'

export function commandLine({ profile }: AgentContext): string[] {
  const program = `/usr/bin/${BINARY}`
  if (!profile.l2.native) {
    const files = ['/etc/neutron/neutron.conf', '/etc/neutron/plugins/ml2/ml2_conf.ini']
    return ['/usr/bin/python', program, ...files.map((file) => `--config-file=${file}`), `--log-file=${LOG}`]
  }
  const files = ['/usr/share/neutron/neutron-dist.conf', '/etc/neutron/neutron.conf', '/etc/neutron/plugins/ml2/openvswitch_agent.ini']
  const folders = ['/etc/neutron/conf.d/common', `/etc/neutron/conf.d/${BINARY}`]
  return [
    '/usr/bin/python2',
    program,
    ...files.flatMap((file) => ['--config-file', file]),
    ...folders.flatMap((folder) => ['--config-dir', folder]),
    '--log-file',
    LOG,
  ]
}

export function reportOf({ host, config, profile }: AgentContext, isAlive: () => boolean): AgentReport {
  const configurations = {
    bridge_mappings: Object.fromEntries(config.bridgeMappings),
    tunnel_types: config.tunnelTypes,
    tunneling_ip: config.localIp === null ? '' : formatIpv4(config.localIp),
    l2_population: config.l2population,
    ...(profile.l2.native ? { arp_responder_enabled: config.arpResponder && config.l2population, integration_bridge: BR_INT } : {}),
  }
  return { type: 'Open vSwitch agent', binary: BINARY, topic: 'N/A', host, configurations, isAlive }
}
