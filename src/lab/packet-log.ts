// The last packets of the lab, kept while somebody wants to look at them: the packet view, the map, `lab packets`. What they went through is
// told by packet-ways.ts.
import type { Packet } from '../kernel/packet.js'
import type { Simulation } from '../kernel/simulation.js'
import type { PacketTrace } from '../trace/packet-trace.js'
import { Recorder } from '../trace/recorder.js'
import { isPorted } from '../wire/ipv4.js'

/** Packets that are kept: with some hundred events each, some twenty megabytes at most. */
const KEPT = 300

export class PacketLog {
  private recorder: Recorder<Packet> | null = null
  private sim: Simulation | null = null
  private wanted = false

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
    const place = ({ dev }: Packet): { node: string; netns: string } => ({ node: dev.netns.kernel.name, netns: dev.netns.name })
    this.recorder = new Recorder(this.sim, { limit: KEPT, place, kindOf }).start()
  }

  /** Oldest first. */
  get traces(): readonly PacketTrace[] {
    return this.recorder?.traces() ?? []
  }

  clear(): void {
    this.recorder?.clear()
  }
}

/** Protocol and service: a session of ssh is one kind, a ping another. */
function kindOf({ events }: PacketTrace): string {
  const payload = events[0]?.frame.payload
  if (payload === undefined || payload instanceof Uint8Array) return '?'
  if (payload.kind !== 'ipv4') return payload.kind
  const inner = payload.payload
  return isPorted(inner) ? `${inner.kind} ${Math.min(inner.sport, inner.dport)}` : `ip ${payload.proto}`
}
