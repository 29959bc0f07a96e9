// What every socket has: its options, its errors, and the one way a packet leaves it.

import type { Ipv4Address } from '../addr/ipv4.js'
import { Copied } from '../sim/copied.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import type { Errno } from './errno.js'
import type { NetNamespace } from './netns.js'

/** IP_MTU_DISCOVER: dont = never set DF; want = DF by path MTU discovery; do = DF and never fragment here; probe = DF, known path MTU ignored. */
export type MtuDiscover = 'dont' | 'want' | 'do' | 'probe'

/** Who holds the socket open: what `ss -p` prints. */
export interface SocketOwner {
  readonly pid: number
  readonly name: string
  readonly uid: number
}

/** One entry of the error queue (IP_RECVERR). */
export interface SocketError {
  readonly errno: Errno
  readonly origin: 'local' | 'icmp'
  /** ICMP type and code, 0 for local errors. */
  readonly type: number
  readonly code: number
  /** Who reported it, 0 for local errors. */
  readonly from: Ipv4Address
  /** MTU of EMSGSIZE, else 0. */
  readonly mtu: number
  /** The packet that caused it, as quoted; null for local errors. */
  readonly quoted: Ipv4Packet | null
  readonly atUs: number
}

export type SocketKind = 'udp' | 'tcp' | 'raw' | 'ping' | 'packet'

export abstract class Socket extends Copied {
  abstract readonly kind: SocketKind
  readonly inode: number
  /** File descriptor number of the owner, for `ss -p`. */
  fd = 3
  owner: SocketOwner | null = null
  family: 4 | 6 = 4
  localAddress: Ipv4Address = 0
  localPort = 0
  remoteAddress: Ipv4Address = 0
  remotePort = 0
  /** SO_BINDTODEVICE as ifindex, 0 = any. */
  boundIfindex = 0
  mark = 0
  tos = 0
  /** IP_TTL; null = the namespace's default. */
  ttl: number | null = null
  /** SO_BROADCAST */
  broadcast = false
  /** SO_REUSEADDR */
  reuseAddress = false
  /** SO_REUSEPORT: several sockets of one port, when all say so. */
  reusePort = false
  mtuDiscover: MtuDiscover = 'want'
  /** IP_RECVERR: errors are queued and reported at once. */
  receiveErrors = false
  readonly errorQueue: SocketError[] = []
  isClosed = false
  /** SO_ERROR: reported once by the next call. */
  protected pendingError: Errno | null = null
  private readonly watchers = new Set<() => void>()

  constructor(readonly netns: NetNamespace) {
    super()
    this.inode = netns.sockets.nextInode()
  }

  /** Called whenever something may be read, written or failed (poll). Returns the way to stop it. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  /** SO_ERROR: reads and clears. */
  takeError(): Errno | null {
    const errno = this.pendingError
    this.pendingError = null
    return errno
  }

  get hasError(): boolean {
    return this.pendingError !== null
  }

  setError(errno: Errno): void {
    this.pendingError = errno
    this.wake()
  }

  queueError(error: SocketError): void {
    if (this.receiveErrors) this.errorQueue.push(error)
    this.wake()
  }

  wake(): void {
    for (const watcher of [...this.watchers]) watcher()
  }

  abstract close(): void
}

/** What a socket says when its ICMP error is final; null = only told to those who asked (IP_RECVERR). */
export interface IcmpErrno {
  readonly errno: Errno
  readonly isHard: boolean
}

/** Linux's icmp_err_convert. */
export function errnoOfIcmp(type: number, code: number): IcmpErrno {
  if (type === 3) return DEST_UNREACH[code] ?? { errno: 'EHOSTUNREACH', isHard: true }
  if (type === 12) return { errno: 'EPROTO', isHard: true }
  return { errno: 'EHOSTUNREACH', isHard: false }
}

const DEST_UNREACH: readonly IcmpErrno[] = [
  { errno: 'ENETUNREACH', isHard: false },
  { errno: 'EHOSTUNREACH', isHard: false },
  { errno: 'ENOPROTOOPT', isHard: true },
  { errno: 'ECONNREFUSED', isHard: true },
  { errno: 'EMSGSIZE', isHard: false },
  { errno: 'EOPNOTSUPP', isHard: false },
  { errno: 'ENETUNREACH', isHard: true },
  { errno: 'EHOSTDOWN', isHard: true },
  { errno: 'ENONET', isHard: true },
  { errno: 'ENETUNREACH', isHard: true },
  { errno: 'EHOSTUNREACH', isHard: true },
  { errno: 'ENETUNREACH', isHard: false },
  { errno: 'EHOSTUNREACH', isHard: false },
  { errno: 'EHOSTUNREACH', isHard: true },
  { errno: 'EHOSTUNREACH', isHard: true },
  { errno: 'EHOSTUNREACH', isHard: true },
]
