// openstack floating ip.
import { type Cell, pairsText } from '../shared/cells.js'
import { isObject, type Json, type JsonObject } from '../shared/python.js'
import { type OpenStackCall, type OpenStackCommand, PROJECT, TAG_FILTERS } from './command.js'
import { deleteAll, filtersOf, projectOf, tagsFor } from './common.js'

async function floatingFields(call: OpenStackCall, row: JsonObject): Promise<Record<string, Cell>> {
  const plain = (key: string): Cell => row[key] ?? null
  return {
    created_at: plain('created_at'),
    description: plain('description'),
    dns_domain: plain('dns_domain'),
    dns_name: plain('dns_name'),
    fixed_ip_address: plain('fixed_ip_address'),
    floating_ip_address: plain('floating_ip_address'),
    floating_network_id: plain('floating_network_id'),
    id: plain('id'),
    ...(await call.location(row)),
    name: plain('floating_ip_address'),
    port_details: plain('port_details'),
    port_id: plain('port_id'),
    project_id: row.project_id ?? row.tenant_id ?? null,
    qos_policy_id: plain('qos_policy_id'),
    revision_number: plain('revision_number'),
    router_id: plain('router_id'),
    status: plain('status'),
    subnet_id: plain('subnet_id'),
    tags: plain('tags'),
    updated_at: plain('updated_at'),
  }
}

async function createFloating(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const body: Record<string, Json> = { floating_network_id: await api.findId('network', parsed.text('network')) }
  if (parsed.value('subnet') !== null) body.subnet_id = await api.findId('subnet', parsed.text('subnet'))
  if (parsed.value('port') !== null) body.port_id = await api.findId('port', parsed.text('port'))
  const plain = { 'floating-ip-address': 'floating_ip_address', 'fixed-ip-address': 'fixed_ip_address', description: 'description' }
  for (const [option, key] of Object.entries(plain)) if (parsed.value(option) !== null) body[key] = parsed.text(option)
  call.show(await floatingFields(call, await api.create('floatingip', { ...body, ...(await projectOf(call)) })))
}

async function listFloating(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const query: [string, string][] = []
  const found = { network: 'floating_network_id', port: 'port_id', router: 'router_id' } as const
  for (const [resource, key] of Object.entries(found)) {
    if (parsed.value(resource) !== null) query.push([key, await api.findId(resource, parsed.text(resource))])
  }
  query.push(
    ...filtersOf(parsed, { 'fixed-ip-address': 'fixed_ip_address', 'floating-ip-address': 'floating_ip_address', status: 'status' }),
  )
  query.push(...(await tagsFor(call)))
  const keys = ['id', 'floating_ip_address', 'fixed_ip_address', 'port_id', 'floating_network_id', 'project_id']
  const longKeys = ['router_id', 'status', 'description', 'tags', 'dns_name', 'dns_domain']
  const columns = ['ID', 'Floating IP Address', 'Fixed IP Address', 'Port', 'Floating Network', 'Project']
  const longColumns = ['Router', 'Status', 'Description', 'Tags', 'DNS Name', 'DNS Domain']
  const isLong = parsed.has('long')
  const rows = await api.list('floatingip', query)
  call.list(
    isLong ? [...columns, ...longColumns] : columns,
    rows.map((row) =>
      (isLong ? [...keys, ...longKeys] : keys).map((key) => row[key] ?? (key === 'project_id' ? (row.tenant_id ?? null) : null)),
    ),
  )
}

async function setFloating(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const row = await api.find('floatingip', parsed.text('floating-ip'))
  const body: Record<string, Json> = {}
  if (parsed.value('port') !== null) body.port_id = await api.findId('port', parsed.text('port'))
  if (parsed.value('fixed-ip-address') !== null) body.fixed_ip_address = parsed.text('fixed-ip-address')
  await api.update('floatingip', row, body)
}

export const floatingCommands: readonly OpenStackCommand[] = [
  {
    words: 'floating ip create',
    kind: 'show',
    summary: 'Create floating IP',
    wrapsFaults: true,
    usage:
      '<network> [--subnet <subnet>] [--port <port>] [--floating-ip-address <ip-address>] [--fixed-ip-address <ip-address>] [--qos-policy <qos-policy>] [--description <description>] [--project <project>] [--dns-domain <dns-domain>] [--dns-name <dns-name>] [--project-domain <project-domain>] [--tag <tag>* | --no-tag]',
    run: createFloating,
  },
  {
    words: 'floating ip delete',
    kind: 'act',
    summary: 'Delete floating IP(s)',
    usage: '<floating-ip> [<floating-ip> ...]',
    run: (call) => deleteAll(call, 'floatingip', 'floating-ip', 'floating_ip'),
  },
  {
    words: 'floating ip list',
    kind: 'list',
    summary: 'List floating IP(s)',
    wrapsFaults: true,
    usage: `[--network <network>] [--port <port>] [--fixed-ip-address <ip-address>] [--floating-ip-address <ip-address>] [--long] [--status <status>] ${PROJECT} [--router <router>] ${TAG_FILTERS}`,
    run: listFloating,
  },
  {
    words: 'floating ip set',
    kind: 'act',
    summary: 'Set floating IP Properties',
    usage:
      '<floating-ip> [--port <port>] [--fixed-ip-address <ip-address>] [--qos-policy <qos-policy> | --no-qos-policy] [--tag <tag>*] [--no-tag]',
    run: setFloating,
  },
  {
    words: 'floating ip show',
    kind: 'show',
    summary: 'Display floating IP details',
    wrapsFaults: true,
    usage: '<floating-ip>',
    run: async (call) => {
      const row = await call.api.find('floatingip', call.parsed.text('floating-ip'))
      call.show({
        ...(await floatingFields(call, row)),
        port_details: isObject(row.port_details) ? pairsText(row.port_details, call.python) : (row.port_details ?? null),
      })
    },
  },
  {
    words: 'floating ip unset',
    kind: 'act',
    summary: 'Unset floating IP Properties',
    usage: '<floating-ip> [--port] [--qos-policy] [--tag <tag>* | --all-tag]',
    run: async (call) => {
      const row = await call.api.find('floatingip', call.parsed.text('floating-ip'))
      await call.api.update('floatingip', row, call.parsed.has('port') ? { port_id: null } : {})
    },
  },
]
