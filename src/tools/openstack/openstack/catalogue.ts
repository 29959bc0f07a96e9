// openstack image, flavor, hypervisor, compute service, keypair, project, token, extension: what is asked about rather than built.
import { type Cell, floatCell, joined, pairs } from '../shared/cells.js'
import { ClientError } from '../shared/formatters.js'
import { isObject, type Json, type JsonObject } from '../shared/python.js'
import { rowsOf } from './api.js'
import type { OpenStackCall, OpenStackCommand } from './command.js'

type Column = readonly [name: string, cell: (row: JsonObject) => Cell]

function key(name: string): (row: JsonObject) => Cell {
  return (row) => row[name] ?? null
}

function listColumns(call: OpenStackCall, rows: readonly JsonObject[], columns: readonly Column[]): void {
  call.list(
    columns.map(([name]) => name),
    rows.map((row) => columns.map(([, cell]) => cell(row))),
  )
}

async function listImages(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const query: [string, string][] = []
  for (const name of ['public', 'private', 'community', 'shared']) if (parsed.has(name)) query.push(['visibility', name])
  for (const name of ['name', 'status', 'tag']) if (parsed.value(name) !== null) query.push([name, parsed.text(name)])
  const rows = [...(await api.images(query))].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1))
  const short: Column[] = [
    ['ID', key('id')],
    ['Name', key('name')],
  ]
  const long: Column[] = [
    ['Disk Format', key('disk_format')],
    ['Container Format', key('container_format')],
    ['Size', key('size')],
    ['Checksum', key('checksum')],
    ['Status', key('status')],
    ['Visibility', key('visibility')],
    ['Protected', key('protected')],
    ['Project', key('owner')],
    ['Tags', (row) => joined(row.tags)],
  ]
  listColumns(call, rows, parsed.has('long') ? [...short, ...long] : [...short, ['Status', key('status')]])
}

const IMAGE_KEYS = new Set(
  'checksum container_format created_at disk_format file id min_disk min_ram name owner protected schema size status tags updated_at virtual_size visibility'.split(
    ' ',
  ),
)

async function showImage(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const { id } = await api.findImage(parsed.text('image'))
  const image = await api.plain('image', 'GET', `/v2/images/${id}`)
  const fields: Record<string, Cell> = {}
  const properties: Record<string, Json> = {}
  for (const [name, value] of Object.entries(image)) {
    if (name === 'tags') fields.tags = joined(value)
    else if (IMAGE_KEYS.has(name)) {
      if (value !== null || !call.isLater) fields[name] = value
    } else properties[name] = value
  }
  if (Object.keys(properties).length > 0) fields.properties = pairs(properties, call.python)
  call.show(fields)
}

async function flavorsOf({ api }: OpenStackCall): Promise<JsonObject[]> {
  return rowsOf(await api.compute('GET', '/flavors/detail'), 'flavors')
}

async function listFlavors(call: OpenStackCall): Promise<void> {
  const columns: Column[] = [
    ['ID', key('id')],
    ['Name', key('name')],
    ['RAM', key('ram')],
    ['Disk', key('disk')],
    ['Ephemeral', key('OS-FLV-EXT-DATA:ephemeral')],
    ['VCPUs', key('vcpus')],
    ['Is Public', key('os-flavor-access:is_public')],
  ]
  const long: Column[] = [
    ['Swap', key('swap')],
    ['RXTX Factor', (row) => floatCell(row.rxtx_factor)],
    ['Properties', () => ''],
  ]
  listColumns(call, await flavorsOf(call), call.parsed.has('long') ? [...columns, ...long] : columns)
}

async function showFlavor(call: OpenStackCall): Promise<void> {
  const { links: _, ...flavor } = await call.api.findFlavor(call.parsed.text('flavor'))
  call.show({ ...flavor, rxtx_factor: floatCell(flavor.rxtx_factor), access_project_ids: null, properties: '' })
}

async function hypervisorsOf({ api, parsed }: OpenStackCall): Promise<JsonObject[]> {
  const rows = rowsOf(await api.compute('GET', '/os-hypervisors/detail'), 'hypervisors')
  const part = parsed.value('matching')
  return part === null ? rows : rows.filter(({ hypervisor_hostname: name }) => String(name).includes(part))
}

