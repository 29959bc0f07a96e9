// lo: what leaves comes in again, with the connection and the mark it had.
import { IFF_LOOPBACK, NetDevice } from '../netdev.js'
import type { NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'

export class LoopbackDevice extends NetDevice {
  readonly kind = 'loopback'

  constructor(netns: NetNamespace) {
    super(netns, 'lo', 0)
    this.flags = IFF_LOOPBACK
    this.mtu = netns.kernel.options.loopbackMtu
    this.uncountedRx = this.uncountedTx = 14
    this.minMtu = 0
    this.maxMtu = 0
    this.txQueueLen = netns.kernel.options.virtualTxQueueLen
  }

  override get hasQueue(): boolean {
    return false
  }

  protected startXmit(pkt: Packet): void {
    pkt.inDev = this
    pkt.sim.backlog.push(this, pkt)
  }
}
