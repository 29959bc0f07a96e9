// What was learned about single destinations: path MTUs and redirected gateways (Linux: next hop exceptions).

import type { Ipv4Address } from '../addr/ipv4.js'
import { Copied } from '../sim/copied.js'
import type { NetNamespace } from './netns.js'

const REDIRECT_SECONDS = 300

export class RouteException {
  pmtu = 0
  pmtuExpiresUs = 0
  gateway: Ipv4Address | null = null
  gatewayExpiresUs = 0
}

export class RouteExceptions extends Copied {
  private readonly byDestination = new Map<Ipv4Address, RouteException>()

  constructor(private readonly netns: NetNamespace) {
    super()
  }

  get isEmpty(): boolean {
    return this.byDestination.size === 0
  }

  /** Live parts only; null when nothing is known. */
  find(dst: Ipv4Address): RouteException | null {
    const found = this.byDestination.get(dst)
    if (found === undefined) return null
    const now = this.netns.nowUs
    if (found.pmtuExpiresUs <= now) found.pmtu = 0
    if (found.gatewayExpiresUs <= now) found.gateway = null
    if (found.pmtu !== 0 || found.gateway !== null) return found
    this.byDestination.delete(dst)
    return null
  }

  list(): [Ipv4Address, RouteException][] {
    return [...this.byDestination].filter(([dst]) => this.find(dst) !== null)
  }

  /** "Frag needed" for `dst`; never below min_pmtu. */
  learnPmtu(dst: Ipv4Address, mtu: number): void {
    const { conf } = this.netns
    const entry = this.entry(dst)
    entry.pmtu = Math.max(mtu, conf.route_min_pmtu)
    entry.pmtuExpiresUs = this.netns.nowUs + conf.route_mtu_expires * 1_000_000
    this.netns.fib.touch()
  }

  learnGateway(dst: Ipv4Address, gateway: Ipv4Address): void {
    const entry = this.entry(dst)
    entry.gateway = gateway
    entry.gatewayExpiresUs = this.netns.nowUs + REDIRECT_SECONDS * 1_000_000
    this.netns.fib.touch()
  }

  private entry(dst: Ipv4Address): RouteException {
    let entry = this.byDestination.get(dst)
    if (entry === undefined) {
      entry = new RouteException()
      this.byDestination.set(dst, entry)
    }
    return entry
  }

  clear(): void {
    this.byDestination.clear()
  }
}
