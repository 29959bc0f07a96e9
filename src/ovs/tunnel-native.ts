// Tunnels of the userspace datapath: the outer packet leaves by the bridge whose LOCAL port holds the address, with ARP of the
// switch's own (Open vSwitch: native tunnelling; ovs-router, tnl-neigh-cache, tnl-ports).
import type { Ipv4Address } from '../addr/ipv4.js'
import type { MacAddress } from '../addr/mac.js'
import type { TunnelKey } from '../kernel/tunnel-key.js'
import type { OfBridge } from './bridge.js'
import type { FlowKey } from './flow-key.js'
import type { TunnelKind } from './tunnel.js'
import type { VSwitch } from './vswitch.js'

/** Where an outer packet goes, or why it cannot; `neighbour` null: unknown yet, an ARP request for `nexthop` is due. */
export type NativeRoute =
  | { readonly kind: 'no-route' }
  | {
      readonly kind: 'route'
      readonly bridge: OfBridge
      readonly srcMac: MacAddress
      readonly src: Ipv4Address
      readonly nexthop: Ipv4Address
      readonly neighbour: MacAddress | null
    }

export class NativeTunnels {
  constructor(readonly vswitch: VSwitch) {}

  /** True once a bridge of the userspace datapath has a tunnel port (ovs_native_tunneling_is_on). */
  get isOn(): boolean {
    return false
  }

  open(_kind: TunnelKind, _dstPort: number): void {}

  close(_kind: TunnelKind, _dstPort: number): void {}

  route(_tunnel: TunnelKey): NativeRoute {
    return { kind: 'no-route' }
  }

  /** The ARP request to send out of the route's bridge when the neighbour is not known. */
  arpRequest(_route: NativeRoute): void {}

  /** tnl_neigh_snoop: every ARP reply that passes an output to LOCAL, with side effects allowed. */
  snoop(_key: FlowKey, _bridge: OfBridge): void {}

  /** tnl_port_map_lookup: which tunnel an IP packet on its way to a LOCAL port ends in; null: none. */
  terminates(_key: FlowKey, _bridge: OfBridge): { kind: TunnelKind; dstPort: number } | null {
    return null
  }
}
