// Flows as text: what add-flow, mod-flows and the like take, and filters of dump-flows.
import { checkActions, parseActionsOnce } from './action-text.js'
import { parseTable } from './actions/tables.js'
import type { FlowMod } from './bridge.js'
import { formatField, fullMask, parseField } from './field-text.js'
import { type Field, fieldByName, onesOf, theField } from './fields.js'
import type { FlowFlags } from './flow.js'
import { W } from './flow-key.js'
import { FlowNotEmulated, FlowTextError, type TextContext } from './flow-text-error.js'
import { keyValues } from './key-values.js'
import { matchAll } from './match.js'
import { getMatch, setMatch } from './match-set.js'
import { integerPrefix, parseC, parseU16, parseU64 } from './number-text.js'
import { OfError } from './of-error.js'
import { parsePort } from './port-text.js'
import { DEFAULT_PRIORITY } from './priority.js'
import { PROTOCOL_WORDS } from './protocol-words.js'
import { P_ANY, P_NXM_OF11_UP, P_NXM_OXM, P_OF11_UP, P_OF13_UP, P_OXM, P_TID, type Protocols, protocolsForField } from './protocols.js'
import { parseSubfield } from './subfield-text.js'
import { atLeast } from './version.js'

export type FlowCommand = FlowMod['command']

/** What a line of flow text says. */
export interface ParsedFlow extends Omit<FlowMod, 'cookie' | 'keepsCookie'> {
  /** New cookie; null: not said. */
  readonly cookie: bigint | null
  /** Flow formats that can carry it. */
  readonly usable: Protocols
}

/** `query`: a filter of dump-flows. `mixed`: a line of add-flows, which may begin with another command. */
export type FlowUse = FlowCommand | 'query' | 'mixed'

interface Allowed {
  readonly outPort: boolean
  readonly actions: boolean
  readonly priority: boolean
  readonly importance: boolean
}

const ALLOWED: Record<FlowCommand | 'query', Allowed> = {
  query: { outPort: true, actions: false, priority: false, importance: false },
  add: { outPort: false, actions: true, priority: true, importance: true },
  modify: { outPort: false, actions: true, priority: true, importance: false },
  modify_strict: { outPort: false, actions: true, priority: true, importance: false },
  delete: { outPort: true, actions: false, priority: false, importance: false },
  delete_strict: { outPort: true, actions: false, priority: true, importance: false },
}

const IGNORED = new Set(['duration', 'n_packets', 'n_bytes', 'idle_age', 'hard_age'])
/** Fields of Open vSwitch that netlab has not. */
const ABSENT = /^(tun_metadata\d+|tun_erspan_\w+|tun_gtpu_\w+|nsh_\w+)$/
const MAX_COOKIE = 0xffffffffffffffffn

export function parseFlow(source: string, use: FlowUse, text: TextContext): ParsedFlow {
  const { command, rest } = use === 'mixed' ? leadingCommand(source) : { command: use, rest: source }
  return new FlowParser(command, text).parse(rest)
}

function leadingCommand(source: string): { command: FlowCommand; rest: string } {
  const trimmed = source.replace(/^[ \t\r\n]+/, '')
  const token = /^[^, \t\r\n]*/.exec(trimmed)![0]
  const commands: readonly FlowCommand[] = ['add', 'delete', 'delete_strict', 'modify', 'modify_strict']
  const found = commands.find((name) => name.startsWith(token))
  return found === undefined ? { command: 'add', rest: trimmed } : { command: found, rest: trimmed.slice(token.length) }
}

type Draft = { -readonly [K in keyof ParsedFlow]: ParsedFlow[K] }
type DraftFlags = { -readonly [K in keyof FlowFlags]: FlowFlags[K] }

class FlowParser {
  private readonly allowed: Allowed
  private readonly match = matchAll()
  private readonly flags: DraftFlags = {}
  private readonly draft: Draft

