// A network card on a wire; inside a VM the card that the hypervisor's tap is behind.
import type { MacAddress } from '../../addr/mac.js'
import { isMulticastMac } from '../../addr/mac.js'
import type { Qdisc } from '../netdev.js'
import { NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import { drop } from '../packet.js'
import type { Wire, WireEnd, WirePortOptions } from '../wire.js'

/** Drivers that never tell the kernel about their link: the state of such a card stays UNKNOWN. */
const SILENT_DRIVERS: ReadonlySet<string> = new Set(['pcnet32', 'ne2k-pci'])

export class PhysicalDevice extends NetDevice implements WireEnd {
  readonly kind = 'physical'
  wire: Wire | null = null
  /** What `ethtool -i` and the bus say. */
  readonly driver: string
  speedMbps = 1000
  /** Interrupt line and I/O address of an old card; null for those that tell of none. */
  resources: { readonly interrupt: number; readonly baseAddress: number } | null = null
  /** Multi-queue cards show `mq`. */
  multiQueue = false
  readonly permanentMac: MacAddress

  constructor(netns: NetNamespace, name: string, mac: MacAddress, driver = 'virtio_net') {
    super(netns, name, mac)
    this.permanentMac = mac
    this.driver = driver
    if (this.isSilent) return
    this.countsMulticast = true
    this.carrier = false
    this.watchedState = 'down'
  }

  private get isSilent(): boolean {
    return SILENT_DRIVERS.has(this.driver)
  }

  override setCarrier(on: boolean): void {
    if (!this.isSilent) super.setCarrier(on)
  }

  override get qdisc(): Qdisc {
    const qdisc = super.qdisc
    return this.multiQueue && qdisc !== 'noop' && this.qdiscOverride === null ? 'mq' : qdisc
  }

  plugInto(wire: Wire, port: WirePortOptions = {}): void {
    this.unplug()
    this.wire = wire
    wire.attach(this, port)
    if (this.isUp) this.setCarrier(true)
  }

  /** Onto another wire without the card noticing: a VM whose hypervisor is another one now. */
  moveTo(wire: Wire): void {
    this.wire?.detach(this)
    this.wire = wire
    wire.attach(this)
  }

  /** On a wire at the place of what has stood there for the card so far. */
  takePlaceOf(end: WireEnd, wire: Wire): void {
    this.wire = wire
    wire.replace(end, this)
    if (this.isUp) this.setCarrier(true)
  }

  unplug(): void {
    this.wire?.detach(this)
    this.wire = null
    this.setCarrier(false)
  }

  /** A card negotiates its link when it is brought up. */
  protected override onUp(): void {
    this.setCarrier(this.wire !== null)
  }

  protected override onDown(): void {
    this.setCarrier(false)
  }

  /** The card's filter: unicast for others passes only in promiscuous mode (bridges, switches, captures). */
  override receive(pkt: Packet): void {
    const dst = pkt.frame.dst
    if (this.promiscuity === 0 && dst !== this.mac && !isMulticastMac(dst) && !this.isVlanMac(dst)) return drop(pkt, 'OTHERHOST', this)
    super.receive(pkt)
  }

  private isVlanMac(mac: MacAddress): boolean {
    if (this.vlans !== null) for (const vlan of this.vlans.values()) if (vlan.mac === mac || vlan.promiscuity > 0) return true
    return false
  }

  fromWire(pkt: Packet): void {
    this.receive(pkt)
  }

  wireCarrier(on: boolean): void {
    if (this.isUp) this.setCarrier(on)
  }

  override onRemove(): void {
    this.wire?.detach(this)
    this.wire = null
  }

  protected startXmit(pkt: Packet): void {
    if (this.wire === null) return drop(pkt, 'NO_CARRIER', this)
    this.wire.send(this, pkt)
  }
}
