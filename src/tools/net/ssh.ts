// ssh: a command or a shell on another node, over a connection through the emulated network. Differs: no keys, no passwords.
import { formatIpv4 } from '../../addr/ipv4.js'
import type { GetoptGrammar, ParsedOptions } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { errnoText } from '../../kernel/errno.js'
import { toBytes } from '../../node/chunk.js'
import type { Command } from '../../node/command.js'
import { SshConnection } from '../../node/daemons/ssh-wire.js'
import { sshBanner } from '../../node/daemons/sshd.js'
import { connectTcp, openTcp } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { parseLooseIpv4, resolveHost } from '../../node/resolver.js'
import { completeBy } from './complete.js'

const grammar: GetoptGrammar = {
  order: 'posix',
  options: [
    { name: 'ipv4', short: '4' },
    { name: 'ipv6', short: '6', notEmulated: 'use IPv4' },
    { name: 'agent', short: 'Aa' },
    { name: 'bind', short: 'b', value: 'required' },
    { name: 'compress', short: 'C' },
    { name: 'cipher', short: 'cm', value: 'required' },
    { name: 'config', short: 'F', value: 'required' },
    { name: 'background', short: 'f', notEmulated: 'end the line with &' },
    { name: 'identity', short: 'i', value: 'required', completes: 'file' },
    { name: 'login', short: 'l', value: 'required' },
    { name: 'forward', short: 'LRDWw', value: 'required', notEmulated: 'no forwarding' },
    { name: 'no-command', short: 'N' },
    { name: 'no-stdin', short: 'n' },
    { name: 'option', short: 'o', value: 'required' },
    { name: 'port', short: 'p', value: 'required' },
    { name: 'quiet', short: 'q' },
    { name: 'no-tty', short: 'T' },
    { name: 'tty', short: 't' },
    { name: 'version', short: 'V' },
    { name: 'verbose', short: 'v' },
    { name: 'x11', short: 'XYx' },
  ],
}

const USAGE = `usage: ssh [-46AaCNnqTtVvXxY] [-b bind_address] [-c cipher_spec]
           [-F configfile] [-i identity_file] [-l login_name] [-m mac_spec]
           [-o option] [-p port] destination [command [argument ...]]`

export const ssh: Command = { name: 'ssh', path: '/usr/bin/ssh', usage: USAGE, run: runSsh, changes: true, complete: completeBy(grammar) }

async function runSsh(proc: Process): Promise<number> {
  const words = proc.argv.slice(1)
  const first = parseOptions(grammar, words)
  // Options may stand behind the destination too, before the command.
  const second = parseOptions(grammar, first.operands.slice(1))
  const problem = first.problem ?? second.problem
  if (problem !== null) {
    proc.error(problem.kind === 'unknown-short' ? `unknown option -- ${problem.option}` : getoptMessage('ssh', problem))
    if (problem.kind === 'not-emulated') return 126
    proc.error(USAGE)
    return 255
  }
  if (first.has('version')) {
    proc.error(sshBanner(proc.machine.image).replace(/^SSH-2\.0-/, ''))
    return 0
  }
  const destination = first.operands[0]
  if (destination === undefined) {
    proc.error(USAGE)
    return 255
  }
  return new SshClient(proc, [first, second], destination, second.operands).run()
}

class SshClient {
  private readonly user: string
  private readonly host: string
  private readonly port: number

  constructor(
    private readonly proc: Process,
    private readonly options: readonly ParsedOptions[],
    destination: string,
    private readonly command: readonly string[],
  ) {
    const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(.*)$/.exec(destination)!
    this.host = match[2]!.replace(/\/$/, '')
    this.user = match[1] ?? this.value('login') ?? this.setting('User') ?? proc.user
    this.port = Number(this.value('port') ?? this.setting('Port') ?? '22')
  }

  private has(name: string): boolean {
    return this.options.some((parsed) => parsed.has(name))
  }

  private value(name: string): string | null {
    return this.options[0]!.value(name) ?? this.options[1]!.value(name)
  }

  /** `-o Key=Value`, names in any case. */
  private setting(key: string): string | null {
    for (const text of this.options.flatMap((parsed) => parsed.values('option'))) {
      const match = /^\s*(\w+)\s*[=\s]\s*(.*)$/.exec(text)
      if (match !== null && match[1]!.toLowerCase() === key.toLowerCase()) return match[2]!
    }
    return null
  }

  private debug(text: string): void {
    if (this.has('verbose')) this.proc.error(`debug1: ${text}`)
  }

  private fail(text: string): 255 {
    if (!this.has('quiet')) this.proc.error(`${text}\r`)
    return 255
  }

