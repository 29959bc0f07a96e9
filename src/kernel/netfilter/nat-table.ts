// Which translations are in use: finds a free tuple in a range, and remembers by source what was chosen before.
import { Copied } from '../../sim/copied.js'
import type { Random } from '../../sim/random.js'
import type { Connection, CtZone } from './connection.js'
import { IPS_DST_NAT, IPS_DST_NAT_DONE, IPS_SRC_NAT, IPS_SRC_NAT_DONE, type Tuple } from './connection.js'
import type { CtTable } from './ct-table.js'
import type { Netfilter } from './hooks.js'
import { jhash2, reciprocalScale } from './jhash.js'
import { hasPorts, invert } from './tuple-of.js'

export type Manip = 'SRC' | 'DST'

/** What SNAT, DNAT and their kin allow. */
export interface NatRange {
  /** null: keep the address. */
  readonly addresses: { readonly min: number; readonly max: number } | null
  /** null: any port. */
  readonly ports: { readonly min: number; readonly max: number; readonly base: number | null } | null
  readonly random: boolean
  readonly randomFully: boolean
  readonly persistent: boolean
}

export const NULL_RANGE: NatRange = { addresses: null, ports: null, random: false, randomFully: false, persistent: false }

interface Tracked {
  readonly table: CtTable
}

export class NatTable extends Copied {
  private readonly bySource = new Map<number, Set<Connection>>()

  constructor(
    private readonly tracked: Tracked,
    private readonly netfilter: Netfilter,
  ) {
    super()
  }

  /** Binds a new connection to a translation (nf_nat_setup_info). */
  bind(connection: Connection, range: NatRange, manip: Manip): void {
    const current = invert(connection.reply)!
    const chosen = this.choose(connection, current, range, manip)
    if (!chosen.equals(current)) {
      const reply = invert(chosen)!
      reply.connection = connection
      reply.direction = 1
      connection.reply = reply
      connection.status |= manip === 'SRC' ? IPS_SRC_NAT : IPS_DST_NAT
    }
    connection.status |= manip === 'SRC' ? IPS_SRC_NAT_DONE : IPS_DST_NAT_DONE
  }

  sealed(connection: Connection): void {
    if (!connection.has(IPS_SRC_NAT_DONE)) return
    const key = sourceKey(connection.original)
    const known = this.bySource.get(key)
    if (known === undefined) this.bySource.set(key, new Set([connection]))
    else known.add(connection)
  }

  forget(connection: Connection): void {
    const key = sourceKey(connection.original)
    const known = this.bySource.get(key)
    if (known === undefined || !known.delete(connection)) return
    if (known.size === 0) this.bySource.delete(key)
  }

  private choose(connection: Connection, current: Tuple, range: NatRange, manip: Manip): Tuple {
    const scattered = range.random || range.randomFully
    if (manip === 'SRC' && !scattered) {
      const reused = this.sameSource(connection, current, range)
      if (reused !== null) return reused
    }
    const tuple = current.copy()
    if (range.addresses !== null) chooseAddress(tuple, range, manip, connection.zone)
    if (!scattered) {
      const { ports } = range
      if (ports === null) {
        if (!this.isUsed(tuple, connection)) return tuple
      } else if (ports.base === null && portInRange(tuple, ports, manip)) {
        // A range of one port is taken as it is; a clash then shows at confirmation.
        if (ports.min === ports.max || !this.isUsed(tuple, connection)) return tuple
      }
    }
    this.choosePort(tuple, range, { manip, connection })
    return tuple
  }

  /** The mapping this source already has, when it is in the range and free towards the new destination. */
  private sameSource(connection: Connection, current: Tuple, range: NatRange): Tuple | null {
    if (tupleInRange(current, range)) return this.isUsed(current, connection) ? null : current.copy()
    for (const other of this.bySource.get(sourceKey(current)) ?? []) {
      const { original } = other
      if (original.proto !== current.proto || original.src !== current.src || original.srcPort !== current.srcPort) continue
      if (other.zone.original !== connection.zone.original) continue
      const outside = invert(other.reply)!
      const candidate = current.copy()
      candidate.src = outside.src
      candidate.srcPort = outside.srcPort
      if (tupleInRange(candidate, range) && !this.isUsed(candidate, connection)) return candidate
    }
    return null
  }

