// /dev/tcp/HOST/PORT and /dev/udp/HOST/PORT: names that bash itself turns into sockets when they are redirected to.
import { errnoText } from '../kernel/errno.js'
import type { TcpSocket } from '../kernel/tcp.js'
import type { UdpSocket } from '../kernel/udp.js'
import { type Chunk, toBytes } from '../node/chunk.js'
import { connectTcp, openTcp, openUdp } from '../node/net-api.js'
import { OpenFile } from '../node/open-file.js'
import { resolveHost } from '../node/resolver.js'
import { BrokenPipe, ChunkQueue, type InputSource, type OutputStream } from '../node/stream.js'
import { ShellError } from './control.js'
import type { Shell } from './shell.js'

/** Null when the path is an ordinary one. Throws ShellError with both lines that bash prints. */
export async function openNetFile(shell: Shell, path: string): Promise<OpenFile | null> {
  const match = shell.flavour === 'bash' ? /^\/dev\/(tcp|udp)\/([^/]+)\/([^/]+)$/.exec(path) : null
  if (match === null) return null
  const [, protocol, host, service] = match as unknown as [string, 'tcp' | 'udp', string, string]
  const port = /^\d+$/.test(service) ? Number(service) : servicePort(shell, service, protocol)
  if (port === null) throw fault(shell, `${service}: Servname not supported for ai_socktype`, path, 'Invalid argument')
  const found = await resolveHost(shell.proc, host)
  if (typeof found === 'string') throw fault(shell, `${host}: ${found}`, path, 'Invalid argument')
  const target = { address: found.address, port }
  return protocol === 'udp' ? openDatagrams(shell, target, path) : openStream(shell, target, path)
}

interface Target {
  readonly address: number
  readonly port: number
}

async function openStream(shell: Shell, target: Target, path: string): Promise<OpenFile> {
  const socket = openTcp(shell.proc)
  const failure = await connectTcp(shell.proc, socket, target)
  if (failure !== null) {
    const text = failure === 'timeout' ? 'Connection timed out' : errnoText(failure)
    throw fault(shell, `connect: ${text}`, path, text)
  }
  const input = new SocketInput(
    socket,
    () => socket.read(),
    () => socket.isAtEnd || socket.hasError,
  )
  return new OpenFile(input, new SocketOutput((bytes) => socket.write(bytes) === null), () => socket.close(), 'socket')
}

function openDatagrams(shell: Shell, target: Target, path: string): OpenFile {
  const socket = openUdp(shell.proc)
  const errno = socket.connect(target.address, target.port)
  if (errno !== null) throw fault(shell, `connect: ${errnoText(errno)}`, path, errnoText(errno))
  const input = new SocketInput(
    socket,
    () => socket.receive()?.data ?? null,
    () => socket.isClosed,
  )
  return new OpenFile(input, new SocketOutput((bytes) => socket.send(bytes) === null), () => socket.close(), 'socket')
}

function fault(shell: Shell, first: string, path: string, second: string): ShellError {
  shell.error(first)
  return new ShellError(`${path}: ${second}`)
}

function servicePort(shell: Shell, name: string, protocol: string): number | null {
  const { files } = shell.proc
  if (!files.exists('/etc/services')) return null
  for (const line of files.read('/etc/services').split('\n')) {
    const [service, number] = line.trim().split(/\s+/)
    if (service === name && number?.endsWith(`/${protocol}`) === true) return Number.parseInt(number, 10)
  }
  return null
}

/** What came to a socket, as lines and chunks. */
class SocketInput implements InputSource {
  readonly isTty = false
  private readonly queue = new ChunkQueue()

  constructor(
    private readonly socket: TcpSocket | UdpSocket,
    private readonly read: () => Uint8Array | null,
    private readonly isOver: () => boolean,
  ) {}

  takeLine(): { text: string; ended: boolean } | null | undefined {
    this.fill()
    return this.queue.takeLine(this.isOver()) ?? (this.isOver() ? null : undefined)
  }

  takeChunk(): Chunk | null | undefined {
    this.fill()
    return this.queue.takeChunk() ?? (this.isOver() ? null : undefined)
  }

  putBack(chunk: Chunk): void {
    this.queue.putBack(chunk)
  }

  onReadable(listener: () => void): () => void {
    return this.socket.watch(listener)
  }

  private fill(): void {
    for (let bytes = this.read(); bytes !== null; bytes = this.read()) this.queue.push(bytes)
  }
}

class SocketOutput implements OutputStream {
  readonly isTty = false
  constructor(private readonly send: (bytes: Uint8Array) => boolean) {}

  /** A reset connection takes nothing more. */
  write(chunk: Chunk): void {
    if (!this.send(toBytes(chunk))) throw new BrokenPipe()
  }

  async drained(): Promise<void> {}
}
