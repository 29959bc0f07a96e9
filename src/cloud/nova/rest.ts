// The HTTP face of nova-api: the calls of the v1.1 API that the client of the era makes, JSON in and out.

import { addressesOf } from '../../addr/allocate.js'
import type { Ipv4Prefix } from '../../addr/ipv4.js'
import { formatIpv4, formatPrefix, parseIpv4, parsePrefix } from '../../addr/ipv4.js'
import type { NovaApi } from './api.js'
import { ApiError } from './api.js'
import type { FloatingAddress, Keypair, SecurityGroup, SecurityRule } from './objects.js'
import { isGroup } from './objects.js'
import { serverDetails } from './server-view.js'

export interface RestRequest {
  readonly method: string
  /** With the query, without host. */
  readonly path: string
  readonly body: string
}

export interface RestReply {
  readonly status: number
  /** JSON text, empty for none. */
  readonly body: string
}

type Json = Record<string, unknown>
type Route = [method: string, pattern: RegExp, handle: (api: NovaApi, parts: string[], body: Json) => [number, Json | null]]

/** Answers one request; refusals of the API become its JSON fault. */
export function answerRest(api: NovaApi, clockUs: (us: number) => number, request: RestRequest): RestReply {
  const path = request.path.replace(/\?.*$/, '').replace(/^\/v(1\.1|2)\/[^/]+/, '')
  try {
    const body = request.body === '' ? {} : (JSON.parse(request.body) as Json)
    for (const [method, pattern, handle] of routes(clockUs)) {
      const match = method === request.method ? pattern.exec(path) : null
      if (match === null) continue
      const [status, reply] = handle(api, match.slice(1).map(decodeURIComponent), body)
      return { status, body: reply === null ? '' : JSON.stringify(reply) }
    }
    throw new ApiError(404, 'The resource could not be found.')
  } catch (error) {
    if (error instanceof ApiError) return fault(error.status, error.message)
    if (error instanceof SyntaxError) return fault(400, 'Malformed request body')
    throw error
  }
}

const FAULT_NAME: Record<number, string> = { 400: 'badRequest', 404: 'itemNotFound', 409: 'conflictingRequest', 413: 'overLimit' }

function fault(status: number, message: string): RestReply {
  return { status, body: JSON.stringify({ [FAULT_NAME[status] ?? 'computeFault']: { message, code: status } }) }
}

function routes(clockUs: (us: number) => number): Route[] {
  const details = (api: NovaApi, id: string) => serverDetails(api, byId(api, id), clockUs)
  return [
    ['GET', /^\/servers(?:\/detail)?$/, (api) => [200, { servers: api.servers.map((server) => serverDetails(api, server, clockUs)) }]],
    ['GET', /^\/servers\/([^/]+)$/, (api, [id]) => [200, { server: details(api, id!) }]],
    ['POST', /^\/servers$/, (api, _, body) => [202, { server: bootServer(api, body.server as Json, clockUs) }]],
    ['DELETE', /^\/servers\/([^/]+)$/, (api, [id]) => [204, done(() => api.delete(byId(api, id!)))]],
    ['POST', /^\/servers\/([^/]+)\/action$/, (api, [id], body) => [202, serverAction(api, id!, body)]],
    [
      'GET',
      /^\/servers\/([^/]+)\/os-security-groups$/,
      (api, [id]) => [200, { security_groups: byId(api, id!).securityGroups.map((g) => groupView(api, g)) }],
    ],
    ['GET', /^\/flavors(?:\/detail)?$/, (api) => [200, { flavors: api.spec.flavors }]],
    ['GET', /^\/images(?:\/detail)?$/, (api) => [200, { images: api.images.map(({ id, name }) => ({ id, name, status: 'ACTIVE' })) }]],
    ['GET', /^\/os-floating-ips$/, (api) => [200, { floating_ips: api.floating.map(floatingView) }]],
    [
      'POST',
      /^\/os-floating-ips$/,
      (api, _, body) => [200, { floating_ip: floatingView(createFloating(api, body.pool as string | null)) }],
    ],
    ['DELETE', /^\/os-floating-ips\/([^/]+)$/, (api, [id]) => [202, done(() => api.deleteFloating(floatingById(api, id!)))]],
    ['GET', /^\/os-floating-ip-pools$/, (api) => [200, { floating_ip_pools: api.spec.floatingPools.map(({ name }) => ({ name })) }]],
    ['GET', /^\/os-security-groups$/, (api) => [200, { security_groups: api.groups.map((group) => groupView(api, group)) }]],
    [
      'POST',
      /^\/os-security-groups$/,
      (api, _, body) => [200, { security_group: groupView(api, createGroup(api, body.security_group as Json)) }],
    ],
    ['DELETE', /^\/os-security-groups\/([^/]+)$/, (api, [id]) => [202, done(() => api.deleteGroup(groupById(api, id!)))]],
    [
      'POST',
      /^\/os-security-group-rules$/,
      (api, _, body) => [200, { security_group_rule: createRule(api, body.security_group_rule as Json) }],
    ],
    ['DELETE', /^\/os-security-group-rules\/([^/]+)$/, (api, [id]) => [202, done(() => deleteRule(api, Number(id)))]],
    ['GET', /^\/os-keypairs$/, (api) => [200, { keypairs: api.keypairs.map((keypair) => ({ keypair: keypairView(keypair) })) }]],
    ['POST', /^\/os-keypairs$/, (api, _, body) => [200, { keypair: createKeypair(api, body.keypair as Json) }]],
    ['DELETE', /^\/os-keypairs\/([^/]+)$/, (api, [name]) => [202, done(() => api.deleteKeypair(name!))]],
    ['GET', /^\/os-networks$/, (api) => [200, { networks: api.spec.networks.map(({ id, name, cidr }) => ({ id, label: name, cidr })) }]],
  ]
}

