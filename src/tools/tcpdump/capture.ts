// A live capture: taps on devices, the filter, and the frames as bytes until someone prints them.
import { IpTunnelDevice } from '../../kernel/dev/ip-tunnel.js'
import type { NetDevice, PacketTap } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'
import type { Packet, PacketType } from '../../kernel/packet.js'
import { put16, put32, putMac } from '../../wire/bytes.js'
import { encodeFrame } from '../../wire/encode.js'
import { type EthernetFrame, NO_VLANS } from '../../wire/ethernet.js'
import { type CapturedPacket, DLT_RAW, LINKTYPE_EN10MB, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2 } from '../../wire/pcap.js'
import type { PacketFilter } from './filter/filter.js'
import type { CaptureDevice } from './interfaces.js'

const ARPHRD_ETHER = 1
const ARPHRD_LOOPBACK = 772
const ARPHRD_TUNNEL = 768
const ARPHRD_IPGRE = 778
const P_802_2 = 4
const MAX_8023_LENGTH = 1500
const PACKET_TYPES: Readonly<Record<PacketType, number>> = { host: 0, broadcast: 1, multicast: 2, otherhost: 3, outgoing: 4 }

export interface CaptureOptions {
  readonly device: CaptureDevice
  readonly snapLength: number
  readonly direction: 'in' | 'out' | null
  /** -p: leaves the device's promiscuity alone. */
  readonly promiscuous: boolean
  /** "any" with the device in each header, since libpcap 1.10. */
  readonly isModern: boolean
  /** Wall clock, microseconds. */
  readonly clockUs: () => number
}

/** Devices without frames: plain packets where libpcap knows the kind, a made-up header where it does not. */
function linkTypeOf(dev: NetDevice): number {
  if (!(dev instanceof IpTunnelDevice) || dev.carriesFrames) return LINKTYPE_EN10MB
  return dev.config.mode === 'ipip' ? DLT_RAW : LINKTYPE_LINUX_SLL
}

function hardwareOf(dev: NetDevice): number {
  if (dev.kind === 'loopback') return ARPHRD_LOOPBACK
  if (!(dev instanceof IpTunnelDevice) || dev.carriesFrames) return ARPHRD_ETHER
  return dev.config.mode === 'ipip' ? ARPHRD_TUNNEL : ARPHRD_IPGRE
}

export class Capture implements PacketTap {
  readonly linkType: number
  filter: PacketFilter = () => true
  /** Passed the filter, shown or not. */
  received = 0
  /** Why it cannot go on, as tcpdump says it. */
  failure: string | null = null
  private readonly queue: CapturedPacket[] = []
  private readonly tapped = new Set<NetDevice>()
  private readonly unsubscribe: () => void
  private listener: (() => void) | null = null

  constructor(
    private readonly netns: NetNamespace,
    private readonly options: CaptureOptions,
  ) {
    const { device } = options
    this.linkType = device !== null ? linkTypeOf(device) : options.isModern ? LINKTYPE_LINUX_SLL2 : LINKTYPE_LINUX_SLL
    for (const dev of device === null ? netns.devices : [device]) this.tap(dev)
    if (device !== null && options.promiscuous) device.promiscuity++
    this.unsubscribe = netns.kernel.events.subscribe((event) => {
      if (event.kind === 'link' && event.netns === netns) this.deviceChanged(event.dev, event.change)
    })
  }

  /** Takes the taps off. */
  close(): void {
    this.unsubscribe()
    for (const dev of this.tapped) dev.taps.delete(this)
    if (this.tapped.size > 0 && this.options.device !== null && this.options.promiscuous) this.options.device.promiscuity--
    this.tapped.clear()
  }

  take(): CapturedPacket | null {
    return this.queue.shift() ?? null
  }

  /** Calls once when a packet or a failure is there. */
  onStir(listener: () => void): () => void {
    this.listener = listener
    return () => {
      this.listener = null
    }
  }

  stir(): void {
    const { listener } = this
    this.listener = null
    listener?.()
  }

  frame(pkt: Packet, dev: NetDevice, direction: 'in' | 'out'): void {
    const cooked = this.linkType !== LINKTYPE_EN10MB
    const packetType = direction === 'out' ? 'outgoing' : pkt.packetType
    const whole = cooked ? this.cook(pkt.frame, dev, packetType) : encodeFrame(pkt.frame)
    const tag = cooked ? null : (pkt.frame.vlans[0] ?? null)
    const bytes = tag === null ? whole : encodeFrame(pkt.frame.popVlan())
    const outgoing = direction === 'out'
    if (!this.filter({ bytes, length: bytes.length, tag, outgoing, ifindex: dev.ifindex })) return
    // The kernel filters and counts; libpcap then drops the other direction, and what left by the loopback, which comes in by it too.
    this.received++
    if (this.options.direction !== null && this.options.direction !== direction) return
    if (outgoing && dev.kind === 'loopback') return
    this.netns.kernel.sim.captured?.(dev, direction, pkt.frame)
    this.queue.push({
      timeUs: this.options.clockUs(),
      nanos: 0,
      originalLength: whole.length,
      bytes: whole.length > this.options.snapLength ? whole.slice(0, this.options.snapLength) : whole,
    })
    this.stir()
  }

  private tap(dev: NetDevice): void {
    dev.taps.add(this)
    this.tapped.add(dev)
  }

  private deviceChanged(dev: NetDevice, change: 'new' | 'del'): void {
    const { device, isModern } = this.options
    if (change === 'new') {
      if (device === null && !this.tapped.has(dev)) this.tap(dev)
      // Since 1.10 libpcap waits for the device to come up again.
      if (dev === device && !dev.isUp && !isModern) this.fail('The interface went down')
    } else if (dev === device) this.fail('The interface disappeared')
  }

  private fail(reason: string): void {
    this.failure ??= `pcap_loop: ${reason}`
    this.stir()
  }

  /** The frame behind a header that names the device instead of the frame's own header. */
  private cook(frame: EthernetFrame, dev: NetDevice, packetType: PacketType): Uint8Array {
    if (this.linkType === DLT_RAW) return encodeFrame(frame).subarray(14)
    const isModern = this.linkType === LINKTYPE_LINUX_SLL2
    const tagged = !isModern && frame.vlans.length > 0
    // LINUX_SLL2 has no place for the outermost tag; LINUX_SLL keeps it behind the header.
    const inner = frame.vlans.length > 0 ? frame.withVlans(tagged ? frame.vlans : frame.vlans.slice(1)) : frame
    const body = encodeFrame(inner.vlans.length === 0 ? inner.withVlans(NO_VLANS) : inner).subarray(12)
    const type = (body[0]! << 8) | body[1]!
    const protocol = type > MAX_8023_LENGTH ? type : P_802_2
    const hardware = hardwareOf(dev)
    const size = isModern ? 20 : 16
    const out = new Uint8Array(size + body.length - 2)
    if (isModern) {
      put16(out, 0, protocol)
      put32(out, 4, dev.ifindex)
      put16(out, 8, hardware)
      out[10] = PACKET_TYPES[packetType]
      out[11] = 6
      putMac(out, 12, frame.src)
    } else {
      put16(out, 0, PACKET_TYPES[packetType])
      put16(out, 2, hardware)
      put16(out, 4, 6)
      putMac(out, 6, frame.src)
      put16(out, 14, protocol)
    }
    out.set(body.subarray(2), size)
    return out
  }
}
