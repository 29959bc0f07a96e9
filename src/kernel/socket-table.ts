// The sockets of one namespace: who gets which packet, which ports are free.

import type { Ipv4Address } from '../addr/ipv4.js'
import { isMulticastIpv4 } from '../addr/ipv4.js'
import { Copied } from '../sim/copied.js'
import type { Random } from '../sim/random.js'
import { ICMP_ECHO_REPLY } from '../wire/icmp.js'
import type { Ipv4Packet } from '../wire/ipv4.js'
import type { TcpSegment } from '../wire/tcp.js'
import { TCP_ACK, TCP_SYN } from '../wire/tcp.js'
import type { UdpDatagram } from '../wire/udp.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import { delivered, drop } from './packet.js'
import { PacketSocket } from './packet-socket.js'
import { PingSocket } from './ping-socket.js'
import { RawSocket } from './raw.js'
import type { Socket } from './socket.js'
import type { IcmpErrorReport } from './socket-error.js'
import { reportIcmpError } from './socket-error.js'
import { SocketSettings } from './socket-settings.js'
import { TcpSocket } from './tcp.js'
import type { TcpControl } from './tcp-control.js'
import { seqDiff } from './tcp-control.js'
import { tcpInput } from './tcp-input.js'
import { finish, resetFor } from './tcp-output.js'
import { UdpSocket } from './udp.js'

export type { IcmpErrorReport } from './socket-error.js'

export class SocketTable extends Copied {
  readonly settings: SocketSettings
  readonly udpSockets = new Set<UdpSocket>()
  readonly tcpSockets = new Set<TcpSocket>()
  readonly rawSockets = new Set<RawSocket>()
  readonly pingSockets = new Set<PingSocket>()
  readonly packetSockets = new Set<PacketSocket>()
  /** Every connection with a remote end, TIME_WAIT and orphans included. */
  readonly connections = new Map<string, TcpControl>()
  private lazyRandom: Random | null = null
  private lastPingId = 0
  private inodes = 10_000
  private resetSocket: Socket | null = null

  constructor(readonly netns: NetNamespace) {
    super()
    this.settings = new SocketSettings(netns)
  }

  udp(): UdpSocket {
    return new UdpSocket(this.netns)
  }

  tcp(): TcpSocket {
    return new TcpSocket(this.netns)
  }

  ping(): PingSocket {
    return new PingSocket(this.netns)
  }

  raw(proto: number): RawSocket {
    return new RawSocket(this.netns, proto)
  }

  /** `etherType` null: every frame. */
  packet(dev: NetDevice, etherType: number | null, filter: ConstructorParameters<typeof PacketSocket>[3] = null): PacketSocket {
    return new PacketSocket(this.netns, dev, etherType, filter)
  }

  nextInode(): number {
    return ++this.inodes
  }

  get random(): Random {
    this.lazyRandom ??= this.netns.kernel.random.fork(`sockets/${this.netns.kernel.name}/${this.netns.id}`)
    return this.lazyRandom
  }

  nextPingId(): number {
    do this.lastPingId = (this.lastPingId % 65_535) + 1
    while ([...this.pingSockets].some((socket) => socket.localPort === this.lastPingId))
    return this.lastPingId
  }

  /** False: no socket took it and the caller answers with port unreachable (and drops it). */
  deliverUdp(pkt: Packet): boolean {
    const packet = pkt.ip
    const udp = packet.payload as UdpDatagram
    if (udp.checksum !== null && udp.checksum !== 0) {
      drop(pkt, 'UDP_CSUM', this.netns)
      return true
    }
    const dev = pkt.inDev ?? pkt.dev
    if (pkt.packetType === 'broadcast' || pkt.packetType === 'multicast' || isMulticastIpv4(packet.dst))
      return this.deliverToAll(pkt, udp, dev)
    let best: UdpSocket | null = null
    let bestScore = -1
    for (const socket of this.udpSockets) {
      const score = socket.score(packet, udp, dev, pkt.packetType)
      if (score > bestScore) {
        best = socket
        bestScore = score
      }
    }
    if (best === null) return false
    if (best.encap !== null) best.encap.receive(pkt)
    else if (best.deliver(packet, udp, dev)) delivered(pkt, this.netns, best)
    else drop(pkt, 'SOCKET_RCVBUFF', this.netns)
    return true
  }

