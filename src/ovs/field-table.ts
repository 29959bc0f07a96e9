// The fields of a flow with their names in OpenFlow text (nicira extended matches, OpenFlow extensible matches) and what they need.
import { W } from './flow-key.js'

export type FieldKind =
  | 'decimal'
  | 'hex'
  | 'mac'
  | 'ipv4'
  | 'ipv6'
  | 'port'
  | 'port_oxm'
  | 'ct_state'
  | 'tcp_flags'
  | 'frag'
  | 'tun_flags'
  | 'packet_type'

/** What the rest of a match must say before a field may be looked at. */
export type Prereq =
  | 'none'
  | 'ethernet'
  | 'vlan'
  | 'arp'
  | 'ipv4'
  | 'ipv6'
  | 'ip'
  | 'ct'
  | 'mpls'
  | 'tcp'
  | 'udp'
  | 'sctp'
  | 'icmp'
  | 'icmp6'
  | 'nd'
  | 'nd_solicit'
  | 'nd_advert'

export interface Field {
  readonly name: string
  readonly aliases: readonly string[]
  readonly nxm: string | null
  readonly oxm: string | null
  readonly bits: number
  /** Bytes of the value in a message; decides how values print. */
  readonly bytes: number
  /** First word of the flow key, number of words, and the low bit's place inside the last of them. */
  readonly word: number
  readonly words: number
  readonly shift: number
  readonly maskable: boolean
  readonly writable: boolean
  readonly prereq: Prereq
  readonly kind: FieldKind
  /** First Open vSwitch that knows it; '0' for those that were always there. */
  readonly since: string
}

type Extra = Partial<Pick<Field, 'aliases' | 'nxm' | 'oxm' | 'shift' | 'maskable' | 'writable' | 'prereq' | 'since' | 'words' | 'bytes'>>

function field(name: string, bits: number, word: number, kind: FieldKind, extra: Extra = {}): Field {
  return {
    name,
    aliases: extra.aliases ?? [],
    nxm: extra.nxm ?? null,
    oxm: extra.oxm ?? null,
    bits,
    bytes: extra.bytes ?? bytesOf(bits),
    word,
    words: extra.words ?? Math.ceil(bits / 32),
    shift: extra.shift ?? 0,
    maskable: extra.maskable ?? true,
    writable: extra.writable ?? true,
    prereq: extra.prereq ?? 'none',
    kind,
    since: extra.since ?? '0',
  }
}

function bytesOf(bits: number): number {
  if (bits <= 8) return 1
  if (bits <= 16) return 2
  if (bits <= 32) return 4
  if (bits <= 48) return 6
  return bits <= 64 ? 8 : 16
}

const READ = { writable: false }
const EXACT = { maskable: false }
const FIXED = { maskable: false, writable: false }

function registers(): Field[] {
  const found: Field[] = []
  for (let i = 0; i < 16; i++) {
    found.push(field(`reg${i}`, 32, W.REG0 + i, 'hex', { nxm: `NXM_NX_REG${i}`, since: i < 8 ? '0' : '2.4' }))
  }
  for (let i = 0; i < 8; i++) found.push(field(`xreg${i}`, 64, W.REG0 + 2 * i, 'hex', { oxm: `OXM_OF_PKT_REG${i}`, since: '2.4' }))
  for (let i = 0; i < 4; i++) found.push(field(`xxreg${i}`, 128, W.REG0 + 4 * i, 'hex', { nxm: `NXM_NX_XXREG${i}`, since: '2.6' }))
  return found
}

