// Answers of recent lookups, valid until anything in the namespace's tables changes: a packet of a known flow costs one hash.

import type { Ipv4Address } from '../addr/ipv4.js'
import { Copied } from '../sim/copied.js'
import type { NetDevice } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { RouteResult } from './route-result.js'

const SIZE = 512

class CachedRoute {
  constructor(
    readonly dst: Ipv4Address,
    readonly src: Ipv4Address,
    readonly dev: NetDevice | null,
    readonly mark: number,
    readonly tos: number,
    readonly generation: number,
    readonly result: RouteResult,
  ) {}
}

export class RouteCache extends Copied {
  private readonly slots = new Array<CachedRoute | null>(SIZE).fill(null)

  constructor(private readonly netns: NetNamespace) {
    super()
  }

  /** `dev` is the device the packet came in by; null for packets made here. */
  find(dst: Ipv4Address, src: Ipv4Address, dev: NetDevice | null, mark: number, tos: number): RouteResult | null {
    const slot = this.slots[slotOf(dst, src, dev, mark)]!
    if (slot === null || slot.dst !== dst || slot.src !== src || slot.dev !== dev || slot.mark !== mark || slot.tos !== tos) return null
    if (slot.generation !== this.netns.fib.generation || this.netns.rules.looksDeep) return null
    const expires = slot.result.validUntilUs
    return expires !== 0 && expires <= this.netns.nowUs ? null : slot.result
  }

  store(dst: Ipv4Address, src: Ipv4Address, dev: NetDevice | null, mark: number, tos: number, result: RouteResult): void {
    this.slots[slotOf(dst, src, dev, mark)] = new CachedRoute(dst, src, dev, mark, tos, this.netns.fib.generation, result)
  }
}

function slotOf(dst: Ipv4Address, src: Ipv4Address, dev: NetDevice | null, mark: number): number {
  let hash = Math.imul(dst, 0x9e3779b1) ^ Math.imul(src, 0x85ebca77) ^ Math.imul(mark + (dev === null ? 0 : dev.ifindex), 0xc2b2ae3d)
  hash ^= hash >>> 15
  return hash & (SIZE - 1)
}
