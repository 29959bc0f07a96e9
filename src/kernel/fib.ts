// The IPv4 routing tables of a namespace (forwarding information base).
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Route, RouteFields, RouteType } from './route-entry.js'

export type RouteAddMode = 'add' | 'append' | 'prepend' | 'replace' | 'change'

/** What `ip route del` was given; absent fields match anything. */
export interface RouteSelector {
  dst: number
  length: number
  table?: number
  tos?: number
  type?: RouteType
  scope?: number
  protocol?: number
  priority?: number
  prefSrc?: number
  via?: number
  dev?: NetDevice
  nexthops?: { dev: NetDevice | null; via: number | null; weight: number }[]
}

/** As a command gives it; the table fills in scope and checks gateways. */
export interface RouteRequest extends Omit<RouteFields, 'nexthops'> {
  nexthops?: { dev: NetDevice | null; via: number | null; weight?: number; onlink?: boolean }[]
}

export class FibTable {
  readonly routes: Route[] = []
  constructor(readonly id: number) {}

  /** Longest prefix, then tos, then metric; null when nothing matches. */
  lookup(_dst: number, _tos: number): Route | null {
    throw new Error('not built yet')
  }
}

export class Fib {
  readonly tables = new Map<number, FibTable>()
  /** Grows with every change of routes, rules or devices; caches compare it. */
  generation = 0

  constructor(readonly netns: NetNamespace) {}

  /** Routes of a table in the order `ip route` dumps them; of all tables for null. Null answer: no such table. */
  list(_table: number | null): Route[] | null {
    throw new Error('not built yet')
  }

  /** Checks as the kernel does: KernelError with extack ("Nexthop has invalid gateway."). */
  add(_request: RouteRequest, _mode: RouteAddMode): Route {
    throw new Error('not built yet')
  }

  delete(_selector: RouteSelector): Route {
    throw new Error('not built yet')
  }

  /** `ip route flush cache`: forgets path MTUs and redirects. */
  flushExceptions(): void {
    throw new Error('not built yet')
  }
}