  async run(): Promise<number> {
    const { proc } = this
    const resolved = await resolveHost(proc, this.host)
    if (typeof resolved === 'string') return this.fail(`ssh: Could not resolve hostname ${this.host}: ${resolved}`)
    const socket = openTcp(proc)
    socket.nodelay = true
    const from = parseLooseIpv4(this.value('bind') ?? '')
    if (from !== null) {
      const errno = socket.bind(from, 0)
      if (errno !== null) return this.fail(`bind ${this.value('bind')}: ${errnoText(errno)}`)
    }
    this.debug(`Connecting to ${this.host} [${formatIpv4(resolved.address)}] port ${this.port}.`)
    const patience = Number(this.setting('ConnectTimeout') ?? '0')
    const target = { address: resolved.address, port: this.port }
    const errno = await connectTcp(proc, socket, target, patience > 0 ? patience * 1_000_000 : undefined)
    if (errno !== null)
      return this.fail(`ssh: connect to host ${this.host} port ${this.port}: ${errnoText(errno === 'timeout' ? 'ETIMEDOUT' : errno)}`)
    this.debug('Connection established.')
    try {
      return await this.session(new SshConnection(proc, socket, 'client'))
    } finally {
      socket.close()
    }
  }

  private async session(connection: SshConnection): Promise<number> {
    const own = sshBanner(this.proc.machine.image)
    this.debug(`Local version string ${own}`)
    const remote = await connection.exchangeBanners(own)
    const where = `${formatIpv4(connection.socket.remoteAddress)} port ${this.port}`
    if (remote === null)
      return this.fail(
        connection.failure === null
          ? 'kex_exchange_identification: Connection closed by remote host'
          : `kex_exchange_identification: read: ${this.failureText(connection)}`,
      )
    if (!remote.startsWith('SSH-')) return this.fail(`kex_exchange_identification: banner line contains invalid characters`)
    this.debug(`Remote protocol version 2.0, remote software version ${remote.slice(8)}`)
    if (!(await connection.exchangeKeys(true))) return this.fail(`Connection closed by ${where}`)
    await connection.send({ kind: 'auth', text: this.user })
    const answer = await connection.receive()
    if (answer?.kind === 'refused') return this.fail(`${this.user}@${this.host}: Permission denied (publickey,password).`)
    if (answer?.kind !== 'accepted') return this.fail(`Connection closed by ${where}`)
    this.debug(`Authenticated to ${this.host} ([${formatIpv4(connection.socket.remoteAddress)}]:${this.port}).`)
    if (this.has('no-command')) {
      await connection.receive()
      return 255
    }
    return this.interact(connection)
  }

  private failureText(connection: SshConnection): string {
    return connection.failure === 'ECONNRESET' ? 'Connection reset by peer' : String(connection.failure)
  }

  private async interact(connection: SshConnection): Promise<number> {
    const { proc } = this
    const isShell = this.command.length === 0
    const tty = proc.stdin.isTty && proc.tty !== null && !this.has('no-tty') && (isShell || this.has('tty')) ? proc.tty : null
    if (isShell && !proc.stdin.isTty && !this.has('no-tty') && !this.has('quiet'))
      proc.error('Pseudo-terminal will not be allocated because stdin is not a terminal.\r')
    if (tty !== null) await connection.send({ kind: 'pty', text: `${tty.columns} ${tty.rows} ${proc.env.get('TERM') ?? 'xterm'}` })
    await connection.send(isShell ? { kind: 'shell', text: '' } : { kind: 'exec', text: this.command.join(' ') })
    const restore = tty === null ? null : { isCanonical: tty.isCanonical, hasEcho: tty.hasEcho, hasSignals: tty.hasSignals }
    if (tty !== null) {
      tty.isCanonical = false
      tty.hasEcho = false
      tty.hasSignals = false
      proc.atExit(() => Object.assign(tty, restore))
      proc.trap('WINCH', () => void connection.send({ kind: 'resize', text: `${tty.columns} ${tty.rows}` }).catch(() => {}))
    }
    if (!this.has('no-stdin')) void this.forwardInput(connection).catch(() => {})
    const code = await this.takeOutput(connection)
    if (tty !== null) {
      Object.assign(tty, restore)
      if (isShell) proc.error(`Connection to ${this.host} closed.\r`)
    }
    return code
  }

  private async forwardInput(connection: SshConnection): Promise<void> {
    for (;;) {
      const chunk = await this.proc.stdin.readChunk()
      if (chunk === null) break
      await connection.send({ kind: 'data', bytes: toBytes(chunk) })
    }
    await connection.send({ kind: 'eof', text: '' })
  }

  private async takeOutput(connection: SshConnection): Promise<number> {
    const { proc } = this
    for (;;) {
      const message = await connection.receive()
      if (message === null) {
        const text =
          connection.failure === null
            ? `Connection to ${this.host} closed by remote host.`
            : `client_loop: send disconnect: ${this.failureText(connection)}`
        return this.fail(text)
      }
      if (message.kind === 'data') proc.outBytes(message.bytes)
      else if (message.kind === 'extended') proc.writeTo(2, message.bytes)
      else if (message.kind === 'exit') return Number(message.text)
    }
  }
}
