// The ways of the packets that a lab keeps, each made anew only when something has happened to the packet.
import type { Way } from '../explain/way.js'
import { wayOf } from '../explain/way-of.js'
import type { PacketTrace } from '../trace/packet-trace.js'
import type { PacketLog } from './packet-log.js'

interface Cached {
  readonly events: number
  readonly way: Way | null
}

const cache = new WeakMap<PacketTrace, Cached>()

/** Oldest first; packets that have not moved yet have no way. */
export function waysIn(log: PacketLog): Way[] {
  return log.traces.flatMap((trace) => cachedWay(trace) ?? [])
}

export function wayIn(log: PacketLog, id: number): Way | null {
  const trace = log.traces.find(({ birth }) => birth?.id === id)
  return trace === undefined ? null : cachedWay(trace)
}

function cachedWay(trace: PacketTrace): Way | null {
  const events = eventsOf(trace)
  const cached = cache.get(trace)
  if (cached?.events === events) return cached.way
  const way = wayOf(trace)
  cache.set(trace, { events, way })
  return way
}

function eventsOf(trace: PacketTrace): number {
  let sum = trace.events.length + trace.caused.length
  for (const child of trace.children) sum += eventsOf(child)
  return sum
}
