// The IPv4 routing tables of a namespace (forwarding information base): editing them, by the kernel's rules.

import { maskOf } from '../addr/ipv4.js'
import { Copied } from '../sim/copied.js'
import { KernelError } from './errno.js'
import { checkRoute } from './fib-check.js'
import { FibTable } from './fib-table.js'
import { FlowKey } from './flow.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Nexthop, RouteFields, RouteType } from './route-entry.js'
import { type Route, SCOPE_NOWHERE, TABLE_LOCAL, TABLE_MAIN } from './route-entry.js'

export type RouteAddMode = 'add' | 'append' | 'prepend' | 'replace' | 'change'

/** What `ip route del` was given; absent fields fit anything (tos: 0). */
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

export interface NexthopRequest {
  dev: NetDevice | null
  via: number | null
  weight?: number
  onlink?: boolean
}

/** As a command gives it; gateways and scopes are checked here. */
export interface RouteRequest extends Omit<RouteFields, 'nexthops'> {
  nexthops?: NexthopRequest[]
}

export class Fib extends Copied {
  /** `local` and `main` are there from the start as far as anybody can tell; others when a route is added. */
  readonly tables = new Map<number, FibTable>()
  /** Grows with every change of routes, rules, addresses, devices or settings; caches compare it. */
  generation = 1

  constructor(readonly netns: NetNamespace) {
    super()
    this.tables.set(TABLE_LOCAL, new FibTable(TABLE_LOCAL))
    this.tables.set(TABLE_MAIN, new FibTable(TABLE_MAIN))
  }

  touch(): void {
    this.generation++
  }

  table(id: number): FibTable | null {
    return this.tables.get(id) ?? null
  }

  /** Routes of a table in the order `ip route` dumps them; of all tables for null. Null answer: no such table. */
  list(table: number | null): Route[] | null {
    if (table !== null) return this.tables.get(table)?.routes.slice() ?? null
    // The kernel walks 256 chains of tables by the low byte of their ids, the newest of a chain first.
    const made = [...this.tables.keys()].reverse()
    const ids = made.sort((a, b) => (a & 255) - (b & 255))
    return ids.flatMap((id) => this.tables.get(id)!.routes)
  }

  /** Checks as the kernel does: KernelError with extack ("Nexthop has invalid gateway."). */
  add(request: RouteRequest, mode: RouteAddMode): Route {
    const made = this.tryAdd(request, mode)
    if (typeof made === 'string') throw new KernelError(made)
    return made
  }

  private tryAdd(request: RouteRequest, mode: RouteAddMode): Route | 'EEXIST' | 'ENOENT' {
    if (request.length > 32 || (request.dst & ~maskOf(request.length)) !== 0) {
      throw new KernelError('EINVAL', 'Invalid prefix for given prefix length')
    }
    const route = checkRoute(this.netns, request)
    let table = this.tables.get(route.table)
    if (table === undefined) {
      if (mode === 'change') return 'ENOENT'
      table = new FibTable(route.table)
      this.tables.set(route.table, table)
    }
    const refused = place(table, route, mode)
    if (refused !== null) return refused
    this.touch()
    this.tell('new', route)
    return route
  }

  /** Routes made by addresses: one that is there already is no error. */
  addQuietly(request: RouteRequest): void {
    try {
      this.tryAdd(request, 'append')
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
    }
  }

  delete(selector: RouteSelector): Route {
    const table = this.tables.get(selector.table ?? TABLE_MAIN)
    if (table === undefined) throw new KernelError('ESRCH', 'FIB table does not exist')
    const found = table.routes.find((route) => selects(selector, route))
    if (found === undefined) throw new KernelError('ESRCH')
    this.forget(table, found)
    return found
  }

  deleteQuietly(selector: RouteSelector): void {
    const table = this.tables.get(selector.table ?? TABLE_MAIN)
    const found = table?.routes.find((route) => selects(selector, route))
    if (table !== undefined && found !== undefined) this.forget(table, found)
  }

  private forget(table: FibTable, route: Route): void {
    table.remove(route)
    this.touch()
    this.tell('del', route)
  }

  private localGeneration = 0
  private readonly locals = new Map<number, boolean>()
  private readonly assigned = new Set<number>()

  /** Is it an address of this machine, by the local table (127.0.0.0/8 as a whole)? */
  isLocal(address: number): boolean {
    this.refreshLocals()
    const known = this.locals.get(address)
    if (known !== undefined) return known
    const match = this.tables.get(TABLE_LOCAL)!.lookup(new FlowKey(address), true)
    const answer = match !== null && match.route.type === 'local'
    if (this.locals.size < 4096) this.locals.set(address, answer)
    return answer
  }

  /** Does a device carry this very address? */
  isAssigned(address: number): boolean {
    this.refreshLocals()
    return this.assigned.has(address)
  }

  private refreshLocals(): void {
    if (this.localGeneration === this.generation) return
    this.localGeneration = this.generation
    this.locals.clear()
    this.assigned.clear()
    for (const dev of this.netns.devicesByIndex.values()) for (const address of dev.addresses) this.assigned.add(address.local)
  }