function metadataFields(): Field[] {
  return [
    field('dp_hash', 32, W.DP_HASH, 'hex', { nxm: 'NXM_NX_DP_HASH', oxm: 'NXOXM_ET_DP_HASH', ...READ, since: '2.2' }),
    field('recirc_id', 32, W.RECIRC_ID, 'decimal', { nxm: 'NXM_NX_RECIRC_ID', ...FIXED, since: '2.2' }),
    field('packet_type', 32, W.PACKET_TYPE, 'packet_type', { oxm: 'OXM_OF_PACKET_TYPE', ...FIXED, since: '2.8' }),
    field('conj_id', 32, W.CONJ_ID, 'decimal', { nxm: 'NXM_NX_CONJ_ID', ...FIXED, since: '2.4' }),
    field('tun_id', 64, W.TUN_ID, 'hex', { aliases: ['tunnel_id'], nxm: 'NXM_NX_TUN_ID', oxm: 'OXM_OF_TUNNEL_ID' }),
    field('tun_src', 32, W.TUN_SRC, 'ipv4', { nxm: 'NXM_NX_TUN_IPV4_SRC' }),
    field('tun_dst', 32, W.TUN_DST, 'ipv4', { nxm: 'NXM_NX_TUN_IPV4_DST' }),
    field('tun_ipv6_src', 128, W.TUN_IPV6_SRC, 'ipv6', { nxm: 'NXM_NX_TUN_IPV6_SRC', since: '2.5' }),
    field('tun_ipv6_dst', 128, W.TUN_IPV6_DST, 'ipv6', { nxm: 'NXM_NX_TUN_IPV6_DST', since: '2.5' }),
    field('tun_flags', 1, W.TUN_FLAGS, 'tun_flags', { nxm: 'NXM_NX_TUN_FLAGS', since: '2.5', bytes: 2 }),
    field('tun_ttl', 8, W.TUN_TTL, 'decimal', FIXED),
    field('tun_tos', 8, W.TUN_TOS, 'decimal', FIXED),
    field('tun_gbp_id', 16, W.TUN_GBP_ID, 'decimal', { nxm: 'NXM_NX_TUN_GBP_ID', since: '2.4' }),
    field('tun_gbp_flags', 8, W.TUN_GBP_FLAGS, 'hex', { nxm: 'NXM_NX_TUN_GBP_FLAGS', since: '2.4' }),
    field('metadata', 64, W.METADATA, 'hex', { oxm: 'OXM_OF_METADATA' }),
    field('in_port', 16, W.IN_PORT, 'port', { nxm: 'NXM_OF_IN_PORT', ...EXACT }),
    field('in_port_oxm', 32, W.IN_PORT, 'port_oxm', { oxm: 'OXM_OF_IN_PORT', ...EXACT }),
    field('actset_output', 32, W.ACTSET_OUTPUT, 'port_oxm', { oxm: 'ONFOXM_ET_ACTSET_OUTPUT', ...FIXED, since: '2.4' }),
    field('skb_priority', 32, W.SKB_PRIORITY, 'hex', FIXED),
    field('pkt_mark', 32, W.PKT_MARK, 'hex', { nxm: 'NXM_NX_PKT_MARK' }),
  ]
}

function conntrackFields(): Field[] {
  const ct = { ...READ, prereq: 'ct', since: '2.8' } as const
  return [
    field('ct_state', 32, W.CT_STATE, 'ct_state', { nxm: 'NXM_NX_CT_STATE', ...READ, since: '2.5' }),
    field('ct_zone', 16, W.CT_ZONE, 'hex', { nxm: 'NXM_NX_CT_ZONE', ...FIXED, since: '2.5' }),
    field('ct_mark', 32, W.CT_MARK, 'hex', { nxm: 'NXM_NX_CT_MARK', since: '2.5' }),
    field('ct_label', 128, W.CT_LABEL, 'hex', { nxm: 'NXM_NX_CT_LABEL', since: '2.5' }),
    field('ct_nw_proto', 8, W.CT_NW_PROTO, 'decimal', { nxm: 'NXM_NX_CT_NW_PROTO', ...ct, ...FIXED }),
    field('ct_nw_src', 32, W.CT_NW_SRC, 'ipv4', { nxm: 'NXM_NX_CT_NW_SRC', ...ct }),
    field('ct_nw_dst', 32, W.CT_NW_DST, 'ipv4', { nxm: 'NXM_NX_CT_NW_DST', ...ct }),
    field('ct_ipv6_src', 128, W.CT_IPV6_SRC, 'ipv6', { nxm: 'NXM_NX_CT_IPV6_SRC', ...ct }),
    field('ct_ipv6_dst', 128, W.CT_IPV6_DST, 'ipv6', { nxm: 'NXM_NX_CT_IPV6_DST', ...ct }),
    field('ct_tp_src', 16, W.CT_TP_SRC, 'decimal', { nxm: 'NXM_NX_CT_TP_SRC', ...ct }),
    field('ct_tp_dst', 16, W.CT_TP_DST, 'decimal', { nxm: 'NXM_NX_CT_TP_DST', ...ct }),
  ]
}

