// The HTTP face of neutron-server: collections with filters and fields, rows, the actions of routers, extensions, quotas.
import { formatPrefix } from '../../../addr/ipv4.js'
import type { HttpReply, HttpRequest } from '../../../node/daemons/http.js'
import type { HostRoute, Router } from '../objects.js'
import type { QuotaResource } from '../release.js'
import { DvrPlaces } from './dvr-places.js'
import { EXTENSIONS } from './extensions.js'
import type { NeutronApi } from './neutron-api.js'
import { NeutronError } from './neutron-error.js'
import {
  agentResource,
  floatingIpResource,
  networkResource,
  portResource,
  type Resource,
  routerResource,
  ruleResource,
  securityGroupResource,
  subnetResource,
  type Values,
} from './rest-resources.js'
import { BadValue, hostRoute, listOf } from './rest-values.js'
import { type Json, Views } from './rest-views.js'
import type { InterfaceInfo } from './routers.js'

type Reply = readonly [status: number, body: Json | null]

export class NeutronRest {
  private readonly views: Views
  private readonly places: DvrPlaces
  /** By the word in the path: `security-groups`. */
  private readonly resources = new Map<string, Resource>()

  constructor(
    private readonly api: NeutronApi,
    clockUs: (us: number) => number,
  ) {
    this.views = new Views(api, clockUs)
    this.places = new DvrPlaces(api.db)
    const makers = [
      networkResource,
      subnetResource,
      portResource,
      routerResource,
      floatingIpResource,
      securityGroupResource,
      ruleResource,
      agentResource,
    ]
    for (const make of makers) {
      const resource = make(api, this.views)
      this.resources.set(resource.plural.replaceAll('_', '-'), resource)
    }
  }

  /** Refusals of the API become its JSON fault. */
  answer(request: HttpRequest): HttpReply {
    const [path = '', query = ''] = request.path.split('?')
    try {
      const body = request.body === '' ? {} : (JSON.parse(request.body) as Json)
      const [status, reply] = this.reply(request.method, path, { body, query: new URLSearchParams(query) })
      return { status, body: reply === null ? '' : JSON.stringify(reply), headers: [['Content-Type', 'application/json; charset=UTF-8']] }
    } catch (error) {
      if (error instanceof NeutronError) return fault(error)
      if (error instanceof SyntaxError) return fault(this.api.refuse.error('HTTPBadRequest', { message: 'Malformed request body' }))
      throw error
    }
  }

  private reply(method: string, path: string, rest: { readonly body: Json; readonly query: URLSearchParams }): Reply {
    const parts = path
      .replace(/\/+$/, '')
      .replace(/\.json$/, '')
      .split('/')
      .slice(1)
    const [version, collection, id, part, child] = parts
    if (version === undefined || version === '') return [200, { versions: [{ id: 'v2.0', status: 'CURRENT', links: [] }] }]
    if (version !== 'v2.0') throw this.missing()
    if (collection === undefined)
      return [200, { resources: [...this.resources.values()].map(({ name, plural }) => ({ name, collection: plural, links: [] })) }]
    if (collection === 'extensions') return this.extensions(id)
    if (collection === 'quotas') return this.quotas(method, id, rest.body)
    const resource = this.resources.get(collection)
    if (resource === undefined) throw this.missing()
    if (id === undefined) return this.collection(resource, method, rest)
    if (part !== undefined) return this.below(collection, id, { method, part, child: child ?? null, body: rest.body })
    return this.row(resource, method, id, rest)
  }

  private collection(resource: Resource, method: string, { body, query }: { readonly body: Json; readonly query: URLSearchParams }): Reply {
    if (method === 'GET') return [200, { [resource.plural]: selected(resource.list().sort(byId), query) }]
    if (method !== 'POST' || resource.create === undefined) throw this.missing()
    const many = body[resource.plural]
    if (Array.isArray(many)) {
      const values = many.map((one) => this.valuesFor(resource, one as Json, 'post'))
      return [201, { [resource.plural]: values.map((one) => resource.create!(one)) }]
    }
    return [201, { [resource.name]: resource.create(this.valuesFor(resource, this.bodyOf(resource, body), 'post')) }]
  }

  private row(
    resource: Resource,
    method: string,
    id: string,
    { body, query }: { readonly body: Json; readonly query: URLSearchParams },
  ): Reply {
    switch (method) {
      case 'GET':
        return [200, { [resource.name]: withFields(resource.get(id), query.getAll('fields')) }]
      case 'PUT': {
        if (resource.update === undefined) throw this.missing()
        const values = this.valuesFor(resource, this.bodyOf(resource, body), 'put')
        resource.get(id)
        this.views.touch(id)
        return [200, { [resource.name]: resource.update(id, values) }]
      }
      case 'DELETE':
        if (resource.delete === undefined) throw this.missing()
        resource.delete(id)
        return [204, null]
      default:
        throw this.missing()
    }
  }

