// The SSH of netlab's machines: banners in the clear as on any wire, then framed messages under a keystream, so that captures show lengths and nothing else.
import type { TcpSocket } from '../../kernel/tcp.js'
import { get32, put32 } from '../../wire/bytes.js'
import { toBytes } from '../chunk.js'
import { poll, readTcp, writeTcp } from '../net-api.js'
import type { Process } from '../process.js'

export type SshMessage =
  | { readonly kind: 'auth'; readonly text: string }
  | { readonly kind: 'accepted'; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'exec'; readonly text: string }
  /** `columns rows term` */
  | { readonly kind: 'pty'; readonly text: string }
  | { readonly kind: 'shell'; readonly text: string }
  | { readonly kind: 'resize'; readonly text: string }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'extended'; readonly bytes: Uint8Array }
  | { readonly kind: 'eof'; readonly text: string }
  | { readonly kind: 'exit'; readonly text: string }

const KINDS = ['auth', 'accepted', 'refused', 'exec', 'pty', 'shell', 'resize', 'data', 'extended', 'eof', 'exit'] as const

/** Lengths are padded to the cipher's block, and a tag follows, as with aes-ctr and hmac. */
const BLOCK = 16
const TAG = 16

export class SshConnection {
  private buffer = new Uint8Array(0)
  private readonly sendStream: Keystream
  private readonly receiveStream: Keystream
  private isEnded = false
  /** What ended the connection: an errno, or null for an orderly end. */
  failure: string | null = null

  constructor(
    readonly proc: Process,
    readonly socket: TcpSocket,
    role: 'client' | 'server',
  ) {
    const isClient = role === 'client'
    const clientPort = isClient ? socket.localPort : socket.remotePort
    this.sendStream = new Keystream(clientPort * 2 + (isClient ? 0 : 1))
    this.receiveStream = new Keystream(clientPort * 2 + (isClient ? 1 : 0))
  }

  /** Sends the own banner and waits for the other's; null when the connection ended. */
  async exchangeBanners(own: string, timeoutUs?: number): Promise<string | null> {
    await writeTcp(this.proc, this.socket, toBytes(`${own}\r\n`))
    const until = timeoutUs === undefined ? null : this.proc.nowUs + timeoutUs
    for (;;) {
      const end = this.buffer.indexOf(10)
      if (end >= 0) {
        const line = new TextDecoder('latin1').decode(this.buffer.subarray(0, end)).replace(/\r$/, '')
        this.buffer = this.buffer.slice(end + 1)
        return line
      }
      if (!(await this.more(until === null ? undefined : until - this.proc.nowUs))) return null
    }
  }

  /** The algorithm lists, then the key exchange: only their sizes matter here; they are those of OpenSSH 5.9. */
  async exchangeKeys(isClient: boolean): Promise<boolean> {
    const sizes = isClient ? [1272, 144, 16, 48] : [984, 720, 16, 48]
    const theirs = isClient ? [984, 720, 16, 48] : [1272, 144, 16, 48]
    for (let i = 0; i < sizes.length; i++) {
      if (isClient) await this.sendOpaque(sizes[i]!)
      if (!(await this.skipOpaque(theirs[i]!))) return false
      if (!isClient) await this.sendOpaque(sizes[i]!)
    }
    return true
  }

  private async sendOpaque(size: number): Promise<void> {
    const bytes = new Uint8Array(size)
    this.sendStream.apply(bytes)
    await writeTcp(this.proc, this.socket, bytes)
  }

  private async skipOpaque(size: number): Promise<boolean> {
    while (this.buffer.length < size) if (!(await this.more())) return false
    this.receiveStream.apply(this.buffer.slice(0, size))
    this.buffer = this.buffer.slice(size)
    return true
  }

  async send(message: SshMessage): Promise<void> {
    const body = 'bytes' in message ? message.bytes : toBytes(message.text)
    const padded = Math.ceil((body.length + 9) / BLOCK) * BLOCK
    const bytes = new Uint8Array(padded + TAG)
    put32(bytes, 0, padded)
    bytes[4] = KINDS.indexOf(message.kind)
    put32(bytes, 5, body.length)
    bytes.set(body, 9)
    this.sendStream.apply(bytes)
    await writeTcp(this.proc, this.socket, bytes)
  }

  /** The next message; null at the end of the connection. */
  async receive(): Promise<SshMessage | null> {
    while (this.buffer.length < BLOCK) if (!(await this.more())) return null
    const start = this.buffer.slice(0, 4)
    const mark = this.receiveStream.mark()
    this.receiveStream.apply(start)
    const total = get32(start, 0) + TAG
    while (this.buffer.length < total) if (!(await this.more())) return null
    this.receiveStream.rewind(mark)
    const bytes = this.buffer.slice(0, total)
    this.receiveStream.apply(bytes)
    this.buffer = this.buffer.slice(total)
    const kind = KINDS[bytes[4]!]!
    const body = bytes.subarray(9, 9 + get32(bytes, 5))
    if (kind === 'data' || kind === 'extended') return { kind, bytes: body }
    return { kind, text: new TextDecoder().decode(body) }
  }

  private async more(timeoutUs?: number): Promise<boolean> {
    if (this.isEnded) return false
    const got = await readTcp(this.proc, this.socket, timeoutUs)
    if (!(got instanceof Uint8Array)) {
      this.isEnded = true
      this.failure = got
      return false
    }
    const joined = new Uint8Array(this.buffer.length + got.length)
    joined.set(this.buffer)
    joined.set(got, this.buffer.length)
    this.buffer = joined
    return true
  }

  /** Waits until all that was sent is acknowledged. */
  async flush(): Promise<void> {
    const { socket } = this
    await poll(this.proc, [socket], () => socket.control === null || socket.control.allAcked || socket.state === 'CLOSED', 5_000_000)
  }
}

/** Not a cipher, a veil: both ends know the port. */
class Keystream {
  constructor(private state: number) {}

  apply(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) | 0
      bytes[i]! ^= this.state >>> 24
    }
  }

  mark(): number {
    return this.state
  }

  rewind(mark: number): void {
    this.state = mark
  }
}
