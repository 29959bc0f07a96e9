// nova flavor-, image-, network-, floating-ip-, secgroup-, keypair-, hypervisor- and service- commands, of Icehouse and later.
import { isObject, type Json, type JsonObject } from '../shared/python.js'
import { type LaterCommand, type LaterNova, NovaFault } from './later-client.js'

/** Python shows a float as one. */
function float(value: Json | undefined): Json {
  return typeof value === 'number' && Number.isInteger(value) ? `${value}.0` : (value ?? null)
}

async function listFlavors(nova: LaterNova): Promise<void> {
  const rows = await nova.rows('/flavors/detail', 'flavors')
  const memory = nova.isModern ? 'Memory_MiB' : 'Memory_MB'
  const columns = ['ID', 'Name', memory, 'Disk', 'Ephemeral', 'Swap', 'VCPUs', 'RXTX_Factor', 'Is_Public']
  nova.list(
    nova.isModern ? [...columns, 'Description'] : columns,
    rows.map((row) => {
      const sizes = [row.ram ?? null, row.disk ?? null, row['OS-FLV-EXT-DATA:ephemeral'] ?? 'N/A', row.swap ?? '', row.vcpus ?? null]
      const cells = [row.id!, row.name!, ...sizes, float(row.rxtx_factor ?? 1), row['os-flavor-access:is_public'] ?? true]
      return nova.isModern ? [...cells, 'description' in row ? (row.description ?? null) : ''] : cells
    }),
  )
}

async function showFlavor(nova: LaterNova): Promise<void> {
  const { links: _, ...flavor } = await nova.findFlavor(nova.parsed.text('flavor'))
  nova.dict({ ...flavor, rxtx_factor: float(flavor.rxtx_factor ?? 1), extra_specs: {} })
}

async function listImages(nova: LaterNova): Promise<void> {
  const rows = await nova.images()
  nova.list(
    ['ID', 'Name', 'Status', 'Server'],
    rows.map((row) => [row.id!, row.name!, row.status!, isObject(row.server) ? (row.server.id ?? '') : '']),
    1,
  )
}

async function listNetworks(nova: LaterNova): Promise<void> {
  const rows = await nova.rows('/os-networks', 'networks')
  nova.list(
    ['ID', 'Label', 'Cidr'],
    rows.map((row) => [row.id!, row.label ?? null, row.cidr ?? null]),
  )
}

function floatingTable(nova: LaterNova, rows: readonly JsonObject[]): void {
  nova.list(
    ['Ip', 'Server Id', 'Fixed Ip', 'Pool'],
    rows.map((row) => [row.ip!, row.instance_id ?? '', row.fixed_ip ?? null, row.pool ?? null]),
  )
}

async function createFloating(nova: LaterNova): Promise<void> {
  const pool = nova.parsed.value('floating-ip-pool')
  const { floating_ip: row } = await nova.ask('POST', '/os-floating-ips', { pool })
  floatingTable(nova, [row as JsonObject])
}

async function deleteFloating(nova: LaterNova): Promise<void> {
  const wanted = nova.parsed.text('address')
  const row = (await nova.rows('/os-floating-ips', 'floating_ips')).find(({ ip }) => ip === wanted)
  if (row === undefined) throw new NovaFault(`Floating ip ${wanted} not found.`)
  await nova.ask('DELETE', `/os-floating-ips/${row.id}`)
}

type Group = JsonObject & { readonly rules: readonly JsonObject[] }

async function groupNamed(nova: LaterNova, operand: string): Promise<Group> {
  const wanted = nova.parsed.text(operand)
  const rows = (await nova.rows('/os-security-groups', 'security_groups')) as Group[]
  const found = rows.filter(({ id, name }) => String(id) === wanted || name === wanted)
  if (found.length > 1) {
    throw new NovaFault(`Multiple security group matches found for name '${wanted}', use an ID to be more specific.`)
  }
  if (found[0] === undefined) throw new NovaFault(`Secgroup ID or name '${wanted}' not found.`)
  return found[0]
}

function groupTable(nova: LaterNova, rows: readonly JsonObject[]): void {
  nova.list(
    ['Id', 'Name', 'Description'],
    rows.map((row) => [row.id!, row.name!, row.description ?? null]),
  )
}

async function createGroup(nova: LaterNova): Promise<void> {
  const body = { security_group: { name: nova.parsed.text('name'), description: nova.parsed.text('description') } }
  groupTable(nova, [(await nova.ask('POST', '/os-security-groups', body)).security_group as JsonObject])
}

async function deleteGroup(nova: LaterNova): Promise<void> {
  const group = await groupNamed(nova, 'secgroup')
  await nova.ask('DELETE', `/os-security-groups/${group.id}`)
  groupTable(nova, [group])
}

function ruleTable(nova: LaterNova, rules: readonly JsonObject[]): void {
  const of = (value: Json | undefined, key: string): Json => (isObject(value) ? (value[key] ?? '') : '')
  nova.list(
    ['IP Protocol', 'From Port', 'To Port', 'IP Range', 'Source Group'],
    rules.map((rule) => [
      rule.ip_protocol ?? '',
      rule.from_port ?? '',
      rule.to_port ?? '',
      of(rule.ip_range, 'cidr'),
      of(rule.group, 'name'),
    ]),
  )
}

