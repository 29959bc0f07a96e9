// What goes with a packet through the datapath beside its bytes: the recirculation id, and what conntrack found.
import type { FlowKey } from './flow-key.js'
import { W } from './flow-key.js'

/** Bits of ct_state. */
export const CS_NEW = 0x01
export const CS_ESTABLISHED = 0x02
export const CS_RELATED = 0x04
export const CS_REPLY = 0x08
export const CS_INVALID = 0x10
export const CS_TRACKED = 0x20
export const CS_SRC_NAT = 0x40
export const CS_DST_NAT = 0x80

export class PacketMeta {
  recircId = 0
  priority = 0
  hash = 0
  ctState = 0
  ctZone = 0
  ctMark = 0
  ctLabel = 0n
  /** Original direction of the connection. */
  ctProto = 0
  ctSrc = 0
  ctDst = 0
  ctSrcPort = 0
  ctDstPort = 0

  copy(): PacketMeta {
    const next = new PacketMeta()
    next.recircId = this.recircId
    next.priority = this.priority
    next.hash = this.hash
    next.ctState = this.ctState
    next.ctZone = this.ctZone
    next.ctMark = this.ctMark
    next.ctLabel = this.ctLabel
    next.ctProto = this.ctProto
    next.ctSrc = this.ctSrc
    next.ctDst = this.ctDst
    next.ctSrcPort = this.ctSrcPort
    next.ctDstPort = this.ctDstPort
    return next
  }

  clearCt(): void {
    this.ctState = 0
    this.ctZone = 0
    this.ctMark = 0
    this.ctLabel = 0n
    this.ctProto = 0
    this.ctSrc = 0
    this.ctDst = 0
    this.ctSrcPort = 0
    this.ctDstPort = 0
  }
}

export function fillMeta(key: FlowKey, meta: PacketMeta): void {
  key[W.RECIRC_ID] = meta.recircId
  key[W.SKB_PRIORITY] = meta.priority
  key[W.DP_HASH] = meta.hash
  key[W.CT_STATE] = meta.ctState
  key[W.CT_ZONE] = meta.ctZone
  key[W.CT_MARK] = meta.ctMark
  key[W.CT_NW_PROTO] = meta.ctProto
  key[W.CT_NW_SRC] = meta.ctSrc
  key[W.CT_NW_DST] = meta.ctDst
  key[W.CT_TP_SRC] = meta.ctSrcPort
  key[W.CT_TP_DST] = meta.ctDstPort
  if (meta.ctLabel === 0n) return
  for (let i = 0; i < 4; i++) key[W.CT_LABEL + i] = Number((meta.ctLabel >> BigInt(96 - 32 * i)) & 0xffffffffn) | 0
}
