// Entries of the IPv4 routing tables and the numbers that `ip` names (rtnetlink.h).

import type { Ipv4Address } from '../addr/ipv4.js'
import { Copied } from '../sim/copied.js'
import type { NetDevice } from './netdev.js'

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'nat'

export const TABLE_DEFAULT = 253
export const TABLE_MAIN = 254
export const TABLE_LOCAL = 255

export const SCOPE_UNIVERSE = 0
export const SCOPE_LINK = 253
export const SCOPE_HOST = 254
export const SCOPE_NOWHERE = 255

export const RTPROT_KERNEL = 2
export const RTPROT_BOOT = 3

export class Nexthop extends Copied {
  /** The device's carrier is off. */
  linkdown = false
  /** The device is down: the nexthop is not used. */
  dead = false
  constructor(
    readonly dev: NetDevice | null,
    readonly via: Ipv4Address | null,
    readonly weight = 1,
    readonly onlink = false,
  ) {
    super()
  }
  /** Where a packet leaves when the route has no explicit source: first address of the device by scope. */
  scope = SCOPE_LINK
}

export class Route extends Copied {
  readonly dst: Ipv4Address
  readonly length: number
  readonly tos: number
  readonly type: RouteType
  readonly scope: number
  readonly protocol: number
  /** Metric; lower wins. */
  readonly priority: number
  readonly prefSrc: Ipv4Address | null
  readonly table: number
  /** Empty for blackhole and its kin. */
  readonly nexthops: readonly Nexthop[]
  /** RTAX_MTU, 0 when none. */
  readonly mtu: number
  readonly mtuLocked: boolean
  /** Other RTAX metrics by ip's name (advmss, initcwnd, ...): kept and printed. */
  readonly metrics: ReadonlyMap<string, number>

  constructor(fields: RouteFields) {
    super()
    this.dst = fields.dst
    this.length = fields.length
    this.tos = fields.tos ?? 0
    this.type = fields.type ?? 'unicast'
    this.scope = fields.scope ?? SCOPE_UNIVERSE
    this.protocol = fields.protocol ?? RTPROT_BOOT
    this.priority = fields.priority ?? 0
    this.prefSrc = fields.prefSrc ?? null
    this.table = fields.table ?? TABLE_MAIN
    this.nexthops = fields.nexthops ?? []
    this.mtu = fields.mtu ?? 0
    this.mtuLocked = fields.mtuLocked ?? false
    this.metrics = fields.metrics ?? NO_METRICS
  }

  /** Some nexthop is usable. */
  get dead(): boolean {
    for (const nexthop of this.nexthops) if (!nexthop.dead) return false
    return this.nexthops.length > 0
  }
}

const NO_METRICS: ReadonlyMap<string, number> = new Map()

export interface RouteFields {
  dst: Ipv4Address
  length: number
  tos?: number
  type?: RouteType
  scope?: number
  protocol?: number
  priority?: number
  prefSrc?: Ipv4Address | null
  table?: number
  nexthops?: readonly Nexthop[]
  mtu?: number
  mtuLocked?: boolean
  metrics?: ReadonlyMap<string, number>
}
