// nova boot, list, show, delete and the other commands on servers, of Icehouse and later.
import { ClientError } from '../shared/formatters.js'
import { POWER_STATES } from '../shared/power-states.js'
import { isObject, type Json, type JsonObject } from '../shared/python.js'
import { type LaterCommand, type LaterNova, NovaFault, UUID } from './later-client.js'

const NICS = {
  icehouse: '<net-id=net-uuid,v4-fixed-ip=ip-addr,port-id=port-uuid>',
  later: '<auto,none,net-id=net-uuid,net-name=network-name,port-id=port-uuid,v4-fixed-ip=ip-addr,v6-fixed-ip=ip-addr,tag=tag>',
}

function bootUsage(isModern: boolean): string {
  const count = isModern ? '[--min-count <number>:int] [--max-count <number>:int]' : '[--num-instances <number>:int]'
  return `[--flavor <flavor>] [--image <image>] [--image-with <key=value>*] [--boot-volume <volume_id>] [--snapshot <snapshot_id>] ${count} [--meta <key=value>*] [--file <dst-path=src-path>*] [--key-name <key-name>] ?--key_name <key_name> [--user-data <user-data>] ?--user_data <user-data> [--availability-zone <availability-zone>] ?--availability_zone <zone> [--security-groups <security-groups>] ?--security_groups <groups> [--block-device-mapping <dev-name=mapping>*] [--block-device key1=value1[,key2=value2...]*] [--swap <swap_size>] [--ephemeral size=<size>[,format=<format>]*] [--hint <key=value>*] [--nic ${isModern ? NICS.later : NICS.icehouse}*] [--config-drive <value>] [--poll] <name>`
}

async function boot(nova: LaterNova): Promise<void> {
  const { parsed, proc } = nova
  const image = parsed.value('image') === null ? null : await nova.findImage(parsed.text('image'))
  if (parsed.value('flavor') === null)
    throw new NovaFault(nova.isModern ? 'you need to specify a Flavor ID.' : 'you need to specify a Flavor ID ')
  const flavor = await nova.findFlavor(parsed.text('flavor'))
  if (image === null) {
    throw new NovaFault(
      'you need to specify at least one source ID (Image, Snapshot, or Volume), a block device mapping or provide a set of properties to match against an image',
    )
  }
  const count = Number(parsed.value('num-instances') ?? parsed.value('min-count') ?? '1')
  const body: Record<string, Json> = {
    name: parsed.text('name'),
    imageRef: image.id!,
    flavorRef: flavor.id!,
    min_count: parsed.value('num-instances') === null ? count : 1,
    max_count: Number(parsed.value('max-count') ?? count),
    ...(await bootOptions(nova)),
  }
  const { server } = await nova.ask('POST', '/servers', { server: body })
  if (!isObject(server)) throw new ClientError('The server gave no server')
  await printServer(nova, server)
  if (!parsed.has('poll')) return
  for (;;) {
    await proc.sleep(2_000_000)
    const now = (await nova.ask('GET', `/servers/${server.id}`)).server as JsonObject
    proc.out(`\rServer building... ${now.progress ?? 0}% complete`)
    if (now.status !== 'BUILD') break
  }
  proc.line('\nFinished')
}

async function bootOptions(nova: LaterNova): Promise<Record<string, Json>> {
  const { parsed, proc } = nova
  const body: Record<string, Json> = {}
  const nics: Json[] = []
  for (const text of parsed.values('nic')) {
    if (nova.isModern && (text === 'auto' || text === 'none')) return { networks: text }
    nics.push(await nicOf(nova, text))
  }
  if (nics.length > 0) body.networks = nics
  if (parsed.has('meta')) body.metadata = Object.fromEntries(parsed.values('meta').map((text) => text.split(/=(.*)/s, 2)))
  if (parsed.value('key-name') !== null) body.key_name = parsed.text('key-name')
  if (parsed.value('availability-zone') !== null) body.availability_zone = parsed.text('availability-zone')
  if (parsed.value('security-groups') !== null) {
    body.security_groups = parsed
      .text('security-groups')
      .split(',')
      .map((name) => ({ name }))
  }
  const path = parsed.value('user-data')
  if (path === null) return body
  if (!proc.files.exists(path)) throw new NovaFault(`Can't open '${path}': [Errno 2] No such file or directory: '${path}'`)
  body.user_data = btoa(String.fromCharCode(...new TextEncoder().encode(proc.files.read(path))))
  return body
}