  constructor(
    private readonly command: FlowCommand | 'query',
    private readonly text: TextContext,
  ) {
    this.allowed = ALLOWED[command]
    this.draft = {
      command: command === 'query' ? 'delete' : command,
      table: null,
      match: this.match,
      priority: DEFAULT_PRIORITY,
      cookie: null,
      cookieMatch: 0n,
      cookieMask: 0n,
      idleTimeout: 0,
      hardTimeout: 0,
      importance: 0,
      flags: this.flags,
      actions: [],
      outPort: null,
      outGroup: null,
      usable: P_ANY,
    }
  }

  parse(source: string): ParsedFlow {
    const { draft, allowed } = this
    let rest = source
    let actions = ''
    if (allowed.actions) {
      const at = source.indexOf('action')
      const equals = at < 0 ? -1 : source.indexOf('=', at + 1)
      if (equals < 0) throw new FlowTextError('must specify an action')
      actions = source.slice(equals + 1)
      rest = source.slice(0, at)
    }
    for (const { key, value } of keyValues(rest)) {
      if (!this.protocol(key) && !this.flag(key) && !this.field(key, value)) this.option(key, value)
    }
    this.ipv6Formats()
    if (allowed.actions) this.actions(actions)
    return draft
  }

  private protocol(key: string): boolean {
    if (key === 'eth') {
      this.match.key[W.PACKET_TYPE] = 0
      this.match.mask[W.PACKET_TYPE] = 0
      return true
    }
    const found = Object.hasOwn(PROTOCOL_WORDS, key) ? PROTOCOL_WORDS[key]! : null
    if (found === null) return false
    setMatch(this.match, ETH_TYPE, { value: BigInt(found[0]), mask: 0xffffn })
    if (found[1] !== 0) setMatch(this.match, NW_PROTO, { value: BigInt(found[1]), mask: 0xffn })
    return true
  }

  private flag(key: string): boolean {
    if (key === 'no_readonly_table' || key === 'allow_hidden_fields') return true
    if (!this.allowed.actions) return false
    if (key === 'send_flow_rem') this.flags.sendFlowRem = true
    else if (key === 'check_overlap') this.flags.checkOverlap = true
    else if (key === 'reset_counts') this.needs('resetCounts', P_OXM)
    else if (key === 'no_packet_counts') this.needs('noPacketCounts', P_OF13_UP)
    else if (key === 'no_byte_counts') this.needs('noByteCounts', P_OF13_UP)
    else return false
    return true
  }

  private needs(flag: keyof FlowFlags, formats: Protocols): void {
    this.flags[flag] = true
    this.draft.usable &= formats
  }

  private field(key: string, value: string): boolean {
    if (ABSENT.test(key)) throw new FlowNotEmulated(`field ${key}`)
    const field = fieldByName(key, this.text.version)
    if (field !== undefined) {
      this.set(field, parseField(field, value === '' ? '0/0' : value, this.text))
      return true
    }
    if (!key.includes('[')) return false
    this.subfield(key, value)
    return true
  }

  private set(field: Field, parsed: { value: bigint; mask: bigint }): void {
    setMatch(this.match, field, parsed)
    if (parsed.mask === 0n) return
    const kind = parsed.mask === fullMask(field) ? 'exact' : isCidr(parsed.mask, field) ? 'cidr' : 'bitwise'
    this.draft.usable &= protocolsForField(field, kind)
  }

  private subfield(key: string, value: string): void {
    const part = parseSubfield(key, this.text.version)
    const found = integerPrefix(value, part.field.bytes)
    if (found === null || found.rest !== '' || found.tooLarge) {
      throw new FlowTextError(`${key}: cannot parse integer value: ${value}`)
    }
    if (found.value > onesOf(part.bits)) {
      const shown = formatField(part.field, found.value, null, this.text)
      throw new FlowTextError(`${key}: value ${shown} does not fit into ${part.bits} bits`)
    }
    const before = getMatch(this.match, part.field)
    const at = BigInt(part.ofs)
    const ones = onesOf(part.bits) << at
    const mask = before.mask | ones
    this.set(part.field, {
      value: (before.value & ~ones) | (found.value << at),
      mask: mask === onesOf(part.field.bits) ? fullMask(part.field) : mask,
    })
  }

