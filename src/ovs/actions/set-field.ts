// set_field and load: writing constants into fields.
import { formatField, fullMask, isValueValid, parseField } from '../field-text.js'
import { fieldByName, onesOf, type Subfield, theField } from '../fields.js'
import { VLAN_CFI, W } from '../flow-key.js'
import { FlowTextError } from '../flow-text-error.js'
import { isMpls, prereqHolds } from '../match-set.js'
import { hexText, integerPrefix } from '../number-text.js'
import { OfError } from '../of-error.js'
import { protocolsForField } from '../protocols.js'
import { formatSubfield, parseSubfield } from '../subfield-text.js'
import type { TranslateContext } from '../translate-context.js'
import { atLeast } from '../version.js'
import type { LoadAction, OfAction, SetFieldAction } from './action.js'
import type { ActionCheck, ActionKind, ActionParse, ActionWords } from './kind.js'
import { legacyActions } from './legacy-set-field.js'

/** `VALUE->FIELD`. */
export function splitArrow(argument: string): { readonly value: string; readonly name: string } {
  const at = argument.indexOf('->')
  if (at < 0) throw new FlowTextError(`${argument}: missing \`->'`)
  const name = argument.slice(at + 2)
  if (name === '') throw new FlowTextError(`${argument}: missing field name following \`->'`)
  return { value: argument.slice(0, at), name }
}

function parseSetField(argument: string, parse: ActionParse): OfAction {
  const { value, name } = splitArrow(argument)
  const field = fieldByName(name, parse.text.version)
  if (field === undefined) throw new FlowTextError(`${name} is not a valid OXM field name`)
  if (!field.writable) throw new FlowTextError(`${name} is read-only`)
  const parsed = parseField(field, value, parse.text)
  if (!isValueValid(field, parsed.value)) throw new FlowTextError(`${value} is not a valid value for field ${name}`)
  parse.usable &= protocolsForField(field, 'exact')
  return { type: 'set_field', field, value: parsed.value, mask: parsed.mask }
}

function parseLoad(argument: string, parse: ActionParse): readonly OfAction[] {
  const { value, name } = splitArrow(argument)
  const dst = parseSubfield(name, parse.text.version)
  const found = integerPrefix(value, dst.field.bytes)
  if (found === null || found.tooLarge) throw new FlowTextError(`${argument}: cannot parse integer value`)
  if (found.value > onesOf(dst.bits)) {
    const shown = formatField(dst.field, found.value, null, parse.text)
    throw new FlowTextError(`${argument}: value ${shown} does not fit into ${dst.bits} bits`)
  }
  return loadPieces(dst, found.value)
}

/** A load holds 64 bits at most. */
export function loadPieces(dst: Subfield, value: bigint): LoadAction[] {
  const pieces: LoadAction[] = []
  for (let done = 0; done < dst.bits; done += 64) {
    const bits = Math.min(64, dst.bits - done)
    pieces.push({
      type: 'load',
      dst: { field: dst.field, ofs: dst.ofs + done, bits },
      value: (value >> BigInt(done)) & onesOf(bits),
    })
  }
  return pieces
}

/** One load for each run of ones in the mask. */
function loadsOf(a: SetFieldAction): LoadAction[] {
  const loads: LoadAction[] = []
  const set = (bit: number) => (a.mask >> BigInt(bit)) & 1n
  for (let bit = 0; bit < a.field.bits; ) {
    if (set(bit) === 0n) {
      bit++
      continue
    }
    let end = bit
    while (end < a.field.bits && set(end) === 1n) end++
    loads.push(...loadPieces({ field: a.field, ofs: bit, bits: end - bit }, (a.value >> BigInt(bit)) & onesOf(end - bit)))
    bit = end
  }
  return loads
}

export const setFieldWords: ActionWords = { set_field: parseSetField, load: parseLoad }

function checkField(name: string, check: ActionCheck): void {
  const field = theField(name)
  const tagged = (check.key[W.VLAN_TCI]! & VLAN_CFI) !== 0
  if (prereqHolds(field.prereq, check.key, check.mask) && (name !== 'vlan_vid' || tagged)) return
  check.log('ofp_actions', 'WARN', `set_field ${name} lacks correct prerequisites`)
  throw new OfError('OFPBAC_MATCH_INCONSISTENT')
}

const VLAN_VID = theField('vlan_vid')
const NW_PROTO = theField('nw_proto')
const NEEDS_PROTO = new Set(['tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'nd', 'nd_solicit', 'nd_advert'])
const MPLS = new Set(['mpls_label', 'mpls_tc', 'mpls_ttl'])

/** Headers that are not there are not made. */
function write(x: TranslateContext, part: Subfield, value: bigint): void {
  const { field } = part
  const { key } = x
  if (field === VLAN_VID || field.name === 'vlan_pcp') {
    x.unwildcard(VLAN_VID)
    if ((key[W.VLAN_TCI]! & VLAN_CFI) === 0) return
  } else if (MPLS.has(field.name) && !isMpls(key[W.ETH_TYPE]!)) return
  if (NEEDS_PROTO.has(field.prereq)) x.unwildcard(NW_PROTO)
  if (!prereqHolds(field.prereq, key, null)) return
  x.write(part, value)
}

export const setField: ActionKind<SetFieldAction> = {
  format(a, text) {
    return `set_field:${formatField(a.field, a.value, a.mask === fullMask(a.field) ? null : a.mask, text)}->${a.field.name}`
  },
  check(a, check) {
    checkField(a.field.name, check)
    if (a.field.name === 'vlan_tci') check.key[W.VLAN_TCI] = Number(a.value)
    return a
  },
  wire(a, wire) {
    if (wire.openflow === '1.5') return [a]
    if (wire.openflow < '1.2') return (atLeast(wire.ovs, '2.1') ? legacyActions(a, wire) : null) ?? loadsOf(a)
    return a.mask === fullMask(a.field) ? [a] : loadsOf(a)
  },
  translate(a, x) {
    if (a.mask === fullMask(a.field)) write(x, { field: a.field, ofs: 0, bits: a.field.bits }, a.value)
    else for (const load of loadsOf(a)) write(x, load.dst, load.value)
  },
}

export const load: ActionKind<LoadAction> = {
  format: (a) => `load:${hexText(a.value)}->${formatSubfield(a.dst)}`,
  check(a, check) {
    checkField(a.dst.field.name, check)
    if (a.dst.field.name === 'vlan_tci') check.key[W.VLAN_TCI] = Number(a.value << BigInt(a.dst.ofs))
    return a
  },
  wire(a, wire) {
    if (wire.openflow !== '1.5') return [a]
    const at = BigInt(a.dst.ofs)
    const whole = a.dst.bits === a.dst.field.bits
    const mask = whole ? fullMask(a.dst.field) : onesOf(a.dst.bits) << at
    return [{ type: 'set_field', field: a.dst.field, value: a.value << at, mask }]
  },
  translate: (a, x) => write(x, a.dst, a.value),
}
