// The openstack client's conversation with the services, and their refusals in its words.
import { ownOf } from '../../../grammar/own-of.js'
import { ClientError } from '../shared/formatters.js'
import { ConnectFailure, type HttpAnswer } from '../shared/http.js'
import { learnNames } from '../shared/names.js'
import { isList, isObject, type Json, type JsonObject } from '../shared/python.js'
import { type ClientRelease, isWithData } from '../shared/release.js'
import { AuthFailure, connectFailureText, type Service, type Session } from '../shared/session.js'

export type Query = readonly (readonly [key: string, value: string])[]

/** A service refused; the message is what the SDK's exception prints. */
export class ServiceFault extends ClientError {
  constructor(
    readonly status: number,
    message: string,
    /** The same as older commands of the client tell it. */
    readonly brief = message,
  ) {
    super(message)
  }
}

/** The API's word -> the SDK's class. */
const CLASS: Readonly<Record<string, string>> = {
  network: 'Network',
  subnet: 'Subnet',
  port: 'Port',
  router: 'Router',
  floatingip: 'FloatingIP',
  security_group: 'SecurityGroup',
  security_group_rule: 'SecurityGroupRule',
  agent: 'Agent',
}

export class OpenStackApi {
  constructor(
    readonly session: Session,
    private readonly release: ClientRelease,
  ) {}

  async ask(service: Service, method: string, path: string, body?: Json): Promise<HttpAnswer> {
    try {
      return await this.session.ask(service, method, path, body)
    } catch (error) {
      if (error instanceof AuthFailure) throw new ClientError(`${error.message} (HTTP ${error.status})`)
      if (error instanceof ConnectFailure) throw new ClientError(connectFailureText(this.session.proc, error, this.release.python))
      throw error
    }
  }

  // --- neutron, through the SDK

  async network(method: string, path: string, body?: Json): Promise<Json> {
    const answer = await this.ask('network', method, `/v2.0${path}`, body)
    if (answer.status >= 400) throw await this.sdkFault(answer, path)
    return answer.json
  }

  private async sdkFault(answer: HttpAnswer, path: string): Promise<ServiceFault> {
    const url = `${this.session.endpoint('network', await this.session.authenticate())}/v2.0${path}`
    const fault = isObject(answer.json) ? answer.json.NeutronError : undefined
    const message = isObject(fault) ? String(fault.message) : typeof fault === 'string' ? fault : answer.text
    const kind = answer.status >= 500 ? 'Server' : 'Client'
    const name = SDK_EXCEPTION[answer.status] ?? 'HttpException'
    const text = `${name}: ${answer.status}: ${kind} Error for url: ${url}, ${message}`
    return new ServiceFault(answer.status, text, `${name}: ${answer.status}, ${message}`)
  }

  async list(resource: string, query: Query = []): Promise<JsonObject[]> {
    const reply = await this.network('GET', `/${pathOf(resource)}${queryText(query)}`)
    const rows = ((isObject(reply) ? reply[`${resource}s`] : undefined) ?? []) as unknown as JsonObject[]
    if (query.length === 0) learnNames(this.session.proc.machine, resource, rows)
    return rows
  }

  async create(resource: string, values: JsonObject): Promise<JsonObject> {
    const reply = await this.network('POST', `/${pathOf(resource)}`, { [resource]: values })
    return (isObject(reply) ? reply[resource] : {}) as JsonObject
  }

  async update(resource: string, row: JsonObject, values: JsonObject): Promise<void> {
    if (Object.keys(values).length > 0) await this.network('PUT', `/${pathOf(resource)}/${row.id}`, { [resource]: values })
  }

  async remove(resource: string, row: JsonObject): Promise<void> {
    await this.network('DELETE', `/${pathOf(resource)}/${row.id}`)
  }

  /** By id first, then by name (of floating IPs: the address). */
  async find(resource: string, wanted: string): Promise<JsonObject> {
    const byId = await this.ask('network', 'GET', `/v2.0/${pathOf(resource)}/${encodeURIComponent(wanted)}`)
    if (byId.status < 400 && isObject(byId.json) && isObject(byId.json[resource])) return byId.json[resource] as JsonObject
    const key = resource === 'floatingip' ? 'floating_ip_address' : 'name'
    const hasNames = resource !== 'agent' && resource !== 'security_group_rule'
    const named = hasNames ? (await this.list(resource, [[key, wanted]])).filter((row) => row[key] === wanted) : []
    const kind = ownOf(CLASS, resource)!
    if (named.length > 1) throw new ClientError(`More than one ${kind} exists with the name '${wanted}'.`)
    if (named[0] === undefined) throw new ServiceFault(404, `No ${kind} found for ${wanted}`)
    return named[0]
  }

