// A match as text, in the one order and with the short forms that Open vSwitch prints.

import { formatMac } from '../addr/mac.js'
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../wire/ethernet.js'
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from '../wire/ipv4.js'
import { formatFrag, formatIpv4Masked, formatIpv6Masked } from './field-text.js'
import { CT_FLAGS, formatFlags, formatMaskedFlags, TCP_FLAG_NAMES, TUNNEL_FLAGS } from './flag-text.js'
import { type FlowKey, ipv6FromWords, macFromWords, VLAN_CFI, W } from './flow-key.js'
import type { TextContext } from './flow-text-error.js'
import type { Match } from './match.js'
import { ETHERTYPE_MPLS, ETHERTYPE_MPLS_MCAST, ETHERTYPE_RARP, PROTO_IGMP, PROTO_SCTP } from './match-set.js'
import { hexText } from './number-text.js'
import { formatPort } from './port-text.js'
import { DEFAULT_PRIORITY } from './priority.js'
import { atLeast } from './version.js'

/** Without priority. Empty for a match that takes everything. */
export function formatMatch(match: Match, ctx: TextContext): string {
  return new MatchWriter(match, ctx).text()
}

/** `priority=10,tcp`: as flows are listed. */
export function formatFlowMatch(match: Match, priority: number, ctx: TextContext): string {
  const text = formatMatch(match, ctx)
  if (priority === DEFAULT_PRIORITY) return text
  return text === '' ? `priority=${priority}` : `priority=${priority},${text}`
}

const hex32 = (value: number) => (value === 0 ? '0' : `0x${(value >>> 0).toString(16)}`)
const hex8 = (value: number) => `0x${(value >>> 0).toString(16).padStart(8, '0')}`
const hex4 = (value: number) => `0x${value.toString(16).padStart(4, '0')}`
const hex5 = (value: number) => `0x${value.toString(16).padStart(5, '0')}`

const IPV4_PROTOS = new Map([
  [PROTO_ICMP, 'icmp'],
  [PROTO_TCP, 'tcp'],
  [PROTO_UDP, 'udp'],
  [PROTO_SCTP, 'sctp'],
])
const IPV6_PROTOS = new Map([
  [PROTO_ICMPV6, 'icmp6'],
  [PROTO_TCP, 'tcp6'],
  [PROTO_UDP, 'udp6'],
  [PROTO_SCTP, 'sctp6'],
])
const OTHER_TYPES = new Map([
  [ETHERTYPE_ARP, 'arp'],
  [ETHERTYPE_RARP, 'rarp'],
  [ETHERTYPE_MPLS, 'mpls'],
  [ETHERTYPE_MPLS_MCAST, 'mplsm'],
])

function packetTypeText(packetType: number): string {
  const inner = packetType & 0xffff
  return `packet_type=(${packetType >>> 16},${inner > 9 ? `0x${inner.toString(16)}` : inner})`
}

class MatchWriter {
  private readonly out: string[] = []
  private readonly key: FlowKey
  private readonly mask: FlowKey
  private readonly type: number
  private readonly proto: number
  private showType = false
  private showProto = false

  constructor(
    match: Match,
    private readonly ctx: TextContext,
  ) {
    this.key = match.key
    this.mask = match.mask
    this.type = match.key[W.ETH_TYPE]!
    this.proto = match.key[W.NW_PROTO]!
  }

  text(): string {
    this.metadata()
    this.conntrack()
    // Cached results and what looks like them name the kind of packet they are for.
    const packetType = this.key[W.PACKET_TYPE]!
    if (packetType !== 0) this.out.push(packetTypeText(packetType))
    else if (this.mask[W.RECIRC_ID] !== 0 && (this.mask[W.PACKET_TYPE] !== 0 || this.asksForEthernet())) this.out.push('eth')
    this.shorthand()
    for (let i = 0; i < 16; i++) this.register(i)
    this.tunnel()
    this.hex64('metadata', W.METADATA)
    if (this.mask[W.IN_PORT] !== 0) this.out.push(`in_port=${formatPort(this.key[W.IN_PORT]!, this.ctx)}`)
    this.vlan('', W.VLAN_TCI)
    if (this.mask[W.VLAN_TCI] !== 0) this.vlan('1', W.VLAN_TCI2)
    this.mac('dl_src', W.ETH_SRC)
    this.mac('dl_dst', W.ETH_DST)
    if (this.showType && this.mask[W.ETH_TYPE] !== 0) this.out.push(`dl_type=${hex4(this.type)}`)
    this.network()
    this.mpls()
    this.fragment()
    this.transport()
    return this.out.join(',')
  }

