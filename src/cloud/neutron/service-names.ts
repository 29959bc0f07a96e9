// What the packages of a release call the services: Ubuntu's jobs of upstart, RDO's units of systemd.
import type { NeutronRelease } from './release.js'

export interface ServiceName {
  readonly name: string
  readonly description: string
}

/** By the program; the second column is Ubuntu's job, the third RDO's unit. */
const SERVICES: readonly (readonly [program: string, job: string, unit: string, description: string])[] = [
  ['neutron-server', 'neutron-server', 'neutron-server', 'OpenStack Neutron Server'],
  ['neutron-openvswitch-agent', 'neutron-plugin-openvswitch-agent', 'neutron-openvswitch-agent', 'OpenStack Neutron Open vSwitch Agent'],
  ['neutron-l3-agent', 'neutron-l3-agent', 'neutron-l3-agent', 'OpenStack Neutron Layer 3 Agent'],
  ['neutron-dhcp-agent', 'neutron-dhcp-agent', 'neutron-dhcp-agent', 'OpenStack Neutron DHCP Agent'],
  ['neutron-metadata-agent', 'neutron-metadata-agent', 'neutron-metadata-agent', 'OpenStack Neutron Metadata Agent'],
  ['nova-api', 'nova-api', 'openstack-nova-api', 'OpenStack Nova API Server'],
  ['nova-scheduler', 'nova-scheduler', 'openstack-nova-scheduler', 'OpenStack Nova Scheduler Server'],
  ['nova-conductor', 'nova-conductor', 'openstack-nova-conductor', 'OpenStack Nova Conductor Server'],
  ['nova-compute', 'nova-compute', 'openstack-nova-compute', 'OpenStack Nova Compute Server'],
  ['keystone', 'keystone', 'httpd', 'The Apache HTTP Server'],
  ['glance-api', 'glance-api', 'openstack-glance-api', 'OpenStack Image Service (code-named Glance) API server'],
]

export function serviceName(program: string, release: NeutronRelease): ServiceName {
  const found = SERVICES.find(([name]) => name === program)
  if (found === undefined) return { name: program, description: program }
  if (release === 'stein') return { name: found[2], description: found[3] }
  // Debian's units are named as the programs are; keystone is Apache's.
  const unit = program === 'keystone' ? 'apache2' : program
  return { name: release === 'icehouse' ? found[1] : unit, description: found[3] }
}
