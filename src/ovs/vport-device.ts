// The device of all tunnels of a kind, as kernels since 4.3 show it: vxlan_sys_4789, gre_sys, genev_sys_6081. What is inside the tunnels
// passes it, so a capture on it sees the inner frames.
import type { MacAddress } from '../addr/mac.js'
import type { RxHandler } from '../kernel/netdev.js'
import { NetDevice } from '../kernel/netdev.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Packet } from '../kernel/packet.js'
import { drop } from '../kernel/packet.js'
import type { TunnelKey } from '../kernel/tunnel-key.js'
import type { TunnelKind } from './tunnel.js'

/** What stands on both sides of the device. */
export interface VportEnds {
  /** Out of the tunnel, into the switch. */
  fromDevice(pkt: Packet, kind: TunnelKind): void
  /** Out of the switch, into the tunnel. */
  leave(pkt: Packet, kind: TunnelKind, tunnel: TunnelKey): void
}

export class VportDevice extends NetDevice implements RxHandler {
  readonly kind = 'tunnel'

  constructor(
    netns: NetNamespace,
    name: string,
    mac: MacAddress,
    readonly tunnelKind: TunnelKind,
    readonly dstPort: number,
    private readonly ends: VportEnds,
  ) {
    super(netns, name, mac)
    this.mtu = 65000
    this.maxMtu = 65535
    this.uncountedRx = this.uncountedTx = 14
    this.rxHandler = this
    this.promiscuity = 1
  }

  override get hasQueue(): boolean {
    return this.tunnelKind === 'gre'
  }

  handleFrame(pkt: Packet): boolean {
    this.ends.fromDevice(pkt, this.tunnelKind)
    return true
  }

  /** What the machine's own stack sends here has no tunnel to go to. */
  protected startXmit(pkt: Packet): void {
    if (pkt.tunnel === null) return drop(pkt, 'TUNNEL_NO_VNI', this)
    this.ends.leave(pkt, this.tunnelKind, pkt.tunnel)
  }
}
