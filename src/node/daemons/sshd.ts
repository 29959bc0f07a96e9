// sshd: a listener, a child per connection, commands and shells as the user that logged in. Differs: every existing user is let in, no key and no password is asked.

import { formatIpv4 } from '../../addr/ipv4.js'
import type { TcpSocket } from '../../kernel/tcp.js'
import { toBytes } from '../chunk.js'
import type { Image } from '../image.js'
import type { Machine } from '../machine.js'
import { acceptTcp, openTcp, own, writeTcp } from '../net-api.js'
import { inputFile, outputFile } from '../open-file.js'
import type { Process, SpawnOptions } from '../process.js'
import type { OutputStream } from '../stream.js'
import { Pipe } from '../stream.js'
import type { Terminal } from '../terminal.js'
import type { User } from '../users.js'
import { SshConnection } from './ssh-wire.js'

export interface SshdOptions {
  readonly argv?: readonly string[]
  readonly port?: number
}

/** Starts the daemon under init. */
export function startSshd(machine: Machine, options: SshdOptions = {}): Process {
  const argv = options.argv ?? ['/usr/sbin/sshd', '-D']
  return machine.init.fork((proc) => runSshd(proc, options.port ?? 22), { argv: [...argv], session: 'new' })
}

export function sshBanner(image: Image): string {
  const version = image.tool('openssh')
  if (image.family === 'cirros') return `SSH-2.0-dropbear_${version}`
  const suffix: Partial<Record<string, string>> = { 'ubuntu-12.04': 'p1 Debian-5ubuntu1', 'debian-12': 'p1 Debian-2+deb12u1' }
  return `SSH-2.0-OpenSSH_${version}${suffix[image.name] ?? 'p1'}`
}

async function runSshd(proc: Process, port: number): Promise<number> {
  const listener = openTcp(proc)
  listener.reuseAddress = true
  const errno = listener.bind(0, port) ?? listener.listen(128)
  if (errno !== null) {
    proc.machine.syslog('auth', 'sshd', proc.pid, `error: Bind to port ${port} on 0.0.0.0 failed: Address already in use.`)
    return 255
  }
  proc.machine.syslog('auth', 'sshd', proc.pid, `Server listening on 0.0.0.0 port ${port}.`)
  for (;;) {
    const socket = await acceptTcp(proc, listener)
    if (socket === null) return 0
    proc.fork((child) => serve(child, own(child, socket)), { argv: ['sshd: [accepted]'], session: 'new' })
  }
}

/** Somebody talks who is no ssh client: it is told, and the connection ends. */
async function refuseBanner(proc: Process, socket: TcpSocket): Promise<number> {
  const isNew = proc.machine.image.toolAtLeast('openssh', '7.8')
  await writeTcp(proc, socket, toBytes(isNew ? 'Invalid SSH identification string.\r\n' : 'Protocol mismatch.\n'))
  return 255
}

async function serve(proc: Process, socket: TcpSocket): Promise<number> {
  const connection = new SshConnection(proc, socket, 'server')
  const { machine } = proc
  try {
    const banner = await connection.exchangeBanners(sshBanner(machine.image), 120_000_000)
    if (banner === null) return 255
    if (!banner.startsWith('SSH-')) return refuseBanner(proc, socket)
    if (!(await connection.exchangeKeys(false))) return 255
    const auth = await connection.receive()
    if (auth?.kind !== 'auth') return 255
    const user = machine.users.byName(auth.text)
    if (user === null) {
      machine.syslog(
        'auth',
        'sshd',
        proc.pid,
        `Invalid user ${auth.text} from ${formatIpv4(socket.remoteAddress)} port ${socket.remotePort}`,
      )
      await connection.send({ kind: 'refused', text: '' })
      await connection.flush()
      return 255
    }
    machine.syslog(
      'auth',
      'sshd',
      proc.pid,
      `Accepted publickey for ${user.name} from ${formatIpv4(socket.remoteAddress)} port ${socket.remotePort} ssh2`,
    )
    await connection.send({ kind: 'accepted', text: machine.hostname })
    proc.argv = [`sshd: ${user.name}`]
    return await new Session(proc, connection, user).run()
  } finally {
    socket.close()
  }
}

