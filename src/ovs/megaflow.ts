// The datapath's caches: megaflows (a result with the mask of what it depends on), found by hash through masks, and before that by a
// table of guesses that each packet's exact words lead to.
import { Copied } from '../sim/copied.js'
import type { Credit, Delta } from './credit.js'
import { pushCredits } from './credit.js'
import type { DpAction } from './dp-action.js'
import type { FlowKey } from './flow-key.js'
import { copyOf, FLOW_WORDS, newKey, VLAN_CFI, W } from './flow-key.js'
import { MaskMap } from './mask-map.js'
import { giveBack, takeCopy } from './spare-keys.js'
import type { FlowNote } from './trace-notes.js'

const HINTS = 8192
const NONE: readonly Megaflow[] = []

export class Megaflow extends Copied implements Delta {
  next: Megaflow | null = null
  isAlive = true
  packets = 0
  bytes = 0
  usedUs: number
  tcpFlags = 0
  /** Of the packet that made it, which the datapath does not count. */
  firstBytes = 0
  /** What traces are told of `notedCredits`, made when a trace asks first. */
  notes: readonly FlowNote[] | null = null
  notedCredits: readonly Credit[] | null = null
  private pushedPackets = 0
  private pushedBytes = 0

  constructor(
    readonly subtable: MaskTable,
    /** The words of the mask, as this flow wants them. */
    readonly values: Int32Array,
    readonly hash: number,
    /** Masked. */
    readonly key: FlowKey,
    readonly mask: FlowKey,
    public actions: readonly DpAction[],
    public credits: readonly Credit[],
    public recircIds: readonly number[],
    public generation: number,
    readonly createdUs: number,
  ) {
    super()
    this.usedUs = createdUs
  }

  agrees(key: FlowKey): boolean {
    const { words, masks } = this.subtable
    const { values } = this
    for (let i = 0; i < words.length; i++) if ((key[words[i]!]! & masks[i]!) !== values[i]) return false
    return true
  }

  /** Packets that the flows and ports behind it have not been credited for yet. */
  get hasNews(): boolean {
    return this.packets !== this.pushedPackets
  }

  /** Counts for the flows and ports behind it what came since the last time. */
  push(): void {
    const packets = this.packets - this.pushedPackets
    if (packets === 0) return
    const bytes = this.bytes - this.pushedBytes
    this.pushedPackets = this.packets
    this.pushedBytes = this.bytes
    pushCredits(this.credits, { packets, bytes, usedUs: this.usedUs, tcpFlags: this.tcpFlags })
  }
}

/** All megaflows of one mask. */
export class MaskTable extends Copied {
  readonly words: Int32Array
  readonly masks: Int32Array
  readonly flows = new Map<number, Megaflow>()
  size = 0
  hits = 0
  /** `mask` without a tag's presence, once a translation had it so. */
  private untagged: FlowKey | null = null

  constructor(readonly mask: FlowKey) {
    super()
    const words: number[] = []
    for (let word = 0; word < FLOW_WORDS; word++) if (mask[word] !== 0) words.push(word)
    // Not by `from`, which walks an iterator.
    this.words = new Int32Array(words)
    this.masks = new Int32Array(words.length)
    for (let i = 0; i < words.length; i++) this.masks[i] = mask[words[i]!]!
  }

  hash(key: FlowKey): number {
    const { words, masks } = this
    let hash = 0x811c9dc5
    for (let i = 0; i < words.length; i++) {
      hash = Math.imul(hash ^ (key[words[i]!]! & masks[i]!), 0x01000193)
      hash ^= hash >>> 15
    }
    return hash
  }

  /** The mask that a translation came with, one for all that have the same. */
  asked(mask: FlowKey): FlowKey {
    const known = mask[W.VLAN_TCI] === this.mask[W.VLAN_TCI] ? this.mask : this.untagged
    if (known === null) {
      this.untagged = mask
      return mask
    }
    giveBack(mask)
    return known
  }

  find(key: FlowKey): Megaflow | null {
    let flow = this.flows.get(this.hash(key)) ?? null
    while (flow !== null && !flow.agrees(key)) flow = flow.next
    return flow
  }
}

