// One routing table: routes in the order they are shown, and an index for the longest prefix, which follows every edit.

import { maskOf } from '../addr/ipv4.js'
import { Copied } from '../sim/copied.js'
import type { FlowKey } from './flow.js'
import type { NetDevice } from './netdev.js'
import type { Nexthop, Route } from './route-entry.js'

export interface FibMatch {
  readonly route: Route
  readonly nexthop: Nexthop | null
}

/** Routes of one prefix length by network. */
interface LengthIndex {
  readonly length: number
  readonly mask: number
  readonly byNetwork: Map<number, Route[]>
}

export class FibTable extends Copied {
  /** By network, longest prefix first, then tos (high first), then metric: as the kernel's trie is walked. */
  readonly routes: Route[] = []
  private byLength: LengthIndex[] | null = null

  constructor(readonly id: number) {
    super()
  }

  insert(route: Route, at: number): void {
    this.routes.splice(at, 0, route)
    this.refresh(route)
  }

  replace(at: number, route: Route): void {
    this.routes[at] = route
    this.refresh(route)
  }

  remove(route: Route): void {
    const at = this.routes.indexOf(route)
    if (at < 0) return
    this.routes.splice(at, 1)
    this.refresh(route)
  }

  /** One prefix changed: its routes stand side by side. A length that is new, or gone, drops the whole index. */
  private refresh(changed: Route): void {
    const entry = this.byLength?.find((each) => each.length === changed.length)
    if (entry === undefined) {
      this.byLength = null
      return
    }
    const start = this.position(changed.dst, changed.length, 0xff, 0)
    let end = start
    while (this.routes[end]?.dst === changed.dst && this.routes[end]!.length === changed.length) end++
    if (end > start) entry.byNetwork.set(changed.dst, this.routes.slice(start, end))
    else entry.byNetwork.delete(changed.dst)
  }

  /** Where the routes of this prefix, tos and metric begin (or would). */
  position(dst: number, length: number, tos: number, priority: number): number {
    let low = 0
    let high = this.routes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (comparePlace(this.routes[middle]!, dst, length, tos, priority) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The most specific route that fits `flow` and has a live nexthop; routes that refuse (unreachable) fit too. */
  lookup(flow: FlowKey, ignoreLinkdown: boolean): FibMatch | null {
    const index = this.byLength ?? this.build()
    for (let i = 0; i < index.length; i++) {
      const { mask, byNetwork } = index[i]!
      const routes = byNetwork.get(flow.dst & mask)
      if (routes === undefined) continue
      for (let j = 0; j < routes.length; j++) {
        const match = fits(routes[j]!, flow, ignoreLinkdown)
        if (match !== null) return match
      }
    }
    return null
  }

  private build(): LengthIndex[] {
    const lengths = new Map<number, LengthIndex>()
    for (const route of this.routes) {
      let entry = lengths.get(route.length)
      if (entry === undefined) {
        entry = { length: route.length, mask: maskOf(route.length), byNetwork: new Map() }
        lengths.set(route.length, entry)
      }
      const routes = entry.byNetwork.get(route.dst)
      if (routes === undefined) entry.byNetwork.set(route.dst, [route])
      else routes.push(route)
    }
    const sorted = [...lengths.keys()].sort((a, b) => b - a)
    this.byLength = sorted.map((length) => lengths.get(length)!)
    return this.byLength
  }
}

function comparePlace(route: Route, dst: number, length: number, tos: number, priority: number): number {
  if (route.dst !== dst) return (route.dst >>> 0) - (dst >>> 0)
  if (route.length !== length) return length - route.length
  if (route.tos !== tos) return tos - route.tos
  return route.priority - priority
}

/** fib_table_lookup's checks of one alias. */
export function fits(route: Route, flow: FlowKey, ignoreLinkdown: boolean): FibMatch | null {
  if (route.tos !== 0 && route.tos !== flow.tos) return null
  if (route.scope < flow.scope) return null
  if (route.nexthops.length === 0) return { route, nexthop: null }
  for (let i = 0; i < route.nexthops.length; i++) {
    const nexthop = route.nexthops[i]!
    if (nexthop.dead) continue
    if (nexthop.linkdown && !ignoreLinkdown && skipsLinkdown(nexthop.dev)) continue
    if (flow.oif !== null && flow.oif !== nexthop.dev) continue
    return { route, nexthop }
  }
  return null
}

function skipsLinkdown(dev: NetDevice | null): boolean {
  return dev !== null && (dev.conf.ignore_routes_with_linkdown !== 0 || dev.netns.confAll.ignore_routes_with_linkdown !== 0)
}