  private deliverToAll(pkt: Packet, udp: UdpDatagram, dev: NetDevice): boolean {
    let taken = false
    let tunnel: UdpSocket | null = null
    for (const socket of [...this.udpSockets]) {
      if (socket.score(pkt.ip, udp, dev, pkt.packetType) < 0) continue
      if (socket.encap !== null) tunnel = socket
      else taken = socket.deliver(pkt.ip, udp, dev) || taken
    }
    if (tunnel !== null) {
      tunnel.encap!.receive(pkt)
      return true
    }
    // Linux is silent about broadcasts that nobody wants.
    if (taken) delivered(pkt, this.netns)
    else drop(pkt, 'NO_SOCKET', this.netns)
    return true
  }

  /** Takes the packet in any case (a segment without socket is answered with RST). */
  deliverTcp(pkt: Packet): boolean {
    const packet = pkt.ip
    const segment = packet.payload as TcpSegment
    if (segment.checksum !== null || pkt.packetType !== 'host') {
      drop(pkt, 'TCP_CSUM', this.netns)
      return true
    }
    const control = this.connections.get(tupleKey(packet.dst, segment.dport, packet.src, segment.sport))
    if (control !== undefined && !this.isReopening(control, packet, segment, pkt)) {
      if (tcpInput(control, segment)) delivered(pkt, this.netns, control.socket)
      else drop(pkt, 'TCP_INVALID', this.netns)
      return true
    }
    const listener = this.listenerFor(packet.dst, segment.dport, pkt.inDev ?? pkt.dev)
    if (listener === null) {
      resetFor(this.kernelSocket(), packet, segment)
      drop(pkt, 'NO_SOCKET', this.netns)
    } else if (listener.incoming(packet, segment)) delivered(pkt, this.netns, listener)
    else {
      if ((segment.flags & TCP_ACK) !== 0) resetFor(this.kernelSocket(), packet, segment)
      drop(pkt, 'TCP_INVALID', this.netns)
    }
    return true
  }

  /** A new SYN with a higher sequence number takes over a tuple in TIME_WAIT (RFC 6191). */
  private isReopening(control: TcpControl, packet: Ipv4Packet, segment: TcpSegment, pkt: Packet): boolean {
    if (control.state !== 'TIME_WAIT' || (segment.flags & (TCP_SYN | TCP_ACK)) !== TCP_SYN) return false
    if (seqDiff(segment.seq, control.rcvNxt) <= 0 || this.listenerFor(packet.dst, segment.dport, pkt.inDev ?? pkt.dev) === null)
      return false
    finish(control)
    return true
  }

  private listenerFor(address: Ipv4Address, port: number, dev: NetDevice): TcpSocket | null {
    let best: TcpSocket | null = null
    let bestScore = -1
    for (const socket of this.tcpSockets) {
      if (!socket.isListening || socket.localPort !== port) continue
      if (socket.localAddress !== 0 && socket.localAddress !== address) continue
      if (socket.boundIfindex !== 0 && socket.boundIfindex !== dev.ifindex) continue
      const score = (socket.localAddress !== 0 ? 4 : 0) + (socket.boundIfindex !== 0 ? 4 : 0) + (socket.family === 4 ? 1 : 0)
      if (score > bestScore) {
        best = socket
        bestScore = score
      }
    }
    return best
  }

  /** Resets leave through a socket of the kernel's own, which no list shows. */
  private kernelSocket(): Socket {
    if (this.resetSocket === null) {
      const socket = new TcpSocket(this.netns)
      this.tcpSockets.delete(socket)
      this.resetSocket = socket
    }
    return this.resetSocket
  }

