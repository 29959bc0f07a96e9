// The client's conversation with neutron-server: rows by name or id, and neutron's faults as this client words them.

import { ClientError } from '../shared/formatters.js'
import { ConnectFailure } from '../shared/http.js'
import { learnNames } from '../shared/names.js'
import { isObject, type Json, type JsonObject, pythonRepr } from '../shared/python.js'
import type { ClientRelease } from '../shared/release.js'
import { isModernRelease } from '../shared/release.js'
import { AuthFailure, connectFailureText, type Session } from '../shared/session.js'

const UUID = /^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}/

export type Query = readonly (readonly [key: string, value: string])[]

/** The API's word for many. */
export function pluralOf(resource: string): string {
  return `${resource}s`
}

export class NeutronClient {
  constructor(
    private readonly session: Session,
    private readonly release: ClientRelease,
  ) {}

  async tenantId(): Promise<string> {
    return (await this.reached('GET', () => this.session.authenticate())).projectId
  }

  async list(resource: string, query: Query = []): Promise<JsonObject[]> {
    const rows = await this.rows(`/${pathOf(resource)}`, pluralOf(resource), query)
    if (query.length === 0) learnNames(this.session.proc.machine, resource, rows)
    return rows
  }

  async rows(path: string, collection: string, query: Query = []): Promise<JsonObject[]> {
    const text = query.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&')
    const reply = await this.ask('GET', path, undefined, text === '' ? '' : `?${text}`)
    return ((isObject(reply) ? reply[collection] : undefined) ?? []) as unknown as JsonObject[]
  }

  async show(resource: string, id: string, query: Query = []): Promise<JsonObject> {
    const text = query.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&')
    const reply = await this.ask('GET', `/${pathOf(resource)}/${id}`, undefined, text === '' ? '' : `?${text}`)
    return (isObject(reply) ? reply[resource] : {}) as JsonObject
  }

  async create(resource: string, values: JsonObject): Promise<JsonObject> {
    const reply = await this.ask('POST', `/${pathOf(resource)}`, { [resource]: values })
    return (isObject(reply) ? reply[resource] : {}) as JsonObject
  }

  update(resource: string, id: string, values: JsonObject): Promise<Json> {
    return this.ask('PUT', `/${pathOf(resource)}/${id}`, { [resource]: values })
  }

  delete(resource: string, id: string): Promise<Json> {
    return this.ask('DELETE', `/${pathOf(resource)}/${id}`)
  }

  /** Releases up to Liberty name the format in the path. */
  async ask(method: string, path: string, body?: Json, query = ''): Promise<Json> {
    const suffix = isModernRelease(this.release) ? '' : '.json'
    const answer = await this.reached(method, () => this.session.ask('network', method, `/v2.0${path}${suffix}${query}`, body))
    if (answer.status < 400) return answer.json
    throw new ClientError(this.faultText(answer.status, answer.json, answer.text, answer.headers.get('x-openstack-request-id') ?? null))
  }

  async find(resource: string, wanted: string): Promise<string> {
    if (UUID.test(wanted)) {
      const row = (await this.list(resource, this.lookup('id', wanted)))[0]
      if (row !== undefined) return String(row.id)
    }
    const named = await this.list(resource, this.lookup('name', wanted))
    if (named.length > 1) {
      throw new ClientError(`Multiple ${resource} matches found for name '${wanted}', use an ID to be more specific.`)
    }
    if (named[0] !== undefined) return String(named[0].id)
    const how = isModernRelease(this.release) ? 'name or id' : 'name'
    throw new ClientError(`Unable to find ${resource} with ${how} '${wanted}'`)
  }

  /** By id alone; the client has no names for it. */
  async findById(resource: string, wanted: string): Promise<string> {
    const row = UUID.test(wanted) ? (await this.list(resource, this.lookup('id', wanted)))[0] : undefined
    if (row === undefined) throw new ClientError(`Unable to find ${resource} with id '${wanted}'`)
    return String(row.id)
  }

  private lookup(key: string, value: string): Query {
    return [
      ['fields', 'id'],
      [key, value],
    ]
  }

  /** Says in the client's words why nobody answered. */
  private async reached<T>(method: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof AuthFailure) throw new ClientError(this.authText(error))
      if (!(error instanceof ConnectFailure)) throw error
      if (isModernRelease(this.release)) throw new ClientError(connectFailureText(this.session.proc, error, this.release.python))
      // GET, PUT and DELETE are tried as often as --retries says (0), and then this is all that is left of the cause.
      throw new ClientError(`Connection to neutron failed: ${method === 'POST' ? error.reason : 'Maximum attempts reached'}`)
    }
  }

  private authText(failure: AuthFailure): string {
    return isModernRelease(this.release) ? `${failure.message} (HTTP ${failure.status})` : failure.body
  }

  private faultText(status: number, json: Json, text: string, requestId: string | null): string {
    const tail = isModernRelease(this.release) && requestId !== null ? `\nNeutron server returns request_ids: ['${requestId}']` : ''
    const fault = isObject(json) ? json.NeutronError : undefined
    if (isObject(fault) && typeof fault.message === 'string') return this.messageOf(status, fault, json, tail)
    if (typeof fault === 'string') return fault + tail
    const message = isObject(json) ? json.message : undefined
    if (typeof message === 'string') return message + tail
    return (json === null ? text : `${status}-${pythonRepr(json, this.release.python)}`) + tail
  }

  /** The old client knows some types; others it shows as the whole reply. */
  private messageOf(status: number, fault: JsonObject, json: Json, tail: string): string {
    const detail = String(fault.detail ?? '')
    if (isModernRelease(this.release)) return fault.message + (detail === '' ? '' : `\n${detail}`) + tail
    if (KNOWN_FAULTS.has(String(fault.type))) return `${fault.message}\n${detail}`
    return `${status}-${pythonRepr(json, this.release.python)}`
  }
}

/** Types for which client 2.3 has a class of its own. */
const KNOWN_FAULTS = new Set([
  'NetworkNotFound',
  'NetworkInUse',
  'PortNotFound',
  'RequestedStateInvalid',
  'PortInUse',
  'IpAddressInUse',
  'AlreadyAttached',
  'IpAddressGenerationFailure',
  'ExternalIpAddressExhausted',
])

/** `security_group` -> `security-groups` */
export function pathOf(resource: string): string {
  return pluralOf(resource).replace(/_/g, '-')
}
