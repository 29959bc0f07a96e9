// Which bits of a flow key a translation has looked at.
import type { FlowKey } from './flow-key.js'
import { FRAG_LATER, VLAN_CFI, W } from './flow-key.js'
import { isMplsType, LSE_WORDS } from './mpls.js'
import { takeEmpty } from './spare-keys.js'
import type { Translation } from './translate.js'
import type { TranslateInput } from './translate-state.js'

const ETH_IPV4 = 0x0800
const ETH_IPV6 = 0x86dd
const TAGS = [W.VLAN_TCI, W.VLAN_TCI2] as const

export function isIp(key: FlowKey): boolean {
  const type = key[W.ETH_TYPE]
  return type === ETH_IPV4 || type === ETH_IPV6
}

/** Some fields are looked at always. */
export function initWildcards(input: TranslateInput): FlowKey {
  const mask = takeEmpty()
  const { key } = input
  mask[W.IN_PORT] = 0xffff
  // All bits: the mask of a packet, not of a flow that somebody wrote.
  mask[W.ETH_TYPE] = -1
  mask[W.RECIRC_ID] = -1
  mask[W.PACKET_TYPE] = -1
  if (isIp(key)) mask[W.NW_FRAG] = 3
  if (key[W.TUN_DST] === 0) return mask
  mask[W.TUN_ID] = -1
  mask[W.TUN_ID + 1] = -1
  mask[W.TUN_SRC] = -1
  mask[W.TUN_DST] = -1
  mask[W.TUN_TOS] = 0xff
  mask[W.TUN_FLAGS] = 0xe
  // Congestion marks go from the outer header to the inner one.
  if (isIp(key) && (key[W.TUN_TOS]! & 3) === 3) mask[W.NW_TOS]! |= 3
  return mask
}

/** What the datapath cannot tell apart or does not have is not looked at. */
export function finishWildcards(x: Translation): void {
  const { wildcards: mask, original: key } = x
  // By hand, as in extractKey.
  for (let word = W.METADATA; word < W.REG0 + 16; word++) mask[word] = 0
  mask[W.ACTSET_OUTPUT] = 0
  mask[W.CONJ_ID] = 0
  if (!isMplsType(key[W.ETH_TYPE]!)) for (const word of LSE_WORDS) mask[word] = 0
  const proto = x.key[W.NW_PROTO]
  if ((key[W.ETH_TYPE] === ETH_IPV4 && proto === 1) || (key[W.ETH_TYPE] === ETH_IPV6 && proto === 58)) {
    mask[W.TP_SRC]! &= 0xff
    mask[W.TP_DST]! &= 0xff
  }
  for (const word of TAGS) {
    if (mask[word] !== 0) mask[word]! |= VLAN_CFI
    // The oldest versions told that they had looked for a tag.
    if ((key[word]! & VLAN_CFI) === 0 && (word === W.VLAN_TCI2 || x.bridge.vswitch.atLeast(2, 1))) mask[word] = 0
  }
  if ((key[W.NW_FRAG]! & FRAG_LATER) !== 0) {
    mask[W.TP_SRC] = 0
    mask[W.TP_DST] = 0
  }
  if (key[W.TUN_DST] === 0) for (let word = W.TUN_ID; word <= W.TUN_FLAGS; word++) mask[word] = 0
}
