// Looks at a lab for the checks: rows through the lab's own eyes; pings in a copy of the packet world; other probes on a copy of the whole
// lab, made by replaying the journal.
import type { NetDevice } from '../kernel/netdev.js'
import type { Packet } from '../kernel/packet.js'
import type { Simulation } from '../kernel/simulation.js'
import { inspect } from '../lab/inspect.js'
import type { Lab } from '../lab/lab.js'
import type { RunResult } from '../lab/result.js'
import { type Named, PacketTrace, type TraceKind } from '../trace/packet-trace.js'
import { ETHERTYPE_IPV6, type EthernetFrame } from '../wire/ethernet.js'
import type { TypedLine } from './checks/check.js'
import type { LabReader, PacketStory } from './checks/lab-reader.js'
import type { Row, RowSource } from './checks/rows.js'
import { packetProbe } from './packet-probe.js'

const NO_NODE: RunResult = { stdout: '', stderr: 'no such node\n', exitCode: 127 }
/** A probe may wait for answers, not for ever. */
const PROBE_SECONDS = 60

export class LiveReader implements LabReader {
  constructor(
    private readonly lab: Lab,
    private readonly copy: (lab: Lab) => Promise<Lab>,
  ) {}

  async rows(node: string, netns: string | null, source: RowSource, where: Readonly<Record<string, unknown>>): Promise<Row[]> {
    const machine = this.lab.node(node)?.machine
    if (machine === undefined) return []
    if (source.objects !== undefined) return source.objects(machine)
    const space = netns === null ? null : (machine.netnsNames.get(netns) ?? undefined)
    if (space === undefined) return []
    const { stdout } = await inspect(machine, space, source.command(where))
    return source.parse(stdout)
  }

  async read(node: string, line: string): Promise<RunResult> {
    // Pipes and quotes need a shell, a shell takes time: that is done on a copy.
    if (/[|&;<>()$`'"*?]/.test(line)) return this.probe(node, line)
    const machine = this.lab.node(node)?.machine
    return machine === undefined ? NO_NODE : inspect(machine, null, line.trim().split(/\s+/))
  }

  async probe(node: string, line: string, first: readonly TypedLine[] = []): Promise<RunResult> {
    const copy = await this.copy(this.lab)
    try {
      for (const before of first) await copy.run(before.node, before.line, { stepLimitSeconds: PROBE_SECONDS })
      return copy.node(node) === null ? NO_NODE : await copy.run(node, line, { stepLimitSeconds: PROBE_SECONDS })
    } finally {
      copy.close()
    }
  }

  async outcome(node: string, line: string): Promise<RunResult> {
    return packetProbe(this.lab, node, line) ?? this.probe(node, line)
  }

  async follow<T>(node: string, line: string, look: (after: LabReader) => Promise<T>): Promise<{ story: PacketStory; seen: T }> {
    const copy = await this.copy(this.lab)
    try {
      const story = new Story()
      listen(copy.sim, story)
      const result = copy.node(node) === null ? NO_NODE : await copy.run(node, line, { stepLimitSeconds: PROBE_SECONDS })
      const seen = await look(new LiveReader(copy, this.copy))
      return { story: { exitCode: result.exitCode, places: story.places, drops: story.drops }, seen }
    } finally {
      copy.close()
    }
  }
}

class Story {
  readonly places = new Set<string>()
  readonly drops = new Set<string>()
}

function listen(sim: Simulation, story: Story): void {
  // IPv6 looks for neighbours and routers by itself, at any time: that is not what the learner has sent.
  sim.tracer = (packet: Packet) => (packet.frame.type === ETHERTYPE_IPV6 ? null : new StoryTrace(sim, story, nodeOf(packet.dev)))
}

/** Keeps where packets were and why they ended; the events themselves are not needed. */
class StoryTrace extends PacketTrace {
  constructor(
    private readonly sim: Simulation,
    private readonly story: Story,
    private node: string,
  ) {
    super(sim)
  }

  override add(kind: TraceKind, where: Named, _frame: EthernetFrame, detail: unknown): void {
    if (kind === 'rx' || kind === 'tx') {
      this.node = nodeOf(where as NetDevice)
      this.story.places.add(`${this.node}/${where.name}`)
    }
    if (kind === 'drop') {
      this.story.drops.add(String(detail))
      this.story.drops.add(`${this.node}/${String(detail)}`)
    }
  }

  override child(): PacketTrace {
    return new StoryTrace(this.sim, this.story, this.node)
  }
}

function nodeOf(device: NetDevice): string {
  return device.netns.kernel.name
}
