// Sends one probe through a copy of the world and explains what became of it.
import type { Errno } from '../kernel/errno.js'
import type { Kernel } from '../kernel/kernel.js'
import type { NetNamespace } from '../kernel/netns.js'
import type { Packet } from '../kernel/packet.js'
import type { Simulation } from '../kernel/simulation.js'
import type { PacketTrace } from '../trace/packet-trace.js'
import { Recorder } from '../trace/recorder.js'
import { diagnose } from './diagnose/diagnose.js'
import { openProbe } from './probe-socket.js'
import type { Fault, Way } from './way.js'
import { wayOf } from './way-of.js'

/** A world that nobody else uses: a copy, or a lab booted for the probe. */
export interface ProbeWorld {
  readonly sim: Simulation
  /** By node name. */
  readonly kernels: ReadonlyMap<string, Kernel>
}

export interface ProbeRequest {
  readonly from: { readonly node: string; readonly netns: string }
  readonly to: number
  readonly proto: 'icmp' | 'tcp' | 'udp'
  readonly dport?: number
  readonly sport?: number
  /** Bytes of payload. */
  readonly size?: number
  readonly df?: boolean
  readonly ttl?: number
  readonly source?: number
}

export type Verdict = 'answered' | 'delivered' | 'refused' | 'lost'

export interface Explanation {
  readonly request: ProbeRequest
  /** The long forms that names stood for. */
  readonly resolved: readonly string[]
  /** Cause first. */
  readonly ways: readonly Way[]
  readonly verdict: Verdict
  /** null: nothing is wrong. */
  readonly fault: Fault | null
  /** Of virtual time, until it was decided. */
  readonly seconds: number
}

/** What the diagnosis reads: the world after the probe, and everything that happened. */
export interface Evidence {
  readonly world: ProbeWorld
  readonly request: ProbeRequest
  readonly netns: NetNamespace
  readonly traces: readonly PacketTrace[]
  readonly ways: readonly Way[]
  readonly verdict: Verdict
  /** What the sending socket was told at once; null: the packet left. */
  readonly errno: Errno | null
}

const LIMIT_US = 5_000_000
const SETTLE_US = 5000

export function explainProbe(world: ProbeWorld, request: ProbeRequest, resolved: readonly string[] = []): Explanation {
  const netns = namespaceOf(world, request)
  const recorder = new Recorder<Packet>(world.sim, { place: placeOf }).start()
  const startUs = world.sim.nowUs
  const probe = openProbe(netns, request)
  const errno = probe.send()
  const born = recorder.traces().length
  while (probe.verdict() === null) {
    const next = world.sim.scheduler.nextAtUs()
    if (errno !== null || next === null || next > startUs + LIMIT_US) break
    world.sim.scheduler.step()
  }
  const endUs = world.sim.nowUs
  // What is on its way then (the last ACK of a handshake) may arrive.
  if (errno === null && probe.verdict() !== null) world.sim.scheduler.runUntil(endUs + SETTLE_US)
  recorder.stop()
  const traces = related(recorder.traces(), born)
  const verdict = probe.verdict() ?? (request.proto === 'udp' && traces.some(isDelivered) ? 'delivered' : 'lost')
  probe.close()
  const ways = traces.map(wayOf).filter((way) => way !== null)
  const fault = diagnose({ world, request, netns, traces, ways, verdict, errno })
  return { request, resolved, ways: numbered(ways), verdict, fault, seconds: (endUs - startUs) / 1e6 }
}

/** From 1, in the order in which they were born: others' packets that were in between have no numbers here. */
function numbered(ways: readonly Way[]): Way[] {
  const numbers = new Map(ways.map(({ id }, i) => [id, i + 1]))
  const renumber = (way: Way): Way => ({
    ...way,
    id: numbers.get(way.id) ?? 0,
    cause: way.cause === null ? null : (numbers.get(way.cause) ?? null),
    branches: way.branches.map(renumber),
  })
  return ways.map(renumber)
}

export function placeOf(pkt: Packet): { node: string; netns: string } {
  const { netns } = pkt.dev
  return { node: netns.kernel.name, netns: netns.name }
}

function namespaceOf(world: ProbeWorld, { from }: ProbeRequest): NetNamespace {
  const kernel = world.kernels.get(from.node)
  if (kernel === undefined) throw new Error(`no node ${from.node}`)
  for (const netns of kernel.namespaces) if (netns.name === from.netns) return netns
  throw new Error(`no namespace ${from.netns} on ${from.node}`)
}

/** The packets that the probe itself sent, and all that were made because of them. */
function related(all: readonly PacketTrace[], born: number): PacketTrace[] {
  const roots = new Set(all.slice(0, born))
  for (const trace of all.slice(born)) {
    const cause = trace.birth?.cause ?? null
    if (cause !== null && roots.has(cause)) roots.add(trace)
  }
  return [...roots]
}

function isDelivered(trace: PacketTrace): boolean {
  return trace.birth?.cause === null && [...family(trace)].some((each) => each.events.at(-1)?.kind === 'deliver')
}

function* family(trace: PacketTrace): Generator<PacketTrace> {
  yield trace
  for (const child of trace.children) yield* family(child)
}
