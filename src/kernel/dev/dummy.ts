// A device with nothing behind it: holds addresses, swallows frames.
import type { MacAddress } from '../../addr/mac.js'
import { IFF_BROADCAST, IFF_NOARP, NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import { delivered } from '../packet.js'

export class DummyDevice extends NetDevice {
  readonly kind = 'dummy'

  constructor(netns: NetNamespace, name: string, mac: MacAddress) {
    super(netns, name, mac)
    this.flags = IFF_BROADCAST | IFF_NOARP
    this.minMtu = 0
    this.maxMtu = 0
    this.txQueueLen = netns.kernel.options.virtualTxQueueLen
  }

  override get hasQueue(): boolean {
    return false
  }

  protected startXmit(pkt: Packet): void {
    delivered(pkt, this)
  }
}
