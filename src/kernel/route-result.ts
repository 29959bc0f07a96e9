// What a route lookup answers (Linux: struct rtable): kept on the packet and cached until the tables change.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { NetDevice } from './netdev.js'
import type { Route, RouteType } from './route-entry.js'

export class RouteResult {
  /** Path MTU learned for the destination, 0 when none; see `mtu`. */
  pmtu = 0
  pmtuExpiresUs = 0
  /** True when `dev` is also the device the packet came in on: the sender could be sent a redirect. */
  doRedirect = false

  constructor(
    readonly type: RouteType,
    /** Where packets leave; loopback for local destinations. */
    readonly dev: NetDevice,
    /** Next hop, null when the destination itself is on the link. */
    readonly via: Ipv4Address | null,
    /** The source address the kernel would choose. */
    readonly prefSrc: Ipv4Address,
    /** The table entry that decided, null for broadcast-by-address and the like. */
    readonly route: Route | null,
    /** Id of the table the entry is in. */
    readonly table: number,
  ) {}

  /** The MTU to use at `nowUs`: learned path MTU, the route's metric, or the device's. */
  mtu(nowUs: number): number {
    if (this.pmtu !== 0 && this.pmtuExpiresUs > nowUs) return this.pmtu
    const locked = this.route?.mtu ?? 0
    return locked !== 0 ? locked : this.dev.mtu
  }
}