async function nicOf(nova: LaterNova, text: string): Promise<Json> {
  const words: Record<string, string> = {}
  const allowed = nova.isModern
    ? ['net-id', 'net-name', 'port-id', 'v4-fixed-ip', 'v6-fixed-ip', 'tag']
    : ['net-id', 'v4-fixed-ip', 'port-id']
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=')
    const key = pair.slice(0, equals)
    if (equals < 0 || !allowed.includes(key)) throw badNic(nova, text)
    words[key] = pair.slice(equals + 1)
  }
  const nic: Record<string, Json> = {}
  const network = words['net-id'] ?? words['net-name']
  if (network !== undefined) nic.uuid = await networkId(nova, network)
  if (words['port-id'] !== undefined) nic.port = words['port-id']
  const address = words['v4-fixed-ip'] ?? words['v6-fixed-ip']
  if (address !== undefined) nic.fixed_ip = address
  if ((nic.uuid === undefined) === (nic.port === undefined)) throw badNic(nova, text)
  return nic
}

/** Names are looked up: the documents write `net-id=NAME`, and a learner may. */
async function networkId(nova: LaterNova, wanted: string): Promise<string> {
  if (UUID.test(wanted)) return wanted
  const found = (await nova.maybe(`/v2.0/networks?name=${encodeURIComponent(wanted)}`, 'network'))?.networks
  const rows = (Array.isArray(found) ? found : []) as JsonObject[]
  if (rows.length > 1) throw new NovaFault(`Multiple network name matches found for name '${wanted}', use network ID to be more specific.`)
  return rows[0] === undefined ? wanted : String(rows[0].id)
}

function badNic(nova: LaterNova, text: string): NovaFault {
  if (!nova.isModern) {
    return new NovaFault(
      `Invalid nic argument '${text}'. Nic arguments must be of the form --nic ${NICS.icehouse}, with at minimum net-id or port-id specified.`,
    )
  }
  return new NovaFault(
    `Invalid nic argument '${text}'. Nic arguments must be of the form --nic <auto,none,net-id=net-uuid,net-name=network-name,v4-fixed-ip=ip-addr,v6-fixed-ip=ip-addr,port-id=port-uuid,tag=tag>, with only one of net-id, net-name or port-id specified. Specifying a --nic of auto or none cannot be used with any other --nic value.`,
  )
}

/** Addresses by network, networks sorted by name. */
function networksOf(server: JsonObject): [string, string][] {
  const addresses = isObject(server.addresses) ? server.addresses : {}
  return Object.keys(addresses)
    .sort()
    .map((name) => [name, (addresses[name] as readonly JsonObject[]).map(({ addr }) => addr).join(', ')])
}

async function printServer(nova: LaterNova, server: JsonObject): Promise<void> {
  const { links: _, addresses: __, ...rest } = server
  const values: Record<string, Json> = { ...rest }
  for (const [name, list] of networksOf(server)) values[`${name} network`] = list
  const { flavor, image, security_groups: groups } = server
  if (isObject(flavor) && nova.isModern && !('id' in flavor)) {
    delete values.flavor
    for (const [key, value] of Object.entries(flavor)) values[`flavor:${key}`] = value
  } else if (isObject(flavor)) {
    const found = (await nova.rows('/flavors/detail', 'flavors')).find(({ id }) => String(id) === String(flavor.id))
    values.flavor = `${found?.name ?? 'Flavor not found'} (${flavor.id})`
  }
  if (isObject(image)) {
    const found = (await nova.images()).find(({ id }) => id === image.id)
    values.image = `${found?.name ?? 'Image not found'} (${image.id})`
  } else values.image = 'Attempt to boot from volume - no image supplied'
  if (Array.isArray(groups)) {
    const names = groups.map((group) => String((group as JsonObject).name))
    values.security_groups = (nova.isModern ? [...new Set(names)].sort() : names).join(', ')
  }
  nova.dict(values)
}

async function list(nova: LaterNova): Promise<void> {
  const { parsed } = nova
  const query = ['name', 'ip', 'status', 'host', 'tenant'].flatMap((key) => {
    const word = parsed.value(key)
    return word === null ? [] : [`${key === 'tenant' ? 'tenant_id' : key}=${encodeURIComponent(word)}`]
  })
  const isAll = parsed.has('all-tenants') && parsed.value('all-tenants') !== '0'
  if (isAll) query.push('all_tenants=1')
  const servers = await nova.rows(`/servers/detail${query.length === 0 ? '' : `?${query.join('&')}`}`, 'servers')
  const fields = parsed.value('fields')
  if (parsed.has('minimal')) {
    nova.list(
      ['ID', 'Name'],
      servers.map((row) => [row.id!, row.name!]),
      1,
    )
  } else if (fields !== null) listFields(nova, servers, fields.split(','))
  else {
    const hasTenant = isAll && nova.isModern
    const columns = ['ID', 'Name', ...(hasTenant ? ['Tenant ID'] : []), 'Status', 'Task State', 'Power State', 'Networks']
    nova.list(
      columns,
      servers.map((row) => {
        const power = row['OS-EXT-STS:power_state']
        const states = [row['OS-EXT-STS:task_state'] ?? null, typeof power === 'number' ? (POWER_STATES[power] ?? 'N/A') : 'N/A']
        const networks = networksOf(row).map(([name, addresses]) => `${name}=${addresses}`)
        return [row.id!, row.name!, ...(hasTenant ? [row.tenant_id ?? null] : []), row.status!, ...states, networks.join('; ')]
      }),
      1,
    )
  }
}

