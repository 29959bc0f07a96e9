// nova flavor-, image-, floating-ip-, secgroup-, keypair- and network- commands: everything that is not a server.
import { prettyTable } from '../pretty-table.js'
import type { Json, NovaContext, NovaSubcommand } from './command.js'
import { NovaError, option } from './command.js'

const STYLE = { centreHeadings: true }

function table({ proc }: NovaContext, headings: readonly string[], rows: readonly (readonly unknown[])[]): void {
  const texts = rows.map((row) => row.map((cell) => (cell === null || cell === undefined ? 'None' : String(cell))))
  for (const line of prettyTable(headings, texts, STYLE)) proc.line(line)
}

export const objectCommands: readonly NovaSubcommand[] = [
  { name: 'flavor-list', summary: "Print a list of available 'flavors' (sizes of servers).", operands: [], run: flavorList },
  { name: 'image-list', summary: 'Print a list of available images to boot from.', operands: [], run: imageList },
  { name: 'network-list', summary: 'Print a list of available networks.', operands: [], run: networkList },
  { name: 'floating-ip-create', summary: 'Allocate a floating IP for the current tenant.', operands: ['[pool]'], run: floatingCreate },
  { name: 'floating-ip-delete', summary: 'De-allocate a floating IP.', operands: ['address'], run: floatingDelete },
  { name: 'floating-ip-list', summary: 'List floating ips for this tenant.', operands: [], run: floatingList },
  { name: 'floating-ip-pool-list', summary: 'List all floating ip pools.', operands: [], run: floatingPools },
  { name: 'secgroup-create', summary: 'Create a security group.', operands: ['name', 'description'], run: groupCreate },
  { name: 'secgroup-delete', summary: 'Delete a security group.', operands: ['secgroup'], run: groupDelete },
  { name: 'secgroup-list', summary: 'List security groups for the current tenant.', operands: [], run: groupList },
  { name: 'secgroup-list-rules', summary: 'List rules for a security group.', operands: ['secgroup'], run: groupRules },
  {
    name: 'secgroup-add-rule',
    summary: 'Add a rule to a security group.',
    operands: ['secgroup', 'ip_proto', 'from_port', 'to_port', 'cidr'],
    run: (context) => addRule(context, { cidr: context.operands.get('cidr') }),
  },
  {
    name: 'secgroup-delete-rule',
    summary: 'Delete a rule from a security group.',
    operands: ['secgroup', 'ip_proto', 'from_port', 'to_port', 'cidr'],
    run: (context) => deleteRule(context, { cidr: context.operands.get('cidr') }),
  },
  {
    name: 'secgroup-add-group-rule',
    summary: 'Add a source group rule to a security group.',
    operands: ['secgroup', 'source_group', '[ip_proto]', '[from_port]', '[to_port]'],
    options: portOptions(),
    run: async (context) => addRule(context, { group_id: (await groupNamed(context, 'source_group')).id }),
  },
  {
    name: 'secgroup-delete-group-rule',
    summary: 'Delete a source group rule from a security group.',
    operands: ['secgroup', 'source_group', '[ip_proto]', '[from_port]', '[to_port]'],
    options: portOptions(),
    run: (context) => deleteRule(context, { group: context.operands.get('source_group') }),
  },
  { name: 'keypair-list', summary: 'Print a list of keypairs for a user.', operands: [], run: keypairList },
  {
    name: 'keypair-add',
    summary: 'Create a new key pair for use with instances.',
    operands: ['name'],
    options: [{ name: 'publicKey', flags: ['--pub_key', '--pub-key'], metavar: '<pub_key>' }],
    run: keypairAdd,
  },
  { name: 'keypair-delete', summary: 'Delete keypair by its id.', operands: ['name'], run: keypairDelete },
]

function portOptions(): NovaSubcommand['options'] {
  return [
    { name: 'ip_proto', flags: ['--ip_proto', '--ip-proto'], metavar: '<ip_proto>' },
    { name: 'from_port', flags: ['--from_port', '--from-port'], metavar: '<from_port>' },
    { name: 'to_port', flags: ['--to_port', '--to-port'], metavar: '<to_port>' },
  ]
}

async function flavorList(context: NovaContext): Promise<void> {
  const flavors = (await context.client.get('/flavors/detail')).flavors as Json[]
  const rows = flavors.map((row) => [row.id, row.name, row.ram, row.disk, row.disk === 0 ? 0 : 20, '', row.vcpus, '1.0'])
  table(context, ['ID', 'Name', 'Memory_MB', 'Disk', 'Ephemeral', 'Swap', 'VCPUs', 'RXTX_Factor'], rows)
}

async function imageList(context: NovaContext): Promise<void> {
  const images = (await context.client.get('/images/detail')).images as Json[]
  table(
    context,
    ['ID', 'Name', 'Status', 'Server'],
    images.map((row) => [row.id, row.name, row.status, '']),
  )
}

async function networkList(context: NovaContext): Promise<void> {
  const networks = (await context.client.get('/os-networks')).networks as Json[]
  table(
    context,
    ['ID', 'Label', 'Cidr'],
    networks.map((row) => [row.id, row.label, row.cidr]),
  )
}

function floatingTable(context: NovaContext, rows: readonly Json[]): void {
  table(
    context,
    ['Ip', 'Instance Id', 'Fixed Ip', 'Pool'],
    rows.map((row) => [row.ip, row.instance_id, row.fixed_ip, row.pool]),
  )
}

