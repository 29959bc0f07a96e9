// Actions of one line each: group, note, exit, fin_timeout, conjunction, meter, write_metadata, check_pkt_larger, delete_field.

import { PROTO_TCP } from '../../wire/ipv4.js'
import { theField } from '../fields.js'
import { W } from '../flow-key.js'
import { FlowNotEmulated, FlowTextError } from '../flow-text-error.js'
import { keyValues } from '../key-values.js'
import { hexText, parseU16, parseU32, parseU64 } from '../number-text.js'
import { OfError } from '../of-error.js'
import { P_NXM_OF11_UP, P_OF13_UP } from '../protocols.js'
import { anyField, formatSubfield, parseSubfield } from '../subfield-text.js'
import type {
  CheckPktLarger,
  Conjunction,
  DebugRecirc,
  DeleteField,
  ExitAction,
  FinTimeout,
  GroupAction,
  MeterAction,
  NoteAction,
  OfAction,
  WriteMetadata,
} from './action.js'
import { inconsistent } from './field-check.js'
import { formatHex, parseHex } from './hex-bytes.js'
import type { ActionKind, ActionParse, ActionWords } from './kind.js'
import { splitArrow } from './set-field.js'

const METADATA = theField('metadata')
const ALL_64 = 0xffffffffffffffffn
const MAX_METER = 0xffff0000

function parseFinTimeout(argument: string): OfAction {
  let idle = 0
  let hard = 0
  for (const { key, value } of keyValues(argument)) {
    if (key === 'idle_timeout') idle = parseU16(value, key)
    else if (key === 'hard_timeout') hard = parseU16(value, key)
    else throw new FlowTextError(`invalid key '${key}' in 'fin_timeout' argument`)
  }
  return { type: 'fin_timeout', idle, hard }
}

function parseConjunction(argument: string): OfAction {
  const found = /^\s*(\d+|0[xX][0-9a-fA-F]+)\s*,\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(argument)
  if (found === null) throw new FlowTextError('"conjunction" syntax is "conjunction(id,i/n)"')
  const clause = Number(found[2])
  const clauses = Number(found[3])
  if (clauses < 2) throw new FlowTextError('conjunction must have at least 2 clauses')
  if (clauses > 64) throw new FlowTextError('conjunction must have at most 64 clauses')
  if (clause < 1) throw new FlowTextError('clause index must be positive')
  if (clause > clauses) throw new FlowTextError('clause index must be less than or equal to number of clauses')
  return { type: 'conjunction', id: Number(found[1]) >>> 0, clause: clause - 1, clauses }
}

function parseNote(argument: string): OfAction {
  const bytes = parseHex(argument)
  if (bytes === null) throw new FlowTextError("bad hex digit in `note' argument")
  return { type: 'note', bytes }
}

function parseMeter(argument: string, parse: ActionParse): OfAction {
  parse.usable &= P_OF13_UP
  return { type: 'meter', id: parseU32(argument) }
}

function parseWriteMetadata(argument: string, parse: ActionParse): OfAction {
  parse.usable &= P_NXM_OF11_UP
  const slash = argument.indexOf('/')
  const mask = slash < 0 ? ALL_64 : parseU64(argument.slice(slash + 1))
  return { type: 'write_metadata', value: parseU64(slash < 0 ? argument : argument.slice(0, slash)), mask }
}

function parseLarger(argument: string, { text }: ActionParse): OfAction {
  const { value, name } = splitArrow(argument)
  const dst = parseSubfield(name, text.version)
  if (dst.bits !== 1) throw new FlowTextError('Only 1-bit destination field is allowed')
  return { type: 'check_pkt_larger', length: parseU16(value.replace(/\)$/, ''), '(null)'), dst }
}

function parseDeleteField(argument: string, { text }: ActionParse): OfAction {
  const field = anyField(argument, text.version)
  if (field === undefined) throw new FlowTextError(`unknown field \`${argument}'`)
  return { type: 'delete_field', field }
}

