// The ports of nova-api: its own API, and the metadata service for the servers.
import { ANY_IPV4 } from '../../addr/ipv4.js'
import type { HttpHandler, HttpReply, HttpRequest } from '../../node/daemons/http.js'
import { serveHttp } from '../../node/daemons/http.js'
import type { Process } from '../../node/process.js'
import { ProcessKilled } from '../../node/process-end.js'
import type { NovaApi } from './api.js'
import { NovaRest } from './rest.js'

const COMPUTE_PORT = 8774

export interface MetadataService {
  readonly port: number
  /** Text for the request's path; null when there is none, or nobody has the client's address. */
  answer(request: HttpRequest): string | null
}

/** `proc` is nova-api: its ports close when it ends. */
export function serveNova(proc: Process, api: NovaApi, metadata: MetadataService): void {
  const { machine } = proc
  let rest: NovaRest | null = null
  servePort(proc, COMPUTE_PORT, (request) => {
    rest ??= new NovaRest(api, (us) => machine.clockStartUs + us)
    const { status, body } = rest.answer({ ...request, microversion: microversionOf(request.headers, api.release.maxMicroversion) })
    return { status, body, headers: [['Content-Type', 'application/json']] }
  })
  servePort(proc, metadata.port, (request) => metadataReply(metadata.answer(request)))
}

/** Serves until `proc` ends. */
export function servePort(proc: Process, port: number, handler: HttpHandler): void {
  serveHttp(proc, { address: ANY_IPV4, port, argv: proc.argv }, handler).catch((error: unknown) => {
    if (!(error instanceof ProcessKilled)) throw error
  })
}

/** `OpenStack-API-Version: compute 2.30`, or the older header; without one it is 2.1. */
function microversionOf(headers: ReadonlyMap<string, string>, newest: string | null): number {
  const asked = headers.get('openstack-api-version')?.replace(/^compute\s+/, '') ?? headers.get('x-openstack-nova-api-version') ?? '2.1'
  return Number((asked === 'latest' ? (newest ?? '2.1') : asked).split('.')[1] ?? 1)
}

function metadataReply(text: string | null): HttpReply {
  const headers = [['Content-Type', 'text/html; charset=UTF-8']] as const
  if (text !== null) return { status: 200, headers, body: text }
  const body =
    '<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  The resource could not be found.<br /><br />\n\n\n\n </body>\n</html>'
  return { status: 404, headers, body }
}
