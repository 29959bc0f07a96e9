// Tunnel ports of OpenFlow bridges: whose port a packet out of a tunnel belongs to, and what outer header one into it gets
// (Open vSwitch: ofproto/tunnel.c).
import { TUNNEL_CSUM, TUNNEL_DF, TUNNEL_KEY, TunnelKey } from '../kernel/tunnel-key.js'
import type { FlowKey } from './flow-key.js'
import { W } from './flow-key.js'
import type { OfPort, PortKind } from './ports.js'

export type TunnelKind = 'gre' | 'vxlan' | 'geneve'

export function isTunnelKind(kind: PortKind): kind is TunnelKind {
  return kind === 'gre' || kind === 'vxlan' || kind === 'geneve'
}

/** The datapath's port: one for all tunnels of a kind (and UDP port). */
export function vportName(kind: TunnelKind, dstPort: number): string {
  switch (kind) {
    case 'gre':
      return 'gre_sys'
    case 'vxlan':
      return `vxlan_sys_${dstPort}`
    case 'geneve':
      return `genev_sys_${dstPort}`
  }
}

/** The words of a flow that stand for the tunnel; `null` clears them. */
export function setTunnelWords(key: FlowKey, tunnel: TunnelKey | null): void {
  key[W.TUN_ID] = 0
  key[W.TUN_ID + 1] = tunnel === null ? 0 : tunnel.vni | 0
  key[W.TUN_SRC] = tunnel === null ? 0 : tunnel.src
  key[W.TUN_DST] = tunnel === null ? 0 : tunnel.dst
  key[W.TUN_TOS] = tunnel === null ? 0 : tunnel.tos
  key[W.TUN_TTL] = tunnel === null ? 0 : tunnel.ttl
  key[W.TUN_FLAGS] = tunnel === null ? 0 : tunnel.flags
}

/**
 * tnl_port_send: the outer header of a packet with the fields `key` that leaves by `port`. null: the flow says no destination.
 * Looks at TUN_ID, TUN_SRC, TUN_DST where the port says `flow`, and at NW_TOS, NW_TTL for IP.
 */
export function tunnelFor(port: OfPort, key: FlowKey): TunnelKey | null {
  const config = port.tunnel
  if (config === null) return null
  const dst = config.remote === 'flow' ? key[W.TUN_DST]! : (config.remote ?? 0)
  if (dst === 0) return null
  const src = config.local === 'flow' ? key[W.TUN_SRC]! : (config.local ?? 0)
  const id = config.outKey === 'flow' ? key[W.TUN_ID + 1]! >>> 0 : Number(BigInt.asUintN(32, config.outKey ?? 0n))
  const tunnel = new TunnelKey(id, src, dst)
  tunnel.flags = (config.df ? TUNNEL_DF : 0) | (config.csum ? TUNNEL_CSUM : 0) | (config.outKey !== null ? TUNNEL_KEY : 0)
  tunnel.dstPort = config.dstPort
  return tunnel
}

/** Which port a received tunnel packet enters by. One for all bridges of the switch. */
export class TunnelPorts {
  add(_port: OfPort): void {}
  remove(_port: OfPort): void {}
  /** tnl_port_receive. null: nobody's; the packet is dropped. */
  find(_kind: TunnelKind, _tunnel: TunnelKey): OfPort | null {
    return null
  }
}
