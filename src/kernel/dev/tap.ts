// A tap: one side is a network device, the other a program's file descriptor (a hypervisor's VM, a switch, a test).
import type { MacAddress } from '../../addr/mac.js'
import { IFF_MULTICAST, IFF_NOARP, IFF_POINTOPOINT, NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import { drop } from '../packet.js'
import type { Wire, WireEnd } from '../wire.js'

/** The program that has the tap open. */
export interface TapReader {
  /** A frame left by the device: the program has read it. The packet is the reader's from now on. */
  fromTap(pkt: Packet): void
}

/** Packets that wait for the program behind a tun (Linux: TUN_READQ_SIZE). */
const TUN_READQ_SIZE = 500

export class TapDevice extends NetDevice implements WireEnd {
  readonly kind = 'tap'
  private reader: TapReader | null = null
  private wire: Wire | null = null
  /** `ip tuntap`: persist, and the owner's uid and gid, null for none. */
  persist = true
  owner: number | null = null
  ownerGroup: number | null = null
  multiQueue = false
  vnetHeader = false
  packetInfo = false

  constructor(
    netns: NetNamespace,
    name: string,
    mac: MacAddress,
    readonly mode: 'tap' | 'tun' = 'tap',
  ) {
    super(netns, name, mac)
    this.carrier = false
    this.watchedState = 'down'
    this.maxMtu = 65521
    this.txQueueLen = netns.kernel.options.tapTxQueueLen
    if (mode !== 'tun') return
    this.flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST
    this.txQueueLen = TUN_READQ_SIZE
  }

  get isOpen(): boolean {
    return this.reader !== null || this.wire !== null
  }

  /** A VM's NIC behind it; null for none. */
  get wiredTo(): WireEnd | null {
    return this.wire?.ends.find((end) => end !== this) ?? null
  }

  /** A program opens it. A device made by opening shows UNKNOWN, a persistent one that is opened later UP. */
  open(reader: TapReader, fresh = false): void {
    this.reader = reader
    if (fresh) {
      this.carrier = true
      this.watchedState = 'unknown'
    } else this.setCarrier(true)
  }

  close(): void {
    this.reader = null
    this.wire?.detach(this)
    this.wire = null
    this.setCarrier(false)
    if (!this.persist) this.netns.removeDevice(this)
  }

  /** A VM's NIC behind the tap: the wire's other end is the device inside the VM. */
  plugInto(wire: Wire, fresh = false): void {
    this.reader = null
    this.wire = wire
    if (fresh) {
      this.carrier = true
      this.watchedState = 'unknown'
    } else this.setCarrier(true)
    wire.attach(this)
  }

  /** The program writes a frame: it comes in here. */
  write(pkt: Packet): void {
    pkt.scrub(true)
    pkt.sim.backlog.push(this, pkt)
  }

  fromWire(pkt: Packet): void {
    this.receive(pkt)
  }

  wireCarrier(): void {}

  override onRemove(): void {
    this.reader = null
    this.wire?.detach(this)
    this.wire = null
  }

  protected startXmit(pkt: Packet): void {
    if (this.reader !== null) return this.reader.fromTap(pkt)
    if (this.wire !== null) return this.wire.send(this, pkt)
    drop(pkt, 'TAP_NO_READER', this)
  }
}