  /** Later clients say what to add or to take away, not the whole list. */
  private changeRoutes(id: string, part: 'add_extraroutes' | 'remove_extraroutes', body: Json): Json {
    const { routers } = this.api
    const router = routers.get(id)
    const given = listOf(hostRoute)(((body.router ?? {}) as Json).routes ?? [])
    const isGiven = (row: HostRoute): boolean =>
      given.some(({ destination, nextHop }) => nextHop === row.nextHop && formatPrefix(destination) === formatPrefix(row.destination))
    const rest = router.routes.filter((row) => !isGiven(row))
    return this.views.router(routers.update(id, { routes: part === 'add_extraroutes' ? [...rest, ...given] : rest }))
  }

  /** What lies below a row: actions of a router, and which agent serves what. */
  private below(
    collection: string,
    id: string,
    ask: { readonly method: string; readonly part: string; readonly child: string | null; readonly body: Json },
  ): Reply {
    const { method, part, body } = ask
    const { routers, db } = this.api
    if (collection === 'routers' && method === 'PUT') {
      const input = {
        ...(body.subnet_id === undefined || body.subnet_id === null ? {} : { subnetId: String(body.subnet_id) }),
        ...(body.port_id === undefined || body.port_id === null ? {} : { portId: String(body.port_id) }),
      }
      if (part === 'add_router_interface') return [200, this.interfaceView(routers.addInterface(id, input))]
      if (part === 'remove_router_interface') return [200, this.interfaceView(routers.removeInterface(id, input))]
      if (part === 'add_extraroutes' || part === 'remove_extraroutes') return [200, { router: this.changeRoutes(id, part, body) }]
    }
    if (method !== 'GET') throw this.missing()
    const agentsOn = (type: string, host: string | null) => [...db.agents.values()].filter((row) => row.type === type && row.host === host)
    if (collection === 'routers' && part === 'l3-agents') {
      const router = routers.get(id)
      const hosts = router.distributed ? [...this.places.allHosts(router)] : [router.host]
      return [200, { agents: hosts.flatMap((name) => agentsOn('L3 agent', name)).map(this.views.agent) }]
    }
    if (collection === 'networks' && part === 'dhcp-agents') {
      const serves = db.portsOf(this.api.networks.get(id).id).find(({ deviceOwner }) => deviceOwner === 'network:dhcp')
      return [200, { agents: agentsOn('DHCP agent', serves?.hostId ?? null).map(this.views.agent) }]
    }
    const host = db.agents.get(id)?.host
    if (collection === 'agents' && part === 'l3-routers') {
      const has = (row: Router): boolean => (row.distributed && host !== undefined ? this.places.isOn(row, host) : row.host === host)
      return [200, { routers: [...db.routers.values()].filter(has).map(this.views.router) }]
    }
    if (collection === 'agents' && part === 'dhcp-networks') {
      const served = new Set(
        [...db.ports.values()].filter((port) => port.deviceOwner === 'network:dhcp' && port.hostId === host).map((port) => port.networkId),
      )
      return [200, { networks: [...db.networks.values()].filter((row) => served.has(row.id)).map(this.views.network) }]
    }
    throw this.missing()
  }

  private interfaceView(info: InterfaceInfo): Json {
    const { hasProjectKeys } = this.api.profile.server
    return {
      id: info.routerId,
      tenant_id: info.tenantId,
      port_id: info.portId,
      subnet_id: info.subnetId,
      ...(hasProjectKeys ? { network_id: info.networkId, subnet_ids: [info.subnetId], project_id: info.tenantId, tags: [] } : {}),
    }
  }

  private extensions(alias: string | undefined): Reply {
    const { hasProjectKeys, dvr } = this.api.profile.server
    const known = EXTENSIONS.filter(({ since }) => (since === 'ussuri' ? dvr : since !== 'stein' || hasProjectKeys))
    const view = ({ name, alias: id, description }: (typeof EXTENSIONS)[number]): Json => ({
      name,
      alias: id,
      description,
      updated: '2012-10-05T10:00:00-00:00',
      links: [],
    })
    if (alias === undefined) return [200, { extensions: known.map(view) }]
    const found = known.find((row) => row.alias === alias)
    if (found === undefined) throw this.missing()
    return [200, { extension: view(found) }]
  }

