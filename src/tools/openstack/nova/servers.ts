// nova boot, list, show, delete, reboot, console-log: servers.
import { prettyTable } from '../pretty-table.js'
import type { Json, NovaContext, NovaSubcommand } from './command.js'
import { NovaError, option } from './command.js'

const STYLE = { centreHeadings: true }

export const serverCommands: readonly NovaSubcommand[] = [
  {
    name: 'boot',
    summary: 'Boot a new server.',
    operands: ['name'],
    options: [
      { name: 'flavor', flags: ['--flavor'], metavar: '<flavor>' },
      { name: 'image', flags: ['--image'], metavar: '<image>' },
      { name: 'meta', flags: ['--meta'], metavar: '<key=value>', repeat: true },
      { name: 'key', flags: ['--key_name', '--key-name'], metavar: '<key_name>' },
      { name: 'userData', flags: ['--user_data', '--user-data'], metavar: '<user-data>' },
      { name: 'zone', flags: ['--availability_zone', '--availability-zone'], metavar: '<availability-zone>' },
      { name: 'groups', flags: ['--security_groups', '--security-groups'], metavar: '<security_groups>' },
      { name: 'poll', flags: ['--poll'], metavar: null },
    ],
    run: boot,
  },
  {
    name: 'list',
    summary: 'List active servers.',
    operands: [],
    options: [{ name: 'all', flags: ['--all_tenants', '--all-tenants'], metavar: '[<0|1>]' }],
    run: list,
  },
  { name: 'show', summary: 'Show details about the given server.', operands: ['server'], run: show },
  { name: 'delete', summary: 'Immediately shut down and delete a server.', operands: ['server'], run: remove },
  {
    name: 'reboot',
    summary: 'Reboot a server.',
    operands: ['server'],
    options: [{ name: 'hard', flags: ['--hard'], metavar: null }],
    run: (context) => action(context, { reboot: { type: context.options.has('hard') ? 'HARD' : 'SOFT' } }),
  },
  {
    name: 'console-log',
    summary: 'Get console log output of a server.',
    operands: ['server'],
    options: [{ name: 'length', flags: ['--length'], metavar: '<length>' }],
    run: consoleLog,
  },
  {
    name: 'add-floating-ip',
    aliases: ['floating-ip-associate'],
    summary: 'Add a floating IP address to a server.',
    operands: ['server', 'address'],
    run: (context) => action(context, { addFloatingIp: { address: context.operands.get('address') } }),
  },
  {
    name: 'remove-floating-ip',
    aliases: ['floating-ip-disassociate'],
    summary: 'Remove a floating IP address from a server.',
    operands: ['server', 'address'],
    run: (context) => action(context, { removeFloatingIp: { address: context.operands.get('address') } }),
  },
  {
    name: 'add-secgroup',
    summary: 'Add a Security Group to a server.',
    operands: ['server', 'secgroup'],
    run: (context) => action(context, { addSecurityGroup: { name: context.operands.get('secgroup') } }),
  },
  {
    name: 'remove-secgroup',
    summary: 'Remove a Security Group from a server.',
    operands: ['server', 'secgroup'],
    run: (context) => action(context, { removeSecurityGroup: { name: context.operands.get('secgroup') } }),
  },
]

