// learn(...): a flow that adds flows, made of what the packet holds.
import { formatField, fullMask, parseField } from '../field-text.js'
import { coverSubfield, onesOf, type Subfield } from '../fields.js'
import { VLAN_CFI, W } from '../flow-key.js'
import { FlowTextError, type TextContext } from '../flow-text-error.js'
import { keyValues } from '../key-values.js'
import { LearnMasks } from '../learn-masks.js'
import { matchAll } from '../match.js'
import { getMatch, setMatch } from '../match-set.js'
import { atoi, hexText, integerPrefix, parseC } from '../number-text.js'
import { DEFAULT_PRIORITY } from '../priority.js'
import { formatSubfield, parseSubfield } from '../subfield-text.js'
import type { LearnAction, LearnSpec, OfAction } from './action.js'
import { refuseExperimenter } from './bundle.js'
import { checkDestination, checkSource } from './field-check.js'
import type { ActionCheck, ActionKind, ActionParse, ActionWords } from './kind.js'
import { parseMove } from './move.js'
import { parseTable } from './tables.js'

type Draft = { -readonly [K in keyof LearnAction]: LearnAction[K] }

function parseLearn(argument: string, { text }: ActionParse): OfAction {
  const specs: LearnSpec[] = []
  const draft: Draft = {
    type: 'learn',
    table: 1,
    priority: DEFAULT_PRIORITY,
    idleTimeout: 0,
    hardTimeout: 0,
    finIdleTimeout: 0,
    finHardTimeout: 0,
    cookie: 0n,
    sendFlowRem: false,
    deleteLearned: false,
    limit: 0,
    resultDst: null,
    specs,
    masks: new LearnMasks(),
  }
  for (const { key, value } of keyValues(argument)) {
    if (!parseOption(draft, { key, value, whole: argument }, text)) specs.push(parseSpec(argument, key, value, text))
  }
  for (const spec of specs) cover(draft.masks, spec)
  return draft
}

function cover({ sources, match }: LearnMasks, spec: LearnSpec): void {
  if ('source' in spec) coverSubfield(sources, spec.source)
  if (spec.kind !== 'match_field' && spec.kind !== 'match_value') return
  coverSubfield(match, spec.dst)
  if (spec.dst.field.name === 'vlan_vid') match[W.VLAN_TCI]! |= VLAN_CFI
}

interface LearnWord {
  readonly key: string
  readonly value: string
  readonly whole: string
}

/** False: it is no option of the new flow but one of its matches or actions. */
function parseOption(draft: Draft, { key, value, whole }: LearnWord, text: TextContext): boolean {
  const number = atoi(value) & 0xffff
  if (key === 'table') draft.table = learnTable(value, whole, text)
  else if (key === 'priority') draft.priority = number
  else if (key === 'idle_timeout') draft.idleTimeout = number
  else if (key === 'hard_timeout') draft.hardTimeout = number
  else if (key === 'fin_idle_timeout') draft.finIdleTimeout = number
  else if (key === 'fin_hard_timeout') draft.finHardTimeout = number
  else if (key === 'cookie') draft.cookie = BigInt.asUintN(64, parseC(value) ?? 0n)
  else if (key === 'send_flow_rem') draft.sendFlowRem = true
  else if (key === 'delete_learned') draft.deleteLearned = true
  else if (key === 'limit') draft.limit = atoi(value) >>> 0
  else if (key === 'result_dst') draft.resultDst = resultBit(value, text)
  else return false
  return true
}

function learnTable(value: string, whole: string, text: TextContext): number {
  const table = parseTable(value, text)
  if (table === null) throw new FlowTextError(`unknown table "${value}"`)
  if (table === 255) throw new FlowTextError(`${whole}: table id 255 not valid for \`learn' action`)
  return table
}

function resultBit(value: string, text: TextContext): Subfield {
  const part = parseSubfield(value, text.version)
  if (!part.field.writable) throw new FlowTextError(`${value} is read-only`)
  if (part.bits !== 1) throw new FlowTextError("result_dst in 'learn' action must be a single bit")
  return part
}

function trySubfield(value: string, text: TextContext): Subfield | FlowTextError {
  try {
    return parseSubfield(value, text.version)
  } catch (error) {
    if (error instanceof FlowTextError) return error
    throw error
  }
}

function parseSpec(whole: string, key: string, value: string, text: TextContext): LearnSpec {
  // No field is called so, and an error takes time to make.
  if (key === 'load') return parseLoadSpec(value, text)
  if (key === 'output') return { kind: 'output', source: parseSubfield(value, text.version) }
  const dst = trySubfield(key, text)
  if (!(dst instanceof FlowTextError)) return parseMatchSpec(whole, { name: key, dst, value }, text)
  throw new FlowTextError(`${whole}: unknown keyword ${key}`)
}

interface MatchWord {
  readonly name: string
  readonly dst: Subfield
  readonly value: string
}

function parseMatchSpec(whole: string, { name, dst, value }: MatchWord, text: TextContext): LearnSpec {
  refuseExperimenter(dst.field, whole, name)
  if (value === '') return { kind: 'match_field', source: dst, dst }
  const source = trySubfield(value, text)
  if (!(source instanceof FlowTextError)) {
    if (source.bits === dst.bits) return { kind: 'match_field', source, dst }
    throw new FlowTextError(`${whole}: bit widths of ${name} (${source.bits}) and ${value} (${dst.bits}) differ`)
  }
  try {
    return { kind: 'match_value', value: immediate(whole, dst, value, text), dst }
  } catch (error) {
    if (!(error instanceof FlowTextError)) throw error
    const both = `as a subfield (${source.message}) or an immediate value (${error.message})`
    throw new FlowTextError(`${whole}: ${name} value ${value} cannot be parsed ${both}`)
  }
}

