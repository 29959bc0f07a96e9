// neutron net-, subnet-: networks and their subnets.
import type { Argument } from '../../../grammar/argparse.js'
import { integerArgument } from '../../../grammar/argparse.js'
import { ClientError } from '../shared/formatters.js'
import { isList, isObject, type Json, type JsonObject } from '../shared/python.js'
import { isModernRelease } from '../shared/release.js'
import type { NeutronCall, NeutronCommand } from './command.js'
import { dictOf } from './extra-words.js'
import { type CellFormat, commandsOf, jsonLines, type ListSpec, listCommand, type ResourceSpec, withTenant } from './resource.js'

/** `<id> <cidr>`, one a line. */
const subnetLines: CellFormat = (row) => {
  const subnets = row.subnets
  if (!isList(subnets)) return ''
  return subnets.map((subnet) => (isObject(subnet) ? `${subnet.id} ${subnet.cidr ?? ''}` : '')).join('\n')
}

/** Looks the subnets' prefixes up. */
async function withSubnets({ client }: NeutronCall, rows: JsonObject[]): Promise<JsonObject[]> {
  const ids = rows.flatMap((row) => (isList(row.subnets) ? row.subnets.map(String) : []))
  if (ids.length === 0) return rows
  const query = [['fields', 'id'], ['fields', 'cidr'], ...ids.map((id) => ['id', id])] as [string, string][]
  const known = new Map((await client.list('subnet', query)).map((subnet) => [String(subnet.id), subnet]))
  return rows.map((row) => {
    if (!isList(row.subnets)) return row
    return { ...row, subnets: row.subnets.map((id): Json => known.get(String(id)) ?? { id }) }
  })
}

const NETWORK_LIST: Omit<ListSpec, 'name' | 'summary'> = {
  resource: 'network',
  columns: withTenant(['id', 'name', 'subnets'], 2),
  formats: { subnets: subnetLines },
  extend: withSubnets,
}

const ADMIN_DOWN: readonly Argument[] = [
  { name: 'adminDown', flags: ['--admin-state-down'], action: 'true', help: 'Set Admin State Up to false' },
  { name: 'adminDown', flags: ['--admin_state_down'], action: 'true', isHidden: true },
]

const CREATE_ARGUMENTS: readonly Argument[] = [
  ...ADMIN_DOWN,
  { name: 'shared', flags: ['--shared'], action: 'true', help: 'Set the network as shared' },
  { name: 'name', metavar: 'NAME', help: 'Name of network to create' },
]

/** Options of later clients whose words go to the server as they are. */
const LATER_VALUES = ['provider:network_type', 'provider:physical_network', 'provider:segmentation_id', 'description', 'dns_domain']

const LATER_ARGUMENTS: readonly Argument[] = [
  { name: 'adminDown', flags: ['--admin-state-down'], action: 'true', help: 'Set admin state up to false.' },
  { name: 'adminDown', flags: ['--admin_state_down'], action: 'true', isHidden: true },
  { name: 'shared', flags: ['--shared'], action: 'true', help: 'Set the network as shared.' },
  {
    name: 'provider:network_type',
    flags: ['--provider:network_type'],
    metavar: '<network_type>',
    help: 'The physical mechanism by which the virtual network is implemented.',
  },
  {
    name: 'provider:physical_network',
    flags: ['--provider:physical_network'],
    metavar: '<physical_network_name>',
    help: 'Name of the physical network over which the virtual network is implemented.',
  },
  {
    name: 'provider:segmentation_id',
    flags: ['--provider:segmentation_id'],
    metavar: '<segmentation_id>',
    help: 'VLAN ID for VLAN networks or tunnel-id for GRE/VXLAN networks.',
  },
  {
    name: 'vlanTransparent',
    flags: ['--vlan-transparent'],
    metavar: '{True,False}',
    choices: ['True', 'False'],
    help: 'Create a VLAN transparent network.',
  },
  { name: 'description', flags: ['--description'], help: 'Description of network.' },
  { name: 'qosPolicy', flags: ['--qos-policy'], help: 'ID or name of the QoS policy that shouldbe attached to the resource.' },
  {
    name: 'zone',
    flags: ['--availability-zone-hint'],
    metavar: 'AVAILABILITY_ZONE',
    action: 'append',
    help: 'Availability Zone for the network (requires availability zone extension, this option can be repeated).',
  },
  {
    name: 'dns_domain',
    flags: ['--dns-domain'],
    metavar: 'DNS_DOMAIN',
    help: 'Assign DNS domain to the network (requires DNS integration extension)',
  },
  { name: 'name', metavar: 'NAME', help: 'Name of the network to be created.' },
]