  private option(key: string, value: string): void {
    const { draft, allowed } = this
    if (value === '') throw new FlowTextError(`field ${key} missing value`)
    if (key === 'table') this.table(value)
    else if (allowed.outPort && key === 'out_port') this.outPort(value)
    else if (allowed.outPort && key === 'out_group') this.outGroup(value)
    else if (allowed.priority && key === 'priority') draft.priority = parseU16(value, key)
    else if (allowed.actions && key === 'idle_timeout') draft.idleTimeout = parseU16(value, key)
    else if (allowed.actions && key === 'hard_timeout') draft.hardTimeout = parseU16(value, key)
    else if (allowed.importance && key === 'importance') draft.importance = parseU16(value, key)
    else if (key === 'cookie') this.cookie(value)
    else if (!IGNORED.has(key)) throw new FlowTextError(`unknown keyword ${key}`)
  }

  private table(value: string): void {
    const table = parseTable(value, this.text)
    if (table === null) throw new FlowTextError(`unknown table "${value}"`)
    this.draft.table = table === 255 ? null : table
    if (table !== 255) this.draft.usable &= P_TID
  }

  private outPort(value: string): void {
    const port = parsePort(value, this.text)
    if (port === null) throw new FlowTextError(`${value} is not a valid OpenFlow port`)
    this.draft.outPort = port
  }

  private outGroup(value: string): void {
    this.draft.usable &= P_OF11_UP
    const group = parseC(value)
    if (group === null || group < 0n || group > 0xffffffffn) throw new FlowTextError(`${value} is not a valid OpenFlow group`)
    this.draft.outGroup = Number(group)
  }

  private cookie(value: string): void {
    const { draft } = this
    const slash = value.indexOf('/')
    if (slash < 0) {
      if (!this.allowed.actions) {
        const hint = atLeast(this.text.version, '2.12') ? ` (to match on a cookie, specify a mask, e.g. cookie=${value}/-1)` : ''
        throw new FlowTextError(`cannot set cookie${hint}`)
      }
      draft.cookie = parseU64(value)
      return
    }
    if (this.command === 'add') throw new FlowTextError('flow additions cannot use a cookie mask')
    draft.cookieMatch = parseU64(value.slice(0, slash))
    draft.cookieMask = parseU64(value.slice(slash + 1))
    if (draft.cookieMask !== 0n) draft.usable &= P_NXM_OF11_UP
    draft.cookieMatch &= draft.cookieMask & MAX_COOKIE
  }

  /** OpenFlow 1.0 and 1.1 cannot look into IPv6. */
  private ipv6Formats(): void {
    const { key, mask } = this.match
    if (key[W.ETH_TYPE] !== 0x86dd) return
    if ((mask[W.NW_PROTO]! | mask[W.NW_TOS]! | mask[W.TP_SRC]! | mask[W.TP_DST]!) !== 0) this.draft.usable &= P_NXM_OXM
  }

  private actions(source: string): void {
    const { draft, match, text } = this
    const parsed = parseActionsOnce(source, text)
    draft.usable &= parsed.usable
    try {
      const checked = checkActions(parsed.actions, match, draft.table, text)
      draft.actions = checked.actions
      draft.usable &= checked.usable
      if (draft.usable === 0) throw new OfError('OFPBAC_MATCH_INCONSISTENT')
    } catch (error) {
      if (error instanceof OfError) throw new FlowTextError(`actions are invalid with specified match (${error.code})`)
      throw error
    }
  }
}

const ETH_TYPE = theField('eth_type')
const NW_PROTO = theField('nw_proto')

function isCidr(mask: bigint, field: Field): boolean {
  if (field.kind !== 'ipv4') return false
  const holes = 0xffffffffn ^ mask
  return (holes & (holes + 1n)) === 0n
}
