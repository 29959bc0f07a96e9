// One HTTP exchange of a client: a connection through the lab's own network, JSON out and in.
import { errnoNumber, errnoText } from '../../../kernel/errno.js'
import { toBytes } from '../../../node/chunk.js'
import { HttpReader } from '../../../node/daemons/http.js'
import { connectTcp, openTcp, writeTcp } from '../../../node/net-api.js'
import type { Process } from '../../../node/process.js'
import { resolveHost } from '../../../node/resolver.js'
import type { Json } from './python.js'

export interface HttpUrl {
  readonly host: string
  readonly port: number
  /** Without a slash at the end; empty for the root. */
  readonly path: string
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
  /** Null for no JSON. */
  readonly json: Json
}

export interface HttpAsk {
  readonly method: string
  /** Whole: http://host:port/path?query */
  readonly url: string
  readonly body?: Json
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** The server could not be reached, or hung up. Each client has its own words for it. */
export class ConnectFailure extends Error {
  constructor(
    readonly url: string,
    /** Python's text of the error: `[Errno 111] Connection refused`. */
    readonly reason: string,
  ) {
    super(reason)
  }
}

/** Null for anything but http://HOST[:PORT][/PATH]. */
export function parseUrl(text: string): HttpUrl | null {
  const match = /^http:\/\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(text)
  if (match === null) return null
  return { host: match[1]!, port: Number(match[2] ?? 80), path: (match[3] ?? '').replace(/\/+$/, '') }
}

export async function httpExchange(proc: Process, agent: string, ask: HttpAsk): Promise<HttpAnswer> {
  const url = parseUrl(ask.url)
  if (url === null) throw new ConnectFailure(ask.url, 'unknown url type')
  const address = await resolveHost(proc, url.host)
  if (typeof address === 'string') {
    throw new ConnectFailure(ask.url, address === 'Name or service not known' ? `[Errno -2] ${address}` : `[Errno -3] ${address}`)
  }
  const socket = openTcp(proc)
  const failure = await connectTcp(proc, socket, { address: address.address, port: url.port })
  if (failure !== null) {
    socket.close()
    const errno = failure === 'timeout' ? 'ETIMEDOUT' : failure
    throw new ConnectFailure(ask.url, `[Errno ${errnoNumber(errno)}] ${errnoText(errno)}`)
  }
  const body = toBytes(ask.body === undefined ? '' : JSON.stringify(ask.body))
  const head = toBytes(`${headLines(url, agent, ask, body.length).join('\r\n')}\r\n\r\n`)
  const all = new Uint8Array(head.length + body.length)
  all.set(head)
  all.set(body, head.length)
  await writeTcp(proc, socket, all)
  const reader = new HttpReader(proc, socket)
  const answer = await reader.head()
  if (answer === null) throw new ConnectFailure(ask.url, '[Errno 104] Connection reset by peer')
  const text = await reader.body(answer.headers, true)
  socket.close()
  return { status: Number(answer.first.split(' ')[1]), headers: answer.headers, text, json: jsonOf(text) }
}

function headLines(url: HttpUrl, agent: string, ask: HttpAsk, length: number): string[] {
  const path = ask.url.replace(/^http:\/\/[^/]+/, '')
  return [
    `${ask.method} ${path === '' ? '/' : path} HTTP/1.1`,
    `Host: ${url.host}:${url.port}`,
    `User-Agent: ${agent}`,
    'Accept: application/json',
    ...(ask.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    ...(ask.body === undefined ? [] : ['Content-Type: application/json']),
    ...(length > 0 || ask.method === 'POST' || ask.method === 'PUT' ? [`Content-Length: ${length}`] : []),
    'Connection: close',
  ]
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return null
  }
}
