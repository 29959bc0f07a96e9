// Sockets for processes: opened with the process as owner, closed with it, and waited on as any descriptor.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { Errno } from '../kernel/errno.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { PacketSocket } from '../kernel/packet-socket.js'
import type { PingSocket } from '../kernel/ping-socket.js'
import type { RawSocket } from '../kernel/raw.js'
import type { Socket } from '../kernel/socket.js'
import type { TcpSocket } from '../kernel/tcp.js'
import type { Datagram, UdpSocket } from '../kernel/udp.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import type { Process } from './process.js'

export function openUdp(proc: Process): UdpSocket {
  return own(proc, proc.netns.sockets.udp())
}

export function openTcp(proc: Process): TcpSocket {
  return own(proc, proc.netns.sockets.tcp())
}

export function openPing(proc: Process): PingSocket {
  return own(proc, proc.netns.sockets.ping())
}

export function openRaw(proc: Process, proto: number): RawSocket {
  return own(proc, proc.netns.sockets.raw(proto))
}

export function openPacket(
  proc: Process,
  dev: NetDevice,
  etherType: number | null,
  filter: ((frame: EthernetFrame) => boolean) | null = null,
): PacketSocket {
  return own(proc, proc.netns.sockets.packet(dev, etherType, filter))
}

/** Takes a socket over: shown as the process's by `ss -p`, closed when it ends. */
export function own<S extends Socket>(proc: Process, socket: S): S {
  socket.owner = { pid: proc.pid, name: proc.comm, uid: proc.uid }
  const taken = [...ownedBy(proc)].map((other) => other.fd)
  let fd = 3
  while (taken.includes(fd) || proc.fds.has(fd)) fd++
  socket.fd = fd
  ownedBy(proc).add(socket)
  return socket
}

const owned = new WeakMap<Process, Set<Socket>>()

function ownedBy(proc: Process): Set<Socket> {
  let sockets = owned.get(proc)
  if (sockets === undefined) {
    const opened = new Set<Socket>()
    // One for all: a daemon takes connections for months, and forgets those that are closed.
    proc.atExit(() => {
      for (const socket of [...opened].reverse()) socket.close()
    })
    owned.set(proc, opened)
    sockets = opened
  }
  for (const socket of sockets) if (socket.isClosed) sockets.delete(socket)
  return sockets
}

/** Anything that can be waited on beside sockets. */
export interface Watchable {
  watch(watcher: () => void): () => void
}

/** Rung by signal traps and the like, so that a poll looks again. */
export class Bell implements Watchable {
  private readonly watchers = new Set<() => void>()

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  ring(): void {
    for (const watcher of [...this.watchers]) watcher()
  }
}

/** Waits until `ready` holds (asked whenever the socket stirs). False: the time is over. */
export async function poll(proc: Process, sockets: readonly Watchable[], ready: () => boolean, timeoutUs?: number): Promise<boolean> {
  if (ready()) return true
  if (timeoutUs !== undefined && timeoutUs <= 0) return false
  const found = await proc.wait<boolean>((resolve) => {
    const stops = sockets.map((socket) =>
      socket.watch(() => {
        if (ready()) resolve(true)
      }),
    )
    return () => {
      for (const stop of stops) stop()
    }
  }, timeoutUs)
  return found === true
}

/** The next datagram; null when the time is over; an errno when the socket reports one. */
export async function receiveFrom(proc: Process, socket: UdpSocket, timeoutUs?: number): Promise<Datagram | Errno | null> {
  await poll(proc, [socket], () => socket.received.length > 0 || socket.hasError || socket.isClosed, timeoutUs)
  const datagram = socket.receive()
  return datagram ?? socket.takeError()
}

/** Waits for the handshake. Null: connected; 'timeout': the caller's own patience is over; else the kernel's error. */
export async function connectTcp(
  proc: Process,
  socket: TcpSocket,
  target: { readonly address: Ipv4Address; readonly port: number },
  timeoutUs?: number,
): Promise<Errno | 'timeout' | null> {
  const errno = socket.connect(target.address, target.port)
  if (errno !== null) return errno
  const settled = await poll(proc, [socket], () => socket.isConnected || socket.hasError || socket.state === 'CLOSED', timeoutUs)
  if (!settled) return 'timeout'
  return socket.isConnected ? null : (socket.takeError() ?? 'ECONNABORTED')
}

/** The next connection. */
export async function acceptTcp(proc: Process, listener: TcpSocket, timeoutUs?: number): Promise<TcpSocket | null> {
  await poll(proc, [listener], () => listener.acceptQueue.length > 0 || listener.isClosed, timeoutUs)
  const socket = listener.accept()
  return socket === null ? null : own(proc, socket)
}

/** The next bytes; null at the end of the stream; an errno after a reset; 'timeout'. */
export async function readTcp(proc: Process, socket: TcpSocket, timeoutUs?: number): Promise<Uint8Array | Errno | 'timeout' | null> {
  const ready = (): boolean => (socket.control?.receivedBytes ?? 0) > 0 || socket.isAtEnd || socket.hasError
  if (!(await poll(proc, [socket], ready, timeoutUs))) return 'timeout'
  return socket.read() ?? socket.takeError()
}

/** Writes, waiting while the send buffer is full. */
export async function writeTcp(proc: Process, socket: TcpSocket, data: Uint8Array): Promise<Errno | null> {
  const errno = socket.write(data)
  if (errno !== null) return errno
  await poll(proc, [socket], () => socket.canWrite || socket.state === 'CLOSED' || socket.hasError)
  return null
}