  /** Ping sockets: echo replies. null: nobody wanted it. */
  deliverIcmp(pkt: Packet): PingSocket | null {
    const packet = pkt.ip
    const payload = packet.payload
    if (payload instanceof Uint8Array || payload.kind !== 'icmp' || payload.type !== ICMP_ECHO_REPLY) return null
    const dev = pkt.inDev ?? pkt.dev
    for (const socket of this.pingSockets) {
      if (socket.localPort !== payload.id) continue
      if (socket.localAddress !== 0 && socket.localAddress !== packet.dst) continue
      if (socket.boundIfindex !== 0 && socket.boundIfindex !== dev.ifindex) continue
      socket.deliver(packet, dev)
      return socket
    }
    return null
  }

  /** Copies to raw sockets of this protocol; the packet stays the caller's. True when at least one took a copy. */
  deliverRaw(pkt: Packet): boolean {
    if (this.rawSockets.size === 0) return false
    const dev = pkt.inDev ?? pkt.dev
    let taken = false
    for (const socket of [...this.rawSockets]) {
      if (!socket.wants(pkt.ip, dev)) continue
      socket.deliver(pkt.ip, dev)
      taken = true
    }
    return taken
  }

  /** An ICMP error about a packet of ours came in, or was raised here. */
  icmpError(report: IcmpErrorReport): void {
    reportIcmpError(this, report)
  }

  addConnection(control: TcpControl): void {
    this.connections.set(tupleKey(control.localAddress, control.localPort, control.remoteAddress, control.remotePort), control)
  }

  removeConnection(control: TcpControl): void {
    const key = tupleKey(control.localAddress, control.localPort, control.remoteAddress, control.remotePort)
    if (this.connections.get(key) === control) this.connections.delete(key)
  }

  /** An address that bind() takes: one of the namespace's own, or a broadcast address. */
  isLocalOrBroadcast(address: Ipv4Address): boolean {
    if (address >>> 24 === 127 || address === -1) return true
    for (const dev of this.netns.devicesByIndex.values()) {
      for (const own of dev.addresses) if (own.local === address || own.broadcast === address) return true
    }
    return this.netns.sysctl.read('net.ipv4.ip_nonlocal_bind') === '1'
  }

  /** A port of ip_local_port_range for which `isFree` holds, starting at a random place. */
  choosePort(isFree: (port: number) => boolean): number | null {
    const { portLow, portHigh } = this.settings
    const count = portHigh - portLow + 1
    const start = this.random.below(count)
    for (let i = 0; i < count; i++) {
      const port = portLow + ((start + i) % count)
      if (isFree(port)) return port
    }
    return null
  }

  isUdpFree(asking: UdpSocket, address: Ipv4Address, port: number): boolean {
    for (const socket of this.udpSockets) {
      if (socket === asking || socket.localPort !== port) continue
      if (overlap(asking, address, socket) && !(asking.reuseAddress && socket.reuseAddress)) return false
    }
    return true
  }

  isTcpFree(asking: TcpSocket, address: Ipv4Address, port: number): boolean {
    for (const socket of this.tcpSockets) {
      if (socket === asking || socket.localPort !== port || !overlap(asking, address, socket)) continue
      if (asking.reusePort && socket.reusePort) continue
      if (!asking.reuseAddress || !socket.reuseAddress || socket.isListening) return false
    }
    if (asking.reuseAddress) return true
    for (const control of this.connections.values()) {
      if (control.localPort === port && (address === 0 || control.localAddress === address)) return false
    }
    return true
  }

  isTupleFree(src: Ipv4Address, sport: number, dst: Ipv4Address, dport: number): boolean {
    return !this.connections.has(tupleKey(src, sport, dst, dport))
  }
}

function overlap(asking: Socket, address: Ipv4Address, other: Socket): boolean {
  if (asking.boundIfindex !== 0 && other.boundIfindex !== 0 && asking.boundIfindex !== other.boundIfindex) return false
  return address === 0 || other.localAddress === 0 || address === other.localAddress
}

function tupleKey(local: Ipv4Address, localPort: number, remote: Ipv4Address, remotePort: number): string {
  return `${local}:${localPort}:${remote}:${remotePort}`
}