class Session {
  private terminal: Terminal | null = null
  private readonly input = new Pipe()
  private child: Process | null = null

  constructor(
    private readonly proc: Process,
    private readonly connection: SshConnection,
    private readonly user: User,
  ) {}

  async run(): Promise<number> {
    for (;;) {
      const message = await this.connection.receive()
      if (message === null) return this.hangUp()
      switch (message.kind) {
        case 'pty':
          this.openTerminal(message.text)
          break
        case 'exec':
        case 'shell':
          void this.start(message.kind === 'exec' ? message.text : null).catch(() => this.connection.socket.close())
          break
        case 'data':
          this.takeInput(message.bytes)
          break
        case 'resize': {
          const [columns, rows] = message.text.split(' ').map(Number)
          this.terminal?.resize(columns ?? 80, rows ?? 24)
          break
        }
        case 'eof':
          if (this.terminal === null) this.input.closeWrite()
          break
        default:
          break
      }
    }
  }

  private openTerminal(text: string): void {
    const [columns, rows] = text.split(' ').map(Number)
    this.terminal = this.proc.machine.openTerminal((output) => this.sendData(toBytes(output), 'data'), columns ?? 80, rows ?? 24)
  }

  private takeInput(bytes: Uint8Array): void {
    if (this.terminal !== null) this.terminal.input(new TextDecoder().decode(bytes))
    else {
      try {
        this.input.write(bytes)
      } catch {
        // The command reads no more; what is left goes nowhere, as with a closed pipe.
        this.input.closeWrite()
      }
    }
  }

  private sendData(bytes: Uint8Array, kind: 'data' | 'extended'): void {
    void this.connection.send({ kind, bytes }).catch(() => {})
  }

  /** The command (or the login shell) as the user; its exit code ends the session. */
  private async start(command: string | null): Promise<void> {
    const { proc, user, terminal } = this
    const name = user.shell.replace(/^.*\//, '')
    const argv = command === null ? [user.shell, '-l'] : [user.shell, '-c', command]
    const options: SpawnOptions = {
      uid: user.uid,
      gid: user.gid,
      cwd: proc.machine.files.exists(user.home) ? user.home : '/',
      env: this.environment(name),
      netns: proc.netns,
      session: 'new',
      tty: terminal,
      stdin: terminal === null ? inputFile(this.input) : inputFile(terminal),
      stdout: outputFile(terminal ?? new ChannelOutput((bytes) => this.sendData(bytes, 'data'))),
      stderr: outputFile(terminal ?? new ChannelOutput((bytes) => this.sendData(bytes, 'extended'))),
    }
    const child = proc.spawn(argv, options)
    this.child = child
    if (terminal !== null) terminal.foreground = child.pgid
    const code = await proc.waitFor(child)
    await this.connection.send({ kind: 'exit', text: String(code) })
    await this.connection.flush()
    this.connection.socket.close()
  }

  private environment(_shell: string): Map<string, string> {
    const { user, connection, terminal } = this
    const { socket } = connection
    const from = `${formatIpv4(socket.remoteAddress)} ${socket.remotePort}`
    const env = new Map([
      ['USER', user.name],
      ['LOGNAME', user.name],
      ['HOME', user.home],
      [
        'PATH',
        user.uid === 0 ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' : '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      ],
      ['SHELL', user.shell],
      ['LANG', 'C'],
      ['SSH_CLIENT', `${from} ${socket.localPort}`],
      ['SSH_CONNECTION', `${from} ${formatIpv4(socket.localAddress)} ${socket.localPort}`],
    ])
    if (terminal !== null) env.set('TERM', 'xterm').set('SSH_TTY', terminal.name)
    return env
  }

  private hangUp(): number {
    this.input.closeWrite()
    this.terminal?.hangUp()
    if (this.child !== null && !this.child.isDone) this.child.kill('HUP')
    return 0
  }
}

class ChannelOutput implements OutputStream {
  readonly isTty = false
  constructor(private readonly send: (bytes: Uint8Array) => void) {}
  write(chunk: string | Uint8Array): void {
    this.send(toBytes(chunk))
  }
  async drained(): Promise<void> {}
}
