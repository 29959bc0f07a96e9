// The HTTP face of nova-api: the calls that the clients of the era make, JSON in and out. What is about networks its back end answers.

import { boundedRegex } from '../../grammar/bounded-regex.js'
import type { CloudFlavor } from '../spec.js'
import type { BootRequest, LiveMigrationRequest, NicRequest, NovaApi } from './api.js'
import { ApiError } from './api.js'
import type { Keypair, Server } from './objects.js'
import { done, type Json, type Route, route } from './rest-route.js'
import { actionRoutes, byId, metadataRoutes } from './rest-servers.js'
import { serverDetails } from './server-view.js'

export interface RestRequest {
  readonly method: string
  /** With the query, without host. */
  readonly path: string
  readonly body: string
  /** Minor number of the microversion that the client asks for: 30 of 2.30; the oldest is 1. */
  readonly microversion?: number
}

interface Question {
  readonly body: Json
  readonly query: URLSearchParams
  readonly microversion: number
}

export interface RestReply {
  readonly status: number
  /** JSON text, empty for none. */
  readonly body: string
}

/** Answers the requests of one API. */
export class NovaRest {
  private readonly routes: readonly Route[]

  constructor(
    private readonly api: NovaApi,
    /** Lab time as microseconds since 1970. */
    private readonly clockUs: (us: number) => number,
  ) {
    this.routes = [...this.serverRoutes(), ...this.catalogueRoutes(), ...this.keypairRoutes(), ...api.network.routes()]
  }

  /** Refusals of the API become its JSON fault. */
  answer(request: RestRequest): RestReply {
    const [path = '', query = ''] = request.path.split('?')
    try {
      const body = request.body === '' ? {} : (JSON.parse(request.body) as Json)
      const rest = { body, query: new URLSearchParams(query), microversion: request.microversion ?? 1 }
      const [status, reply] = this.reply(request.method, path, rest)
      return { status, body: reply === null ? '' : JSON.stringify(reply) }
    } catch (error) {
      if (error instanceof ApiError) return fault(error.status, error.message)
      if (error instanceof SyntaxError) return fault(400, 'Malformed request body')
      throw error
    }
  }

  private reply(method: string, path: string, rest: Question): readonly [number, Json | null] {
    if (path === '' || path === '/' || /^\/v2(\.1)?\/?$/.test(path)) return [200, this.versions(path)]
    const below = this.belowProject(path)
    for (const { method: wanted, path: pattern, handle } of this.routes) {
      const match = wanted === method ? pattern.exec(below) : null
      if (match !== null) return handle(match.slice(1).map(decodeURIComponent), rest.body, rest.query, rest.microversion)
    }
    throw new ApiError(404, 'The resource could not be found.')
  }

  /** `/v2/PROJECT/servers` or, in the newer API, `/v2.1/servers`. */
  private belowProject(path: string): string {
    const rest = path.replace(/^\/v(1\.1|2\.1|2)/, '')
    return rest.startsWith(`/${this.api.projectId}`) || /^\/v(1\.1|2)\//.test(path) ? rest.replace(/^\/[^/]+/, '') : rest
  }

  private versions(path: string): Json {
    const { maxMicroversion } = this.api.release
    const v2 = { id: 'v2.0', status: maxMicroversion === null ? 'CURRENT' : 'SUPPORTED', updated: '2011-01-21T11:33:21Z', links: [] }
    const v21 = {
      id: 'v2.1',
      status: 'CURRENT',
      version: maxMicroversion ?? '',
      min_version: '2.1',
      updated: '2013-07-23T11:33:21Z',
      links: [],
    }
    if (/2\.1/.test(path)) return { version: v21 }
    if (/v2/.test(path)) return { version: v2 }
    return { versions: maxMicroversion === null ? [v2] : [v2, v21] }
  }

  private serverRoutes(): Route[] {
    const { api } = this
    const details = (server: Server): Json => serverDetails(api, server, this.clockUs)
    return [
      route('GET', /^\/servers(?:\/detail)?$/, (_, __, query) => [200, { servers: api.servers.filter(matching(query)).map(details) }]),
      route('GET', /^\/servers\/([^/]+)$/, ([id]) => [200, { server: details(byId(api, id!)) }]),
      route('POST', /^\/servers$/, (_, body) => [202, { server: this.boot(body.server as Json) }]),
      route('DELETE', /^\/servers\/([^/]+)$/, ([id]) => [204, done(() => api.delete(byId(api, id!)))]),
      route('POST', /^\/servers\/([^/]+)\/action$/, ([id], body, _, microversion) => [
        202,
        action(api, byId(api, id!), body, microversion),
      ]),
      ...actionRoutes(api, this.clockUs),
      ...metadataRoutes(api, details),
    ]
  }

  private catalogueRoutes(): Route[] {
    const { api } = this
    const images = (): Json[] => api.images.map(({ id, name }) => ({ id, name, status: 'ACTIVE', metadata: {}, minDisk: 0, minRam: 0 }))
    const flavors = (): Json[] => api.spec.flavors.map(flavorView)
    return [
      route('GET', /^\/flavors(?:\/detail)?$/, () => [200, { flavors: flavors() }]),
      route('GET', /^\/flavors\/([^/]+)$/, ([id]) => [200, { flavor: rowOf(flavors(), id!, `Flavor ${id} could not be found.`) }]),
      route('GET', /^\/images(?:\/detail)?$/, () => [200, { images: images() }]),
      route('GET', /^\/images\/([^/]+)$/, ([id]) => [200, { image: rowOf(images(), id!, 'Image not found.') }]),
    ]
  }

