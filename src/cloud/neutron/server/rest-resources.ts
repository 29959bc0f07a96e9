// The resources of the API: their attributes, and what a request does with each.
import type { Direction, EtherType, NetworkType } from '../objects.js'
import type { NeutronApi } from './neutron-api.js'
import * as v from './rest-values.js'
import type { Json, Views } from './rest-views.js'
import type { Segment } from './segments.js'

export interface Attribute {
  readonly parse: v.Parser<unknown>
  readonly required?: boolean
  /** May be given when the row is made; true unless said. */
  readonly post?: boolean
  /** May be changed; false unless said. */
  readonly put?: boolean
}

/** Parsed values of a body by their attributes; absent ones are undefined. */
export type Values = Readonly<Record<string, unknown>>

export interface Resource {
  /** In bodies: `security_group`; the collection is the plural. */
  readonly name: string
  readonly plural: string
  readonly attributes: Readonly<Record<string, Attribute>>
  list(): Json[]
  get(id: string): Json
  create?(values: Values): Json
  update?(id: string, values: Values): Json
  delete?(id: string): void
}

const text: Attribute = { parse: v.text, put: true }
const flag: Attribute = { parse: v.bool, put: true }
const tenant: Attribute = { parse: v.text }
const own: Readonly<Record<string, Attribute>> = { tenant_id: tenant, project_id: tenant, description: text }

/** Leaves out what is undefined, under the code's names. */
function pick(values: Values, names: Readonly<Record<string, string>>): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, name] of Object.entries(names)) if (values[key] !== undefined) out[name] = values[key]
  return out
}

const NETWORK_TYPES: readonly NetworkType[] = ['local', 'flat', 'vlan', 'gre', 'vxlan']

export function networkResource(api: NeutronApi, views: Views): Resource {
  const names = { name: 'name', admin_state_up: 'adminStateUp', shared: 'shared', 'router:external': 'external', mtu: 'mtu' }
  return {
    name: 'network',
    plural: 'networks',
    attributes: {
      ...own,
      name: text,
      admin_state_up: flag,
      shared: flag,
      'router:external': flag,
      'provider:network_type': { parse: v.oneOf(NETWORK_TYPES) },
      'provider:physical_network': { parse: v.orNull(v.text) },
      'provider:segmentation_id': { parse: v.orNull(v.integer) },
      mtu: { parse: v.integer, put: true },
      port_security_enabled: flag,
      availability_zone_hints: { parse: v.listOf(v.text) },
      is_default: flag,
      qos_policy_id: { parse: v.orNull(v.uuid), put: true },
    },
    list: () => [...api.db.networks.values()].map(views.network),
    get: (id) => views.network(api.networks.get(id)),
    create: (values) => views.network(api.networks.create({ ...pick(values, names), provider: providerOf(api, values) })),
    update: (id, values) => views.network(api.networks.update(id, pick(values, names))),
    delete: (id) => api.networks.delete(id),
  }
}

function providerOf(api: NeutronApi, values: Values): Segment | null {
  const type = values['provider:network_type'] as NetworkType | undefined
  const physicalNetwork = (values['provider:physical_network'] as string | null | undefined) ?? null
  const segmentationId = (values['provider:segmentation_id'] as number | null | undefined) ?? null
  if (type !== undefined) return { networkType: type, physicalNetwork, segmentationId }
  if (physicalNetwork === null && segmentationId === null) return null
  throw api.refuse.error('InvalidInput', { message: 'network_type required' })
}

export function subnetResource(api: NeutronApi, views: Views): Resource {
  const changeable = {
    name: 'name',
    gateway_ip: 'gatewayIp',
    enable_dhcp: 'enableDhcp',
    allocation_pools: 'pools',
    dns_nameservers: 'dns',
    host_routes: 'hostRoutes',
  }
  return {
    name: 'subnet',
    plural: 'subnets',
    attributes: {
      ...own,
      name: text,
      network_id: { parse: v.uuid, required: true },
      cidr: { parse: v.subnet, required: true },
      ip_version: { parse: ipVersion, required: true },
      gateway_ip: { parse: v.orNull(v.address), put: true },
      enable_dhcp: flag,
      allocation_pools: { parse: v.listOf(v.pool), put: true },
      dns_nameservers: { parse: v.listOf(v.address), put: true },
      host_routes: { parse: v.listOf(v.hostRoute), put: true },
      ipv6_ra_mode: { parse: v.orNull(v.text) },
      ipv6_address_mode: { parse: v.orNull(v.text) },
      subnetpool_id: { parse: v.orNull(v.uuid) },
      service_types: { parse: v.listOf(v.text), put: true },
    },
    list: () => [...api.db.subnets.values()].map(views.subnet),
    get: (id) => views.subnet(api.subnets.get(id)),
    create: (values) =>
      views.subnet(
        api.subnets.create({
          networkId: values.network_id as string,
          cidr: values.cidr as Parameters<typeof api.subnets.create>[0]['cidr'],
          ...pick(values, changeable),
        }),
      ),
    update: (id, values) => views.subnet(api.subnets.update(id, pick(values, changeable))),
    delete: (id) => api.subnets.delete(id),
  }
}