async function listHypervisors(call: OpenStackCall): Promise<void> {
  const columns: Column[] = [
    ['ID', key('id')],
    ['Hypervisor Hostname', key('hypervisor_hostname')],
    ['Hypervisor Type', key('hypervisor_type')],
    ['Host IP', key('host_ip')],
    ['State', key('state')],
  ]
  const long: Column[] = [
    ['vCPUs Used', key('vcpus_used')],
    ['vCPUs', key('vcpus')],
    ['Memory MB Used', key('memory_mb_used')],
    ['Memory MB', key('memory_mb')],
  ]
  listColumns(call, await hypervisorsOf(call), call.parsed.has('long') ? [...columns, ...long] : columns)
}

async function showHypervisor(call: OpenStackCall): Promise<void> {
  const wanted = call.parsed.text('hypervisor')
  const row = (await hypervisorsOf(call)).find(({ id, hypervisor_hostname: name }) => String(id) === wanted || name === wanted)
  if (row === undefined) throw new ClientError(`No hypervisor with a name or ID of '${wanted}' exists.`)
  const { service, ...rest } = row
  const fields: Record<string, Cell> = { ...rest, aggregates: [] }
  if (isObject(service)) Object.assign(fields, { service_id: service.id ?? null, service_host: service.host ?? null })
  call.show(fields)
}

async function listServices(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const rows = rowsOf(await api.compute('GET', '/os-services'), 'services').filter(
    ({ host, binary }) =>
      (parsed.value('host') === null || host === parsed.value('host')) &&
      (parsed.value('service') === null || binary === parsed.value('service')),
  )
  const columns: Column[] = [
    ['ID', key('id')],
    ['Binary', key('binary')],
    ['Host', key('host')],
    ['Zone', key('zone')],
    ['Status', key('status')],
    ['State', key('state')],
    ['Updated At', key('updated_at')],
  ]
  listColumns(call, rows, parsed.has('long') ? [...columns, ['Disabled Reason', key('disabled_reason')]] : columns)
}

async function keypairsOf({ api }: OpenStackCall): Promise<JsonObject[]> {
  return rowsOf(await api.compute('GET', '/os-keypairs'), 'keypairs').map((row) => (isObject(row.keypair) ? row.keypair : row))
}

async function createKeypair(call: OpenStackCall): Promise<void> {
  const { parsed, api, proc } = call
  const path = parsed.value('public-key')
  if (path === null) throw new ClientError('netlab makes no private keys: give --public-key FILE')
  if (!proc.files.exists(path)) throw new ClientError(`Key file ${path} not found: [Errno 2] No such file or directory: '${path}'`)
  const body = { keypair: { name: parsed.text('name'), public_key: proc.files.read(path).trim() } }
  const { public_key: _, ...keypair } = (await api.compute('POST', '/os-keypairs', body)).keypair as JsonObject
  call.show(keypair)
}

async function showKeypair(call: OpenStackCall): Promise<void> {
  const wanted = call.parsed.text('key')
  const row = (await keypairsOf(call)).find(({ name }) => name === wanted)
  if (row === undefined) throw new ClientError(`No keypair with a name or ID of '${wanted}' exists.`)
  if (call.parsed.has('public-key')) {
    call.proc.line(String(row.public_key))
    return
  }
  const { public_key: _, ...fields } = row
  call.show(fields)
}

async function listProjects(call: OpenStackCall): Promise<void> {
  const rows = rowsOf(await call.api.identity('/projects'), 'projects')
  const columns: Column[] = [
    ['ID', key('id')],
    ['Name', key('name')],
  ]
  const long: Column[] = [
    ['Domain ID', key('domain_id')],
    ['Description', key('description')],
    ['Enabled', key('enabled')],
  ]
  listColumns(call, rows, call.parsed.has('long') ? [...columns, ...long] : columns)
}

async function showProject(call: OpenStackCall): Promise<void> {
  const id = await call.api.findProject(call.parsed.text('project'))
  const { links: _, ...project } = ((await call.api.identity(`/projects/${id}`)).project ?? {}) as JsonObject
  call.show(project)
}

