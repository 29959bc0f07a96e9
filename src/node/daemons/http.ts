// HTTP/1.1 over the emulated TCP: the message format that server and clients share, and a small server.
import type { Ipv4Address } from '../../addr/ipv4.js'
import type { TcpSocket } from '../../kernel/tcp.js'
import { toBytes } from '../chunk.js'
import type { Machine } from '../machine.js'
import { acceptTcp, openTcp, readTcp, writeTcp } from '../net-api.js'
import type { Process } from '../process.js'

export interface HttpRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly version: string
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  readonly from: Ipv4Address
  readonly fromPort: number
}

export interface HttpReply {
  readonly status: number
  readonly body: string
  /** In the order they are sent, before Content-Length and Date. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

export type HttpHandler = (request: HttpRequest) => HttpReply | Promise<HttpReply>

export interface HttpServerOptions {
  readonly address: Ipv4Address
  readonly port: number
  /** Process name and arguments, as ps shows them. */
  readonly argv: readonly string[]
  readonly user?: string
  readonly backlog?: number
}

const REASONS = new Map<number, string>([
  [200, 'OK'],
  [202, 'Accepted'],
  [204, 'No Content'],
  [300, 'Multiple Choices'],
  [301, 'Moved Permanently'],
  [302, 'Found'],
  [304, 'Not Modified'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [409, 'Conflict'],
  [413, 'Request Entity Too Large'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [503, 'Service Unavailable'],
])

export function reasonOf(status: number): string {
  return REASONS.get(status) ?? 'Unknown'
}

/** Starts a server as a process of its own under init; it ends by a signal or when it cannot bind. */
export function startHttpServer(machine: Machine, options: HttpServerOptions, handler: HttpHandler): Process {
  const user = options.user === undefined ? null : machine.users.byName(options.user)
  return machine.init.fork((proc) => serveHttp(proc, options, handler), {
    argv: [...options.argv],
    session: 'new',
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  })
}

/** The body of a server process. */
export async function serveHttp(proc: Process, options: HttpServerOptions, handler: HttpHandler): Promise<number> {
  const listener = openTcp(proc)
  listener.reuseAddress = true
  const errno = listener.bind(options.address, options.port) ?? listener.listen(options.backlog ?? 128)
  if (errno !== null) {
    proc.error(`${proc.name}: cannot listen on port ${options.port}: ${errno}`)
    return 1
  }
  for (;;) {
    const socket = await acceptTcp(proc, listener)
    if (socket === null) return 0
    void serveConnection(proc, socket, handler).catch(() => socket.close())
  }
}

async function serveConnection(proc: Process, socket: TcpSocket, handler: HttpHandler): Promise<void> {
  const reader = new HttpReader(proc, socket)
  for (;;) {
    const head = await reader.head()
    if (head === null) break
    const [method, path, version] = head.first.split(' ')
    if (method === undefined || path === undefined) {
      await sendReply(proc, socket, { status: 400, body: '' }, false)
      break
    }
    const body = await reader.body(head.headers, false)
    const request: HttpRequest = {
      method,
      path,
      version: version ?? 'HTTP/0.9',
      headers: head.headers,
      body,
      from: socket.remoteAddress,
      fromPort: socket.remotePort,
    }
    const isKept = request.version === 'HTTP/1.1' && head.headers.get('connection')?.toLowerCase() !== 'close'
    const reply = await handler(request)
    await proc.compute(proc.random.between(80, 400))
    await sendReply(proc, socket, reply, isKept, method === 'HEAD')
    if (!isKept) break
  }
  socket.close()
}

async function sendReply(proc: Process, socket: TcpSocket, reply: HttpReply, isKept: boolean, isHeadOnly = false): Promise<void> {
  const body = toBytes(reply.body)
  const lines = [`HTTP/1.1 ${reply.status} ${reasonOf(reply.status)}`]
  for (const [name, value] of reply.headers ?? [['Content-Type', 'text/html; charset=UTF-8']]) lines.push(`${name}: ${value}`)
  lines.push(`Content-Length: ${body.length}`, `Date: ${httpDate(proc.clock)}`)
  if (!isKept) lines.push('Connection: close')
  const head = toBytes(`${lines.join('\r\n')}\r\n\r\n`)
  if (isHeadOnly) {
    await writeTcp(proc, socket, head)
    return
  }
  const all = new Uint8Array(head.length + body.length)
  all.set(head)
  all.set(body, head.length)
  await writeTcp(proc, socket, all)
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 9110: `Sat, 21 Nov 2026 02:37:06 GMT` */
export function httpDate(clockUs: number): string {
  const date = new Date(Math.floor(clockUs / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`
}

export interface HttpHead {
  /** Request line or status line. */
  readonly first: string
  readonly headers: ReadonlyMap<string, string>
  /** As they came, for `curl -i`. */
  readonly lines: readonly string[]
}

/** Reads HTTP messages off a connection. */
export class HttpReader {
  private buffer = ''
  private isEnded = false

  constructor(
    private readonly proc: Process,
    private readonly socket: TcpSocket,
    private readonly untilUs: number | null = null,
  ) {}

  /** What ended the reading: an errno, 'timeout', or null for the end of the stream. */
  failure: string | null = null

  /** Null when the connection ends before a whole head. */
  async head(): Promise<HttpHead | null> {
    for (;;) {
      const end = this.buffer.indexOf('\r\n\r\n')
      if (end >= 0) {
        const lines = this.buffer.slice(0, end).split('\r\n')
        this.buffer = this.buffer.slice(end + 4)
        return headOf(lines)
      }
      if (!(await this.more())) return null
    }
  }

  /** The body by its length, its chunks, or (of a reply) until the connection ends. */
  async body(headers: ReadonlyMap<string, string>, untilEnd: boolean): Promise<string> {
    if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return this.chunks()
    const length = headers.get('content-length')
    if (length === undefined && !untilEnd) return ''
    const wanted = length === undefined ? Number.POSITIVE_INFINITY : Number(length)
    while (this.buffer.length < wanted && (await this.more()));
    const bytes = this.buffer.slice(0, Math.min(wanted, this.buffer.length))
    this.buffer = this.buffer.slice(bytes.length)
    return textOfLatin1(bytes)
  }

  private async chunks(): Promise<string> {
    let body = ''
    for (;;) {
      while (!this.buffer.includes('\r\n') && (await this.more()));
      const end = this.buffer.indexOf('\r\n')
      if (end < 0) return textOfLatin1(body)
      const size = Number.parseInt(this.buffer.slice(0, end), 16)
      this.buffer = this.buffer.slice(end + 2)
      while (this.buffer.length < size + 2 && (await this.more()));
      body += this.buffer.slice(0, size)
      this.buffer = this.buffer.slice(size + 2)
      if (size === 0) return textOfLatin1(body)
    }
  }

  private async more(): Promise<boolean> {
    if (this.isEnded) return false
    const got = await readTcp(this.proc, this.socket, this.untilUs === null ? undefined : this.untilUs - this.proc.nowUs)
    if (got instanceof Uint8Array) {
      // One character a byte, so that lengths count bytes.
      let text = ''
      for (const byte of got) text += String.fromCharCode(byte)
      this.buffer += text
      return true
    }
    this.isEnded = true
    this.failure = got
    return false
  }
}

function textOfLatin1(text: string): string {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return new TextDecoder().decode(bytes)
}

function headOf(lines: string[]): HttpHead {
  const headers = new Map<string, string>()
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return { first: lines[0] ?? '', headers, lines }
}
