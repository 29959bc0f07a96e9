// openstack security group, and its rules.
import { type Cell, FormattedCell, pairsText } from '../shared/cells.js'
import { ClientError } from '../shared/formatters.js'
import { isList, isObject, type Json, type JsonObject } from '../shared/python.js'
import { type OpenStackCall, type OpenStackCommand, PROJECT, TAG_FILTERS } from './command.js'
import { deleteAll, projectOf, tagsFor } from './common.js'

/** What the reader knows already, or is empty, is left out of a rule. */
function rulesText(value: Json | undefined, python: 2 | 3): Cell {
  return isList(value) ? new FormattedCell(rulesLines(value, python), value) : (value ?? null)
}

function rulesLines(value: readonly Json[], python: 2 | 3): string {
  const known = ['security_group_id', 'tenant_id', 'project_id']
  return value
    .filter(isObject)
    .map((rule) => {
      const kept = Object.entries(rule).filter(
        ([key, cell]) => Boolean(cell) && !known.includes(key) && !(isList(cell) && cell.length === 0),
      )
      return pairsText(Object.fromEntries(kept), python)
    })
    .join('\n')
}

async function groupFields(call: OpenStackCall, row: JsonObject): Promise<Record<string, Cell>> {
  const plain = (key: string): Cell => row[key] ?? null
  return {
    created_at: plain('created_at'),
    description: plain('description'),
    id: plain('id'),
    ...(await call.location(row)),
    name: plain('name'),
    project_id: row.project_id ?? row.tenant_id ?? null,
    revision_number: plain('revision_number'),
    rules: rulesText(row.security_group_rules, call.python),
    ...(call.isLater ? { stateful: plain('stateful') } : {}),
    tags: row.tags ?? [],
    updated_at: plain('updated_at'),
  }
}

async function ruleFields(call: OpenStackCall, row: JsonObject): Promise<Record<string, Cell>> {
  const plain = (key: string): Cell => row[key] ?? null
  return {
    created_at: plain('created_at'),
    description: plain('description'),
    direction: plain('direction'),
    ether_type: plain('ethertype'),
    id: plain('id'),
    ...(await call.location(row)),
    name: null,
    port_range_max: plain('port_range_max'),
    port_range_min: plain('port_range_min'),
    project_id: row.project_id ?? row.tenant_id ?? null,
    protocol: plain('protocol'),
    remote_group_id: plain('remote_group_id'),
    remote_ip_prefix: plain('remote_ip_prefix'),
    revision_number: plain('revision_number'),
    security_group_id: plain('security_group_id'),
    tags: row.tags ?? [],
    updated_at: plain('updated_at'),
  }
}

async function listGroups(call: OpenStackCall): Promise<void> {
  const rows = await call.api.list('security_group', await tagsFor(call))
  call.list(
    ['ID', 'Name', 'Description', 'Project', 'Tags'],
    rows.map((row) => [row.id!, row.name!, row.description ?? null, row.project_id ?? row.tenant_id ?? null, row.tags ?? []]),
  )
}

function isIcmp(protocol: string | null): boolean {
  return protocol !== null && ['icmp', 'icmpv6', 'ipv6-icmp', '1', '58'].includes(protocol)
}

async function createRule(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const group = await api.findId('security_group', parsed.text('group'))
  const word = (parsed.value('protocol') ?? parsed.value('proto'))?.toLowerCase() ?? null
  const protocol = word === 'any' ? null : word
  const isV6 = protocol !== null && (protocol.startsWith('ipv6-') || ['icmpv6', '41', '43', '44', '58', '59', '60'].includes(protocol))
  const ethertype = parsed.value('ethertype') ?? (isV6 ? 'IPv6' : 'IPv4')
  const body: Record<string, Json> = { protocol, direction: parsed.has('egress') ? 'egress' : 'ingress', ethertype }
  if (parsed.value('description') !== null) body.description = parsed.text('description')
  Object.assign(body, rulePorts(call, protocol))
  const remoteGroup = parsed.value('remote-group') ?? parsed.value('src-group')
  const remoteIp = parsed.value('remote-ip') ?? parsed.value('src-ip')
  if (remoteGroup !== null) body.remote_group_id = await api.findId('security_group', remoteGroup)
  else if (remoteIp !== null) body.remote_ip_prefix = remoteIp
  else if (ethertype === 'IPv4') body.remote_ip_prefix = '0.0.0.0/0'
  body.security_group_id = group
  call.show(await ruleFields(call, await api.create('security_group_rule', { ...body, ...(await projectOf(call)) })))
}

function rulePorts({ parsed }: OpenStackCall, protocol: string | null): Record<string, Json> {
  const type = parsed.value('icmp-type')
  const code = parsed.value('icmp-code')
  const ports = parsed.value('dst-port')
  if (ports !== null && (type !== null || code !== null)) {
    throw new ClientError('Argument --dst-port not allowed with arguments --icmp-type and --icmp-code')
  }
  if (type === null && code !== null) throw new ClientError('Argument --icmp-type required with argument --icmp-code')
  if (type !== null && !isIcmp(protocol)) throw new ClientError('ICMP IP protocol required with arguments --icmp-type and --icmp-code')
  const body: Record<string, Json> = {}
  if (ports !== null && !isIcmp(protocol)) {
    const [low, high] = ports.split(':').map(Number)
    if (low === undefined || Number.isNaN(low)) throw new ClientError(`Invalid range, ${ports} is not a number`)
    body.port_range_min = low
    body.port_range_max = high ?? low
  }
  if (type !== null && Number(type) >= 0) body.port_range_min = Number(type)
  if (code !== null && Number(code) >= 0) body.port_range_max = Number(code)
  return body
}

