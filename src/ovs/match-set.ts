// Asking for a field's value in a match, what that presupposes, and what is dropped when it does not hold.
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../wire/ethernet.js'
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from '../wire/ipv4.js'
import type { Field, Prereq } from './field-table.js'
import { fullMask, type Masked } from './field-text.js'
import { getField, setField } from './fields.js'
import { type FlowKey, FRAG_LATER, VLAN_CFI, W } from './flow-key.js'
import type { Match } from './match.js'
import { portFrom32 } from './port-numbers.js'

export const ETHERTYPE_RARP = 0x8035
export const ETHERTYPE_MPLS = 0x8847
export const ETHERTYPE_MPLS_MCAST = 0x8848
export const PROTO_SCTP = 132
export const PROTO_IGMP = 2

/** ct_state: what makes an entry valid. */
const CT_KNOWN = 0x01 | 0x02 | 0x04 | 0x08 | 0x40 | 0x80
const CT_INVALID = 0x10
const CT_TRACKED = 0x20

const VID_CFI = 0x1fff

/** Sets some bits of one word of the match. */
function setWord(match: Match, word: number, value: number, mask: number, of: number): void {
  match.mask[word] = (match.mask[word]! & ~of) | (mask & of)
  match.key[word] = (match.key[word]! & ~of) | (value & mask & of)
}

/** `value` and `mask` as `parseField` gives them. A mask of 0 forgets the field. */
export function setMatch(match: Match, field: Field, { value, mask }: Masked): void {
  const exact = mask === fullMask(field)
  const number = Number(value & 0xffffffffn) | 0
  const bits = Number(mask & 0xffffffffn) | 0
  switch (field.name) {
    case 'in_port':
      return setWord(match, W.IN_PORT, number, bits, -1)
    case 'in_port_oxm':
    case 'actset_output':
      return setWord(match, field.word, portFrom32(Number(value)) ?? 0, exact ? 0xffff : 0, -1)
    case 'vlan_tci':
      return setWord(match, W.VLAN_TCI, number, bits, 0xffff)
    case 'dl_vlan':
      if (!exact) return setWord(match, W.VLAN_TCI, 0, 0, VID_CFI)
      if (number === 0xffff) return setWord(match, W.VLAN_TCI, 0, 0xffff, 0xffff)
      return setWord(match, W.VLAN_TCI, (number & 0xfff) | VLAN_CFI, VID_CFI, VID_CFI)
    case 'vlan_vid':
      return setWord(match, W.VLAN_TCI, number, bits, VID_CFI)
    case 'dl_vlan_pcp':
    case 'vlan_pcp':
      if (!exact) return setWord(match, W.VLAN_TCI, 0, 0, 0xe000)
      return setWord(match, W.VLAN_TCI, (number << 13) | VLAN_CFI, 0xf000, 0xf000)
    case 'nw_tos':
      return setWord(match, W.NW_TOS, number, bits, 0xfc)
    case 'icmp_type':
    case 'icmp_code':
    case 'icmpv6_type':
    case 'icmpv6_code':
      return setWord(match, field.word, number, exact ? 0xffff : 0, 0xffff)
    case 'arp_op':
      return setWord(match, W.NW_PROTO, number, exact ? 0xff : 0, 0xff)
    case 'ct_state':
      return setWord(match, W.CT_STATE, number, bits, 0xff)
    default:
      setField(match.mask, field, mask)
      setField(match.key, field, value & mask)
  }
}

export function getMatch(match: Match, field: Field): Masked {
  if (field.name === 'vlan_vid') {
    return { value: BigInt(match.key[W.VLAN_TCI]! & VID_CFI), mask: BigInt(match.mask[W.VLAN_TCI]! & VID_CFI) }
  }
  return { value: getField(match.key, field), mask: getField(match.mask, field) }
}

const isIp = (type: number) => type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6
export const isMpls = (type: number) => type === ETHERTYPE_MPLS || type === ETHERTYPE_MPLS_MCAST

/** `mask` null: the key is a packet's; else it is a match's, zero where it does not ask. */
export function prereqHolds(prereq: Prereq, key: FlowKey, mask: FlowKey | null): boolean {
  const type = key[W.ETH_TYPE]!
  const proto = key[W.NW_PROTO]!
  const whole = (key[W.NW_FRAG]! & FRAG_LATER) === 0
  switch (prereq) {
    case 'none':
    case 'ethernet':
      return true
    case 'vlan':
      return (key[W.VLAN_TCI]! & VLAN_CFI) !== 0
    case 'arp':
      return type === ETHERTYPE_ARP || type === ETHERTYPE_RARP
    case 'ipv4':
      return type === ETHERTYPE_IPV4
    case 'ipv6':
      return type === ETHERTYPE_IPV6
    case 'ip':
      return isIp(type)
    case 'mpls':
      return isMpls(type)
    case 'ct':
      return isCtValid(key[W.CT_STATE]!, mask === null ? -1 : mask[W.CT_STATE]!)
    case 'tcp':
      return isIp(type) && proto === PROTO_TCP && whole
    case 'udp':
      return isIp(type) && proto === PROTO_UDP && whole
    case 'sctp':
      return isIp(type) && proto === PROTO_SCTP && whole
    case 'icmp':
      return type === ETHERTYPE_IPV4 && proto === PROTO_ICMP
    case 'icmp6':
      return type === ETHERTYPE_IPV6 && proto === PROTO_ICMPV6
    case 'nd':
      return isNd(key) && (key[W.TP_SRC] === 135 || key[W.TP_SRC] === 136)
    case 'nd_solicit':
      return isNd(key) && key[W.TP_SRC] === 135
    case 'nd_advert':
      return isNd(key) && key[W.TP_SRC] === 136
  }
}

