// Raw sockets: copies of every packet of one protocol that was delivered here, and packets of one's own making.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { Ipv4Packet, Ipv4Payload } from '../wire/ipv4.js'
import type { Errno } from './errno.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import { Socket } from './socket.js'
import { socketOutput, socketRoute } from './socket-output.js'

export interface RawPacket {
  readonly packet: Ipv4Packet
  readonly dev: NetDevice
  readonly atUs: number
}

const QUEUE_LIMIT = 256

export class RawSocket extends Socket {
  readonly kind = 'raw'
  readonly received: RawPacket[] = []
  /** Attached filter (ICMP_FILTER, BPF): false = not for me. */
  filter: ((packet: Ipv4Packet) => boolean) | null = null
  /** IP options put into every packet sent. */
  options: Uint8Array | null = null

  constructor(
    netns: NetNamespace,
    readonly proto: number,
  ) {
    super(netns)
    this.localPort = proto
    netns.sockets.rawSockets.add(this)
  }

  bind(address: Ipv4Address): Errno | null {
    if (address !== 0 && !this.netns.sockets.isLocalOrBroadcast(address)) return 'EADDRNOTAVAIL'
    this.localAddress = address
    return null
  }

  connect(address: Ipv4Address): Errno | null {
    const route = socketRoute(this, address, this.localAddress)
    if (typeof route === 'string') return route
    if (route.type === 'broadcast' && !this.broadcast) return 'EACCES'
    this.remoteAddress = address
    return null
  }

  sendTo(payload: Ipv4Payload, dst: Ipv4Address, ttl?: number): Errno | null {
    const pending = this.takeError()
    if (pending !== null) return pending
    const base = { dst: dst === 0 ? 0x7f000001 : dst, src: this.localAddress, proto: this.proto, payload }
    return socketOutput(this, {
      dst: base.dst,
      src: base.src,
      proto: base.proto,
      payload,
      ...(ttl === undefined ? {} : { ttl }),
      ...(this.options === null ? {} : { options: this.options }),
    })
  }

  receive(): RawPacket | null {
    return this.received.shift() ?? null
  }

  wants(packet: Ipv4Packet, dev: NetDevice): boolean {
    if (packet.proto !== this.proto) return false
    if (this.localAddress !== 0 && this.localAddress !== packet.dst) return false
    if (this.remoteAddress !== 0 && this.remoteAddress !== packet.src) return false
    if (this.boundIfindex !== 0 && this.boundIfindex !== dev.ifindex) return false
    return this.filter === null || this.filter(packet)
  }

  deliver(packet: Ipv4Packet, dev: NetDevice): void {
    if (this.received.length >= QUEUE_LIMIT) return
    this.received.push({ packet, dev, atUs: this.netns.kernel.sim.nowUs })
    this.wake()
  }

  close(): void {
    this.isClosed = true
    this.netns.sockets.rawSockets.delete(this)
    this.wake()
  }
}