  private asksForEthernet(): boolean {
    const { mask } = this
    return this.looksAt(W.ETH_SRC, 2) || this.looksAt(W.ETH_DST, 2) || mask[W.ETH_TYPE] !== 0 || mask[W.VLAN_TCI] !== 0
  }

  private looksAt(word: number, words: number): boolean {
    for (let i = 0; i < words; i++) if (this.mask[word + i] !== 0) return true
    return false
  }

  private hex(name: string, word: number): void {
    const mask = this.mask[word]!
    if (mask === 0) return
    const old = name.startsWith('reg') && !atLeast(this.ctx.version, '2.1')
    const value = old && this.key[word] === 0 ? '0x0' : hex32(this.key[word]!)
    this.out.push(`${name}=${value}${mask === -1 ? '' : `/${hex32(mask)}`}`)
  }

  private register(i: number): void {
    if (this.mask[W.REG0 + i] !== 0) this.hex(`reg${i}`, W.REG0 + i)
  }

  private hex64(name: string, word: number): void {
    if (!this.looksAt(word, 2)) return
    const mask = join64(this.mask, word)
    this.out.push(`${name}=${hexText(join64(this.key, word))}${mask === 0xffffffffffffffffn ? '' : `/${hexText(mask)}`}`)
  }

  private mac(name: string, word: number): void {
    if (!this.looksAt(word, 2)) return
    const mask = macFromWords(this.mask, word)
    this.out.push(`${name}=${formatMac(macFromWords(this.key, word))}${mask === 0xffffffffffff ? '' : `/${formatMac(mask)}`}`)
  }

  private ipv4(name: string, word: number): void {
    const mask = this.mask[word]!
    if (mask !== 0) this.out.push(`${name}=${formatIpv4Masked(this.key[word]!, mask)}`)
  }

  private ipv6(name: string, word: number): void {
    if (!this.looksAt(word, 4)) return
    const mask = ipv6FromWords(this.mask, word)
    this.out.push(`${name}=${formatIpv6Masked(ipv6FromWords(this.key, word), mask)}`)
  }

  /** Decimal when exact, hexadecimal with a mask. */
  private be16(name: string, word: number, full = 0xffff): void {
    const mask = this.mask[word]! & 0xffff
    if (mask === 0) return
    const value = this.key[word]!
    this.out.push(mask === full ? `${name}=${value}` : `${name}=0x${value.toString(16)}/0x${mask.toString(16)}`)
  }

  private decimal(name: string, word: number): void {
    if (this.mask[word] !== 0) this.out.push(`${name}=${this.key[word]! >>> 0}`)
  }

  private metadata(): void {
    this.hex('pkt_mark', W.PKT_MARK)
    this.hex('recirc_id', W.RECIRC_ID)
    this.hex('dp_hash', W.DP_HASH)
    this.decimal('conj_id', W.CONJ_ID)
    if (this.mask[W.SKB_PRIORITY] !== 0) this.out.push(`skb_priority=${hex32(this.key[W.SKB_PRIORITY]!)}`)
    if (this.mask[W.ACTSET_OUTPUT] !== 0) this.out.push(`actset_output=${formatPort(this.key[W.ACTSET_OUTPUT]!, this.ctx)}`)
  }

