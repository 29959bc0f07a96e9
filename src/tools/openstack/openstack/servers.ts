// openstack server, and its console: create, list, show, delete, and what is added to or removed from one.
import { type Cell, pairLines, pairs, pairsText } from '../shared/cells.js'
import { ClientError } from '../shared/formatters.js'
import { POWER_STATES } from '../shared/power-states.js'
import { isList, isObject, type Json, type JsonObject } from '../shared/python.js'
import { rowsOf } from './api.js'
import { type OpenStackCall, type OpenStackCommand, PROJECT } from './command.js'
import { filtersOf } from './common.js'
import { NotHere, propertiesOf } from './server-actions.js'

/** What a later client shows for the image of a server that boots from a volume. */
const NO_IMAGE = 'N/A (booted from volume)'

function powerText(value: Json | undefined): string {
  return typeof value === 'number' ? (POWER_STATES[value] ?? 'N/A') : 'N/A'
}

/** `az2=192.168.3.69, 100.122.0.145; mgt=10.0.0.3`, networks sorted by name. */
export function networksText(server: JsonObject): string {
  const addresses = isObject(server.addresses) ? server.addresses : {}
  return Object.keys(addresses)
    .sort()
    .map((name) => `${name}=${(addresses[name] as readonly JsonObject[]).map(({ addr }) => addr).join(', ')}`)
    .join('; ')
}

async function serverFields(call: OpenStackCall, server: JsonObject): Promise<Record<string, Cell>> {
  const fields: Record<string, Cell> = {}
  for (const [key, value] of Object.entries(server)) fields[key] = value
  const image = isObject(server.image) ? String(server.image.id) : ''
  const imageName = image === '' ? undefined : (await call.api.images()).find(({ id }) => id === image)?.name
  if (image !== '') fields.image = imageName === undefined ? image : `${imageName} (${image})`
  else if (call.isLater) fields.image = NO_IMAGE
  if (isObject(server.flavor) && 'id' in server.flavor) {
    const flavors = rowsOf(await call.api.compute('GET', '/flavors/detail'), 'flavors')
    const id = String(server.flavor.id)
    const name = flavors.find((row) => String(row.id) === id)?.name
    fields.flavor = name === undefined ? id : `${name} (${id})`
  } else if (isObject(server.flavor)) fields.flavor = pairsText(server.flavor, call.python)
  const moved = { 'os-extended-volumes:volumes_attached': 'volumes_attached', security_groups: 'security_groups' }
  for (const [key, name] of Object.entries(moved)) {
    if (!(key in server)) continue
    delete fields[key]
    fields[name] = pairLines(server[key], call.python)
  }
  fields.addresses = networksText(server)
  const metadata = isObject(server.metadata) ? server.metadata : {}
  fields.properties = Object.keys(metadata).length === 0 ? '' : pairs(metadata, call.python)
  if ('tenant_id' in server) fields.project_id = server.tenant_id!
  if ('OS-EXT-STS:power_state' in server) fields['OS-EXT-STS:power_state'] = powerText(server['OS-EXT-STS:power_state'])
  for (const key of ['links', 'metadata', 'tenant_id']) delete fields[key]
  return fields
}