async function boot(context: NovaContext): Promise<void> {
  const { client, proc } = context
  const flavor = option(context, 'flavor')
  const image = option(context, 'image')
  if (flavor === null) throw new NovaError('you need to specify a Flavor ID ')
  if (image === null) throw new NovaError('you need to specify an Image ID ')
  const imageRef = (await client.find('image', image)).id
  const flavorRef = (await client.find('flavor', flavor)).id
  const file = option(context, 'userData')
  const groups = option(context, 'groups')
  const body = {
    name: context.operands.get('name'),
    imageRef,
    flavorRef,
    min_count: 1,
    max_count: 1,
    ...(option(context, 'key') === null ? {} : { key_name: option(context, 'key') }),
    ...(option(context, 'zone') === null ? {} : { availability_zone: option(context, 'zone') }),
    ...(groups === null ? {} : { security_groups: groups.split(',').map((name) => ({ name })) }),
    ...(file === null ? {} : { user_data: readUserData(context, file) }),
    metadata: Object.fromEntries((context.options.get('meta') ?? []).map((pair) => pair.split('=', 2))),
  }
  const { server } = (await client.post('/servers', { server: body })) as { server: Json }
  printServer(context, server)
  if (!context.options.has('poll')) return
  for (;;) {
    await proc.sleep(1_000_000)
    const now = (await client.get(`/servers/${server.id}`)).server as Json
    proc.out(`\rInstance building... ${now.progress}% complete`)
    if (now.status !== 'BUILD') break
  }
  proc.line('\nFinished')
}

function readUserData({ proc }: NovaContext, path: string): string {
  if (!proc.files.exists(path)) throw new NovaError(`Can't open '${path}': [Errno 2] No such file or directory: '${path}'`)
  return proc.files.read(path)
}

async function list({ client, proc }: NovaContext): Promise<void> {
  const servers = (await client.get('/servers/detail')).servers as Json[]
  const rows = servers.map((server) => [String(server.id), String(server.name), String(server.status), networksOf(server)])
  rows.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))
  for (const line of prettyTable(['ID', 'Name', 'Status', 'Networks'], rows, STYLE)) proc.line(line)
}

/** `novanetwork=10.0.0.2, 192.168.56.225` */
function networksOf(server: Json): string {
  const addresses = server.addresses as Record<string, { addr: string }[]>
  return Object.entries(addresses)
    .map(([network, list]) => `${network}=${list.map(({ addr }) => addr).join(', ')}`)
    .join('; ')
}

async function show(context: NovaContext): Promise<void> {
  const { id } = await context.client.find('server', context.operands.get('server')!)
  printServer(context, (await context.client.get(`/servers/${id}`)).server as Json)
}

function printServer({ proc }: NovaContext, server: Json): void {
  const properties = new Map<string, string>()
  for (const [key, value] of Object.entries(server)) {
    if (key === 'addresses') {
      for (const [network, list] of Object.entries(value as Record<string, { addr: string }[]>)) {
        properties.set(`${network} network`, list.map(({ addr }) => addr).join(', '))
      }
    } else properties.set(key, textOf(key, value))
  }
  const rows = [...properties].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const line of prettyTable(['Property', 'Value'], rows, STYLE)) proc.line(line)
}

function textOf(key: string, value: unknown): string {
  if (value === null) return 'None'
  if (key === 'image' || key === 'flavor') return (value as { name: string }).name
  if (typeof value === 'object') return pythonDict(value as Json)
  return String(value)
}

function pythonDict(value: Json): string {
  const pairs = Object.entries(value).map(([key, item]) => `u'${key}': ${typeof item === 'string' ? `u'${item}'` : String(item)}`)
  return `{${pairs.join(', ')}}`
}

async function remove({ client, operands }: NovaContext): Promise<void> {
  const { id } = await client.find('server', operands.get('server')!)
  await client.delete(`/servers/${id}`)
}

async function action(context: NovaContext, body: Json): Promise<void> {
  const { id } = await context.client.find('server', context.operands.get('server')!)
  await context.client.post(`/servers/${id}/action`, body)
}

async function consoleLog(context: NovaContext): Promise<void> {
  const { id } = await context.client.find('server', context.operands.get('server')!)
  const { output } = (await context.client.post(`/servers/${id}/action`, { 'os-getConsoleOutput': {} })) as { output: string }
  const length = option(context, 'length')
  const lines = output.split('\n')
  context.proc.line(length === null ? output : lines.slice(-Number(length) - 1).join('\n'))
}
