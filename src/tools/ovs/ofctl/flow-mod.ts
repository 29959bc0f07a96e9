// Sending flow mods: through the message that carries them into the switch, and the error message that comes back.
import { actionsOnWire, formatActions } from '../../../ovs/action-text.js'
import type { OfAction } from '../../../ovs/actions/action.js'
import { verifyActions } from '../../../ovs/actions/instructions.js'
import type { FlowMod, OfBridge } from '../../../ovs/bridge.js'
import { W } from '../../../ovs/flow-key.js'
import { formatFlags } from '../../../ovs/flow-stats-text.js'
import type { ParsedFlow } from '../../../ovs/flow-text.js'
import { FlowTextError, type TextContext } from '../../../ovs/flow-text-error.js'
import type { Match } from '../../../ovs/match.js'
import { copyMatch, matchAll } from '../../../ovs/match.js'
import { isNormal, normalizeMatch } from '../../../ovs/match-set.js'
import { formatFlowMatch, formatMatch } from '../../../ovs/match-text.js'
import { matchOnWire } from '../../../ovs/match-wire.js'
import { hexText } from '../../../ovs/number-text.js'
import { OfError } from '../../../ovs/of-error.js'
import { formatPort } from '../../../ovs/port-text.js'
import type { Protocols } from '../../../ovs/protocols.js'
import { atLeast } from '../../../ovs/version.js'
import { firstXid, formatXids, head, modName, modVersion, namesTable } from './messages.js'
import { Fatal, NotBuilt, type OfctlRun } from './run.js'

/** The switch could not even make sense of the message. */
const UNENCODABLE = 'NXBRC_UNENCODABLE_ERROR'

/** modify without a cookie leaves the cookies of flows alone. */
const KEEP_COOKIE = 0xffffffffffffffffn

const WORDS: Record<FlowMod['command'], string> = {
  add: 'ADD',
  modify: 'MOD',
  modify_strict: 'MOD_STRICT',
  delete: 'DEL',
  delete_strict: 'DEL_STRICT',
}

/** Says what a switch will leave out of a match, as ovs-ofctl logs it. */
export function logNormalization(match: Match, text: TextContext): void {
  if (isNormal(match)) return
  const copy = copyMatch(match)
  normalizeMatch(copy)
  const plain = { ...text, ports: { number: () => null, name: () => null } }
  text.log('ofp_match', 'INFO', 'normalization changed ofp_match, details:')
  text.log('ofp_match', 'INFO', ` pre: ${formatMatch(match, plain)}`)
  text.log('ofp_match', 'INFO', `post: ${formatMatch(copy, plain)}`)
}

/** What the switch understands of it. */
export function flowModOnWire(flow: ParsedFlow, protocol: Protocols, text: TextContext): FlowMod {
  const version = modVersion(protocol)
  const match = matchOnWire(flow.match, protocol)
  // What is left of a match that asked for something of the packet still asks for an Ethernet packet.
  if (normalizeMatch(match) && atLeast(text.version, '2.8')) match.mask[W.PACKET_TYPE] = -1
  const old = version === '1.0' || version === '1.1'
  const modifies = flow.command === 'modify' || flow.command === 'modify_strict'
  // Since OpenFlow 1.1 a cookie in a modification says at most which flows are meant.
  const keeps = version === '1.0' && modifies && flow.cookie === null && flow.cookieMask !== 0n
  const deletes = flow.command === 'delete' || flow.command === 'delete_strict'
  return {
    command: flow.command,
    // OpenFlow 1.1 has no word for all tables.
    table: version === '1.1' && deletes ? (flow.table ?? 0) : flow.table,
    match,
    priority: flow.priority,
    cookie: keeps ? KEEP_COOKIE : (flow.cookie ?? 0n),
    keepsCookie: modifies && version !== '1.0',
    cookieMatch: flow.cookieMatch,
    cookieMask: flow.cookieMask,
    idleTimeout: flow.idleTimeout,
    hardTimeout: flow.hardTimeout,
    importance: version >= '1.4' ? flow.importance : 0,
    // Adding a flow again starts its counters anew in OpenFlow 1.0 and 1.1.
    flags: old && flow.command === 'add' ? { ...flow.flags, resetCounts: true } : flow.flags,
    actions: actionsOnWire(flow.actions, version, text),
    outPort: flow.outPort,
    outGroup: flow.outGroup,
  }
}

