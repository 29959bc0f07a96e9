// The parts of nova's API that nova-network stands behind: floating addresses, security groups, the networks (v1.1, Essex).
import type { Ipv4Prefix } from '../../addr/ipv4.js'
import { formatIpv4, formatPrefix, parseIpv4, parsePrefix } from '../../addr/ipv4.js'
import { ApiError } from '../nova/api.js'
import type { FloatingAddress, SecurityGroup, SecurityRule, Server } from '../nova/objects.js'
import { isGroup } from '../nova/objects.js'
import { done, type Json, type Route, route } from '../nova/rest-route.js'
import type { NovaNetworkRows } from './rows.js'

export function networkRoutes(rows: NovaNetworkRows): readonly Route[] {
  return [...floatingRoutes(rows), ...groupRoutes(rows)]
}

/** Actions on a server that are about its addresses and groups. */
export function networkAction(rows: NovaNetworkRows, server: Server, action: string, words: Json): boolean {
  switch (action) {
    case 'addFloatingIp':
      rows.associate(server, rows.floatingAt(addressOf(words.address)))
      return true
    case 'removeFloatingIp': {
      const row = rows.floatingAt(addressOf(words.address))
      if (row.server !== server) throw new ApiError(409, `Floating ip ${words.address} is not associated with instance ${server.id}.`)
      rows.disassociate(row)
      return true
    }
    case 'addSecurityGroup':
      rows.addServerGroup(server, rows.group(String(words.name ?? '')))
      return true
    case 'removeSecurityGroup':
      rows.removeServerGroup(server, rows.group(String(words.name ?? '')))
      return true
    default:
      return false
  }
}

function floatingRoutes(rows: NovaNetworkRows): Route[] {
  const { spec } = rows
  return [
    route('GET', /^\/os-floating-ips$/, () => [200, { floating_ips: rows.floating.map(floatingView) }]),
    route('POST', /^\/os-floating-ips$/, (_, body) => [
      200,
      { floating_ip: floatingView(rows.createFloating((body.pool as string | null | undefined) ?? null)) },
    ]),
    route('DELETE', /^\/os-floating-ips\/([^/]+)$/, ([id]) => [202, done(() => rows.deleteFloating(floatingById(rows, id!)))]),
    route('GET', /^\/os-floating-ip-pools$/, () => [200, { floating_ip_pools: spec.floatingPools.map(({ name }) => ({ name })) }]),
    route('GET', /^\/os-networks$/, () => [200, { networks: spec.networks.map(({ id, name, cidr }) => ({ id, label: name, cidr })) }]),
  ]
}

function groupRoutes(rows: NovaNetworkRows): Route[] {
  return [
    route('GET', /^\/servers\/([^/]+)\/os-security-groups$/, ([id]) => {
      const server = rows.servers().find((row) => row.id === id)
      if (server === undefined) throw new ApiError(404, 'The resource could not be found.')
      return [200, { security_groups: server.securityGroups.map((group) => groupView(rows, group)) }]
    }),
    route('GET', /^\/os-security-groups$/, () => [200, { security_groups: rows.groups.map((group) => groupView(rows, group)) }]),
    route('POST', /^\/os-security-groups$/, (_, body) => {
      const { name, description } = body.security_group as Json
      return [200, { security_group: groupView(rows, rows.createGroup(String(name), String(description ?? ''))) }]
    }),
    route('DELETE', /^\/os-security-groups\/([^/]+)$/, ([id]) => [202, done(() => rows.deleteGroup(groupById(rows, id!)))]),
    route('POST', /^\/os-security-group-rules$/, (_, body) => [
      200,
      { security_group_rule: createRule(rows, body.security_group_rule as Json) },
    ]),
    route('DELETE', /^\/os-security-group-rules\/([^/]+)$/, ([id]) => [202, done(() => deleteRule(rows, Number(id)))]),
  ]
}

function addressOf(text: unknown): number {
  const address = parseIpv4(String(text ?? ''))
  if (address === null) throw new ApiError(400, 'Invalid address')
  return address
}

/** Essex numbers its rows; the address is as good a number. */
function floatingView(row: FloatingAddress): Json {
  const fixed = row.server?.fixed ?? null
  return {
    id: formatIpv4(row.address),
    ip: formatIpv4(row.address),
    instance_id: row.server?.id ?? null,
    fixed_ip: fixed === null ? null : formatIpv4(fixed.address),
    pool: row.pool,
  }
}

function floatingById(rows: NovaNetworkRows, id: string): FloatingAddress {
  const address = parseIpv4(id)
  if (address === null) throw new ApiError(404, `Floating ip not found for ID ${id}.`)
  return rows.floatingAt(address)
}

function groupById(rows: NovaNetworkRows, id: string): SecurityGroup {
  const found = rows.groups.find((group) => String(group.id) === id)
  if (found === undefined) throw new ApiError(404, `Security group with id ${id} not found.`)
  return found
}

function groupView(rows: NovaNetworkRows, group: SecurityGroup): Json {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    tenant_id: rows.projectId,
    rules: group.rules.map((rule) => ruleView(group, rule)),
  }
}

function ruleView(group: SecurityGroup, rule: SecurityRule): Json {
  return {
    id: rule.id,
    parent_group_id: group.id,
    ip_protocol: rule.protocol,
    from_port: rule.fromPort,
    to_port: rule.toPort,
    ip_range: isGroup(rule.source) ? {} : { cidr: formatPrefix(rule.source) },
    group: isGroup(rule.source) ? { name: rule.source.name } : {},
  }
}

function createRule(rows: NovaNetworkRows, body: Json): Json {
  const group = groupById(rows, String(body.parent_group_id))
  const protocol = String(body.ip_protocol).toLowerCase()
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'icmp') throw new ApiError(400, `Invalid IP protocol ${body.ip_protocol}.`)
  const ports = { from: Number(body.from_port), to: Number(body.to_port) }
  checkPorts(protocol, ports)
  const rule = rows.addRule(group, protocol, ports, sourceOf(rows, body))
  return ruleView(group, rule)
}

function checkPorts(protocol: string, ports: { from: number; to: number }): void {
  const isRight =
    protocol === 'icmp'
      ? ports.from >= -1 && ports.from <= 255 && ports.to >= -1 && ports.to <= 255
      : ports.from >= 1 && ports.to <= 65535 && ports.from <= ports.to
  if (!isRight) {
    const text = protocol === 'icmp' ? 'values should be -1 to 255' : 'Valid TCP ports should be between 1-65535'
    throw new ApiError(400, `Invalid port range ${ports.from}:${ports.to}. ${text}`)
  }
}

function sourceOf(rows: NovaNetworkRows, body: Json): Ipv4Prefix | SecurityGroup {
  if (body.group_id !== undefined && body.group_id !== null) return groupById(rows, String(body.group_id))
  const prefix = parsePrefix(String(body.cidr ?? '0.0.0.0/0'))
  if (prefix === null) throw new ApiError(400, `Invalid cidr ${body.cidr}`)
  return prefix
}

function deleteRule(rows: NovaNetworkRows, id: number): void {
  for (const group of rows.groups) {
    const rule = group.rules.find((row) => row.id === id)
    if (rule === undefined) continue
    rows.deleteRule(group, rule.protocol, { from: rule.fromPort, to: rule.toPort }, rule.source)
    return
  }
  throw new ApiError(404, `Rule (${id}) not found`)
}
