// How a way ended, and for a packet that was lost: the object at fault as far as the packet's own trace tells.
import type { NetDevice } from '../kernel/netdev.js'
import { NetNamespace } from '../kernel/netns.js'
import { Wire } from '../kernel/wire.js'
import { type DropReason, dropSentence } from '../trace/drop-reason.js'
import type { PacketTrace, TraceEvent } from '../trace/packet-trace.js'
import { ARP_REQUEST } from '../wire/arp.js'
import { faultOfDrop } from './fault-of-drop.js'
import { arpOf } from './frame-text.js'
import { isEndOfFlood, nobodyTook, wasFlooded } from './line.js'
import type { LineReader } from './line-reader.js'
import type { End } from './way.js'

/** `root`: of the main line, to see its copies and what it caused; null for a side line. */
export function endOf(root: PacketTrace | null, events: readonly TraceEvent[], reader: LineReader): End {
  const last = events.at(-1)!
  if (root !== null && nobodyTook(root) && (root.children.length > 0 || wasFlooded(sinceRouted(events)))) {
    const sentence = 'it went to every port, and nobody who got it wanted it'
    const isFlow = last.kind === 'drop' && last.detail === 'OVS_ACTION_DROP'
    return { kind: 'flooded-no-taker', sentence, ...(isFlow ? { lastDrop: faultOfDrop('OVS_ACTION_DROP', last, reader) } : {}) }
  }
  if (root !== null && isUnansweredQuestion(root, last))
    return { kind: 'flooded-no-taker', sentence: 'nobody who got it answers for that address' }
  switch (last.kind) {
    case 'deliver':
      if (root?.caused.some(isAnswer)) return { kind: 'answered', sentence: 'it arrived and was answered' }
      return { kind: 'delivered', sentence: 'it arrived' }
    case 'drop': {
      const reason = last.detail as DropReason
      return { kind: 'dropped', reason, sentence: dropSentence(reason), fault: faultOfDrop(reason, last, reader) }
    }
    case 'hold':
      return { kind: 'pending', sentence: holdSentence(last) }
    default:
      return { kind: 'left-lab', sentence: 'nothing more is known of it' }
  }
}

function isUnansweredQuestion(root: PacketTrace, last: TraceEvent): boolean {
  if (arpOf(last.frame)?.operation !== ARP_REQUEST || root.caused.some(isAnswer)) return false
  return last.kind === 'deliver' || (last.kind === 'drop' && isEndOfFlood(last.detail as DropReason))
}

/** A question for a neighbour on the way is none. */
function isAnswer({ events }: PacketTrace): boolean {
  const arp = events[0] === undefined ? null : arpOf(events[0].frame)
  return arp === null || arp.operation !== ARP_REQUEST
}

function sinceRouted(events: readonly TraceEvent[]): readonly TraceEvent[] {
  return events.slice(events.findLastIndex(({ kind }) => kind === 'route') + 1)
}

function holdSentence(event: TraceEvent): string {
  if (event.where instanceof NetNamespace) return 'it waits for the other fragments'
  if (event.where instanceof Wire) return 'it is on its way'
  return `it waits on ${(event.where as NetDevice).name} for the link-layer address of its next hop`
}
