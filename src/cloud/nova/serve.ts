// The ports of the controller: keystone's tokens, nova's API, and the metadata service for the servers.
import { ANY_IPV4, type Ipv4Address } from '../../addr/ipv4.js'
import type { HttpHandler, HttpReply } from '../../node/daemons/http.js'
import { serveHttp, startHttpServer } from '../../node/daemons/http.js'
import type { Process } from '../../node/process.js'
import { ProcessKilled } from '../../node/process.js'
import type { NovaApi } from './api.js'
import { answerRest } from './rest.js'

const KEYSTONE_PORT = 5000
const COMPUTE_PORT = 8774

export interface MetadataService {
  readonly port: number
  /** Text for a path; null when there is none, or nobody has the client's address. */
  answer(client: Ipv4Address, path: string): string | null
}

/** `proc` is nova-api: its ports close when it ends. */
export function serveNova(proc: Process, api: NovaApi, metadata: MetadataService): void {
  const { machine } = proc
  const clockUs = (us: number): number => machine.clockStartUs + us
  serve(proc, COMPUTE_PORT, (request) => {
    const { status, body } = answerRest(api, clockUs, request)
    return { status, body, headers: [['Content-Type', 'application/json']] }
  })
  serve(proc, metadata.port, (request) => metadataReply(metadata.answer(request.from, request.path)))
  const argv = ['/usr/bin/python', '/usr/bin/keystone-all']
  startHttpServer(machine, { address: ANY_IPV4, port: KEYSTONE_PORT, argv }, (request) => token(api, request.method, request.path))
}

function serve(proc: Process, port: number, handler: HttpHandler): void {
  serveHttp(proc, { address: ANY_IPV4, port, argv: proc.argv }, handler).catch((error: unknown) => {
    if (!(error instanceof ProcessKilled)) throw error
  })
}

/** Anybody gets a token: the lab's cloud has one tenant and no secrets. */
function token(api: NovaApi, method: string, path: string): HttpReply {
  const headers = [['Content-Type', 'application/json']] as const
  if (method !== 'POST' || !path.startsWith('/v2.0/tokens')) {
    return {
      status: 404,
      headers,
      body: JSON.stringify({ error: { message: 'The resource could not be found.', code: 404, title: 'Not Found' } }),
    }
  }
  const access = { token: { id: api.projectId, tenant: { id: api.projectId, name: 'admin' } }, serviceCatalog: [] }
  return { status: 200, headers, body: JSON.stringify({ access }) }
}

function metadataReply(text: string | null): HttpReply {
  const headers = [['Content-Type', 'text/html; charset=UTF-8']] as const
  if (text !== null) return { status: 200, headers, body: text }
  const body =
    '<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  The resource could not be found.<br /><br />\n\n\n\n </body>\n</html>'
  return { status: 404, headers, body }
}
