// neutron agent-, ext-, quota-, and who hosts what: the administrator's side.
import type { Argument } from '../../../grammar/argparse.js'
import { ClientError, formatListing } from '../shared/formatters.js'
import { isObject, type Json, type JsonObject } from '../shared/python.js'
import { isModernRelease } from '../shared/release.js'
import type { NeutronCall, NeutronCommand } from './command.js'
import { deleteCommand, listCommand, printObject, type ResourceSpec, showCommand, TENANT, updateCommand } from './resource.js'

const agent: ResourceSpec = {
  resource: 'agent',
  word: 'agent',
  isNamed: false,
  indent: () => 5,
  summaries: {
    show: 'Show information of a given agent.',
    create: '',
    update: 'Update a given agent.',
    delete: 'Delete a given agent.',
  },
  createArguments: () => [],
  createBody: async () => ({}),
}

async function withFaces(_: NeutronCall, rows: JsonObject[]): Promise<JsonObject[]> {
  return rows.map((row) => ('alive' in row ? { ...row, alive: row.alive === true ? ':-)' : 'xxx' } : row))
}

const HOSTS = ['id', 'host', 'admin_state_up', 'alive']

function hostingCommand(name: string, summary: string, resource: 'network' | 'router', agents: string): NeutronCommand {
  return listCommand({
    name,
    summary,
    resource: 'agent',
    isPaged: false,
    operands: [{ name: 'of', metavar: resource, help: `${resource === 'network' ? 'Network' : 'Router'} to query`, completes: resource }],
    columns: (release) => (isModernRelease(release) && resource === 'router' ? [...HOSTS, 'ha_state'] : HOSTS),
    extend: withFaces,
    fetch: async ({ client, parsed }) => client.rows(`/${resource}s/${await client.find(resource, parsed.text('of'))}/${agents}`, 'agents'),
  })
}

interface Schedule {
  readonly name: string
  readonly summary: string
  readonly agent: 'dhcp_agent' | 'l3_agent'
  readonly resource: 'network' | 'router'
  readonly isAdd: boolean
  readonly done: (what: string) => string
}

function scheduleCommand(spec: Schedule): NeutronCommand {
  const path = spec.resource === 'network' ? 'dhcp-networks' : 'l3-routers'
  const named = `${spec.resource === 'network' ? 'Network' : 'Router'} to ${spec.isAdd ? 'add' : 'remove'}`
  return {
    name: spec.name,
    summary: spec.summary,
    kind: 'act',
    arguments: () => [
      { name: 'agent', metavar: spec.agent, help: `ID of the ${spec.agent === 'l3_agent' ? 'L3' : 'DHCP'} agent`, completes: 'agent' },
      { name: 'what', metavar: spec.resource, help: named, completes: spec.resource },
    ],
    run: async ({ client, parsed, out }) => {
      const id = await client.find(spec.resource, parsed.text('what'))
      const base = `/agents/${parsed.text('agent')}/${path}`
      if (spec.isAdd) await client.ask('POST', base, { [`${spec.resource}_id`]: id })
      else await client.ask('DELETE', `${base}/${id}`)
      out(`${spec.done(parsed.text('what'))}\n`)
    },
  }
}

const extension: ResourceSpec = {
  resource: 'extension',
  word: 'ext',
  isNamed: false,
  summaries: { show: 'Show information of a given resource.', create: '', update: '', delete: '' },
  createArguments: () => [],
  createBody: async () => ({}),
}

const QUOTAS = ['network', 'subnet', 'port', 'router', 'floatingip', 'security_group', 'security_group_rule'] as const

const QUOTA_OPTIONS: readonly Argument[] = QUOTAS.map((name) => ({
  name,
  flags: [`--${name.replace(/_/g, '-')}`],
  metavar: `${name}s`,
  help: `The limit of ${name === 'floatingip' ? 'floating IPs' : `${name.replace(/_/g, ' ')}s`}`,
}))

const QUOTA_TENANT: readonly Argument[] = TENANT.map((argument) =>
  argument.metavar === undefined ? argument : { ...argument, metavar: 'tenant-id' },
)

async function quotaOf({ client, parsed }: NeutronCall): Promise<string> {
  return parsed.value('tenantId') ?? (await client.tenantId())
}

