// Actions that change, put in front or take away one header of the packet: VLAN tags, addresses, TOS and TTL, ports, MPLS labels.
import type { Ipv4Address } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'

export interface ModVlanVid {
  readonly type: 'mod_vlan_vid'
  readonly vid: number
  /** mod_vlan_vid makes a tag where there is none, set_vlan_vid does not. */
  readonly pushes: boolean
  /** The match behind which it stands makes sure of a tag. */
  readonly flowHasVlan: boolean
}

export interface ModVlanPcp {
  readonly type: 'mod_vlan_pcp'
  readonly pcp: number
  readonly pushes: boolean
  readonly flowHasVlan: boolean
}

export interface StripVlan {
  readonly type: 'strip_vlan'
  /** Written pop_vlan, as OpenFlow 1.1 calls it. */
  readonly pop: boolean
}

export interface PushVlan {
  readonly type: 'push_vlan'
  readonly tpid: number
}

export interface ModMac {
  readonly type: 'mod_dl_src' | 'mod_dl_dst'
  readonly mac: MacAddress
}

export interface ModAddress {
  readonly type: 'mod_nw_src' | 'mod_nw_dst'
  readonly address: Ipv4Address
}

/** The octet without its two lowest bits. */
export interface ModTos {
  readonly type: 'mod_nw_tos'
  readonly tos: number
}

export interface ModEcn {
  readonly type: 'mod_nw_ecn'
  readonly ecn: number
}

export interface ModTtl {
  readonly type: 'mod_nw_ttl'
  readonly ttl: number
}

/** `proto` is what the match said when the action was written: it names the field in newer OpenFlow (tcp_src, udp_src). */
export interface ModTransport {
  readonly type: 'mod_tp_src' | 'mod_tp_dst'
  readonly port: number
  readonly proto: number
}

export interface DecTtl {
  readonly type: 'dec_ttl'
  /** Controllers told when the TTL runs out; [0] is the plain form. */
  readonly controllers: readonly number[]
}

export interface PushMpls {
  readonly type: 'push_mpls'
  readonly ethType: number
}

export interface PopMpls {
  readonly type: 'pop_mpls'
  readonly ethType: number
}

export interface MplsNumber {
  readonly type: 'set_mpls_label' | 'set_mpls_tc' | 'set_mpls_ttl'
  readonly value: number
}

export interface DecMplsTtl {
  readonly type: 'dec_mpls_ttl'
}

export type HeaderAction =
  | ModVlanVid
  | ModVlanPcp
  | StripVlan
  | PushVlan
  | ModMac
  | ModAddress
  | ModTos
  | ModEcn
  | ModTtl
  | ModTransport
  | DecTtl
  | PushMpls
  | PopMpls
  | MplsNumber
  | DecMplsTtl
