// Packets as lines of a list, and which of them a filter shows.
import { frameText } from '../explain/frame-text.js'
import type { Hop, Way } from '../explain/way.js'
import type { EthernetFrame } from '../wire/ethernet.js'

export interface PacketFilter {
  /** `icmp`, `arp`, `tcp`, `udp`, `dhcp` ...; null: any. */
  readonly proto: string | null
  /** Packets that came by there; null: any. */
  readonly node: string | null
  /** Anywhere in the line, the places or the end. */
  readonly text: string
  /** What every host sends by itself over IPv6 (solicitations, reports), too. */
  readonly chatter: boolean
}

export const NO_FILTER: PacketFilter = { proto: null, node: null, text: '', chatter: false }

/** What F5's key goes round through. */
export const PROTOCOLS: readonly string[] = ['icmp', 'arp', 'tcp', 'udp', 'dhcp', 'gre', 'vxlan', 'ipv6']

/** Nobody has sent it, and nobody looks for it. */
export function isChatter(way: Way): boolean {
  const payload = way.hops[0]?.before.payload
  return payload !== undefined && !(payload instanceof Uint8Array) && payload.kind === 'ipv6' && way.role === 'other'
}

export function shows(way: Way, { proto, node, text, chatter }: PacketFilter): boolean {
  if (!chatter && proto !== 'ipv6' && isChatter(way)) return false
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

/** Where in its namespace: a device, a bridge, `IP`, `ARP`, `socket`, a wire. */
export function hopName({ place, kind, before }: Hop): string {
  if (kind === 'wire') return `wire ${place}`
  if (kind !== 'ip' && kind !== 'socket') return place
  return isArp(before) ? 'ARP' : kind === 'ip' ? 'IP' : 'socket'
}

/** With its namespace: `qrouter-1 qr-2`. */
export function hopPlace(hop: Hop): string {
  const name = hopName(hop)
  return hop.netns === '' || hop.kind === 'wire' ? name : `${hop.netns} ${name}`
}

function isArp({ payload }: EthernetFrame): boolean {
  return !(payload instanceof Uint8Array) && payload.kind === 'arp'
}

function protocolsOf(way: Way): Set<string> {
  const words = new Set<string>()
  for (const hop of way.hops) {
    for (const frame of [hop.before, hop.after]) {
      const text = frameText(frame)
      const word = /^ARP /.test(text) ? 'arp' : / (icmp|tcp|udp|gre) ?/.exec(text)?.[1]
      if (word !== undefined) words.add(word)
      if (/ vxlan /.test(text)) words.add('vxlan')
      if (!(frame.payload instanceof Uint8Array) && frame.payload.kind === 'ipv6') words.add('ipv6')
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
