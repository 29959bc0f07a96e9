// ICMP datagram sockets (IPPROTO_ICMP with SOCK_DGRAM): echo without privileges, the id chosen by the kernel.
import type { Ipv4Address } from '../addr/ipv4.js'
import { ICMP_ECHO, IcmpMessage } from '../wire/icmp.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import { PROTO_ICMP } from '../wire/ipv4.js'
import type { Errno } from './errno.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { RawPacket } from './raw.js'
import { Socket } from './socket.js'
import { socketOutput, socketRoute } from './socket-output.js'

const QUEUE_LIMIT = 256

export class PingSocket extends Socket {
  readonly kind = 'ping'
  readonly received: RawPacket[] = []
  options: Uint8Array | null = null

  constructor(netns: NetNamespace) {
    super(netns)
    netns.sockets.pingSockets.add(this)
  }

  /** The echo id is the "port"; the kernel counts it up when none was asked for. */
  bind(address: Ipv4Address, id = 0): Errno | null {
    if (address !== 0 && !this.netns.sockets.isLocalOrBroadcast(address)) return 'EADDRNOTAVAIL'
    this.localAddress = address
    this.localPort = id !== 0 ? id : this.netns.sockets.nextPingId()
    return null
  }

  connect(address: Ipv4Address): Errno | null {
    const route = socketRoute(this, address, this.localAddress)
    if (typeof route === 'string') return route
    if (route.type === 'broadcast' && !this.broadcast) return 'EACCES'
    if (this.localPort === 0) this.bind(this.localAddress)
    this.remoteAddress = address
    return null
  }

  sendEcho(dst: Ipv4Address, seq: number, data: Uint8Array): Errno | null {
    const pending = this.takeError()
    if (pending !== null) return pending
    if (this.localPort === 0) this.bind(this.localAddress)
    const payload = new IcmpMessage({ type: ICMP_ECHO, code: 0, rest: ((this.localPort << 16) | (seq & 0xffff)) >>> 0, payload: data })
    const options = this.options
    const target = dst === 0 ? 0x7f000001 : dst
    if (options === null) return socketOutput(this, { dst: target, src: this.localAddress, proto: PROTO_ICMP, payload })
    return socketOutput(this, { dst: target, src: this.localAddress, proto: PROTO_ICMP, payload, options })
  }

  receive(): RawPacket | null {
    return this.received.shift() ?? null
  }

  deliver(packet: Ipv4Packet, dev: NetDevice): void {
    if (this.received.length >= QUEUE_LIMIT) return
    this.received.push({ packet, dev, atUs: this.netns.kernel.sim.nowUs })
    this.wake()
  }

  close(): void {
    this.isClosed = true
    this.netns.sockets.pingSockets.delete(this)
    this.wake()
  }
}
