// Tunnels of the system datapath: packets are made and taken in the machine's own namespace, as the kernel module does.
import type { NetNamespace } from '../kernel/netns.js'
import type { Packet } from '../kernel/packet.js'
import type { TunnelKey } from '../kernel/tunnel-key.js'
import type { TunnelKind } from './tunnel.js'

/** A packet came out of a tunnel: `pkt.frame` is the inner frame, `pkt.tunnel` says the rest. Takes the packet. */
export type TunnelReceiver = (pkt: Packet, kind: TunnelKind) => void

export class SystemTunnels {
  constructor(
    readonly netns: NetNamespace,
    readonly receive: TunnelReceiver,
  ) {}

  /** Listens for this kind (gre: protocol 47; others: the UDP port). Counted: every `open` wants a `close`. */
  open(_kind: TunnelKind, _dstPort: number): void {}

  close(_kind: TunnelKind, _dstPort: number): void {}

  /** Wraps the frame and sends it by the routes of the namespace (OUTPUT, POSTROUTING, neighbours). Takes the packet. */
  send(_pkt: Packet, _kind: TunnelKind, _tunnel: TunnelKey): void {}
}