async function createServer(call: OpenStackCall): Promise<void> {
  const { parsed, api, proc } = call
  if (parsed.has('volume') || parsed.has('image-property'))
    throw new NotHere('there are no volumes to boot from: --image, and --boot-from-volume for a new one')
  const image = await api.findImage(parsed.text('image'))
  const flavor = await api.findFlavor(parsed.text('flavor'))
  const body: Record<string, Json> = { name: parsed.text('server-name'), ...rootDisk(call, image), flavorRef: flavor.id!, ...placeOf(call) }
  body.min_count = Number(parsed.value('min') ?? '1')
  body.max_count = Number(parsed.value('max') ?? parsed.value('min') ?? '1')
  const nics = await nicsOf(call)
  if (nics !== null) body.networks = nics
  if (parsed.has('security-group')) {
    const groups: Json[] = []
    for (const word of parsed.values('security-group')) groups.push({ name: await api.findId('security_group', word) })
    body.security_groups = groups
  }
  if (parsed.value('key-name') !== null) body.key_name = parsed.text('key-name')
  if (parsed.value('availability-zone') !== null) body.availability_zone = parsed.text('availability-zone')
  if (parsed.value('user-data') !== null) body.user_data = userDataOf(call, parsed.text('user-data'))
  if (parsed.has('property')) body.metadata = propertiesOf(parsed.values('property'))
  const reply = await api.compute('POST', '/servers', { server: body })
  const created = reply.server as JsonObject
  if (parsed.has('wait')) await waitFor(call, String(created.id))
  const now = (await api.compute('GET', `/servers/${created.id}`)).server as JsonObject
  call.show(await serverFields(call, { ...created, ...now }))
  if (parsed.has('wait') && now.status === 'ERROR') proc.error(`Error creating server: ${parsed.text('server-name')}`)
}

/** The image itself, or a volume that is made of it. */
function rootDisk({ parsed }: OpenStackCall, { id }: JsonObject): Record<string, Json> {
  const size = parsed.value('boot-from-volume')
  if (size === null) return { imageRef: id! }
  const disk = { uuid: id!, boot_index: '0', source_type: 'image', destination_type: 'volume', volume_size: Number(size) }
  return { imageRef: '', block_device_mapping_v2: [disk] }
}

/** Options of newer microversions of the API. */
function placeOf({ parsed, api }: OpenStackCall): Record<string, Json> {
  const since: readonly [string, string, number][] = [
    ['description', 'Description is', 19],
    ['host', 'Specifying --host is', 74],
    ['hypervisor-hostname', 'Specifying --hypervisor-hostname is', 74],
  ]
  for (const [option, words, minor] of since) {
    if (parsed.value(option) === null || api.session.novaMinor >= minor) continue
    throw new ClientError(`${words} not supported for --os-compute-api-version less than 2.${minor}`)
  }
  const host = parsed.value('host') ?? parsed.value('hypervisor-hostname')
  return host === null ? {} : { host }
}

function userDataOf({ proc }: OpenStackCall, path: string): string {
  if (!proc.files.exists(path)) {
    throw new ClientError(`Can't open '${path}': [Errno 2] No such file or directory: '${path}'`)
  }
  return btoa(String.fromCharCode(...new TextEncoder().encode(proc.files.read(path))))
}

/** Null when none are asked for: nova takes the only network there is. */
async function nicsOf(call: OpenStackCall): Promise<Json | null> {
  const { parsed, api } = call
  const nics: Json[] = []
  for (const text of parsed.values('nic')) {
    if (text === 'auto' || text === 'none') return text
    nics.push(await nicOf(call, text))
  }
  for (const word of parsed.values('network')) nics.push({ uuid: await api.findId('network', word) })
  for (const word of parsed.values('port')) nics.push({ port: await api.findId('port', word) })
  return nics.length === 0 ? null : nics
}

async function nicOf({ api }: OpenStackCall, text: string): Promise<Json> {
  const nic: Record<string, Json> = {}
  for (const pair of text.split(',')) {
    const [key = '', value = ''] = pair.split('=', 2)
    if (key === 'net-id' && value !== '') nic.uuid = await api.findId('network', value)
    else if (key === 'port-id' && value !== '') nic.port = await api.findId('port', value)
    else if ((key === 'v4-fixed-ip' || key === 'v6-fixed-ip') && value !== '') nic.fixed_ip = value
    else throw badNic(key)
  }
  if (nic.uuid !== undefined && nic.port !== undefined) throw new ClientError('either network or port should be specified but not both')
  return nic
}

function badNic(key: string): ClientError {
  return new ClientError(
    `Invalid nic argument '${key}'. Nic arguments must be of the form --nic <net-id=net-uuid,v4-fixed-ip=ip-addr,v6-fixed-ip=ip-addr,port-id=port-uuid>.`,
  )
}

