// openstack network agent.
import { ownOf } from '../../../grammar/own-of.js'
import { type Cell, FormattedCell } from '../shared/cells.js'
import { ClientError } from '../shared/formatters.js'
import { isObject, type Json, type JsonObject } from '../shared/python.js'
import { queryText, ServiceFault } from './api.js'
import type { OpenStackCall, OpenStackCommand } from './command.js'
import { switchOf, upDown } from './common.js'

const TYPES: Readonly<Record<string, string>> = {
  bgp: 'BGP dynamic routing agent',
  dhcp: 'DHCP agent',
  'open-vswitch': 'Open vSwitch agent',
  'linux-bridge': 'Linux bridge agent',
  ofa: 'OFA driver agent',
  l3: 'L3 agent',
  loadbalancer: 'Loadbalancer agent',
  metering: 'Metering agent',
  metadata: 'Metadata agent',
  macvtap: 'Macvtap agent',
  nic: 'NIC Switch agent',
}

function face(row: JsonObject): Cell {
  return new FormattedCell(row.alive === true ? ':-)' : 'XXX', row.alive === true)
}

async function listAgents(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const network = parsed.value('network')
  const router = parsed.value('router')
  let rows: JsonObject[]
  if (network !== null) rows = await agentsOf(call, `/networks/${await api.findId('network', network)}/dhcp-agents`)
  else if (router !== null) rows = await agentsOf(call, `/routers/${await api.findId('router', router)}/l3-agents`)
  else {
    const query: [string, string][] = []
    const type = parsed.value('agent-type')
    if (type !== null) query.push(['agent_type', ownOf(TYPES, type) ?? type])
    if (parsed.value('host') !== null) query.push(['host', parsed.text('host')])
    rows = await api.list('agent', query)
  }
  const hasState = router !== null && parsed.has('long')
  const columns = ['ID', 'Agent Type', 'Host', 'Availability Zone', 'Alive', 'State', 'Binary', ...(hasState ? ['HA State'] : [])]
  call.list(
    columns,
    rows.map((row): Cell[] => {
      const cells: Cell[] = [row.id!, row.agent_type ?? null, row.host ?? null, row.availability_zone ?? null]
      cells.push(face(row), upDown(row.admin_state_up), row.binary ?? null)
      return hasState ? [...cells, row.ha_state ?? null] : cells
    }),
  )
}

async function agentsOf({ api }: OpenStackCall, path: string): Promise<JsonObject[]> {
  const reply = await api.network('GET', path + queryText([]))
  return (isObject(reply) ? reply.agents : []) as unknown as JsonObject[]
}

/** By id, without a second look: the SDK's get tells why not. */
async function agentOf({ api, parsed }: OpenStackCall): Promise<JsonObject> {
  const id = parsed.text('network-agent')
  try {
    const reply = await api.network('GET', `/agents/${encodeURIComponent(id)}`)
    return (isObject(reply) ? reply.agent : {}) as JsonObject
  } catch (error) {
    if (!(error instanceof ServiceFault) || error.status !== 404) throw error
    throw new ServiceFault(404, `No Agent found for ${id}: ${error.message.replace(/^\w+: \d+: /, '')}`)
  }
}

async function showAgent(call: OpenStackCall): Promise<void> {
  const row = await agentOf(call)
  const plain = (key: string): Cell => row[key] ?? null
  call.show({
    admin_state_up: upDown(row.admin_state_up),
    agent_type: plain('agent_type'),
    alive: face(row),
    availability_zone: plain('availability_zone'),
    binary: plain('binary'),
    configuration: plain('configurations'),
    created_at: plain('created_at'),
    description: plain('description'),
    ha_state: plain('ha_state'),
    host: plain('host'),
    id: plain('id'),
    last_heartbeat_at: plain('heartbeat_timestamp'),
    ...(await call.location({}, row.availability_zone ?? null)),
    name: null,
    resources_synced: plain('resources_synced'),
    started_at: plain('started_at'),
    topic: plain('topic'),
  })
}

async function deleteAgents(call: OpenStackCall): Promise<void> {
  const wanted = call.parsed.values('network-agent')
  let failed = 0
  for (const id of wanted) {
    try {
      await call.api.network('DELETE', `/agents/${id}`)
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      failed++
      call.proc.error(`Failed to delete network agent with ID '${id}': ${error.message}`)
    }
  }
  if (failed > 0) throw new ClientError(`${failed} of ${wanted.length} network agents failed to delete.`)
}

async function schedule(call: OpenStackCall, resource: 'network' | 'router', isAdd: boolean): Promise<void> {
  const { parsed, api } = call
  const agent = parsed.text('agent-id')
  const id = await api.findId(resource, parsed.text(resource))
  if (!parsed.has(resource === 'network' ? 'dhcp' : 'l3')) return
  const path = `/agents/${agent}/${resource === 'network' ? 'dhcp-networks' : 'l3-routers'}`
  if (isAdd) await api.network('POST', path, { [`${resource}_id`]: id })
  else await api.network('DELETE', `${path}/${id}`)
}

export const agentCommands: readonly OpenStackCommand[] = [
  {
    words: 'network agent list',
    kind: 'list',
    summary: 'List network agents',
    usage: '[--agent-type <agent-type>] [--host <host>] [--network <network> | --router <router>] [--long]',
    run: listAgents,
  },
  {
    words: 'network agent show',
    kind: 'show',
    summary: 'Display network agent details',
    usage: '<network-agent>',
    run: showAgent,
  },
  {
    words: 'network agent set',
    kind: 'act',
    summary: 'Set network agent properties',
    usage: '<network-agent> [--description <description>] [--enable | --disable]',
    run: async (call) => {
      const row = await call.api.find('agent', call.parsed.text('network-agent'))
      const body: Record<string, Json> = {}
      if (call.parsed.value('description') !== null) body.description = call.parsed.text('description')
      switchOf(call.parsed, body, 'admin_state_up', 'enable', 'disable')
      await call.api.update('agent', row, body)
    },
  },
  {
    words: 'network agent delete',
    kind: 'act',
    summary: 'Delete network agent(s)',
    usage: '<network-agent> [<network-agent> ...]',
    run: deleteAgents,
  },
  {
    words: 'network agent add network',
    kind: 'act',
    summary: 'Add network to an agent',
    usage: '[--dhcp] <agent-id> <network>',
    run: (call) => schedule(call, 'network', true),
  },
  {
    words: 'network agent remove network',
    kind: 'act',
    summary: 'Remove network from an agent.',
    usage: '[--dhcp] <agent-id> <network>',
    run: (call) => schedule(call, 'network', false),
  },
  {
    words: 'network agent add router',
    kind: 'act',
    summary: 'Add router to an agent',
    usage: '[--l3] <agent-id> <router>',
    run: (call) => schedule(call, 'router', true),
  },
  {
    words: 'network agent remove router',
    kind: 'act',
    summary: 'Remove router from an agent',
    usage: '[--l3] <agent-id> <router>',
    run: (call) => schedule(call, 'router', false),
  },
]
