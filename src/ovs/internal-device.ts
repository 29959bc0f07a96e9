// A device that is a port of the switch and a network device of the machine at once: `br-int`, `tap...` of a DHCP agent, `qr-...`.
import type { MacAddress } from '../addr/mac.js'
import { IFF_MULTICAST, IFF_PROMISC, NetDevice } from '../kernel/netdev.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Packet } from '../kernel/packet.js'
import { drop } from '../kernel/packet.js'
import type { OfPort } from './ports.js'

export class OvsInternalDevice extends NetDevice {
  readonly kind = 'ovs-internal'
  /** null: the switch let it go; it is being removed. */
  port: OfPort | null = null

  constructor(
    netns: NetNamespace,
    name: string,
    mac: MacAddress,
    /** The userspace datapath has no devices of its own: it uses taps. */
    readonly isTap = false,
  ) {
    super(netns, name, mac)
    this.maxMtu = isTap ? 65521 : 65535
    this.promiscuity = 1
    if (isTap) this.flags |= IFF_PROMISC
    const { virtualTxQueueLen } = netns.kernel.options
    this.txQueueLen = isTap ? netns.kernel.options.tapTxQueueLen : virtualTxQueueLen
    // Switches that bring their ports up themselves write back only the flags they know; the datapath's own device stays as it was made.
    if (virtualTxQueueLen === 0 && !isTap && name !== 'ovs-system') this.flags &= ~IFF_MULTICAST
    this.watchedState = 'unknown'
  }

  override get hasQueue(): boolean {
    return this.isTap
  }

  /** The stack sends: the frame comes into the switch by this port. */
  protected startXmit(pkt: Packet): void {
    const port = this.port
    if (port === null) return drop(pkt, 'TX_NOWHERE', this)
    port.bridge.receive(pkt, port)
  }
}
