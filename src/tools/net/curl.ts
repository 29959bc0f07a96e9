// curl: HTTP over the emulated TCP, with the messages and exit codes of the image's version.
import { formatIpv4 } from '../../addr/ipv4.js'
import type { ParsedOptions } from '../../grammar/getopt.js'
import { parseOptions } from '../../grammar/getopt.js'
import type { Errno } from '../../kernel/errno.js'
import { errnoText, KernelError } from '../../kernel/errno.js'
import type { TcpSocket } from '../../kernel/tcp.js'
import { toBytes } from '../../node/chunk.js'
import type { Command } from '../../node/command.js'
import type { HttpHead } from '../../node/daemons/http.js'
import { HttpReader } from '../../node/daemons/http.js'
import { atLeast } from '../../node/image.js'
import { connectTcp, openTcp, writeTcp } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { parseLooseIpv4, resolveHost } from '../../node/resolver.js'
import { completeBy } from './complete.js'
import { curlComplaint, curlGrammar } from './curl-options.js'
import type { Url } from './url.js'
import { hostHeader, parseUrl } from './url.js'

export const curl: Command = { name: 'curl', path: '/usr/bin/curl', run: runCurl, complete: completeBy(curlGrammar, 'none') }

const TRY_HELP = "curl: try 'curl --help' or 'curl --manual' for more information"

async function runCurl(proc: Process): Promise<number> {
  const words = proc.argv.slice(1)
  const parsed = parseOptions(curlGrammar, words)
  if (parsed.problem !== null) {
    const { problem } = parsed
    const typed =
      words.find(
        (word) => problem.kind === 'unknown-short' && word.startsWith('-') && !word.startsWith('--') && word.includes(problem.option),
      ) ?? ''
    proc.error(curlComplaint(problem, typed))
    if (problem.kind === 'not-emulated') return 126
    proc.error(TRY_HELP)
    return 2
  }
  if (parsed.has('version')) {
    proc.line(`curl ${proc.machine.image.tool('curl')} (x86_64-pc-linux-gnu) libcurl/${proc.machine.image.tool('curl')}`)
    return 0
  }
  if (parsed.has('help')) {
    proc.line('Usage: curl [options...] <url>')
    return 0
  }
  const urls = [...parsed.values('url'), ...parsed.operands]
  if (urls.length === 0) {
    if (words.length > 0) proc.error('curl: no URL specified!')
    proc.error(TRY_HELP)
    return 2
  }
  const outputs = parsed.given.filter((option) => option.name === 'output' || option.name === 'remote-name')
  let code = 0
  for (const [i, text] of urls.entries()) code = await new Transfer(proc, parsed, text, outputs[i] ?? null).run()
  return code
}

/** How a transfer failed: curl's exit code and sentence. */
class CurlError extends Error {
  constructor(
    readonly code: number,
    text: string,
  ) {
    super(text)
  }
}

interface Reply {
  readonly head: HttpHead
  readonly body: string
  readonly status: number
}

class Transfer {
  private readonly startUs: number
  private readonly deadlineUs: number | null
  private connectedUs = 0
  private firstByteUs = 0
  private redirects = 0
  private status = 0
  private size = 0
  private socket: TcpSocket | null = null
  private url: Url | null = null

  constructor(
    private readonly proc: Process,
    private readonly options: ParsedOptions,
    private readonly text: string,
    private readonly output: { readonly name: string; readonly value: string | null } | null,
  ) {
    this.startUs = proc.nowUs
    const seconds = Number(options.value('max-time') ?? 0)
    this.deadlineUs = seconds > 0 ? this.startUs + seconds * 1_000_000 : null
  }

  private get isModern(): boolean {
    return atLeast(this.proc.machine.image.tool('curl'), '7.74')
  }

  private get hasMeter(): boolean {
    const toTerminal = this.proc.stdout.isTty && this.output === null
    return !this.options.has('silent') && !toTerminal
  }

  async run(): Promise<number> {
    const { proc, options } = this
    const isKnown = ['http', 'https'].includes(parseUrl(this.text)?.scheme ?? '')
    if (this.hasMeter && isKnown) proc.writeTo(2, `${METER_HEAD}\n\r${METER_START}`)
    try {
      await this.transfer()
      this.endMeter(true)
      this.writeOut()
      return 0
    } catch (error) {
      if (!(error instanceof CurlError)) throw error
      // What no connection was begun for leaves the meter as it is.
      if (isKnown && error.code !== 6) this.endMeter(false)
      if (!options.has('silent') || options.has('show-error'))
        proc.error(error.code === 126 ? `curl: ${error.message}` : `curl: (${error.code}) ${error.message}`)
      this.writeOut()
      return error.code
    } finally {
      this.socket?.close()
    }
  }