function ipVersion(value: unknown): number {
  if (Number(value) === 4) return 4
  if (Number(value) === 6) throw new v.BadValue('IPv6 subnets are not emulated by netlab')
  throw new v.BadValue(`'${String(value)}' is not in [4, 6]`)
}

export function portResource(api: NeutronApi, views: Views): Resource {
  const changeable = {
    name: 'name',
    mac_address: 'mac',
    fixed_ips: 'fixedIps',
    device_id: 'deviceId',
    device_owner: 'deviceOwner',
    admin_state_up: 'adminStateUp',
    security_groups: 'securityGroups',
    'binding:host_id': 'hostId',
    port_security_enabled: 'portSecurity',
  }
  const withPairs = (values: Values, own: number | null): Record<string, unknown> => {
    const pairs = values.allowed_address_pairs
    return pairs === undefined ? {} : { allowedAddressPairs: v.listOf(v.addressPair(own))(pairs) }
  }
  return {
    name: 'port',
    plural: 'ports',
    attributes: {
      ...own,
      name: text,
      network_id: { parse: v.uuid, required: true },
      mac_address: { parse: v.mac, put: true },
      fixed_ips: { parse: v.listOf(v.fixedIp), put: true },
      device_id: text,
      device_owner: text,
      admin_state_up: flag,
      security_groups: { parse: v.listOf(v.uuid), put: true },
      allowed_address_pairs: { parse: (value) => value, put: true },
      extra_dhcp_opts: { parse: (value) => value, put: true },
      port_security_enabled: flag,
      'binding:host_id': text,
      'binding:vnic_type': text,
      'binding:profile': { parse: (value) => value, put: true },
      qos_policy_id: { parse: v.orNull(v.uuid), put: true },
    },
    list: () => [...api.db.ports.values()].map(views.port),
    get: (id) => views.port(api.ports.get(id)),
    create: (values) => {
      const port = api.ports.create({ networkId: values.network_id as string, ...pick(values, changeable) })
      const pairs = withPairs(values, port.mac)
      if (Object.keys(pairs).length > 0) api.ports.update(port.id, pairs)
      return views.port(port)
    },
    update: (id, values) => {
      const port = api.ports.get(id)
      return views.port(api.ports.update(id, { ...pick(values, changeable), ...withPairs(values, port.mac) }))
    },
    delete: (id) => api.ports.delete(id),
  }
}

export function routerResource(api: NeutronApi, views: Views): Resource {
  const hasDvr = api.profile.server.dvr
  const names = {
    name: 'name',
    admin_state_up: 'adminStateUp',
    external_gateway_info: 'gateway',
    routes: 'routes',
    ...(hasDvr ? { distributed: 'distributed' } : {}),
  }
  return {
    name: 'router',
    plural: 'routers',
    attributes: {
      ...own,
      name: text,
      admin_state_up: flag,
      external_gateway_info: { parse: v.gateway, put: true },
      routes: { parse: v.listOf(v.hostRoute), put: true },
      distributed: { parse: hasDvr ? v.bool : legacyOnly('distributed'), put: true },
      ha: { parse: legacyOnly('ha'), put: true },
      availability_zone_hints: { parse: v.listOf(v.text) },
    },
    list: () => [...api.db.routers.values()].map(views.router),
    get: (id) => views.router(api.routers.get(id)),
    create: (values) => views.router(api.routers.create(pick(values, names))),
    update: (id, values) => views.router(api.routers.update(id, pick(values, names))),
    delete: (id) => api.routers.delete(id),
  }
}

function legacyOnly(name: string): v.Parser<boolean> {
  return (value) => {
    if (!v.bool(value)) return false
    throw new v.BadValue(`routers with ${name}=True are not emulated by netlab here`)
  }
}

export function floatingIpResource(api: NeutronApi, views: Views): Resource {
  const association = { port_id: 'portId', fixed_ip_address: 'fixedIp' }
  return {
    name: 'floatingip',
    plural: 'floatingips',
    attributes: {
      ...own,
      floating_network_id: { parse: v.uuid, required: true },
      floating_ip_address: { parse: v.address },
      port_id: { parse: v.orNull(v.uuid), put: true },
      fixed_ip_address: { parse: v.orNull(v.address), put: true },
      subnet_id: { parse: v.orNull(v.uuid) },
      dns_name: text,
      dns_domain: text,
      qos_policy_id: { parse: v.orNull(v.uuid), put: true },
    },
    list: () => [...api.db.floatingIps.values()].map(views.floatingIp),
    get: (id) => views.floatingIp(api.floatingIps.get(id)),
    create: (values) =>
      views.floatingIp(
        api.floatingIps.create({
          networkId: values.floating_network_id as string,
          ...pick(values, { ...association, floating_ip_address: 'address' }),
        }),
      ),
    update: (id, values) => views.floatingIp(api.floatingIps.update(id, pick(values, association))),
    delete: (id) => api.floatingIps.delete(id),
  }
}

