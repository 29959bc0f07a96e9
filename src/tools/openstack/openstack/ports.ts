// openstack port.
import { type Cell, joined, pairLines, pairs } from '../shared/cells.js'
import { isList, isObject, type Json, type JsonObject } from '../shared/python.js'
import { type OpenStackCall, type OpenStackCommand, PROJECT, TAG_FILTERS } from './command.js'
import { deleteAll, filtersOf, keyValues, projectOf, switchOf, tagsFor, upDown } from './common.js'

async function portFields(call: OpenStackCall, row: JsonObject): Promise<Record<string, Cell>> {
  const plain = (key: string): Cell => row[key] ?? null
  const { python } = call
  return {
    admin_state_up: upDown(row.admin_state_up),
    allowed_address_pairs: pairLines(row.allowed_address_pairs, python),
    binding_host_id: plain('binding:host_id'),
    binding_profile: pairs(row['binding:profile'], python),
    binding_vif_details: pairs(row['binding:vif_details'], python),
    binding_vif_type: plain('binding:vif_type'),
    binding_vnic_type: plain('binding:vnic_type'),
    created_at: plain('created_at'),
    data_plane_status: plain('data_plane_status'),
    description: plain('description'),
    device_id: plain('device_id'),
    device_owner: plain('device_owner'),
    dns_assignment: pairLines(row.dns_assignment, python),
    dns_domain: plain('dns_domain'),
    dns_name: plain('dns_name'),
    extra_dhcp_opts: pairLines(row.extra_dhcp_opts, python),
    fixed_ips: pairLines(row.fixed_ips, python),
    id: plain('id'),
    ...(await call.location(row)),
    ...(call.isLater ? laterFields(row) : {}),
    mac_address: plain('mac_address'),
    name: plain('name'),
    network_id: plain('network_id'),
    port_security_enabled: plain('port_security_enabled'),
    project_id: row.project_id ?? row.tenant_id ?? null,
    propagate_uplink_status: plain('propagate_uplink_status'),
    qos_policy_id: plain('qos_policy_id'),
    resource_request: plain('resource_request'),
    revision_number: plain('revision_number'),
    security_group_ids: joined(row.security_groups),
    status: plain('status'),
    tags: joined(row.tags),
    trunk_details: plain('trunk_details'),
    updated_at: plain('updated_at'),
  }
}

function laterFields(row: JsonObject): Record<string, Cell> {
  const keys = ['ip_allocation', 'numa_affinity_policy', 'qos_network_policy_id']
  return Object.fromEntries(keys.map((key) => [key, row[key] ?? null]))
}

const PLAIN: Readonly<Record<string, string>> = {
  description: 'description',
  device: 'device_id',
  'device-id': 'device_id',
  'device-owner': 'device_owner',
  'vnic-type': 'binding:vnic_type',
  host: 'binding:host_id',
  'host-id': 'binding:host_id',
  'mac-address': 'mac_address',
  'dns-domain': 'dns_domain',
  'dns-name': 'dns_name',
  name: 'name',
  'data-plane-status': 'data_plane_status',
}

/** What create and set share; `row` is the port there is, whose lists are added to. */
async function portBody(call: OpenStackCall, row: JsonObject | null): Promise<Record<string, Json>> {
  const { parsed, api } = call
  const body: Record<string, Json> = {}
  for (const [option, key] of Object.entries(PLAIN)) if (parsed.value(option) !== null) body[key] = parsed.text(option)
  switchOf(parsed, body, 'admin_state_up', 'enable', 'disable')
  switchOf(parsed, body, 'port_security_enabled', 'enable-port-security', 'disable-port-security')
  switchOf(parsed, body, 'propagate_uplink_status', 'enable-uplink-status-propagation', 'disable-uplink-status-propagation')
  const before = (key: string, cleared: string): readonly Json[] =>
    parsed.has(cleared) || !isList(row?.[key]) ? [] : (row[key] as readonly Json[])
  if (parsed.has('fixed-ip')) {
    const added: Json[] = []
    for (const text of parsed.values('fixed-ip')) added.push(await fixedIpOf(call, text))
    body.fixed_ips = [...before('fixed_ips', 'no-fixed-ip'), ...added]
  } else if (parsed.has('no-fixed-ip')) body.fixed_ips = []
  if (parsed.has('security-group')) {
    const ids: Json[] = []
    for (const word of parsed.values('security-group')) ids.push(await api.findId('security_group', word))
    body.security_groups = [...before('security_groups', 'no-security-group'), ...ids]
  } else if (parsed.has('no-security-group')) body.security_groups = []
  if (parsed.has('allowed-address')) {
    const added = parsed.values('allowed-address').map(addressPairOf)
    body.allowed_address_pairs = [...before('allowed_address_pairs', 'no-allowed-address'), ...added]
  } else if (parsed.has('no-allowed-address')) body.allowed_address_pairs = []
  if (parsed.has('binding-profile')) body['binding:profile'] = Object.assign({}, ...parsed.values('binding-profile').map(keyValues)) as Json
  else if (parsed.has('no-binding-profile')) body['binding:profile'] = {}
  return body
}