interface RuleWords {
  readonly protocol: string
  readonly from: string
  readonly to: string
}

function ruleWords({ parsed }: LaterNova): RuleWords {
  const words = [parsed.value('ip-proto'), parsed.value('from-port'), parsed.value('to-port')]
  return { protocol: words[0]!, from: words[1]!, to: words[2]! }
}

async function addRule(nova: LaterNova, source: JsonObject, words: RuleWords): Promise<void> {
  const group = await groupNamed(nova, 'secgroup')
  const ports: JsonObject = { ip_protocol: words.protocol, from_port: words.from, to_port: words.to }
  const body = { security_group_rule: { parent_group_id: group.id!, ...ports, ...source } }
  ruleTable(nova, [(await nova.ask('POST', '/os-security-group-rules', body)).security_group_rule as JsonObject])
}

async function deleteRule(nova: LaterNova, isSource: (rule: JsonObject) => boolean, words: RuleWords): Promise<void> {
  const group = await groupNamed(nova, 'secgroup')
  const rule = group.rules.find(
    (row) =>
      String(row.ip_protocol ?? '').toUpperCase() === words.protocol.toUpperCase() &&
      String(row.from_port ?? '') === words.from &&
      String(row.to_port ?? '') === words.to &&
      isSource(row),
  )
  if (rule === undefined) throw new NovaFault('Rule not found')
  await nova.ask('DELETE', `/os-security-group-rules/${rule.id}`)
  ruleTable(nova, [rule])
}

const secgroupCommands: readonly LaterCommand[] = [
  { name: 'secgroup-create', summary: 'Create a security group.', usage: '<name> <description>', run: createGroup },
  { name: 'secgroup-delete', summary: 'Delete a security group.', usage: '<secgroup>', run: deleteGroup },
  {
    name: 'secgroup-list',
    summary: 'List security groups for the current tenant.',
    usage: '[--all-tenants/--all_tenants [<0|1>]]',
    run: async (nova) => groupTable(nova, await nova.rows('/os-security-groups', 'security_groups')),
  },
  {
    name: 'secgroup-list-rules',
    summary: 'List rules for a security group.',
    usage: '<secgroup>',
    run: async (nova) => ruleTable(nova, (await groupNamed(nova, 'secgroup')).rules),
  },
  {
    name: 'secgroup-add-rule',
    summary: 'Add a rule to a security group.',
    usage: '<secgroup> <ip-proto> <from-port> <to-port> <cidr>',
    run: (nova) => addRule(nova, { cidr: nova.parsed.text('cidr') }, ruleWords(nova)),
  },
  {
    name: 'secgroup-delete-rule',
    summary: 'Delete a rule from a security group.',
    usage: '<secgroup> <ip-proto> <from-port> <to-port> <cidr>',
    run: (nova) => {
      const cidr = nova.parsed.text('cidr')
      return deleteRule(nova, ({ ip_range: range }) => isObject(range) && range.cidr === cidr, ruleWords(nova))
    },
  },
  {
    name: 'secgroup-add-group-rule',
    summary: 'Add a source group rule to a security group.',
    usage: '<secgroup> <source-group> <ip-proto> <from-port> <to-port>',
    run: async (nova) => addRule(nova, { group_id: (await groupNamed(nova, 'source-group')).id! }, ruleWords(nova)),
  },
  {
    name: 'secgroup-delete-group-rule',
    summary: 'Delete a source group rule from a security group.',
    usage: '<secgroup> <source-group> <ip-proto> <from-port> <to-port>',
    run: async (nova) => {
      const source = await groupNamed(nova, 'source-group')
      return deleteRule(nova, ({ group }) => isObject(group) && group.name === source.name, ruleWords(nova))
    },
  },
]

async function listKeypairs(nova: LaterNova): Promise<void> {
  const rows = (await nova.rows('/os-keypairs', 'keypairs')).map((row) => (isObject(row.keypair) ? row.keypair : row))
  nova.list(
    nova.isModern ? ['Name', 'Type', 'Fingerprint'] : ['Name', 'Fingerprint'],
    rows.map((row) => (nova.isModern ? [row.name!, row.type ?? 'ssh', row.fingerprint!] : [row.name!, row.fingerprint!])),
  )
}

async function addKeypair(nova: LaterNova): Promise<void> {
  const { parsed, proc } = nova
  const path = parsed.value('pub-key')
  if (path === null) throw new NovaFault('netlab makes no private keys: give a public key with --pub-key FILE')
  if (!proc.files.exists(path)) throw new NovaFault(`Can't open or read '${path}': [Errno 2] No such file or directory: '${path}'`)
  await nova.ask('POST', '/os-keypairs', { keypair: { name: parsed.text('name'), public_key: proc.files.read(path).trim() } })
}