async function floatingCreate(context: NovaContext): Promise<void> {
  const pool = context.operands.get('pool')
  const reply = await context.client.post('/os-floating-ips', pool === undefined ? {} : { pool })
  floatingTable(context, [reply.floating_ip as Json])
}

async function floatingRows({ client }: NovaContext): Promise<Json[]> {
  return (await client.get('/os-floating-ips')).floating_ips as Json[]
}

async function floatingDelete(context: NovaContext): Promise<void> {
  const wanted = context.operands.get('address')
  const row = (await floatingRows(context)).find(({ ip }) => ip === wanted)
  if (row === undefined) throw new NovaError(`Floating ip ${wanted} not found.`)
  await context.client.delete(`/os-floating-ips/${row.id}`)
}

async function floatingList(context: NovaContext): Promise<void> {
  floatingTable(context, await floatingRows(context))
}

async function floatingPools(context: NovaContext): Promise<void> {
  const pools = (await context.client.get('/os-floating-ip-pools')).floating_ip_pools as Json[]
  table(
    context,
    ['name'],
    pools.map(({ name }) => [name]),
  )
}

async function groupNamed({ client, operands }: NovaContext, operand: string): Promise<Json & { rules: Json[] }> {
  const wanted = operands.get(operand)
  const groups = (await client.get('/os-security-groups')).security_groups as (Json & { rules: Json[] })[]
  const found = groups.find(({ name }) => name === wanted)
  if (found === undefined) throw new NovaError(`Secgroup ID or name '${wanted}' not found.`)
  return found
}

async function groupCreate(context: NovaContext): Promise<void> {
  const { operands, client } = context
  const reply = await client.post('/os-security-groups', {
    security_group: { name: operands.get('name'), description: operands.get('description') },
  })
  const group = reply.security_group as Json
  table(context, ['Name', 'Description'], [[group.name, group.description]])
}

async function groupDelete(context: NovaContext): Promise<void> {
  const { id } = await groupNamed(context, 'secgroup')
  await context.client.delete(`/os-security-groups/${id}`)
}

async function groupList(context: NovaContext): Promise<void> {
  const groups = (await context.client.get('/os-security-groups')).security_groups as Json[]
  const rows = groups.map((group) => [group.name, group.description])
  rows.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))
  table(context, ['Name', 'Description'], rows)
}

function ruleTable(context: NovaContext, rules: readonly Json[]): void {
  const rows = rules.map((rule) => [
    rule.ip_protocol,
    rule.from_port,
    rule.to_port,
    (rule.ip_range as Json).cidr ?? '',
    (rule.group as Json).name ?? '',
  ])
  table(context, ['IP Protocol', 'From Port', 'To Port', 'IP Range', 'Source Group'], rows)
}

async function groupRules(context: NovaContext): Promise<void> {
  ruleTable(context, (await groupNamed(context, 'secgroup')).rules)
}

function portsOf(context: NovaContext): { protocol: string; from: string; to: string } {
  const value = (name: string): string | null => context.operands.get(name) ?? option(context, name)
  return { protocol: value('ip_proto') ?? 'tcp', from: value('from_port') ?? '1', to: value('to_port') ?? '65535' }
}

async function addRule(context: NovaContext, source: Json): Promise<void> {
  const group = await groupNamed(context, 'secgroup')
  const { protocol, from, to } = portsOf(context)
  const rule = { parent_group_id: group.id, ip_protocol: protocol, from_port: from, to_port: to, ...source }
  const reply = await context.client.post('/os-security-group-rules', { security_group_rule: rule })
  ruleTable(context, [reply.security_group_rule as Json])
}

async function deleteRule(context: NovaContext, source: Json): Promise<void> {
  const group = await groupNamed(context, 'secgroup')
  const { protocol, from, to } = portsOf(context)
  const rule = group.rules.find(
    (row) =>
      String(row.ip_protocol).toUpperCase() === protocol.toUpperCase() &&
      String(row.from_port) === from &&
      String(row.to_port) === to &&
      (source.cidr === undefined ? (row.group as Json).name === source.group : (row.ip_range as Json).cidr === source.cidr),
  )
  if (rule === undefined) throw new NovaError('Rule not found')
  await context.client.delete(`/os-security-group-rules/${rule.id}`)
}

async function keypairList(context: NovaContext): Promise<void> {
  const pairs = (await context.client.get('/os-keypairs')).keypairs as { keypair: Json }[]
  table(
    context,
    ['Name', 'Fingerprint'],
    pairs.map(({ keypair }) => [keypair.name, keypair.fingerprint]),
  )
}

async function keypairAdd(context: NovaContext): Promise<void> {
  const { proc, operands, client } = context
  const path = option(context, 'publicKey')
  if (path === null) throw new NovaError('netlab makes no private keys: give a public key with --pub_key FILE')
  if (!proc.files.exists(path)) throw new NovaError(`Can't open or read '${path}': [Errno 2] No such file or directory: '${path}'`)
  await client.post('/os-keypairs', { keypair: { name: operands.get('name'), public_key: proc.files.read(path).trim() } })
}

async function keypairDelete({ client, operands }: NovaContext): Promise<void> {
  await client.delete(`/os-keypairs/${encodeURIComponent(operands.get('name')!)}`)
}
