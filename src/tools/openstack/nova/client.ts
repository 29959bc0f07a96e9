// The client's conversation with nova-api: a token from keystone, then JSON over HTTP, through the lab's own network.
import { formatIpv4, parseIpv4 } from '../../../addr/ipv4.js'
import { errnoNumber, errnoText } from '../../../kernel/errno.js'
import { toBytes } from '../../../node/chunk.js'
import { HttpReader } from '../../../node/daemons/http.js'
import { connectTcp, openTcp, writeTcp } from '../../../node/net-api.js'
import type { Process } from '../../../node/process.js'
import type { Json } from './command.js'
import { NovaError } from './command.js'

const COMPUTE_PORT = 8774

interface Endpoint {
  readonly address: number
  readonly port: number
}

export class NovaClient {
  private constructor(
    private readonly proc: Process,
    private readonly address: number,
    private readonly tenant: string,
  ) {}

  /** Finds the API through OS_AUTH_URL and fetches a token. Throws NovaError with the client's own words. */
  static async open(proc: Process): Promise<NovaClient> {
    for (const [variable, what] of [
      ['OS_USERNAME', 'a username via either --os_username or'],
      ['OS_PASSWORD', 'a password via either --os_password or'],
      ['OS_AUTH_URL', 'an auth url via either --os_auth_url or'],
    ] as const) {
      if ((proc.env.get(variable) ?? '') === '') throw new NovaError(`You must provide ${what} env[${variable}]`)
    }
    const url = /^http:\/\/([\d.]+):(\d+)\//.exec(proc.env.get('OS_AUTH_URL')!)
    const address = parseIpv4(url?.[1] ?? '')
    if (address === null) throw new NovaError(`Unable to communicate with identity service: ${proc.env.get('OS_AUTH_URL')}`)
    const credentials = {
      auth: {
        tenantName: proc.env.get('OS_TENANT_NAME') ?? '',
        passwordCredentials: { username: proc.env.get('OS_USERNAME'), password: proc.env.get('OS_PASSWORD') },
      },
    }
    const reply = await send(proc, { address, port: Number(url![2]) }, 'POST', '/v2.0/tokens', credentials)
    const access = reply.access as { token: { tenant: { id: string } } }
    return new NovaClient(proc, address, access.token.tenant.id)
  }

  get(path: string): Promise<Json> {
    return this.ask('GET', path, null)
  }

  post(path: string, body: Json): Promise<Json> {
    return this.ask('POST', path, body)
  }

  delete(path: string): Promise<Json> {
    return this.ask('DELETE', path, null)
  }

  private ask(method: string, path: string, body: Json | null): Promise<Json> {
    return send(this.proc, { address: this.address, port: COMPUTE_PORT }, method, `/v1.1/${this.tenant}${path}`, body)
  }

  /** By id or name, in the client's words when there is none or more than one. */
  async find(kind: 'server' | 'image' | 'flavor', wanted: string): Promise<Json> {
    const list = ((await this.get(`/${kind}s/detail`))[`${kind}s`] ?? []) as Json[]
    const byId = list.find((row) => row.id === wanted)
    if (byId !== undefined) return byId
    const named = list.filter((row) => row.name === wanted)
    if (named.length > 1) throw new NovaError(`Multiple ${kind} matches found for '${wanted}', use an ID to be more specific.`)
    if (named[0] === undefined) throw new NovaError(`No ${kind} with a name or ID of '${wanted}' exists.`)
    return named[0]
  }
}

async function send(proc: Process, to: Endpoint, method: string, path: string, body: Json | null): Promise<Json> {
  const socket = openTcp(proc)
  const failure = await connectTcp(proc, socket, to)
  if (failure !== null)
    throw new NovaError(
      failure === 'timeout' ? '[Errno 110] Connection timed out' : `[Errno ${errnoNumber(failure)}] ${errnoText(failure)}`,
    )
  const text = body === null ? '' : JSON.stringify(body)
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${formatIpv4(to.address)}:${to.port}`,
    'User-Agent: python-novaclient',
    'Accept: application/json',
    ...(body === null ? [] : ['Content-Type: application/json']),
    `Content-Length: ${toBytes(text).length}`,
    'Connection: close',
  ]
  await writeTcp(proc, socket, toBytes(`${head.join('\r\n')}\r\n\r\n${text}`))
  const reader = new HttpReader(proc, socket)
  const answer = await reader.head()
  if (answer === null) throw new NovaError('[Errno 104] Connection reset by peer')
  const replyText = await reader.body(answer.headers, true)
  socket.close()
  return replyOf(Number(answer.first.split(' ')[1]), replyText)
}

function replyOf(status: number, text: string): Json {
  const reply = text === '' ? {} : (JSON.parse(text) as Json)
  if (status < 400) return reply
  const fault = Object.values(reply)[0] as { message?: string } | undefined
  throw new NovaError(`${fault?.message ?? 'n/a'} (HTTP ${status})`)
}
