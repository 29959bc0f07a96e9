// neutron security-group-, security-group-rule-.

import type { Argument } from '../../../grammar/argparse.js'
import { ownOf } from '../../../grammar/own-of.js'
import { isList, isObject, type Json, type JsonObject } from '../shared/python.js'
import { isModernRelease } from '../shared/release.js'
import type { NeutronCall, NeutronCommand } from './command.js'
import { type CellFormat, commandsOf, createCommand, deleteCommand, listCommand, type ResourceSpec, showCommand } from './resource.js'

const DESCRIPTION: readonly Argument[] = [{ name: 'description', flags: ['--description'], help: 'Description of security group' }]

const group: ResourceSpec = {
  resource: 'security_group',
  word: 'security-group',
  indent: (release) => (isModernRelease(release) ? 5 : null),
  summaries: {
    show: 'Show information of a given security group.',
    create: 'Create a security group.',
    update: 'Update a given security group.',
    delete: 'Delete a given security group.',
  },
  createArguments: () => [{ name: 'name', metavar: 'NAME', help: 'Name of security group' }, ...DESCRIPTION],
  createBody: async ({ parsed }) => ({ name: parsed.text('name'), ...descriptionOf(parsed.value('description')) }),
  updateArguments: [{ name: 'name', flags: ['--name'], help: 'Name of security group' }, ...DESCRIPTION],
  updateBody: async ({ parsed }) => ({
    ...(parsed.value('name') === null ? {} : { name: parsed.text('name') }),
    ...descriptionOf(parsed.value('description')),
  }),
}

function descriptionOf(text: string | null): Record<string, Json> {
  return text === null ? {} : { description: text }
}

/** `80/tcp`, `icmp`, or null for anything. */
function portText(rule: JsonObject): string | null {
  const { protocol, port_range_min: low, port_range_max: high } = rule
  const number = Number(protocol)
  if (protocol === null || protocol === undefined) return null
  if (protocol === 'icmp' || protocol === 'icmpv6' || (low === null && high === null) || number === 1) {
    if (protocol !== 'icmp' || (low === null && high === null)) return String(protocol)
    return `${protocol} (type:${low}${high === null ? '' : `, code:${high}`})`
  }
  return `${low === high ? low : `${low}-${high}`}/${protocol}`
}

/** `ingress, IPv4, 80/tcp, remote_ip_prefix: 0.0.0.0/0`, one rule a line, sorted. */
const ruleLines: CellFormat = (row) => {
  const rules = row.security_group_rules
  if (!isList(rules)) return ''
  return rules
    .filter(isObject)
    .map((rule) => {
      const parts = [String(rule.direction), String(rule.ethertype)]
      const ports = portText(rule)
      if (ports !== null) parts.push(ports)
      if (typeof rule.remote_ip_prefix === 'string') parts.push(`remote_ip_prefix: ${rule.remote_ip_prefix}`)
      if (typeof rule.remote_group_id === 'string') parts.push(`remote_group_id: ${rule.remote_group_id}`)
      return parts.join(', ')
    })
    .sort()
    .join('\n')
}

const RULE_NAMES: Readonly<Record<string, string>> = { security_group_id: 'security_group', remote_group_id: 'remote_group' }

/** Names of groups for their ids; for the later client its two columns made of several. */
async function withGroupNames(call: NeutronCall, rows: JsonObject[]): Promise<JsonObject[]> {
  const made = rows.map((rule) => ({ ...rule, protocol_port: portText(rule) ?? '' }) as JsonObject)
  if (call.parsed.has('noNames')) return made.map((rule) => ({ ...rule, remote: remoteText(rule) }))
  const ids = [...new Set(rows.flatMap((rule) => Object.keys(RULE_NAMES).map((key) => rule[key])))].filter((id) => typeof id === 'string')
  const query = [['fields', 'id'], ['fields', 'name'], ...ids.map((id) => ['id', String(id)])] as [string, string][]
  const names = new Map((await call.client.list('security_group', query)).map((row) => [row.id, String(row.name)]))
  const named = (id: Json | undefined): Json => names.get(id as Json) || (id ?? null)
  return made.map((rule) => {
    const withNames = { ...rule, security_group_id: named(rule.security_group_id), remote_group_id: named(rule.remote_group_id) }
    return { ...withNames, remote: remoteText(withNames) }
  })
}

