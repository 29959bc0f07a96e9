// Route lookups for packets made here and for packets that came in (Linux: route.c).

import { BROADCAST_IPV4, isLoopbackIpv4, isMulticastIpv4 } from '../addr/ipv4.js'
import { isPorted } from '../wire/ipv4.js'
import { selectAddress } from './devinet.js'
import type { Errno } from './errno.js'
import type { FibMatch } from './fib-table.js'
import type { Flow } from './flow.js'
import { FlowKey, flowKeyOf } from './flow.js'
import type { NetDevice } from './netdev.js'
import { IFF_LOOPBACK } from './netdev.js'
import type { NetNamespace } from './netns.js'
import type { Packet } from './packet.js'
import type { Nexthop, Route, RouteType } from './route-entry.js'
import { SCOPE_HOST, SCOPE_LINK, SCOPE_UNIVERSE } from './route-entry.js'
import { RouteResult } from './route-result.js'
import { lookupTables } from './rule-lookup.js'

export type { Flow } from './flow.js'

/** For packets made here: chooses device, next hop and source. */
export function routeOutput(netns: NetNamespace, flow: Flow): RouteResult | Errno {
  const key = flowKeyOf(flow)
  const cacheable = key.oif === null && !key.anySource && !netns.rules.looksDeep
  if (cacheable) {
    const known = netns.routeCache.find(key.dst, key.src, null, key.mark, key.tos)
    if (known !== null) return known
  }
  const { dst, src } = key
  const answer = resolveOutput(netns, key)
  if (cacheable && typeof answer !== 'string') netns.routeCache.store(dst, src, null, key.mark, key.tos, answer)
  return answer
}

/** ip_route_output_key_hash_rcu. `flow.src` and `flow.oif` are filled in on the way. */
function resolveOutput(netns: NetNamespace, flow: FlowKey): RouteResult | Errno {
  const toGroup = isMulticastIpv4(flow.dst) || flow.dst === BROADCAST_IPV4
  if (flow.src !== 0) {
    if (isMulticastIpv4(flow.src) || flow.src === BROADCAST_IPV4 || flow.src >>> 24 === 0) return 'EINVAL'
    if (!flow.anySource && !netns.fib.isLocal(flow.src)) return 'ENETUNREACH'
    if (flow.oif === null && toGroup) {
      const dev = deviceOfAddress(netns, flow.src)
      if (dev !== null) return makeOutput(netns, flow, dev, null)
    }
  }
  if (flow.oif !== null) {
    if (!flow.oif.isUp) return 'ENETUNREACH'
    if (flow.dst === BROADCAST_IPV4 || flow.dst >>> 8 === 0xe00000) {
      if (flow.src === 0) flow.src = selectAddress(netns, flow.oif, 0, SCOPE_LINK)
      return makeOutput(netns, flow, flow.oif, null)
    }
    if (flow.src === 0 && isMulticastIpv4(flow.dst)) flow.src = selectAddress(netns, flow.oif, 0, SCOPE_UNIVERSE)
  }
  if (flow.dst === 0) return toSelf(netns, flow)
  const match = lookupTables(netns, flow)
  if (typeof match === 'string') {
    if (flow.oif === null) return match
    // The tables know nothing, but the sender named a device: the destination is taken to be on its link.
    if (flow.src === 0) flow.src = selectAddress(netns, flow.oif, 0, SCOPE_LINK)
    return makeOutput(netns, flow, flow.oif, null)
  }
  if (match.route.type === 'local') {
    if (flow.src === 0) flow.src = match.route.prefSrc ?? flow.dst
    return makeOutput(netns, flow, netns.loopback, match)
  }
  const chosen = chooseNexthop(match, flow)
  const dev = chosen.nexthop?.dev
  if (dev == null) return 'ENETUNREACH'
  if (flow.src === 0) flow.src = preferredSource(netns, chosen.route, chosen.nexthop!)
  return makeOutput(netns, flow, dev, chosen)
}

/** Destination 0.0.0.0 is this machine. */
function toSelf(netns: NetNamespace, flow: FlowKey): RouteResult {
  const own = flow.src !== 0 ? flow.src : 0x7f000001
  return new RouteResult('local', netns.loopback, null, own, null)
}

function deviceOfAddress(netns: NetNamespace, address: number): NetDevice | null {
  for (const dev of netns.devicesByIndex.values()) for (const each of dev.addresses) if (each.local === address) return dev
  return null
}

/** The route's own `src`, or the best address of the device towards the gateway. */
export function preferredSource(netns: NetNamespace, route: Route, nexthop: Nexthop): number {
  return route.prefSrc ?? selectAddress(netns, nexthop.dev!, nexthop.via ?? 0, route.scope)
}

