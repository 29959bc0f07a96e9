// neutron port-, floatingip-: ports, and public addresses mapped to them.
import type { Argument } from '../../../grammar/argparse.js'
import { ClientError } from '../shared/formatters.js'
import type { Json } from '../shared/python.js'
import { isModernRelease } from '../shared/release.js'
import type { NeutronCall, NeutronCommand } from './command.js'
import { dictOf } from './extra-words.js'
import {
  commandsOf,
  createCommand,
  deleteCommand,
  jsonLines,
  type ListSpec,
  listCommand,
  type ResourceSpec,
  showCommand,
  withTenant,
} from './resource.js'

const PORT_LIST: Omit<ListSpec, 'name' | 'summary'> = {
  resource: 'port',
  columns: withTenant(['id', 'name', 'mac_address', 'fixed_ips'], 2),
  formats: { fixed_ips: jsonLines('fixed_ips') },
}

const GROUPS: readonly Argument[] = [
  {
    name: 'groups',
    flags: ['--security-group'],
    metavar: 'SECURITY_GROUP',
    action: 'append',
    exclusive: 'groups',
    help: 'Security group associated with the port (This option can be repeated)',
    completes: 'security_group',
  },
  {
    name: 'noGroups',
    flags: ['--no-security-groups'],
    action: 'true',
    exclusive: 'groups',
    help: 'Associate no security groups with the port',
  },
]

const DHCP_OPTIONS: readonly Argument[] = [
  {
    name: 'dhcpOptions',
    flags: ['--extra-dhcp-opt'],
    metavar: 'EXTRA_DHCP_OPTS',
    action: 'append',
    help: 'Extra dhcp options to be assigned to this port: opt_name=<dhcp_option_name>,opt_value=<value>, (This option can be repeated.)',
  },
]

const port: ResourceSpec = {
  resource: 'port',
  word: 'port',
  summaries: {
    show: 'Show information of a given port.',
    create: 'Create a port for a given tenant.',
    update: "Update port's information.",
    delete: 'Delete a given port.',
  },
  createArguments: () => [
    { name: 'name', flags: ['--name'], help: 'Name of this port' },
    { name: 'adminDown', flags: ['--admin-state-down'], action: 'true', help: 'Set admin state up to false' },
    { name: 'adminDown', flags: ['--admin_state_down'], action: 'true', isHidden: true },
    { name: 'mac', flags: ['--mac-address'], help: 'MAC address of this port' },
    { name: 'mac', flags: ['--mac_address'], isHidden: true },
    { name: 'device', flags: ['--device-id'], help: 'Device id of this port' },
    { name: 'device', flags: ['--device_id'], isHidden: true },
    {
      name: 'fixedIps',
      flags: ['--fixed-ip'],
      metavar: 'subnet_id=SUBNET,ip_address=IP_ADDR',
      action: 'append',
      help: 'Desired IP and/or subnet for this port: subnet_id=<name_or_id>,ip_address=<ip>, (This option can be repeated.)',
    },
    { name: 'fixedIps', flags: ['--fixed_ip'], action: 'append', isHidden: true },
    ...GROUPS,
    ...DHCP_OPTIONS,
    { name: 'network', metavar: 'NETWORK', help: 'Network id or name this port belongs to', completes: 'network' },
  ],
  createBody: portBody,
  updateArguments: [...GROUPS, ...DHCP_OPTIONS],
  updateBody: async (call) => ({ ...(await groupsBody(call)), ...dhcpBody(call) }),
}

async function portBody(call: NeutronCall): Promise<Record<string, Json>> {
  const { client, parsed } = call
  const networkId = await client.find('network', parsed.text('network'))
  const body: Record<string, Json> = { admin_state_up: !parsed.has('adminDown'), network_id: networkId }
  if (parsed.value('mac') !== null) body.mac_address = parsed.text('mac')
  if (parsed.value('device') !== null) body.device_id = parsed.text('device')
  if (parsed.value('name') !== null) body.name = parsed.text('name')
  const addresses: Json[] = []
  for (const text of parsed.values('fixedIps')) {
    const words = dictOf(text)
    if (words.subnet_id !== undefined) words.subnet_id = await client.find('subnet', words.subnet_id)
    addresses.push(words)
  }
  if (addresses.length > 0) body.fixed_ips = addresses
  return { ...body, ...(await groupsBody(call)), ...dhcpBody(call) }
}

