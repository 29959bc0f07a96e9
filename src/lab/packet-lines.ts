// Packets as lines of a list, and which of them a filter shows.
import { frameText } from '../explain/frame-text.js'
import type { Hop, Way } from '../explain/way.js'

export interface PacketFilter {
  /** `icmp`, `arp`, `tcp`, `udp`, `dhcp` ...; null: any. */
  readonly proto: string | null
  /** Packets that came by there; null: any. */
  readonly node: string | null
  /** Anywhere in the line, the places or the end. */
  readonly text: string
}

export const NO_FILTER: PacketFilter = { proto: null, node: null, text: '' }

/** What F5's key goes round through. */
export const PROTOCOLS: readonly string[] = ['icmp', 'arp', 'tcp', 'udp', 'dhcp', 'gre', 'vxlan']

export function shows(way: Way, { proto, node, text }: PacketFilter): boolean {
  if (proto !== null && !protocolsOf(way).has(proto)) return false
  if (node !== null && !nodesOf(way).has(node)) return false
  return text === '' || searchable(way).includes(text.toLowerCase())
}

/** Where it was made, in one word. */
export function birthplaceOf(way: Way): string {
  const [first] = way.hops
  if (first === undefined) return '?'
  return first.netns === '' ? first.node : `${first.node} ${shortUuids(first.netns)}`
}

export function packetText(way: Way): string {
  const [first] = way.hops
  return first === undefined ? '' : frameText(first.before)
}

export function endText({ end }: Way): string {
  switch (end.kind) {
    case 'dropped':
      return `dropped: ${end.reason}`
    case 'delivered':
    case 'answered':
    case 'pending':
      return end.kind
    case 'left-lab':
      return 'left the lab'
    case 'flooded-no-taker':
      return 'nobody took it'
  }
}

/** The same in at most nine cells. */
export function shortEnd({ end }: Way): string {
  switch (end.kind) {
    case 'dropped':
    case 'delivered':
    case 'answered':
    case 'pending':
      return end.kind
    case 'left-lab':
      return 'left'
    case 'flooded-no-taker':
      return 'no taker'
  }
}

/** Its end tells of something that went wrong. */
export function isLost({ end }: Way): boolean {
  return end.kind === 'dropped' || end.kind === 'flooded-no-taker'
}

/** `00:01:42.104203` since the lab was opened. */
export function timeText(us: number): string {
  const seconds = Math.max(0, Math.floor(us / 1e6))
  const two = (value: number): string => String(value).padStart(2, '0')
  const fraction = String(Math.max(0, Math.floor(us % 1e6))).padStart(6, '0')
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`
}

/** Between a namespace and a device of it: `qrouter-1 qr-2`; a namespace alone, a device alone. */
export function hopPlace({ netns, place, kind }: Hop): string {
  if (kind === 'wire') return `wire ${place}`
  if (kind === 'ip' || kind === 'socket')
    return place === '' ? `${kind === 'ip' ? 'routing' : 'socket'}` : `${place} ${kind === 'ip' ? 'routing' : 'socket'}`
  return netns === '' || netns === place ? place : `${netns} ${place}`
}

function protocolsOf(way: Way): Set<string> {
  const words = new Set<string>()
  for (const hop of way.hops) {
    for (const frame of [hop.before, hop.after]) {
      const text = frameText(frame)
      const word = /^ARP /.test(text) ? 'arp' : / (icmp|tcp|udp|gre) ?/.exec(text)?.[1]
      if (word !== undefined) words.add(word)
      if (/ vxlan /.test(text)) words.add('vxlan')
      if (/:(67|68) > .*:(67|68) udp/.test(text)) words.add('dhcp')
      if (/:53 (?:>|udp)/.test(text)) words.add('dns')
    }
  }
  return words
}

function nodesOf(way: Way): Set<string> {
  return new Set([way, ...way.branches].flatMap(({ hops }) => hops.map(({ node }) => node)))
}

function searchable(way: Way): string {
  const places = way.hops.map((hop) => `${hop.node} ${hopPlace(hop)}`)
  return [packetText(way), way.role, endText(way), way.end.sentence, ...places].join('\n').toLowerCase()
}

/** Names made of a UUID keep its beginning. */
export function shortUuids(text: string, more = '…'): string {
  return text.replace(/([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, `$1${more}`)
}