function done(work: () => void): null {
  work()
  return null
}

function byId(api: NovaApi, id: string) {
  const server = api.servers.find((row) => row.id === id)
  if (server === undefined) throw new ApiError(404, 'The resource could not be found.')
  return server
}

function bootServer(api: NovaApi, body: Json, clockUs: (us: number) => number): Json {
  const groups = (body.security_groups as { name: string }[] | undefined) ?? []
  const image = api.images.find(({ id }) => id === body.imageRef)
  if (image === undefined) throw new ApiError(400, 'Can not find requested image')
  const flavor = api.spec.flavors.find(({ id }) => id === String(body.flavorRef))
  if (flavor === undefined) throw new ApiError(400, 'Invalid flavorRef provided.')
  const keyName = (body.key_name as string | undefined) ?? null
  if (keyName !== null && !api.keypairs.some(({ name }) => name === keyName)) throw new ApiError(400, 'Invalid key_name provided.')
  const server = api.boot({
    name: String(body.name),
    image,
    flavor,
    keyName,
    groups: groups.map(({ name }) => name),
    zone: (body.availability_zone as string | undefined) ?? null,
    userData: (body.user_data as string | undefined) ?? null,
    metadata: new Map(Object.entries((body.metadata as Record<string, string> | undefined) ?? {})),
  })
  return { ...serverDetails(api, server, clockUs), adminPass: server.adminPassword }
}

function serverAction(api: NovaApi, id: string, body: Json): Json | null {
  const server = byId(api, id)
  const [action, value] = Object.entries(body)[0] ?? ['', {}]
  const words = (value ?? {}) as Record<string, string>
  switch (action) {
    case 'reboot':
      api.reboot(server, words.type === 'HARD')
      return null
    case 'addFloatingIp':
      api.associate(server, api.floatingAt(addressOf(words.address)))
      return null
    case 'removeFloatingIp': {
      const row = api.floatingAt(addressOf(words.address))
      if (row.server !== server) throw new ApiError(409, `Floating ip ${words.address} is not associated with instance ${id}.`)
      api.disassociate(row)
      return null
    }
    case 'addSecurityGroup':
      api.addServerGroup(server, api.group(words.name ?? ''))
      return null
    case 'removeSecurityGroup':
      api.removeServerGroup(server, api.group(words.name ?? ''))
      return null
    case 'os-getConsoleOutput':
      return { output: api.consoleOf(server) }
    default:
      throw new ApiError(400, `There is no such action: ${action}`)
  }
}

function addressOf(text: string | undefined): number {
  const address = parseIpv4(text ?? '')
  if (address === null) throw new ApiError(400, 'Invalid address')
  return address
}

function createFloating(api: NovaApi, pool: string | null): FloatingAddress {
  const name = pool ?? api.spec.floatingPools[0]?.name
  const cidr = parsePrefix(api.spec.floatingPools.find((row) => row.name === name)?.cidr ?? '')
  const addresses = cidr === null ? [] : [...addressesOf(cidr)].slice(1, -1)
  return api.createFloating(pool, addresses)
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

function floatingById(api: NovaApi, id: string): FloatingAddress {
  const address = parseIpv4(id)
  if (address === null) throw new ApiError(404, `Floating ip not found for ID ${id}.`)
  return api.floatingAt(address)
}

function groupById(api: NovaApi, id: string): SecurityGroup {
  const found = api.groups.find((group) => String(group.id) === id)
  if (found === undefined) throw new ApiError(404, `Security group with id ${id} not found.`)
  return found
}

function createGroup(api: NovaApi, body: Json): SecurityGroup {
  return api.createGroup(String(body.name), String(body.description ?? ''))
}

function groupView(api: NovaApi, group: SecurityGroup): Json {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    tenant_id: api.projectId,
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

function createRule(api: NovaApi, body: Json): Json {
  const group = groupById(api, String(body.parent_group_id))
  const protocol = String(body.ip_protocol).toLowerCase()
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'icmp') throw new ApiError(400, `Invalid IP protocol ${body.ip_protocol}.`)
  const ports = { from: Number(body.from_port), to: Number(body.to_port) }
  checkPorts(protocol, ports)
  const rule = api.addRule(group, protocol, ports, sourceOf(api, body))
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

function sourceOf(api: NovaApi, body: Json): Ipv4Prefix | SecurityGroup {
  if (body.group_id !== undefined && body.group_id !== null) return groupById(api, String(body.group_id))
  const prefix = parsePrefix(String(body.cidr ?? '0.0.0.0/0'))
  if (prefix === null) throw new ApiError(400, `Invalid cidr ${body.cidr}`)
  return prefix
}

function deleteRule(api: NovaApi, id: number): void {
  for (const group of api.groups) {
    const rule = group.rules.find((row) => row.id === id)
    if (rule === undefined) continue
    api.deleteRule(group, rule.protocol, { from: rule.fromPort, to: rule.toPort }, rule.source)
    return
  }
  throw new ApiError(404, `Rule (${id}) not found`)
}

function keypairView(keypair: Keypair): Json {
  return { name: keypair.name, fingerprint: keypair.fingerprint, public_key: keypair.publicKey }
}

function createKeypair(api: NovaApi, body: Json): Json {
  const given = body.public_key as string | undefined
  const keypair = api.createKeypair(String(body.name), given ?? null)
  return { ...keypairView(keypair), user_id: api.projectId }
}
