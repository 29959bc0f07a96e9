// Frames in flight in their order: a ring of packets, each with the device that will receive it.
import { Copied } from '../sim/copied.js'
import type { NetDevice } from './netdev.js'
import type { Packet } from './packet.js'

const FIRST_SIZE = 256

export class FrameRing extends Copied {
  private packets: (Packet | null)[] = new Array<Packet | null>(FIRST_SIZE).fill(null)
  private devices: (NetDevice | null)[] = new Array<NetDevice | null>(FIRST_SIZE).fill(null)
  private head = 0
  count = 0

  push(dev: NetDevice, pkt: Packet): void {
    if (this.count === this.packets.length) this.grow()
    const at = (this.head + this.count) & (this.packets.length - 1)
    this.packets[at] = pkt
    this.devices[at] = dev
    this.count++
  }

  /** Precondition of these three: the ring is not empty. */
  get firstPacket(): Packet {
    return this.packets[this.head]!
  }

  get firstDevice(): NetDevice {
    return this.devices[this.head]!
  }

  shift(): void {
    this.packets[this.head] = null
    this.devices[this.head] = null
    this.head = (this.head + 1) & (this.packets.length - 1)
    this.count--
  }

  private grow(): void {
    const size = this.packets.length
    const packets = new Array<Packet | null>(size * 2).fill(null)
    const devices = new Array<NetDevice | null>(size * 2).fill(null)
    for (let i = 0; i < this.count; i++) {
      packets[i] = this.packets[(this.head + i) & (size - 1)]!
      devices[i] = this.devices[(this.head + i) & (size - 1)]!
    }
    this.packets = packets
    this.devices = devices
    this.head = 0
  }
}
