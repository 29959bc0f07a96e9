// wget: GNU's wording, or busybox's on images that have only that.

import { formatIpv4 } from '../../addr/ipv4.js'
import type { GetoptGrammar, ParsedOptions } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { ownOf } from '../../grammar/own-of.js'
import { errnoText } from '../../kernel/errno.js'
import type { TcpSocket } from '../../kernel/tcp.js'
import { toBytes } from '../../node/chunk.js'
import type { Command } from '../../node/command.js'
import type { HttpHead } from '../../node/daemons/http.js'
import { HttpReader, reasonOf } from '../../node/daemons/http.js'
import { connectTcp, openTcp, writeTcp } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { parseLooseIpv4, resolveHost } from '../../node/resolver.js'
import { completeBy } from './complete.js'
import type { Url } from './url.js'
import { hostHeader, parseUrl } from './url.js'

/** The longest time that a timer of the host can take. */
const MOST_SECONDS = 2 ** 53 / 1e6

function timePeriod(value: string): string | null {
  const isTime = /^\d*\.?\d+[smhdw]?$/.test(value) && Number.parseFloat(value) <= MOST_SECONDS
  return isTime ? null : `wget: --timeout: Invalid time period ‘${value}’`
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

function secondsOf(period: string): number {
  // 0: however long it takes.
  return (Number.parseFloat(period) || MOST_SECONDS) * (ownOf(UNIT_SECONDS, period.at(-1)!) ?? 1)
}

const grammar: GetoptGrammar = {
  options: [
    { name: 'quiet', short: 'q', long: 'quiet' },
    { name: 'no-verbose', long: 'no-verbose' },
    { name: 'output', short: 'O', long: 'output-document', value: 'required', completes: 'file' },
    { name: 'server-response', short: 'S', long: 'server-response' },
    { name: 'timeout', short: 'T', long: ['timeout', 'connect-timeout', 'read-timeout'], value: 'required', check: timePeriod },
    { name: 'tries', short: 't', long: 'tries', value: 'required' },
    { name: 'header', long: 'header', value: 'required' },
    { name: 'user-agent', short: 'U', long: 'user-agent', value: 'required' },
    { name: 'spider', long: 'spider' },
    { name: 'post-data', long: 'post-data', value: 'required' },
    { name: 'prefix', short: 'P', long: 'directory-prefix', value: 'required' },
    { name: 'no-check', long: 'no-check-certificate' },
    { name: 'no-proxy', long: 'no-proxy' },
    { name: 'continue', short: 'c', long: 'continue', notEmulated: '' },
    { name: 'recursive', short: 'r', long: 'recursive', notEmulated: 'give each URL' },
    { name: 'version', short: 'V', long: 'version' },
    { name: 'help', short: 'h', long: 'help' },
  ],
}

export const wget: Command = { name: 'wget', path: '/usr/bin/wget', run: (proc) => runWget(proc), complete: completeBy(grammar, 'none') }

/** `isApplet`: called as busybox's. */
export async function runWget(proc: Process, isApplet = false): Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  if (parsed.problem !== null) {
    proc.error(getoptMessage('wget', parsed.problem))
    if (parsed.problem.kind === 'not-emulated') return 126
    if (parsed.problem.kind === 'bad-value') return 2
    proc.error("Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.")
    return 2
  }
  if (parsed.has('version')) {
    proc.line(`GNU Wget ${proc.machine.image.tool('wget')} built on linux-gnu.`)
    return 0
  }
  if (parsed.operands.length === 0) {
    proc.error("wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.")
    return 1
  }
  const isBusybox = isApplet || proc.machine.image.family === 'cirros' || !proc.machine.image.has('wget')
  let code = 0
  for (const text of parsed.operands) {
    const got = await (isBusybox ? new BusyboxWget(proc, parsed, text).run() : new Wget(proc, parsed, text).run())
    if (got !== 0) code = got
  }
  return code
}

interface Response {
  readonly head: HttpHead
  readonly status: number
  readonly body: string
}

/** What both have in common: one request over one connection. */
abstract class Download {
  protected readonly url: Url | null