  private async transfer(): Promise<void> {
    let target = this.text
    for (;;) {
      const url = parseUrl(target)
      if (url === null) throw new CurlError(3, 'URL using bad/illegal format or missing URL')
      if (url.scheme === 'https') throw new CurlError(126, 'https: not emulated by netlab (there is no TLS here, use http)')
      if (url.scheme !== 'http') throw new CurlError(1, `Protocol "${url.scheme}" not supported or disabled in libcurl`)
      this.url = url
      await this.connect(url)
      const reply = await this.exchange(url)
      const location = reply.head.headers.get('location')
      if (this.options.has('location') && location !== undefined && reply.status >= 300 && reply.status < 400 && this.redirects < 50) {
        this.redirects++
        target = location.includes('://') ? location : `http://${hostHeader(url)}${location}`
        this.socket?.close()
        continue
      }
      if (this.options.has('fail') && reply.status >= 400) throw new CurlError(22, `The requested URL returned error: ${reply.status}`)
      await this.deliver(reply)
      return
    }
  }

  private note(text: string): void {
    if (this.options.has('verbose')) this.proc.error(`* ${text}`)
  }

  private async connect(url: Url): Promise<void> {
    const { proc, options } = this
    const pinned = options
      .values('resolve')
      .map((entry) => entry.split(':'))
      .find(([host, port]) => host === url.host && Number(port) === url.port)
    const resolved =
      pinned === undefined ? await resolveHost(proc, url.host) : { address: parseLooseIpv4(pinned[2] ?? '') ?? 0, name: url.host }
    if (typeof resolved === 'string') {
      this.note(`Could not resolve host: ${url.host}`)
      throw new CurlError(6, `Could not resolve host: ${url.host}`)
    }
    const address = formatIpv4(resolved.address)
    this.note(this.isModern ? `  Trying ${address}:${url.port}...` : `  Trying ${address}...`)
    const socket = openTcp(proc)
    socket.nodelay = true
    this.socket = socket
    this.bindLocal(socket)
    const errno = await connectTcp(proc, socket, { address: resolved.address, port: url.port }, this.connectTimeoutUs())
    if (errno !== null) this.connectFailed(url, address, errno)
    this.connectedUs = proc.nowUs
    this.note(`Connected to ${url.host} (${address}) port ${url.port} (#${this.redirects})`)
  }

  private bindLocal(socket: TcpSocket): void {
    const where = this.options.value('interface')
    const port = Number(this.options.value('local-port')?.split('-')[0] ?? 0)
    if (where === null && port === 0) return
    const dev = where === null ? null : this.proc.netns.deviceByName(where)
    if (dev !== null) socket.boundIfindex = dev.ifindex
    const address = where === null || dev !== null ? 0 : parseLooseIpv4(where.replace(/^(host|if)!/, ''))
    if (address === null) throw new CurlError(45, `Couldn't bind to '${where}'`)
    if (address === 0 && port === 0) return
    const errno = socket.bind(address, port)
    if (errno !== null) throw new CurlError(45, `bind failed with errno 99: ${errnoText(errno)}`)
  }

  private connectTimeoutUs(): number {
    const own = Number(this.options.value('connect-timeout') ?? 300) * 1_000_000
    return this.deadlineUs === null ? own : Math.min(own, this.deadlineUs - this.proc.nowUs)
  }

  private connectFailed(url: Url, address: string, errno: Errno | 'timeout'): never {
    const ms = Math.floor((this.proc.nowUs - this.startUs) / 1000)
    const version = this.proc.machine.image.tool('curl')
    if (errno === 'timeout') {
      // The whole time is up, or only what was given to the connection.
      if (atLeast(version, '7.84') && (this.deadlineUs === null || this.proc.nowUs < this.deadlineUs)) {
        const text = `Failed to connect to ${url.host} port ${url.port} after ${ms} ms: Timeout was reached`
        this.note(text)
        this.note('Closing connection 0')
        throw new CurlError(28, text)
      }
      this.note(`Connection timed out after ${ms} milliseconds`)
      this.note('Closing connection 0')
      throw new CurlError(28, atLeast(version, '7.32') ? `Connection timed out after ${ms} milliseconds` : 'connect() timed out!')
    }
    const reason = errnoText(errno)
    if (this.isModern) this.note(`connect to ${address} port ${url.port} failed: ${reason}`)
    const text = atLeast(version, '7.84')
      ? `Failed to connect to ${url.host} port ${url.port} after ${ms} ms: Couldn't connect to server`
      : atLeast(version, '7.32')
        ? `Failed to connect to ${url.host} port ${url.port}: ${reason}`
        : "couldn't connect to host"
    this.note(text)
    this.note('Closing connection 0')
    throw new CurlError(7, text)
  }