async function waitFor({ api, proc }: OpenStackCall, id: string): Promise<void> {
  for (;;) {
    const { status } = (await api.compute('GET', `/servers/${id}`)).server as JsonObject
    if (status === 'ACTIVE' || status === 'ERROR') return
    await proc.sleep(5_000_000)
  }
}

async function listServers(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const query: [string, string][] = filtersOf(parsed, {
    ip: 'ip',
    ip6: 'ip6',
    name: 'name',
    'instance-name': 'instance_name',
    status: 'status',
    host: 'host',
    marker: 'marker',
    limit: 'limit',
  })
  if (parsed.value('flavor') !== null) query.push(['flavor', String((await api.findFlavor(parsed.text('flavor'))).id)])
  if (parsed.value('image') !== null) query.push(['image', String((await api.findImage(parsed.text('image'))).id)])
  if (parsed.value('project') !== null) query.push(['tenant_id', await api.findProject(parsed.text('project'))])
  if (parsed.has('all-projects') || parsed.has('project')) query.push(['all_tenants', 'True'])
  const rows = await api.servers(query)
  const names = parsed.has('no-name-lookup') ? null : await namesOf(call, rows)
  const image = (row: JsonObject): string => (isObject(row.image) ? String(row.image.id) : call.isLater ? NO_IMAGE : '')
  const flavor = (row: JsonObject): string => (isObject(row.flavor) ? String(row.flavor.id ?? '') : '')
  const named = (map: ReadonlyMap<string, string> | undefined, id: string): string =>
    map === undefined || id === NO_IMAGE ? id : (map.get(id) ?? '')
  if (!parsed.has('long')) {
    const columns = [
      'ID',
      'Name',
      'Status',
      'Networks',
      ...(names === null && !call.isLater ? ['Image ID', 'Flavor ID'] : ['Image', 'Flavor']),
    ]
    call.list(
      columns,
      rows.map((row) => [
        row.id!,
        row.name!,
        row.status!,
        networksText(row),
        named(names?.images, image(row)),
        named(names?.flavors, flavor(row)),
      ]),
    )
    return
  }
  const columns = ['ID', 'Name', 'Status', 'Task State', 'Power State', 'Networks']
  const long = ['Image Name', 'Image ID', 'Flavor Name', 'Flavor ID', 'Availability Zone', 'Host', 'Properties']
  call.list(
    [...columns, ...long],
    rows.map((row): Cell[] => {
      const cells: Cell[] = [row.id!, row.name!, row.status!, row['OS-EXT-STS:task_state'] ?? null]
      cells.push(powerText(row['OS-EXT-STS:power_state']), networksText(row), named(names?.images ?? new Map(), image(row)), image(row))
      cells.push(names?.flavors.get(flavor(row)) ?? '', flavor(row), row['OS-EXT-AZ:availability_zone'] ?? '')
      return [...cells, row['OS-EXT-SRV-ATTR:host'] ?? null, pairsText(isObject(row.metadata) ? row.metadata : {}, call.python)]
    }),
  )
}

async function namesOf({ api }: OpenStackCall, rows: readonly JsonObject[]) {
  const map = (list: readonly JsonObject[]): Map<string, string> => new Map(list.map(({ id, name }) => [String(id), String(name)]))
  if (rows.length === 0) return { images: map([]), flavors: map([]) }
  return { images: map(await api.images()), flavors: map(rowsOf(await api.compute('GET', '/flavors/detail'), 'flavors')) }
}

async function act(call: OpenStackCall, body: JsonObject, word = call.parsed.text('server')): Promise<void> {
  const server = await call.api.findServer(word)
  await call.api.compute('POST', `/servers/${server.id}/action`, body)
}

async function actOnAll(call: OpenStackCall, body: JsonObject): Promise<void> {
  for (const word of call.parsed.values('server')) await act(call, body, word)
}