async function issueToken(call: OpenStackCall): Promise<void> {
  const token = await call.api.session.authenticate()
  call.show({
    expires: token.expires.replace(/\.\d+Z$|Z$/, '+0000'),
    id: token.id,
    project_id: token.projectId,
    user_id: token.userId,
  })
}

async function listExtensions(call: OpenStackCall): Promise<void> {
  const rows = await call.api.list('extension')
  const columns: Column[] = [
    ['Name', key('name')],
    ['Alias', key('alias')],
    ['Description', key('description')],
  ]
  const long: Column[] = [
    ['Namespace', () => ''],
    ['Updated', key('updated')],
    ['Links', (row) => row.links ?? []],
  ]
  listColumns(call, rows, call.parsed.has('long') ? [...columns, ...long] : columns)
}

export const catalogueCommands: readonly OpenStackCommand[] = [
  {
    words: 'image list',
    kind: 'list',
    summary: 'List available images',
    usage:
      '[--public | --private | --community | --shared] [--property <key=value>*] [--name <name>] [--status <status>] [--member-status <member-status>] [--tag <tag>] [--long] ?--page-size <size> [--sort <key>[:<direction>]] [--limit <num-images>:int] [--marker <image>]',
    run: listImages,
  },
  { words: 'image show', kind: 'show', summary: 'Display image details', usage: '[--human-readable] <image>', run: showImage },
  {
    words: 'flavor list',
    kind: 'list',
    summary: 'List flavors',
    usage: '[--public | --private | --all] [--long] [--marker <flavor-id>] [--limit <num-flavors>:int]',
    run: listFlavors,
  },
  { words: 'flavor show', kind: 'show', summary: 'Display flavor details', usage: '<flavor>', run: showFlavor },
  { words: 'hypervisor list', kind: 'list', summary: 'List hypervisors', usage: '[--matching <hostname>] [--long]', run: listHypervisors },
  { words: 'hypervisor show', kind: 'show', summary: 'Display hypervisor details', usage: '<hypervisor>', run: showHypervisor },
  {
    words: 'compute service list',
    kind: 'list',
    summary: 'List compute services.',
    usage: '[--host <host>] [--service <service>] [--long]',
    run: listServices,
  },
  {
    words: 'keypair list',
    kind: 'list',
    summary: 'List key fingerprints',
    usage: '',
    run: async (call) =>
      listColumns(call, await keypairsOf(call), [
        ['Name', key('name')],
        ['Fingerprint', key('fingerprint')],
      ]),
  },
  {
    words: 'keypair create',
    kind: 'show',
    summary: 'Create new public or private key for server ssh access',
    usage: '<name> [--public-key <file> | --private-key <file>]',
    run: createKeypair,
  },
  {
    words: 'keypair delete',
    kind: 'act',
    summary: 'Delete public or private key(s)',
    usage: '<key> [<key> ...]',
    run: async ({ api, parsed }) => {
      for (const name of parsed.values('key')) await api.compute('DELETE', `/os-keypairs/${encodeURIComponent(name)}`)
    },
  },
  { words: 'keypair show', kind: 'show', summary: 'Display key details', usage: '<key> [--public-key]', run: showKeypair },
  {
    words: 'project list',
    kind: 'list',
    summary: 'List projects',
    usage:
      '[--domain <domain>] [--user <user>] [--my-projects] [--long] [--sort <key>[:<direction>]] [--tags <tag>[,<tag>,...]] [--tags-any <tag>[,<tag>,...]] [--not-tags <tag>[,<tag>,...]] [--not-tags-any <tag>[,<tag>,...]]',
    run: listProjects,
  },
  {
    words: 'project show',
    kind: 'show',
    summary: 'Display project details',
    usage: '<project> [--domain <domain>] [--parents] [--children]',
    run: showProject,
  },
  { words: 'token issue', kind: 'show', summary: 'Issue new token', usage: '', run: issueToken },
  {
    words: 'extension list',
    kind: 'list',
    summary: 'List API extensions',
    usage: '[--compute] [--identity] [--network] [--volume] [--long]',
    run: listExtensions,
  },
]
