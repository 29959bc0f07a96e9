// nova's API on neutron: its own words for floating IPs, security groups, networks and interfaces, kept up for older clients.
import { formatIpv4, parseIpv4 } from '../../../addr/ipv4.js'
import { formatMac } from '../../../addr/mac.js'
import { ApiError } from '../../nova/api.js'
import type { Server } from '../../nova/objects.js'
import { done, type Json, type Route, route } from '../../nova/rest-route.js'
import type { FloatingIp, Port, SecurityGroup, SecurityGroupRule } from '../objects.js'
import { NeutronError } from '../server/neutron-error.js'
import type { NeutronNetwork } from './neutron-network.js'

export function networkRoutes(network: NeutronNetwork): readonly Route[] {
  return [...floatingRoutes(network), ...groupRoutes(network), ...interfaceRoutes(network)]
}

export function networkAction(network: NeutronNetwork, server: Server, action: string, words: Json): boolean {
  switch (action) {
    case 'addFloatingIp':
      asNova(() => associate(network, server, words))
      return true
    case 'removeFloatingIp': {
      const row = floatingAt(network, words.address)
      const isHere = row.portId !== null && network.portsOf(server).some(({ id }) => id === row.portId)
      if (!isHere) throw new ApiError(409, `Floating ip ${words.address} is not associated with instance ${server.id}.`)
      asNova(() => network.neutron.floatingIps.update(row.id, { portId: null }))
      return true
    }
    case 'addSecurityGroup':
      changeGroups(network, server, (ids) => [...new Set([...ids, network.group(String(words.name ?? '')).id])])
      return true
    case 'removeSecurityGroup': {
      const { id } = network.group(String(words.name ?? ''))
      const isIn = network.portsOf(server).some(({ securityGroups }) => securityGroups.includes(id))
      if (!isIn) throw new ApiError(404, `Security group ${id} is not associated with the instance ${server.id}`)
      changeGroups(network, server, (ids) => ids.filter((row) => row !== id))
      return true
    }
    default:
      return false
  }
}

/** Refusals of neutron are nova's too. */
function asNova<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof NeutronError) throw new ApiError(error.status, error.message)
    throw error
  }
}

function changeGroups(network: NeutronNetwork, server: Server, change: (ids: readonly string[]) => readonly string[]): void {
  for (const port of network.portsOf(server)) {
    asNova(() => network.neutron.ports.update(port.id, { securityGroups: change(port.securityGroups) }))
  }
}

function associate(network: NeutronNetwork, server: Server, words: Json): void {
  const row = floatingAt(network, words.address)
  const fixed = words.fixed_address === undefined || words.fixed_address === null ? null : parseIpv4(String(words.fixed_address))
  const ports = network.portsOf(server)
  const port = ports.find(({ fixedIps }) => fixed === null || fixedIps.some(({ address }) => address === fixed))
  const chosen = fixed ?? port?.fixedIps[0]?.address
  if (port === undefined || chosen === undefined) throw new ApiError(400, 'No fixed ips associated to instance')
  network.neutron.floatingIps.update(row.id, { portId: port.id, fixedIp: chosen })
}

// --- floating IPs

function floatingRoutes(network: NeutronNetwork): Route[] {
  const { db, floatingIps } = network.neutron
  const pools = (): Json[] => [...db.networks.values()].filter(({ external }) => external).map(({ name }) => ({ name }))
  const view = (row: FloatingIp): Json => floatingView(network, row)
  return [
    route('GET', /^\/os-floating-ips$/, () => [200, { floating_ips: [...db.floatingIps.values()].map(view) }]),
    route('GET', /^\/os-floating-ips\/([^/]+)$/, ([id]) => [200, { floating_ip: view(asNova(() => floatingIps.get(id!))) }]),
    route('POST', /^\/os-floating-ips$/, (_, body) => [200, { floating_ip: view(asNova(() => createFloating(network, body.pool))) }]),
    route('DELETE', /^\/os-floating-ips\/([^/]+)$/, ([id]) => [202, done(() => asNova(() => floatingIps.delete(id!)))]),
    route('GET', /^\/os-floating-ip-pools$/, () => [200, { floating_ip_pools: pools() }]),
  ]
}

function createFloating(network: NeutronNetwork, pool: unknown): FloatingIp {
  const { db, floatingIps } = network.neutron
  const external = [...db.networks.values()].filter((row) => row.external)
  const found = pool === null || pool === undefined ? external[0] : external.find(({ id, name }) => name === pool || id === pool)
  if (found === undefined) throw new ApiError(404, 'Floating ip pool not found.')
  return floatingIps.create({ networkId: found.id })
}

function floatingAt(network: NeutronNetwork, text: unknown): FloatingIp {
  const address = parseIpv4(String(text ?? ''))
  const row = [...network.neutron.db.floatingIps.values()].find((candidate) => candidate.address === address)
  if (address === null) throw new ApiError(400, 'Invalid address')
  if (row === undefined) throw new ApiError(404, 'floating ip not found')
  return row
}

function floatingView(network: NeutronNetwork, row: FloatingIp): Json {
  const { db } = network.neutron
  return {
    id: row.id,
    ip: formatIpv4(row.address),
    pool: db.networks.get(row.networkId)?.name ?? null,
    fixed_ip: row.fixedIp === null ? null : formatIpv4(row.fixedIp),
    instance_id: row.portId === null ? null : (db.ports.get(row.portId)?.deviceId ?? null),
  }
}

// --- security groups