  /** RTN type of an address by the local table, as far as one device is concerned (inet_addr_type_dev_table). */
  typeOf(address: number): RouteType {
    if (address === 0 || address === -1) return 'broadcast'
    if ((address & 0xf0000000) === (0xe0000000 | 0)) return 'multicast'
    const match = this.tables.get(TABLE_LOCAL)!.lookup(new FlowKey(address), true)
    return match === null ? 'unicast' : match.route.type
  }

  /** The address is gone: so are the routes that prefer it as source. */
  flushPrefSrc(address: number): void {
    for (const table of this.tables.values()) {
      for (const route of table.routes.slice()) if (route.prefSrc === address) this.forget(table, route)
    }
  }

  /** The device is down (local routes stay) or has no address any more or leaves (`force`: they go too). */
  flushDevice(dev: NetDevice, force: boolean): void {
    this.touch()
    for (const table of this.tables.values()) {
      for (const route of table.routes.slice()) {
        let dead = 0
        for (const nexthop of route.nexthops) {
          if (nexthop.dev === dev && (force || nexthop.scope !== SCOPE_NOWHERE)) {
            nexthop.dead = true
            nexthop.linkdown = true
          }
          if (nexthop.dead) dead++
        }
        if (dead > 0 && dead === route.nexthops.length) this.forget(table, route)
      }
    }
  }

  /** Multipath nexthops through a device that is up again. */
  revive(dev: NetDevice): void {
    this.eachNexthop(dev, (nexthop) => {
      nexthop.dead = false
      nexthop.linkdown = !dev.carrier
    })
  }

  setLinkdown(dev: NetDevice, linkdown: boolean): void {
    this.eachNexthop(dev, (nexthop) => {
      if (nexthop.scope !== SCOPE_NOWHERE || !linkdown) nexthop.linkdown = linkdown
    })
  }

  private eachNexthop(dev: NetDevice, change: (nexthop: Nexthop) => void): void {
    this.touch()
    for (const table of this.tables.values()) {
      for (const route of table.routes) for (const nexthop of route.nexthops) if (nexthop.dev === dev) change(nexthop)
    }
  }

  /** `ip route flush cache`: forgets path MTUs and redirects. */
  flushExceptions(): void {
    this.netns.exceptions.clear()
    this.touch()
  }

  private tell(change: 'new' | 'del', route: Route): void {
    const { events } = this.netns.kernel
    if (events.isWatched) events.emit({ kind: 'route', change, netns: this.netns, route })
  }
}

function samePlace(a: Route, b: Route): boolean {
  return a.dst === b.dst && a.length === b.length && a.tos === b.tos && a.priority === b.priority
}

/** Null: it is in. */
function place(table: FibTable, route: Route, mode: RouteAddMode): 'EEXIST' | 'ENOENT' | null {
  const first = table.position(route.dst, route.length, route.tos, route.priority)
  let end = first
  let twin = -1
  for (; end < table.routes.length && samePlace(table.routes[end]!, route); end++) {
    if (twin < 0 && sameRoute(table.routes[end]!, route)) twin = end
  }
  if (end === first) {
    if (mode === 'change') return 'ENOENT'
    table.insert(route, first)
    return null
  }
  if (mode === 'add') return 'EEXIST'
  if (mode === 'replace' || mode === 'change') {
    if (twin >= 0 && twin !== first) return 'EEXIST'
    table.replace(first, route)
    return null
  }
  if (twin >= 0) return 'EEXIST'
  table.insert(route, mode === 'append' ? end : first)
  return null
}

/** Same type and same fib_info: protocol, scope, source, metrics, nexthops. */
function sameRoute(a: Route, b: Route): boolean {
  if (a.type !== b.type || a.scope !== b.scope || a.protocol !== b.protocol || a.prefSrc !== b.prefSrc) return false
  if (a.mtu !== b.mtu || a.mtuLocked !== b.mtuLocked || a.metrics.size !== b.metrics.size) return false
  for (const [name, value] of a.metrics) if (b.metrics.get(name) !== value) return false
  if (a.nexthops.length !== b.nexthops.length) return false
  return a.nexthops.every((nexthop, i) => {
    const other = b.nexthops[i]!
    return nexthop.dev === other.dev && nexthop.via === other.via && nexthop.weight === other.weight && nexthop.onlink === other.onlink
  })
}

/** fib_table_delete and fib_nh_match. */
function selects(selector: RouteSelector, route: Route): boolean {
  if (route.dst !== selector.dst || route.length !== selector.length || route.tos !== (selector.tos ?? 0)) return false
  if (selector.type !== undefined && selector.type !== route.type) return false
  if (selector.scope !== undefined && selector.scope !== SCOPE_NOWHERE && selector.scope !== route.scope) return false
  if (selector.prefSrc !== undefined && selector.prefSrc !== route.prefSrc) return false
  if (selector.protocol !== undefined && selector.protocol !== route.protocol) return false
  if (selector.priority !== undefined && selector.priority !== 0 && selector.priority !== route.priority) return false
  const first = route.nexthops[0]
  if (selector.dev !== undefined && selector.dev !== first?.dev) return false
  if (selector.via !== undefined && selector.via !== first?.via) return false
  if (selector.nexthops === undefined) return true
  if (selector.nexthops.length !== route.nexthops.length) return false
  return selector.nexthops.every((wanted, i) => {
    const nexthop = route.nexthops[i]!
    return (wanted.dev === null || wanted.dev === nexthop.dev) && wanted.via === nexthop.via && wanted.weight === nexthop.weight
  })
}
