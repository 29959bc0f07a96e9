// openstack network and subnet.
import { type Cell, FormattedCell, joined } from '../shared/cells.js'
import type { Json, JsonObject } from '../shared/python.js'
import { isList, isObject } from '../shared/python.js'
import { type OpenStackCall, type OpenStackCommand, PROJECT, TAG_FILTERS } from './command.js'
import { deleteAll, filtersOf, keyValues, projectOf, routesText, switchOf, tagsFor, upDown } from './common.js'

function dnsPublish(isLater: boolean): string {
  return isLater ? ' [--dns-publish-fixed-ip | --no-dns-publish-fixed-ip]' : ''
}

const PROVIDER =
  '[--provider-network-type <provider-network-type>] [--provider-physical-network <provider-physical-network>] [--provider-segment <provider-segment>]'

function routerType(row: JsonObject): Cell {
  const isExternal = row['router:external'] === true
  return new FormattedCell(isExternal ? 'External' : 'Internal', isExternal)
}

async function networkFields(call: OpenStackCall, row: JsonObject): Promise<Record<string, Cell>> {
  const plain = (key: string): Cell => row[key] ?? null
  return {
    admin_state_up: upDown(row.admin_state_up),
    availability_zone_hints: joined(row.availability_zone_hints),
    availability_zones: joined(row.availability_zones),
    created_at: plain('created_at'),
    description: plain('description'),
    dns_domain: plain('dns_domain'),
    id: plain('id'),
    ipv4_address_scope: plain('ipv4_address_scope'),
    ipv6_address_scope: plain('ipv6_address_scope'),
    is_default: plain('is_default'),
    is_vlan_transparent: plain('vlan_transparent'),
    ...(await call.location(row)),
    mtu: plain('mtu'),
    name: plain('name'),
    port_security_enabled: plain('port_security_enabled'),
    project_id: row.project_id ?? row.tenant_id ?? null,
    'provider:network_type': plain('provider:network_type'),
    'provider:physical_network': plain('provider:physical_network'),
    'provider:segmentation_id': plain('provider:segmentation_id'),
    qos_policy_id: plain('qos_policy_id'),
    revision_number: plain('revision_number'),
    'router:external': routerType(row),
    segments: plain('segments'),
    shared: plain('shared'),
    status: plain('status'),
    subnets: joined(row.subnets),
    tags: joined(row.tags),
    updated_at: plain('updated_at'),
  }
}

async function networkBody(call: OpenStackCall): Promise<Record<string, Json>> {
  const { parsed } = call
  const body: Record<string, Json> = {}
  if (parsed.value('name') !== null) body.name = parsed.text('name')
  switchOf(parsed, body, 'admin_state_up', 'enable', 'disable')
  switchOf(parsed, body, 'shared', 'share', 'no-share')
  switchOf(parsed, body, 'router:external', 'external', 'internal')
  switchOf(parsed, body, 'is_default', 'default', 'no-default')
  switchOf(parsed, body, 'port_security_enabled', 'enable-port-security', 'disable-port-security')
  for (const key of ['description', 'mtu']) if (parsed.value(key) !== null) body[key] = parsed.text(key)
  if (parsed.value('dns-domain') !== null) body.dns_domain = parsed.text('dns-domain')
  if (parsed.has('availability-zone-hint')) body.availability_zone_hints = parsed.values('availability-zone-hint')
  const provider = {
    'provider-network-type': 'network_type',
    'provider-physical-network': 'physical_network',
    'provider-segment': 'segmentation_id',
  }
  for (const [option, key] of Object.entries(provider)) {
    if (parsed.value(option) !== null) body[`provider:${key}`] = parsed.text(option)
  }
  return { ...body, ...(await projectOf(call)) }
}