  private quotas(method: string, tenant: string | undefined, body: Json): Reply {
    const { quotas } = this.api.context
    if (tenant === undefined) return [200, { quotas: [] }]
    if (method === 'PUT') {
      for (const [name, limit] of Object.entries((body.quota ?? {}) as Json))
        if (quotas.has(name as QuotaResource)) quotas.set(name as QuotaResource, Number(limit))
    }
    return [200, { quota: Object.fromEntries(quotas) }]
  }

  private bodyOf(resource: Resource, body: Json): Json {
    const inner = body[resource.name]
    if (typeof inner === 'object' && inner !== null) return inner as Json
    throw this.bad(`Unable to find '${resource.name}' in request body`)
  }

  private valuesFor(resource: Resource, body: Json, method: 'post' | 'put'): Values {
    const values: Record<string, unknown> = {}
    const unknown = Object.keys(body).filter((name) => !Object.hasOwn(resource.attributes, name))
    const readable = new Set(resource.list().flatMap((row) => Object.keys(row)))
    const readOnly = unknown.find((name) => readable.has(name))
    if (readOnly !== undefined)
      throw this.bad(method === 'put' ? `Cannot update read-only attribute ${readOnly}` : `Attribute '${readOnly}' not allowed in POST`)
    if (unknown.length > 0) throw this.bad(`Unrecognized attribute(s) '${unknown.join(', ')}'`)
    for (const [name, attribute] of Object.entries(resource.attributes)) {
      const value = body[name]
      if (value === undefined) {
        if (method === 'post' && attribute.required === true)
          throw this.bad(`Failed to parse request. Required attribute '${name}' not specified`)
        continue
      }
      if (method === 'put' && attribute.put !== true) throw this.bad(`Cannot update read-only attribute ${name}`)
      if (method === 'post' && attribute.post === false) throw this.bad(`Attribute '${name}' not allowed in POST`)
      values[name] = this.parsed(name, attribute.parse, value)
    }
    return values
  }

  private parsed(name: string, parse: (value: unknown) => unknown, value: unknown): unknown {
    try {
      return parse(value)
    } catch (error) {
      if (error instanceof BadValue) throw this.bad(`Invalid input for ${name}. Reason: ${error.message}.`)
      throw error
    }
  }

  private bad(message: string): NeutronError {
    return this.api.refuse.error('HTTPBadRequest', { message })
  }

  private missing(): NeutronError {
    return this.api.refuse.error('HTTPNotFound')
  }
}

/** Words of a query that are no filters. */
const PAGING = new Set(['fields', 'limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir', 'verbose'])

/** The database hands rows out by their ids. */
function byId(a: Json, b: Json): number {
  return String(a.id) < String(b.id) ? -1 : 1
}

function selected(rows: readonly Json[], query: URLSearchParams): Json[] {
  const names = [...new Set(query.keys())].filter((name) => !PAGING.has(name))
  const kept = rows.filter((row) => names.every((name) => matches(row, name, query.getAll(name))))
  const fields = query.getAll('fields')
  return sortedBy(kept, query.getAll('sort_key'), query.getAll('sort_dir')).map((row) => withFields(row, fields))
}

function sortedBy(rows: readonly Json[], keys: readonly string[], directions: readonly string[]): readonly Json[] {
  if (keys.length === 0) return rows
  return [...rows].sort((a, b) => {
    for (const [i, key] of keys.entries()) {
      const [left, right] = [String(a[key] ?? ''), String(b[key] ?? '')]
      if (left !== right) return (left < right ? -1 : 1) * (directions[i] === 'desc' ? -1 : 1)
    }
    return 0
  })
}

/** `fixed_ips=ip_address=10.0.0.5`, booleans as True and true, lists by membership. */
function matches(row: Json, name: string, wanted: readonly string[]): boolean {
  if (name === 'fixed_ips') {
    const fixed = (row.fixed_ips ?? []) as readonly Record<string, string>[]
    return wanted.every((text) => {
      const [key, value] = text.split('=')
      return fixed.some((one) => one[key!] === value)
    })
  }
  if (!Object.hasOwn(row, name)) return name === 'project_id' ? matches(row, 'tenant_id', wanted) : true
  const value = row[name]
  const text = (one: unknown): string => String(one ?? '').toLowerCase()
  if (Array.isArray(value)) return value.some((one) => wanted.some((want) => text(one) === want.toLowerCase()))
  return wanted.some((want) => text(value) === want.toLowerCase())
}

function withFields(row: Json, fields: readonly string[]): Json {
  if (fields.length === 0) return row
  return Object.fromEntries(Object.entries(row).filter(([name]) => fields.includes(name)))
}

function fault({ status, type, message }: NeutronError): HttpReply {
  return {
    status,
    headers: [['Content-Type', 'application/json; charset=UTF-8']],
    body: JSON.stringify({ NeutronError: { type, message, detail: '' } }),
  }
}
