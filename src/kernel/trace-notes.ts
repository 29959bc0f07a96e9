// What the IP layer writes into a packet's trace beside the frame: references only, made when somebody traces, never otherwise.
import type { ArpPacket } from '../wire/arp.js'
import { isPorted } from '../wire/ipv4.js'
import { FlowKey } from './flow.js'
import type { Neighbour4, NudState } from './neigh.js'
import type { NetDevice } from './netdev.js'
import type { Hook } from './netfilter/hook-state.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import type { InputError } from './route.js'
import type { Route } from './route-entry.js'
import type { RouteResult } from './route-result.js'
import type { Rule } from './rule.js'
import { chosenBy, lookupTables } from './rule-lookup.js'

/** 'route': where the packet goes, and the policy rule that named the table. */
export interface RouteNote {
  readonly kind: 'route'
  readonly direction: 'in' | 'out'
  readonly netns: NetNamespace
  /** Where it came in; null: made here. */
  readonly iif: NetDevice | null
  readonly route: RouteResult
  /** null: no rule decided (broadcast by address). */
  readonly rule: Rule | null
}

/** 'route': why an incoming packet has no route. */
export interface RefusalNote {
  readonly kind: 'refused'
  readonly netns: NetNamespace
  readonly dev: NetDevice
  readonly error: InputError
  readonly rule: Rule | null
  /** Of rp_filter: the route that an answer to the source would take; null: there is none. */
  readonly reverse: Route | null
}

/** 'neigh': which entry gave the link-layer address, and in which state it was found. */
export interface NeighbourNote {
  readonly kind: 'neighbour'
  readonly neighbour: Neighbour4
  readonly state: NudState
  readonly lladdr: number | null
}

/** 'neigh': an ARP question was looked at; with what its receiver would answer or not. */
export interface ArpNote {
  readonly kind: 'arp'
  readonly dev: NetDevice
  readonly arp: ArpPacket
  readonly route: RouteResult | InputError
  readonly forwards: boolean
  readonly proxies: boolean
}

export function isArpNote(detail: unknown): detail is ArpNote {
  return typeof detail === 'object' && detail !== null && 'kind' in detail && detail.kind === 'arp'
}

/** Whether the receiver of the question answers it, for itself or for what is behind it. */
export function answersArp({ dev, route, forwards, proxies }: ArpNote): boolean {
  if (typeof route === 'string') return false
  return route.type === 'local' || (route.type === 'unicast' && forwards && proxies && route.dev !== dev)
}

/** 'neigh': an ARP message taught an address. */
export interface LearnedNote {
  readonly kind: 'learned'
  readonly neighbour: Neighbour4
}

/** 'hook': the packet enters a hook of netfilter that has something to run. */
export interface HookNote {
  readonly kind: 'hook'
  readonly netns: NetNamespace
  readonly hook: Hook
  readonly inDev: NetDevice | null
  readonly outDev: NetDevice | null
  readonly physIn: NetDevice | null
  readonly physOut: NetDevice | null
}

/** 'action': the TTL went down by one and the packet fits the next link. */
export interface ForwardNote {
  readonly kind: 'forward'
  readonly netns: NetNamespace
  readonly out: NetDevice
  readonly mtu: number
}

/** 'action': too long for the link. */
export interface FragmentNote {
  readonly kind: 'fragment'
  readonly netns: NetNamespace
  readonly mtu: number
  readonly pieces: number
}

/** 'encap' and 'decap': a tag or an outer header put on or taken off. */
export interface WrapNote {
  readonly kind: 'vlan' | 'tunnel'
  readonly dev: NetDevice | null
  readonly netns: NetNamespace
}

function flowOf(pkt: Packet, iif: NetDevice | null): FlowKey {
  const { ip } = pkt
  const flow = new FlowKey(ip.dst)
  flow.src = ip.src
  flow.iif = iif
  flow.mark = pkt.mark
  flow.tos = ip.tos & 0x1c
  flow.proto = ip.proto
  flow.uid = Math.max(pkt.uid, 0)
  if (isPorted(ip.payload)) {
    flow.sport = ip.payload.sport
    flow.dport = ip.payload.dport
  }
  return flow
}

export function noteRouteIn(netns: NetNamespace, pkt: Packet, route: RouteResult): void {
  if (route.tracedRule === undefined) route.tracedRule = route.route === null ? null : chosenBy(netns, flowOf(pkt, pkt.dev))
  const rule = route.tracedRule
  pkt.trace?.add('route', netns, pkt.frame, { kind: 'route', direction: 'in', netns, iif: pkt.dev, route, rule } satisfies RouteNote)
}

export function noteRouteOut(netns: NetNamespace, pkt: Packet, route: RouteResult): void {
  if (route.tracedRule === undefined) route.tracedRule = ruleOfOutput(netns, pkt, route)
  const rule = route.tracedRule
  pkt.trace?.add('route', netns, pkt.frame, { kind: 'route', direction: 'out', netns, iif: null, route, rule } satisfies RouteNote)
}

/** A packet made here had its route before it had a source: the rule is looked for with and without it. */
function ruleOfOutput(netns: NetNamespace, pkt: Packet, route: RouteResult): Rule | null {
  if (route.route === null) return null
  const flow = flowOf(pkt, null)
  const rule = chosenBy(netns, flow)
  if (rule === null || rule.action !== 'lookup' || rule.table === route.table) return rule
  flow.src = 0
  return chosenBy(netns, flow)
}

function wayBack(netns: NetNamespace, pkt: Packet): Route | null {
  const back = new FlowKey(pkt.ip.src)
  back.src = pkt.ip.dst
  back.iif = netns.loopback
  const match = lookupTables(netns, back)
  return typeof match === 'string' ? null : match.route
}

export function noteRefusal(netns: NetNamespace, pkt: Packet, error: InputError): void {
  const rule = chosenBy(netns, flowOf(pkt, pkt.dev))
  const reverse = error === 'rp-filter' ? wayBack(netns, pkt) : null
  pkt.trace?.add('route', netns, pkt.frame, { kind: 'refused', netns, dev: pkt.dev, error, rule, reverse } satisfies RefusalNote)
}

export function noteNeighbour(pkt: Packet, neighbour: Neighbour4): void {
  const { state, lladdr, dev } = neighbour
  pkt.trace?.add('neigh', dev, pkt.frame, { kind: 'neighbour', neighbour, state, lladdr } satisfies NeighbourNote)
}

export function noteArp(pkt: Packet, arp: ArpPacket, route: RouteResult | InputError): void {
  const { dev } = pkt
  const forwards = dev.conf.forwarding !== 0
  const proxies = dev.conf.proxy_arp !== 0 || dev.netns.confAll.proxy_arp !== 0
  pkt.trace?.add('neigh', dev, pkt.frame, { kind: 'arp', dev, arp, route, forwards, proxies } satisfies ArpNote)
}