export function securityGroupResource(api: NeutronApi, views: Views): Resource {
  return {
    name: 'security_group',
    plural: 'security_groups',
    attributes: { ...own, name: text },
    list: () => {
      api.securityGroups.defaultGroup()
      return [...api.db.securityGroups.values()].map(views.securityGroup)
    },
    get: (id) => views.securityGroup(api.securityGroups.get(id)),
    create: (values) =>
      views.securityGroup(
        api.securityGroups.create({ name: (values.name as string | undefined) ?? '', ...pick(values, { description: 'description' }) }),
      ),
    update: (id, values) => views.securityGroup(api.securityGroups.update(id, pick(values, { name: 'name', description: 'description' }))),
    delete: (id) => api.securityGroups.delete(id),
  }
}

const DIRECTIONS: readonly Direction[] = ['ingress', 'egress']
const ETHERTYPES: readonly EtherType[] = ['IPv4', 'IPv6']

export function ruleResource(api: NeutronApi, views: Views): Resource {
  const names = {
    ethertype: 'ethertype',
    protocol: 'protocol',
    port_range_min: 'portMin',
    port_range_max: 'portMax',
    remote_ip_prefix: 'remotePrefix',
    remote_group_id: 'remoteGroupId',
  }
  return {
    name: 'security_group_rule',
    plural: 'security_group_rules',
    attributes: {
      ...own,
      security_group_id: { parse: v.uuid, required: true },
      direction: { parse: v.oneOf(DIRECTIONS), required: true },
      ethertype: { parse: v.oneOf(ETHERTYPES) },
      protocol: { parse: (value) => protocolOf(api, value) },
      port_range_min: { parse: (value) => portValue(api, value) },
      port_range_max: { parse: (value) => portValue(api, value) },
      remote_ip_prefix: { parse: v.orNull(remotePrefix) },
      remote_group_id: { parse: v.orNull(v.uuid) },
    },
    list: () => [...api.db.securityGroups.values()].flatMap(({ rules }) => rules.map(views.rule)),
    get: (id) => views.rule(api.securityGroups.rule(id)),
    create: (values) =>
      views.rule(
        api.securityGroups.createRule({
          groupId: values.security_group_id as string,
          direction: values.direction as Direction,
          ...pick(values, names),
        }),
      ),
    delete: (id) => api.securityGroups.deleteRule(id),
  }
}

/** Names that all releases know; the later ones take a few more, and any take numbers. */
const PROTOCOLS = ['tcp', 'udp', 'icmp']
const LATER_PROTOCOLS = [
  'ah',
  'dccp',
  'egp',
  'esp',
  'gre',
  'igmp',
  'ipip',
  'ospf',
  'pgm',
  'rsvp',
  'sctp',
  'udplite',
  'vrrp',
  'icmpv6',
  'ipv6-icmp',
]

function protocolOf(api: NeutronApi, value: unknown): string | null {
  if (value === null || value === undefined) return null
  const word = String(value).toLowerCase()
  if (/^\d+$/.test(word) && Number(word) <= 255) return word
  const known = api.profile.server.hasProjectKeys ? [...PROTOCOLS, ...LATER_PROTOCOLS] : PROTOCOLS
  if (api.profile.server.hasProjectKeys && (word === 'any' || word === '')) return null
  if (known.includes(word)) return word
  throw api.refuse.error('SecurityGroupRuleInvalidProtocol', {
    protocol: String(value),
    values: `[${known.map((row) => `'${row}'`).join(', ')}]`,
  })
}

function portValue(api: NeutronApi, value: unknown): number | null {
  if (value === null || value === undefined) return null
  const port = Number(value)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw api.refuse.error('SecurityGroupInvalidPortValue', { port: String(value) })
}

/** IPv4 or IPv6, kept as it is written. */
function remotePrefix(value: unknown): string {
  const given = v.text(value)
  if (given.includes(':')) return given
  const whole = given.includes('/') ? given : `${given}/32`
  v.subnet(whole.replace(/^0\.0\.0\.0$/, '0.0.0.0/0'))
  return whole
}

export function agentResource(api: NeutronApi, views: Views): Resource {
  const find = (id: string) => {
    const row = api.db.agents.get(id)
    if (row === undefined) throw api.refuse.error('AgentNotFound', { id })
    return row
  }
  return {
    name: 'agent',
    plural: 'agents',
    attributes: { admin_state_up: { parse: v.bool, put: true, post: false }, description: { parse: v.text, put: true, post: false } },
    list: () => [...api.db.agents.values()].map(views.agent),
    get: (id) => views.agent(find(id)),
    update: (id, values) => {
      const row = find(id)
      if (values.admin_state_up !== undefined) row.adminStateUp = values.admin_state_up as boolean
      return views.agent(row)
    },
    delete: (id) => void api.db.agents.delete(find(id).id),
  }
}