async function groupsBody({ client, parsed }: NeutronCall): Promise<Record<string, Json>> {
  if (parsed.has('noGroups')) return { security_groups: [] }
  const ids: string[] = []
  for (const word of parsed.values('groups')) ids.push(await client.find('security_group', word))
  return ids.length === 0 ? {} : { security_groups: ids }
}

function dhcpBody({ parsed }: NeutronCall): Record<string, Json> {
  const options = parsed.values('dhcpOptions').map((text) => {
    const option = dictOf(text)
    if (option.opt_name !== undefined && option.opt_value !== undefined) return option
    throw new ClientError(
      'Invalid --extra-dhcp-opt option, can only be: opt_name=<dhcp_option_name>,opt_value=<value>, (This option can be repeated.',
    )
  })
  return options.length === 0 ? {} : { extra_dhcp_opts: options }
}

const FIXED_ADDRESS: readonly Argument[] = [
  {
    name: 'fixedAddress',
    flags: ['--fixed-ip-address'],
    help: 'IP address on the port (only required if port has multipleIPs)',
  },
  { name: 'fixedAddress', flags: ['--fixed_ip_address'], isHidden: true },
]

const floatingIp: ResourceSpec = {
  resource: 'floatingip',
  word: 'floatingip',
  isNamed: false,
  summaries: {
    show: 'Show information of a given floating ip.',
    create: 'Create a floating ip for a given tenant.',
    update: '',
    delete: 'Delete a given floating ip.',
  },
  createArguments: () => [
    {
      name: 'network',
      metavar: 'FLOATING_NETWORK',
      help: 'Network name or id to allocate floating IP from',
      completes: 'network',
    },
    { name: 'port', flags: ['--port-id'], help: 'ID of the port to be associated with the floatingip', completes: 'port' },
    { name: 'port', flags: ['--port_id'], isHidden: true },
    ...FIXED_ADDRESS,
  ],
  createBody: async ({ client, parsed }) => {
    const body: Record<string, Json> = { floating_network_id: await client.find('network', parsed.text('network')) }
    if (parsed.value('port') !== null) body.port_id = parsed.text('port')
    if (parsed.value('fixedAddress') !== null) body.fixed_ip_address = parsed.text('fixedAddress')
    return body
  },
}

const FLOATING: Argument = {
  name: 'id',
  metavar: 'FLOATINGIP_ID',
  help: 'ID of the floating IP to associate',
  completes: 'floatingip',
}

async function associate({ client, parsed, out, release }: NeutronCall): Promise<void> {
  const body: Record<string, Json> = { port_id: parsed.text('port') }
  if (parsed.value('fixedAddress') !== null) body.fixed_ip_address = parsed.text('fixedAddress')
  await client.update('floatingip', parsed.text('id'), body)
  out(`Associated ${isModernRelease(release) ? 'floating IP' : 'floatingip'} ${parsed.text('id')}\n`)
}

async function disassociate({ client, parsed, out, release }: NeutronCall): Promise<void> {
  await client.update('floatingip', parsed.text('id'), { port_id: null })
  out(`Disassociated ${isModernRelease(release) ? 'floating IP' : 'floatingip'} ${parsed.text('id')}\n`)
}

export const portCommands: readonly NeutronCommand[] = [
  listCommand({ ...PORT_LIST, name: 'port-list', summary: 'List ports that belong to a given tenant.' }),
  listCommand({
    ...PORT_LIST,
    name: 'router-port-list',
    summary: 'List ports that belong to a given tenant, with specified router.',
    operands: [{ name: 'id', metavar: 'router', help: 'ID or name of router to look up', completes: 'router' }],
    filters: async ({ client, parsed }) => [['device_id', await client.find('router', parsed.text('id'))]],
  }),
  ...commandsOf(port),
  listCommand({
    name: 'floatingip-list',
    summary: 'List floating ips that belong to a given tenant.',
    resource: 'floatingip',
    columns: withTenant(['id', 'fixed_ip_address', 'floating_ip_address', 'port_id'], 1),
  }),
  showCommand(floatingIp),
  createCommand(floatingIp),
  deleteCommand(floatingIp),
  {
    name: 'floatingip-associate',
    summary: 'Create a mapping between a floating ip and a fixed ip.',
    kind: 'act',
    arguments: () => [
      FLOATING,
      { name: 'port', metavar: 'PORT', help: 'ID or name of the port to be associated with the floatingip', completes: 'port' },
      ...FIXED_ADDRESS,
    ],
    run: associate,
  },
  {
    name: 'floatingip-disassociate',
    summary: 'Remove a mapping from a floating ip to a fixed ip.',
    kind: 'act',
    arguments: () => [FLOATING],
    run: disassociate,
  },
]