function remoteText(rule: JsonObject): string {
  if (typeof rule.remote_ip_prefix === 'string') return `${rule.remote_ip_prefix} (CIDR)`
  return typeof rule.remote_group_id === 'string' ? `${rule.remote_group_id} (group)` : ''
}

const rule: ResourceSpec = {
  resource: 'security_group_rule',
  word: 'security-group-rule',
  isNamed: false,
  summaries: {
    show: 'Show information of a given security group rule.',
    create: 'Create a security group rule.',
    update: '',
    delete: 'Delete a given security group rule.',
  },
  createArguments: () => [
    { name: 'group', metavar: 'SECURITY_GROUP', help: 'Security group name or id to add rule.', completes: 'security_group' },
    {
      name: 'direction',
      flags: ['--direction'],
      choices: ['ingress', 'egress'],
      help: 'Direction of traffic: ingress/egress',
    },
    { name: 'ethertype', flags: ['--ethertype'], help: 'IPv4/IPv6', completes: ['IPv4', 'IPv6'] },
    { name: 'protocol', flags: ['--protocol'], help: 'Protocol of packet', completes: ['tcp', 'udp', 'icmp'] },
    { name: 'portMin', flags: ['--port-range-min'], help: 'Starting port range' },
    { name: 'portMin', flags: ['--port_range_min'], isHidden: true },
    { name: 'portMax', flags: ['--port-range-max'], help: 'Ending port range' },
    { name: 'portMax', flags: ['--port_range_max'], isHidden: true },
    { name: 'prefix', flags: ['--remote-ip-prefix'], help: 'CIDR to match on' },
    { name: 'prefix', flags: ['--remote_ip_prefix'], isHidden: true },
    {
      name: 'remoteGroup',
      flags: ['--remote-group-id'],
      metavar: 'REMOTE_GROUP',
      help: 'Remote security group name or id to apply rule',
      completes: 'security_group',
    },
    { name: 'remoteGroup', flags: ['--remote_group_id'], isHidden: true },
  ],
  createBody: ruleBody,
}

async function ruleBody({ client, parsed }: NeutronCall): Promise<Record<string, Json>> {
  const body: Record<string, Json> = {
    security_group_id: await client.find('security_group', parsed.text('group')),
    direction: parsed.value('direction') ?? 'ingress',
    ethertype: parsed.value('ethertype') ?? 'IPv4',
  }
  const optional = { protocol: 'protocol', portMin: 'port_range_min', portMax: 'port_range_max', prefix: 'remote_ip_prefix' }
  for (const [name, key] of Object.entries(optional)) if (parsed.value(name)) body[key] = parsed.text(name)
  if (parsed.value('remoteGroup')) body.remote_group_id = await client.find('security_group', parsed.text('remoteGroup'))
  return body
}

export const securityGroupCommands: readonly NeutronCommand[] = [
  listCommand({
    name: 'security-group-list',
    summary: 'List security groups that belong to a given tenant.',
    resource: 'security_group',
    columns: (release) => (isModernRelease(release) ? ['id', 'name', 'tenant_id', 'security_group_rules'] : ['id', 'name', 'description']),
    formats: { security_group_rules: ruleLines },
  }),
  ...commandsOf(group),
  listCommand({
    name: 'security-group-rule-list',
    summary: 'List security group rules that belong to a given tenant.',
    resource: 'security_group_rule',
    options: [{ name: 'noNames', flags: ['--no-nameconv'], action: 'true', help: 'Do not convert security group ID to its name' }],
    columns: (release) =>
      isModernRelease(release)
        ? ['id', 'tenant_id', 'security_group_id', 'direction', 'ethertype', 'protocol_port', 'remote']
        : ['id', 'security_group_id', 'direction', 'protocol', 'remote_ip_prefix', 'remote_group_id'],
    formats: {
      protocol_port: (row) => row.protocol_port || 'any',
      remote: (row) => row.remote || 'any',
    },
    extend: withGroupNames,
    rename: (call, column) => {
      if (column === 'protocol_port') return 'port/protocol'
      return call.parsed.has('noNames') ? column : (ownOf(RULE_NAMES, column) ?? column)
    },
  }),
  showCommand(rule),
  createCommand(rule),
  deleteCommand(rule),
]