function portRange(row: JsonObject): string {
  const { port_range_min: low, port_range_max: high, protocol } = row
  const text = (value: Json | undefined): string => (value === null || value === undefined ? '' : String(value))
  if (isIcmp(typeof protocol === 'string' ? protocol : null)) {
    const type = text(low) === '' ? '' : `type=${low}`
    return text(high) === '' ? type : `${type}:code=${high}`
  }
  return text(low) === '' && text(high) === '' ? '' : `${text(low)}:${text(high)}`
}

const ETHERTYPE: readonly [string, (row: JsonObject) => Cell] = ['Ethertype', (row) => row.ethertype ?? null]

/** What a rule without a range means. */
function anywhere(row: JsonObject): Cell {
  if (row.ethertype === 'IPv4') return '0.0.0.0/0'
  return row.ethertype === 'IPv6' ? '::/0' : null
}

async function listRules(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const group = parsed.value('group')
  const query: [string, string][] = group === null ? [] : [['security_group_id', await api.findId('security_group', group)]]
  if (parsed.has('ingress')) query.push(['direction', 'ingress'])
  if (parsed.has('egress')) query.push(['direction', 'egress'])
  if (parsed.value('protocol') !== null) query.push(['protocol', parsed.text('protocol')])
  const columns: (readonly [string, (row: JsonObject) => Cell])[] = [
    ['ID', (row) => row.id!],
    ['IP Protocol', (row) => row.protocol ?? null],
    ...(call.isLater ? [ETHERTYPE] : []),
    ['IP Range', (row) => row.remote_ip_prefix ?? (call.isLater ? anywhere(row) : null)],
    ['Port Range', portRange],
  ]
  if (parsed.has('long')) columns.push(['Direction', (row) => row.direction ?? null], ...(call.isLater ? [] : [ETHERTYPE]))
  columns.push(['Remote Security Group', (row) => row.remote_group_id ?? null])
  if (group === null) columns.push(['Security Group', (row) => row.security_group_id ?? null])
  const rows = await api.list('security_group_rule', query)
  call.list(
    columns.map(([name]) => name),
    rows.map((row) => columns.map(([, cell]) => cell(row))),
  )
}

export const securityGroupCommands: readonly OpenStackCommand[] = [
  {
    words: 'security group create',
    kind: 'show',
    summary: 'Create a new security group',
    wrapsFaults: true,
    usage: `<name> [--description <description>] ${PROJECT} [--tag <tag>* | --no-tag]`,
    run: async (call) => {
      const name = call.parsed.text('name')
      const body = { name, description: call.parsed.value('description') ?? name, ...(await projectOf(call)) }
      call.show(await groupFields(call, await call.api.create('security_group', body)))
    },
  },
  {
    words: 'security group delete',
    kind: 'act',
    summary: 'Delete security group(s)',
    usage: '<group> [<group> ...]',
    run: (call) => deleteAll(call, 'security_group', 'group', 'group'),
  },
  {
    words: 'security group list',
    kind: 'list',
    summary: 'List security groups',
    wrapsFaults: true,
    usage: `?--all-projects ${PROJECT} ${TAG_FILTERS}`,
    run: listGroups,
  },
  {
    words: 'security group set',
    kind: 'act',
    summary: 'Set security group properties',
    wrapsFaults: true,
    usage: '<group> [--name <new-name>] [--description <description>] [--tag <tag>*] [--no-tag]',
    run: async (call) => {
      const row = await call.api.find('security_group', call.parsed.text('group'))
      const body: Record<string, Json> = {}
      for (const key of ['name', 'description']) if (call.parsed.value(key) !== null) body[key] = call.parsed.text(key)
      await call.api.update('security_group', row, body)
    },
  },
  {
    words: 'security group show',
    kind: 'show',
    summary: 'Display security group details',
    wrapsFaults: true,
    usage: '<group>',
    run: async (call) => call.show(await groupFields(call, await call.api.find('security_group', call.parsed.text('group')))),
  },
  {
    words: 'security group rule create',
    kind: 'show',
    summary: 'Create a new security group rule',
    wrapsFaults: true,
    usage: `<group> [--remote-ip <ip-address> | --remote-group <group>] ?--src-ip <ip-address> ?--src-group <group> [--description <description>] [--dst-port <port-range>] [--icmp-type <icmp-type>:int] [--icmp-code <icmp-code>:int] [--protocol <protocol>] ?--proto <proto> [--ingress | --egress] [--ethertype <ethertype>] ${PROJECT}`,
    run: createRule,
  },
  {
    words: 'security group rule delete',
    kind: 'act',
    summary: 'Delete security group rule(s)',
    usage: '<rule> [<rule> ...]',
    run: (call) => deleteAll(call, 'security_group_rule', 'rule', 'rule'),
  },
  {
    words: 'security group rule list',
    kind: 'list',
    summary: 'List security group rules',
    wrapsFaults: true,
    usage: '[<group>] ?--all-projects [--protocol <protocol>] [--ingress | --egress] [--long]',
    run: listRules,
  },
  {
    words: 'security group rule show',
    kind: 'show',
    summary: 'Display security group rule details',
    wrapsFaults: true,
    usage: '<rule>',
    run: async (call) => call.show(await ruleFields(call, await call.api.find('security_group_rule', call.parsed.text('rule')))),
  },
]