  private conntrack(): void {
    const mask = this.mask[W.CT_STATE]! & 0xff
    if (mask !== 0) {
      const state = this.key[W.CT_STATE]!
      this.out.push(`ct_state=${mask === 0xff ? formatFlags(state, CT_FLAGS) : formatMaskedFlags(state, mask, CT_FLAGS, 0xff)}`)
    }
    const zone = this.mask[W.CT_ZONE]!
    if (zone !== 0) this.be16('ct_zone', W.CT_ZONE)
    this.hex('ct_mark', W.CT_MARK)
    if (this.looksAt(W.CT_LABEL, 4)) {
      const label = ipv6FromWords(this.mask, W.CT_LABEL)
      const value = hexText(ipv6FromWords(this.key, W.CT_LABEL))
      this.out.push(`ct_label=${value}${label === (1n << 128n) - 1n ? '' : `/${hexText(label)}`}`)
    }
    this.ipv4('ct_nw_src', W.CT_NW_SRC)
    this.ipv6('ct_ipv6_src', W.CT_IPV6_SRC)
    this.ipv4('ct_nw_dst', W.CT_NW_DST)
    this.ipv6('ct_ipv6_dst', W.CT_IPV6_DST)
    if (this.mask[W.CT_NW_PROTO] === 0) return
    this.decimal('ct_nw_proto', W.CT_NW_PROTO)
    this.be16('ct_tp_src', W.CT_TP_SRC)
    this.be16('ct_tp_dst', W.CT_TP_DST)
  }

  /** `tcp`, `ip`, `arp`: one word for type and protocol. */
  private shorthand(): void {
    this.showProto = true
    this.showType = true
    if (this.mask[W.ETH_TYPE] === 0) return
    const other = OTHER_TYPES.get(this.type)
    if (other !== undefined) {
      this.out.push(other)
      this.showType = false
    }
    if (this.type !== ETHERTYPE_IPV4 && this.type !== ETHERTYPE_IPV6) return
    this.showType = false
    const protos = this.type === ETHERTYPE_IPV4 ? IPV4_PROTOS : IPV6_PROTOS
    let name = this.mask[W.NW_PROTO] === 0 ? undefined : protos.get(this.proto)
    if (name === undefined && this.mask[W.NW_PROTO] !== 0 && this.isIgmp()) name = 'igmp'
    this.out.push(name ?? (this.type === ETHERTYPE_IPV4 ? 'ip' : 'ipv6'))
    this.showProto = name === undefined
  }

  private isIgmp(): boolean {
    const version = this.ctx.version
    return this.type === ETHERTYPE_IPV4 && this.proto === PROTO_IGMP && atLeast(version, '2.4') && !atLeast(version, '2.17')
  }

  private tunnel(): void {
    this.hex64('tun_id', W.TUN_ID)
    this.ipv4('tun_src', W.TUN_SRC)
    this.ipv4('tun_dst', W.TUN_DST)
    this.ipv6('tun_ipv6_src', W.TUN_IPV6_SRC)
    this.ipv6('tun_ipv6_dst', W.TUN_IPV6_DST)
    this.be16('tun_gbp_id', W.TUN_GBP_ID)
    if (this.mask[W.TUN_GBP_FLAGS] !== 0) this.out.push(`tun_gbp_flags=${hex32(this.key[W.TUN_GBP_FLAGS]!)}`)
    if (this.mask[W.TUN_TOS] !== 0) this.out.push(`tun_tos=${this.key[W.TUN_TOS]!.toString(16)}`)
    this.decimal('tun_ttl', W.TUN_TTL)
    // Kinds of tunnels that netlab has not: their fields are 0 in every packet.
    if (this.mask[W.TUN_TTL] !== 0 && this.mask[W.TUN_GBP_FLAGS] !== 0 && atLeast(this.ctx.version, '2.10')) {
      this.out.push('tun_erspan_ver=0')
      if (atLeast(this.ctx.version, '2.14')) this.out.push('gtpu_flags=0', 'gtpu_msgtype=0')
    }
    const flags = this.mask[W.TUN_FLAGS]! & 0xf
    if (flags !== 0) this.out.push(`tun_flags=${formatMaskedFlags(this.key[W.TUN_FLAGS]!, flags, TUNNEL_FLAGS, 0xf)}`)
  }

  private vlan(suffix: string, word: number): void {
    const mask = this.mask[word]!
    if (mask === 0) return
    const tci = this.key[word]!
    const vid = mask & 0xfff
    const pcp = mask & 0xe000
    const tagged = (mask & tci & VLAN_CFI) !== 0
    if (tagged && (vid === 0 || vid === 0xfff) && (pcp === 0 || pcp === 0xe000) && (vid | pcp) !== 0) {
      if (vid !== 0) this.out.push(`dl_vlan${suffix}=${tci & 0xfff}`)
      if (pcp !== 0) this.out.push(`dl_vlan_pcp${suffix}=${tci >>> 13}`)
    } else {
      this.out.push(`vlan_tci${suffix}=${hex4(tci)}${(mask & 0xffff) === 0xffff ? '' : `/${hex4(mask)}`}`)
    }
  }