function absent(action: string): never {
  throw new FlowNotEmulated(`action ${action}`)
}

export const smallWords: ActionWords = {
  group: (argument) => ({ type: 'group', id: parseU32(argument) }),
  note: parseNote,
  exit: () => ({ type: 'exit' }),
  debug_recirc: () => ({ type: 'debug_recirc' }),
  fin_timeout: parseFinTimeout,
  conjunction: parseConjunction,
  meter: parseMeter,
  write_metadata: parseWriteMetadata,
  check_pkt_larger: parseLarger,
  delete_field: parseDeleteField,
  encap: () => absent('encap'),
  decap: () => absent('decap'),
  dec_nsh_ttl: () => absent('dec_nsh_ttl'),
  unroll_xlate: () => {
    throw new FlowTextError("UNROLL is an internal action that shouldn't be used via OpenFlow")
  },
}

export const group: ActionKind<GroupAction> = {
  format: (a) => `group:${a.id}`,
  translate: (a, x) => x.group(a.id),
}

export const note: ActionKind<NoteAction> = {
  format: (a) => `note:${formatHex(a.bytes)}`,
  // A message fills it up with zeros, behind its header of 10 bytes, to a multiple of 8.
  wire(a) {
    const bytes = new Uint8Array(Math.ceil((a.bytes.length + 10) / 8) * 8 - 10 || 6)
    bytes.set(a.bytes)
    return [{ type: 'note', bytes }]
  },
  translate() {},
}

export const exit: ActionKind<ExitAction> = {
  format: () => 'exit',
  translate: (_a, x) => x.exit(),
}

export const debugRecirc: ActionKind<DebugRecirc> = {
  format: () => 'debug_recirc',
  translate: (_a, x) => x.recirculate(),
}

export const finTimeout: ActionKind<FinTimeout> = {
  format(a) {
    const parts: string[] = []
    if (a.idle !== 0) parts.push(`idle_timeout=${a.idle}`)
    if (a.hard !== 0) parts.push(`hard_timeout=${a.hard}`)
    return `fin_timeout(${parts.join(',')})`
  },
  check(a, check) {
    if (check.key[W.NW_PROTO] !== PROTO_TCP) inconsistent(check)
    return a
  },
  translate: (a, x) => x.finTimeout(a.idle, a.hard),
}

/** The classifier's business: when a packet meets one, its flow has not matched. */
export const conjunction: ActionKind<Conjunction> = {
  format: (a) => `conjunction(${a.id},${a.clause + 1}/${a.clauses})`,
  translate() {},
}

export const meter: ActionKind<MeterAction> = {
  format: (a) => `meter:${a.id}`,
  check(a) {
    if (a.id === 0 || a.id > MAX_METER) throw new OfError('OFPMMFC_INVALID_METER')
    return a
  },
  wire: (a, wire) => (wire.openflow < '1.3' ? [] : [a]),
  translate: (a, x) => x.meter(a.id),
}

export const writeMetadata: ActionKind<WriteMetadata> = {
  format: (a) => `write_metadata:${hexText(a.value)}${a.mask === ALL_64 ? '' : `/${hexText(a.mask)}`}`,
  translate(a, x) {
    const whole = { field: METADATA, ofs: 0, bits: 64 }
    const before = a.mask === ALL_64 ? 0n : x.read(whole)
    x.write(whole, (before & ~a.mask) | (a.value & a.mask))
  },
}

export const checkPktLarger: ActionKind<CheckPktLarger> = {
  format: (a) => `check_pkt_larger(${a.length})->${formatSubfield(a.dst)}`,
  translate: (a, x) => x.checkPktLarger(a.length, a.dst),
}

export const deleteField: ActionKind<DeleteField> = {
  format: (a) => `delete_field:${a.field.name}`,
  check() {
    throw new OfError('OFPBAC_BAD_ARGUMENT')
  },
  translate() {},
}
