// A pair of devices: what one transmits the other receives, in whatever namespace it is.
import type { MacAddress } from '../../addr/mac.js'
import { NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import { drop } from '../packet.js'

export class VethDevice extends NetDevice {
  readonly kind = 'veth'
  peer: VethDevice | null = null

  constructor(netns: NetNamespace, name: string, mac: MacAddress) {
    super(netns, name, mac)
    this.carrier = false
  }

  /** Joins two fresh devices. */
  pairWith(peer: VethDevice): void {
    this.peer = peer
    peer.peer = this
  }

  /** Once both ends are registered the link watch sees that there is no carrier. */
  override onRegister(): void {
    const peer = this.peer
    if (peer === null || peer.ifindex === 0 || this.watchedState !== 'unknown') return
    this.watchLink()
    peer.watchLink()
  }

  override get linkPeer(): NetDevice | null {
    return this.peer
  }

  override get hasQueue(): boolean {
    return this.netns.kernel.options.vethHasQueue
  }

  protected override onUp(): void {
    if (this.peer === null || !this.peer.isUp) return
    this.setCarrier(true)
    this.peer.setCarrier(true)
  }

  protected override onDown(): void {
    this.setCarrier(false)
    this.peer?.setCarrier(false)
  }

  /** The other end goes with it. */
  override onRemove(): void {
    const peer = this.peer
    this.peer = null
    if (peer === null) return
    peer.peer = null
    peer.netns.removeDevice(peer)
  }

  protected startXmit(pkt: Packet): void {
    const peer = this.peer
    if (peer === null) return drop(pkt, 'TX_NOWHERE', this)
    // is_skb_forwardable: the receiving end's MTU, with room for a header and a tag.
    if (pkt.frame.length > peer.mtu + 18) {
      this.stats.txDropped++
      return drop(pkt, 'FRAME_TOO_LONG', peer)
    }
    pkt.scrub(peer.netns !== this.netns)
    pkt.sim.backlog.push(peer, pkt)
  }
}