/** ` ADD table:1 priority=5,tcp actions=output:1`: the part behind the head of the message. */
export function formatFlowMod(mod: FlowMod, protocol: Protocols, text: TextContext): string {
  const version = modVersion(protocol)
  let line = ` ${WORDS[mod.command]}`
  // 255: any; what could have named a table says so.
  const table = mod.table ?? (namesTable(protocol) ? 255 : 0)
  if (table !== 0) line += ` table:${table}`
  const match = formatFlowMatch(matchOnWire(mod.match, protocol), mod.priority, text)
  line += ` ${match}${match === '' ? '' : ' '}`
  if (mod.cookie !== 0n && mod.cookie !== KEEP_COOKIE) line += `cookie:${hexText(mod.cookie)} `
  if (mod.cookieMask !== 0n) line += `cookie:0x${mod.cookieMatch.toString(16)}/${hexText(mod.cookieMask)} `
  if (mod.idleTimeout !== 0) line += `idle:${mod.idleTimeout} `
  if (mod.hardTimeout !== 0) line += `hard:${mod.hardTimeout} `
  if (mod.importance !== 0) line += `importance:${mod.importance} `
  if (mod.outPort !== null) line += `out_port:${formatPort(mod.outPort, text)} `
  const old = version === '1.0' || version === '1.1'
  line += formatFlags(old ? { ...mod.flags, resetCounts: false } : mod.flags)
  return `${line}actions=${formatActions(actionsOnWire(mod.actions, version, text), text)}`
}

/** What ovs-ofctl cannot print either. */
function undecodable(code: string): string | null {
  if (code === UNENCODABLE) return ' ***decode error: OFPBAC_UNSUPPORTED_ORDER***'
  return code === 'OFPBAC_BAD_SET_ARGUMENT' ? ` ***decode error: ${code}***` : null
}

/** Sends all; the first one that the switch refuses ends the command with its error message. */
export function sendFlows(run: OfctlRun, bridge: OfBridge, flows: readonly ParsedFlow[]): number {
  for (const flow of flows) refuseMultipath(flow.actions)
  const usable = flows.reduce((set, flow) => set & flow.usable, -1)
  const { bundle } = run.options
  const protocol = run.chooseProtocol(bridge, usable)
  const text = run.reading(bridge)
  const first = firstXid(run, true) + formatXids(protocol)
  const mods = flows.map((flow) => flowModOnWire(flow, protocol, text))
  if (bundle) return sendBundle(run, bridge, mods, protocol)
  for (const [i, mod] of mods.entries()) {
    const code = refusal(bridge, mod)
    if (code === null) continue
    const xid = first + 2 * i
    const version = modVersion(protocol)
    run.proc.error(`${head('OFPT_ERROR', version, xid)} ${code}`)
    const sent = undecodable(code) ?? formatFlowMod(mod, protocol, run.printing(bridge))
    run.proc.error(`${head(modName(protocol), version, xid)}${sent}`)
    return 1
  }
  return 0
}

/** It can be read and printed, but no packet would be spread by it. */
function refuseMultipath(actions: readonly OfAction[]): void {
  for (const action of actions) {
    if (action.type === 'multipath') throw new NotBuilt('action multipath')
    if (action.type === 'clone' || action.type === 'write_actions') refuseMultipath(action.actions)
  }
}

/** null: done. */
function refusal(bridge: OfBridge, mod: FlowMod): string | null {
  try {
    // goto_table becomes resubmit in OpenFlow 1.0, which may not stand behind write_metadata.
    verifyActions(mod.actions, null, true)
    bridge.flowMod(mod)
    return null
  } catch (error) {
    if (error instanceof FlowTextError) return UNENCODABLE
    if (error instanceof OfError) return error.code
    throw error
  }
}

/** All or nothing; the messages are numbered before the bundle is opened. */
function sendBundle(run: OfctlRun, bridge: OfBridge, mods: readonly FlowMod[], protocol: Protocols): number {
  const undo = savedFlows(bridge)
  for (const [i, mod] of mods.entries()) {
    const code = refusal(bridge, mod)
    if (code === null) continue
    undo()
    const version = modVersion(protocol)
    const first = firstXid(run, true)
    const line = `${head(modName(protocol), version, first + i)}${formatFlowMod(mod, protocol, run.printing(bridge))}`
    run.proc.error(`Error ${code} for: ${line}`)
    run.proc.error(`Error OFPBFC_MSG_FAILED for: ${head('OFPT_BUNDLE_CONTROL', version, first + mods.length + 2)}`)
    run.proc.error(' bundle_id=0 type=COMMIT_REQUEST flags=atomic ordered')
    throw new Fatal(`talking to unix:${run.socketOf(bridge)} (Protocol error)`)
  }
  return 0
}

/** A bundle is done whole or not at all. */
function savedFlows(bridge: OfBridge): () => void {
  const before = bridge.flows()
  return () => {
    bridge.flowMod({ ...PLAIN, command: 'delete', match: matchAll() })
    for (const flow of before) bridge.insertFlow(flow)
  }
}

const PLAIN = {
  table: null,
  priority: 0,
  cookie: 0n,
  cookieMatch: 0n,
  cookieMask: 0n,
  idleTimeout: 0,
  hardTimeout: 0,
  importance: 0,
  flags: {},
  actions: [],
  outPort: null,
  outGroup: null,
} as const

/** Lines of a file of flows: comments and empty lines are passed over. */
export function flowLines(source: string): { readonly text: string; readonly number: number }[] {
  const lines = source.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((text, i) => ({ text: text.replace(/#.*$/, ''), number: i + 1 })).filter(({ text }) => text.trim() !== '')
}
