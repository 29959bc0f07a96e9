// An 802.1Q device on top of another one: frames of one tag, without it.
import { ETHERTYPE_VLAN } from '../../wire/ethernet.js'
import { KernelError } from '../errno.js'
import type { DeviceEvent } from '../netdev.js'
import { NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import type { WrapNote } from '../trace-notes.js'

export class VlanDevice extends NetDevice {
  readonly kind = 'vlan'
  readonly tpid: number = ETHERTYPE_VLAN
  /** `reorder_hdr on` and the like, as `ip -d` prints them. */
  reorderHeader = true

  constructor(
    netns: NetNamespace,
    name: string,
    /** The device whose tagged frames these are. */
    readonly lower: NetDevice,
    readonly vid: number,
  ) {
    super(netns, name, lower.mac)
    this.mtu = lower.mtu
    this.uncountedRx = 14
    this.minMtu = 0
    this.countsMulticast = true
    this.carrier = lower.carrier
    this.watchedState = lower.carrier ? 'unknown' : 'lowerlayerdown'
    this.txQueueLen = netns.kernel.options.virtualTxQueueLen
  }

  /** EEXIST when the tag is taken on that device. */
  attach(): void {
    const lower = this.lower
    lower.vlans ??= new Map()
    if (lower.vlans.has(this.vid)) throw new KernelError('EEXIST')
    lower.vlans.set(this.vid, this)
  }

  override get linkPeer(): NetDevice | null {
    return this.lower
  }

  override get hasQueue(): boolean {
    return false
  }

  protected override checkUp(): void {
    if (!this.lower.isUp) throw new KernelError('ENETDOWN')
  }

  protected override onUp(): void {
    this.carrier = this.lower.carrier
    this.watchLink()
  }

  override onRemove(): void {
    this.lower.vlans?.delete(this.vid)
  }

  /** Called for events of the lower device: its state, MTU and MAC are followed. */
  followLower(event: DeviceEvent): void {
    const lower = this.lower
    switch (event) {
      case 'up':
        if (!this.isUp) this.setUp()
        this.setCarrier(lower.carrier)
        break
      case 'down':
        this.setDown()
        this.carrier = false
        break
      case 'change':
        this.setCarrier(lower.carrier)
        break
      case 'changemtu':
        if (this.mtu > lower.mtu) this.setMtu(lower.mtu)
        break
      case 'unregister':
        if (!lower.isMoving) this.netns.removeDevice(this)
        break
      case 'changeaddr':
        this.inheritMac()
        break
      case 'register':
      case 'going-down':
      case 'changename':
        break
    }
  }

  /** An address that was never set here is the lower device's (vlan_dev_inherit_address). */
  private inheritMac(): void {
    if (this.macSetByHand || this.mac === this.lower.mac) return
    this.mac = this.lower.mac
    this.notify('changeaddr')
    this.changed()
  }

  override setMtu(mtu: number): void {
    if (mtu > this.lower.mtu) throw new KernelError('ERANGE')
    super.setMtu(mtu)
  }

  /** The lower device hands over a frame with this tag outermost. */
  override receive(pkt: Packet): void {
    pkt.frame = pkt.frame.popVlan()
    if (pkt.trace !== null) pkt.trace.add('decap', this, pkt.frame, { kind: 'vlan', dev: this, netns: this.netns } satisfies WrapNote)
    super.receive(pkt)
  }

  protected startXmit(pkt: Packet): void {
    pkt.frame = pkt.frame.pushVlan({ tpid: this.tpid, tci: this.vid })
    if (pkt.trace !== null) pkt.trace.add('encap', this, pkt.frame, { kind: 'vlan', dev: this, netns: this.netns } satisfies WrapNote)
    this.lower.transmit(pkt)
  }
}
