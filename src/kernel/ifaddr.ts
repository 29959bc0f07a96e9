// Addresses on devices (Linux: struct in_ifaddr and inet6_ifaddr).

import type { Ipv4Address } from '../addr/ipv4.js'
import type { Ipv6Address } from '../addr/ipv6.js'
import { Copied } from '../sim/copied.js'

export class Ipv4IfAddress extends Copied {
  /** Another address of the same subnet on the device came first. */
  secondary = false
  constructor(
    readonly local: Ipv4Address,
    readonly length: number,
    /** The far end of a point-to-point address; equal to `local` otherwise. */
    readonly peer: Ipv4Address,
    readonly broadcast: Ipv4Address | null,
    readonly scope: number,
    public label: string,
    /** Metric of the connected route, 0 by default. */
    readonly metric = 0,
    readonly noprefixroute = false,
    /** Absolute virtual time, null for ever. */
    public validUntilUs: number | null = null,
    public preferredUntilUs: number | null = null,
    /** IFA_PROTO: 0 unspecified, 1 loopback, 2 router advertisement, 3 link-local. */
    readonly protocol = 0,
  ) {
    super()
  }
}

export class Ipv6IfAddress extends Copied {
  /** Duplicate address detection is still running. */
  tentative = false
  dadFailed = false
  /** IFA_F_NODAD: not looked for on the wire. */
  nodad = false
  /** Counted through the machine: routes to one prefix stand in the order of their addresses. */
  order = 0
  constructor(
    readonly address: Ipv6Address,
    readonly length: number,
    readonly scope: number,
    readonly noprefixroute = false,
    /** IFA_PROTO, as above. */
    readonly protocol = 0,
  ) {
    super()
  }
}