async function listNetworks(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const query: [string, string][] = filtersOf(parsed, {
    name: 'name',
    status: 'status',
    'provider-network-type': 'provider:network_type',
    'provider-physical-network': 'provider:physical_network',
    'provider-segment': 'provider:segmentation_id',
  })
  for (const [option, key, value] of SWITCH_FILTERS) if (parsed.has(option)) query.push([key, value])
  query.push(...(await tagsFor(call)))
  const agent = parsed.value('agent')
  const rows = agent === null ? await api.list('network', query) : await networksOnAgent(call, agent)
  if (!parsed.has('long')) {
    call.list(
      ['ID', 'Name', 'Subnets'],
      rows.map((row) => [row.id!, row.name!, joined(row.subnets)]),
    )
    return
  }
  call.list(
    ['ID', 'Name', 'Status', 'Project', 'State', 'Shared', 'Subnets', 'Network Type', 'Router Type', 'Availability Zones', 'Tags'],
    rows.map((row) => [
      row.id!,
      row.name!,
      row.status ?? null,
      row.project_id ?? row.tenant_id ?? null,
      upDown(row.admin_state_up),
      row.shared ?? null,
      joined(row.subnets),
      row['provider:network_type'] ?? null,
      routerType(row),
      joined(row.availability_zones),
      joined(row.tags),
    ]),
  )
}

const SWITCH_FILTERS: readonly (readonly [string, string, string])[] = [
  ['external', 'router:external', 'True'],
  ['internal', 'router:external', 'False'],
  ['enable', 'admin_state_up', 'True'],
  ['disable', 'admin_state_up', 'False'],
  ['share', 'shared', 'True'],
  ['no-share', 'shared', 'False'],
]

async function networksOnAgent({ api }: OpenStackCall, id: string): Promise<JsonObject[]> {
  const reply = await api.network('GET', `/agents/${id}/dhcp-networks`)
  return (isObject(reply) ? reply.networks : []) as unknown as JsonObject[]
}

// --- subnets

function poolText(value: Json | undefined): Cell {
  if (!isList(value)) return value ?? null
  return new FormattedCell(value.map((pool) => (isObject(pool) ? `${pool.start}-${pool.end}` : '')).join(','), value)
}

async function subnetFields(call: OpenStackCall, row: JsonObject): Promise<Record<string, Cell>> {
  const plain = (key: string): Cell => row[key] ?? null
  return {
    allocation_pools: poolText(row.allocation_pools),
    cidr: plain('cidr'),
    created_at: plain('created_at'),
    description: plain('description'),
    dns_nameservers: joined(row.dns_nameservers),
    ...(call.isLater ? { dns_publish_fixed_ip: plain('dns_publish_fixed_ip') } : {}),
    enable_dhcp: plain('enable_dhcp'),
    gateway_ip: plain('gateway_ip'),
    host_routes: routesText(row.host_routes),
    id: plain('id'),
    ip_version: plain('ip_version'),
    ipv6_address_mode: plain('ipv6_address_mode'),
    ipv6_ra_mode: plain('ipv6_ra_mode'),
    ...(await call.location(row)),
    name: plain('name'),
    network_id: plain('network_id'),
    prefix_length: plain('prefixlen'),
    project_id: row.project_id ?? row.tenant_id ?? null,
    revision_number: plain('revision_number'),
    segment_id: plain('segment_id'),
    service_types: joined(row.service_types),
    subnetpool_id: plain('subnetpool_id'),
    tags: joined(row.tags),
    updated_at: plain('updated_at'),
  }
}

/** The attributes of a subnet that create and set share; `row` is the one there is. */
function subnetBody({ parsed }: OpenStackCall, row: JsonObject | null): Record<string, Json> {
  const body: Record<string, Json> = {}
  if (parsed.value('name') !== null) body.name = parsed.text('name')
  if (parsed.value('description') !== null) body.description = parsed.text('description')
  switchOf(parsed, body, 'enable_dhcp', 'dhcp', 'no-dhcp')
  const gateway = parsed.value('gateway')
  if (gateway !== null && gateway.toLowerCase() !== 'auto') body.gateway_ip = gateway.toLowerCase() === 'none' ? null : gateway
  const before = (key: string, option: string): readonly Json[] =>
    parsed.has(option) || !isList(row?.[key]) ? [] : (row[key] as readonly Json[])
  if (parsed.has('dns-nameserver'))
    body.dns_nameservers = [...before('dns_nameservers', 'no-dns-nameservers'), ...parsed.values('dns-nameserver')]
  else if (parsed.has('no-dns-nameservers')) body.dns_nameservers = []
  if (parsed.has('allocation-pool')) {
    body.allocation_pools = [...before('allocation_pools', 'no-allocation-pool'), ...parsed.values('allocation-pool').map(keyValues)]
  } else if (parsed.has('no-allocation-pool')) body.allocation_pools = []
  if (parsed.has('host-route')) body.host_routes = [...before('host_routes', 'no-host-route'), ...parsed.values('host-route').map(routeOf)]
  else if (parsed.has('no-host-route')) body.host_routes = []
  return body
}

