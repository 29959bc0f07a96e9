// dump-flows, dump-aggregate, add-flow, add-flows, mod-flows, del-flows.
import type { FlowFilter, OfBridge } from '../../../ovs/bridge.js'
import type { Field } from '../../../ovs/field-table.js'
import { fieldByName, getField } from '../../../ovs/fields.js'
import type { Flow } from '../../../ovs/flow.js'
import { formatFlow } from '../../../ovs/flow-stats-text.js'
import { type FlowUse, type ParsedFlow, parseFlow } from '../../../ovs/flow-text.js'
import { listingOrder } from '../../../ovs/listing-order.js'
import { normalizeMatch, prereqHolds } from '../../../ovs/match-set.js'
import { matchOnWire } from '../../../ovs/match-wire.js'
import { P_ANY, P_NXM, P_OF10, P_TID, type Protocols, protocolsOf, protocolsText, versionOfProtocol } from '../../../ovs/protocols.js'
import { flowLines, logNormalization, sendFlows } from './flow-mod.js'
import { firstXid, head } from './messages.js'
import type { SortKey } from './options.js'
import { Fatal, type OfctlRun, orFatal } from './run.js'

/** Without those of OpenFlow 1.0 that only flow mods have, to say their table. */
export const P_LISTED = ~(P_TID & (P_OF10 | P_NXM))

/** Newest formats first: what a listing travels in, of `known` ones. */
export function dumpProtocol(run: OfctlRun, bridge: OfBridge, usable: Protocols, known: Protocols = P_ANY): Protocols {
  const version = run.versionWith(bridge)
  const usableHere = usable & run.allowed & protocolsOf(version) & known
  if (usableHere === 0) {
    if ((usable & run.allowed) !== 0) {
      throw new Fatal(`switch does not support any of the usable flow formats (${protocolsText(usable)})`)
    }
    const texts = [protocolsText(usable), protocolsText(run.allowed)]
    throw new Fatal(`none of the usable flow formats (${texts[0]}) is among the allowed flow formats (${texts[1]})`)
  }
  if ((usableHere & P_NXM) !== 0) return P_NXM & -P_NXM
  return (usableHere & P_OF10) !== 0 ? P_OF10 & -P_OF10 : usableHere
}

interface Query {
  readonly bridge: OfBridge
  readonly protocol: Protocols
  readonly filter: FlowFilter
  readonly hasMatch: boolean
}

function query(run: OfctlRun, [name = '', match = '']: readonly string[]): Query {
  const accepts = match === '' ? null : acceptFrom(run, name)
  const flow = orFatal(() => parseFlow(match, 'query', run.reading(accepts)))
  const found = run.bridge(name)
  const protocol = dumpProtocol(run, found, flow.usable)
  const wanted = matchOnWire(flow.match, protocol)
  normalizeMatch(wanted)
  return {
    bridge: found,
    protocol,
    hasMatch: match !== '',
    filter: {
      table: flow.table,
      match: wanted,
      cookie: flow.cookieMatch,
      cookieMask: flow.cookieMask,
      outPort: flow.outPort,
      outGroup: flow.outGroup,
    },
  }
}

const INTERNAL_TABLE = 254
const WHOLE_COOKIE = 0xffffffffffffffffn

/** A search for one cookie goes by an index that holds the switch's own flows too. */
function selected(bridge: OfBridge, filter: FlowFilter): Flow[] {
  const flows = bridge.flows(filter)
  if (filter.table !== null || filter.cookieMask !== WHOLE_COOKIE) return flows
  return [...flows, ...bridge.flows({ ...filter, table: INTERNAL_TABLE })]
}

const replyName = (protocol: Protocols, what: string) => `${(protocol & P_NXM) !== 0 ? 'NXST' : 'OFPST'}_${what} reply`

/** Nicira's format is asked for first, with a barrier. */
function replyXid(run: OfctlRun, { protocol, hasMatch }: Query): number {
  return firstXid(run, hasMatch) + ((protocol & P_NXM) !== 0 ? 2 : 0)
}