function linkFields(): Field[] {
  const eth = { prereq: 'ethernet' } as const
  const mpls = { prereq: 'mpls', ...EXACT } as const
  return [
    field('eth_src', 48, W.ETH_SRC, 'mac', { aliases: ['dl_src'], nxm: 'NXM_OF_ETH_SRC', oxm: 'OXM_OF_ETH_SRC', ...eth }),
    field('eth_dst', 48, W.ETH_DST, 'mac', { aliases: ['dl_dst'], nxm: 'NXM_OF_ETH_DST', oxm: 'OXM_OF_ETH_DST', ...eth }),
    field('eth_type', 16, W.ETH_TYPE, 'hex', { aliases: ['dl_type'], nxm: 'NXM_OF_ETH_TYPE', oxm: 'OXM_OF_ETH_TYPE', ...FIXED, ...eth }),
    field('vlan_tci', 16, W.VLAN_TCI, 'hex', { nxm: 'NXM_OF_VLAN_TCI', ...eth }),
    field('dl_vlan', 12, W.VLAN_TCI, 'decimal', { ...EXACT, ...eth }),
    field('vlan_vid', 12, W.VLAN_TCI, 'decimal', { oxm: 'OXM_OF_VLAN_VID', ...eth }),
    field('dl_vlan_pcp', 3, W.VLAN_TCI, 'decimal', { shift: 13, ...EXACT, ...eth }),
    field('vlan_pcp', 3, W.VLAN_TCI, 'decimal', { oxm: 'OXM_OF_VLAN_PCP', shift: 13, ...EXACT, prereq: 'vlan' }),
    field('mpls_label', 20, W.MPLS_LSE, 'decimal', { oxm: 'OXM_OF_MPLS_LABEL', shift: 12, ...mpls }),
    field('mpls_tc', 3, W.MPLS_LSE, 'decimal', { oxm: 'OXM_OF_MPLS_TC', shift: 9, ...mpls }),
    field('mpls_bos', 1, W.MPLS_LSE, 'decimal', { oxm: 'OXM_OF_MPLS_BOS', shift: 8, ...mpls, ...READ }),
    field('mpls_ttl', 8, W.MPLS_LSE, 'decimal', { nxm: 'NXM_NX_MPLS_TTL', ...mpls, since: '2.6' }),
  ]
}

function networkFields(): Field[] {
  const ip = { prereq: 'ip', ...EXACT } as const
  const v4 = { prereq: 'ipv4' } as const
  const v6 = { prereq: 'ipv6' } as const
  const arp = { prereq: 'arp' } as const
  return [
    field('ip_src', 32, W.NW_SRC, 'ipv4', { aliases: ['nw_src'], nxm: 'NXM_OF_IP_SRC', oxm: 'OXM_OF_IPV4_SRC', ...v4 }),
    field('ip_dst', 32, W.NW_DST, 'ipv4', { aliases: ['nw_dst'], nxm: 'NXM_OF_IP_DST', oxm: 'OXM_OF_IPV4_DST', ...v4 }),
    field('ipv6_src', 128, W.IPV6_SRC, 'ipv6', { nxm: 'NXM_NX_IPV6_SRC', oxm: 'OXM_OF_IPV6_SRC', ...v6 }),
    field('ipv6_dst', 128, W.IPV6_DST, 'ipv6', { nxm: 'NXM_NX_IPV6_DST', oxm: 'OXM_OF_IPV6_DST', ...v6 }),
    field('ipv6_label', 20, W.IPV6_LABEL, 'hex', { nxm: 'NXM_NX_IPV6_LABEL', oxm: 'OXM_OF_IPV6_FLABEL', ...v6 }),
    field('nw_proto', 8, W.NW_PROTO, 'decimal', { aliases: ['ip_proto'], nxm: 'NXM_OF_IP_PROTO', oxm: 'OXM_OF_IP_PROTO', ...ip, ...READ }),
    field('nw_tos', 8, W.NW_TOS, 'decimal', { nxm: 'NXM_OF_IP_TOS', ...ip }),
    field('ip_dscp', 6, W.NW_TOS, 'decimal', { oxm: 'OXM_OF_IP_DSCP', shift: 2, ...ip }),
    field('nw_ecn', 2, W.NW_TOS, 'decimal', { aliases: ['ip_ecn'], nxm: 'NXM_NX_IP_ECN', oxm: 'OXM_OF_IP_ECN', ...ip }),
    field('nw_ttl', 8, W.NW_TTL, 'decimal', { nxm: 'NXM_NX_IP_TTL', ...ip }),
    field('ip_frag', 2, W.NW_FRAG, 'frag', { aliases: ['nw_frag'], nxm: 'NXM_NX_IP_FRAG', prereq: 'ip', ...READ }),
    field('arp_op', 16, W.NW_PROTO, 'decimal', { nxm: 'NXM_OF_ARP_OP', oxm: 'OXM_OF_ARP_OP', ...arp, ...EXACT }),
    field('arp_spa', 32, W.NW_SRC, 'ipv4', { nxm: 'NXM_OF_ARP_SPA', oxm: 'OXM_OF_ARP_SPA', ...arp }),
    field('arp_tpa', 32, W.NW_DST, 'ipv4', { nxm: 'NXM_OF_ARP_TPA', oxm: 'OXM_OF_ARP_TPA', ...arp }),
    field('arp_sha', 48, W.ARP_SHA, 'mac', { nxm: 'NXM_NX_ARP_SHA', oxm: 'OXM_OF_ARP_SHA', ...arp }),
    field('arp_tha', 48, W.ARP_THA, 'mac', { nxm: 'NXM_NX_ARP_THA', oxm: 'OXM_OF_ARP_THA', ...arp }),
  ]
}

