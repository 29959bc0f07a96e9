// ct, nat, ct_clear: connection tracking.
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../../wire/ethernet.js'
import { PROTO_TCP, PROTO_UDP } from '../../wire/ipv4.js'
import type { Subfield } from '../fields.js'
import { W } from '../flow-key.js'
import { FlowTextError } from '../flow-text-error.js'
import { keyValues } from '../key-values.js'
import { parseU16 } from '../number-text.js'
import { OfError } from '../of-error.js'
import { formatSubfield, parseSubfield } from '../subfield-text.js'
import type { CtAction, CtClear, OfAction } from './action.js'
import { checkSource } from './field-check.js'
import type { ActionKind, ActionParse, ActionWords } from './kind.js'
import { checkNat, formatNat, parseNat } from './nat.js'
import { parseTable } from './tables.js'

const CT_INVALID = 0x10

type Draft = { -readonly [K in keyof CtAction]: CtAction[K] }

function parseCt(argument: string, parse: ActionParse): OfAction {
  const draft: Draft = { type: 'ct', commit: false, force: false, table: null, zone: 0, alg: null, nat: null, exec: [] }
  for (const { key, value } of keyValues(argument)) parseOption(draft, key, value, parse)
  if (draft.force && !draft.commit) throw new FlowTextError('"force" flag requires "commit" flag.')
  return draft
}

function parseOption(draft: Draft, key: string, value: string, parse: ActionParse): void {
  switch (key) {
    case 'commit':
      draft.commit = true
      return
    case 'force':
      draft.force = true
      return
    case 'table': {
      const table = parseTable(value, parse.text)
      if (table === null) throw new FlowTextError(`unknown table ${value}`)
      if (table === 255) throw new FlowTextError('invalid table 0xff')
      draft.table = table
      return
    }
    case 'zone':
      draft.zone = parseZone(value, parse)
      return
    case 'alg':
      if (value !== 'ftp' && value !== 'tftp') throw new FlowTextError(`invalid conntrack helper "${value}"`)
      draft.alg = value
      return
    case 'nat':
      draft.nat = parseNat(value)
      // Behind exec() it counts as one of its actions, and prints as one.
      if (draft.exec.length > 0) draft.exec = [...draft.exec, draft.nat]
      return
    case 'exec':
      draft.exec = parse.nested(value, 'ct')
      return
    default:
      throw new FlowTextError(`invalid argument to "ct" action: \`${key}'`)
  }
}

function parseZone(value: string, { text }: ActionParse): number | Subfield {
  try {
    return parseU16(value, 'zone')
  } catch {
    return parseSubfield(value, text.version)
  }
}

export const ctWords: ActionWords = { ct: parseCt, ct_clear: () => ({ type: 'ct_clear' }) }

export const ct: ActionKind<CtAction> = {
  format(a, _text, all) {
    const parts: string[] = []
    if (a.commit) parts.push('commit')
    if (a.force) parts.push('force')
    if (a.table !== null) parts.push(`table=${a.table}`)
    if (typeof a.zone !== 'number') parts.push(`zone=${formatSubfield(a.zone)}`)
    else if (a.zone !== 0) parts.push(`zone=${a.zone}`)
    if (a.nat !== null && !a.exec.includes(a.nat)) parts.push(formatNat(a.nat))
    if (a.exec.length > 0) parts.push(`exec(${all(a.exec)})`)
    if (a.alg !== null) parts.push(`alg=${a.alg}`)
    return `ct(${parts.join(',')})`
  },
  check(a, check) {
    const { key } = check
    const type = key[W.ETH_TYPE]
    const proto = key[W.NW_PROTO]
    if (
      (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) ||
      ((key[W.CT_STATE]! & CT_INVALID) !== 0 && a.commit) ||
      (a.alg === 'ftp' && proto !== PROTO_TCP) ||
      (a.alg === 'tftp' && proto !== PROTO_UDP)
    ) {
      throw new OfError('OFPBAC_MATCH_INCONSISTENT')
    }
    if (typeof a.zone !== 'number') checkSource(a.zone, check)
    if (a.nat !== null) checkNat(a.nat, check)
    check.nested(a.exec)
    return a
  },
  wire: (a, wire) => (a.exec.length === 0 ? [a] : [{ ...a, exec: wire.nested(a.exec) }]),
  translate: (a, x) => x.ct(a),
}

export const ctClear: ActionKind<CtClear> = {
  format: () => 'ct_clear',
  translate: (_a, x) => x.ctClear(),
}