export function dumpFlows(run: OfctlRun, args: readonly string[]): number {
  const sort = run.options.sort.map((key) => ({ descending: key.descending, field: sortField(run, key) }))
  // What is left equal is sorted by priority, the highest first.
  if (sort.length > 0) sort.push({ descending: true, field: null })
  const asked = query(run, args)
  const { bridge, protocol, filter } = asked
  const plain = sort.length === 0 && !run.showsNames && run.options.stats
  const flows = listingOrder(selected(bridge, filter))
  if (sort.length > 0) flows.sort((a, b) => compareFlows(a, b, sort))
  const version = versionOfProtocol(protocol)
  if (plain) run.proc.out(`${head(replyName(protocol, 'FLOW'), version, replyXid(run, asked))}\n`)
  const listing = { text: run.printing(bridge), protocol, stats: run.options.stats, nowUs: run.nowUs, ages: plain || !run.atLeast('2.8') }
  run.proc.out(flows.map((flow) => ` ${formatFlow(flow, listing)}\n`).join(''))
  return 0
}

function sortField(run: OfctlRun, key: SortKey): Field | null {
  if (key.field === null) return null
  const field = fieldByName(key.field, run.ovs)
  if (field === undefined) throw new Fatal(`${key.field}: unknown field name`)
  return field
}

function compareFlows(a: Flow, b: Flow, keys: readonly { readonly field: Field | null; readonly descending: boolean }[]): number {
  for (const { field, descending } of keys) {
    let order: number
    if (field === null) order = a.priority - b.priority
    else {
      const inA = hasField(a, field)
      if (inA !== hasField(b, field)) return inA ? -1 : 1
      const difference = getField(a.match.key, field) - getField(b.match.key, field)
      order = difference < 0n ? -1 : difference > 0n ? 1 : 0
    }
    if (order !== 0) return descending ? -order : order
  }
  return 0
}

function hasField(flow: Flow, field: Field): boolean {
  return prereqHolds(field.prereq, flow.match.key, flow.match.mask) && getField(flow.match.mask, field) !== 0n
}

export function dumpAggregate(run: OfctlRun, args: readonly string[]): number {
  const asked = query(run, args)
  const flows = selected(asked.bridge, asked.filter)
  const packets = flows.reduce((sum, flow) => sum + flow.packets, 0)
  const bytes = flows.reduce((sum, flow) => sum + flow.bytes, 0)
  const start = head(replyName(asked.protocol, 'AGGREGATE'), versionOfProtocol(asked.protocol), replyXid(run, asked))
  run.proc.out(`${start} packet_count=${packets} byte_count=${bytes} flow_count=${flows.length}\n`)
  return 0
}

/** The bridge is looked for after the text was understood. */
async function changeFlows(run: OfctlRun, args: readonly string[], use: FlowUse): Promise<number> {
  const [name = '', source = ''] = args
  if (args.length > 1 && source === '-') return changeFromFile(run, args, use)
  const text = run.reading(acceptFrom(run, name))
  const flow = orFatal(() => parseFlow(source, use, text))
  logNormalization(flow.match, text)
  return sendFlows(run, run.bridge(name), [flow])
}

async function changeFromFile(run: OfctlRun, [name = '', file = '']: readonly string[], use: FlowUse): Promise<number> {
  const text = run.reading(acceptFrom(run, name))
  const source = await run.readFile(file, (reason) => `${file}: open failed (${reason})`)
  const flows: ParsedFlow[] = []
  for (const line of flowLines(source)) {
    const flow = orFatal(() => parseFlow(line.text, use === 'add' ? 'mixed' : use, text), `${file}:${line.number}: `)
    logNormalization(flow.match, text)
    flows.push(flow)
  }
  return sendFlows(run, run.bridge(name), flows)
}

/** Where names are accepted, the bridge is asked for them before all else. */
function acceptFrom(run: OfctlRun, name: string): OfBridge | null {
  return run.acceptsNames ? run.bridge(name) : null
}

export function addFlow(run: OfctlRun, args: readonly string[]): Promise<number> {
  return changeFlows(run, args, 'add')
}

export function addFlows(run: OfctlRun, args: readonly string[]): Promise<number> {
  return changeFromFile(run, args, 'add')
}

export function modFlows(run: OfctlRun, args: readonly string[]): Promise<number> {
  return changeFlows(run, args, run.options.strict ? 'modify_strict' : 'modify')
}

export function delFlows(run: OfctlRun, args: readonly string[]): Promise<number> {
  return changeFlows(run, args, run.options.strict ? 'delete_strict' : 'delete')
}
