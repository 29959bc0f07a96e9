// AF_PACKET sockets: frames as they pass a device, and frames put onto it (arping, DHCP clients).
import type { EthernetFrame } from '../wire/ethernet.js'
import type { Errno } from './errno.js'
import type { NetDevice, PacketTap } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet, PacketType } from './packet.js'
import { newPacket } from './packet.js'
import { Socket } from './socket.js'

export interface ReceivedFrame {
  readonly frame: EthernetFrame
  readonly packetType: PacketType
  readonly dev: NetDevice
  readonly atUs: number
}

const QUEUE_LIMIT = 1024

export class PacketSocket extends Socket implements PacketTap {
  readonly kind = 'packet'
  readonly received: ReceivedFrame[] = []
  private readonly dev: NetDevice

  /** `etherType` null: all protocols (ETH_P_ALL). A filter that says false keeps the frame out. */
  constructor(
    netns: NetNamespace,
    dev: NetDevice,
    readonly etherType: number | null,
    readonly filter: ((frame: EthernetFrame) => boolean) | null = null,
  ) {
    super(netns)
    this.dev = dev
    this.boundIfindex = dev.ifindex
    dev.taps.add(this)
    netns.sockets.packetSockets.add(this)
  }

  /** Own transmissions are seen only by ETH_P_ALL sockets, as in Linux. */
  frame(pkt: Packet, dev: NetDevice, direction: 'in' | 'out'): void {
    const frame = pkt.frame
    if (this.etherType !== null) {
      if (direction === 'out' || frame.type !== this.etherType || frame.vlans.length > 0) return
      // One protocol's sockets come after the bridge, which takes the frames of its ports.
      if (dev.rxHandler !== null) return
    }
    if (this.filter !== null && !this.filter(frame)) return
    if (this.received.length >= QUEUE_LIMIT) return
    this.received.push({
      frame,
      packetType: direction === 'out' ? 'outgoing' : pkt.packetType,
      dev,
      atUs: this.netns.kernel.sim.nowUs,
    })
    this.wake()
  }

  send(frame: EthernetFrame): Errno | null {
    if (!this.dev.isUp) return 'ENETDOWN'
    if (frame.length > this.dev.mtu + 18) return 'EMSGSIZE'
    this.dev.transmit(newPacket(this.netns.kernel.sim, this.dev, frame))
    return null
  }

  receive(): ReceivedFrame | null {
    return this.received.shift() ?? null
  }

  close(): void {
    this.isClosed = true
    this.dev.taps.delete(this)
    this.netns.sockets.packetSockets.delete(this)
    this.wake()
  }
}
