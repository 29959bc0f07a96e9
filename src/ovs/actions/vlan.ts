// mod_vlan_vid, mod_vlan_pcp, strip_vlan, push_vlan, pop_vlan.
import { theField, wholeField } from '../fields.js'
import { VLAN_CFI, W } from '../flow-key.js'
import { FlowTextError } from '../flow-text-error.js'
import { parseU8, parseU16 } from '../number-text.js'
import { OfError } from '../of-error.js'
import { P_OF11_UP } from '../protocols.js'
import type { TranslateContext } from '../translate-context.js'
import { atLeast } from '../version.js'
import type { OfAction } from './action.js'
import { inconsistent } from './field-check.js'
import type { ModVlanPcp, ModVlanVid, PushVlan, StripVlan } from './header-action.js'
import type { ActionCheck, ActionKind, ActionParse, ActionWords, Wire } from './kind.js'
import { sendsSetField } from './kind.js'

const VID = wholeField(theField('dl_vlan'))
const PCP = wholeField(theField('dl_vlan_pcp'))
const VLAN_VID = theField('vlan_vid')
const VLAN_PCP = theField('vlan_pcp')

function parseVid(argument: string, pushes: boolean): OfAction {
  const vid = parseU16(argument, 'VLAN VID')
  if (vid > 0xfff) throw new FlowTextError(`${argument}: not a valid VLAN VID`)
  return { type: 'mod_vlan_vid', vid, pushes, flowHasVlan: false }
}

function parsePcp(argument: string, pushes: boolean): OfAction {
  const pcp = parseU8(argument, 'VLAN PCP')
  if (pcp > 7) throw new FlowTextError(`${argument}: not a valid VLAN PCP`)
  return { type: 'mod_vlan_pcp', pcp, pushes, flowHasVlan: false }
}

function parsePush(argument: string, parse: ActionParse): OfAction {
  parse.usable &= P_OF11_UP
  const tpid = parseU16(argument, 'ethertype')
  if (tpid !== 0x8100 && tpid !== 0x88a8) throw new FlowTextError(`${argument}: not a valid VLAN ethertype`)
  return { type: 'push_vlan', tpid }
}

export const vlanWords: ActionWords = {
  mod_vlan_vid: (argument) => parseVid(argument, true),
  set_vlan_vid: (argument) => parseVid(argument, false),
  mod_vlan_pcp: (argument) => parsePcp(argument, true),
  set_vlan_pcp: (argument) => parsePcp(argument, false),
  strip_vlan: () => ({ type: 'strip_vlan', pop: false }),
  pop_vlan: () => ({ type: 'strip_vlan', pop: true }),
  push_vlan: parsePush,
}

/** Tells whether there is a tag already, and notes that there is one now. */
function checkTag(a: ModVlanVid | ModVlanPcp, check: ActionCheck): boolean {
  const has = (check.key[W.VLAN_TCI]! & VLAN_CFI) !== 0
  if (!has && !a.pushes) inconsistent(check)
  check.key[W.VLAN_TCI] = check.key[W.VLAN_TCI]! | VLAN_CFI
  return has
}

/** OpenFlow 1.1 and later push the tag first. */
function pushed(a: ModVlanVid | ModVlanPcp, wire: Wire): OfAction[] {
  return wire.openflow !== '1.0' && a.pushes && !a.flowHasVlan ? [{ type: 'push_vlan', tpid: 0x8100 }] : []
}

function hasTag(x: TranslateContext): boolean {
  x.unwildcard(VLAN_VID)
  return (x.key[W.VLAN_TCI]! & VLAN_CFI) !== 0
}

export const modVlanVid: ActionKind<ModVlanVid> = {
  format: (a) => `${a.pushes ? 'mod_vlan_vid' : 'set_vlan_vid'}:${a.vid}`,
  check: (a, check) => ({ type: a.type, vid: a.vid, pushes: a.pushes, flowHasVlan: checkTag(a, check) }),
  wire(a, wire) {
    if (sendsSetField(wire)) {
      return [...pushed(a, wire), { type: 'set_field', field: VLAN_VID, value: BigInt(a.vid | VLAN_CFI), mask: 0xffffn }]
    }
    return [...pushed(a, wire), { type: a.type, vid: a.vid, pushes: wire.openflow === '1.0', flowHasVlan: a.flowHasVlan }]
  },
  translate(a, x) {
    if (a.pushes || hasTag(x)) x.write(VID, BigInt(a.vid))
  },
}

export const modVlanPcp: ActionKind<ModVlanPcp> = {
  format: (a) => `${a.pushes ? 'mod_vlan_pcp' : 'set_vlan_pcp'}:${a.pcp}`,
  check: (a, check) => ({ type: a.type, pcp: a.pcp, pushes: a.pushes, flowHasVlan: checkTag(a, check) }),
  wire(a, wire) {
    if (sendsSetField(wire)) return [...pushed(a, wire), { type: 'set_field', field: VLAN_PCP, value: BigInt(a.pcp), mask: 0xffn }]
    return [...pushed(a, wire), { type: a.type, pcp: a.pcp, pushes: wire.openflow === '1.0', flowHasVlan: a.flowHasVlan }]
  },
  translate(a, x) {
    if (a.pushes || hasTag(x)) x.write(PCP, BigInt(a.pcp))
  },
}

export const stripVlan: ActionKind<StripVlan> = {
  format: (a, text) => (a.pop && atLeast(text.version, '2.1') ? 'pop_vlan' : 'strip_vlan'),
  check(a, check) {
    if ((check.key[W.VLAN_TCI]! & VLAN_CFI) === 0) inconsistent(check)
    check.key[W.VLAN_TCI] = check.key[W.VLAN_TCI2]!
    check.key[W.VLAN_TCI2] = 0
    return a
  },
  wire: (_a, wire) => [{ type: 'strip_vlan', pop: wire.openflow !== '1.0' }],
  translate: (_a, x) => x.popVlan(),
}

export const pushVlan: ActionKind<PushVlan> = {
  format: (a) => `push_vlan:0x${a.tpid.toString(16)}`,
  check(a, check) {
    if ((check.key[W.VLAN_TCI2]! & VLAN_CFI) !== 0) throw new OfError('OFPBAC_BAD_TAG')
    check.key[W.VLAN_TCI2] = check.key[W.VLAN_TCI]!
    check.key[W.VLAN_TCI] = VLAN_CFI
    return a
  },
  // In OpenFlow 1.0 a tag is made by setting its number.
  wire: (a, wire) => (wire.openflow === '1.0' ? [] : [a]),
  translate: (a, x) => x.pushVlan(a.tpid),
}
