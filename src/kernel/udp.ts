// UDP sockets: bind, connect, send, a bounded receive queue, and errors that ICMP brings back.
import type { Ipv4Address } from '../addr/ipv4.js'
import { isMulticastIpv4 } from '../addr/ipv4.js'
import { udpBytes } from '../wire/encode.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import { PROTO_UDP } from '../wire/ipv4.js'
import { UdpDatagram } from '../wire/udp.js'
import type { Errno } from './errno.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { PacketType } from './packet.js'
import { Socket } from './socket.js'
import { socketOutput, socketRoute } from './socket-output.js'
import type { EncapSocket } from './udp-encap.js'

/** One received datagram with what recvmsg's ancillary data would say. */
export interface Datagram {
  readonly data: Uint8Array
  readonly from: Ipv4Address
  readonly fromPort: number
  readonly to: Ipv4Address
  readonly ttl: number
  readonly tos: number
  readonly dev: NetDevice
  readonly atUs: number
}

export interface PacketInfo {
  readonly source: Ipv4Address
  readonly ifindex: number
}

/** SO_RCVBUF's default, in bytes with the kernel's own overhead per datagram. */
const RECEIVE_BUFFER = 212_992
const OVERHEAD = 768

export class UdpSocket extends Socket {
  readonly kind = 'udp'
  readonly received: Datagram[] = []
  private queuedBytes = 0
  isConnected = false
  /** Source chosen at connect when none was bound. */
  private connectedSource: Ipv4Address = 0
  drops = 0
  /** A tunnel of the kernel's own: it takes the whole packet (Linux: encap_rcv). */
  encap: EncapSocket | null = null

  constructor(netns: NetNamespace) {
    super(netns)
    netns.sockets.udpSockets.add(this)
  }

  /** Port 0: the kernel chooses. */
  bind(address: Ipv4Address, port: number): Errno | null {
    if (this.localPort !== 0) return 'EINVAL'
    if (address !== 0 && !isMulticastIpv4(address) && !this.netns.sockets.isLocalOrBroadcast(address)) return 'EADDRNOTAVAIL'
    const sockets = this.netns.sockets
    const chosen = port !== 0 ? port : sockets.choosePort((candidate) => sockets.isUdpFree(this, address, candidate))
    if (chosen === null || !sockets.isUdpFree(this, address, chosen)) return 'EADDRINUSE'
    this.localAddress = address
    this.localPort = chosen
    return null
  }

  connect(address: Ipv4Address, port: number): Errno | null {
    const route = socketRoute(this, address, this.localAddress)
    if (typeof route === 'string') return route
    if (route.type === 'broadcast' && !this.broadcast) return 'EACCES'
    if (this.localPort === 0) this.autobind()
    this.remoteAddress = address === 0 ? 0x7f000001 : address
    this.remotePort = port
    this.isConnected = true
    this.connectedSource = this.localAddress !== 0 ? this.localAddress : route.prefSrc
    if (this.localAddress === 0) this.localAddress = this.connectedSource
    return null
  }

  send(data: Uint8Array): Errno | null {
    return this.isConnected ? this.transmit(data, this.remoteAddress, this.remotePort) : 'EDESTADDRREQ'
  }

  /** `via`: source address and device of this one datagram (IP_PKTINFO). */
  sendTo(data: Uint8Array, address: Ipv4Address, port: number, via: PacketInfo | null = null): Errno | null {
    if (via === null) return this.transmit(data, address, port)
    const { localAddress, boundIfindex } = this
    this.localAddress = via.source
    this.boundIfindex = via.ifindex
    const errno = this.transmit(data, address, port)
    this.localAddress = localAddress
    this.boundIfindex = boundIfindex
    return errno
  }

  private transmit(data: Uint8Array, dst: Ipv4Address, port: number): Errno | null {
    if (this.isClosed) return 'EBADF'
    const pending = this.takeError()
    if (pending !== null) return pending
    if (data.length > 65_507) return 'EMSGSIZE'
    if (this.localPort === 0) this.autobind()
    const src = isMulticastIpv4(this.localAddress) ? 0 : this.localAddress
    const payload = new UdpDatagram({ sport: this.localPort, dport: port, payload: data })
    return socketOutput(this, { dst: dst === 0 ? 0x7f000001 : dst, src, proto: PROTO_UDP, payload })
  }

  private autobind(): void {
    const sockets = this.netns.sockets
    this.localPort = sockets.choosePort((candidate) => sockets.isUdpFree(this, this.localAddress, candidate)) ?? 0
  }

  /** Next datagram; null when there is none (EAGAIN). */
  receive(): Datagram | null {
    const datagram = this.received.shift()
    if (datagram === undefined) return null
    this.queuedBytes -= datagram.data.length + OVERHEAD
    return datagram
  }

  /** False: the buffer is full. */
  deliver(packet: Ipv4Packet, udp: UdpDatagram, dev: NetDevice): boolean {
    const size = udp.payload.length + OVERHEAD
    if (this.queuedBytes + size > RECEIVE_BUFFER) {
      this.drops++
      return false
    }
    this.queuedBytes += size
    this.received.push({
      data: udpBytes(udp.payload),
      from: packet.src,
      fromPort: udp.sport,
      to: packet.dst,
      ttl: packet.ttl,
      tos: packet.tos,
      dev,
      atUs: this.netns.kernel.sim.nowUs,
    })
    this.wake()
    return true
  }

  /** How well this socket fits (Linux: compute_score); -1 = not at all. */
  score(packet: Ipv4Packet, udp: UdpDatagram, dev: NetDevice, type: PacketType): number {
    if (this.localPort !== udp.dport) return -1
    let score = this.family === 4 ? 2 : 1
    if (this.localAddress !== 0) {
      if (this.localAddress !== packet.dst) return -1
      score += 4
    } else if (type === 'multicast' && !isMulticastIpv4(packet.dst)) return -1
    if (this.isConnected) {
      if (this.remoteAddress !== packet.src || this.remotePort !== udp.sport) return -1
      score += 8
    }
    if (this.boundIfindex !== 0) {
      if (this.boundIfindex !== dev.ifindex && !this.isOwnTraffic(packet, dev)) return -1
      score += 4
    }
    return score
  }

  /** What a machine sends to itself counts as come in by the device that has the address (rt_iif), though it went over lo. */
  private isOwnTraffic(packet: Ipv4Packet, dev: NetDevice): boolean {
    if (dev !== this.netns.loopback) return false
    return this.netns.deviceByIndex(this.boundIfindex)?.addresses.some(({ local }) => local === packet.dst) === true
  }

  close(): void {
    this.isClosed = true
    this.netns.sockets.udpSockets.delete(this)
    this.wake()
  }
}