function groupRoutes(network: NeutronNetwork): Route[] {
  const { db, securityGroups } = network.neutron
  const view = (group: SecurityGroup): Json => groupView(network, group)
  return [
    route('GET', /^\/servers\/([^/]+)\/os-security-groups$/, ([id]) => {
      const server = serverBy(network, id!)
      const ids = new Set(network.portsOf(server).flatMap((port) => port.securityGroups))
      return [200, { security_groups: [...ids].map((group) => view(securityGroups.get(group))) }]
    }),
    route('GET', /^\/os-security-groups$/, () => {
      securityGroups.defaultGroup()
      return [200, { security_groups: [...db.securityGroups.values()].map(view) }]
    }),
    route('GET', /^\/os-security-groups\/([^/]+)$/, ([id]) => [200, { security_group: view(asNova(() => securityGroups.get(id!))) }]),
    route('POST', /^\/os-security-groups$/, (_, body) => {
      const { name, description } = body.security_group as Json
      const made = asNova(() => securityGroups.create({ name: String(name), description: String(description ?? '') }))
      return [200, { security_group: view(made) }]
    }),
    route('DELETE', /^\/os-security-groups\/([^/]+)$/, ([id]) => [202, done(() => asNova(() => securityGroups.delete(id!)))]),
    route('POST', /^\/os-security-group-rules$/, (_, body) => {
      const rule = asNova(() => createRule(network, body.security_group_rule as Json))
      return [200, { security_group_rule: ruleView(network, rule) }]
    }),
    route('DELETE', /^\/os-security-group-rules\/([^/]+)$/, ([id]) => [202, done(() => asNova(() => securityGroups.deleteRule(id!)))]),
  ]
}

/** nova knows IPv4 and what comes in; -1 is any. */
function createRule(network: NeutronNetwork, body: Json): SecurityGroupRule {
  const number = (value: unknown): number | null => (value === undefined || value === null || Number(value) === -1 ? null : Number(value))
  const cidr = body.cidr === undefined || body.cidr === null ? null : String(body.cidr)
  const remoteGroupId = body.group_id === undefined || body.group_id === null ? null : String(body.group_id)
  return network.neutron.securityGroups.createRule({
    groupId: String(body.parent_group_id),
    direction: 'ingress',
    protocol: body.ip_protocol === null || body.ip_protocol === undefined ? null : String(body.ip_protocol).toLowerCase(),
    portMin: number(body.from_port),
    portMax: number(body.to_port),
    remotePrefix: remoteGroupId === null ? (cidr ?? '0.0.0.0/0') : null,
    remoteGroupId,
  })
}

function groupView(network: NeutronNetwork, group: SecurityGroup): Json {
  const rules = group.rules.filter(({ direction, ethertype }) => direction === 'ingress' && ethertype === 'IPv4')
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    tenant_id: group.tenantId,
    rules: rules.map((rule) => ruleView(network, rule)),
  }
}

function ruleView(network: NeutronNetwork, rule: SecurityGroupRule): Json {
  const { db } = network.neutron
  const group = rule.remoteGroupId === null ? undefined : db.securityGroups.get(rule.remoteGroupId)
  const hasPorts = rule.protocol !== null
  return {
    id: rule.id,
    parent_group_id: rule.groupId,
    ip_protocol: rule.protocol,
    from_port: rule.portMin ?? (hasPorts ? -1 : null),
    to_port: rule.portMax ?? (hasPorts ? -1 : null),
    ip_range: group !== undefined ? {} : { cidr: rule.remotePrefix ?? '0.0.0.0/0' },
    group: group === undefined ? {} : { name: group.name, tenant_id: group.tenantId },
  }
}

// --- networks and interfaces

function interfaceRoutes(network: NeutronNetwork): Route[] {
  const { db } = network.neutron
  const networks = (): Json[] => [...db.networks.values()].map(({ id, name }) => ({ id, label: name, cidr: null }))
  return [
    route('GET', /^\/os-(?:tenant-)?networks$/, () => [200, { networks: networks() }]),
    route('GET', /^\/servers\/([^/]+)\/os-interface$/, ([id]) => [
      200,
      { interfaceAttachments: network.portsOf(serverBy(network, id!)).map(attachmentView) },
    ]),
    route('POST', /^\/servers\/([^/]+)\/os-interface$/, ([id], body) => {
      const { net_id: net, port_id: port, fixed_ips: ips } = body.interfaceAttachment as Json
      const address = (ips as { ip_address: string }[] | undefined)?.[0]?.ip_address ?? null
      const request = { network: (net as string | undefined) ?? null, portId: (port as string | undefined) ?? null, address }
      return [200, { interfaceAttachment: attachmentView(asNova(() => network.attach(serverBy(network, id!), request))) }]
    }),
    route('DELETE', /^\/servers\/([^/]+)\/os-interface\/([^/]+)$/, ([id, port]) => [
      202,
      done(() => asNova(() => network.detach(serverBy(network, id!), port!))),
    ]),
  ]
}

function attachmentView(port: Port): Json {
  return {
    port_state: port.status,
    fixed_ips: port.fixedIps.map(({ subnetId, address }) => ({ subnet_id: subnetId, ip_address: formatIpv4(address) })),
    net_id: port.networkId,
    port_id: port.id,
    mac_addr: formatMac(port.mac),
  }
}

function serverBy(network: NeutronNetwork, id: string): Server {
  const server = network.servers().find((row) => row.id === id)
  if (server === undefined) throw new ApiError(404, `Instance ${id} could not be found.`)
  return server
}
