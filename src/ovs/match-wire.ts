// What a match becomes on its way through a message: each flow format has its own idea of VLAN tags.
import { VLAN_CFI, W } from './flow-key.js'
import { copyMatch, type Match } from './match.js'
import { dropUnsayable } from './match-set.js'
import { P_NXM, P_OF10, P_OF11, type Protocols } from './protocols.js'

/** `protocol` is one format. */
export function matchOnWire(match: Match, protocol: Protocols): Match {
  const sent = copyMatch(match)
  dropUnsayable(sent)
  const tci = sent.key[W.VLAN_TCI]!
  const mask = sent.mask[W.VLAN_TCI]!
  if (mask === 0 || (protocol & P_NXM) !== 0) return sent
  if ((protocol & (P_OF10 | P_OF11)) !== 0) setTci(sent, ...of10Tci(tci, mask))
  else setTci(sent, ...oxmTci(tci, mask))
  return sent
}

function setTci(match: Match, tci: number, mask: number): void {
  match.key[W.VLAN_TCI] = tci & mask
  match.mask[W.VLAN_TCI] = mask
}

function of10Tci(tci: number, mask: number): [number, number] {
  if ((mask & VLAN_CFI) !== 0 && (tci & VLAN_CFI) === 0) return [0, 0xffff]
  const vid = (mask & 0xfff) === 0 ? 0 : 0x1fff
  const pcp = (mask & 0xe000) === 0 ? 0 : 0xf000
  return [tci | VLAN_CFI, vid | pcp]
}

function oxmTci(tci: number, mask: number): [number, number] {
  const vid = mask & 0x1fff
  // vlan_pcp can only be said behind a vlan_vid that is not "none".
  return (tci & 0x1fff) !== 0 && (mask & 0xe000) !== 0 ? [tci | VLAN_CFI, vid | 0xf000] : [tci, vid]
}