const network: ResourceSpec = {
  resource: 'network',
  word: 'net',
  summaries: {
    show: 'Show information of a given network.',
    create: 'Create a network for a given tenant.',
    update: "Update network's information.",
    delete: 'Delete a given network.',
  },
  createArguments: (release) => (isModernRelease(release) ? LATER_ARGUMENTS : CREATE_ARGUMENTS),
  createBody: async ({ parsed }) => ({
    name: parsed.text('name'),
    admin_state_up: !parsed.has('adminDown'),
    ...(parsed.has('shared') ? { shared: true } : {}),
    ...Object.fromEntries(LATER_VALUES.flatMap((key) => (parsed.has(key) ? [[key, parsed.text(key)]] : []))),
  }),
}

const subnet: ResourceSpec = {
  resource: 'subnet',
  word: 'subnet',
  summaries: {
    show: 'Show information of a given subnet.',
    create: 'Create a subnet for a given tenant.',
    update: "Update subnet's information.",
    delete: 'Delete a given subnet.',
  },
  createArguments: (release) => [
    { name: 'name', flags: ['--name'], help: 'Name of this subnet' },
    {
      name: 'ipVersion',
      flags: ['--ip-version'],
      choices: ['4', '6'],
      check: integerArgument(release.python),
      help: 'IP version with default 4',
    },
    { name: 'ipVersion', flags: ['--ip_version'], choices: ['4', '6'], isHidden: true },
    { name: 'gateway', flags: ['--gateway'], metavar: 'GATEWAY_IP', help: 'Gateway ip of this subnet' },
    { name: 'noGateway', flags: ['--no-gateway'], action: 'true', help: 'No distribution of gateway' },
    {
      name: 'pools',
      flags: ['--allocation-pool'],
      metavar: 'start=IP_ADDR,end=IP_ADDR',
      action: 'append',
      help: 'Allocation pool IP addresses for this subnet (This option can be repeated)',
    },
    { name: 'pools', flags: ['--allocation_pool'], action: 'append', isHidden: true },
    {
      name: 'routes',
      flags: ['--host-route'],
      metavar: 'destination=CIDR,nexthop=IP_ADDR',
      action: 'append',
      help: 'Additional route (This option can be repeated)',
    },
    {
      name: 'dns',
      flags: ['--dns-nameserver'],
      metavar: 'DNS_NAMESERVER',
      action: 'append',
      help: 'DNS name server for this subnet (This option can be repeated)',
    },
    { name: 'noDhcp', flags: ['--disable-dhcp'], action: 'true', help: 'Disable DHCP for this subnet' },
    { name: 'network', metavar: 'NETWORK', help: 'Network id or name this subnet belongs to', completes: 'network' },
    { name: 'cidr', metavar: 'CIDR', help: 'CIDR of subnet to create' },
  ],
  createBody: subnetBody,
}

async function subnetBody({ client, parsed }: NeutronCall): Promise<Record<string, Json>> {
  const networkId = await client.find('network', parsed.text('network'))
  const body: Record<string, Json> = {
    cidr: parsed.text('cidr'),
    network_id: networkId,
    ip_version: Number(parsed.value('ipVersion') ?? '4'),
  }
  const gateway = parsed.value('gateway')
  if (gateway !== null && parsed.has('noGateway')) {
    throw new ClientError('--gateway option and --no-gateway option can not be used same time')
  }
  if (parsed.has('noGateway')) body.gateway_ip = null
  if (gateway !== null) body.gateway_ip = gateway
  if (parsed.value('name') !== null) body.name = parsed.text('name')
  if (parsed.has('noDhcp')) body.enable_dhcp = false
  if (parsed.has('pools')) body.allocation_pools = parsed.values('pools').map(dictOf)
  if (parsed.has('routes')) body.host_routes = parsed.values('routes').map(dictOf)
  if (parsed.has('dns')) body.dns_nameservers = parsed.values('dns')
  return body
}

export const networkCommands: readonly NeutronCommand[] = [
  listCommand({ ...NETWORK_LIST, name: 'net-list', summary: 'List networks that belong to a given tenant.' }),
  listCommand({
    ...NETWORK_LIST,
    name: 'net-external-list',
    summary: 'List external networks that belong to a given tenant.',
    filters: async () => [['router:external', 'True']],
  }),
  listCommand({
    ...NETWORK_LIST,
    name: 'net-list-on-dhcp-agent',
    summary: 'List the networks on a DHCP agent.',
    operands: [{ name: 'agent', metavar: 'dhcp_agent', help: 'ID of the DHCP agent', completes: 'agent' }],
    fetch: ({ client, parsed }, query) => client.rows(`/agents/${parsed.text('agent')}/dhcp-networks`, 'networks', query),
  }),
  ...commandsOf(network),
  listCommand({
    name: 'subnet-list',
    summary: 'List subnets that belong to a given tenant.',
    resource: 'subnet',
    columns: withTenant(['id', 'name', 'cidr', 'allocation_pools'], 2),
    formats: {
      allocation_pools: jsonLines('allocation_pools'),
      dns_nameservers: jsonLines('dns_nameservers'),
      host_routes: jsonLines('host_routes'),
    },
  }),
  ...commandsOf(subnet),
]