function immediate(whole: string, dst: Subfield, value: string, text: TextContext): bigint {
  if (dst.ofs === 0 && dst.bits === dst.field.bits) {
    const parsed = parseField(dst.field, value, text)
    if (parsed.mask !== fullMask(dst.field)) throw new FlowTextError(`${value}: wildcards not allowed here`)
    return parsed.value
  }
  const found = integerPrefix(value, dst.field.bytes)
  if (found === null || found.rest !== '' || found.tooLarge) throw new FlowTextError(`${whole}: cannot parse integer value`)
  if (found.value <= onesOf(dst.bits)) return found.value
  const shown = formatField(dst.field, found.value, null, text)
  throw new FlowTextError(`${whole}: value ${shown} does not fit into ${dst.bits} bits`)
}

function parseLoadSpec(value: string, text: TextContext): LearnSpec {
  const arrow = value.indexOf('->')
  if (arrow === 0) throw new FlowTextError(`load: missing source before \`->' in \`${value}'`)
  if (arrow < 0) throw new FlowTextError(`load: missing \`->' in \`${value}'`)
  const number = integerPrefix(value, 128)
  if (number === null || number.tooLarge) {
    const move = parseMove(value, text.version)
    return { kind: 'load_field', source: move.source, dst: move.dst }
  }
  if (!number.rest.startsWith('->')) throw new FlowTextError(`load: garbage before \`->' in \`${value}'`)
  const target = value.slice(arrow + 2)
  const dst = parseSubfield(target, text.version)
  refuseExperimenter(dst.field, value, target)
  if (number.value > onesOf(dst.bits)) throw new FlowTextError(`${value}: value does not fit into ${dst.bits} bits`)
  return { kind: 'load_value', value: number.value, dst }
}

export const learnWords: ActionWords = { learn: parseLearn }

function formatSpec(spec: LearnSpec, text: TextContext): string {
  switch (spec.kind) {
    case 'match_value': {
      const { dst } = spec
      const whole = dst.ofs === 0 && dst.bits === dst.field.bits
      return whole ? `${dst.field.name}=${formatField(dst.field, spec.value, null, text)}` : `${formatSubfield(dst)}=${hexText(spec.value)}`
    }
    case 'match_field': {
      const same = spec.source.field === spec.dst.field && spec.source.ofs === spec.dst.ofs
      return `${formatSubfield(spec.dst)}${same ? '' : `=${formatSubfield(spec.source)}`}`
    }
    case 'load_value':
      return `load:${hexText(spec.value)}->${formatSubfield(spec.dst)}`
    case 'load_field':
      return `load:${formatSubfield(spec.source)}->${formatSubfield(spec.dst)}`
    case 'output':
      return `output:${formatSubfield(spec.source)}`
  }
}

/** Fields that the new flow matches on count as said when its later specs are looked at. */
function checkSpecs(a: LearnAction, check: ActionCheck): void {
  const made = matchAll()
  const inside: ActionCheck = { ...check, key: made.key, mask: made.mask }
  for (const spec of a.specs) {
    if (spec.kind === 'match_field' || spec.kind === 'load_field' || spec.kind === 'output') checkSource(spec.source, check)
    if (spec.kind === 'match_field' || spec.kind === 'match_value') checkSource(spec.dst, inside)
    if (spec.kind === 'load_field' || spec.kind === 'load_value') checkDestination(spec.dst, inside)
    if (spec.kind !== 'match_value') continue
    const before = getMatch(made, spec.dst.field)
    const at = BigInt(spec.dst.ofs)
    const ones = onesOf(spec.dst.bits) << at
    const mask = before.mask | ones
    const whole = mask === onesOf(spec.dst.field.bits)
    setMatch(made, spec.dst.field, {
      value: (before.value & ~ones) | (spec.value << at),
      mask: whole ? fullMask(spec.dst.field) : mask,
    })
  }
}

export const learn: ActionKind<LearnAction> = {
  format(a, text) {
    const parts = [`table=${a.table}`]
    if (a.idleTimeout !== 0) parts.push(`idle_timeout=${a.idleTimeout}`)
    if (a.hardTimeout !== 0) parts.push(`hard_timeout=${a.hardTimeout}`)
    if (a.finIdleTimeout !== 0) parts.push(`fin_idle_timeout=${a.finIdleTimeout}`)
    if (a.finHardTimeout !== 0) parts.push(`fin_hard_timeout=${a.finHardTimeout}`)
    if (a.priority !== DEFAULT_PRIORITY) parts.push(`priority=${a.priority}`)
    if (a.sendFlowRem) parts.push('send_flow_rem')
    if (a.deleteLearned) parts.push('delete_learned')
    if (a.cookie !== 0n) parts.push(`cookie=${hexText(a.cookie)}`)
    if (a.limit !== 0) parts.push(`limit=${a.limit}`)
    if (a.resultDst !== null) parts.push(`result_dst=${formatSubfield(a.resultDst)}`)
    for (const spec of a.specs) parts.push(formatSpec(spec, text))
    return `learn(${parts.join(',')})`
  },
  check(a, check) {
    checkSpecs(a, check)
    return a
  },
  translate: (a, x) => x.learn(a),
}