  private keypairRoutes(): Route[] {
    const { api } = this
    return [
      route('GET', /^\/os-keypairs$/, () => [200, { keypairs: api.keypairs.map((keypair) => ({ keypair: keypairView(keypair) })) }]),
      route('POST', /^\/os-keypairs$/, (_, body) => {
        const { name, public_key: key } = body.keypair as Json
        const keypair = api.createKeypair(String(name), (key as string | undefined) ?? null)
        return [200, { keypair: { ...keypairView(keypair), user_id: api.projectId } }]
      }),
      route('DELETE', /^\/os-keypairs\/([^/]+)$/, ([name]) => [202, done(() => api.deleteKeypair(name!))]),
    ]
  }

  private boot(body: Json): Json {
    const { api } = this
    const volume = volumeOf(body)
    const image = api.images.find(({ id }) => id === (volume ?? body.imageRef))
    if (image === undefined) throw new ApiError(400, 'Can not find requested image')
    const flavor = api.spec.flavors.find(({ id }) => id === String(body.flavorRef))
    if (flavor === undefined) throw new ApiError(400, 'Invalid flavorRef provided.')
    const keyName = (body.key_name as string | undefined) ?? null
    if (keyName !== null && !api.keypairs.some(({ name }) => name === keyName)) throw new ApiError(400, 'Invalid key_name provided.')
    const request: BootRequest = {
      name: String(body.name),
      image,
      bootVolume: volume === null ? null : api.newVolume(),
      flavor,
      keyName,
      groups: ((body.security_groups as { name: string }[] | undefined) ?? []).map(({ name }) => name),
      zone: typeof body.host === 'string' ? `nova:${body.host}` : ((body.availability_zone as string | undefined) ?? null),
      userData: (body.user_data as string | undefined) ?? null,
      metadata: new Map(Object.entries((body.metadata as Record<string, string> | undefined) ?? {})),
      nics: nicsOf(body.networks),
    }
    const server = api.boot(request)
    return { ...serverDetails(api, server, this.clockUs), adminPass: server.adminPassword }
  }
}

/** The image that the volume is made of which the server boots from; null for none. */
function volumeOf({ block_device_mapping_v2: rows }: Json): string | null {
  const root = Array.isArray(rows) ? (rows as Json[]).find(({ boot_index: index }) => String(index) === '0') : undefined
  return root?.source_type === 'image' && root.destination_type === 'volume' ? String(root.uuid) : null
}

/** `auto` and `none` are the newer API's words for "choose" and "no NIC at all". */
function nicsOf(networks: unknown): NicRequest[] | null {
  if (networks === 'none') return []
  if (!Array.isArray(networks)) return null
  return (networks as { uuid?: string; port?: string; fixed_ip?: string }[]).map(({ uuid, port, fixed_ip: address }) => ({
    network: uuid ?? null,
    portId: port ?? null,
    address: address ?? null,
  }))
}

function action(api: NovaApi, server: Server, body: Json, microversion: number): Json | null {
  const [name, value] = Object.entries(body)[0] ?? ['', {}]
  const words = (value ?? {}) as Json
  if (api.network.action(server, name, words)) return null
  switch (name) {
    case 'reboot':
      api.reboot(server, words.type === 'HARD')
      return null
    case 'os-stop':
      api.switchPower(server, 'stop')
      return null
    case 'os-start':
      api.switchPower(server, 'start')
      return null
    case 'os-migrateLive':
      api.liveMigrate(server, liveMigrationOf(words, microversion))
      return null
    case 'os-getConsoleOutput':
      return { output: lastLines(api.consoleOf(server), words.length) }
    default:
      throw new ApiError(400, `There is no such action: ${name}`)
  }
}

function liveMigrationOf({ host, block_migration: copies, force }: Json, microversion: number): LiveMigrationRequest {
  const wanted = typeof host === 'string' && host !== '' ? host : null
  return {
    host: wanted,
    copiesDisks: copies === 'auto' ? null : copies === true || /^true$/i.test(String(copies)),
    isForced: microversion < 30 || force === true,
    isAsync: microversion >= 34,
  }
}

function lastLines(text: string, length: unknown): string {
  if (typeof length !== 'number' && typeof length !== 'string') return text
  return text
    .split('\n')
    .slice(-Number(length) - 1)
    .join('\n')
}

function matching(query: URLSearchParams): (server: Server) => boolean {
  const name = query.get('name')
  const status = query.get('status')
  const host = query.get('host')
  const pattern = name === null ? null : boundedRegex(name, '')
  return (server) =>
    (pattern === null || pattern.test(server.name)) &&
    (status === null || server.status === status.toUpperCase()) &&
    (host === null || server.host === host)
}

function rowOf(rows: readonly Json[], id: string, missing: string): Json {
  const row = rows.find((candidate) => candidate.id === id)
  if (row === undefined) throw new ApiError(404, missing)
  return row
}

function flavorView(flavor: CloudFlavor): Json {
  const { id, name, ramMb, diskGb, vcpus } = flavor
  return {
    'OS-FLV-DISABLED:disabled': false,
    'OS-FLV-EXT-DATA:ephemeral': 0,
    disk: diskGb,
    id,
    name,
    'os-flavor-access:is_public': true,
    ram: ramMb,
    rxtx_factor: 1,
    swap: '',
    vcpus,
  }
}

function keypairView(keypair: Keypair): Json {
  return { name: keypair.name, fingerprint: keypair.fingerprint, public_key: keypair.publicKey }
}

const FAULT_NAME: Record<number, string> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  409: 'conflictingRequest',
  413: 'overLimit',
}

function fault(status: number, message: string): RestReply {
  return { status, body: JSON.stringify({ [FAULT_NAME[status] ?? 'computeFault']: { message, code: status } }) }
}
