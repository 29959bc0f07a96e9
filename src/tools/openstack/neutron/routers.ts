// neutron router-: routers, their interfaces and gateways.
import type { Argument } from '../../../grammar/argparse.js'
import { isObject, type Json, jsonDumps } from '../shared/python.js'
import { isModernRelease } from '../shared/release.js'
import type { NeutronCall, NeutronCommand } from './command.js'
import { type CellFormat, commandsOf, type ListSpec, listCommand, type ResourceSpec } from './resource.js'

const gatewayText: CellFormat = (row, release) => jsonDumps(row.external_gateway_info ?? null, release.python)

const ROUTER_LIST: Omit<ListSpec, 'name' | 'summary'> = {
  resource: 'router',
  columns: (release) =>
    isModernRelease(release)
      ? ['id', 'name', 'tenant_id', 'external_gateway_info', 'distributed', 'ha']
      : ['id', 'name', 'external_gateway_info'],
  formats: { external_gateway_info: gatewayText },
}

const router: ResourceSpec = {
  resource: 'router',
  word: 'router',
  summaries: {
    show: 'Show information of a given router.',
    create: 'Create a router for a given tenant.',
    update: "Update router's information.",
    delete: 'Delete a given router.',
  },
  createArguments: () => [
    { name: 'adminDown', flags: ['--admin-state-down'], action: 'true', help: 'Set Admin State Up to false' },
    { name: 'adminDown', flags: ['--admin_state_down'], action: 'true', isHidden: true },
    { name: 'name', metavar: 'NAME', help: 'Name of router to create' },
  ],
  createBody: async ({ parsed }) => ({ name: parsed.text('name'), admin_state_up: !parsed.has('adminDown') }),
}

const ROUTER: Argument = { name: 'router', metavar: 'router-id', help: 'ID of the router', completes: 'router' }

const INTERFACE: Argument = {
  name: 'interface',
  metavar: 'INTERFACE',
  help: 'The format is "SUBNET|subnet=SUBNET|port=PORT". Either a subnet or port must be specified. Both ID and name are accepted as SUBNET or PORT. Note that "subnet=" can be omitted when specifying subnet.',
  completes: 'subnet',
}

/** The router's id, and `{subnet_id: ...}` or `{port_id: ...}`. */
async function interfaceOf({ client, parsed }: NeutronCall): Promise<[string, Record<string, Json>]> {
  const text = parsed.text('interface')
  const equals = text.indexOf('=')
  const [resource, wanted] = equals < 0 ? ['subnet', text] : [text.slice(0, equals), text.slice(equals + 1)]
  const id = await client.find('router', parsed.text('router'))
  return [id, { [`${resource}_id`]: await client.find(resource, wanted) }]
}

async function addInterface(call: NeutronCall): Promise<void> {
  const [id, body] = await interfaceOf(call)
  const reply = await call.client.ask('PUT', `/routers/${id}/add_router_interface`, body)
  const port = isObject(reply) ? String(reply.port_id) : ''
  call.out(`Added interface ${port} to router ${call.parsed.text('router')}.\n`)
}

async function removeInterface(call: NeutronCall): Promise<void> {
  const [id, body] = await interfaceOf(call)
  await call.client.ask('PUT', `/routers/${id}/remove_router_interface`, body)
  call.out(`Removed interface from router ${call.parsed.text('router')}.\n`)
}

async function setGateway({ client, parsed, out }: NeutronCall): Promise<void> {
  const id = await client.find('router', parsed.text('router'))
  const gateway: Record<string, Json> = { network_id: await client.find('network', parsed.text('network')) }
  if (parsed.has('disableSnat')) gateway.enable_snat = false
  if (parsed.has('fixedIps')) gateway.external_fixed_ips = parsed.values('fixedIps').map(fixedIpOf)
  await client.update('router', id, { external_gateway_info: gateway })
  out(`Set gateway for router ${parsed.text('router')}\n`)
}

function fixedIpOf(text: string): Json {
  return Object.fromEntries(text.split(',').map((pair) => pair.split('=', 2) as [string, string]))
}

async function clearGateway({ client, parsed, out }: NeutronCall): Promise<void> {
  const id = await client.find('router', parsed.text('router'))
  await client.update('router', id, { external_gateway_info: {} })
  out(`Removed gateway from router ${parsed.text('router')}\n`)
}

export const routerCommands: readonly NeutronCommand[] = [
  listCommand({ ...ROUTER_LIST, name: 'router-list', summary: 'List routers that belong to a given tenant.' }),
  listCommand({
    ...ROUTER_LIST,
    name: 'router-list-on-l3-agent',
    summary: 'List the routers on a L3 agent.',
    operands: [{ name: 'agent', metavar: 'l3_agent', help: 'ID of the L3 agent to query', completes: 'agent' }],
    columns: () => ['id', 'name', 'external_gateway_info'],
    fetch: ({ client, parsed }, query) => client.rows(`/agents/${parsed.text('agent')}/l3-routers`, 'routers', query),
  }),
  ...commandsOf(router),
  {
    name: 'router-interface-add',
    summary: 'Add an internal network interface to a router.',
    kind: 'act',
    arguments: () => [ROUTER, INTERFACE],
    run: addInterface,
  },
  {
    name: 'router-interface-delete',
    summary: 'Remove an internal network interface from a router.',
    kind: 'act',
    arguments: () => [ROUTER, INTERFACE],
    run: removeInterface,
  },
  {
    name: 'router-gateway-set',
    summary: 'Set the external network gateway for a router.',
    kind: 'act',
    arguments: (release) => [
      ROUTER,
      {
        name: 'network',
        metavar: isModernRelease(release) ? 'EXTERNAL-NETWORK' : 'external-network-id',
        help: 'ID of the external network for the gateway',
        completes: 'network',
      },
      { name: 'disableSnat', flags: ['--disable-snat'], action: 'true', help: 'Disable Source NAT on the router gateway' },
      ...(isModernRelease(release) ? [FIXED_IP] : []),
    ],
    run: setGateway,
  },
  {
    name: 'router-gateway-clear',
    summary: 'Remove an external network gateway from a router.',
    kind: 'act',
    arguments: () => [ROUTER],
    run: clearGateway,
  },
]

const FIXED_IP: Argument = {
  name: 'fixedIps',
  flags: ['--fixed-ip'],
  metavar: 'subnet_id=SUBNET,ip_address=IP_ADDR',
  action: 'append',
  help: 'Desired IP and/or subnet on external network: subnet_id=<name_or_id>,ip_address=<ip>. You can specify both of subnet_id and ip_address or specify one of them as well. You can repeat this option.',
}