async function listHypervisors(nova: LaterNova): Promise<void> {
  const rows = await nova.rows('/os-hypervisors/detail', 'hypervisors')
  const part = nova.parsed.value('matching')
  const chosen = rows.filter(({ hypervisor_hostname: name }) => part === null || String(name).includes(part))
  nova.list(
    nova.isModern ? ['ID', 'Hypervisor hostname', 'State', 'Status'] : ['ID', 'Hypervisor hostname'],
    chosen.map((row) => {
      const cells = [row.id!, row.hypervisor_hostname!]
      return nova.isModern ? [...cells, row.state ?? '', row.status ?? ''] : cells
    }),
  )
}

async function showHypervisor(nova: LaterNova): Promise<void> {
  const wanted = nova.parsed.text('hypervisor')
  const rows = await nova.rows('/os-hypervisors/detail', 'hypervisors')
  const row = rows.find(({ id, hypervisor_hostname: name }) => String(id) === wanted || name === wanted)
  if (row === undefined) throw new NovaFault(`No hypervisor with a name or ID of '${wanted}' exists.`)
  const flat: Record<string, Json> = {}
  for (const [key, value] of Object.entries(row)) {
    if (isObject(value))
      for (const [inner, cell] of Object.entries(value)) flat[`${key}_${inner}`] = cell === null && nova.isModern ? 'None' : cell
    else flat[key] = value
  }
  nova.dict(flat)
}

async function listServices(nova: LaterNova): Promise<void> {
  const { parsed } = nova
  const rows = (await nova.rows('/os-services', 'services')).filter(
    ({ host, binary }) => [null, host].includes(parsed.value('host')) && [null, binary].includes(parsed.value('binary')),
  )
  const columns = ['Binary', 'Host', 'Zone', 'Status', 'State', 'Updated_at']
  const hasReason = rows[0] !== undefined && 'disabled_reason' in rows[0]
  const reason = hasReason ? ['Disabled Reason'] : []
  nova.list(
    nova.isModern ? ['Id', ...columns, ...reason, 'Forced down'] : [...columns, ...reason],
    rows.map((row) => {
      const cells = [row.binary!, row.host!, row.zone ?? null, row.status ?? null, row.state ?? null, row.updated_at ?? null]
      const withReason = hasReason ? [...cells, row.disabled_reason ?? null] : cells
      return nova.isModern ? [row.id!, ...withReason, row.forced_down ?? ''] : withReason
    }),
  )
}

export const laterObjectCommands: readonly LaterCommand[] = [
  {
    name: 'flavor-list',
    summary: "Print a list of available 'flavors' (sizes of servers).",
    usage: '[--extra-specs] [--all]',
    run: listFlavors,
  },
  { name: 'flavor-show', summary: 'Show details about the given flavor.', usage: '<flavor>', run: showFlavor },
  {
    name: 'image-list',
    summary: 'Print a list of available images to boot from.',
    usage: '[--limit <limit>]',
    isGone: true,
    run: listImages,
  },
  { name: 'network-list', summary: 'Print a list of available networks.', usage: '', isGone: true, run: listNetworks },
  { name: 'net-list', summary: 'List networks', usage: '', isGone: true, run: listNetworks },
  {
    name: 'floating-ip-list',
    summary: 'List floating ips for this tenant.',
    usage: '',
    isGone: true,
    run: async (nova) => floatingTable(nova, await nova.rows('/os-floating-ips', 'floating_ips')),
  },
  {
    name: 'floating-ip-create',
    summary: 'Allocate a floating IP for the current tenant.',
    usage: '[<floating-ip-pool>]',
    isGone: true,
    run: createFloating,
  },
  { name: 'floating-ip-delete', summary: 'De-allocate a floating IP.', usage: '<address>', isGone: true, run: deleteFloating },
  {
    name: 'floating-ip-pool-list',
    summary: 'List all floating ip pools.',
    usage: '',
    isGone: true,
    run: async (nova) =>
      nova.list(
        ['name'],
        (await nova.rows('/os-floating-ip-pools', 'floating_ip_pools')).map(({ name }) => [name!]),
      ),
  },
  ...secgroupCommands.map((command): LaterCommand => ({ ...command, isGone: true })),
  { name: 'keypair-list', summary: 'Print a list of keypairs for a user', usage: '', run: listKeypairs },
  {
    name: 'keypair-add',
    summary: 'Create a new key pair for use with servers.',
    usage: '[--pub-key <pub-key>] ?--pub_key <pub_key> <name>',
    run: addKeypair,
  },
  {
    name: 'keypair-delete',
    summary: 'Delete keypair given by its name.',
    usage: '<name>',
    run: async (nova) => void (await nova.ask('DELETE', `/os-keypairs/${encodeURIComponent(nova.parsed.text('name'))}`)),
  },
  { name: 'hypervisor-list', summary: 'List hypervisors.', usage: '[--matching <hostname>]', run: listHypervisors },
  { name: 'hypervisor-show', summary: 'Display the details of the specified hypervisor.', usage: '<hypervisor>', run: showHypervisor },
  {
    name: 'service-list',
    summary: 'Show a list of all running services. Filter by host & binary.',
    usage: '[--host <hostname>] [--binary <binary>]',
    run: listServices,
  },
]
