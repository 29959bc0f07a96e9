// The metadata proxy inside a namespace: HTTP in, HTTP out over the Unix socket of the metadata agent, with a word on where it came from.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4 } from '../../../addr/ipv4.js'
import { KernelError } from '../../../kernel/errno.js'
import type { HttpReply, HttpRequest } from '../../../node/daemons/http.js'
import { serveHttp } from '../../../node/daemons/http.js'
import type { Process } from '../../../node/process.js'
import { askUnix } from '../../../node/unix-http.js'
import { passedOn, unknownError } from './webob.js'

interface ProxyPlace {
  readonly address: Ipv4Address
  readonly port: number
  readonly socketPath: string
}

interface NeutronProxyOptions extends ProxyPlace {
  readonly header: { readonly name: string; readonly value: string }
}

/** What haproxy does to a request's headers, in order. */
export interface HeaderRule {
  readonly kind: 'add-header' | 'set-header' | 'del-header'
  readonly name: string
  readonly value: string
}

export interface HaproxyOptions extends ProxyPlace {
  readonly headers: readonly HeaderRule[]
}

/** neutron-ns-metadata-proxy: nothing of what the client sent but method, path and body goes on. */
export function serveNeutronProxy(proc: Process, options: NeutronProxyOptions): Promise<number> {
  const { name, value } = options.header
  return serve(proc, options, async (request) => {
    const headers = new Map([
      ['x-forwarded-for', formatIpv4(request.from)],
      [name.toLowerCase(), value],
    ])
    const reply = await askUnix(proc, options.socketPath, { ...request, headers })
    return reply instanceof KernelError ? unknownError() : passedOn(reply, [404, 409, 500])
  })
}

/** haproxy: the client's headers go on as the rules leave them, replies go back as they are. */
export function serveHaproxy(proc: Process, options: HaproxyOptions): Promise<number> {
  return serve(proc, options, async (request) => {
    const headers = new Map(request.headers)
    for (const rule of options.headers) applyRule(headers, rule)
    add(headers, 'x-forwarded-for', formatIpv4(request.from))
    const reply = await askUnix(proc, options.socketPath, { ...request, headers })
    return reply instanceof KernelError ? UNAVAILABLE : reply
  })
}

function applyRule(headers: Map<string, string>, { kind, name, value }: HeaderRule): void {
  if (kind === 'add-header') add(headers, name.toLowerCase(), value)
  else if (kind === 'set-header') headers.set(name.toLowerCase(), value)
  else headers.delete(name.toLowerCase())
}

function add(headers: Map<string, string>, name: string, value: string): void {
  const before = headers.get(name)
  headers.set(name, before === undefined ? value : `${before}, ${value}`)
}

const UNAVAILABLE: HttpReply = {
  status: 503,
  body: '<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n',
  headers: [
    ['Cache-Control', 'no-cache'],
    ['Content-Type', 'text/html'],
  ],
}

function serve(proc: Process, options: ProxyPlace, handler: (request: HttpRequest) => Promise<HttpReply>): Promise<number> {
  return serveHttp(proc, { address: options.address, port: options.port, argv: proc.argv }, handler)
}
