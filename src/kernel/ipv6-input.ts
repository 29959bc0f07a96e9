// IPv6 packets that came in.
import type { Packet } from './packet.js'
import { drop } from './packet.js'

export function ipv6Receive(pkt: Packet): void {
  drop(pkt, 'IPV6_DISABLED', pkt.dev)
}
