// keystone: tokens with a catalogue of the cloud's endpoints, in the second and the third version of its API.
import type { HttpHandler, HttpReply, HttpRequest } from '../node/daemons/http.js'
import { formatIsoUtc } from '../sim/calendar.js'

export interface CatalogueEntry {
  readonly type: 'compute' | 'network' | 'image' | 'identity'
  readonly name: string
  readonly url: string
}

export interface Keystone {
  readonly projectId: string
  readonly userId: string
  readonly adminName: string
  /** null: anybody gets a token. */
  readonly password: string | null
  readonly catalogue: readonly CatalogueEntry[]
  /** Microseconds since 1970. */
  readonly clockUs: () => number
}

type Json = Record<string, unknown>

const TOKEN_LIFE_US = 3_600_000_000
const REGION = 'RegionOne'

export function keystoneHandler(keystone: Keystone): HttpHandler {
  return (request) => {
    const path = request.path.replace(/\?.*$/, '').replace(/\/+$/, '')
    try {
      return answer(keystone, request, path)
    } catch (error) {
      if (error instanceof SyntaxError) return refusal(400, 'Bad Request', 'Malformed json in request body')
      throw error
    }
  }
}

function answer(keystone: Keystone, { method, body }: HttpRequest, path: string): HttpReply {
  if (method === 'POST' && path === '/v2.0/tokens') return tokenV2(keystone, JSON.parse(body) as Json)
  if (method === 'POST' && path === '/v3/auth/tokens') return tokenV3(keystone, JSON.parse(body) as Json)
  if (method !== 'GET') return refusal(404, 'Not Found', 'The resource could not be found.')
  if (path === '') return json(300, { versions: { values: [version('v3.12'), version('v2.0')] } })
  if (path === '/v2.0' || path === '/v3') return json(200, { version: version(path === '/v3' ? 'v3.12' : 'v2.0') })
  const list = listOf(keystone, path)
  return list === null ? refusal(404, 'Not Found', 'The resource could not be found.') : json(200, list)
}

function version(id: string): Json {
  return { id, status: id.startsWith('v3') ? 'stable' : 'deprecated', updated: '2019-01-22T00:00:00Z', links: [], 'media-types': [] }
}

/** The few lists that clients look names up in. */
function listOf(keystone: Keystone, path: string): Json | null {
  const project = {
    id: keystone.projectId,
    name: 'admin',
    domain_id: 'default',
    enabled: true,
    description: 'Bootstrap project',
    is_domain: false,
  }
  switch (path) {
    case '/v3/projects':
    case '/v3/auth/projects':
      return { projects: [project], links: {} }
    case `/v3/projects/${keystone.projectId}`:
      return { project }
    case '/v2.0/tenants':
      return { tenants: [{ id: keystone.projectId, name: 'admin', enabled: true, description: '' }] }
    case '/v3/users':
      return { users: [{ id: keystone.userId, name: keystone.adminName, domain_id: 'default', enabled: true, ...USER }], links: {} }
    case '/v3/services':
      return { services: keystone.catalogue.map(({ type, name }, i) => ({ id: idOf(name, i), type, name, enabled: true })), links: {} }
    case '/v3/endpoints':
      return { endpoints: keystone.catalogue.flatMap((entry, i) => endpointsV3(entry, i)), links: {} }
    default:
      return null
  }
}

const USER = { options: {}, password_expires_at: null, links: {} }

function tokenV2(keystone: Keystone, body: Json): HttpReply {
  const auth = (body.auth ?? {}) as Json
  const { username, password } = (auth.passwordCredentials ?? {}) as Record<string, string>
  if (!isRight(keystone, username, password)) return unauthorized()
  const now = keystone.clockUs()
  const access = {
    token: {
      id: keystone.projectId,
      issued_at: formatIsoUtc(now).replace('Z', '.000000'),
      expires: formatIsoUtc(now + TOKEN_LIFE_US),
      tenant: { id: keystone.projectId, name: String(auth.tenantName ?? 'admin'), enabled: true, description: '' },
    },
    serviceCatalog: keystone.catalogue.map(({ type, name, url }, i) => ({
      type,
      name,
      endpoints: [{ id: idOf(name, i), region: REGION, publicURL: url, internalURL: url, adminURL: url }],
      endpoints_links: [],
    })),
    user: { id: keystone.userId, name: username, username, roles: [{ name: 'admin' }], roles_links: [] },
    metadata: { is_admin: 0, roles: [] },
  }
  return json(200, { access })
}

function tokenV3(keystone: Keystone, body: Json): HttpReply {
  const { identity } = (body.auth ?? {}) as { identity?: { password?: { user?: { name?: string; password?: string } } } }
  const user = identity?.password?.user
  if (!isRight(keystone, user?.name, user?.password)) return unauthorized()
  const now = keystone.clockUs()
  const domain = { id: 'default', name: 'Default' }
  const token = {
    methods: ['password'],
    user: { id: keystone.userId, name: user?.name, domain, password_expires_at: null },
    project: { id: keystone.projectId, name: 'admin', domain },
    is_domain: false,
    roles: [{ id: idOf('admin', 0), name: 'admin' }],
    audit_ids: [keystone.projectId.slice(0, 22)],
    issued_at: formatIsoUtc(now).replace('Z', '.000000Z'),
    expires_at: formatIsoUtc(now + TOKEN_LIFE_US).replace('Z', '.000000Z'),
    catalog: keystone.catalogue.map((entry, i) => ({
      id: idOf(entry.name, i),
      type: entry.type,
      name: entry.name,
      endpoints: endpointsV3(entry, i),
    })),
  }
  const reply = json(201, { token })
  return { ...reply, headers: [...reply.headers!, ['X-Subject-Token', keystone.projectId]] }
}

function endpointsV3({ name, url }: CatalogueEntry, i: number): Json[] {
  return ['public', 'internal', 'admin'].map((kind) => ({
    id: idOf(name + kind, i),
    interface: kind,
    region: REGION,
    region_id: REGION,
    service_id: idOf(name, i),
    url,
  }))
}

function isRight(keystone: Keystone, name: string | undefined, password: string | undefined): boolean {
  return keystone.password === null || (name === keystone.adminName && password === keystone.password)
}

/** Thirty-two digits that stay the same for the same thing. */
function idOf(text: string, salt: number): string {
  let out = ''
  for (let round = 0; out.length < 32; round++) {
    let h = 0x811c9dc5 ^ (round + 31 * salt)
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
    out += (h >>> 0).toString(16).padStart(8, '0')
  }
  return out
}

function unauthorized(): HttpReply {
  return refusal(401, 'Unauthorized', 'The request you have made requires authentication.')
}

function refusal(status: number, title: string, message: string): HttpReply {
  return json(status, { error: { message, code: status, title } })
}

function json(status: number, body: Json): HttpReply {
  return { status, headers: [['Content-Type', 'application/json']], body: JSON.stringify(body) }
}