  async findId(resource: string, wanted: string): Promise<string> {
    return String((await this.find(resource, wanted)).id)
  }

  // --- nova, glance and keystone, through their own clients

  async compute(method: string, path: string, body?: Json): Promise<JsonObject> {
    return this.plain('compute', method, path, body)
  }

  async plain(service: Service, method: string, path: string, body?: Json): Promise<JsonObject> {
    const answer = await this.ask(service, method, path, body)
    if (answer.status >= 400) throw new ServiceFault(answer.status, plainFault(answer))
    return isObject(answer.json) ? answer.json : {}
  }

  async servers(query: Query = []): Promise<JsonObject[]> {
    const rows = rowsOf(await this.compute('GET', `/servers/detail${queryText(query)}`), 'servers')
    if (query.length === 0) learnNames(this.session.proc.machine, 'server', rows)
    return rows
  }

  async findServer(wanted: string): Promise<JsonObject> {
    const byId = await this.ask('compute', 'GET', `/servers/${encodeURIComponent(wanted)}`)
    if (byId.status < 400 && isObject(byId.json) && isObject(byId.json.server)) return byId.json.server as JsonObject
    return oneOf(await this.servers(), 'server', wanted)
  }

  async findFlavor(wanted: string): Promise<JsonObject> {
    return oneOf(rowsOf(await this.compute('GET', '/flavors/detail'), 'flavors'), 'flavor', wanted)
  }

  async images(query: Query = []): Promise<JsonObject[]> {
    return rowsOf(await this.plain('image', 'GET', `/v2/images${queryText(query)}`), 'images')
  }

  async findImage(wanted: string): Promise<JsonObject> {
    const rows = await this.images()
    const found = rows.filter(({ id, name }) => id === wanted || name === wanted)
    if (found.length > 1 && !found.some(({ id }) => id === wanted))
      throw new ClientError(`More than one resource exists with the name or ID '${wanted}'.`)
    if (found[0] === undefined)
      throw new ClientError(isWithData(this.release) ? `No Image found for ${wanted}` : `Could not find resource ${wanted}`)
    return found.find(({ id }) => id === wanted) ?? found[0]
  }

  async findProject(wanted: string): Promise<string> {
    const token = await this.session.authenticate()
    if (wanted === token.projectId || wanted === token.projectName) return token.projectId
    const rows = rowsOf(await this.identity('/projects'), 'projects')
    const row = rows.find(({ id, name }) => id === wanted || name === wanted)
    if (row === undefined) throw new ClientError(`No project with a name or ID of '${wanted}' exists.`)
    return String(row.id)
  }

  /** The catalogue's identity URL may or may not end in a version. */
  async identity(path: string): Promise<JsonObject> {
    const base = this.session.endpoint('identity', await this.session.authenticate())
    return this.plain('identity', 'GET', `${/\/v\d[\d.]*$/.test(base) ? '' : '/v3'}${path}`)
  }
}

/** The SDK has classes for these; the rest are plain HttpExceptions. */
const SDK_EXCEPTION: Readonly<Record<number, string>> = {
  400: 'BadRequestException',
  404: 'ResourceNotFound',
  409: 'ConflictException',
}

export function queryText(query: Query): string {
  return query.length === 0 ? '' : `?${query.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&')}`
}

export function rowsOf(reply: JsonObject, key: string): JsonObject[] {
  return (isList(reply[key]) ? reply[key] : []) as unknown as JsonObject[]
}

function oneOf(rows: readonly JsonObject[], kind: string, wanted: string): JsonObject {
  const byId = rows.find(({ id }) => String(id) === wanted)
  if (byId !== undefined) return byId
  const named = rows.filter(({ name }) => name === wanted)
  if (named.length > 1) throw new ClientError(`More than one ${kind} exists with the name '${wanted}'.`)
  if (named[0] === undefined) throw new ClientError(`No ${kind} with a name or ID of '${wanted}' exists.`)
  return named[0]
}

function plainFault(answer: HttpAnswer): string {
  const fault = isObject(answer.json) ? Object.values(answer.json)[0] : undefined
  const message = isObject(fault) ? String(fault.message) : answer.text
  const id = answer.headers.get('x-openstack-request-id') ?? answer.headers.get('x-compute-request-id')
  return `${message} (HTTP ${answer.status})${id === undefined ? '' : ` (Request-ID: ${id})`}`
}

/** `security_group` -> `security-groups` */
function pathOf(resource: string): string {
  return `${resource}s`.replace(/_/g, '-')
}