  private requestText(url: Url): { head: string; body: string } {
    const { options, proc } = this
    const parts = options.given.filter((option) => option.name === 'data' || option.name === 'data-raw' || option.name === 'data-binary')
    const data = parts.map((option) => this.dataOf(option.name, option.value!)).join('&')
    const asQuery = options.has('get') && parts.length > 0
    const hasBody = parts.length > 0 && !asQuery
    const method = options.value('request') ?? (options.has('head') ? 'HEAD' : hasBody ? 'POST' : 'GET')
    const path = asQuery ? `${url.path}${url.path.includes('?') ? '&' : '?'}${data}` : url.path
    const given = options.values('header')
    const names = new Set(given.map((line) => line.split(/[:;]/)[0]!.trim().toLowerCase()))
    const user = options.value('user') ?? url.user
    const lines = [`${method} ${path} HTTP/${options.has('http10') ? '1.0' : '1.1'}`]
    const add = (name: string, value: string | null): void => {
      if (value !== null && !names.has(name.toLowerCase())) lines.push(`${name}: ${value}`)
    }
    add('Host', hostHeader(url))
    add('Authorization', user === null ? null : `Basic ${base64(user)}`)
    add('User-Agent', options.value('user-agent') ?? `curl/${proc.machine.image.tool('curl')}`)
    add('Accept', '*/*')
    add('Referer', options.value('referer'))
    add('Cookie', options.value('cookie'))
    lines.push(...given.filter((line) => /:\s*\S/.test(line)))
    if (hasBody) {
      add('Content-Length', String(toBytes(data).length))
      add('Content-Type', 'application/x-www-form-urlencoded')
    }
    return { head: `${lines.join('\r\n')}\r\n\r\n`, body: hasBody ? data : '' }
  }

  private dataOf(name: string, value: string): string {
    if (!value.startsWith('@') || name === 'data-raw') return value
    try {
      const text = this.proc.files.read(value.slice(1))
      return name === 'data' ? text.replace(/[\r\n]/g, '') : text
    } catch (error) {
      if (error instanceof KernelError) throw new CurlError(26, `Failed to open ${value.slice(1)}`)
      throw error
    }
  }

  private async exchange(url: Url): Promise<Reply> {
    const { proc, options } = this
    const request = this.requestText(url)
    if (options.has('verbose')) for (const line of request.head.split('\r\n').slice(0, -1)) proc.error(`> ${line}`)
    await proc.compute(proc.random.between(20, 45))
    await writeTcp(proc, this.socket!, toBytes(request.head + request.body))
    const reader = new HttpReader(proc, this.socket!, this.deadlineUs)
    let head = await reader.head()
    while (head !== null && / 100 /.test(`${head.first} `)) head = await reader.head()
    if (head === null) this.readFailed(reader.failure)
    this.firstByteUs = proc.nowUs
    this.status = Number(head.first.split(' ')[1])
    this.noteHead(head)
    const hasNoBody = options.has('head') || this.status === 204 || this.status === 304
    const body = hasNoBody ? '' : await reader.body(head.headers, true)
    this.size = toBytes(body).length
    const wanted = head.headers.get('content-length')
    if (!hasNoBody && reader.failure !== null && (wanted === undefined || this.size < Number(wanted))) this.readFailed(reader.failure)
    if (!hasNoBody && wanted !== undefined && this.size < Number(wanted)) {
      throw new CurlError(18, `transfer closed with ${Number(wanted) - this.size} bytes remaining to read`)
    }
    return { head, body, status: this.status }
  }

  private noteHead(head: HttpHead): void {
    if (!this.options.has('verbose')) return
    const closes = head.first.startsWith('HTTP/1.0') && head.headers.get('connection')?.toLowerCase() !== 'keep-alive'
    if (closes) this.note('HTTP 1.0, assume close after body')
    else if (this.isModern && !head.headers.has('content-length') && !head.headers.has('transfer-encoding'))
      this.note('no chunk, no close, no size. Assume close to signal end')
    for (const line of head.lines) this.proc.error(`< ${line}`)
    this.proc.error('< ')
  }

