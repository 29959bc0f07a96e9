// A user's session: credentials from the environment, a token of keystone (v2.0 or v3), and the endpoints of its catalogue.
import type { Process } from '../../../node/process.js'
import { type ConnectFailure, type HttpAnswer, httpExchange, parseUrl } from './http.js'
import { isList, isObject, type Json, type JsonObject } from './python.js'

export type Service = 'network' | 'compute' | 'image' | 'identity'

/** Keystone refused. */
export class AuthFailure extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly body: string,
  ) {
    super(message)
  }
}

/** Ports of the services, used when a catalogue does not name them. */
const DEFAULT_ENDPOINT: Record<Service, string> = { network: ':9696', compute: ':8774/v2/%s', image: ':9292', identity: ':5000/v2.0' }

export interface Token {
  readonly id: string
  readonly expires: string
  readonly projectId: string
  readonly projectName: string
  readonly userId: string
  readonly catalogue: readonly JsonObject[]
}

export class Session {
  private token: Token | null = null

  constructor(
    readonly proc: Process,
    private readonly agent: string,
    /** Microversion of nova's API unless the user says another; null: none is said. */
    private readonly computeVersion: string | null = null,
  ) {}

  /** `2.30`; `2.1` where nothing is said, as a `2` says nothing. */
  get novaVersion(): string {
    const asked = this.env('OS_COMPUTE_API_VERSION')
    if (asked !== '' && asked !== '2') return asked === '2.latest' ? 'latest' : asked
    return this.computeVersion ?? '2.1'
  }

  /** Minor number of it. */
  get novaMinor(): number {
    return this.novaVersion === 'latest' ? Number.POSITIVE_INFINITY : Number(this.novaVersion.split('.')[1] ?? 1)
  }

  private env(name: string): string {
    return this.proc.env.get(name) ?? ''
  }

  get authUrl(): string {
    return this.env('OS_AUTH_URL').replace(/\/+$/, '')
  }

  get projectName(): string {
    return this.env('OS_PROJECT_NAME') || this.env('OS_TENANT_NAME')
  }

  private get projectId(): string {
    return this.env('OS_PROJECT_ID') || this.env('OS_TENANT_ID')
  }

  /** v3 when the URL or the variable says so, or where a URL without version is all there is. */
  get isV3(): boolean {
    if (/\/v3$/.test(this.authUrl)) return true
    if (/\/v2\.0$/.test(this.authUrl)) return false
    return this.env('OS_IDENTITY_API_VERSION') !== '2' && this.env('OS_IDENTITY_API_VERSION') !== '2.0'
  }

  async authenticate(): Promise<Token> {
    this.token ??= this.isV3 ? await this.tokenV3() : await this.tokenV2()
    return this.token
  }

  /** One call of a service's API. `path` begins with a slash. */
  async ask(service: Service, method: string, path: string, body?: Json): Promise<HttpAnswer> {
    const token = await this.authenticate()
    const url = this.endpoint(service, token) + path
    const headers: (readonly [string, string])[] = [['X-Auth-Token', token.id]]
    if (service === 'compute' && this.computeVersion !== null && this.novaMinor > 1) {
      headers.push(['OpenStack-API-Version', `compute ${this.novaVersion}`], ['X-OpenStack-Nova-API-Version', this.novaVersion])
    }
    return this.exchange(method, url, body, headers)
  }

  exchange(method: string, url: string, body?: Json, headers: readonly (readonly [string, string])[] = []): Promise<HttpAnswer> {
    return httpExchange(this.proc, this.agent, { method, url, headers, ...(body === undefined ? {} : { body }) })
  }

  /** Without a slash at the end. */
  endpoint(service: Service, token: Token): string {
    const types = service === 'compute' ? ['compute', 'computev21'] : [service]
    const row = token.catalogue.find(({ type }) => types.includes(String(type)))
    for (const endpoint of isList(row?.endpoints) ? row.endpoints : []) {
      if (!isObject(endpoint)) continue
      const url = endpoint.publicURL ?? (endpoint.interface === 'public' ? endpoint.url : undefined)
      if (typeof url === 'string') return url.replace(/\/+$/, '')
    }
    const host = parseUrl(this.authUrl)?.host ?? ''
    return `http://${host}${DEFAULT_ENDPOINT[service].replace('%s', token.projectId)}`
  }

