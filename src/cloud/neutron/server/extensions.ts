// The extensions that neutron-server says it has.

export interface Extension {
  readonly alias: string
  readonly name: string
  readonly description: string
  readonly since: 'icehouse' | 'stein' | 'ussuri'
}

export const EXTENSIONS: readonly Extension[] = [
  { alias: 'router', name: 'Neutron L3 Router', description: 'Routers with NAT between networks and the outside.', since: 'icehouse' },
  {
    alias: 'ext-gw-mode',
    name: 'Neutron L3 Configurable external gateway mode',
    description: 'Source NAT of a router can be switched off.',
    since: 'icehouse',
  },
  { alias: 'extraroute', name: 'Neutron Extra Route', description: 'Routes of a router beside its own.', since: 'icehouse' },
  { alias: 'external-net', name: 'Neutron external network', description: 'Networks that lead outside.', since: 'icehouse' },
  { alias: 'security-group', name: 'security-group', description: 'Groups of rules that filter at a port.', since: 'icehouse' },
  { alias: 'agent', name: 'agent', description: 'The agents and whether they live.', since: 'icehouse' },
  { alias: 'binding', name: 'Port Binding', description: 'The host that a port is on, and how it is plugged there.', since: 'icehouse' },
  { alias: 'provider', name: 'Provider Network', description: 'How a network lies on the underlay.', since: 'icehouse' },
  { alias: 'dvr', name: 'Distributed Virtual Router', description: 'Routers on every host that needs them.', since: 'ussuri' },
  { alias: 'quotas', name: 'Quota management support', description: 'How many of each a project may have.', since: 'icehouse' },
  {
    alias: 'allowed-address-pairs',
    name: 'Allowed Address Pairs',
    description: 'Addresses beside its own that a port may use.',
    since: 'icehouse',
  },
  { alias: 'l3_agent_scheduler', name: 'L3 Agent Scheduler', description: 'Which L3 agent has which router.', since: 'icehouse' },
  { alias: 'dhcp_agent_scheduler', name: 'DHCP Agent Scheduler', description: 'Which DHCP agent serves which network.', since: 'icehouse' },
  { alias: 'port-security', name: 'Port Security', description: 'Filtering at a port can be switched off.', since: 'stein' },
  { alias: 'net-mtu', name: 'Network MTU', description: 'Networks have an MTU.', since: 'stein' },
  { alias: 'project-id', name: 'project_id field enabled', description: 'Rows say their project under both names.', since: 'stein' },
  { alias: 'standard-attr-timestamp', name: 'Resource timestamps', description: 'When a row was made and changed.', since: 'stein' },
  { alias: 'standard-attr-revisions', name: 'Resource revision numbers', description: 'How often a row was changed.', since: 'stein' },
]
