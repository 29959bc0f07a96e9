// A flow as dump-flows lists it.

import { actionsOnWire, formatActions } from './action-text.js'
import type { OfAction } from './actions/action.js'
import type { Flow, FlowFlags } from './flow.js'
import type { TextContext } from './flow-text-error.js'
import { formatFlowMatch } from './match-text.js'
import { matchOnWire } from './match-wire.js'
import { type Protocols, versionOfProtocol } from './protocols.js'
import { atLeast, type OvsVersion } from './version.js'

const TRIMMED_BEFORE = '2.1'

export interface FlowListing {
  readonly text: TextContext
  /** The flow format that the listing comes in. */
  readonly protocol: Protocols
  /** --no-stats leaves the counters out. */
  readonly stats: boolean
  readonly nowUs: number
  /** False: sorted listings leave idle_age and hard_age out. */
  readonly ages?: boolean
}

/** `1.500s`, `3s`: milliseconds when there are any; old releases leave out zeros at the end. */
export function formatDuration(us: number, version: OvsVersion): string {
  const ms = Math.max(0, Math.floor(us / 1000))
  const part = ms % 1000
  const whole = Math.floor(ms / 1000)
  if (part === 0) return `${whole}s`
  const digits = String(part).padStart(3, '0')
  return `${whole}.${atLeast(version, TRIMMED_BEFORE) ? digits : digits.replace(/0+$/, '')}s`
}

export function formatFlags(flags: FlowFlags): string {
  let text = ''
  if (flags.sendFlowRem) text += 'send_flow_rem '
  if (flags.checkOverlap) text += 'check_overlap '
  if (flags.resetCounts) text += 'reset_counts '
  if (flags.noPacketCounts) text += 'no_packet_counts '
  if (flags.noByteCounts) text += 'no_byte_counts '
  return text
}

/** Without leading space and line end. */
export function formatFlow(flow: Flow, listing: FlowListing): string {
  const { text, stats, nowUs } = listing
  const openflow = versionOfProtocol(listing.protocol)
  let line = stats || flow.cookie !== 0n ? `cookie=0x${flow.cookie.toString(16)}, ` : ''
  if (stats) line += `duration=${formatDuration(nowUs - flow.createdUs, text.version)}, `
  if (stats || flow.table !== 0) line += `table=${flow.table}, `
  if (stats) line += `n_packets=${flow.packets}, n_bytes=${flow.bytes}, `
  if (flow.idleTimeout !== 0) line += `idle_timeout=${flow.idleTimeout}, `
  if (flow.hardTimeout !== 0) line += `hard_timeout=${flow.hardTimeout}, `
  line += formatFlags(flagsOnWire(flow.flags, openflow))
  if (flow.importance !== 0 && openflow >= '1.4') line += `importance=${flow.importance}, `
  if (stats && listing.ages !== false) line += formatAges(flow, openflow, nowUs)
  const match = formatFlowMatch(matchOnWire(flow.match, listing.protocol), flow.priority, text)
  if (match !== '') line += `${match} `
  return `${line}actions=${formatActions(listed(flow.actions, listing), text)}`
}

function listed(actions: readonly OfAction[], listing: FlowListing): readonly OfAction[] {
  return actionsOnWire(actions, versionOfProtocol(listing.protocol), listing.text)
}

/** Only Nicira's extension of OpenFlow 1.0 tells both, OpenFlow 1.5 the first. */
function formatAges(flow: Flow, openflow: string, nowUs: number): string {
  if (openflow !== '1.0' && openflow !== '1.5') return ''
  const idle = Math.floor((nowUs - flow.usedUs) / 1e6)
  const hard = Math.floor((nowUs - flow.modifiedUs) / 1e6)
  const duration = Math.floor((nowUs - flow.createdUs) / 1e6)
  const idleText = `idle_age=${Math.max(0, Math.min(idle, 65534))}, `
  return openflow === '1.5' || hard === duration ? idleText : `${idleText}hard_age=${Math.max(0, Math.min(hard, 65534))}, `
}

/** Before OpenFlow 1.3 the flags of a flow are not told. */
function flagsOnWire(flags: FlowFlags, openflow: string): FlowFlags {
  return openflow < '1.3' ? {} : flags
}