/** __mkroute_output */
function makeOutput(netns: NetNamespace, flow: FlowKey, dev: NetDevice, match: FibMatch | null): RouteResult | Errno {
  const routesLocalnet = dev.conf.route_localnet !== 0 || netns.confAll.route_localnet !== 0
  if (isLoopbackIpv4(flow.src) && (dev.flags & IFF_LOOPBACK) === 0 && !routesLocalnet) return 'EINVAL'
  let type: RouteType = match?.route.type ?? 'unicast'
  if (flow.dst === BROADCAST_IPV4) type = 'broadcast'
  else if (isMulticastIpv4(flow.dst)) type = 'multicast'
  else if (flow.dst >>> 24 === 0) return 'EINVAL'
  else if ((dev.flags & IFF_LOOPBACK) !== 0) type = 'local'
  const via = type === 'unicast' ? (match?.nexthop?.via ?? null) : null
  return withException(netns, new RouteResult(type, dev, via, flow.src, match?.route ?? null), flow.dst)
}

/** Learned path MTUs and gateways. */
function withException(netns: NetNamespace, result: RouteResult, dst: number): RouteResult {
  if (netns.exceptions.isEmpty || result.type !== 'unicast') return result
  const exception = netns.exceptions.find(dst)
  if (exception === null) return result
  let answer = result
  if (exception.gateway !== null) {
    answer = new RouteResult(result.type, result.dev, exception.gateway, result.prefSrc, result.route)
    answer.redirected = true
    answer.doRedirect = result.doRedirect
    answer.validUntilUs = exception.gatewayExpiresUs
  }
  if (exception.pmtu !== 0) {
    answer.pmtu = exception.pmtu
    answer.validUntilUs = exception.pmtuExpiresUs
  }
  return answer
}

/** Multipath: by a hash of both addresses, in proportion to the weights of the live nexthops. */
function chooseNexthop(match: FibMatch, flow: FlowKey): FibMatch {
  const nexthops = match.route.nexthops
  if (nexthops.length < 2 || flow.oif !== null) return match
  let total = 0
  for (const nexthop of nexthops) if (isUsable(nexthop)) total += nexthop.weight
  if (total === 0) return match
  let hash = Math.imul(flow.src ^ Math.imul(flow.dst, 0x9e3779b1), 0x85ebca6b)
  hash = (hash ^ (hash >>> 13)) >>> 0
  let point = hash % total
  for (const nexthop of nexthops) {
    if (!isUsable(nexthop)) continue
    if (point < nexthop.weight) return { route: match.route, nexthop }
    point -= nexthop.weight
  }
  return match
}

function isUsable(nexthop: Nexthop): boolean {
  return !nexthop.dead && !(nexthop.linkdown && nexthop.dev!.conf.ignore_routes_with_linkdown !== 0)
}

/** Why an incoming packet is not routed: an errno of the tables, or one of the source checks. */
export type InputError = Errno | 'martian-source' | 'martian-destination' | 'rp-filter' | 'not-forwarding'

/** As `ip route get ... iif DEV` reports it. */
export function errnoOfInput(error: InputError): Errno {
  switch (error) {
    case 'martian-source':
    case 'martian-destination':
      return 'EINVAL'
    case 'rp-filter':
      return 'EXDEV'
    case 'not-forwarding':
      return 'EHOSTUNREACH'
    default:
      return error
  }
}

/** For packets that came in: the route, or why there is none. */
export function routeInput(netns: NetNamespace, pkt: Packet): RouteResult | InputError {
  const { ip } = pkt
  const dev = pkt.dev
  const known = netns.routeCache.find(ip.dst, ip.src, dev, pkt.mark, ip.tos & 0x1c)
  if (known !== null) return known
  const flow = new FlowKey(ip.dst)
  flow.src = ip.src
  flow.iif = dev
  flow.mark = pkt.mark
  flow.tos = ip.tos & 0x1c
  if (netns.rules.looksDeep) addPorts(flow, pkt)
  const answer = resolveInput(netns, flow, dev, true)
  if (typeof answer !== 'string' && !netns.rules.looksDeep) netns.routeCache.store(ip.dst, ip.src, dev, pkt.mark, flow.tos, answer)
  return answer
}

function addPorts(flow: FlowKey, pkt: Packet): void {
  const { ip } = pkt
  flow.proto = ip.proto
  const payload = ip.payload
  if (!isPorted(payload)) return
  flow.sport = payload.sport
  flow.dport = payload.dport
}

/** `ip route get ... iif DEV` and ARP: the same lookup without an IP packet. */
export function routeInputFlow(netns: NetNamespace, flow: Flow, isIp = true): RouteResult | InputError {
  const key = flowKeyOf(flow)
  return key.iif === null ? 'ENODEV' : resolveInput(netns, key, key.iif, isIp)
}

