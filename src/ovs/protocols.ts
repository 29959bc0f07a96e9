// Flow formats: which ways of writing a flow into an OpenFlow message can say what a flow needs.
import type { Field } from './field-table.js'
import type { OpenFlowVersion } from './version.js'

/** A set of formats, one bit each. */
export type Protocols = number

/** OpenFlow 1.0's own match of 40 bytes; the second adds the number of a table to flow mods. */
const P_OF10_STD = 1
const P_OF10_STD_TID = 2
/** OpenFlow 1.0 with the Nicira extended match. */
const P_OF10_NXM = 4
const P_OF10_NXM_TID = 8
export const P_OF10 = P_OF10_STD | P_OF10_STD_TID
export const P_NXM = P_OF10_NXM | P_OF10_NXM_TID
export const P_OF11 = 16
export const P_OF12 = 32
export const P_OF13 = 64
export const P_OF14 = 128
export const P_OF15_UP = 256

export const P_ANY: Protocols = 511
export const P_OXM = P_OF12 | P_OF13 | P_OF14 | P_OF15_UP
export const P_OF11_UP = P_OF11 | P_OXM
export const P_OF13_UP = P_OF13 | P_OF14 | P_OF15_UP
export const P_NXM_OXM = P_NXM | P_OXM
export const P_NXM_OF11_UP = P_NXM | P_OF11_UP
/** Formats in which a flow mod can name a table. */
export const P_TID = P_OF10_STD_TID | P_OF10_NXM_TID | P_OF11_UP

const OF_VERSION: Record<OpenFlowVersion, Protocols> = {
  '1.0': P_OF10 | P_NXM,
  '1.1': P_OF11,
  '1.2': P_OF12,
  '1.3': P_OF13,
  '1.4': P_OF14,
  '1.5': P_OF15_UP,
}

export function protocolsOf(version: OpenFlowVersion): Protocols {
  return OF_VERSION[version]
}

export function versionOfProtocol(protocol: Protocols): OpenFlowVersion {
  if ((protocol & (P_OF10 | P_NXM)) !== 0) return '1.0'
  if ((protocol & P_OF11) !== 0) return '1.1'
  if ((protocol & P_OF12) !== 0) return '1.2'
  if ((protocol & P_OF13) !== 0) return '1.3'
  return (protocol & P_OF14) !== 0 ? '1.4' : '1.5'
}

/** The lowest format of a set: what is tried first. */
export function firstProtocol(set: Protocols): Protocols {
  return set & -set
}

const ABBREVIATIONS: readonly (readonly [Protocols, string])[] = [
  [P_ANY, 'any'],
  [P_OF10, 'OpenFlow10'],
  [P_NXM, 'NXM'],
  [P_OXM, 'OXM'],
]
const SINGLE: readonly (readonly [Protocols, string])[] = [
  [P_OF10_STD, 'OpenFlow10-table_id'],
  [P_OF10_STD_TID, 'OpenFlow10+table_id'],
  [P_OF10_NXM, 'NXM-table_id'],
  [P_OF10_NXM_TID, 'NXM+table_id'],
  [P_OF11, 'OpenFlow11'],
  [P_OF12, 'OXM-OpenFlow12'],
  [P_OF13, 'OXM-OpenFlow13'],
  [P_OF14, 'OXM-OpenFlow14'],
  [P_OF15_UP, 'OXM-OpenFlow15'],
]

/** A flow format by its name, whatever its case. */
export function protocolsNamed(word: string): Protocols | undefined {
  return [...ABBREVIATIONS, ...SINGLE].find(([, name]) => name.toLowerCase() === word.toLowerCase())?.[0]
}

export function protocolsText(set: Protocols): string {
  if (set === 0) return 'none'
  const found: string[] = []
  let rest = set
  for (const names of [ABBREVIATIONS, SINGLE]) {
    for (const [bits, name] of names) {
      if ((rest & bits) !== bits) continue
      found.push(name)
      rest &= ~bits
    }
  }
  return found.join(',')
}

/** Kinds of mask that OpenFlow 1.0's own match can say of a field. */
const OF10_FIELDS: Record<string, 'exact' | 'cidr'> = {
  in_port: 'exact',
  eth_src: 'exact',
  eth_dst: 'exact',
  eth_type: 'exact',
  vlan_tci: 'exact',
  dl_vlan: 'exact',
  vlan_vid: 'exact',
  dl_vlan_pcp: 'exact',
  vlan_pcp: 'exact',
  ip_src: 'cidr',
  ip_dst: 'cidr',
  nw_proto: 'exact',
  nw_tos: 'exact',
  ip_dscp: 'exact',
  arp_op: 'exact',
  arp_spa: 'cidr',
  arp_tpa: 'cidr',
  tcp_src: 'exact',
  tcp_dst: 'exact',
  udp_src: 'exact',
  udp_dst: 'exact',
  icmp_type: 'exact',
  icmp_code: 'exact',
}
const OF11_BITWISE = new Set(['metadata', 'eth_src', 'eth_dst', 'ip_src', 'ip_dst', 'arp_spa', 'arp_tpa'])
const OF11_EXACT = new Set(['in_port_oxm', 'mpls_label', 'mpls_tc', 'sctp_src', 'sctp_dst', 'nw_ecn'])

/** Formats that can say a match on this field with a mask of this kind. */
export function protocolsForField(field: Field, mask: 'exact' | 'cidr' | 'bitwise'): Protocols {
  if (field.name === 'dl_vlan' || field.name === 'dl_vlan_pcp') return mask === 'exact' ? P_ANY : 0
  let set = field.nxm !== null || field.oxm !== null ? P_NXM_OXM : 0
  const old = OF10_FIELDS[field.name]
  if (old !== undefined && (mask === 'exact' || (mask === 'cidr' && old === 'cidr'))) set |= P_OF10
  if (OF11_BITWISE.has(field.name) || (mask === 'exact' && (old !== undefined || OF11_EXACT.has(field.name)))) set |= P_OF11
  return set
}