function listFields(nova: LaterNova, servers: readonly JsonObject[], fields: readonly string[]): void {
  const titles = fields.map((field) => field.replace(/_/g, ' ').replace(/\b\w/g, (letter) => letter.toUpperCase()))
  const value = (row: JsonObject, field: string): Json =>
    field === 'networks'
      ? networksOf(row)
          .map(([name, addresses]) => `${name}=${addresses}`)
          .join('; ')
      : (row[field] ?? row[`OS-EXT-SRV-ATTR:${field}`] ?? row[`OS-EXT-STS:${field}`] ?? '')
  nova.list(
    ['ID', ...titles],
    servers.map((row) => [row.id!, ...fields.map((field) => value(row, field))]),
    1,
  )
}

async function remove(nova: LaterNova): Promise<void> {
  await forEach(nova, (server) => nova.ask('DELETE', `/servers/${server.id}`), 'delete')
}

/** Goes on behind a failure. The later client tells of each success. */
async function forEach(nova: LaterNova, work: (server: JsonObject) => Promise<unknown>, verb: string): Promise<void> {
  const wanted = nova.parsed.values('server')
  let failed = 0
  for (const word of wanted) {
    try {
      const server = await nova.findServer(word)
      await work(server)
      if (nova.isModern) {
        const shown = verb === 'reboot' ? `${server.name} (${server.id})` : word
        nova.proc.line(`Request to ${verb} server ${shown} has been accepted.`)
      }
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      failed++
      nova.proc.line(error.message)
    }
  }
  if (nova.isModern ? failed > 0 : failed === wanted.length) {
    throw new NovaFault(nova.isModern ? `Unable to ${verb} the specified server(s).` : `Unable to ${verb} any of the specified servers.`)
  }
}

async function act(nova: LaterNova, body: JsonObject): Promise<JsonObject> {
  const { id } = await nova.findServer(nova.parsed.text('server'))
  return nova.ask('POST', `/servers/${id}/action`, body)
}

/** `nova stop vm1`: several since client 3. */
function simple(name: string, summary: string, action: string): LaterCommand {
  return {
    name,
    summary,
    usage: (isModern) => (isModern && (name === 'start' || name === 'stop') ? '<server> [<server> ...]' : '<server>'),
    run: async (nova) => {
      if (nova.isModern && (name === 'start' || name === 'stop')) {
        await forEach(nova, ({ id }) => nova.ask('POST', `/servers/${id}/action`, { [action]: null }), name)
      } else await act(nova, { [action]: null })
    },
  }
}

async function reboot(nova: LaterNova): Promise<void> {
  const body = { reboot: { type: nova.parsed.has('hard') ? 'HARD' : 'SOFT' } }
  if (nova.isModern) await forEach(nova, ({ id }) => nova.ask('POST', `/servers/${id}/action`, body), 'reboot')
  else await act(nova, body)
}

async function consoleLog(nova: LaterNova): Promise<void> {
  const length = nova.parsed.value('length')
  const options: JsonObject = length === null ? {} : { length: Number(length) }
  const { output } = await act(nova, { 'os-getConsoleOutput': options })
  nova.proc.line(String(output ?? ''))
}

async function listInterfaces(nova: LaterNova): Promise<void> {
  const { id } = await nova.findServer(nova.parsed.text('server'))
  const rows = await nova.rows(`/servers/${id}/os-interface`, 'interfaceAttachments')
  const columns = ['Port State', 'Port ID', 'Net ID', 'IP addresses', 'MAC Addr', ...(nova.isModern ? ['Tag'] : [])]
  nova.list(
    columns,
    rows.map((row) => {
      const addresses = (row.fixed_ips as readonly JsonObject[]).map(({ ip_address: address }) => address).join(',')
      const cells = [row.port_state ?? null, row.port_id ?? null, row.net_id ?? null, addresses, row.mac_addr ?? null]
      return nova.isModern ? [...cells, row.tag ?? ''] : cells
    }),
  )
}

