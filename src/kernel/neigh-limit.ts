// How many neighbours a machine knows at most: gc_thresh2 and 3 of net.ipvX.neigh.default, over all its namespaces (neigh_alloc).
import { Copied } from '../sim/copied.js'
import type { Kernel } from './kernel.js'
import type { Neighbour } from './neigh.js'
import { NetRateLimit } from './net-rate-limit.js'
import type { NetDevice } from './netdev.js'

export type NeighbourFamily = 'ipv4' | 'ipv6'

/** What was heard of in the last 5 s stays, and more than gc_thresh2 are cleaned up as seldom. */
const RECENT_US = 5_000_000
/** Entries are counted again after so many new ones at the latest. */
const TRUSTED = 64
const KERN_INFO = 6

type Entries = Map<unknown, Neighbour<number> | Neighbour<bigint>>

export class NeighbourLimit extends Copied {
  private room = 0
  private flushedUs = 0
  private readonly warnings = new NetRateLimit()

  constructor(
    private readonly kernel: Kernel,
    private readonly family: NeighbourFamily,
  ) {
    super()
  }

  /** One more may be made. */
  admits(): boolean {
    if (this.room-- > 0) return true
    const [second, third] = [this.threshold(2), this.threshold(3)]
    const count = this.count()
    const { nowUs } = this.kernel.sim
    if (count >= third || (count >= second && nowUs > this.flushedUs + RECENT_US)) {
      if (this.clean(count - second) === 0 && count >= third) return this.refuse()
    }
    this.room = Math.min(TRUSTED, Math.max(0, second - count - 1))
    return true
  }

  private refuse(): false {
    this.room = 0
    const table = this.family === 'ipv4' ? 'arp_cache' : 'ndisc_cache'
    this.warnings.log(this.kernel, KERN_INFO, `neighbour: ${table}: neighbor table overflow!`)
    return false
  }

  private threshold(which: number): number {
    return Number(this.kernel.initNetns.sysctl.read(`net.${this.family}.neigh.default.gc_thresh${which}`))
  }

  private count(): number {
    let count = 0
    for (const entries of this.tables()) for (const { state } of entries.values()) if (state !== 'PERMANENT') count++
    return count
  }

  /** neigh_forced_gc: those without a timer that failed or were last heard of a while ago. */
  private clean(most: number): number {
    const { nowUs } = this.kernel.sim
    this.flushedUs = nowUs
    let cleaned = 0
    for (const entries of this.tables()) {
      for (const [address, entry] of entries) {
        if (cleaned >= most) return cleaned
        const { state } = entry
        const isOld =
          state === 'FAILED' || state === 'NOARP' || ((state === 'STALE' || state === 'NONE') && entry.updatedUs < nowUs - RECENT_US)
        if (!isOld) continue
        entries.delete(address)
        entry.kill()
        cleaned++
      }
    }
    return cleaned
  }

  private *tables(): Generator<Entries> {
    for (const netns of this.kernel.namespaces) for (const dev of netns.devices) yield this.entriesOf(dev)
  }

  private entriesOf(dev: NetDevice): Entries {
    return this.family === 'ipv4' ? dev.neighbours : dev.neighbours6
  }
}