async function deleteServers(call: OpenStackCall): Promise<void> {
  const { api, parsed, proc } = call
  for (const word of parsed.values('server')) {
    const server = await api.findServer(word)
    await api.compute('DELETE', `/servers/${server.id}`)
    if (!parsed.has('wait')) continue
    while ((await api.ask('compute', 'GET', `/servers/${server.id}`)).status < 400) await proc.sleep(2_000_000)
  }
}

/** Neutron maps the address to the first of the server's ports that has a router to it. */
async function addFloatingIp(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const address = await api.find('floatingip', parsed.text('ip-address'))
  const server = await api.findServer(parsed.text('server'))
  const ports = await api.list('port', [['device_id', String(server.id)]])
  const fixed = parsed.value('fixed-ip-address')
  if (fixed !== null) {
    const port = ports.find(({ fixed_ips: ips }) => isList(ips) && ips.some((ip) => isObject(ip) && ip.ip_address === fixed))
    if (port === undefined) throw new ClientError(`No port found for fixed IP address ${fixed}`)
    await api.update('floatingip', address, { fixed_ip_address: fixed, port_id: port.id! })
    return
  }
  let failure: ClientError | null = null
  for (const port of ports) {
    try {
      await api.update('floatingip', address, { port_id: port.id! })
      return
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      failure = error
    }
  }
  if (failure !== null) throw failure
}

async function addPort(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const server = await api.findServer(parsed.text('server'))
  const body = { interfaceAttachment: { port_id: await api.findId('port', parsed.text('port')) } }
  await api.compute('POST', `/servers/${server.id}/os-interface`, body)
}

async function removePort(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const server = await api.findServer(parsed.text('server'))
  await api.compute('DELETE', `/servers/${server.id}/os-interface/${await api.findId('port', parsed.text('port'))}`)
}

async function addNetwork(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const server = await api.findServer(parsed.text('server'))
  const body = { interfaceAttachment: { net_id: await api.findId('network', parsed.text('network')) } }
  await api.compute('POST', `/servers/${server.id}/os-interface`, body)
}

async function removeNetwork(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const server = await api.findServer(parsed.text('server'))
  const network = await api.findId('network', parsed.text('network'))
  for (const row of rowsOf(await api.compute('GET', `/servers/${server.id}/os-interface`), 'interfaceAttachments')) {
    if (row.net_id === network) await api.compute('DELETE', `/servers/${server.id}/os-interface/${row.port_id}`)
  }
}

async function showLog(call: OpenStackCall): Promise<void> {
  const server = await call.api.findServer(call.parsed.text('server'))
  const lines = call.parsed.value('lines')
  const wanted: JsonObject = lines === null ? {} : { length: Number(lines) }
  const { output } = await call.api.compute('POST', `/servers/${server.id}/action`, { 'os-getConsoleOutput': wanted })
  const text = String(output ?? '')
  call.proc.out(text.endsWith('\n') || text === '' ? text : `${text}\n`)
}

const ONE = '<server>'
const PLACES = '[--host <host>] [--hypervisor-hostname <hypervisor-hostname>] [--boot-from-volume <volume-size>] '
const SEVERAL = '<server> [<server> ...]'