/** `subnet=NAME,ip-address=1.2.3.4` as the API has it. */
export async function fixedIpOf({ api }: OpenStackCall, text: string): Promise<Record<string, string>> {
  const words = keyValues(text)
  return {
    ...(words.subnet === undefined ? {} : { subnet_id: await api.findId('subnet', words.subnet) }),
    ...(words['ip-address'] === undefined ? {} : { ip_address: words['ip-address'] }),
    ...(words['ip-substring'] === undefined ? {} : { ip_address_substr: words['ip-substring'] }),
  }
}

function addressPairOf(text: string): Json {
  const words = keyValues(text)
  return { ip_address: words['ip-address']!, ...(words['mac-address'] === undefined ? {} : { mac_address: words['mac-address'] }) }
}

async function createPort(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const network_id = await api.findId('network', parsed.text('network'))
  const own = await portBody(call, null)
  const body = { admin_state_up: true, network_id, ...own, name: parsed.text('name'), ...(await projectOf(call)) }
  call.show(await portFields(call, await api.create('port', body)))
}

async function listPorts(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const query: [string, string][] = filtersOf(parsed, { 'device-owner': 'device_owner', 'device-id': 'device_id', host: 'binding:host_id' })
  if (parsed.value('router') !== null) query.push(['device_id', await api.findId('router', parsed.text('router'))])
  if (parsed.value('server') !== null) query.push(['device_id', String((await api.findServer(parsed.text('server'))).id)])
  if (parsed.value('network') !== null) query.push(['network_id', await api.findId('network', parsed.text('network'))])
  if (parsed.value('mac-address') !== null) query.push(['mac_address', parsed.text('mac-address')])
  for (const text of parsed.values('fixed-ip')) {
    for (const [key, value] of Object.entries(await fixedIpOf(call, text))) query.push(['fixed_ips', `${key}=${value}`])
  }
  query.push(...(await tagsFor(call)))
  const isLong = parsed.has('long')
  const columns = ['ID', 'Name', 'MAC Address', 'Fixed IP Addresses', 'Status']
  const rows = await api.list('port', query)
  call.list(
    isLong ? [...columns, 'Security Groups', 'Device Owner', 'Tags'] : columns,
    rows.map((row) => {
      const cells: Cell[] = [row.id!, row.name ?? null, row.mac_address ?? null, pairLines(row.fixed_ips, call.python), row.status ?? null]
      return isLong ? [...cells, joined(row.security_groups), row.device_owner ?? null, joined(row.tags)] : cells
    }),
  )
}

async function unsetPort(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const row = await api.find('port', parsed.text('port'))
  const body: Record<string, Json> = {}
  if (parsed.has('fixed-ip')) {
    const gone: Record<string, string>[] = []
    for (const text of parsed.values('fixed-ip')) gone.push(await fixedIpOf(call, text))
    const isGone = (ip: Json): boolean =>
      isObject(ip) && gone.some((words) => Object.entries(words).every(([key, value]) => ip[key] === value))
    body.fixed_ips = (isList(row.fixed_ips) ? row.fixed_ips : []).filter((ip) => !isGone(ip))
  }
  if (parsed.has('security-group')) {
    const gone: string[] = []
    for (const word of parsed.values('security-group')) gone.push(await api.findId('security_group', word))
    body.security_groups = (isList(row.security_groups) ? row.security_groups : []).filter((id) => !gone.includes(String(id)))
  }
  if (parsed.has('allowed-address')) {
    const gone = parsed.values('allowed-address').map((text) => keyValues(text)['ip-address'])
    const pairsNow = isList(row.allowed_address_pairs) ? row.allowed_address_pairs : []
    body.allowed_address_pairs = pairsNow.filter((pair) => !isObject(pair) || !gone.includes(String(pair.ip_address)))
  }
  await api.update('port', row, body)
}

