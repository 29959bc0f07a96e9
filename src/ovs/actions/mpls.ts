// MPLS: labels pushed, popped and changed.

import { ownOf } from '../../grammar/own-of.js'
import { theField } from '../fields.js'
import { W } from '../flow-key.js'
import { FlowTextError } from '../flow-text-error.js'
import { isMpls } from '../match-set.js'
import { parseU8, parseU16, parseU32 } from '../number-text.js'
import type { OfAction } from './action.js'
import { inconsistent } from './field-check.js'
import type { DecMplsTtl, MplsNumber, PopMpls, PushMpls } from './header-action.js'
import type { ActionCheck, ActionKind, ActionWords } from './kind.js'
import { sendsSetField } from './kind.js'

const VERSION_NAMES: Record<string, string> = { '1.2': 'OpenFlow12', '1.3': 'OpenFlow13', '1.4': 'OpenFlow14', '1.5': 'OpenFlow15' }

function parseLabel(argument: string): OfAction {
  if (argument === '') throw new FlowTextError('set_mpls_label: expected label.')
  const value = parseU32(argument)
  if (value > 0xfffff) throw new FlowTextError(`${argument}: not a valid MPLS label`)
  return { type: 'set_mpls_label', value }
}

function parseTc(argument: string): OfAction {
  if (argument === '') throw new FlowTextError('set_mpls_tc: expected tc.')
  const value = parseU8(argument, 'MPLS TC')
  if (value > 7) throw new FlowTextError(`${argument}: not a valid MPLS TC`)
  return { type: 'set_mpls_tc', value }
}

function parseTtl(argument: string): OfAction {
  if (argument === '') throw new FlowTextError('set_mpls_ttl: expected ttl.')
  return { type: 'set_mpls_ttl', value: parseU8(argument, 'MPLS TTL') }
}

export const mplsWords: ActionWords = {
  set_mpls_label: parseLabel,
  set_mpls_tc: parseTc,
  set_mpls_ttl: parseTtl,
  dec_mpls_ttl: () => ({ type: 'dec_mpls_ttl' }),
  push_mpls: (argument) => ({ type: 'push_mpls', ethType: parseU16(argument, 'push_mpls') }),
  pop_mpls: (argument) => ({ type: 'pop_mpls', ethType: parseU16(argument, 'pop_mpls') }),
}

function needsMpls(check: ActionCheck): void {
  if (!isMpls(check.key[W.ETH_TYPE]!)) inconsistent(check)
}

const FIELDS = { set_mpls_label: theField('mpls_label'), set_mpls_tc: theField('mpls_tc') }

export const mplsNumber: ActionKind<MplsNumber> = {
  format: (a) => `${a.type}(${a.value})`,
  check(a, check) {
    needsMpls(check)
    return a
  },
  wire(a, wire) {
    if (!sendsSetField(wire)) return [a]
    if (a.type === 'set_mpls_ttl') {
      wire.log('ofp_actions', 'INFO', `OFPAT_SET_MPLS_TTL is deprecated in ${ownOf(VERSION_NAMES, wire.openflow)} (use Set-Field)`)
      return [a]
    }
    const field = FIELDS[a.type]
    return [{ type: 'set_field', field, value: BigInt(a.value), mask: a.type === 'set_mpls_tc' ? 0xffn : 0xffffffffn }]
  },
  translate(a, x) {
    if (a.type === 'set_mpls_label') x.setMpls(a.value << 12, ~0xfff)
    else if (a.type === 'set_mpls_tc') x.setMpls(a.value << 9, 0xe00)
    else x.setMpls(a.value, 0xff)
  },
}

export const decMplsTtl: ActionKind<DecMplsTtl> = {
  format: () => 'dec_mpls_ttl',
  check(a, check) {
    needsMpls(check)
    return a
  },
  translate(_a, x) {
    x.decMplsTtl()
  },
}

const hex4 = (value: number) => `0x${value.toString(16).padStart(4, '0')}`

export const pushMpls: ActionKind<PushMpls> = {
  format: (a) => `push_mpls:${hex4(a.ethType)}`,
  check(a, check) {
    check.key[W.ETH_TYPE] = a.ethType
    check.key[W.NW_PROTO] = 0
    return a
  },
  translate: (a, x) => x.pushMpls(a.ethType),
}

export const popMpls: ActionKind<PopMpls> = {
  format: (a) => `pop_mpls:${hex4(a.ethType)}`,
  check(a, check) {
    needsMpls(check)
    check.key[W.ETH_TYPE] = a.ethType
    return a
  },
  translate: (a, x) => x.popMpls(a.ethType),
}
