// What packets did while a command ran: where each was, why it ended, and its way as the explanations tell it.
import { placeOf } from '../explain/probe.js'
import { wayOf } from '../explain/way-of.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { Packet } from '../kernel/packet.js'
import type { Simulation } from '../kernel/simulation.js'
import type { PacketTrace } from '../trace/packet-trace.js'
import { Recorder } from '../trace/recorder.js'
import { ETHERTYPE_IPV6 } from '../wire/ethernet.js'
import type { PacketStory } from './checks/lab-reader.js'
import type { Row } from './checks/rows.js'
import { wayRows } from './checks/way-rows.js'

/** More than any command of a lesson sends. */
const LIMIT = 5000

export class StoryTeller {
  private readonly recorder: Recorder<Packet>

  constructor(sim: Simulation) {
    // IPv6 looks for neighbours and routers by itself, at any time: that is not what the learner has sent.
    const place = (packet: Packet) => (packet.frame.type === ETHERTYPE_IPV6 ? null : placeOf(packet))
    this.recorder = new Recorder<Packet>(sim, { limit: LIMIT, place }).start()
  }

  tell(exitCode: number): PacketStory {
    this.recorder.stop()
    const places = new Set<string>()
    const drops = new Set<string>()
    for (const trace of this.recorder.traces()) walk(trace, trace.birth?.node ?? '', places, drops)
    return { exitCode, places, drops, steps: () => stepsOf(this.recorder) }
  }
}

function stepsOf(recorder: Recorder<Packet>): Row[] {
  return wayRows(
    recorder
      .traces()
      .map(wayOf)
      .filter((way) => way !== null),
  )
}

function walk(trace: PacketTrace, start: string, places: Set<string>, drops: Set<string>): void {
  let node = start
  const nodes: string[] = []
  for (const { kind, where, detail } of trace.events) {
    nodes.push(node)
    if (kind === 'rx' || kind === 'tx') {
      node = (where as NetDevice).netns.kernel.name
      places.add(`${node}/${where.name}`)
    } else if (kind === 'drop') {
      drops.add(String(detail))
      drops.add(`${node}/${String(detail)}`)
    }
  }
  nodes.push(node)
  for (const child of trace.children) walk(child, nodes[child.branchedAt] ?? node, places, drops)
}