const ADDRESS_PAIR = '[--allowed-address ip-address=<ip-address>[,mac-address=<mac-address>]*]'
const NUMA = '[--numa-policy-required | --numa-policy-preferred | --numa-policy-legacy]'
const DHCP_OPTION = '[--extra-dhcp-option name=<name>[,value=<value>,ip-version={4,6}]*]'
const FIXED_IP = '--fixed-ip subnet=<subnet>,ip-address=<ip-address>*'

export const portCommands: readonly OpenStackCommand[] = [
  {
    words: 'port create',
    kind: 'show',
    summary: 'Create a new port',
    usage: (isLater) =>
      `--network <network> [--description <description>] [--device <device-id>] ?--device-id <device-id> [--mac-address <mac-address>] [--device-owner <device-owner>] [--vnic-type <vnic-type>] [--host <host-id>] ?--host-id <host-id> [--dns-domain dns-domain] [--dns-name <dns-name>]${isLater ? ` ${NUMA}` : ''} [${FIXED_IP} | --no-fixed-ip] [--binding-profile <binding-profile>] [--enable | --disable] [--enable-uplink-status-propagation | --disable-uplink-status-propagation] ${PROJECT} <name>${isLater ? ` ${DHCP_OPTION}` : ''} [--security-group <security-group>* | --no-security-group] [--qos-policy <qos-policy>] [--enable-port-security | --disable-port-security] ${ADDRESS_PAIR} [--tag <tag>* | --no-tag]`,
    run: createPort,
  },
  {
    words: 'port delete',
    kind: 'act',
    summary: 'Delete port(s)',
    usage: '<port> [<port> ...]',
    run: (call) => deleteAll(call, 'port', 'port'),
  },
  {
    words: 'port list',
    kind: 'list',
    summary: 'List ports',
    usage: (isLater) =>
      `[--device-owner <device-owner>]${isLater ? ' [--host <host-id>]' : ''} [--network <network>] [--router <router> | --server <server> | --device-id <device-id>] [--mac-address <mac-address>] [--long] ${PROJECT} [--fixed-ip subnet=<subnet>,ip-address=<ip-address>,ip-substring=<ip-substring>*] ${TAG_FILTERS}`,
    run: listPorts,
  },
  {
    words: 'port set',
    kind: 'act',
    summary: 'Set port properties',
    usage: `[--description <description>] [--device <device-id>] ?--device-id <device-id> [--mac-address <mac-address>] [--device-owner <device-owner>] [--vnic-type <vnic-type>] [--host <host-id>] ?--host-id <host-id> [--dns-domain dns-domain] [--dns-name <dns-name>] [--enable | --disable] [--name <name>] [${FIXED_IP}] [--no-fixed-ip] [--binding-profile <binding-profile>] [--no-binding-profile] [--qos-policy <qos-policy>] <port> [--security-group <security-group>*] [--no-security-group] [--enable-port-security | --disable-port-security] ${ADDRESS_PAIR} [--no-allowed-address] [--data-plane-status <status>] [--tag <tag>*] [--no-tag]`,
    run: async (call) => {
      const row = await call.api.find('port', call.parsed.text('port'))
      await call.api.update('port', row, await portBody(call, row))
    },
  },
  {
    words: 'port show',
    kind: 'show',
    summary: 'Display port details',
    usage: '<port>',
    run: async (call) => call.show(await portFields(call, await call.api.find('port', call.parsed.text('port')))),
  },
  {
    words: 'port unset',
    kind: 'act',
    summary: 'Unset port properties',
    usage: `[${FIXED_IP}] [--binding-profile <binding-profile-key>*] [--security-group <security-group>*] <port> ${ADDRESS_PAIR} [--qos-policy] [--data-plane-status] [--tag <tag>* | --all-tag]`,
    run: unsetPort,
  },
]