/** The option says gateway where the API says nexthop. */
export function routeOf(text: string): Json {
  const { destination, gateway } = keyValues(text)
  return { destination: destination!, nexthop: gateway! }
}

async function createSubnet(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const body: Record<string, Json> = { name: parsed.text('name'), network_id: await api.findId('network', parsed.text('network')) }
  body.ip_version = Number(parsed.value('ip-version') ?? '4')
  if (parsed.value('subnet-range') !== null) body.cidr = parsed.text('subnet-range')
  const row = await api.create('subnet', { ...body, ...subnetBody(call, null), ...(await projectOf(call)) })
  call.show(await subnetFields(call, row))
}

async function listSubnets(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const query: [string, string][] = filtersOf(parsed, {
    'ip-version': 'ip_version',
    gateway: 'gateway_ip',
    name: 'name',
    'subnet-range': 'cidr',
  })
  if (parsed.has('dhcp')) query.push(['enable_dhcp', 'True'])
  if (parsed.has('no-dhcp')) query.push(['enable_dhcp', 'False'])
  if (parsed.value('network') !== null) query.push(['network_id', await api.findId('network', parsed.text('network'))])
  query.push(...(await tagsFor(call)))
  const rows = await api.list('subnet', query)
  const isLong = parsed.has('long')
  const columns = ['ID', 'Name', 'Network', 'Subnet']
  const longColumns = [
    'Project',
    'DHCP',
    'Name Servers',
    'Allocation Pools',
    'Host Routes',
    'IP Version',
    'Gateway',
    'Service Types',
    'Tags',
  ]
  call.list(
    isLong ? [...columns, ...longColumns] : columns,
    rows.map((row) => {
      const cells: Cell[] = [row.id!, row.name!, row.network_id!, row.cidr!]
      if (!isLong) return cells
      const project = row.project_id ?? row.tenant_id ?? null
      cells.push(project, row.enable_dhcp ?? null, joined(row.dns_nameservers), poolText(row.allocation_pools), routesText(row.host_routes))
      cells.push(row.ip_version ?? null, row.gateway_ip ?? null, joined(row.service_types), joined(row.tags))
      return cells
    }),
  )
}

async function unsetSubnet(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const row = await api.find('subnet', parsed.text('subnet'))
  const body: Record<string, Json> = {}
  const without = (key: string, option: string, gone: readonly Json[]): void => {
    if (!parsed.has(option) || !isList(row[key])) return
    const texts = gone.map((item) => JSON.stringify(item))
    body[key] = (row[key] as readonly Json[]).filter((item) => !texts.includes(JSON.stringify(item)))
  }
  without('dns_nameservers', 'dns-nameserver', parsed.values('dns-nameserver'))
  without('allocation_pools', 'allocation-pool', parsed.values('allocation-pool').map(keyValues))
  without('host_routes', 'host-route', parsed.values('host-route').map(routeOf))
  await api.update('subnet', row, body)
}

const SUBNET_LISTS =
  '[--allocation-pool start=<ip-address>,end=<ip-address>*] [--dns-nameserver <dns-nameserver>*] [--host-route destination=<subnet>,gateway=<ip-address>*] [--service-type <service-type>*]'