function transportFields(): Field[] {
  const port = (proto: 'tcp' | 'udp' | 'sctp', side: 'src' | 'dst') => {
    const suffix = `${proto.toUpperCase()}_${side.toUpperCase()}`
    return field(`${proto}_${side}`, 16, side === 'src' ? W.TP_SRC : W.TP_DST, 'decimal', {
      aliases: proto === 'tcp' ? [`tp_${side}`] : [],
      nxm: proto === 'sctp' ? null : `NXM_OF_${suffix}`,
      oxm: `OXM_OF_${suffix}`,
      prereq: proto,
    })
  }
  const nd = { prereq: 'nd' } as const
  return [
    port('tcp', 'src'),
    port('tcp', 'dst'),
    field('tcp_flags', 12, W.TCP_FLAGS, 'tcp_flags', {
      nxm: 'NXM_NX_TCP_FLAGS',
      oxm: 'ONFOXM_ET_TCP_FLAGS',
      prereq: 'tcp',
      ...READ,
      since: '2.1',
    }),
    port('udp', 'src'),
    port('udp', 'dst'),
    port('sctp', 'src'),
    port('sctp', 'dst'),
    field('icmp_type', 8, W.TP_SRC, 'decimal', { nxm: 'NXM_OF_ICMP_TYPE', oxm: 'OXM_OF_ICMPV4_TYPE', prereq: 'icmp', ...EXACT }),
    field('icmp_code', 8, W.TP_DST, 'decimal', { nxm: 'NXM_OF_ICMP_CODE', oxm: 'OXM_OF_ICMPV4_CODE', prereq: 'icmp', ...EXACT }),
    field('icmpv6_type', 8, W.TP_SRC, 'decimal', { nxm: 'NXM_NX_ICMPV6_TYPE', oxm: 'OXM_OF_ICMPV6_TYPE', prereq: 'icmp6', ...EXACT }),
    field('icmpv6_code', 8, W.TP_DST, 'decimal', { nxm: 'NXM_NX_ICMPV6_CODE', oxm: 'OXM_OF_ICMPV6_CODE', prereq: 'icmp6', ...EXACT }),
    field('nd_target', 128, W.ND_TARGET, 'ipv6', { nxm: 'NXM_NX_ND_TARGET', oxm: 'OXM_OF_IPV6_ND_TARGET', ...nd }),
    field('nd_sll', 48, W.ARP_SHA, 'mac', { nxm: 'NXM_NX_ND_SLL', oxm: 'OXM_OF_IPV6_ND_SLL', prereq: 'nd_solicit' }),
    field('nd_tll', 48, W.ARP_THA, 'mac', { nxm: 'NXM_NX_ND_TLL', oxm: 'OXM_OF_IPV6_ND_TLL', prereq: 'nd_advert' }),
    field('nd_reserved', 32, W.ND_RESERVED, 'decimal', { oxm: 'ERICOXM_OF_ICMPV6_ND_RESERVED', ...EXACT, ...nd, since: '2.11' }),
    field('nd_options_type', 8, W.ND_OPTIONS_TYPE, 'decimal', { oxm: 'ERICOXM_OF_ICMPV6_ND_OPTIONS_TYPE', ...EXACT, ...nd, since: '2.11' }),
  ]
}

/** In the order of Open vSwitch's own numbering. */
export const FIELDS: readonly Field[] = [
  ...metadataFields(),
  ...conntrackFields(),
  ...registers(),
  ...linkFields(),
  ...networkFields(),
  ...transportFields(),
]
