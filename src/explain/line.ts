// A packet and its copies are a tree; this finds the one line through it that tells the story, and what the others are.

import { answersArp, isArpNote } from '../kernel/trace-notes.js'
import type { OfPort } from '../ovs/ports.js'
import type { SwitchNote } from '../ovs/trace-notes.js'
import { isTunnelKind } from '../ovs/tunnel.js'
import type { DropReason } from '../trace/drop-reason.js'
import type { PacketTrace, TraceEvent } from '../trace/packet-trace.js'
import { ipOf } from './frame-text.js'

export interface Line {
  /** Where the line ends. */
  readonly leaf: PacketTrace
  readonly events: readonly TraceEvent[]
}

/** What copies of a flood end with when they were not for whom they reached. */
const NOT_MEANT: ReadonlySet<DropReason> = new Set<DropReason>([
  'OTHERHOST',
  'ARP_NOT_FOR_US',
  'BRIDGE_NO_PORT',
  'BRIDGE_SAME_PORT',
  'UNHANDLED_PROTO',
  'IPV6_DISABLED',
  'IPV6_NOT_FOR_US',
  'IPV6_NO_SOCKET',
  'MULTICAST_NOT_JOINED',
  'WIRE_VLAN',
  'TX_NOWHERE',
])

/** The way since the packet last was at an IP layer ran through a flood. */
function isFloodEnd(trace: PacketTrace): boolean {
  const events = eventsTo(trace)
  const routed = events.findLastIndex(({ kind }) => kind === 'route' || kind === 'neigh')
  return wasFlooded(events.slice(routed + 1))
}

/** Told by what it says about the packet: a card that is down says much, unless it is one of many that a flood reached. */
function isNoise(trace: PacketTrace, reason: DropReason): boolean {
  if (!OF_DEVICES.has(reason)) return NOT_MEANT.has(reason)
  return isFloodEnd(trace)
}

/** What floods end with at the switch's own device, and at ports whose cards are off. */
const OF_DEVICES: ReadonlySet<DropReason> = new Set<DropReason>(['DEV_DOWN', 'NO_CARRIER', 'TAP_NO_READER', 'VLAN_UNKNOWN'])

/** How much a copy's end tells: delivered, held, lost for a reason, lost because it was not meant. */
function weight(trace: PacketTrace): number {
  const last = trace.events.at(-1)
  if (last === undefined) return 0
  switch (last.kind) {
    case 'deliver':
      return leavesUnanswered(trace) ? 2 : 5
    case 'drop':
      return isNoise(trace, last.detail as DropReason) ? 1 : last.detail === 'OVS_ACTION_DROP' ? 2 : 3
    case 'hold':
      return 4
    default:
      return 1
  }
}

/** A broadcast question reaches everybody; who is asked is told, not who hears it. */
export function leavesUnanswered({ events }: PacketTrace): boolean {
  const note = events.map(({ detail }) => detail).find(isArpNote)
  return note !== undefined && !answersArp(note)
}

/** Lost where it was not meant to go, or at a card that is off. */
export function isEndOfFlood(reason: DropReason): boolean {
  return NOT_MEANT.has(reason) || OF_DEVICES.has(reason)
}

function bestLeaf(trace: PacketTrace): { leaf: PacketTrace; weight: number } {
  let best = { leaf: trace, weight: weight(trace) }
  for (const child of trace.children) {
    const found = bestLeaf(child)
    if (found.weight > best.weight) best = found
  }
  return best
}

/** From the root down to `leaf`: each ancestor's events up to the branch. */
export function eventsTo(leaf: PacketTrace): TraceEvent[] {
  if (leaf.parent === null) return [...leaf.events]
  return [...eventsTo(leaf.parent).slice(0, offsetOf(leaf.parent) + leaf.branchedAt), ...leaf.events]
}

/** How many events lie before the trace's own in the whole line. */
function offsetOf(trace: PacketTrace): number {
  return trace.parent === null ? 0 : offsetOf(trace.parent) + trace.branchedAt
}

export function mainLine(root: PacketTrace): Line {
  const { leaf } = bestLeaf(root)
  return { leaf, events: pruned(eventsTo(leaf)) }
}