export const networkCommands: readonly OpenStackCommand[] = [
  {
    words: 'network create',
    kind: 'show',
    summary: 'Create new network',
    wrapsFaults: true,
    usage: `<name> [--share | --no-share] [--enable | --disable] [--project <project>] [--description <description>] [--mtu <mtu>] [--project-domain <project-domain>] [--availability-zone-hint <availability-zone>*] [--enable-port-security | --disable-port-security] [--external | --internal] [--default | --no-default] [--qos-policy <qos-policy>] [--transparent-vlan | --no-transparent-vlan] ${PROVIDER} [--dns-domain <dns-domain>] [--tag <tag>* | --no-tag]`,
    run: async (call) => {
      const body = { admin_state_up: true, ...(await networkBody(call)) }
      call.show(await networkFields(call, await call.api.create('network', body)))
    },
  },
  {
    words: 'network delete',
    kind: 'act',
    summary: 'Delete network(s)',
    usage: '<network> [<network> ...]',
    run: (call) => deleteAll(call, 'network', 'network'),
  },
  {
    words: 'network list',
    kind: 'list',
    summary: 'List networks',
    wrapsFaults: true,
    usage: `[--external | --internal] [--long] [--name <name>] [--enable | --disable] ${PROJECT} [--share | --no-share] [--status <status>] ${PROVIDER} [--agent <agent-id>] ${TAG_FILTERS}`,
    run: listNetworks,
  },
  {
    words: 'network set',
    kind: 'act',
    summary: 'Set network properties',
    usage: `<network> [--name <name>] [--enable | --disable] [--share | --no-share] [--description <description] [--mtu <mtu] [--enable-port-security | --disable-port-security] [--external | --internal] [--default | --no-default] [--qos-policy <qos-policy> | --no-qos-policy] [--tag <tag>*] [--no-tag] ${PROVIDER} [--dns-domain <dns-domain>]`,
    run: async (call) => {
      const row = await call.api.find('network', call.parsed.text('network'))
      await call.api.update('network', row, await networkBody(call))
    },
  },
  {
    words: 'network show',
    kind: 'show',
    summary: 'Show network details',
    wrapsFaults: true,
    usage: '<network>',
    run: async (call) => call.show(await networkFields(call, await call.api.find('network', call.parsed.text('network')))),
  },
  {
    words: 'subnet create',
    kind: 'show',
    summary: 'Create a subnet',
    usage: (isLater) =>
      `<name> ${PROJECT} [--subnet-pool <subnet-pool> | --use-prefix-delegation USE_PREFIX_DELEGATION | --use-default-subnet-pool] [--prefix-length <prefix-length>] [--subnet-range <subnet-range>] [--dhcp | --no-dhcp]${dnsPublish(isLater)} [--gateway <gateway>] [--ip-version {4,6}:int] [--ipv6-ra-mode {dhcpv6-stateful,dhcpv6-stateless,slaac}] [--ipv6-address-mode {dhcpv6-stateful,dhcpv6-stateless,slaac}] [--network-segment <network-segment>] --network <network> [--description <description>] ${SUBNET_LISTS} [--tag <tag>* | --no-tag]`,
    run: createSubnet,
  },
  {
    words: 'subnet delete',
    kind: 'act',
    summary: 'Delete subnet(s)',
    usage: '<subnet> [<subnet> ...]',
    run: (call) => deleteAll(call, 'subnet', 'subnet'),
  },
  {
    words: 'subnet list',
    kind: 'list',
    summary: 'List subnets',
    usage: `[--long] [--ip-version <ip-version>:int] [--dhcp | --no-dhcp] [--service-type <service-type>*] ${PROJECT} [--network <network>] [--gateway <gateway>] [--name <name>] [--subnet-range <subnet-range>] ${TAG_FILTERS}`,
    run: listSubnets,
  },
  {
    words: 'subnet set',
    kind: 'act',
    summary: 'Set subnet properties',
    usage: (isLater) =>
      `<subnet> [--name <name>] [--dhcp | --no-dhcp]${dnsPublish(isLater)} [--gateway <gateway>] [--network-segment <network-segment>] [--description <description>] [--tag <tag>*] [--no-tag] [--allocation-pool start=<ip-address>,end=<ip-address>*] [--no-allocation-pool] [--dns-nameserver <dns-nameserver>*] [--no-dns-nameservers] [--host-route destination=<subnet>,gateway=<ip-address>*] [--no-host-route] [--service-type <service-type>*]`,
    run: async (call) => {
      const row = await call.api.find('subnet', call.parsed.text('subnet'))
      await call.api.update('subnet', row, subnetBody(call, row))
    },
  },
  {
    words: 'subnet show',
    kind: 'show',
    summary: 'Display subnet details',
    usage: '<subnet>',
    run: async (call) => call.show(await subnetFields(call, await call.api.find('subnet', call.parsed.text('subnet')))),
  },
  {
    words: 'subnet unset',
    kind: 'act',
    summary: 'Unset subnet properties',
    usage: `${SUBNET_LISTS} [--tag <tag>* | --all-tag] <subnet>`,
    run: unsetSubnet,
  },
]