export const serverCommands: readonly OpenStackCommand[] = [
  {
    words: 'server create',
    kind: 'show',
    summary: 'Create a new server',
    usage: (isLater) =>
      `<server-name> (--image <image> | --image-property <key=value>* | --volume <volume>) --flavor <flavor> [--security-group <security-group>*] [--key-name <key-name>] [--property <key=value>*] [--file <dest-filename=source-filename>*] [--user-data <user-data>] ${isLater ? '[--description <description>] ' : ''}[--availability-zone <zone-name>] ${isLater ? PLACES : ''}[--block-device-mapping <dev-name=mapping>*] [--nic <net-id=net-uuid,v4-fixed-ip=ip-addr,v6-fixed-ip=ip-addr,port-id=port-uuid,auto,none>*] [--network <network>*] [--port <port>*] [--hint <key=value>*] [--config-drive <config-drive-volume>|True] [--min <count>:int] [--max <count>:int] [--wait]`,
    run: createServer,
  },
  { words: 'server delete', kind: 'act', summary: 'Delete server(s)', usage: `${SEVERAL} [--wait]`, run: deleteServers },
  {
    words: 'server list',
    kind: 'list',
    summary: 'List servers',
    usage: (isLater) =>
      `[--reservation-id <reservation-id>] [--ip <ip-address-regex>] [--ip6 <ip-address-regex>] [--name <name-regex>] [--instance-name <server-name>] [--status <status>] [--flavor <flavor>] [--image <image>] [--host <hostname>] [--all-projects] ${PROJECT} [--user <user>] [--user-domain <user-domain>] [--long] [-n/--no-name-lookup | --name-lookup-one-by-one] [--marker <server>] [--limit <num-servers>:int] [--deleted]${isLater ? ' [--changes-before <changes-before>]' : ''} [--changes-since <changes-since>]${isLater ? ' [--locked | --unlocked]' : ''}`,
    run: listServers,
  },
  {
    words: 'server show',
    kind: 'show',
    summary: 'Show server details',
    usage: `${ONE} [--diagnostics]`,
    run: async (call) => call.show(await serverFields(call, await call.api.findServer(call.parsed.text('server')))),
  },
  { words: 'server start', kind: 'act', summary: 'Start server(s).', usage: SEVERAL, run: (call) => actOnAll(call, { 'os-start': null }) },
  { words: 'server stop', kind: 'act', summary: 'Stop server(s).', usage: SEVERAL, run: (call) => actOnAll(call, { 'os-stop': null }) },
  {
    words: 'server reboot',
    kind: 'act',
    summary: 'Perform a hard or soft server reboot',
    usage: `${ONE} [--hard | --soft] [--wait]`,
    run: (call) => act(call, { reboot: { type: call.parsed.has('hard') ? 'HARD' : 'SOFT' } }),
  },
  {
    words: 'server add floating ip',
    kind: 'act',
    summary: 'Add floating IP address to server',
    usage: `${ONE} <ip-address> [--fixed-ip-address <ip-address>]`,
    run: addFloatingIp,
  },
  {
    words: 'server remove floating ip',
    kind: 'act',
    summary: 'Remove floating IP address from server',
    usage: `${ONE} <ip-address>`,
    run: async ({ api, parsed }) => {
      await api.update('floatingip', await api.find('floatingip', parsed.text('ip-address')), { port_id: null })
    },
  },
  {
    words: 'server add security group',
    kind: 'act',
    summary: 'Add security group to server',
    usage: `${ONE} <group>`,
    run: async (call) => act(call, { addSecurityGroup: { name: await call.api.findId('security_group', call.parsed.text('group')) } }),
  },
  {
    words: 'server remove security group',
    kind: 'act',
    summary: 'Remove security group from server',
    usage: `${ONE} <group>`,
    run: async (call) => act(call, { removeSecurityGroup: { name: await call.api.findId('security_group', call.parsed.text('group')) } }),
  },
  { words: 'server add port', kind: 'act', summary: 'Add port to server', usage: `${ONE} <port>`, run: addPort },
  { words: 'server remove port', kind: 'act', summary: 'Remove port from server', usage: `${ONE} <port>`, run: removePort },
  { words: 'server add network', kind: 'act', summary: 'Add network to server', usage: `${ONE} <network>`, run: addNetwork },
  {
    words: 'server remove network',
    kind: 'act',
    summary: 'Remove all ports of a network from server',
    usage: `${ONE} <network>`,
    run: removeNetwork,
  },
  {
    words: 'console log show',
    kind: 'act',
    summary: "Show server's console output",
    usage: `${ONE} [--lines <num-lines>:int]`,
    run: showLog,
  },
]