/** The parts of the tree beside the main line, each from where it leaves it. */
export function sideLines(root: PacketTrace, main: PacketTrace): Line[] {
  const spine: PacketTrace[] = []
  for (let at: PacketTrace | null = main; at !== null; at = at.parent) spine.unshift(at)
  const lines: Line[] = []
  const visit = (trace: PacketTrace): void => {
    const next = spine[spine.indexOf(trace) + 1]
    const onSpine = spine.includes(trace)
    if (!onSpine) lines.push({ leaf: trace, events: trace.events })
    else if (next !== undefined && next.parent === trace && trace.events.length > next.branchedAt)
      lines.push({ leaf: trace, events: trace.events.slice(next.branchedAt) })
    for (const child of trace.children) visit(child)
  }
  visit(root)
  return lines
}

/** True when the flood reached nobody who wanted it. */
export function nobodyTook(root: PacketTrace): boolean {
  const last = root.events.at(-1)
  if (last?.kind !== 'drop' || (last.detail !== 'OVS_ACTION_DROP' && !isNoise(root, last.detail as DropReason))) return false
  return root.children.every(nobodyTook)
}

/** Some switch did not know where to send it. */
export function wasFlooded(events: readonly TraceEvent[]): boolean {
  return events.some((event) => {
    if (event.kind !== 'fdb') return false
    const note = noteOf(event)
    return note?.kind === 'normal' ? note.decision === 'flood' : event.detail === 'unicast' || event.detail === 'broadcast'
  })
}

type Station = { readonly pipeline: number[]; readonly parent: Station | null }

function noteOf(event: TraceEvent): SwitchNote | null {
  const { detail } = event
  if (event.kind !== 'table' && event.kind !== 'action' && event.kind !== 'fdb') return null
  return typeof detail === 'object' && detail !== null && 'kind' in detail ? (detail as SwitchNote) : null
}

function isGroupNote(event: TraceEvent): boolean {
  switch (noteOf(event)?.kind) {
    case 'table':
    case 'patch':
    case 'learn':
    case 'normal':
    case 'output':
    case 'back':
      return true
    default:
      return false
  }
}

/** A switch notes all that a flood ran through; of that, one copy took only the way to its own port. */
function pruned(events: readonly TraceEvent[]): TraceEvent[] {
  const out: TraceEvent[] = []
  for (let i = 0; i < events.length; ) {
    const event = events[i]!
    out.push(event)
    i++
    if (noteOf(event)?.kind !== 'ingress') continue
    let end = i
    while (end < events.length && isGroupNote(events[end]!)) end++
    out.push(...groupFor(events.slice(i, end), events.slice(end)))
    i = end
  }
  return out
}

function groupFor(group: readonly TraceEvent[], after: readonly TraceEvent[]): TraceEvent[] {
  const left = exitOf(after)
  let here: Station = { pipeline: [], parent: null }
  let kept: number[] | null = null
  for (let i = 0; i < group.length && left !== null; i++) {
    const note = noteOf(group[i]!)!
    if (note.kind === 'back') {
      here = here.parent ?? here
      continue
    }
    if (note.kind === 'output') {
      if (kept === null && leavesBy(note.port, left)) kept = [...stationsOf(here), i]
      continue
    }
    if (note.kind === 'patch') here = { pipeline: [i], parent: here }
    else here.pipeline.push(i)
  }
  if (kept === null) return group.filter((event) => noteOf(event)?.kind !== 'back')
  const wanted = new Set(kept)
  return group.filter((_, i) => wanted.has(i))
}

/** Its own steps and those of the pipelines it was reached from; patch ports crossed on the way to others are not among them. */
function stationsOf(station: Station): number[] {
  return station.parent === null ? [...station.pipeline] : [...stationsOf(station.parent), ...station.pipeline]
}

/** By which device the packet left the switch, or to which remote end. */
function exitOf(after: readonly TraceEvent[]): { readonly where: object; readonly remote: number | null } | null {
  for (const event of after) {
    if (event.kind === 'encap' && (event.detail as { kind?: string } | null)?.kind === 'tunnel') {
      return { where: event.where, remote: ipOf(event.frame)?.dst ?? null }
    }
    if (event.kind === 'rx') return { where: event.where, remote: null }
    if (event.kind === 'tx') {
      const later = after.slice(after.indexOf(event) + 1).find((each) => each.kind === 'encap' || each.kind === 'rx')
      return { where: event.where, remote: later?.kind === 'encap' ? (ipOf(later.frame)?.dst ?? null) : null }
    }
  }
  return null
}

function leavesBy(port: OfPort, exit: { readonly where: object; readonly remote: number | null }): boolean {
  if (!isTunnelKind(port.kind)) return port.dev === exit.where
  if (exit.remote === null) return false
  return port.tunnel?.remote === 'flow' || port.tunnel?.remote === exit.remote
}
