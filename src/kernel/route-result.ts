// What a route lookup answers (Linux: struct rtable): kept on the packet and cached until the tables change.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { NetDevice } from './netdev.js'
import type { Route, RouteType } from './route-entry.js'
import type { Rule } from './rule.js'

export class RouteResult {
  /** Path MTU learned for the destination, 0 when none. */
  pmtu = 0
  /** When a learned MTU or gateway in this answer runs out; 0: never. */
  validUntilUs = 0
  /** The gateway was learned from a redirect. */
  redirected = false
  /** The next hop is on the link the packet came in by: the sender could go there directly. */
  doRedirect = false
  /** The policy rule that led to the table, once a trace has asked; null: none did. */
  tracedRule: Rule | null | undefined = undefined

  constructor(
    readonly type: RouteType,
    /** Where packets leave; loopback for local destinations. */
    readonly dev: NetDevice,
    /** Next hop, null when the destination itself is on the link. */
    readonly via: Ipv4Address | null,
    /** The source address the kernel would choose; for answers about incoming packets 0 until asked. */
    readonly prefSrc: Ipv4Address,
    /** The table entry that decided, null for broadcast-by-address and the like. */
    readonly route: Route | null,
  ) {}

  /** Id of the table the entry is in, 0 without an entry. */
  get table(): number {
    return this.route?.table ?? 0
  }

  get isLocal(): boolean {
    return this.type === 'local' || this.type === 'broadcast'
  }

  /** For locally made packets: learned path MTU, the route's metric, or the device's. */
  mtu(nowUs: number): number {
    if (this.pmtu !== 0 && this.validUntilUs > nowUs && this.pmtu < this.forwardMtu()) return this.pmtu
    return this.forwardMtu()
  }

  /** For forwarded packets learned path MTUs do not count (ip_forward_use_pmtu=0). */
  forwardMtu(): number {
    const metric = this.route === null ? 0 : this.route.mtu
    return metric !== 0 ? metric : this.dev.mtu
  }
}
