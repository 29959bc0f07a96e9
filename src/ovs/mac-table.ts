// Where NORMAL has seen MAC addresses: by VLAN, aged by comparing times, the least recently seen makes room.

import type { MacAddress } from '../addr/mac.js'
import { Copied } from '../sim/copied.js'
import type { OfPort } from './ports.js'

export interface MacEntry {
  readonly mac: MacAddress
  readonly vlan: number
  port: OfPort
  seenUs: number
  /** `fdb/add`: stays until it is deleted. */
  isStatic: boolean
  /** A gratuitous ARP put it here; others may not move it for a while. */
  gratArpLockUs: number
}

const GRAT_ARP_LOCK_US = 5_000_000
const VLAN_FACTOR = 2 ** 48

export class MacTable extends Copied {
  /** Least recently seen first. */
  private readonly byKey = new Map<number, MacEntry>()
  agingUs = 300_000_000
  maxEntries = 8192
  learned = 0
  expired = 0
  evicted = 0
  moved = 0

  constructor(private readonly owner: { changed(): void }) {
    super()
  }

  get size(): number {
    return this.byKey.size
  }

  get staticCount(): number {
    let count = 0
    for (const entry of this.byKey.values()) if (entry.isStatic) count++
    return count
  }

  find(mac: MacAddress, vlan: number, nowUs: number): MacEntry | null {
    const entry = this.byKey.get(mac + vlan * VLAN_FACTOR)
    return entry === undefined || this.isOld(entry, nowUs) ? null : entry
  }

  private isOld(entry: MacEntry, nowUs: number): boolean {
    return !entry.isStatic && nowUs >= entry.seenUs + this.agingUs
  }

  /** Would `learn` say something new? */
  wouldLearn(mac: MacAddress, vlan: number, port: OfPort, nowUs: number): boolean {
    if (isMulticast(mac)) return false
    const entry = this.find(mac, vlan, nowUs)
    return entry === null || (entry.port !== port && !entry.isStatic && nowUs >= entry.gratArpLockUs)
  }

  /** True: it was new, or is somewhere else now. */
  learn(mac: MacAddress, vlan: number, port: OfPort, atUs: number, isGratArp: boolean): boolean {
    if (isMulticast(mac)) return false
    const key = mac + vlan * VLAN_FACTOR
    const entry = this.byKey.get(key)
    if (entry === undefined || this.isOld(entry, atUs)) {
      if (entry !== undefined) this.expire(key)
      this.add({ mac, vlan, port, seenUs: atUs, isStatic: false, gratArpLockUs: isGratArp ? atUs + GRAT_ARP_LOCK_US : 0 })
      return true
    }
    if (entry.isStatic) return false
    if (entry.port !== port && !isGratArp && atUs < entry.gratArpLockUs) return false
    const hasMoved = entry.port !== port
    // Packets that were counted late do not take back what was seen since.
    if (hasMoved && atUs < entry.seenUs) return false
    if (isGratArp) entry.gratArpLockUs = atUs + GRAT_ARP_LOCK_US
    if (atUs > entry.seenUs) entry.seenUs = atUs
    this.byKey.delete(key)
    this.byKey.set(key, entry)
    if (!hasMoved) return false
    entry.port = port
    this.moved++
    this.owner.changed()
    return true
  }

  add(entry: MacEntry): void {
    const key = entry.mac + entry.vlan * VLAN_FACTOR
    if (this.byKey.size >= this.maxEntries && !this.byKey.has(key)) this.evict()
    this.byKey.delete(key)
    this.byKey.set(key, entry)
    if (!entry.isStatic) this.learned++
    this.owner.changed()
  }

  remove(mac: MacAddress, vlan: number): boolean {
    const had = this.byKey.delete(mac + vlan * VLAN_FACTOR)
    if (had) this.owner.changed()
    return had
  }

  private evict(): void {
    for (const [key, entry] of this.byKey) {
      if (entry.isStatic) continue
      this.byKey.delete(key)
      this.evicted++
      return
    }
  }

  private expire(key: number): void {
    this.byKey.delete(key)
    this.expired++
  }

  /** Ages out what is due. True: something went. */
  sweep(nowUs: number): boolean {
    const before = this.byKey.size
    for (const [key, entry] of this.byKey) if (this.isOld(entry, nowUs)) this.expire(key)
    if (this.byKey.size === before) return false
    this.owner.changed()
    return true
  }

  /** When the next entry may go; Infinity without entries. */
  get nextUs(): number {
    let next = Number.POSITIVE_INFINITY
    for (const entry of this.byKey.values()) if (!entry.isStatic) next = Math.min(next, entry.seenUs + this.agingUs)
    return next
  }

  flush(port: OfPort | null = null): void {
    for (const [key, entry] of this.byKey) if (!entry.isStatic && (port === null || entry.port === port)) this.byKey.delete(key)
    this.owner.changed()
  }

  /** A port is gone: static entries too. */
  forgetPort(port: OfPort): void {
    for (const [key, entry] of this.byKey) if (entry.port === port) this.byKey.delete(key)
    this.owner.changed()
  }

  /** Least recently seen first, as `fdb/show` lists them. */
  list(): MacEntry[] {
    return [...this.byKey.values()]
  }
}

function isMulticast(mac: MacAddress): boolean {
  return (Math.floor(mac / 2 ** 40) & 1) !== 0
}