async function updateQuota(call: NeutronCall): Promise<void> {
  const values: Record<string, Json> = {}
  for (const name of QUOTAS) {
    const word = call.parsed.value(name)
    if (word === null) continue
    if (!/^-?\d+$/.test(word)) throw new ClientError(`Quota limit for ${name} must be an integer`)
    values[name] = Number(word)
  }
  const reply = await call.client.ask('PUT', `/quotas/${await quotaOf(call)}`, { quota: values })
  printObject(call, (isObject(reply) ? reply.quota : {}) as JsonObject)
}

async function listQuotas(call: NeutronCall): Promise<void> {
  const rows = await call.client.rows('/quotas', 'quotas')
  const columns = Object.keys(rows[0] ?? {}).sort()
  const listing = { columns, rows: rows.map((row) => columns.map((column) => row[column] ?? '')) }
  call.out(formatListing(listing, call.parsed, call.release))
}

export const agentCommands: readonly NeutronCommand[] = [
  listCommand({
    name: 'agent-list',
    summary: 'List agents.',
    resource: 'agent',
    isPaged: false,
    columns: (release) =>
      isModernRelease(release)
        ? ['id', 'agent_type', 'host', 'availability_zone', 'alive', 'admin_state_up', 'binary']
        : ['id', 'agent_type', 'host', 'alive', 'admin_state_up'],
    formats: { heartbeat_timestamp: (row) => String(row.heartbeat_timestamp ?? '').split('.')[0]! },
    extend: withFaces,
  }),
  showCommand(agent),
  updateCommand(agent),
  deleteCommand(agent),
  hostingCommand('dhcp-agent-list-hosting-net', 'List DHCP agents hosting a network.', 'network', 'dhcp-agents'),
  hostingCommand('l3-agent-list-hosting-router', 'List L3 agents hosting a router.', 'router', 'l3-agents'),
  scheduleCommand({
    name: 'dhcp-agent-network-add',
    summary: 'Add a network to a DHCP agent.',
    agent: 'dhcp_agent',
    resource: 'network',
    isAdd: true,
    done: (what) => `Added network ${what} to DHCP agent`,
  }),
  scheduleCommand({
    name: 'dhcp-agent-network-remove',
    summary: 'Remove a network from a DHCP agent.',
    agent: 'dhcp_agent',
    resource: 'network',
    isAdd: false,
    done: (what) => `Removed network ${what} to DHCP agent`,
  }),
  scheduleCommand({
    name: 'l3-agent-router-add',
    summary: 'Add a router to a L3 agent.',
    agent: 'l3_agent',
    resource: 'router',
    isAdd: true,
    done: (what) => `Added router ${what} to L3 agent`,
  }),
  scheduleCommand({
    name: 'l3-agent-router-remove',
    summary: 'Remove a router from a L3 agent.',
    agent: 'l3_agent',
    resource: 'router',
    isAdd: false,
    done: (what) => `Removed Router ${what} to L3 agent`,
  }),
  listCommand({
    name: 'ext-list',
    summary: 'List all extensions.',
    resource: 'extension',
    isPaged: false,
    columns: () => ['alias', 'name'],
  }),
  showCommand(extension),
  {
    name: 'quota-list',
    summary: 'List quotas of all tenants who have non-default quota values.',
    kind: 'list',
    arguments: () => [],
    run: listQuotas,
  },
  {
    name: 'quota-show',
    summary: 'Show quotas of a given tenant',
    kind: 'show',
    arguments: () => QUOTA_TENANT,
    run: async (call) => {
      const reply = await call.client.ask('GET', `/quotas/${await quotaOf(call)}`)
      printObject(call, (isObject(reply) ? reply.quota : {}) as JsonObject)
    },
  },
  {
    name: 'quota-update',
    summary: "Define tenant's quotas not to use defaults.",
    kind: 'show',
    arguments: () => [...QUOTA_TENANT, ...QUOTA_OPTIONS],
    run: updateQuota,
  },
  {
    name: 'quota-delete',
    summary: 'Delete defined quotas of a given tenant.',
    kind: 'act',
    arguments: () => QUOTA_TENANT,
    run: async (call) => {
      const id = await quotaOf(call)
      await call.client.ask('DELETE', `/quotas/${id}`)
      call.out(`Deleted quota: ${id}\n`)
    },
  },
]
