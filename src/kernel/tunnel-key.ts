// What a packet that came out of a tunnel says about it, and what one that goes into a tunnel needs (Linux: struct ip_tunnel_key).
import type { Ipv4Address } from '../addr/ipv4.js'

export const TUNNEL_DF = 1
export const TUNNEL_CSUM = 2
/** There is a key (GRE without one has id 0). */
export const TUNNEL_KEY = 4

export class TunnelKey {
  tos = 0
  ttl = 0
  /** TUNNEL_DF | TUNNEL_CSUM | TUNNEL_KEY */
  flags = TUNNEL_KEY
  /** UDP ports; 0: not UDP, or as it comes. */
  srcPort = 0
  dstPort = 0

  constructor(
    /** GRE key, VNI. Unsigned 32 bits. */
    public vni: number,
    /** Outer addresses; a source of 0 is chosen by the route. */
    public src: Ipv4Address,
    public dst: Ipv4Address,
  ) {}
}
