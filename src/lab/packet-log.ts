// The last packets of the lab, kept while somebody wants to look at them: the packet view, the map, `lab packets`.

import type { Way } from '../explain/way.js'
import { wayOf } from '../explain/way-of.js'
import type { Packet } from '../kernel/packet.js'
import type { Simulation } from '../kernel/simulation.js'
import { netnsName } from '../topology/read-node.js'
import type { PacketTrace } from '../trace/packet-trace.js'
import { Recorder } from '../trace/recorder.js'

/** Packets that are kept: with some hundred events each, a few ten megabytes at most. */
const KEPT = 500

interface Cached {
  readonly events: number
  readonly way: Way | null
}

export class PacketLog {
  private recorder: Recorder<Packet> | null = null
  private sim: Simulation | null = null
  private wanted = false
  private cache = new WeakMap<PacketTrace, Cached>()

  get isOn(): boolean {
    return this.wanted
  }

  start(): void {
    if (this.wanted) return
    this.wanted = true
    this.record()
  }

  stop(): void {
    this.wanted = false
    this.recorder?.stop()
    this.recorder = null
  }

  /** For the lab: it has another world, whose packets are other ones. */
  enter(sim: Simulation): void {
    this.recorder?.stop()
    this.recorder = null
    this.sim = sim
    if (this.wanted) this.record()
  }

  private record(): void {
    if (this.sim === null) return
    const place = ({ dev }: Packet): { node: string; netns: string } => ({ node: dev.netns.kernel.name, netns: netnsName(dev.netns) })
    this.recorder = new Recorder(this.sim, { limit: KEPT, place }).start()
  }

  /** Counts packets: another number, other packets. */
  get newest(): number {
    return this.recorder?.traces().at(-1)?.birth?.id ?? 0
  }

  /** Oldest first; packets that have not moved yet have no way. */
  ways(): Way[] {
    return (this.recorder?.traces() ?? []).flatMap((trace) => this.way(trace) ?? [])
  }

  find(id: number): Way | null {
    const trace = this.recorder?.find(id) ?? null
    return trace === null ? null : this.way(trace)
  }

  clear(): void {
    this.recorder?.clear()
  }

  /** Made anew only when something has happened to the packet. */
  private way(trace: PacketTrace): Way | null {
    const events = eventsOf(trace)
    const cached = this.cache.get(trace)
    if (cached?.events === events) return cached.way
    const way = wayOf(trace)
    this.cache.set(trace, { events, way })
    return way
  }
}

function eventsOf(trace: PacketTrace): number {
  let sum = trace.events.length + trace.caused.length
  for (const child of trace.children) sum += eventsOf(child)
  return sum
}
