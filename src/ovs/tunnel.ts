// Tunnel ports of OpenFlow bridges: whose port a packet out of a tunnel belongs to, and what outer header one into it gets
// (Open vSwitch: ofproto/tunnel.c).

import { TUNNEL_CSUM, TUNNEL_DF, TUNNEL_KEY, TunnelKey } from '../kernel/tunnel-key.js'
import { encapsulateEcn } from '../kernel/tunnel-output.js'
import { Copied } from '../sim/copied.js'
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../wire/ethernet.js'
import type { FlowKey } from './flow-key.js'
import { W } from './flow-key.js'
import type { OfPort, PortKind } from './ports.js'

export type TunnelKind = 'gre' | 'vxlan' | 'geneve'

/** Of outer packets that have nothing to inherit it from. */
const DEFAULT_TTL = 64
const DSCP = 0xfc

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
  // Bit 0 of the field is `oam`, which no tunnel here sets.
  key[W.TUN_FLAGS] = tunnel === null ? 0 : tunnel.flags << 1
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
  const tunnel = new TunnelKey(config.outKey === 'flow' ? key[W.TUN_ID + 1]! >>> 0 : low32(config.outKey), src, dst)
  tunnel.flags = (config.df ? TUNNEL_DF : 0) | (config.csum ? TUNNEL_CSUM : 0) | (config.outKey !== null ? TUNNEL_KEY : 0)
  tunnel.dstPort = config.dstPort
  const isIp = key[W.ETH_TYPE] === ETHERTYPE_IPV4 || key[W.ETH_TYPE] === ETHERTYPE_IPV6
  tunnel.ttl = config.ttl !== 'inherit' ? config.ttl : isIp ? key[W.NW_TTL]! : DEFAULT_TTL
  const tos = config.tos !== 'inherit' ? config.tos : isIp ? key[W.NW_TOS]! & DSCP : 0
  // The congestion bits are always inherited.
  tunnel.tos = isIp ? encapsulateEcn(tos, key[W.NW_TOS]!) : tos
  return tunnel
}

function low32(key: bigint | null): number {
  return key === null ? 0 : Number(BigInt.asUintN(32, key))
}

/** What a packet must have to enter by the port, in the order in which ports are asked: exact ones first. */
class TunnelMatch extends Copied {
  readonly rank: number
  constructor(readonly port: OfPort) {
    super()
    const { inKey, remote, local } = port.tunnel!
    const byLocal = local === 'flow' ? 2 : local === null ? 1 : 0
    this.rank = (inKey === 'flow' ? 6 : 0) + (remote === 'flow' ? 3 : 0) + byLocal
  }

  accepts(kind: TunnelKind, tunnel: TunnelKey): boolean {
    const { kind: own, tunnel: config } = this.port
    if (own !== kind || config === null || (kind !== 'gre' && config.dstPort !== tunnel.dstPort)) return false
    if (config.inKey !== 'flow' && low32(config.inKey) !== tunnel.vni) return false
    if (config.remote !== 'flow' && config.remote !== tunnel.src) return false
    return config.local === 'flow' || config.local === null || config.local === tunnel.dst
  }
}

/** Which port a received tunnel packet enters by. One for all bridges of the switch. */
export class TunnelPorts extends Copied {
  private matches: TunnelMatch[] = []

  get isEmpty(): boolean {
    return this.matches.length === 0
  }

  /** Also after its configuration has changed. */
  add(port: OfPort): void {
    this.remove(port)
    if (port.tunnel === null) return
    this.matches.push(new TunnelMatch(port))
    this.matches.sort((a, b) => a.rank - b.rank)
  }

  remove(port: OfPort): void {
    this.matches = this.matches.filter((match) => match.port !== port)
  }

  /** tnl_port_receive. null: nobody's; the packet is dropped. */
  find(kind: TunnelKind, tunnel: TunnelKey): OfPort | null {
    for (const match of this.matches) if (match.accepts(kind, tunnel)) return match.port
    return null
  }
}