/** Where a packet's guess lies. */
function hintOf(key: FlowKey): number {
  let hash = key[W.IN_PORT]! ^ (key[W.RECIRC_ID]! << 16)
  hash = Math.imul(hash ^ key[W.ETH_DST + 1]!, 0x9e3779b1)
  hash = Math.imul((hash ^ (hash >>> 15)) + key[W.ETH_SRC + 1]!, 0x85ebca6b)
  hash = Math.imul((hash ^ (hash >>> 13)) + key[W.NW_SRC]!, 0xc2b2ae35)
  hash = Math.imul((hash ^ (hash >>> 15)) + key[W.NW_DST]!, 0x27d4eb2f)
  hash ^=
    (key[W.TP_SRC]! << 16) + key[W.TP_DST]! + (key[W.NW_PROTO]! << 8) + (key[W.VLAN_TCI]! << 4) + key[W.TUN_ID + 1]! + key[W.CT_STATE]!
  hash = Math.imul(hash ^ (hash >>> 14), 0x165667b1)
  return (hash ^ (hash >>> 16)) & (HINTS - 1)
}

export class MegaflowCache extends Copied {
  private readonly hints: (Megaflow | null)[] = new Array<Megaflow | null>(HINTS).fill(null)
  private readonly tables: MaskTable[] = []
  private readonly byMask = new MaskMap<MaskTable>()
  size = 0
  /** Masks tried, over all lookups that the hints did not answer. */
  maskHits = 0

  get allTables(): readonly MaskTable[] {
    return this.tables
  }

  get maskCount(): number {
    return this.tables.length
  }

  lookup(key: FlowKey): Megaflow | null {
    const at = hintOf(key)
    const guess = this.hints[at]!
    if (guess?.isAlive && guess.agrees(key)) return guess
    const { tables } = this
    for (let i = 0; i < tables.length; i++) {
      const table = tables[i]!
      this.maskHits++
      const found = table.find(key)
      if (found === null) continue
      // Masks that many packets need come first.
      if (++table.hits > 64 && i > 0 && tables[i - 1]!.hits < table.hits) {
        tables[i] = tables[i - 1]!
        tables[i - 1] = table
      }
      this.hints[at] = found
      return found
    }
    return null
  }

  /** `mask` as the translation has it, given up by it; here a tag's presence counts wherever a tag was looked at. */
  insert(
    key: FlowKey,
    mask: FlowKey,
    result: {
      readonly actions: readonly DpAction[]
      readonly credits: readonly Credit[]
      readonly recircIds: readonly number[]
      readonly generation: number
      readonly nowUs: number
    },
  ): Megaflow {
    const table = this.tableOf(mask)
    const full = table.mask
    const masked = newKey()
    for (let word = 0; word < FLOW_WORDS; word++) masked[word] = key[word]! & full[word]!
    const { actions, credits, recircIds, generation, nowUs } = result
    const hash = table.hash(key)
    const { words } = table
    const values = new Int32Array(words.length)
    for (let i = 0; i < words.length; i++) values[i] = masked[words[i]!]!
    const flow = new Megaflow(table, values, hash, masked, table.asked(mask), actions, credits, recircIds, generation, nowUs)
    flow.next = table.flows.get(hash) ?? null
    table.flows.set(hash, flow)
    table.size++
    this.size++
    return flow
  }

  private tableOf(mask: FlowKey): MaskTable {
    const full = takeCopy(mask)
    full[W.VLAN_TCI]! |= VLAN_CFI
    let table = this.byMask.get(full)
    if (table === undefined) {
      table = new MaskTable(copyOf(full))
      this.byMask.add(table.mask, table)
      this.tables.push(table)
    }
    giveBack(full)
    return table
  }

  remove(flow: Megaflow): void {
    if (!flow.isAlive) return
    flow.isAlive = false
    const { subtable } = flow
    const first = subtable.flows.get(flow.hash)
    if (first === flow) {
      if (flow.next === null) subtable.flows.delete(flow.hash)
      else subtable.flows.set(flow.hash, flow.next)
    } else {
      let before: Megaflow | null = first ?? null
      while (before !== null && before.next !== flow) before = before.next
      if (before !== null) before.next = flow.next
    }
    this.size--
    if (--subtable.size > 0) return
    this.byMask.delete(subtable.mask)
    this.tables.splice(this.tables.indexOf(subtable), 1)
  }

  /** Those with packets that nobody was credited for yet. */
  withNews(): readonly Megaflow[] {
    let found: Megaflow[] | null = null
    for (const table of this.tables) {
      for (const first of table.flows.values())
        for (let flow: Megaflow | null = first; flow !== null; flow = flow.next)
          if (flow.hasNews) {
            found ??= []
            found.push(flow)
          }
    }
    return found ?? NONE
  }

  list(): Megaflow[] {
    const found: Megaflow[] = []
    for (const table of this.tables) {
      for (const first of table.flows.values()) for (let flow: Megaflow | null = first; flow !== null; flow = flow.next) found.push(flow)
    }
    return found
  }
}