/** ip_route_input_slow */
function resolveInput(netns: NetNamespace, flow: FlowKey, dev: NetDevice, isIp: boolean): RouteResult | InputError {
  const { src, dst } = flow
  const routesLocalnet = dev.conf.route_localnet !== 0 || netns.confAll.route_localnet !== 0
  if (isMulticastIpv4(src) || src === BROADCAST_IPV4) return 'martian-source'
  if (isMulticastIpv4(dst)) return new RouteResult('multicast', netns.loopback, null, 0, null)
  if (dst === BROADCAST_IPV4 || (src === 0 && dst === 0)) return broadcastInput(netns, flow, dev, isIp)
  if (src >>> 24 === 0) return 'martian-source'
  if (dst >>> 24 === 0) return 'martian-destination'
  if (isLoopbackIpv4(dst) && !routesLocalnet && (dev.flags & IFF_LOOPBACK) === 0) return 'martian-destination'
  if (isLoopbackIpv4(src) && !routesLocalnet && (dev.flags & IFF_LOOPBACK) === 0) return 'martian-source'
  const match = lookupTables(netns, flow)
  if (typeof match === 'string') return dev.conf.forwarding !== 0 || match === 'EINVAL' ? match : 'not-forwarding'
  if (match.route.type === 'broadcast') return broadcastInput(netns, flow, dev, isIp)
  if (match.route.type === 'local') {
    const source = validateSource(netns, flow, dev, null)
    return typeof source === 'string' ? source : new RouteResult('local', netns.loopback, null, 0, match.route)
  }
  if (dev.conf.forwarding === 0) return 'not-forwarding'
  if (match.route.type !== 'unicast') return 'martian-destination'
  return forwardInput(netns, flow, dev, chooseNexthop(match, flow))
}

function broadcastInput(netns: NetNamespace, flow: FlowKey, dev: NetDevice, isIp: boolean): RouteResult | InputError {
  if (!isIp) return 'EINVAL'
  if (flow.src !== 0) {
    const toNobody = new FlowKey(0)
    toNobody.src = flow.src
    toNobody.mark = flow.mark
    toNobody.tos = flow.tos
    const source = validateSource(netns, toNobody, dev, null)
    if (typeof source === 'string') return source
  }
  return new RouteResult('broadcast', netns.loopback, null, 0, null)
}

/** __mkroute_input */
function forwardInput(netns: NetNamespace, flow: FlowKey, dev: NetDevice, match: FibMatch): RouteResult | InputError {
  const nexthop = match.nexthop
  const out = nexthop?.dev ?? null
  if (nexthop === null || out === null) return 'ENETUNREACH'
  const source = validateSource(netns, flow, dev, out)
  if (typeof source === 'string') return source
  const result = new RouteResult('unicast', out, nexthop.via, 0, match.route)
  const redirects = dev.conf.send_redirects !== 0 || netns.confAll.send_redirects !== 0
  if (out === dev && source && redirects) {
    const shared = dev.conf.shared_media !== 0 || netns.confAll.shared_media !== 0
    result.doRedirect = shared || nexthop.via === null || sharesSubnet(dev, flow.src, nexthop.via)
  }
  return withException(netns, result, flow.dst)
}

function sharesSubnet(dev: NetDevice, a: number, b: number): boolean {
  return dev.addresses.some((each) => {
    const mask = each.length === 0 ? 0 : -1 << (32 - each.length)
    return ((each.peer ^ a) & mask) === 0 && ((each.peer ^ b) & mask) === 0
  })
}

/**
 * fib_validate_source: would an answer to the source leave by `dev`? True when the source is on the link itself (then a
 * redirect makes sense), false when behind a gateway; an error when the source is impossible or rp_filter forbids it.
 */
function validateSource(netns: NetNamespace, flow: FlowKey, dev: NetDevice, out: NetDevice | null): boolean | InputError {
  const rpFilter = Math.max(dev.conf.rp_filter, netns.confAll.rp_filter)
  const acceptsLocal = dev.conf.accept_local !== 0 || netns.confAll.accept_local !== 0
  const redirects = dev.conf.send_redirects !== 0 || netns.confAll.send_redirects !== 0
  if (rpFilter === 0 && (dev !== out || !redirects)) {
    if (acceptsLocal) return false
    if (!netns.rules.hasCustom) return isOwnAddress(netns, flow.src) ? 'martian-source' : false
  }
  const back = new FlowKey(flow.src)
  back.src = flow.dst
  back.tos = flow.tos
  back.iif = out ?? netns.loopback
  if (dev.conf.src_valid_mark !== 0 || netns.confAll.src_valid_mark !== 0) back.mark = flow.mark
  const match = lookupTables(netns, back)
  if (typeof match === 'string') return rpFilter !== 0 ? 'rp-filter' : false
  if (match.route.type !== 'unicast' && !(match.route.type === 'local' && acceptsLocal)) return 'martian-source'
  if (usesDevice(match, dev) || (match.route.type === 'local' && dev === netns.loopback)) return onLink(match)
  if (dev.addresses.length === 0) return rpFilter !== 0 ? 'rp-filter' : false
  if (rpFilter === 1) return 'rp-filter'
  back.oif = dev
  const loose = lookupTables(netns, back, true)
  return typeof loose !== 'string' && loose.route.type === 'unicast' && onLink(loose)
}

function usesDevice(match: FibMatch, dev: NetDevice): boolean {
  for (const nexthop of match.route.nexthops) if (nexthop.dev === dev) return true
  return false
}

function onLink(match: FibMatch): boolean {
  return match.nexthop !== null && match.nexthop.scope >= SCOPE_HOST
}

function isOwnAddress(netns: NetNamespace, address: number): boolean {
  return netns.fib.isAssigned(address)
}