  constructor(
    protected readonly proc: Process,
    protected readonly options: ParsedOptions,
    text: string,
  ) {
    this.url = parseUrl(text)
  }

  protected say(text: string): void {
    if (!this.options.has('quiet') && !this.options.has('no-verbose')) this.proc.writeTo(2, text)
  }

  protected get timeoutUs(): number {
    const given = this.options.value('timeout')
    return given === null ? 900_000_000 : secondsOf(given) * 1_000_000
  }

  protected async request(socket: TcpSocket, url: Url, agent: string): Promise<Response | string | null> {
    const { proc, options } = this
    const data = options.value('post-data')
    const lines = [
      `${data !== null ? 'POST' : options.has('spider') ? 'HEAD' : 'GET'} ${url.path} HTTP/1.1`,
      `Host: ${hostHeader(url)}`,
      `User-Agent: ${options.value('user-agent') ?? agent}`,
    ]
    lines.push('Accept: */*', ...options.values('header'), 'Connection: close')
    if (data !== null) lines.push('Content-Type: application/x-www-form-urlencoded', `Content-Length: ${toBytes(data).length}`)
    await writeTcp(proc, socket, toBytes(`${lines.join('\r\n')}\r\n\r\n${data ?? ''}`))
    const reader = new HttpReader(proc, socket, proc.nowUs + this.timeoutUs)
    const head = await reader.head()
    if (head === null) return reader.failure
    const status = Number(head.first.split(' ')[1])
    return { head, status, body: options.has('spider') ? '' : await reader.body(head.headers, true) }
  }

  /** '-' is standard output. */
  protected get fileName(): string {
    const given = this.options.value('output')
    if (given !== null) return given
    const name = this.url!.path.split('?')[0]!.split('/').pop() || 'index.html'
    const prefix = this.options.value('prefix')
    return prefix === null ? this.freeName(name) : `${prefix}/${name}`
  }

  private freeName(name: string): string {
    if (!this.proc.files.exists(name)) return name
    for (let i = 1; ; i++) if (!this.proc.files.exists(`${name}.${i}`)) return `${name}.${i}`
  }

  protected async store(name: string, body: string): Promise<void> {
    if (name === '-') this.proc.out(body)
    else this.proc.files.write(name, body)
    await this.proc.drain()
  }
}

class Wget extends Download {
  private get stamp(): string {
    return new Date(Math.floor(this.proc.clock / 1000)).toISOString().slice(0, 19).replace('T', ' ')
  }

  async run(): Promise<number> {
    const { proc, url } = this
    if (url === null || url.scheme !== 'http') {
      proc.error(url === null ? 'wget: Invalid URL' : `wget: netlab has no ${url.scheme}`)
      return 1
    }
    const shown = `http://${hostHeader(url)}${url.path}`
    const tries = this.options.number('tries', 20)
    for (let i = 1; ; i++) {
      this.say(`--${this.stamp}--  ${i > 1 ? `(try:${String(i).padStart(2)})  ` : ''}${shown}\n`)
      const code = await this.attempt(url)
      if (code !== 'retry') return code
      if (i >= tries) {
        this.say('Giving up.\n\n')
        return 4
      }
      this.say('Retrying.\n\n')
      await proc.sleep(Math.min(i, 10) * 1_000_000)
    }
  }

  private async attempt(url: Url): Promise<number | 'retry'> {
    const { proc } = this
    const isLiteral = parseLooseIpv4(url.host) !== null
    if (!isLiteral) this.say(`Resolving ${url.host} (${url.host})... `)
    const resolved = await resolveHost(proc, url.host)
    if (typeof resolved === 'string') {
      this.say(`failed: ${resolved}.\n`)
      proc.error(`wget: unable to resolve host address '${url.host}'`)
      return 4
    }
    const address = formatIpv4(resolved.address)
    if (!isLiteral) this.say(`${address}\n`)
    this.say(`Connecting to ${isLiteral ? url.host : `${url.host} (${url.host})|${address}|`}:${url.port}... `)
    const socket = openTcp(proc)
    try {
      const errno = await connectTcp(proc, socket, { address: resolved.address, port: url.port }, this.timeoutUs)
      if (errno !== null) {
        this.say(`failed: ${errnoText(errno === 'timeout' ? 'ETIMEDOUT' : errno)}.\n`)
        return errno === 'timeout' || errno === 'ETIMEDOUT' ? 'retry' : 4
      }
      this.say('connected.\nHTTP request sent, awaiting response... ')
      return await this.finish(await this.request(socket, url, `Wget/${proc.machine.image.tool('wget')}`))
    } finally {
      socket.close()
    }
  }