  private network(): void {
    const arp = this.type === ETHERTYPE_ARP || this.type === ETHERTYPE_RARP
    if (this.type === ETHERTYPE_IPV6) {
      this.ipv6('ipv6_src', W.IPV6_SRC)
      this.ipv6('ipv6_dst', W.IPV6_DST)
      const label = this.mask[W.IPV6_LABEL]! & 0xfffff
      if (label !== 0) this.out.push(`ipv6_label=${hex5(this.key[W.IPV6_LABEL]!)}${label === 0xfffff ? '' : `/${hex5(label)}`}`)
    } else {
      this.ipv4(arp ? 'arp_spa' : 'nw_src', W.NW_SRC)
      this.ipv4(arp ? 'arp_tpa' : 'nw_dst', W.NW_DST)
    }
    if (this.showProto) this.decimal(arp ? 'arp_op' : 'nw_proto', W.NW_PROTO)
    if (arp) {
      this.mac('arp_sha', W.ARP_SHA)
      this.mac('arp_tha', W.ARP_THA)
    }
    const tos = this.key[W.NW_TOS]!
    if ((this.mask[W.NW_TOS]! & 0xfc) !== 0) this.out.push(`nw_tos=${tos & 0xfc}`)
    if ((this.mask[W.NW_TOS]! & 3) !== 0) this.out.push(`nw_ecn=${tos & 3}`)
    this.decimal('nw_ttl', W.NW_TTL)
  }

  private mpls(): void {
    const mask = this.mask[W.MPLS_LSE]!
    const lse = this.key[W.MPLS_LSE]!
    if ((mask & 0xfffff000) !== 0) this.out.push(`mpls_label=${lse >>> 12}`)
    if ((mask & 0xe00) !== 0) this.out.push(`mpls_tc=${(lse >>> 9) & 7}`)
    if ((mask & 0xff) !== 0) this.out.push(`mpls_ttl=${lse & 0xff}`)
    if ((mask & 0x100) !== 0) this.out.push(`mpls_bos=${(lse >>> 8) & 1}`)
    for (let i = 1; i < 3; i++) {
      const more = this.mask[W.MPLS_LSE2 + i - 1]!
      if (more === 0) continue
      const value = this.key[W.MPLS_LSE2 + i - 1]!
      this.out.push(more === -1 ? `mpls_lse${i}=${value >>> 0}` : `mpls_lse${i}=${hex8(value)}/${hex8(more)}`)
    }
  }

  private fragment(): void {
    const mask = this.mask[W.NW_FRAG]! & 3
    if (mask !== 0) this.out.push(`nw_frag=${formatFrag(this.key[W.NW_FRAG]!, mask)}`)
  }

  private transport(): void {
    if (this.type === ETHERTYPE_IPV4 && this.proto === PROTO_ICMP) {
      this.be16('icmp_type', W.TP_SRC)
      this.be16('icmp_code', W.TP_DST)
    } else if (this.type === ETHERTYPE_IPV6 && this.proto === PROTO_ICMPV6) {
      this.be16('icmp_type', W.TP_SRC)
      this.be16('icmp_code', W.TP_DST)
      this.ipv6('nd_target', W.ND_TARGET)
      this.mac('nd_sll', W.ARP_SHA)
      this.mac('nd_tll', W.ARP_THA)
      this.decimal('nd_reserved', W.ND_RESERVED)
      this.decimal('nd_options_type', W.ND_OPTIONS_TYPE)
    } else {
      this.be16('tp_src', W.TP_SRC)
      this.be16('tp_dst', W.TP_DST)
    }
    const flags = this.mask[W.TCP_FLAGS]! & 0xfff
    const ip = this.type === ETHERTYPE_IPV4 || this.type === ETHERTYPE_IPV6
    if (flags !== 0 && ip && this.proto === PROTO_TCP) {
      this.out.push(`tcp_flags=${formatMaskedFlags(this.key[W.TCP_FLAGS]!, flags, TCP_FLAG_NAMES, 0xfff)}`)
    }
  }
}

function join64(key: FlowKey, word: number): bigint {
  return (BigInt(key[word]! >>> 0) << 32n) | BigInt(key[word + 1]! >>> 0)
}