async function attachInterface(nova: LaterNova): Promise<void> {
  const { parsed } = nova
  const { id } = await nova.findServer(parsed.text('server'))
  const attachment: Record<string, Json> = {}
  if (parsed.value('port-id') !== null) attachment.port_id = parsed.text('port-id')
  if (parsed.value('net-id') !== null) attachment.net_id = await networkId(nova, parsed.text('net-id'))
  if (parsed.value('fixed-ip') !== null) attachment.fixed_ips = [{ ip_address: parsed.text('fixed-ip') }]
  const reply = await nova.ask('POST', `/servers/${id}/os-interface`, { interfaceAttachment: attachment })
  if (!nova.isModern) nova.dict((reply.interfaceAttachment ?? {}) as JsonObject)
}

async function detachInterface(nova: LaterNova): Promise<void> {
  const { id } = await nova.findServer(nova.parsed.text('server'))
  await nova.ask('DELETE', `/servers/${id}/os-interface/${nova.parsed.text('port_id')}`)
}

function floating(name: string, summary: string, action: string): LaterCommand {
  return {
    name,
    summary,
    usage: `<server> <address>${action === 'addFloatingIp' ? ' [--fixed-address <fixed_address>]' : ''}`,
    isGone: true,
    run: async (nova) => {
      const fixed = nova.parsed.value('fixed-address')
      await act(nova, { [action]: { address: nova.parsed.text('address'), ...(fixed === null ? {} : { fixed_address: fixed }) } })
    },
  }
}

export const laterServerCommands: readonly LaterCommand[] = [
  { name: 'boot', summary: 'Boot a new server.', usage: bootUsage, run: boot },
  {
    name: 'list',
    summary: 'List active servers.',
    usage:
      '[--reservation-id <reservation-id>] [--ip <ip-regexp>] [--ip6 <ip6-regexp>] [--name <name-regexp>] [--instance-name <name-regexp>] [--status <status>] [--flavor <flavor>] [--image <image>] [--host <hostname>] [--all-tenants/--all_tenants [<0|1>]] [--tenant [<tenant>]] [--deleted] [--fields <fields>] [--minimal]',
    run: list,
  },
  {
    name: 'show',
    summary: 'Show details about the given server.',
    usage: '[--minimal] <server>',
    run: async (nova) => printServer(nova, await nova.findServer(nova.parsed.text('server'))),
  },
  { name: 'delete', summary: 'Immediately shut down and delete specified server(s).', usage: '<server> [<server> ...]', run: remove },
  {
    name: 'reboot',
    summary: 'Reboot a server.',
    usage: (isModern) => `[--hard] [--poll] ${isModern ? '<server> [<server> ...]' : '<server>'}`,
    run: reboot,
  },
  simple('start', 'Start a server.', 'os-start'),
  simple('stop', 'Stop a server.', 'os-stop'),
  { name: 'console-log', summary: 'Get console log output of a server.', usage: '[--length <length>] <server>', run: consoleLog },
  { name: 'interface-list', summary: 'List interfaces attached to a server.', usage: '<server>', run: listInterfaces },
  {
    name: 'interface-attach',
    summary: 'Attach a network interface to a server.',
    usage: '[--port-id <port_id>] [--net-id <net_id>] [--fixed-ip <fixed_ip>] <server>',
    run: attachInterface,
  },
  { name: 'interface-detach', summary: 'Detach a network interface from a server.', usage: '<server> <port_id>', run: detachInterface },
  {
    name: 'add-secgroup',
    summary: 'Add a Security Group to a server.',
    usage: '<server> <secgroup>',
    run: async (nova) => void (await act(nova, { addSecurityGroup: { name: nova.parsed.text('secgroup') } })),
  },
  {
    name: 'remove-secgroup',
    summary: 'Remove a Security Group from a server.',
    usage: '<server> <secgroup>',
    run: async (nova) => void (await act(nova, { removeSecurityGroup: { name: nova.parsed.text('secgroup') } })),
  },
  floating('floating-ip-associate', 'Associate a floating IP address to a server.', 'addFloatingIp'),
  floating('floating-ip-disassociate', 'Disassociate a floating IP address from a server.', 'removeFloatingIp'),
  floating('add-floating-ip', 'DEPRECATED, use floating-ip-associate instead.', 'addFloatingIp'),
  floating('remove-floating-ip', 'DEPRECATED, use floating-ip-disassociate instead.', 'removeFloatingIp'),
]