  /** Would the answer to this tuple belong to another connection? */
  private isUsed(tuple: Tuple, connection: Connection): boolean {
    const reply = invert(tuple)!
    const found = this.tracked.table.find(reply, connection.zone, this.netfilter.nowUs)
    return found !== null && found.connection !== connection
  }

  private choosePort(tuple: Tuple, range: NatRange, use: { manip: Manip; connection: Connection }): void {
    const isIcmp = tuple.proto === 1
    if (!isIcmp && !hasPorts(tuple.proto)) return
    const bySource = isIcmp || use.manip === 'SRC'
    const port = bySource ? tuple.srcPort : tuple.dstPort
    const span = portSpan(range, port, { isIcmp, manip: use.manip })
    if (span === null) return
    const random: Random = this.netfilter.netns.kernel.random
    let offset = 0
    if (range.ports?.base != null) offset = port - range.ports.base
    else if (range.random || range.randomFully || use.manip === 'SRC') offset = random.below(65536)
    for (let attempts = Math.min(span.size, 128); ; attempts = attempts >> 1) {
      for (let i = 0; i < attempts; i++, offset++) {
        const chosen = span.min + (((offset % span.size) + span.size) % span.size)
        if (bySource) tuple.srcPort = chosen
        else tuple.dstPort = chosen
        if (!this.isUsed(tuple, use.connection)) return
      }
      if (attempts >= span.size || attempts < 16) return
      offset = random.below(65536)
    }
  }
}

/** The ports to choose from: by the range, or by the class of the old one (below 512, below 1024, above). */
function portSpan(range: NatRange, port: number, use: { isIcmp: boolean; manip: Manip }): { min: number; size: number } | null {
  if (range.ports !== null) {
    const { min, max } = range.ports
    return { min: Math.min(min, max), size: Math.abs(max - min) + 1 }
  }
  if (use.isIcmp) return { min: 0, size: 65536 }
  if (use.manip === 'DST') return null
  if (port < 512) return { min: 1, size: 511 }
  return port < 1024 ? { min: 600, size: 424 } : { min: 1024, size: 64512 }
}

/** Spreads connections over a range of addresses by their ends, as the kernel's hash does. */
function chooseAddress(tuple: Tuple, range: NatRange, manip: Manip, zone: CtZone): void {
  const { min, max } = range.addresses!
  let address = min
  if (min !== max) {
    const salt = range.persistent ? 0 : swap(tuple.dst) ^ zone.original
    const hash = jhash2([swap(tuple.src), 0, 0, 0], salt)
    address = ((min >>> 0) + reciprocalScale(hash, (max >>> 0) - (min >>> 0) + 1)) | 0
  }
  if (manip === 'SRC') tuple.src = address
  else tuple.dst = address
}

function tupleInRange(tuple: Tuple, range: NatRange): boolean {
  const { addresses, ports } = range
  if (addresses !== null) {
    const src = tuple.src >>> 0
    if (src < addresses.min >>> 0 || src > addresses.max >>> 0) return false
  }
  return ports === null || portInRange(tuple, ports, 'SRC')
}

function portInRange(tuple: Tuple, ports: { min: number; max: number }, manip: Manip): boolean {
  const isIcmp = tuple.proto === 1
  if (!isIcmp && !hasPorts(tuple.proto)) return true
  const port = isIcmp || manip === 'SRC' ? tuple.srcPort : tuple.dstPort
  return port >= ports.min && port <= ports.max
}

function sourceKey(tuple: Tuple): number {
  return (Math.imul(tuple.src, 0x9e3779b1) ^ Math.imul(tuple.srcPort, 0x85ebca6b) ^ tuple.proto) >>> 0
}

/** Network byte order read by a little-endian machine, as the kernel hashes it. */
function swap(value: number): number {
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff0000) | (value << 24)) >>> 0
}
