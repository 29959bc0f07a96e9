// Looks at a lab for the checks: rows through the lab's own eyes; pings in a copy of the packet world; other probes on a copy of the whole
// lab, made by replaying the journal.
import { explain } from '../explain/explain.js'
import { inspect } from '../lab/inspect.js'
import type { Lab } from '../lab/lab.js'
import type { RunResult } from '../lab/result.js'
import type { TypedLine } from './checks/check.js'
import type { LabReader, PacketStory } from './checks/lab-reader.js'
import type { Row, RowSource } from './checks/rows.js'
import { wayRows } from './checks/way-rows.js'
import { packetProbe } from './packet-probe.js'
import { StoryTeller } from './packet-story.js'

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
    if (source.isProbe === true) return this.#sent(netns === null ? node : `${node}:${netns}`, String(where['to']))
    const space = netns === null ? null : (machine.netnsNames.get(netns) ?? undefined)
    if (space === undefined) return []
    const { stdout } = await inspect(machine, space, source.command(where))
    return source.parse(stdout)
  }

  #sent(from: string, to: string): Row[] {
    const machines = new Map(this.lab.nodes.map(({ name, machine }) => [name, machine]))
    return wayRows(explain(this.lab.copyWorld(), machines, { from, to }).ways)
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
      const teller = new StoryTeller(copy.sim)
      const result = copy.node(node) === null ? NO_NODE : await copy.run(node, line, { stepLimitSeconds: PROBE_SECONDS })
      const story = teller.tell(result.exitCode)
      const seen = await look(new LiveReader(copy, this.copy))
      return { story, seen }
    } finally {
      copy.close()
    }
  }
}
