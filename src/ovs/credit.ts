// Whom the packets of a cached result are counted for, and what they refresh: done in bulk, whenever somebody wants to know.
import type { MacAddress } from '../addr/mac.js'
import type { FlowMod, OfBridge } from './bridge.js'
import type { Flow } from './flow.js'
import type { FlowTable } from './flow-table.js'
import type { Bucket } from './group.js'
import type { Mirror } from './mirror.js'
import type { OfPort } from './ports.js'

/** What came since the last time. */
export interface Delta {
  readonly packets: number
  readonly bytes: number
  readonly usedUs: number
  readonly tcpFlags: number
}

export type Credit =
  | { readonly type: 'flow'; readonly bridge: OfBridge; readonly flow: Flow; readonly table: FlowTable; readonly matched: boolean }
  | { readonly type: 'learn'; readonly bridge: OfBridge; readonly mod: FlowMod; readonly limit: number; readonly isDelete: boolean }
  | {
      readonly type: 'normal'
      readonly bridge: OfBridge
      readonly port: OfPort
      readonly mac: MacAddress
      readonly vlan: number
      readonly isGratArp: boolean
    }
  | { readonly type: 'ports'; readonly tx: OfPort | null; readonly rx: OfPort | null }
  | { readonly type: 'bucket'; readonly bucket: Bucket }
  | { readonly type: 'mirror'; readonly mirror: Mirror }
  | { readonly type: 'fin'; readonly flow: Flow; readonly idle: number; readonly hard: number }
  | { readonly type: 'mark'; readonly mark: Mark }

/** What NORMAL made of a packet. */
export type NormalDecision = 'known' | 'flood' | 'own-port' | 'refused-vlan' | 'reserved' | 'bond' | 'no-port'

/** Stations of a translation that nobody is credited for: who explains a packet wants to know them. */
export type Mark =
  | {
      readonly kind: 'normal'
      readonly bridge: OfBridge
      readonly decision: NormalDecision
      readonly from: OfPort | null
      readonly to: OfPort | null
      /** The VLAN inside the switch. */
      readonly vlan: number
    }
  | { readonly kind: 'output'; readonly port: OfPort }
  /** The rest of the way behind a patch port is over. */
  | { readonly kind: 'back' }

const FIN_OR_RST = 0x05

/** Also of use with no packets: learning only (ofproto/trace -generate). */
export function pushCredits(credits: readonly Credit[], delta: Delta): void {
  for (const credit of credits) pushCredit(credit, delta)
}

function pushCredit(credit: Credit, delta: Delta): void {
  switch (credit.type) {
    case 'flow':
      return creditFlow(credit.flow, credit.table, credit.matched, delta)
    case 'learn':
      if (credit.isDelete) credit.bridge.unlearn(credit.mod)
      else credit.bridge.learn(credit.mod, credit.limit, delta.usedUs)
      return
    case 'normal':
      if (credit.port.isAlive) credit.bridge.macTable.learn(credit.mac, credit.vlan, credit.port, delta.usedUs, credit.isGratArp)
      return
    case 'ports':
      if (credit.tx !== null) {
        credit.tx.ownStats.txPackets += delta.packets
        credit.tx.ownStats.txBytes += delta.bytes
      }
      if (credit.rx !== null) {
        credit.rx.ownStats.rxPackets += delta.packets
        credit.rx.ownStats.rxBytes += delta.bytes
      }
      return
    case 'bucket':
      credit.bucket.packets += delta.packets
      credit.bucket.bytes += delta.bytes
      return
    case 'mirror':
      credit.mirror.packets += delta.packets
      credit.mirror.bytes += delta.bytes
      return
    case 'mark':
      return
    case 'fin':
      if ((delta.tcpFlags & FIN_OR_RST) !== 0) reduceTimeouts(credit.flow, credit.idle, credit.hard)
  }
}

function creditFlow(flow: Flow, table: FlowTable, matched: boolean, delta: Delta): void {
  if (delta.packets === 0) return
  table.lookups += delta.packets
  if (matched) table.matched += delta.packets
  flow.packets += delta.packets
  flow.bytes += delta.bytes
  if (delta.usedUs > flow.usedUs) flow.usedUs = delta.usedUs
}

/** Counts timeouts that became shorter: who knows when the next flow ends looks again. */
export const shortened = { count: 0 }

function reduceTimeouts(flow: Flow, idle: number, hard: number): void {
  shortened.count++
  if (idle !== 0 && (flow.idleTimeout === 0 || flow.idleTimeout > idle)) flow.idleTimeout = idle
  if (hard !== 0 && (flow.hardTimeout === 0 || flow.hardTimeout > hard)) flow.hardTimeout = hard
}