function isNd(key: FlowKey): boolean {
  return key[W.ETH_TYPE] === ETHERTYPE_IPV6 && key[W.NW_PROTO] === PROTO_ICMPV6 && key[W.TP_DST] === 0
}

export function isCtValid(state: number, mask: number): boolean {
  return (state & CT_KNOWN) !== 0 || ((state & CT_TRACKED) !== 0 && (mask & CT_INVALID) !== 0 && (state & CT_INVALID) === 0)
}

const ADDRESSES = [W.NW_SRC, W.NW_DST]
const TRANSPORT = [W.TP_SRC, W.TP_DST]
const SHA = [W.ARP_SHA, W.ARP_SHA + 1]
const THA = [W.ARP_THA, W.ARP_THA + 1]
const IPV6 = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => W.IPV6_SRC + i)
const ND = [0, 1, 2, 3].map((i) => W.ND_TARGET + i)

const PROTOCOL = [W.NW_PROTO]
const TOS_TTL = [W.NW_TOS, W.NW_TTL]
const MPLS = [W.MPLS_LSE]

const CONDITIONAL = [...ADDRESSES, ...TRANSPORT, ...PROTOCOL, ...TOS_TTL, ...SHA, ...THA, ...IPV6, ...ND, ...MPLS]

/** Words that a match asks for and may not, given what it says of type and protocol. */
function forbiddenWords({ key, mask }: Match): number[] {
  const type = key[W.ETH_TYPE]!
  const proto = key[W.NW_PROTO]!
  const arp = type === ETHERTYPE_ARP || type === ETHERTYPE_RARP
  const v6 = type === ETHERTYPE_IPV6
  const icmp6 = v6 && proto === PROTO_ICMPV6
  const ports = proto === PROTO_TCP || proto === PROTO_UDP || proto === PROTO_SCTP
  const solicit = icmp6 && key[W.TP_SRC] === 135
  const advert = icmp6 && key[W.TP_SRC] === 136
  const found: number[] = []
  const forbid = (words: readonly number[]): void => {
    for (const word of words) if (mask[word] !== 0) found.push(word)
  }
  if (!arp && type !== ETHERTYPE_IPV4) forbid(ADDRESSES)
  if (!isIp(type) || !(ports || icmp6 || (!v6 && proto === PROTO_ICMP))) forbid(TRANSPORT)
  if (!arp && !isIp(type)) forbid(PROTOCOL)
  if (!isIp(type)) forbid(TOS_TTL)
  if (!arp && !solicit) forbid(SHA)
  if (!arp && !advert) forbid(THA)
  if (!v6) forbid(IPV6)
  if (!solicit && !advert) forbid(ND)
  if (!isMpls(type)) forbid(MPLS)
  return found
}

/** It asks for nothing whose prerequisites are missing. */
export function isNormal(match: Match): boolean {
  return !asksConditionally(match) || forbiddenWords(match).length === 0
}

function asksConditionally({ mask }: Match): boolean {
  for (const word of CONDITIONAL) if (mask[word] !== 0) return true
  return false
}

/** Forgets fields whose prerequisites are missing. True when there were some. */
export function normalizeMatch(match: Match): boolean {
  if (!asksConditionally(match)) return false
  const words = forbiddenWords(match)
  forget(match, words)
  return words.length > 0
}

/** Forgets what no OpenFlow message can carry, silently. */
export function dropUnsayable(match: Match): void {
  const type = match.key[W.ETH_TYPE]!
  const words: number[] = []
  if (!isIp(type)) words.push(W.NW_FRAG)
  if (!isIp(type) || match.key[W.NW_PROTO] !== PROTO_TCP) words.push(W.TCP_FLAGS)
  if (match.key[W.CT_NW_PROTO] === 0) words.push(W.CT_NW_PROTO, W.CT_TP_SRC, W.CT_TP_DST)
  if (match.key[W.NW_PROTO] !== PROTO_ICMPV6) words.push(W.ND_RESERVED, W.ND_OPTIONS_TYPE)
  forget(match, words)
}

function forget(match: Match, words: readonly number[]): void {
  for (const word of words) {
    match.mask[word] = 0
    match.key[word] = 0
  }
}
