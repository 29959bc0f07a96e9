// The hash table of tuples: numbers only on the packet path, entries that have expired vanish when they are met.
import { Copied } from '../../sim/copied.js'
import type { Connection, Direction, Tuple } from './connection.js'
import { IPS_ASSURED, ORIGINAL } from './connection.js'

const FIRST_SIZE = 256
/** NF_CT_EVICTION_RANGE. */
const EVICTION_RANGE = 8
export const REAL_BUCKETS = 262_144

export interface ExpiryListener {
  /** Asked once for each entry that leaves by age. */
  gone(connection: Connection): void
}

export class CtTable extends Copied {
  private buckets: (Tuple | null)[] = new Array<Tuple | null>(FIRST_SIZE).fill(null)
  private sweepAt = 0
  /** Connections, not tuples. */
  count = 0

  constructor(private readonly listener: ExpiryListener) {
    super()
  }

  /** Zones are compared in the direction of the tuple found. */
  find(tuple: Tuple, zone: { original: number; reply: number }, nowUs: number): Tuple | null {
    const hash = hashOf(tuple)
    let at = this.buckets[hash & (this.buckets.length - 1)]!
    while (at !== null) {
      const next = at.next
      if (at.hash === hash && at.equals(tuple) && zoneOf(at.connection, at.direction) === zoneAt(zone, at.direction)) {
        if (at.connection.expiresUs > nowUs) return at
        this.expire(at.connection)
      }
      at = next!
    }
    return null
  }

  insert(connection: Connection, nowUs: number): void {
    if (this.count * 2 >= this.buckets.length) this.grow()
    this.link(connection.original)
    this.link(connection.reply)
    this.count++
    this.sweepSome(nowUs)
  }

  remove(connection: Connection): void {
    if (this.unlink(connection.original)) this.count--
    this.unlink(connection.reply)
  }

  /** In the order of the buckets, as /proc and netlink walk them. */
  list(nowUs: number): Connection[] {
    this.sweep(nowUs)
    const found: Connection[] = []
    for (const bucket of this.buckets) {
      for (let at = bucket ?? null; at !== null; at = at.next) if (at.direction === ORIGINAL) found.push(at.connection)
    }
    return found
  }

  /**
   * One that is not assured in the buckets that the kernel would look through for the place of a new one: eight, of as many as
   * nf_conntrack_buckets says. In a table that was made small it hardly ever finds one.
   */
  victimFor(tuple: Tuple): Connection | null {
    const first = hashOf(tuple)
    for (let i = 0; i < EVICTION_RANGE; i++) {
      const bucket = (first + i) & (REAL_BUCKETS - 1)
      for (let at = this.buckets[bucket & (this.buckets.length - 1)]!; at !== null; at = at.next!) {
        if ((at.hash & (REAL_BUCKETS - 1)) === bucket && !at.connection.has(IPS_ASSURED)) return at.connection
      }
    }
    return null
  }

  /** Drops all that have expired. */
  sweep(nowUs: number): void {
    for (let i = 0; i < this.buckets.length; i++) this.sweepBucket(i, nowUs)
  }

  /** A few buckets at each insertion keep the table clean without a timer. */
  private sweepSome(nowUs: number): void {
    for (let i = 0; i < 4; i++) {
      this.sweepAt = (this.sweepAt + 1) & (this.buckets.length - 1)
      this.sweepBucket(this.sweepAt, nowUs)
    }
  }

  private sweepBucket(index: number, nowUs: number): void {
    let at = this.buckets[index]!
    while (at !== null) {
      const next = at.next
      if (at.connection.expiresUs <= nowUs) {
        this.expire(at.connection)
        // The other tuple of the same connection may have been `next`.
        at = this.buckets[index]!
        continue
      }
      at = next!
    }
  }

  private expire(connection: Connection): void {
    this.remove(connection)
    this.listener.gone(connection)
  }

  private link(tuple: Tuple): void {
    tuple.hash = hashOf(tuple)
    const index = tuple.hash & (this.buckets.length - 1)
    tuple.next = this.buckets[index]!
    this.buckets[index] = tuple
  }

  private unlink(tuple: Tuple): boolean {
    const index = tuple.hash & (this.buckets.length - 1)
    let at = this.buckets[index]!
    if (at === tuple) {
      this.buckets[index] = tuple.next
      tuple.next = null
      return true
    }
    for (; at !== null; at = at.next!) {
      if (at.next !== tuple) continue
      at.next = tuple.next
      tuple.next = null
      return true
    }
    return false
  }

  private grow(): void {
    const old = this.buckets
    this.buckets = new Array<Tuple | null>(old.length * 4).fill(null)
    for (const bucket of old) {
      for (let at = bucket ?? null; at !== null; ) {
        const next: Tuple | null = at.next
        this.link(at)
        at = next
      }
    }
  }
}

function hashOf(tuple: Tuple): number {
  let h = Math.imul(tuple.src, 0x9e3779b1) ^ Math.imul(tuple.dst, 0x85ebca6b)
  h ^= Math.imul((tuple.srcPort << 16) | tuple.dstPort, 0xc2b2ae35) + tuple.proto
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  return (h ^ (h >>> 13)) >>> 0
}

function zoneOf(connection: Connection, direction: Direction): number {
  return zoneAt(connection.zone, direction)
}

function zoneAt(zone: { original: number; reply: number }, direction: Direction): number {
  return direction === ORIGINAL ? zone.original : zone.reply
}