  private readFailed(failure: string | null): never {
    const ms = Math.floor((this.proc.nowUs - this.startUs) / 1000)
    if (failure === 'timeout') throw new CurlError(28, `Operation timed out after ${ms} milliseconds with ${this.size} bytes received`)
    if (failure === null) throw new CurlError(52, 'Empty reply from server')
    throw new CurlError(56, `Recv failure: ${failure === 'ECONNRESET' ? 'Connection reset by peer' : failure}`)
  }

  private async deliver(reply: Reply): Promise<void> {
    const { proc, options } = this
    if (options.has('verbose') && this.size > 0 && !(proc.stdout.isTty && this.output === null)) proc.error(`{ [${this.size} bytes data]`)
    const withHead = options.has('include') || options.has('head')
    const text = (withHead ? `${reply.head.lines.join('\r\n')}\r\n\r\n` : '') + reply.body
    const file =
      this.output === null
        ? null
        : this.output.name === 'output'
          ? this.output.value
          : (this.url!.path.split('?')[0]!.split('/').pop() ?? '')
    if (file === '') throw new CurlError(23, 'Remote file name has no length')
    if (file === null || file === '-') proc.out(text)
    else this.save(file, text)
    await proc.drain()
    const isKept =
      !reply.head.first.startsWith('HTTP/1.0') &&
      reply.head.headers.get('connection')?.toLowerCase() !== 'close' &&
      (reply.head.headers.has('content-length') || reply.head.headers.has('transfer-encoding'))
    this.note(isKept ? `Connection #0 to host ${this.url!.host} left intact` : 'Closing connection 0')
  }

  private save(file: string, text: string): void {
    try {
      this.proc.files.write(file, text)
    } catch (error) {
      if (error instanceof KernelError) throw new CurlError(23, `Failed writing body (0 != ${text.length})`)
      throw error
    }
  }

  /** -w: `%{http_code}` and its kin, `\n` and `\t`. */
  private writeOut(): void {
    const format = this.options.value('write-out')
    if (format === null) return
    const { proc, socket } = this
    const seconds = (us: number): string => (Math.max(us - this.startUs, 0) / 1_000_000).toFixed(6)
    const values = new Map<string, string>([
      ['http_code', String(this.status).padStart(3, '0')],
      ['response_code', String(this.status).padStart(3, '0')],
      ['size_download', String(this.size)],
      ['time_total', seconds(proc.nowUs)],
      ['time_connect', seconds(this.connectedUs)],
      ['time_starttransfer', seconds(this.firstByteUs)],
      ['time_namelookup', '0.000000'],
      ['num_redirects', String(this.redirects)],
      ['remote_ip', socket === null ? '' : formatIpv4(socket.remoteAddress)],
      ['remote_port', String(socket?.remotePort ?? 0)],
      ['local_ip', socket === null ? '' : formatIpv4(socket.localAddress)],
      ['local_port', String(socket?.localPort ?? 0)],
      ['url', this.text],
      ['url_effective', this.text.includes('://') ? this.text : `http://${this.text}/`],
    ])
    const text = format
      .replace(/%\{(\w+)\}/g, (_, name: string) => values.get(name) ?? '')
      .replace(/\\n/g, '\n')
      .replace(/\\t/g, '\t')
      .replace(/\\r/g, '\r')
      .replace(/%%/g, '%')
    proc.out(text)
  }

  private endMeter(isComplete: boolean): void {
    if (!this.hasMeter) return
    if (!isComplete) {
      this.proc.writeTo(2, `\r${METER_START}\n`)
      return
    }
    const us = Math.max(this.proc.nowUs - this.startUs, 1)
    const speed = Math.min(Math.round((this.size * 1_000_000) / us), 9_999_999)
    const size = meterSize(this.size)
    const rate = meterSize(speed)
    this.proc.writeTo(2, `\r100 ${size}  100 ${size}    0     0 ${rate.padStart(6)}      0 --:--:-- --:--:-- --:--:-- ${rate}\n`)
  }
}

const METER_HEAD = `  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed`
const METER_START = '  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0'

/** Five characters: bytes, then k, M. */
function meterSize(bytes: number): string {
  if (bytes < 100_000) return String(bytes).padStart(5)
  if (bytes < 10_240_000) return `${String(Math.floor(bytes / 1024)).padStart(4)}k`
  return `${String(Math.floor(bytes / 1_048_576)).padStart(4)}M`
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
