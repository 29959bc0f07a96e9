// What nova-api has below a server: what was asked of it, and its properties.
import { formatIsoUtc } from '../../sim/calendar.js'
import { ApiError, type NovaApi } from './api.js'
import type { Server, ServerAction } from './objects.js'
import { type Json, type Route, route } from './rest-route.js'

/** `clockUs` turns lab time into microseconds since 1970. */
export function actionRoutes(api: NovaApi, clockUs: (us: number) => number): Route[] {
  const view = (id: string, { action, requestId, startUs, message }: ServerAction): Json => ({
    action,
    instance_uuid: id,
    request_id: requestId,
    user_id: api.projectId.split('').reverse().join(''),
    project_id: api.projectId,
    start_time: formatIsoUtc(clockUs(startUs)).replace('Z', '.000000'),
    message,
  })
  const of = (id: string): readonly ServerAction[] => {
    const found = api.actions.get(id)
    if (found === undefined) throw new ApiError(404, `Instance ${id} could not be found.`)
    return found
  }
  return [
    route('GET', /^\/servers\/([^/]+)\/os-instance-actions$/, ([id]) => [
      200,
      { instanceActions: [...of(id!)].reverse().map((row) => view(id!, row)) },
    ]),
    route('GET', /^\/servers\/([^/]+)\/os-instance-actions\/([^/]+)$/, ([id, request]) => {
      const row = of(id!).find(({ requestId }) => requestId === request)
      if (row === undefined) throw new ApiError(404, `Action for request_id ${request} on instance ${id} not found`)
      return [200, { instanceAction: { ...view(id!, row), events: [] } }]
    }),
  ]
}

export function metadataRoutes(api: NovaApi, details: (server: Server) => Json): Route[] {
  const all = (server: Server): Json => ({ metadata: Object.fromEntries(server.metadata) })
  return [
    route('PUT', /^\/servers\/([^/]+)$/, ([id], body) => {
      const server = byId(api, id!)
      const { name } = (body.server ?? {}) as Json
      if (typeof name === 'string') server.name = name
      return [200, { server: details(server) }]
    }),
    route('GET', /^\/servers\/([^/]+)\/metadata$/, ([id]) => [200, all(byId(api, id!))]),
    route('POST', /^\/servers\/([^/]+)\/metadata$/, ([id], body) => {
      const server = byId(api, id!)
      for (const [key, value] of Object.entries((body.metadata ?? {}) as Json)) server.metadata.set(key, String(value))
      return [200, all(server)]
    }),
    route('DELETE', /^\/servers\/([^/]+)\/metadata\/([^/]+)$/, ([id, key]) => {
      if (!byId(api, id!).metadata.delete(key!)) throw new ApiError(404, 'Metadata item was not found')
      return [204, null]
    }),
  ]
}

export function byId(api: NovaApi, id: string): Server {
  const server = api.servers.find((row) => row.id === id)
  if (server !== undefined) return server
  throw new ApiError(404, missingServer(api, id))
}

function missingServer(api: NovaApi, id: string): string {
  switch (api.release.name) {
    case 'essex':
      return 'The resource could not be found.'
    case 'icehouse':
      return 'Instance could not be found'
    case 'stein':
    case 'ussuri':
      return `Instance ${id} could not be found.`
  }
}
