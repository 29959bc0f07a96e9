// Which fields a packet of a kind has at all: what "Flow:" and "Final flow:" of a trace show.
import type { FlowKey } from './flow-key.js'
import { FRAG_LATER, newKey, VLAN_CFI, W } from './flow-key.js'
import { countLabels, LSE_WORDS } from './mpls.js'

const WITH_PORTS = [1, 2, 6, 17, 58, 132]

function fill(mask: FlowKey, word: number, words = 1): void {
  mask.fill(-1, word, word + words)
}

/** Exact on everything that a packet like this has; fields of its context only when they are not 0. */
export function maskOfPacket(key: FlowKey): FlowKey {
  const mask = newKey()
  context(key, mask)
  fill(mask, W.ETH_DST, 4)
  mask[W.ETH_TYPE] = -1
  mask[W.VLAN_TCI] = 0xffff
  if ((key[W.VLAN_TCI]! & VLAN_CFI) !== 0) mask[W.VLAN_TCI2] = 0xffff
  const type = key[W.ETH_TYPE]!
  if (type === 0x0800) fill(mask, W.NW_SRC, 2)
  else if (type === 0x86dd) ipv6(key, mask)
  else if (type === 0x0806 || type === 0x8035) {
    fill(mask, W.NW_SRC, 3)
    fill(mask, W.ARP_SHA, 4)
    return mask
  } else if (type === 0x8847 || type === 0x8848) {
    for (const word of LSE_WORDS.slice(0, countLabels(key, null))) fill(mask, word)
    return mask
  } else return mask
  mask[W.NW_FRAG] = 3
  mask[W.NW_TOS] = 0xff
  mask[W.NW_TTL] = 0xff
  mask[W.NW_PROTO] = 0xff
  if ((key[W.NW_FRAG]! & FRAG_LATER) !== 0 || !WITH_PORTS.includes(key[W.NW_PROTO]!)) return mask
  mask[W.TP_SRC] = 0xffff
  mask[W.TP_DST] = 0xffff
  if (key[W.NW_PROTO] === 6) mask[W.TCP_FLAGS] = 0xfff
  return mask
}

function context(key: FlowKey, mask: FlowKey): void {
  const words = [W.SKB_PRIORITY, W.PKT_MARK, W.RECIRC_ID, W.DP_HASH, W.CT_STATE, W.CT_ZONE, W.CT_MARK, W.TUN_ID, W.TUN_ID + 1]
  for (const word of words) if (key[word] !== 0) mask[word] = -1
  if (key[W.CT_ZONE] !== 0) mask[W.CT_ZONE] = 0xffff
  if (key[W.RECIRC_ID] !== 0) mask[W.PACKET_TYPE] = -1
  if (mask[W.TUN_ID] !== 0 || mask[W.TUN_ID + 1] !== 0) fill(mask, W.TUN_ID, 2)
  for (let word = W.CT_LABEL; word < W.CT_LABEL + 4; word++) if (key[word] !== 0) fill(mask, W.CT_LABEL, 4)
  if (key[W.IN_PORT] !== 0) mask[W.IN_PORT] = 0xffff
  for (let word = W.REG0; word < W.REG0 + 16; word++) if (key[word] !== 0) fill(mask, word)
  if (key[W.METADATA] !== 0 || key[W.METADATA + 1] !== 0) fill(mask, W.METADATA, 2)
  if (key[W.TUN_DST] !== 0) tunnel(key, mask)
  if (key[W.CT_NW_PROTO] === 0) return
  fill(mask, W.CT_NW_PROTO)
  fill(mask, key[W.ETH_TYPE] === 0x0800 ? W.CT_NW_SRC : W.CT_IPV6_SRC, key[W.ETH_TYPE] === 0x0800 ? 2 : 8)
  mask[W.CT_TP_SRC] = 0xffff
  mask[W.CT_TP_DST] = 0xffff
}

function tunnel(key: FlowKey, mask: FlowKey): void {
  fill(mask, W.TUN_SRC, 2)
  fill(mask, W.TUN_IPV6_SRC, 8)
  mask[W.TUN_GBP_ID] = 0xffff
  mask[W.TUN_GBP_FLAGS] = 0xff
  mask[W.TUN_TOS] = 0xff
  mask[W.TUN_TTL] = 0xff
  mask[W.TUN_FLAGS] = 0xf
  // The id counts only with the flag that says that there is one.
  mask.fill((key[W.TUN_FLAGS]! & 8) !== 0 ? -1 : 0, W.TUN_ID, W.TUN_ID + 2)
}

function ipv6(key: FlowKey, mask: FlowKey): void {
  fill(mask, W.IPV6_SRC, 8)
  mask[W.IPV6_LABEL] = 0xfffff
  const type = key[W.TP_SRC]
  if (key[W.NW_PROTO] !== 58 || (type !== 135 && type !== 136) || key[W.TP_DST] !== 0) return
  fill(mask, W.ARP_SHA, 4)
  fill(mask, W.ND_TARGET, 4)
}