  private async finish(response: Response | string | null): Promise<number | 'retry'> {
    if (response === null || typeof response === 'string') {
      this.say(
        response === null
          ? 'No data received.\n'
          : `Read error (${response === 'ECONNRESET' ? 'Connection reset by peer' : 'Connection timed out'}) in headers.\n`,
      )
      return 'retry'
    }
    const { head, status, body } = response
    const reason = head.first.split(' ').slice(2).join(' ')
    if (this.options.has('server-response')) this.say(`\n${head.lines.map((line) => `  ${line}`).join('\n')}\n`)
    else this.say(`${status} ${reason}\n`)
    if (status >= 400) {
      this.say(`${this.stamp} ERROR ${status}: ${reason}.\n\n`)
      return 8
    }
    const size = toBytes(body).length
    const type = head.headers.get('content-type')?.split(';')[0] ?? null
    this.say(`Length: ${head.headers.has('content-length') ? size : 'unspecified'}${type === null ? '' : ` [${type}]`}\n`)
    if (this.options.has('spider')) {
      this.say('Remote file exists.\n\n')
      return 0
    }
    const name = this.fileName
    this.say(`Saving to: '${name === '-' ? 'STDOUT' : name}'\n\n`)
    await this.store(name, body)
    this.say(`     0K ${' '.repeat(51)} 100% ${rate(size)}=0s\n\n`)
    this.say(`${this.stamp} (${rate(size)}B/s) - ${name === '-' ? 'written to stdout' : `'${name}' saved`} [${size}/${size}]\n\n`)
    return 0
  }
}

/** The transfer takes no time worth measuring: a rate as from a fast link. */
function rate(size: number): string {
  return `${Math.max(size / 1024 / 0.05, 1).toFixed(0)} K`
}

class BusyboxWget extends Download {
  async run(): Promise<number> {
    const { proc, url } = this
    if (url === null || url.scheme !== 'http') {
      proc.error(`wget: not an http or ftp url: ${this.options.operands[0]}`)
      return 1
    }
    const resolved = await resolveHost(proc, url.host)
    if (typeof resolved === 'string') {
      proc.error(`wget: bad address '${url.host}'`)
      return 1
    }
    const address = formatIpv4(resolved.address)
    this.say(`Connecting to ${hostHeader(url)} (${address}:${url.port})\n`)
    const socket = openTcp(proc)
    try {
      const errno = await connectTcp(proc, socket, { address: resolved.address, port: url.port }, this.timeoutUs)
      if (errno === 'timeout') {
        proc.error('wget: download timed out')
        return 1
      }
      if (errno !== null) {
        proc.error(`wget: can't connect to remote host (${address}): ${errnoText(errno)}`)
        return 1
      }
      return await this.finish(await this.request(socket, url, 'Wget'))
    } finally {
      socket.close()
    }
  }

  private async finish(response: Response | string | null): Promise<number> {
    const { proc } = this
    if (response === null || typeof response === 'string') {
      proc.error(response === 'timeout' ? 'wget: download timed out' : 'wget: error getting response')
      return 1
    }
    const { head, status, body } = response
    if (this.options.has('server-response')) for (const line of head.lines) proc.error(`  ${line}`)
    if (status !== 200) {
      proc.error(`wget: server returned error: HTTP/1.1 ${status} ${head.first.split(' ').slice(2).join(' ') || reasonOf(status)}`)
      return 1
    }
    const name = this.fileName
    await this.store(name, body)
    const size = toBytes(body).length
    this.say(`${(name === '-' ? '-' : name).padEnd(20).slice(0, 20)} 100% |${'*'.repeat(31)}| ${String(size).padStart(5)}  0:00:00 ETA\n`)
    return 0
  }
}
