// Labels: pushed, popped, changed. What is behind a popped label is only known when the packet comes back from the datapath.
import type { OfAction } from './actions/action.js'
import type { FlowKey } from './flow-key.js'
import { W } from './flow-key.js'
import { countLabels, isMplsType, LSE_WORDS, lseAt, MAX_LABELS, MPLS_BOS, MPLS_TTL, shiftIn, shiftOut } from './mpls.js'
import type { Translation } from './translate.js'
import { composeController } from './translate-ct.js'
import { recirculate } from './translate-freeze.js'
import { isIp } from './wildcards.js'

const DSCP = 0xfc

export function pushLabel(x: Translation, type: number): void {
  const { key, wildcards } = x
  const count = countLabels(key, wildcards)
  if (count >= MAX_LABELS) return tooMany(x, 'push')
  if (count === 0) {
    x.commit()
    shiftIn(key, firstLse(key, wildcards))
    forgetNetwork(key)
  } else {
    for (let i = 0; i < count; i++) wildcards[LSE_WORDS[i]!] = -1
    shiftIn(key, lseAt(key, 0) & ~MPLS_BOS)
  }
  key[W.ETH_TYPE] = type
}

function tooMany(x: Translation, what: 'push' | 'pop'): void {
  const why =
    what === 'push' ? `would have more MPLS LSEs than the ${MAX_LABELS} supported.` : `has more MPLS LSEs than the ${MAX_LABELS} supported.`
  x.sink?.error(`bridge ${x.bridge.name}: dropping packet on which an MPLS ${what} action can't be performed as it ${why}`)
  x.error = 'Too many MPLS labels'
}

/** Explicit null of the network protocol, with its priority and time to live. */
function firstLse(key: FlowKey, wildcards: FlowKey): number {
  let tc = 0
  let ttl = 64
  if (isIp(key)) {
    wildcards[W.NW_TOS]! |= DSCP
    wildcards[W.NW_TTL] = 0xff
    tc = (key[W.NW_TOS]! >> 2) & 7
    if (key[W.NW_TTL] !== 0) ttl = key[W.NW_TTL]!
  }
  const label = key[W.ETH_TYPE] === 0x86dd ? 2 : 0
  return (label << 12) | (tc << 9) | MPLS_BOS | ttl
}

function forgetNetwork(key: FlowKey): void {
  key.fill(0, W.NW_SRC, W.ARP_THA + 2)
  key.fill(0, W.IPV6_SRC, W.ND_OPTIONS_TYPE + 1)
  key[W.DP_HASH] = 0
}

export function popLabel(x: Translation, type: number): void {
  const { key, wildcards } = x
  const count = countLabels(key, wildcards)
  if (count === 0) return
  if (count === MAX_LABELS && (lseAt(key, count - 1) & MPLS_BOS) === 0) return tooMany(x, 'pop')
  for (let i = 1; i < count; i++) wildcards[LSE_WORDS[i]!] = -1
  shiftOut(key)
  key[W.ETH_TYPE] = type
  if (!isMplsType(type)) x.wasMpls = true
}

/** The bits of `mask` of the outermost entry. */
export function setLabelBits(x: Translation, value: number, mask: number): void {
  const { key, wildcards } = x
  if (!isMplsType(key[W.ETH_TYPE]!)) return
  wildcards[W.MPLS_LSE]! |= mask
  key[W.MPLS_LSE] = (key[W.MPLS_LSE]! & ~mask) | (value & mask)
}

/** False: it is at its end. */
export function decLabelTtl(x: Translation): boolean {
  const { key, wildcards } = x
  if (!isMplsType(key[W.ETH_TYPE]!)) return true
  countLabels(key, wildcards)
  wildcards[W.MPLS_LSE]! |= MPLS_TTL
  if ((key[W.MPLS_LSE]! & MPLS_TTL) > 1) {
    key[W.MPLS_LSE]!--
    return true
  }
  composeController(x, 0xffff, 'invalid_ttl', 0)
  x.sink?.warn('MPLS decrement TTL exception')
  x.stopped = true
  return false
}

function isNetwork(word: number): boolean {
  return (word >= W.NW_SRC && word < W.TUN_ID) || (word >= W.IPV6_SRC && word <= W.ND_OPTIONS_TYPE)
}

/** Actions that do not look behind the label. */
function canWait(action: OfAction): boolean {
  switch (action.type) {
    case 'output':
    case 'output_trunc':
    case 'output_reg':
    case 'enqueue':
    case 'mod_vlan_vid':
    case 'mod_vlan_pcp':
    case 'mod_dl_src':
    case 'mod_dl_dst':
    case 'set_tunnel':
    case 'set_queue':
    case 'group':
      return true
    case 'set_field':
    case 'load':
      return !isNetwork((action.type === 'load' ? action.dst.field : action.field).word)
    default:
      return false
  }
}

/** Before the first of `actions`: true when the packet goes back to the datapath first, to be looked at again; the rest is done then. */
export function recirculatesAfterPop(x: Translation, actions: readonly OfAction[]): boolean {
  if (x.exited || canWait(actions[0]!)) return false
  x.wasMpls = false
  recirculate(x, actions)
  return true
}
