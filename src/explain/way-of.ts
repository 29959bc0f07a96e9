// From a packet's trace to its way: pure, reads the references that the events hold.
import type { PacketTrace, TraceEvent } from '../trace/packet-trace.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import { ICMP_ECHO, ICMP_ECHO_REPLY, isIcmpError } from '../wire/icmp.js'
import { TCP_ACK, TCP_RST, TCP_SYN } from '../wire/tcp.js'
import { endOf } from './end.js'
import { arpOf, ipOf } from './frame-text.js'
import { mainLine, sideLines } from './line.js'
import { LineReader } from './line-reader.js'
import type { Way, WayRole } from './way.js'

/** null: the packet has no events (yet). */
export function wayOf(trace: PacketTrace): Way | null {
  const root = trace.root
  const main = mainLine(root)
  if (main.events.length === 0) return null
  const branches = sideLines(root, main.leaf)
    .map((line) => wayOfEvents(root, line.events, []))
    .filter((way) => way !== null)
  return wayOfEvents(root, main.events, branches, true)
}

function wayOfEvents(root: PacketTrace, events: readonly TraceEvent[], branches: readonly Way[], isMain = false): Way | null {
  const first = events[0]
  if (first === undefined) return null
  const reader = new LineReader(root.birth, first.frame)
  const hops = reader.read(events)
  return {
    id: root.birth?.id ?? 0,
    role: roleOf(first.frame, root.birth?.cause ?? null),
    atUs: first.atUs,
    hops,
    end: endOf(isMain ? root : null, events, reader),
    branches,
    cause: root.birth?.cause?.birth?.id ?? null,
  }
}

export function roleOf(frame: EthernetFrame, cause: PacketTrace | null): WayRole {
  if (arpOf(frame) !== null) return 'arp'
  const ip = ipOf(frame)
  if (ip === null || ip.payload instanceof Uint8Array) return 'other'
  const { payload } = ip
  switch (payload.kind) {
    case 'icmp':
      if (payload.type === ICMP_ECHO) return 'request'
      if (payload.type === ICMP_ECHO_REPLY) return 'reply'
      return isIcmpError(payload.type) ? 'error' : 'other'
    case 'tcp':
      if ((payload.flags & TCP_RST) !== 0) return 'error'
      if ((payload.flags & (TCP_SYN | TCP_ACK)) === TCP_SYN) return 'request'
      return (payload.flags & TCP_SYN) !== 0 ? 'reply' : 'other'
    case 'udp':
      return cause === null ? 'request' : 'reply'
    default:
      return 'other'
  }
}