  private async tokenV2(): Promise<Token> {
    const base = /\/v2\.0$/.test(this.authUrl) ? this.authUrl : `${this.authUrl}/v2.0`
    const auth: JsonObject = {
      passwordCredentials: { username: this.env('OS_USERNAME'), password: this.env('OS_PASSWORD') },
      [this.projectId === '' ? 'tenantName' : 'tenantId']: this.projectId || this.projectName,
    }
    const answer = await this.exchange('POST', `${base}/tokens`, { auth })
    const access = isObject(answer.json) ? answer.json.access : undefined
    if (answer.status >= 400 || !isObject(access)) throw refusal(answer)
    const token = access.token as JsonObject
    const tenant = (token.tenant ?? {}) as JsonObject
    return {
      id: String(token.id),
      expires: String(token.expires ?? ''),
      projectId: String(tenant.id ?? ''),
      projectName: String(tenant.name ?? this.projectName),
      userId: String((access.user as JsonObject | undefined)?.id ?? ''),
      catalogue: (access.serviceCatalog ?? []) as readonly JsonObject[],
    }
  }

  private async tokenV3(): Promise<Token> {
    const base = /\/v3$/.test(this.authUrl) ? this.authUrl : `${this.authUrl}/v3`
    const domain = (kind: 'USER' | 'PROJECT'): JsonObject => {
      const id = this.env(`OS_${kind}_DOMAIN_ID`)
      return id === '' ? { name: this.env(`OS_${kind}_DOMAIN_NAME`) || 'Default' } : { id }
    }
    const user: JsonObject = { name: this.env('OS_USERNAME'), password: this.env('OS_PASSWORD'), domain: domain('USER') }
    const project: JsonObject = this.projectId === '' ? { name: this.projectName, domain: domain('PROJECT') } : { id: this.projectId }
    const body = { auth: { identity: { methods: ['password'], password: { user } }, scope: { project } } }
    const answer = await this.exchange('POST', `${base}/auth/tokens`, body)
    const token = isObject(answer.json) ? answer.json.token : undefined
    if (answer.status >= 400 || !isObject(token)) throw refusal(answer)
    const owner = (token.project ?? {}) as JsonObject
    return {
      id: answer.headers.get('x-subject-token') ?? '',
      expires: String(token.expires_at ?? ''),
      projectId: String(owner.id ?? ''),
      projectName: String(owner.name ?? this.projectName),
      userId: String((token.user as JsonObject | undefined)?.id ?? ''),
      catalogue: (token.catalog ?? []) as readonly JsonObject[],
    }
  }
}

function refusal(answer: HttpAnswer): AuthFailure {
  const error = isObject(answer.json) ? (answer.json.error as JsonObject | undefined) : undefined
  return new AuthFailure(answer.status, String(error?.message ?? answer.text), answer.text)
}

/** keystoneauth's words (and, when it is keystone that does not answer, its warning before them), with an object's address as Python shows one. */
export function connectFailureText(proc: Process, failure: ConnectFailure, python: 2 | 3): string {
  const base = /^(.*)\/auth\/tokens$/.exec(failure.url)?.[1]
  if (base !== undefined) {
    proc.error(`Failed to discover available identity versions when contacting ${base}. Attempting to parse version from URL.`)
  }
  const url = parseUrl(failure.url)
  const path = failure.url.replace(/^http:\/\/[^/]+/, '') || '/'
  const address = (0x7f0000000000 + proc.random.below(0x10000000) * 16).toString(16)
  const cause = `NewConnectionError('<urllib3.connection.HTTPConnection object at 0x${address}>: Failed to establish a new connection: ${failure.reason}'${python === 2 ? ',' : ''})`
  return (
    `Unable to establish connection to ${failure.url}: HTTPConnectionPool(host='${url?.host ?? ''}', port=${url?.port ?? 80}): ` +
    `Max retries exceeded with url: ${path} (Caused by ${cause})`
  )
}
